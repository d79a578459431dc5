// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title Byte strings that begin in somebody else's slot
/// @notice A string's length and first bytes (the head) sit in spare bits of a slot that its writer touches anyway;
/// only what is left over takes words of its own. Solidity's own layout needs one more slot for anything of 32 bytes or
/// more, and a slot of its own for anything at all.
/// @dev Words past the length are never read, so they are left as they are when a string shrinks: clearing one costs
/// 5,000 gas and gives back 4,800 at most (EIP-3529), and a later longer string reuses it at the price of an update.
library PackedBytes {
    /// @notice Writes all of `data` but its first `headLength` bytes into the words from `slot` on.
    /// @param slot The first of the words.
    /// @param data The whole string.
    /// @param headLength How many of its bytes the caller keeps in the head.
    function storeRest(uint256 slot, bytes memory data, uint256 headLength) internal {
        uint256 length = data.length;
        for (uint256 position = headLength; position < length;) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(data, 0x20), position))
            }
            uint256 left;
            unchecked {
                left = length - position;
                position += 32;
            }
            if (left < 32) word = _cut(word, left);
            assembly ("memory-safe") {
                sstore(slot, word)
                slot := add(slot, 1)
            }
        }
    }

    /// @notice The same for a string that is still in calldata, which saves the copy.
    /// @param slot The first of the words.
    /// @param data The whole string.
    /// @param headLength How many of its bytes the caller keeps in the head.
    function storeRestCalldata(uint256 slot, bytes calldata data, uint256 headLength) internal {
        uint256 length = data.length;
        for (uint256 position = headLength; position < length;) {
            uint256 word;
            assembly ("memory-safe") {
                word := calldataload(add(data.offset, position))
            }
            uint256 left;
            unchecked {
                left = length - position;
                position += 32;
            }
            if (left < 32) word = _cut(word, left);
            assembly ("memory-safe") {
                sstore(slot, word)
                slot := add(slot, 1)
            }
        }
    }

    /// @notice Reads a string back.
    /// @param slot The first of its words.
    /// @param head Its first bytes, left-aligned, zero behind them.
    /// @param headLength How many bytes the head can hold.
    /// @param length The whole string's length.
    /// @return data The string.
    function load(
        uint256 slot,
        bytes32 head,
        uint256 headLength,
        uint256 length
    )
        internal
        view
        returns (bytes memory data)
    {
        // Words are written at offsets that are not multiples of 32: one word of slack, cut off below.
        data = new bytes(length + 32);
        assembly ("memory-safe") {
            let start := add(data, 0x20)
            mstore(start, head)
            for { let position := headLength } lt(position, length) { position := add(position, 0x20) } {
                mstore(add(start, position), sload(slot))
                slot := add(slot, 1)
            }
            mstore(data, length)
        }
    }

    /// @dev Keeps the first `left` bytes: what lies behind a string is not ours, and what is written must depend on the
    /// string alone.
    function _cut(uint256 word, uint256 left) private pure returns (uint256 cut) {
        assembly ("memory-safe") {
            let shift := sub(256, shl(3, left))
            cut := shl(shift, shr(shift, word))
        }
    }
}
