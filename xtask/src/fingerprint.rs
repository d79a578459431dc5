//! Whether files changed since they were looked at last.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Changes when one of these files, or a file in one of these folders, does.
///
/// # Errors
///
/// When one of them cannot be read.
pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(&path, &mut files).with_context(|| format!("reading {}", path.display()))?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
    } else if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}
