//! Rows in the text format of COPY (<https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS>).

use std::fmt::{Display, Write as _};

/// Rows, one after the other.
#[derive(Debug, Default)]
pub struct Rows {
    text: String,
    count: u64,
    /// Whether a column of the row at the end is there.
    begun: bool,
}

impl Rows {
    /// A number, or a word that needs no escapes.
    pub fn plain(&mut self, value: impl Display) -> &mut Self {
        self.separate();
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
        self
    }

    /// The same, or nothing.
    pub fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.null(),
        }
    }

    /// Nothing.
    pub fn null(&mut self) -> &mut Self {
        self.plain("\\N")
    }

    /// Any text.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        for c in value.chars() {
            match c {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                c => self.text.push(c),
            }
        }
        self
    }

    /// Bytes, as `bytea` reads them.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.separate();
        self.text.push_str("\\\\x");
        self.text.push_str(&hex::encode(value));
        self
    }

    /// The same, or nothing.
    pub fn maybe_bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.bytes(value),
            None => self.null(),
        }
    }

    /// 16 bytes as a UUID.
    pub fn uuid(&mut self, value: [u8; 16]) -> &mut Self {
        self.plain(hex::encode(value))
    }

    /// An array of words without quotes, commas, braces and backslashes.
    pub fn words(&mut self, values: &[impl AsRef<str>]) -> &mut Self {
        let words: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        self.plain(format_args!("{{{}}}", words.join(",")))
    }

    /// A moment, in seconds since 1970.
    pub fn time(&mut self, seconds: u64) -> &mut Self {
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        self.plain(format_args!(
            "{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}+00"
        ))
    }

    /// The same, or nothing.
    pub fn maybe_time(&mut self, seconds: Option<u64>) -> &mut Self {
        match seconds {
            Some(seconds) => self.time(seconds),
            None => self.null(),
        }
    }

    /// Ends the row.
    pub fn end(&mut self) {
        self.text.push('\n');
        self.count += 1;
        self.begun = false;
    }

    /// How long they are, in bytes.
    pub const fn len(&self) -> usize {
        self.text.len()
    }

    /// Takes them out: their text, and how many they are.
    pub fn take(&mut self) -> (Vec<u8>, u64) {
        let count = std::mem::take(&mut self.count);
        (std::mem::take(&mut self.text).into_bytes(), count)
    }

    fn separate(&mut self) {
        if self.begun {
            self.text.push('\t');
        }
        self.begun = true;
    }
}

/// Year, month and day of a day since 1970 in the Gregorian calendar: years are counted from March, so that the day that
/// some years have more is their last (<https://howardhinnant.github.io/date_algorithms.html>).
const fn date(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_what_copy_reads() {
        let mut rows = Rows::default();
        rows.plain(7).null().text("a\tb\\c\nd").bytes(&[1, 255]);
        rows.words(&["x", "y z"]).time(1_793_491_199).end();
        let (text, count) = rows.take();
        let expected = "7\t\\N\ta\\tb\\\\c\\nd\t\\\\x01ff\t{x,y z}\t2026-10-31 23:59:59+00\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
        assert_eq!(count, 1);
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (day, expected) in [
            (0, (1970, 1, 1)),
            (58, (1970, 2, 28)),
            (59, (1970, 3, 1)),
            (789, (1972, 2, 29)),
            (20_757, (2026, 10, 31)),
        ] {
            assert_eq!(date(day), expected);
        }
    }
}
