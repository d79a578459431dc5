// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {IRegistry} from "../interfaces/IRegistry.sol";
import {
    AccessControlDefaultAdminRulesUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/extensions/AccessControlDefaultAdminRulesUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// @title Roles, pause, guard and upgrade of a registry
/// @notice `owner()` is the default admin (ERC-5313), who changes only in two steps and after a delay.
/// @dev The pause flag is not kept here: each registry packs it into a slot that its writes read anyway, which saves
/// the cold read (EIP-2929) that a slot of its own would cost every call.
abstract contract RegistryBase is IRegistry, UUPSUpgradeable, AccessControlDefaultAdminRulesUpgradeable {
    /// @inheritdoc IRegistry
    bytes32 public constant REGISTRY_ADMIN_ROLE = keccak256("REGISTRY_ADMIN_ROLE");

    /// @inheritdoc IRegistry
    bytes32 public constant PAUSER_ROLE = keccak256("PAUSER_ROLE");

    /// @dev Whether a guarded call is under way in this transaction (EIP-1153). A whole word, so that writing it needs
    /// no read; transient slots are apart from storage, so this takes none of the layout.
    uint256 private transient _entered;

    /// @dev Refuses a guarded call from within another.
    modifier nonReentrant() {
        if (_entered != 0) revert ReentrancyGuardReentrantCall();
        _entered = 1;
        _;
        _entered = 0;
    }

    /// @dev Refuses the call while the registry is paused.
    modifier whenNotPaused() {
        if (paused()) revert EnforcedPause();
        _;
    }

    /// @notice Locks the implementation: only a proxy can be initialised.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IRegistry
    function pause() external onlyRole(PAUSER_ROLE) whenNotPaused {
        _setPaused(true);
        emit Paused(msg.sender);
    }

    /// @inheritdoc IRegistry
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (!paused()) revert ExpectedPause();
        _setPaused(false);
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc IRegistry
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    /// @inheritdoc IRegistry
    function paused() public view virtual returns (bool);

    /// @dev Writes the flag that {paused} reads.
    function _setPaused(bool value) internal virtual;

    /// @dev An upgrade is administration: it also works while paused, because it may be the cure.
    function _authorizeUpgrade(address) internal view override onlyRole(DEFAULT_ADMIN_ROLE) {}
}
