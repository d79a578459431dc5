// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

/// @dev What became of a feedback. `None` tells an index that was never used from a value of 0 without tags.
enum FeedbackStatus {
    None,
    Active,
    Revoked
}

/// @dev A feedback's first slot, and its only one where the tags are short. From the lowest bit:
///
///   128 value | 8 decimals | 8 status | 8 length of tag 1 | 8 length of tag 2 | 96 head of both tags
///
/// The tags are one string, the second right behind the first; the head is its first twelve bytes.
type FeedbackHead is uint256;

using FeedbackHeadLibrary for FeedbackHead global;

/// @title Access to the fields of a feedback's first slot
library FeedbackHeadLibrary {
    /// @notice How many bytes of the tags the head holds.
    uint256 internal constant TAG_HEAD_LENGTH = 12;

    uint256 private constant DECIMALS_SHIFT = 128;
    uint256 private constant STATUS_SHIFT = 136;
    uint256 private constant TAG1_SHIFT = 144;
    uint256 private constant TAG2_SHIFT = 152;

    /// @notice A new feedback, active.
    function pack(
        int128 value_,
        uint8 decimals_,
        uint256 tag1Length_,
        uint256 tag2Length_,
        bytes12 tagHead_
    )
        internal
        pure
        returns (FeedbackHead)
    {
        return FeedbackHead.wrap(
            uint256(uint128(value_)) | uint256(decimals_) << DECIMALS_SHIFT | uint256(FeedbackStatus.Active)
                << STATUS_SHIFT | tag1Length_ << TAG1_SHIFT | tag2Length_ << TAG2_SHIFT | uint256(bytes32(tagHead_))
        );
    }

    function value(FeedbackHead head) internal pure returns (int128) {
        return int128(uint128(FeedbackHead.unwrap(head)));
    }

    function decimals(FeedbackHead head) internal pure returns (uint8) {
        return uint8(FeedbackHead.unwrap(head) >> DECIMALS_SHIFT);
    }

    function status(FeedbackHead head) internal pure returns (FeedbackStatus) {
        return FeedbackStatus(uint8(FeedbackHead.unwrap(head) >> STATUS_SHIFT));
    }

    /// @notice The same as comparing {status}, without the range check that making an enum costs.
    function isActive(FeedbackHead head) internal pure returns (bool) {
        return uint8(FeedbackHead.unwrap(head) >> STATUS_SHIFT) == uint8(FeedbackStatus.Active);
    }

    function tag1Length(FeedbackHead head) internal pure returns (uint256) {
        return uint8(FeedbackHead.unwrap(head) >> TAG1_SHIFT);
    }

    function tag2Length(FeedbackHead head) internal pure returns (uint256) {
        return uint8(FeedbackHead.unwrap(head) >> TAG2_SHIFT);
    }

    function tagHead(FeedbackHead head) internal pure returns (bytes12) {
        return bytes12(bytes32(FeedbackHead.unwrap(head)));
    }

    function asRevoked(FeedbackHead head) internal pure returns (FeedbackHead) {
        uint256 rest = FeedbackHead.unwrap(head) & ~(uint256(0xff) << STATUS_SHIFT);
        return FeedbackHead.wrap(rest | uint256(FeedbackStatus.Revoked) << STATUS_SHIFT);
    }
}
