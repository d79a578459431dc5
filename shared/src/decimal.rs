//! Exact decimals as text. Values on chain are integers of up to 78 digits with a scale: no float holds them.

/// The integer `units` divided by 10 to the power of `decimals`, written out, without trailing zeros.
///
/// `units` is an optional minus and decimal digits, as `PostgreSQL` prints a whole `numeric`.
#[must_use]
pub fn scaled(units: &str, decimals: usize) -> String {
    let (sign, digits) = match units.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", units),
    };
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let sign = if whole == "0" && fraction.is_empty() {
        ""
    } else {
        sign
    };
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn the_point_moves_and_no_digit_is_lost() {
        for (units, decimals, shown) in [
            ("87", 0, "87"),
            ("9977", 2, "99.77"),
            ("-32", 1, "-3.2"),
            ("5", 18, "0.000000000000000005"),
            ("-5", 3, "-0.005"),
            ("100", 2, "1"),
            ("0", 4, "0"),
            ("-0", 0, "0"),
            (
                "170141183460469231731687303715884105727",
                18,
                "170141183460469231731.687303715884105727",
            ),
        ] {
            assert_eq!(scaled(units, decimals), shown);
        }
    }
}
