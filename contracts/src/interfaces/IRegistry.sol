// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title What the three registries have in common
/// @notice The emergency pause, the names of the roles and the version.
interface IRegistry {
    /// @notice The registry stopped accepting changes.
    /// @param account The pauser who stopped it.
    event Paused(address account);

    /// @notice The registry accepts changes again.
    /// @param account The default admin who resumed it.
    event Unpaused(address account);

    /// @notice The call changes state and the registry is paused.
    error EnforcedPause();

    /// @notice The call needs a paused registry.
    error ExpectedPause();

    /// @notice The call came from within another call that changes state.
    error ReentrancyGuardReentrantCall();

    /// @notice The role that sets limits and moderates agents.
    /// @return The role's identifier.
    function REGISTRY_ADMIN_ROLE() external view returns (bytes32);

    /// @notice The role that may pause, and nothing else.
    /// @return The role's identifier.
    function PAUSER_ROLE() external view returns (bytes32);

    /// @notice Stops every change but administration. Reads go on.
    /// @dev Needs PAUSER_ROLE. Emits {Paused}.
    function pause() external;

    /// @notice Resumes a paused registry.
    /// @dev Needs DEFAULT_ADMIN_ROLE: a stolen pauser key can stop a registry, and never undo a stop. Emits {Unpaused}.
    function unpause() external;

    /// @notice Whether changes are refused at the moment.
    /// @return True while paused.
    function paused() external view returns (bool);

    /// @notice The version of ERC-8004's registries that this one is compatible with.
    /// @return "2.0.0"
    function getVersion() external pure returns (string memory);
}
