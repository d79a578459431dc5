// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";

contract MetadataTest is RegistriesTest {
    function setUp() public override {
        super.setUp();
        _register(alice);
    }

    function test_setAgentURI_emits() public {
        vm.expectEmit(address(identity));
        emit IERC4906.MetadataUpdate(0);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.URIUpdated(0, URI, alice);
        vm.prank(alice);
        identity.setAgentURI(0, URI);
    }

    function test_setAgentURI_byApprovedAndOperator() public {
        vm.startPrank(alice);
        identity.approve(bob, 0);
        identity.setApprovalForAll(carol, true);
        vm.stopPrank();
        vm.prank(bob);
        identity.setAgentURI(0, "by bob");
        vm.prank(carol);
        identity.setAgentURI(0, "by carol");
        assertEq(identity.tokenURI(0), "by carol");
    }

    function test_setAgentURI_revertsForAStranger() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", stranger, 0));
        vm.prank(stranger);
        identity.setAgentURI(0, URI);
    }

    function test_setAgentURI_revertsForAnUnknownAgent() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 7));
        vm.prank(alice);
        identity.setAgentURI(7, URI);
    }

    function test_setAgentURI_shorterThanBefore() public {
        vm.startPrank(alice);
        identity.setAgentURI(0, URI);
        identity.setAgentURI(0, "abc");
        assertEq(identity.tokenURI(0), "abc");
        identity.setAgentURI(0, "");
        assertEq(identity.tokenURI(0), "");
        identity.setAgentURI(0, URI);
        assertEq(identity.tokenURI(0), URI);
    }

    function test_tokenURI_revertsForAnUnknownAgent() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 7));
        identity.tokenURI(7);
    }

    function test_setMetadata_emits() public {
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, "version", "version", hex"010203");
        vm.prank(alice);
        identity.setMetadata(0, "version", hex"010203");
        assertEq(identity.getMetadata(0, "version"), hex"010203");
    }

    function test_setMetadata_countsKeysWithAValue() public {
        vm.startPrank(alice);
        identity.setMetadata(0, "a", "");
        assertEq(identity.getMetadataCount(0), 0);
        identity.setMetadata(0, "a", "1");
        identity.setMetadata(0, "a", "2");
        identity.setMetadata(0, "b", "1");
        assertEq(identity.getMetadataCount(0), 2);
        identity.setMetadata(0, "a", "");
        identity.setMetadata(0, "a", "");
        assertEq(identity.getMetadataCount(0), 1);
        assertEq(identity.getMetadata(0, "a"), "");
    }

    function test_setMetadata_revertsAtFiftyOneKeys() public {
        vm.startPrank(alice);
        for (uint256 i = 0; i < 50; ++i) {
            identity.setMetadata(0, vm.toString(i), "x");
        }
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.TooManyMetadataKeys.selector, 0, 50));
        identity.setMetadata(0, "one more", "x");
        identity.setMetadata(0, "7", "an update is no new key");
        identity.setMetadata(0, "8", "");
        identity.setMetadata(0, "one more", "x");
        assertEq(identity.getMetadataCount(0), 50);
    }

    function test_setMetadata_takesTenKilobytesAndNoMore() public {
        bytes memory largest = bytes(_repeat("m", 10_240));
        vm.startPrank(alice);
        identity.setMetadata(0, "big", largest);
        assertEq(identity.getMetadata(0, "big"), largest);
        bytes memory tooLarge = bytes(_repeat("m", 10_241));
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.MetadataValueTooLong.selector, 10_241, 10_240));
        identity.setMetadata(0, "big", tooLarge);
    }

    function test_setMetadata_revertsForTheReservedKey() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.ReservedMetadataKey.selector, WALLET_KEY));
        vm.prank(alice);
        identity.setMetadata(0, WALLET_KEY, abi.encodePacked(bob));
    }

    function test_setMetadata_revertsForAStranger() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", stranger, 0));
        vm.prank(stranger);
        identity.setMetadata(0, "a", "1");
    }

    function test_getMetadata_isEmptyForAnUnknownAgent() public view {
        assertEq(identity.getMetadata(7, "a"), "");
        assertEq(identity.getMetadata(7, WALLET_KEY), "");
        assertEq(identity.getAgentWallet(7), address(0));
        assertEq(identity.getMetadataCount(7), 0);
    }

    function testFuzz_setMetadata_keepsAnyValue(
        string calldata key,
        bytes calldata first,
        bytes calldata second
    )
        public
    {
        vm.assume(keccak256(bytes(key)) != keccak256(bytes(WALLET_KEY)));
        vm.startPrank(alice);
        identity.setMetadata(0, key, first);
        assertEq(identity.getMetadata(0, key), first);
        identity.setMetadata(0, key, second);
        assertEq(identity.getMetadata(0, key), second);
        assertEq(identity.getMetadataCount(0), second.length == 0 ? 0 : 1);
    }
}
