//! Puts the status page together, one file of HTML, and names its style and script by their hashes.

#![expect(
    clippy::print_stdout,
    reason = "Cargo reads what a build script prints"
)]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    let page = PAGE
        .replace("/* style */", STYLE)
        .replace("/* script */", SCRIPT);
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'; \
         style-src {}; script-src {}",
        hash(STYLE),
        hash(SCRIPT)
    );
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("page.html"), page)?;
    fs::write(out.join("policy.txt"), policy)?;
    Ok(())
}
