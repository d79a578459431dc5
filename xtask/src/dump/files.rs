//! Registration files, and the URIs that hold them.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// What `type` must be.
pub const TYPE: &str = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/// A file that keeps all the rules and has little in it.
pub fn plain(name: &str, description: &str) -> Value {
    json!({
        "type": TYPE,
        "name": name,
        "description": description,
        "image": format!("https://{}.example/icon.png", name.to_lowercase().replace(' ', "-")),
        "services": [],
        "x402Support": false,
        "active": true,
    })
}

/// The file with `fields` put into it.
pub fn with(mut file: Value, fields: Value) -> Value {
    if let (Some(file), Value::Object(fields)) = (file.as_object_mut(), fields) {
        file.extend(fields);
    }
    file
}

/// The common form: `data:`, JSON, base64.
pub fn base64(file: &Value) -> Vec<u8> {
    base64_of(file.to_string().as_bytes())
}

/// The common form around any bytes.
pub fn base64_of(bytes: &[u8]) -> Vec<u8> {
    format!("data:application/json;base64,{}", STANDARD.encode(bytes)).into_bytes()
}

/// Compressed and marked as it is seen on mainnet.
pub fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes)?;
    let packed = STANDARD.encode(encoder.finish()?);
    Ok(format!("data:application/json;enc=gzip;level=6;base64,{packed}").into_bytes())
}

/// Every byte that is not a letter or digit percent-encoded.
pub fn percent(file: &Value) -> Vec<u8> {
    let mut uri = "data:application/json,".to_owned();
    for byte in file.to_string().bytes() {
        if byte.is_ascii_alphanumeric() {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}"); // a String takes whatever is written to it
        }
    }
    uri.into_bytes()
}
