// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {Script} from "forge-std/Script.sol";
import {VmSafe} from "forge-std/Vm.sol";

/// @notice What the scripts that send transactions share.
abstract contract SignedScript is Script {
    /// @dev Signs with DEPLOYER_KEY, which so stays out of the list of processes; without it, as forge was told to.
    function _startBroadcast() internal {
        uint256 key = vm.envOr("DEPLOYER_KEY", uint256(0));
        if (key == 0) vm.startBroadcast();
        else vm.startBroadcast(key);
    }

    /// @dev Whether transactions are sent, and not only simulated.
    function _sends() internal view returns (bool) {
        return vm.isContext(VmSafe.ForgeContext.ScriptBroadcast) || vm.isContext(VmSafe.ForgeContext.ScriptResume);
    }
}
