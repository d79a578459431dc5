// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {IRegistry} from "../../src/interfaces/IRegistry.sol";
import {RegistriesTest} from "../helpers/RegistriesTest.sol";

contract PauseTest is RegistriesTest {
    bytes32 internal constant HASH = keccak256("request");

    function setUp() public override {
        super.setUp();
        vm.prank(alice);
        identity.register(URI);
        _give(bob, 0, 90);
        _request(alice, 0, HASH);
        _pauseAll();
    }

    function test_pause_stopsEveryChange() public {
        vm.startPrank(alice);
        _refused(address(identity), abi.encodeWithSignature("register()"));
        _refused(address(identity), abi.encodeWithSignature("register(string)", URI));
        _refused(
            address(identity),
            abi.encodeWithSignature("register(string,(string,bytes)[])", URI, _entry("category", "trade"))
        );
        _refused(address(identity), abi.encodeCall(identity.setAgentURI, (0, "x")));
        _refused(address(identity), abi.encodeCall(identity.setMetadata, (0, "a", "b")));
        _refused(address(identity), abi.encodeCall(identity.setAgentWallet, (0, bob, block.timestamp, "")));
        _refused(address(identity), abi.encodeCall(identity.unsetAgentWallet, (0)));
        _refused(address(identity), abi.encodeCall(identity.approve, (bob, 0)));
        _refused(address(identity), abi.encodeCall(identity.setApprovalForAll, (bob, true)));
        _refused(address(identity), abi.encodeCall(identity.transferFrom, (alice, bob, 0)));
        _refused(address(identity), abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", alice, bob, 0));
        _refused(
            address(identity),
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256,bytes)", alice, bob, 0, "")
        );
        _refused(address(reputation), abi.encodeCall(reputation.giveFeedback, (0, 1, 0, "", "", "", "", bytes32(0))));
        _refused(address(reputation), abi.encodeCall(reputation.revokeFeedback, (0, 1)));
        _refused(address(reputation), abi.encodeCall(reputation.appendResponse, (0, bob, 1, "u", bytes32(0))));
        _refused(address(validation), abi.encodeCall(validation.validationRequest, (validator, 0, "", "h")));
        _refused(address(validation), abi.encodeCall(validation.validationResponse, (HASH, 1, "", "", "")));
    }

    function test_pause_leavesAdministrationAlone() public {
        bytes32 role = identity.PAUSER_ROLE();
        vm.startPrank(moderator);
        identity.suspendAgent(0);
        identity.restoreAgent(0);
        reputation.setFeedbackInterval(0);
        vm.stopPrank();
        address next = address(new AgentIdentityRegistry());
        vm.startPrank(admin);
        identity.grantRole(role, carol);
        identity.revokeRole(role, carol);
        identity.upgradeToAndCall(next, "");
        assertTrue(identity.paused());
        identity.unpause();
    }

    function test_pause_leavesReadsAlone() public view {
        assertEq(identity.tokenURI(0), URI);
        assertEq(identity.totalAgents(), 1);
        assertEq(identity.getAgentWallet(0), alice);
        assertEq(reputation.getLastIndex(0, bob), 1);
        (uint64 count, int128 value,) = reputation.getSummary(0, _one(bob), "", "");
        assertEq(count, 1);
        assertEq(value, 90);
        assertEq(validation.getAgentValidations(0).length, 1);
    }

    function _refused(address target, bytes memory data) private {
        (bool ok, bytes memory reason) = target.call(data);
        assertFalse(ok);
        assertEq(reason, abi.encodeWithSelector(IRegistry.EnforcedPause.selector));
    }
}
