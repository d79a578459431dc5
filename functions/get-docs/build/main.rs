//! Renders the API reference, one page of HTML, from `openapi.json`.

#![expect(
    clippy::print_stdout,
    reason = "Cargo reads what a build script prints"
)]

mod example;
mod operation;
mod page;
mod problems;
mod schema;
mod text;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("style.css");

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let document = root.join("openapi.json");
    println!("cargo::rerun-if-changed={}", document.display());
    println!("cargo::rerun-if-changed=build");
    let document = serde_json::from_str(&fs::read_to_string(document)?)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(
        out.join("page.html"),
        page::render(&document, STYLE).into_string(),
    )?;
    // The content security policy names the one style that may be applied.
    fs::write(
        out.join("style.sha256"),
        STANDARD.encode(Sha256::digest(STYLE)),
    )?;
    Ok(())
}
