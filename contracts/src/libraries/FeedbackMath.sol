// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title The arithmetic of feedback summaries
/// @notice Fixed-point values of different decimals are added at 18 decimals, where each is exact.
library FeedbackMath {
    /// @notice The most decimals a value can have.
    uint8 internal constant MAX_DECIMALS = 18;

    /// @notice The largest magnitude of a value. At 18 decimals it is 1e56, and an int256 holds 5e20 of those, more
    /// than a uint64 counts: sums cannot overflow.
    int128 internal constant MAX_VALUE = 1e38;

    /// @notice What values add up to.
    /// @param sum Their sum in 18 decimals.
    /// @param countByDecimals How many of them have 0, 1, … 18 decimals.
    struct Totals {
        int256 sum;
        uint64[19] countByDecimals;
    }

    /// @notice Adds one value.
    /// @param totals What there is so far.
    /// @param value The value, at most {MAX_VALUE} in magnitude.
    /// @param decimals Its decimals, at most {MAX_DECIMALS}.
    function add(Totals memory totals, int128 value, uint8 decimals) internal pure {
        totals.sum += int256(value) * _power(MAX_DECIMALS - decimals);
        ++totals.countByDecimals[decimals];
    }

    /// @notice The average in the most frequent decimals, the fewest on a tie, truncated toward zero.
    /// @param totals What to average.
    /// @return count How many values there were.
    /// @return value Their average; 0 where there were none.
    /// @return decimals Its decimals.
    function average(Totals memory totals) internal pure returns (uint64 count, int128 value, uint8 decimals) {
        uint64 most = 0;
        for (uint8 d = 0; d <= MAX_DECIMALS; ++d) {
            uint64 n = totals.countByDecimals[d];
            count += n;
            if (n > most) (most, decimals) = (n, d);
        }
        if (count == 0) return (0, 0, 0);
        // Truncating twice toward zero is truncating once by the product.
        int256 mean = totals.sum / int256(uint256(count)) / _power(MAX_DECIMALS - decimals);
        // 1e38 with few decimals does not fit where most values have many: an error, never a wrong number.
        value = SafeCast.toInt128(mean);
    }

    /// @dev 10 to the power of `exponent`, at most 18.
    function _power(uint8 exponent) private pure returns (int256) {
        return int256(10 ** uint256(exponent));
    }
}
