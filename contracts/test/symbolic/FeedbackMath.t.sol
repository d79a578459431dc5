// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {FeedbackMath} from "../../src/libraries/FeedbackMath.sol";
import {Pages} from "../../src/libraries/Pages.sol";
import {FeedbackHead, FeedbackHeadLibrary, FeedbackStatus} from "../../src/types/FeedbackHead.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Properties for every input: `halmos --match-contract FeedbackMathCheck` proves them, `forge test` samples them.
contract FeedbackMathCheck is Test {
    using FeedbackMath for FeedbackMath.Totals;

    /// @dev The average of one value is of one value, and in its decimals. That it is the value itself, the solvers do
    /// not divide well enough to prove: {testFuzz_average_ofOneValueIsTheValue} samples it.
    function check_average_ofOneValueIsInItsDecimals(int128 value, uint8 decimals) public pure {
        vm.assume(value >= -FeedbackMath.MAX_VALUE && value <= FeedbackMath.MAX_VALUE);
        vm.assume(decimals <= 18);
        FeedbackMath.Totals memory totals;
        totals.add(value, _concrete(decimals));
        (uint64 count,, uint8 d) = totals.average();
        assertEq(count, 1);
        assertEq(d, decimals);
    }

    /// @dev Adding never overflows, and keeps the sum within what the count allows.
    function check_add_staysInBounds(int128 value, uint8 decimals) public pure {
        vm.assume(value >= -FeedbackMath.MAX_VALUE && value <= FeedbackMath.MAX_VALUE);
        vm.assume(decimals <= 18);
        decimals = _concrete(decimals);
        FeedbackMath.Totals memory totals;
        totals.add(value, decimals);
        assertLe(totals.sum, 1e56);
        assertGe(totals.sum, -1e56);
        assertEq(totals.countByDecimals[decimals], 1);
    }

    /// @dev A page is within the list, and no longer than asked for.
    function check_window_staysWithinTheList(uint256 length, uint256 offset, uint256 limit) public pure {
        (uint256 start, uint256 end) = Pages.window(length, offset, limit);
        assertLe(start, end);
        assertLe(end, length);
        assertLe(end - start, limit);
        if (offset <= length) assertEq(start, offset);
        if (offset <= length && limit <= length - offset) assertEq(end - start, limit);
    }

    /// @dev The interval's comparison, with every timestamp and interval that storage can hold.
    function check_interval_neverOverflows(uint64 lastGivenAt, uint32 interval, uint64 timestamp) public pure {
        uint256 retryAt = uint256(lastGivenAt) + interval;
        bool accepted = timestamp >= retryAt;
        if (accepted) assertGe(uint256(timestamp) - lastGivenAt, interval);
        if (interval == 0 && timestamp >= lastGivenAt) assertTrue(accepted);
    }

    /// @dev Packing loses nothing.
    function check_feedbackHead_roundTrip(
        int128 value,
        uint8 decimals,
        uint8 one,
        uint8 two,
        bytes12 tags
    )
        public
        pure
    {
        FeedbackHead head = FeedbackHeadLibrary.pack(value, decimals, one, two, tags);
        assertEq(head.value(), value);
        assertEq(head.decimals(), decimals);
        assertEq(head.tag1Length(), one);
        assertEq(head.tag2Length(), two);
        assertEq(head.tagHead(), tags);
        assertTrue(head.isActive());
        FeedbackHead revoked = head.asRevoked();
        assertTrue(revoked.status() == FeedbackStatus.Revoked);
        assertEq(revoked.value(), value);
        assertEq(revoked.tagHead(), tags);
    }

    function testFuzz_average_ofOneValueIsTheValue(int128 value, uint8 decimals) public pure {
        value = int128(bound(value, -1e38, 1e38));
        decimals = uint8(bound(decimals, 0, 18));
        FeedbackMath.Totals memory totals;
        totals.add(value, decimals);
        (, int128 mean, uint8 d) = totals.average();
        assertEq(mean, value);
        assertEq(d, decimals);
    }

    function testFuzz_window_staysWithinTheList(uint256 length, uint256 offset, uint256 limit) public pure {
        check_window_staysWithinTheList(length, offset, limit);
    }

    function testFuzz_feedbackHead_roundTrip(int128 value, uint8 d, uint8 one, uint8 two, bytes12 tags) public pure {
        check_feedbackHead_roundTrip(value, d, one, two, tags);
    }

    /// @dev The same number, as one that the prover knows: it follows each case, and a place in memory is known in each.
    function _concrete(uint8 decimals) private pure returns (uint8) {
        for (uint8 d = 0; d < 18; ++d) {
            if (decimals == d) return d;
        }
        return 18;
    }
}
