//! Where things lie in the checkout.

use std::path::{Path, PathBuf};

/// The repository's root. Compiled in: `cargo xtask` is always built in the checkout that it serves.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// Everything that the commands install, start or store: ignored by git, safe to delete.
pub fn local() -> PathBuf {
    root().join(".local")
}

/// The build folder that cargo uses for this checkout.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> PathBuf {
    let home = || std::env::home_dir().unwrap_or_default().join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

/// `path` as the reader can type it from the root.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}
