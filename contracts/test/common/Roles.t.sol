// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {AgentReputationRegistry} from "../../src/AgentReputationRegistry.sol";
import {AgentValidationRegistry} from "../../src/AgentValidationRegistry.sol";
import {RegistryBase} from "../../src/base/RegistryBase.sol";
import {IAgentIdentityRegistry} from "../../src/interfaces/IAgentIdentityRegistry.sol";
import {IAgentReputationRegistry} from "../../src/interfaces/IAgentReputationRegistry.sol";
import {IAgentValidationRegistry} from "../../src/interfaces/IAgentValidationRegistry.sol";
import {IRegistry} from "../../src/interfaces/IRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract RolesTest is RegistriesTest {
    bytes4 internal constant INVALID_INITIALIZATION = bytes4(keccak256("InvalidInitialization()"));

    RegistryBase[3] internal all;

    function setUp() public override {
        super.setUp();
        all = [RegistryBase(identity), reputation, validation];
        _register(alice);
    }

    function test_initialize_setsTheAdminAndItsDelay() public view {
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(all[i].owner(), admin);
            assertEq(all[i].defaultAdmin(), admin);
            assertEq(all[i].defaultAdminDelay(), ADMIN_DELAY);
            assertFalse(all[i].paused());
        }
        assertEq(reputation.getIdentityRegistry(), address(identity));
        assertEq(validation.getIdentityRegistry(), address(identity));
        assertEq(reputation.feedbackInterval(), 60);
    }

    function test_initialize_revertsTheSecondTime() public {
        vm.expectRevert(INVALID_INITIALIZATION);
        identity.initialize(stranger, 0);
        vm.expectRevert(INVALID_INITIALIZATION);
        reputation.initialize(address(identity), stranger, 0);
        vm.expectRevert(INVALID_INITIALIZATION);
        validation.initialize(address(identity), stranger, 0);
    }

    function test_initialize_revertsOnTheImplementation() public {
        AgentIdentityRegistry implementation = new AgentIdentityRegistry();
        vm.expectRevert(INVALID_INITIALIZATION);
        implementation.initialize(stranger, 0);
    }

    function test_initialize_revertsWithoutAnAdmin() public {
        address implementation = address(new AgentIdentityRegistry());
        vm.expectRevert(abi.encodeWithSignature("AccessControlInvalidDefaultAdmin(address)", address(0)));
        _proxy(implementation, abi.encodeCall(AgentIdentityRegistry.initialize, (address(0), 0)));
    }

    function test_initialize_revertsWithoutAnIdentityRegistry() public {
        address implementation = address(new AgentReputationRegistry());
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.InvalidIdentityRegistry.selector, stranger));
        _proxy(implementation, abi.encodeCall(AgentReputationRegistry.initialize, (stranger, admin, 0)));
        implementation = address(new AgentValidationRegistry());
        vm.expectRevert(abi.encodeWithSelector(IAgentValidationRegistry.InvalidIdentityRegistry.selector, stranger));
        _proxy(implementation, abi.encodeCall(AgentReputationRegistry.initialize, (stranger, admin, 0)));
    }

    function test_pause_needsThePauserRole() public {
        bytes32 role = identity.PAUSER_ROLE();
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_missingRole(admin, role));
            vm.prank(admin);
            all[i].pause();
            vm.expectEmit(address(all[i]));
            emit IRegistry.Paused(pauser);
            vm.prank(pauser);
            all[i].pause();
            assertTrue(all[i].paused());
            vm.expectRevert(IRegistry.EnforcedPause.selector);
            vm.prank(pauser);
            all[i].pause();
        }
    }

    function test_unpause_isTheAdmins() public {
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(IRegistry.ExpectedPause.selector);
            vm.prank(admin);
            all[i].unpause();
        }
        _pauseAll();
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_missingRole(pauser, bytes32(0)));
            vm.prank(pauser);
            all[i].unpause();
            vm.expectEmit(address(all[i]));
            emit IRegistry.Unpaused(admin);
            vm.prank(admin);
            all[i].unpause();
            assertFalse(all[i].paused());
        }
    }

    function test_suspendAgent_freezesWhatTheAgentSays() public {
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.AgentSuspended(0, moderator);
        vm.prank(moderator);
        identity.suspendAgent(0);
        assertTrue(identity.isSuspended(0));
        bytes memory refused = abi.encodeWithSelector(IAgentIdentityRegistry.AgentIsSuspended.selector, 0);
        vm.startPrank(alice);
        vm.expectRevert(refused);
        identity.setAgentURI(0, URI);
        vm.expectRevert(refused);
        identity.setMetadata(0, "a", "b");
        vm.expectRevert(refused);
        identity.setAgentWallet(0, bob, block.timestamp, "");
        vm.expectRevert(refused);
        validation.validationRequest(validator, 0, "", bytes32("r"));
        vm.stopPrank();
        vm.expectRevert(refused);
        vm.prank(bob);
        reputation.giveFeedback(0, 1, 0, "", "", "", "", bytes32(0));
    }

    function test_suspendAgent_leavesPropertyAlone() public {
        vm.prank(moderator);
        identity.suspendAgent(0);
        vm.startPrank(alice);
        identity.unsetAgentWallet(0);
        identity.approve(bob, 0);
        identity.transferFrom(alice, carol, 0);
        assertEq(identity.ownerOf(0), carol);
        assertTrue(identity.isSuspended(0));
    }

    function test_restoreAgent_undoesASuspension() public {
        vm.startPrank(moderator);
        identity.suspendAgent(0);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.AgentIsSuspended.selector, 0));
        identity.suspendAgent(0);
        vm.expectEmit(address(identity));
        emit IAgentIdentityRegistry.AgentRestored(0, moderator);
        identity.restoreAgent(0);
        vm.expectRevert(abi.encodeWithSelector(IAgentIdentityRegistry.AgentNotSuspended.selector, 0));
        identity.restoreAgent(0);
        vm.stopPrank();
        vm.prank(alice);
        identity.setAgentURI(0, URI);
        assertFalse(identity.isSuspended(0));
    }

    function test_suspendAgent_revertsForAnUnknownAgent() public {
        vm.startPrank(moderator);
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 3));
        identity.suspendAgent(3);
        vm.expectRevert(abi.encodeWithSignature("ERC721NonexistentToken(uint256)", 3));
        identity.restoreAgent(3);
    }

    function test_moderation_needsTheRegistryAdminRole() public {
        bytes32 role = identity.REGISTRY_ADMIN_ROLE();
        vm.startPrank(alice);
        vm.expectRevert(_missingRole(alice, role));
        identity.suspendAgent(0);
        vm.expectRevert(_missingRole(alice, role));
        identity.restoreAgent(0);
        vm.expectRevert(_missingRole(alice, role));
        reputation.setFeedbackInterval(0);
    }

    function test_setFeedbackInterval_withinADay() public {
        vm.startPrank(moderator);
        vm.expectEmit(address(reputation));
        emit IAgentReputationRegistry.FeedbackIntervalUpdated(60, 86_400);
        reputation.setFeedbackInterval(86_400);
        assertEq(reputation.feedbackInterval(), 86_400);
        vm.expectRevert(abi.encodeWithSelector(IAgentReputationRegistry.IntervalTooLong.selector, 86_401, 86_400));
        reputation.setFeedbackInterval(86_401);
    }

    function test_defaultAdmin_changesInTwoStepsAfterTheDelay() public {
        vm.prank(admin);
        identity.beginDefaultAdminTransfer(carol);
        uint48 schedule = uint48(block.timestamp) + ADMIN_DELAY;
        vm.expectRevert(abi.encodeWithSignature("AccessControlEnforcedDefaultAdminDelay(uint48)", schedule));
        vm.prank(carol);
        identity.acceptDefaultAdminTransfer();
        skip(ADMIN_DELAY + 1);
        vm.prank(carol);
        identity.acceptDefaultAdminTransfer();
        assertEq(identity.owner(), carol);
    }

    function test_defaultAdmin_cannotBeGranted() public {
        vm.expectRevert(abi.encodeWithSignature("AccessControlEnforcedDefaultAdminRules()"));
        vm.prank(admin);
        identity.grantRole(bytes32(0), stranger);
    }

    function test_ownable_isGone() public {
        (bool ok,) = address(identity).call(abi.encodeWithSignature("transferOwnership(address)", stranger));
        assertFalse(ok);
        (ok,) = address(identity).call(abi.encodeWithSignature("renounceOwnership()"));
        assertFalse(ok);
    }
}
