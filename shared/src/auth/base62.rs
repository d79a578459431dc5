//! Digits and letters: what survives every header, shell and double click.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` random characters; each holds 5.95 bits.
///
/// # Errors
/// When the operating system gives no randomness.
pub(super) fn random(length: usize) -> Result<String, getrandom::Error> {
    let mut text = String::with_capacity(length);
    let mut bytes = [0_u8; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes)?;
        // 248 is the largest multiple of 62 in a byte: what is above would favour the first characters.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let characters = fair.map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(characters.take(length - text.len()));
    }
    Ok(text)
}

/// A number in six characters, which hold 35 bits.
pub(super) fn encode(number: u32) -> [u8; 6] {
    let mut rest = number;
    let mut text = [ALPHABET[0]; 6];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_text_is_of_the_alphabet_and_never_the_same() {
        let (a, b) = (random(43).unwrap(), random(43).unwrap());
        assert_eq!((a.len(), b.len()), (43, 43));
        assert_ne!(a, b);
        assert!(a.bytes().all(|c| ALPHABET.contains(&c)));
    }

    #[test]
    fn every_number_has_its_own_six_characters() {
        assert_eq!(&encode(0), b"000000");
        assert_eq!(&encode(61), b"00000z");
        assert_eq!(&encode(u32::MAX), b"4gfFC3");
    }
}
