// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {IRegistry} from "../../src/interfaces/IRegistry.sol";
import {CallbackReceiver, RefusingReceiver} from "../helpers/Hostile.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

contract TransferTest is RegistriesTest {
    function setUp() public override {
        super.setUp();
        _register(alice);
    }

    function test_transferFrom_clearsTheWalletBeforeTransfer() public {
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, WALLET_KEY, WALLET_KEY, "");
        vm.expectEmit(address(identity));
        emit IERC721.Transfer(alice, bob, 0);
        vm.prank(alice);
        identity.transferFrom(alice, bob, 0);
        assertEq(identity.ownerOf(0), bob);
        assertEq(identity.getAgentWallet(0), address(0));
        assertEq(identity.balanceOf(alice), 0);
        assertEq(identity.balanceOf(bob), 1);
    }

    function test_transferFrom_clearsAVerifiedWallet() public {
        (address wallet, uint256 key) = makeAddrAndKey("wallet");
        vm.startPrank(alice);
        identity.setAgentWallet(0, wallet, block.timestamp, _signWallet(key, 0, alice, block.timestamp));
        identity.transferFrom(alice, bob, 0);
        assertEq(identity.getAgentWallet(0), address(0));
    }

    function test_transferFrom_dropsTheApproval() public {
        vm.startPrank(alice);
        vm.expectEmit(address(identity));
        emit IERC721.Approval(alice, carol, 0);
        identity.approve(carol, 0);
        assertEq(identity.getApproved(0), carol);
        identity.transferFrom(alice, bob, 0);
        assertEq(identity.getApproved(0), address(0));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", carol, 0));
        vm.prank(carol);
        identity.transferFrom(bob, carol, 0);
    }

    function test_transferFrom_toOneself() public {
        vm.prank(alice);
        identity.transferFrom(alice, alice, 0);
        assertEq(identity.ownerOf(0), alice);
        assertEq(identity.balanceOf(alice), 1);
        assertEq(identity.getAgentWallet(0), address(0));
    }

    function test_transferFrom_revertsForTheWrongOwner() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721IncorrectOwner(address,uint256,address)", bob, 0, alice));
        vm.prank(alice);
        identity.transferFrom(bob, carol, 0);
    }

    function test_transferFrom_revertsToZero() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidReceiver(address)", address(0)));
        vm.prank(alice);
        identity.transferFrom(alice, address(0), 0);
    }

    function test_transferFrom_revertsForAnUnknownAgent() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 9));
        vm.prank(alice);
        identity.transferFrom(alice, bob, 9);
    }

    function test_transferFrom_byAHostileOperatorIsThatOwnersOwnDoing() public {
        vm.expectEmit(address(identity));
        emit IERC721.ApprovalForAll(alice, stranger, true);
        vm.prank(alice);
        identity.setApprovalForAll(stranger, true);
        vm.prank(stranger);
        identity.transferFrom(alice, stranger, 0);
        // The wallet is gone with the agent: nobody is paid at an address that its new owner never proved.
        assertEq(identity.getAgentWallet(0), address(0));
        // A former owner has no say left.
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", alice, 0));
        vm.prank(alice);
        identity.setAgentURI(0, "mine");
    }

    function test_approve_byTheApprovedAddressReverts() public {
        vm.prank(alice);
        identity.approve(stranger, 0);
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidApprover(address)", stranger));
        vm.prank(stranger);
        identity.approve(carol, 0);
    }

    function test_approve_canBeTakenBack() public {
        vm.startPrank(alice);
        identity.approve(bob, 0);
        identity.approve(address(0), 0);
        assertEq(identity.getApproved(0), address(0));
        assertFalse(identity.isAuthorizedOrOwner(bob, 0));
    }

    function test_setApprovalForAll_revertsForZero() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidOperator(address)", address(0)));
        vm.prank(alice);
        identity.setApprovalForAll(address(0), true);
    }

    function test_safeTransferFrom_asksTheReceiver() public {
        CallbackReceiver receiver = new CallbackReceiver(identity);
        vm.prank(alice);
        identity.safeTransferFrom(alice, address(receiver), 0);
        assertEq(identity.ownerOf(0), address(receiver));
        assertEq(receiver.seenWallet(), address(0));
    }

    function test_safeTransferFrom_revertsForAReceiverThatRefuses() public {
        RefusingReceiver receiver = new RefusingReceiver();
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidReceiver(address)", receiver));
        vm.prank(alice);
        identity.safeTransferFrom(alice, address(receiver), 0, "data");
    }

    function test_balanceOf_revertsForZero() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InvalidOwner(address)", address(0)));
        identity.balanceOf(address(0));
    }

    function test_isAuthorizedOrOwner_forEachKindOfCaller() public {
        vm.startPrank(alice);
        identity.approve(bob, 0);
        identity.setApprovalForAll(carol, true);
        assertTrue(identity.isAuthorizedOrOwner(alice, 0));
        assertTrue(identity.isAuthorizedOrOwner(bob, 0));
        assertTrue(identity.isAuthorizedOrOwner(carol, 0));
        assertFalse(identity.isAuthorizedOrOwner(stranger, 0));
        assertFalse(identity.isAuthorizedOrOwner(address(0), 0));
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 5));
        identity.isAuthorizedOrOwner(alice, 5);
    }

    function test_supportsInterface() public view {
        assertTrue(identity.supportsInterface(0x01ffc9a7), "ERC-165");
        assertTrue(identity.supportsInterface(0x80ac58cd), "ERC-721");
        assertTrue(identity.supportsInterface(0x5b5e139f), "ERC-721 metadata");
        assertTrue(identity.supportsInterface(0x49064906), "ERC-4906");
        assertTrue(identity.supportsInterface(0x7965db0b), "access control");
        assertFalse(identity.supportsInterface(0xffffffff));
    }

    function test_name_symbol_version() public view {
        assertEq(identity.name(), "AgentIdentity");
        assertEq(identity.symbol(), "AGENT");
        assertEq(identity.getVersion(), "2.0.0");
        assertEq(reputation.getVersion(), "2.0.0");
        assertEq(validation.getVersion(), "2.0.0");
    }

    function test_reentrancy_everyChangeFromTheReceiverIsRefused() public {
        CallbackReceiver receiver = new CallbackReceiver(identity);
        uint256 id = receiver.register("");
        bytes[] memory calls = new bytes[](9);
        calls[0] = abi.encodeWithSignature("register()");
        calls[1] = abi.encodeWithSignature("register(string)", "x");
        calls[2] = abi.encodeCall(identity.transferFrom, (address(receiver), stranger, id));
        calls[3] = abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", address(receiver), stranger, id);
        calls[4] = abi.encodeCall(identity.approve, (stranger, id));
        calls[5] = abi.encodeCall(identity.setApprovalForAll, (stranger, true));
        calls[6] = abi.encodeCall(identity.setAgentURI, (id, "x"));
        calls[7] = abi.encodeCall(identity.setMetadata, (id, "a", "b"));
        calls[8] = abi.encodeCall(identity.unsetAgentWallet, (id));
        for (uint256 i = 0; i < calls.length; ++i) {
            receiver.arm(address(identity), calls[i]);
            receiver.register(URI);
            assertFalse(receiver.succeeded(), "a change went through");
            assertEq(receiver.returned(), abi.encodeWithSelector(IRegistry.ReentrancyGuardReentrantCall.selector));
        }
        assertEq(identity.totalAgents(), 11);
        assertEq(identity.balanceOf(address(receiver)), 10);
    }

    function test_reentrancy_onASafeTransferIsRefused() public {
        CallbackReceiver receiver = new CallbackReceiver(identity);
        receiver.arm(address(identity), abi.encodeCall(identity.transferFrom, (address(receiver), stranger, 0)));
        vm.prank(alice);
        identity.safeTransferFrom(alice, address(receiver), 0);
        assertFalse(receiver.succeeded());
        assertEq(identity.ownerOf(0), address(receiver));
        // The guard is down again in the same transaction.
        receiver.transfer(bob, 0);
        assertEq(identity.ownerOf(0), bob);
    }

    function test_reentrancy_selfFeedbackFromTheMintIsRefused() public {
        CallbackReceiver receiver = new CallbackReceiver(identity);
        receiver.arm(
            address(reputation), abi.encodeCall(reputation.giveFeedback, (1, 100, 0, "starred", "", "", "", bytes32(0)))
        );
        receiver.register(URI);
        assertFalse(receiver.succeeded());
        assertEq(reputation.getLastIndex(1, address(receiver)), 0);
    }
}
