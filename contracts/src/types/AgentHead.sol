// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @dev Whose address an agent's wallet is.
enum WalletState {
    Owner, // never changed: follows from the owner, without a slot of its own
    Verified, // the address in the agent's wallet slot, which signed for it; zero where it was cleared since
    Cleared // none, until a wallet is verified; what the wallet slot holds is left over
}

/// @dev An agent's first slot, the only one that most calls touch: read once, written once. From the lowest bit:
///
///   160 owner | 8 metadata count | 8 wallet state | 8 suspended | 8 approved | 16 URI length | 48 URI head
///
/// "approved" says whether the token's ERC-721 approval holds: a transfer drops the flag and leaves the approval's own
/// slot alone. The URI's head is its first six bytes ("ipfs:/", "https:", "data:a"), which an update rarely changes.
type AgentHead is uint256;

using AgentHeadLibrary for AgentHead global;

/// @title Access to the fields of an agent's first slot
library AgentHeadLibrary {
    /// @notice How many bytes of a URI the head holds.
    uint256 internal constant URI_HEAD_LENGTH = 6;

    uint256 private constant COUNT_SHIFT = 160;
    uint256 private constant WALLET_SHIFT = 168;
    uint256 private constant SUSPENDED = 1 << 176;
    uint256 private constant APPROVED = 1 << 184;
    uint256 private constant LENGTH_SHIFT = 192;

    function owner(AgentHead head) internal pure returns (address) {
        return address(uint160(AgentHead.unwrap(head)));
    }

    function metadataCount(AgentHead head) internal pure returns (uint256) {
        return uint8(AgentHead.unwrap(head) >> COUNT_SHIFT);
    }

    function walletState(AgentHead head) internal pure returns (WalletState) {
        return WalletState(uint8(AgentHead.unwrap(head) >> WALLET_SHIFT));
    }

    function suspended(AgentHead head) internal pure returns (bool) {
        return AgentHead.unwrap(head) & SUSPENDED != 0;
    }

    function approved(AgentHead head) internal pure returns (bool) {
        return AgentHead.unwrap(head) & APPROVED != 0;
    }

    function uriLength(AgentHead head) internal pure returns (uint256) {
        return uint16(AgentHead.unwrap(head) >> LENGTH_SHIFT);
    }

    function uriHead(AgentHead head) internal pure returns (bytes6) {
        return bytes6(bytes32(AgentHead.unwrap(head)));
    }

    function withOwner(AgentHead head, address to) internal pure returns (AgentHead) {
        return AgentHead.wrap(AgentHead.unwrap(head) & ~uint256(type(uint160).max) | uint160(to));
    }

    /// @param count At most 255.
    function withMetadataCount(AgentHead head, uint256 count) internal pure returns (AgentHead) {
        return AgentHead.wrap(AgentHead.unwrap(head) & ~(uint256(0xff) << COUNT_SHIFT) | count << COUNT_SHIFT);
    }

    function withWalletState(AgentHead head, WalletState state) internal pure returns (AgentHead) {
        uint256 rest = AgentHead.unwrap(head) & ~(uint256(0xff) << WALLET_SHIFT);
        return AgentHead.wrap(rest | uint256(state) << WALLET_SHIFT);
    }

    function withSuspended(AgentHead head, bool value) internal pure returns (AgentHead) {
        uint256 rest = AgentHead.unwrap(head) & ~SUSPENDED;
        return AgentHead.wrap(value ? rest | SUSPENDED : rest);
    }

    function withApproved(AgentHead head, bool value) internal pure returns (AgentHead) {
        uint256 rest = AgentHead.unwrap(head) & ~APPROVED;
        return AgentHead.wrap(value ? rest | APPROVED : rest);
    }

    /// @param length At most 65,535.
    function withURI(AgentHead head, uint256 length, bytes6 start) internal pure returns (AgentHead) {
        uint256 rest = AgentHead.unwrap(head) & ((1 << LENGTH_SHIFT) - 1);
        return AgentHead.wrap(rest | length << LENGTH_SHIFT | uint256(bytes32(start)));
    }
}
