//! The forms of `data:` URIs.

use std::io::Write as _;

use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn code(uri: &str) -> FaultCode {
    decode(uri).expect_err("it holds nothing").code
}

#[test]
fn base64_is_read_in_every_spelling() {
    let bytes = b"\xfb\xff\xbe{}";
    for uri in [
        "application/json;base64,+/++e30=",
        "application/json;base64,-_--e30",
        ";BASE64,+/+ +e3\n0=",
        "application/json;base64;charset=utf-8,%2B/%2B%2Be30%3D",
        "base64,+/++e31",
    ] {
        assert_eq!(decode(uri).as_deref(), Ok(&bytes[..]), "{uri}");
    }
    for uri in [";base64,{}", ";base64,e30=e30=", ";base64,e"] {
        assert_eq!(code(uri), FaultCode::NotBase64, "{uri}");
    }
}

#[test]
fn plain_text_is_percent_decoded() {
    assert_eq!(decode(",%7B%22a%22%3A1}").as_deref(), Ok(&b"{\"a\":1}"[..]));
    assert_eq!(
        decode("application/json,100% +#x").as_deref(),
        Ok(&b"100% +#x"[..])
    );
    assert_eq!(decode(",").as_deref(), Ok(&b""[..]));
    assert_eq!(code(""), FaultCode::NoData);
    assert_eq!(code(";base64"), FaultCode::NoData);
}

#[test]
fn gzip_is_undone_where_it_is_marked() {
    let packed = gzip(b"{}");
    let standard = STANDARD.encode(&packed);
    for header in [
        "application/json;enc=gzip;level=6;base64",
        "application/json;content-encoding=\"GZIP\";base64",
        "application/gzip;base64",
        "application/json+gzip;base64",
    ] {
        assert_eq!(
            decode(&format!("{header},{standard}")).as_deref(),
            Ok(&b"{}"[..]),
            "{header}"
        );
    }
    let url_safe = URL_SAFE_NO_PAD.encode(&packed);
    assert_eq!(
        decode(&format!(";enc=gzip;base64,{url_safe}")).as_deref(),
        Ok(&b"{}"[..])
    );
    let unmarked = decode(&format!("application/json;base64,{standard}"));
    assert_eq!(unmarked.as_deref(), Ok(&packed[..]));
    assert_eq!(code(";enc=gzip;base64,e30="), FaultCode::NotGzip);
    let cut = STANDARD.encode(&packed[..packed.len() - 3]);
    assert_eq!(code(&format!(";enc=gzip;base64,{cut}")), FaultCode::NotGzip);
    assert_eq!(code(";enc=br;base64,e30="), FaultCode::UnknownEncoding);
    assert_eq!(decode(";enc=identity,{}").as_deref(), Ok(&b"{}"[..]));
}

#[test]
fn a_bomb_is_not_let_off() {
    let fits = gzip(&vec![b' '; REGISTRATION_FILE_BYTES_MAX]);
    assert!(decode(&format!(";enc=gzip;base64,{}", STANDARD.encode(fits))).is_ok());
    let bomb = STANDARD.encode(gzip(&vec![b' '; 64 << 20]));
    assert_eq!(
        code(&format!(";enc=gzip;base64,{bomb}")),
        FaultCode::TooLarge
    );
}
