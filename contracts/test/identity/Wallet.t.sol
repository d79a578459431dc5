// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {BatchDelegate, ContractWallet} from "../helpers/Hostile.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract WalletTest is RegistriesTest {
    uint256 internal walletKey;
    address internal wallet;
    uint256 internal deadline;

    function setUp() public override {
        super.setUp();
        (wallet, walletKey) = makeAddrAndKey("wallet");
        deadline = block.timestamp + 5 minutes;
        _register(alice);
    }

    function test_setAgentWallet_withTheWalletsSignature() public {
        bytes memory signature = _signWallet(walletKey, 0, alice, deadline);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, WALLET_KEY, WALLET_KEY, abi.encodePacked(wallet));
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, signature);
        assertEq(identity.getAgentWallet(0), wallet);
        assertEq(identity.getMetadata(0, WALLET_KEY), abi.encodePacked(wallet));
    }

    function test_setAgentWallet_byAnOperatorNamesTheOwner() public {
        vm.prank(alice);
        identity.setApprovalForAll(bob, true);
        bytes memory overOperator = _signWallet(walletKey, 0, bob, deadline);
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.InvalidWalletSignature.selector, 0, wallet));
        identity.setAgentWallet(0, wallet, deadline, overOperator);
        identity.setAgentWallet(0, wallet, deadline, _signWallet(walletKey, 0, alice, deadline));
        assertEq(identity.getAgentWallet(0), wallet);
    }

    function test_setAgentWallet_withAContractWallet() public {
        ContractWallet contractWallet = new ContractWallet();
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IAgentIdentityRegistry.InvalidWalletSignature.selector, 0, address(contractWallet))
        );
        identity.setAgentWallet(0, address(contractWallet), deadline, "");
        contractWallet.accept(_walletDigest(0, address(contractWallet), alice, deadline));
        identity.setAgentWallet(0, address(contractWallet), deadline, "");
        assertEq(identity.getAgentWallet(0), address(contractWallet));
    }

    function test_setAgentWallet_withAnEIP7702AccountsKey() public {
        vm.signAndAttachDelegation(address(new BatchDelegate()), walletKey);
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, _signWallet(walletKey, 0, alice, deadline));
        assertGt(wallet.code.length, 0);
        assertEq(identity.getAgentWallet(0), wallet);
    }

    function test_register_byAnEIP7702Account() public {
        BatchDelegate delegate = new BatchDelegate();
        vm.signAndAttachDelegation(address(delegate), walletKey);
        vm.prank(stranger);
        BatchDelegate(wallet).execute(address(identity), abi.encodeWithSignature("register()"));
        assertEq(identity.ownerOf(1), wallet);
        vm.expectRevert();
        BatchDelegate(wallet)
            .execute(
                address(reputation), abi.encodeCall(reputation.giveFeedback, (1, 1, 0, "", "", "", "", bytes32(0)))
            );
    }

    function test_setAgentWallet_revertsForZero() public {
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.InvalidWallet.selector, address(0)));
        vm.prank(alice);
        identity.setAgentWallet(0, address(0), deadline, "");
    }

    function test_setAgentWallet_revertsAfterTheDeadline() public {
        bytes memory signature = _signWallet(walletKey, 0, alice, deadline);
        vm.warp(deadline);
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, signature);
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAgentIdentityRegistry.WalletDeadlinePassed.selector, deadline, deadline + 1)
        );
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, signature);
    }

    function test_setAgentWallet_revertsForADistantDeadline() public {
        bytes memory signature = _signWallet(walletKey, 0, alice, deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAgentIdentityRegistry.WalletDeadlineTooFar.selector, deadline + 1, deadline)
        );
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline + 1, signature);
    }

    function test_setAgentWallet_revertsForAnothersSignature() public {
        (, uint256 otherKey) = makeAddrAndKey("other");
        bytes32 digest = _walletDigest(0, wallet, alice, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(otherKey, digest);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.InvalidWalletSignature.selector, 0, wallet));
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, abi.encodePacked(r, s, v));
    }

    function test_setAgentWallet_revertsForAStranger() public {
        bytes memory signature = _signWallet(walletKey, 0, alice, deadline);
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", stranger, 0));
        vm.prank(stranger);
        identity.setAgentWallet(0, wallet, deadline, signature);
    }

    function test_unsetAgentWallet_clearsTheOwnersOwn() public {
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, WALLET_KEY, WALLET_KEY, "");
        vm.prank(alice);
        identity.unsetAgentWallet(0);
        assertEq(identity.getAgentWallet(0), address(0));
        assertEq(identity.getMetadata(0, WALLET_KEY), "");
    }

    function test_unsetAgentWallet_clearsAVerifiedOne() public {
        vm.startPrank(alice);
        identity.setAgentWallet(0, wallet, deadline, _signWallet(walletKey, 0, alice, deadline));
        identity.unsetAgentWallet(0);
        assertEq(identity.getAgentWallet(0), address(0));
        identity.unsetAgentWallet(0);
        assertEq(identity.getAgentWallet(0), address(0));
        identity.setAgentWallet(0, wallet, deadline, _signWallet(walletKey, 0, alice, deadline));
        assertEq(identity.getAgentWallet(0), wallet);
    }

    function test_unsetAgentWallet_again() public {
        vm.startPrank(alice);
        identity.unsetAgentWallet(0);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.MetadataSet(0, WALLET_KEY, WALLET_KEY, "");
        identity.unsetAgentWallet(0);
        assertEq(identity.getAgentWallet(0), address(0));
    }

    function test_unsetAgentWallet_revertsForAStranger() public {
        vm.expectRevert(abi.encodeWithSignature("ERC721InsufficientApproval(address,uint256)", stranger, 0));
        vm.prank(stranger);
        identity.unsetAgentWallet(0);
    }

    function test_eip712Domain_isTheReferences() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifyingContract,,) =
            identity.eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, "ERC8004IdentityRegistry");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifyingContract, address(identity));
        assertEq(WALLET_TYPEHASH, 0x678b53cd718d595370ab070ebf48edfdcd834beac116bf23e625fc7f4d5b7d32);
    }

    function testFuzz_setAgentWallet_onlyTheSignedMessage(uint256 id, address owner, uint256 signedDeadline) public {
        vm.assume(id != 0 || owner != alice || signedDeadline != deadline);
        bytes memory signature = _signWallet(walletKey, id, owner, signedDeadline);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.InvalidWalletSignature.selector, 0, wallet));
        vm.prank(alice);
        identity.setAgentWallet(0, wallet, deadline, signature);
    }
}
