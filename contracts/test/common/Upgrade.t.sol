// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {RegistriesTest} from "../helpers/RegistriesTest.sol";
import {IdentityV2, NotUpgradeable, ReputationV2, ValidationV2} from "../helpers/VersionTwo.sol";

contract UpgradeTest is RegistriesTest {
    bytes32 internal constant HASH = keccak256("request");
    bytes32 internal constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    function setUp() public override {
        super.setUp();
        vm.prank(alice);
        identity.register(URI, _entry("category", "trade"));
        _give(bob, 0, 9977, 2, "a tag that is longer than the head", "day");
        vm.prank(alice);
        reputation.appendResponse(0, bob, 1, "ipfs://response", bytes32(0));
        _request(alice, 0, HASH);
        _respond(HASH, 80, "tee");
    }

    function test_upgrade_keepsEverythingOfTheIdentityRegistry() public {
        address next = address(new IdentityV2());
        vm.expectEmit(address(identity));
        emit Upgraded(next);
        vm.prank(admin);
        identity.upgradeToAndCall(next, abi.encodeCall(IdentityV2.initializeV2, (7)));
        assertEq(IdentityV2(address(identity)).fee(), 7);
        assertEq(identity.tokenURI(0), URI);
        assertEq(identity.getMetadata(0, "category"), "trade");
        assertEq(identity.getMetadataCount(0), 1);
        assertEq(identity.getAgentWallet(0), alice);
        assertEq(identity.totalAgents(), 1);
        assertEq(identity.owner(), admin);
        assertTrue(identity.hasRole(identity.PAUSER_ROLE(), pauser));
        assertEq(_register(bob), 1);
    }

    function test_upgrade_keepsEverythingOfTheReputationRegistry() public {
        address next = address(new ReputationV2());
        vm.prank(admin);
        reputation.upgradeToAndCall(next, abi.encodeCall(ReputationV2.initializeV2, (7)));
        (int128 value, uint8 decimals, string memory tag1, string memory tag2,) = reputation.readFeedback(0, bob, 1);
        assertEq(value, 9977);
        assertEq(decimals, 2);
        assertEq(tag1, "a tag that is longer than the head");
        assertEq(tag2, "day");
        assertEq(reputation.getResponseCount(0, bob, 1, _one(alice)), 1);
        assertEq(reputation.feedbackInterval(), 60);
        assertEq(reputation.getIdentityRegistry(), address(identity));
        _give(bob, 0, 1);
        assertEq(reputation.getLastIndex(0, bob), 2);
    }

    function test_upgrade_keepsEverythingOfTheValidationRegistry() public {
        address next = address(new ValidationV2());
        vm.prank(admin);
        validation.upgradeToAndCall(next, "");
        (address who,, uint8 response,, string memory tag,) = validation.getValidationStatus(HASH);
        assertEq(who, validator);
        assertEq(response, 80);
        assertEq(tag, "tee");
        assertEq(ValidationV2(address(validation)).added(), "new");
    }

    function test_upgrade_isTheAdmins() public {
        address next = address(new IdentityV2());
        address[3] memory others = [moderator, pauser, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(_missingRole(others[i], bytes32(0)));
            vm.prank(others[i]);
            identity.upgradeToAndCall(next, "");
        }
    }

    function test_upgrade_refusesWhatCouldNotBeUpgradedAgain() public {
        address next = address(new NotUpgradeable());
        vm.expectRevert(abi.encodeWithSignature("ERC1967InvalidImplementation(address)", next));
        vm.prank(admin);
        identity.upgradeToAndCall(next, "");
    }

    function test_upgrade_onTheImplementationReverts() public {
        address implementation = address(uint160(uint256(vm.load(address(identity), IMPLEMENTATION_SLOT))));
        vm.expectRevert(abi.encodeWithSignature("UUPSUnauthorizedCallContext()"));
        IdentityV2(implementation).upgradeToAndCall(implementation, "");
    }

    function test_namespaces_areThoseOfERC7201() public view {
        // The first word of each namespace, found by the formula and not by the constant.
        uint256 first = uint256(vm.load(address(identity), _namespace("agentregistries.storage.Identity")));
        assertEq(uint64(first >> 8), 1, "agent count");
        first = uint256(vm.load(address(reputation), _namespace("agentregistries.storage.Reputation")));
        assertEq(address(uint160(first)), address(identity));
        first = uint256(vm.load(address(validation), _namespace("agentregistries.storage.Validation")));
        assertEq(address(uint160(first)), address(identity));
    }

    function _namespace(string memory id) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(keccak256(bytes(id))) - 1)) & ~bytes32(uint256(0xff));
    }
}
