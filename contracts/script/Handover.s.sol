// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {SignedScript} from "./Signed.s.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {console} from "forge-std/Script.sol";

/// @notice Hands the registries of deployments/<chainId>.json to a multisig, in two commands with the delay between.
contract Handover is SignedScript {
    bytes32 internal constant REGISTRY_ADMIN_ROLE = keccak256("REGISTRY_ADMIN_ROLE");
    bytes32 internal constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @notice First command, by the present admin: gives out the roles and starts the change of admin.
    /// @param multisig The next default admin, and registry admin from now on.
    /// @param pauser Who may pause; a fast key, because a pause can do little harm.
    function begin(address multisig, address pauser) external {
        address[3] memory registries = _registries();
        _startBroadcast();
        for (uint256 i = 0; i < 3; ++i) {
            IAccessControl(registries[i]).grantRole(REGISTRY_ADMIN_ROLE, multisig);
            IAccessControl(registries[i]).grantRole(PAUSER_ROLE, pauser);
            IAccessControlDefaultAdminRules(registries[i]).beginDefaultAdminTransfer(multisig);
        }
        vm.stopBroadcast();
        for (uint256 i = 0; i < 3; ++i) {
            (, uint48 schedule) = IAccessControlDefaultAdminRules(registries[i]).pendingDefaultAdmin();
            console.log(registries[i], "can be accepted after", schedule);
        }
    }

    /// @notice Second command, after the delay. A multisig that is no key of yours sends the three calls itself: run
    /// it without --broadcast and with --sender MULTISIG to have them checked and printed.
    function accept() external {
        address[3] memory registries = _registries();
        vm.startBroadcast();
        for (uint256 i = 0; i < 3; ++i) {
            IAccessControlDefaultAdminRules(registries[i]).acceptDefaultAdminTransfer();
        }
        vm.stopBroadcast();
        bytes memory data = abi.encodeCall(IAccessControlDefaultAdminRules.acceptDefaultAdminTransfer, ());
        for (uint256 i = 0; i < 3; ++i) {
            console.log("to", registries[i]);
            console.log("  data", vm.toString(data));
        }
    }

    function _registries() private view returns (address[3] memory) {
        string memory json = vm.readFile(string.concat("deployments/", vm.toString(block.chainid), ".json"));
        return [
            vm.parseJsonAddress(json, ".identityRegistry"),
            vm.parseJsonAddress(json, ".reputationRegistry"),
            vm.parseJsonAddress(json, ".validationRegistry")
        ];
    }
}
