//! Renders the page.

use std::{env, fs, io};

fn main() -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(format!("{out}/page.html"), "<!doctype html>")?;
    fs::write(format!("{out}/style.sha256"), "")
}
