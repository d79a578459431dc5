//! Committed files that are made from what the functions declare: written, or compared.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::paths;

/// A file and what it should hold.
pub type File = (PathBuf, String);

/// Writes the files that hold something else; says which.
///
/// # Errors
///
/// When one cannot be written.
pub fn write(files: Vec<File>) -> Result<String> {
    let mut written = Vec::new();
    for (file, text) in files {
        // Untouched when it is the same: a newer file would have functions compiled again.
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&file, text)?;
            written.push(paths::shown(&file));
        }
    }
    Ok(if written.is_empty() {
        "nothing to change".to_owned()
    } else {
        written.join(", ")
    })
}

/// Fails where a committed file holds something else; names the command that writes it.
///
/// # Errors
///
/// Then.
pub fn check(files: Vec<File>, command: &str) -> Result<String> {
    let mut stale = Vec::new();
    for (file, text) in files {
        let committed = fs::read_to_string(&file).unwrap_or_default();
        if committed != text {
            let line = committed
                .lines()
                .zip(text.lines())
                .take_while(|(old, new)| old == new)
                .count();
            stale.push(format!("{} from line {}", paths::shown(&file), line + 1));
        }
    }
    if !stale.is_empty() {
        bail!(
            "stale: {}; `cargo xtask {command}` writes what is declared",
            stale.join(" and ")
        );
    }
    Ok("as declared".to_owned())
}
