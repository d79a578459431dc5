// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {CallbackReceiver, RefusingReceiver} from "../helpers/Hostile.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Vm} from "forge-std/Vm.sol";

contract RegisterTest is RegistriesTest {
    function test_register_countsIdsFromZero() public {
        assertEq(identity.totalAgents(), 0);
        assertEq(_register(alice), 0);
        assertEq(_register(bob), 1);
        assertEq(identity.totalAgents(), 2);
        assertEq(identity.ownerOf(1), bob);
        assertEq(identity.balanceOf(alice), 1);
    }

    function test_register_emitsInTheReferencesOrder() public {
        vm.expectEmit(address(identity));
        emit IERC721.Transfer(address(0), alice, 0);
        vm.expectEmit(address(identity));
        emit IERC4906.MetadataUpdate(0);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.Registered(0, URI, alice);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, WALLET_KEY, WALLET_KEY, abi.encodePacked(alice));
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, "category", "category", "trade");
        vm.prank(alice);
        identity.register(URI, _entry("category", "trade"));
    }

    function test_register_withoutURIEmitsThreeLogs() public {
        vm.recordLogs();
        _register(alice);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 3);
        assertEq(logs[0].topics[0], IERC721.Transfer.selector);
        assertEq(logs[1].topics[0], IAgentIdentityRegistry.Registered.selector);
        assertEq(logs[1].data, abi.encode(""));
        assertEq(logs[2].topics[0], IAgentIdentityRegistry.MetadataSet.selector);
        assertEq(logs[2].data, abi.encode(WALLET_KEY, abi.encodePacked(alice)));
    }

    function test_register_makesTheOwnerTheWallet() public {
        _register(alice);
        assertEq(identity.getAgentWallet(0), alice);
        assertEq(identity.getMetadata(0, WALLET_KEY), abi.encodePacked(alice));
        assertEq(identity.getMetadataCount(0), 0);
    }

    function test_register_storesURIAndMetadata() public {
        vm.prank(alice);
        identity.register(URI, _entry("category", "trade"));
        assertEq(identity.tokenURI(0), URI);
        assertEq(identity.getMetadata(0, "category"), "trade");
        assertEq(identity.getMetadataCount(0), 1);
    }

    function test_register_acceptsTheLongestURI() public {
        string memory longest = _repeat("u", 20_480);
        vm.prank(alice);
        identity.register(longest);
        assertEq(identity.tokenURI(0), longest);
    }

    function test_register_revertsForALongerURI() public {
        string memory tooLong = _repeat("u", 20_481);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.AgentURITooLong.selector, 20_481, 20_480));
        identity.register(tooLong);
    }

    function test_register_revertsForTheReservedKey() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.ReservedMetadataKey.selector, WALLET_KEY));
        identity.register(URI, _entry(WALLET_KEY, abi.encodePacked(bob)));
    }

    function test_register_revertsForAReceiverThatRefuses() public {
        RefusingReceiver receiver = new RefusingReceiver();
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidReceiver(address)", receiver));
        receiver.register(identity);
    }

    function test_register_showsTheReceiverACompleteAgent() public {
        CallbackReceiver receiver = new CallbackReceiver(identity);
        receiver.register(URI);
        assertEq(receiver.seenURI(), URI);
        assertEq(receiver.seenWallet(), address(receiver));
    }

    function test_register_withMoreKeysThanAllowedReverts() public {
        IAgentIdentityRegistry.MetadataEntry[] memory entries = new IAgentIdentityRegistry.MetadataEntry[](51);
        for (uint256 i = 0; i < 51; ++i) {
            entries[i] = IAgentIdentityRegistry.MetadataEntry(vm.toString(i), "x");
        }
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.TooManyMetadataKeys.selector, 0, 50));
        identity.register(URI, entries);
    }

    function testFuzz_register_keepsAnyURI(string calldata uri) public {
        vm.prank(alice);
        identity.register(uri);
        assertEq(identity.tokenURI(0), uri);
    }

    function testFuzz_setAgentURI_replacesAnyURIByAnyOther(string calldata first, string calldata second) public {
        vm.startPrank(alice);
        identity.register(first);
        identity.setAgentURI(0, second);
        assertEq(identity.tokenURI(0), second);
        assertEq(identity.ownerOf(0), alice);
        assertEq(identity.getAgentWallet(0), alice);
    }
}
