// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @title Windows on lists
/// @notice `offset` and `limit` may be any numbers: a window never reaches past the list, and may be empty.
library Pages {
    /// @notice The part of a list of `length` items that a page covers.
    /// @param length How many items there are.
    /// @param offset How many to leave out.
    /// @param limit How many to take at most.
    /// @return start The first position of the page.
    /// @return end The position after its last.
    function window(uint256 length, uint256 offset, uint256 limit) internal pure returns (uint256 start, uint256 end) {
        start = offset < length ? offset : length;
        uint256 left = length - start;
        end = start + (limit < left ? limit : left);
    }

    /// @notice Copies one page of a list of addresses.
    /// @param list The list.
    /// @param offset How many items to leave out.
    /// @param limit How many to take at most.
    /// @return page The items.
    function slice(address[] storage list, uint256 offset, uint256 limit)
        internal
        view
        returns (address[] memory page)
    {
        (uint256 start, uint256 end) = window(list.length, offset, limit);
        page = new address[](end - start);
        for (uint256 i = start; i < end; ++i) {
            page[i - start] = list[i];
        }
    }

    /// @notice Copies one page of a list of words.
    /// @param list The list.
    /// @param offset How many items to leave out.
    /// @param limit How many to take at most.
    /// @return page The items.
    function slice(bytes32[] storage list, uint256 offset, uint256 limit)
        internal
        view
        returns (bytes32[] memory page)
    {
        (uint256 start, uint256 end) = window(list.length, offset, limit);
        page = new bytes32[](end - start);
        for (uint256 i = start; i < end; ++i) {
            page[i - start] = list[i];
        }
    }
}
