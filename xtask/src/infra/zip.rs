//! A ZIP archive with one file, the same bytes for the same content
//! (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).

use std::io::Write as _;

use anyhow::{Context as _, Result};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Deflate needs version 2.0 of the format.
const VERSION: u16 = 20;
/// Made on Unix: the attributes hold a mode.
const MADE_BY: u16 = (3 << 8) | VERSION;
const DEFLATED: u16 = 8;
/// 1980-01-01 00:00, the first time that the format knows.
const TIME: u16 = 0;
const DATE: u16 = (1 << 5) | 1;
/// A file that everybody may run.
const MODE: u32 = 0o100_755 << 16;

/// An archive of `content` as an executable file; packed well, or fast.
///
/// # Errors
///
/// When it is 4 GiB or larger.
pub fn archive(name: &str, content: &[u8], fast: bool) -> Result<Vec<u8>> {
    let compression = if fast {
        Compression::fast()
    } else {
        Compression::best()
    };
    let mut encoder = DeflateEncoder::new(Vec::new(), compression);
    encoder.write_all(content)?;
    let deflated = encoder.finish()?;
    let mut crc = Crc::new();
    crc.update(content);
    let size = |bytes: usize| u32::try_from(bytes).context("too large for a ZIP archive");
    let entry = Entry {
        name,
        crc: crc.sum(),
        packed: size(deflated.len())?,
        unpacked: size(content.len())?,
    };
    let mut archive = Vec::with_capacity(deflated.len() + 256);
    numbers(&mut archive, &[LOCAL_HEADER]);
    entry.common(&mut archive);
    archive.extend(name.as_bytes());
    archive.extend(deflated);
    let central = size(archive.len())?;
    numbers(&mut archive, &[CENTRAL_HEADER]);
    shorts(&mut archive, &[MADE_BY]);
    entry.common(&mut archive);
    // Comment, disk, internal attributes; then external ones, and where the entry is.
    shorts(&mut archive, &[0, 0, 0]);
    numbers(&mut archive, &[MODE, 0]);
    archive.extend(name.as_bytes());
    let length = size(archive.len())? - central;
    numbers(&mut archive, &[END]);
    shorts(&mut archive, &[0, 0, 1, 1]);
    numbers(&mut archive, &[length, central]);
    shorts(&mut archive, &[0]);
    Ok(archive)
}

struct Entry<'a> {
    name: &'a str,
    crc: u32,
    packed: u32,
    unpacked: u32,
}

impl Entry<'_> {
    /// What the local header and the central one have in common.
    fn common(&self, to: &mut Vec<u8>) {
        shorts(to, &[VERSION, 0, DEFLATED, TIME, DATE]);
        numbers(to, &[self.crc, self.packed, self.unpacked]);
        let name = u16::try_from(self.name.len()).unwrap_or(u16::MAX);
        shorts(to, &[name, 0]);
    }
}

fn shorts(to: &mut Vec<u8>, values: &[u16]) {
    to.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn numbers(to: &mut Vec<u8>, values: &[u32]) {
    to.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn others_read_the_archive_and_find_a_program_in_it() {
        let file = std::env::temp_dir().join(format!("xtask-zip-{}.zip", std::process::id()));
        std::fs::write(&file, archive("bootstrap", b"#!/bin/sh\n", false).unwrap()).unwrap();
        let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); i = z.getinfo('bootstrap'); \
                      print(z.testzip(), oct(i.external_attr >> 16), z.read(i), i.date_time[0])";
        let read = Command::new("python3")
            .args(["-c", script])
            .arg(&file)
            .output()
            .unwrap();
        std::fs::remove_file(&file).unwrap();
        let said = String::from_utf8(read.stdout).unwrap();
        assert_eq!(said.trim(), r"None 0o100755 b'#!/bin/sh\n' 1980");
    }

    #[test]
    fn the_same_content_makes_the_same_archive() {
        let once = archive("bootstrap", b"code", true).unwrap();
        assert_eq!(once, archive("bootstrap", b"code", true).unwrap());
        assert_ne!(once, archive("bootstrap", b"coda", true).unwrap());
    }
}
