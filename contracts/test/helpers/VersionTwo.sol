// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {AgentIdentityRegistry} from "../../src/AgentIdentityRegistry.sol";
import {AgentReputationRegistry} from "../../src/AgentReputationRegistry.sol";
import {AgentValidationRegistry} from "../../src/AgentValidationRegistry.sol";

/// @notice What a next version may look like: a namespace of its own, and an initialiser with the next number.
abstract contract WithFee {
    /// @custom:storage-location erc7201:agentregistries.storage.Fee
    struct FeeStorage {
        uint256 fee;
    }

    function fee() public view returns (uint256) {
        return _feeStorage().fee;
    }

    function _feeStorage() internal pure returns (FeeStorage storage $) {
        bytes32 slot = keccak256(abi.encode(uint256(keccak256("agentregistries.storage.Fee")) - 1));
        assembly {
            $.slot := and(slot, not(0xff))
        }
    }
}

contract IdentityV2 is AgentIdentityRegistry, WithFee {
    function initializeV2(uint256 value) external reinitializer(2) {
        _feeStorage().fee = value;
    }
}

contract ReputationV2 is AgentReputationRegistry, WithFee {
    function initializeV2(uint256 value) external reinitializer(2) {
        _feeStorage().fee = value;
    }
}

contract ValidationV2 is AgentValidationRegistry {
    function added() external pure returns (string memory) {
        return "new";
    }
}

contract NotUpgradeable {
    function proxiableUUID() external pure {
        revert("not UUPS");
    }
}
