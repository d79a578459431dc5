//! Fetching one file: what is followed, what is bounded, what is asked conditionally.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use shared::config::ResolverConfig;
use shared::resolve::{FetchError, Fetched, Fetcher, Validators};

use super::web::{PUBLIC, Site, ok, redirect};

async fn fetch(site: &Site, path: &str) -> Result<Fetched, FetchError> {
    let fetcher = Fetcher::new(&site.config()).unwrap();
    fetcher.fetch(&site.url(path), &Validators::default()).await
}

fn file(content: &[u8]) -> Fetched {
    Fetched::File {
        content: content.to_vec(),
        validators: Validators::default(),
    }
}

#[tokio::test]
async fn three_redirects_are_followed_and_a_fourth_is_not() {
    let site = Site::start(PUBLIC, 0, |head| match head.split(' ').nth(1) {
        Some("/0") => ok("", b"here"),
        Some(path) => {
            let left: u32 = path[1..].parse().unwrap();
            redirect(&format!("/{}", left - 1))
        }
        None => Vec::new(),
    });
    let site = site.await;
    assert_eq!(fetch(&site, "/3").await, Ok(file(b"here")));
    assert_eq!(fetch(&site, "/4").await, Err(FetchError::Redirects));
    // Two fetches of four requests each, each on a connection of its own.
    assert_eq!(site.connections(), 8);
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_one_too_many() {
    let site = Site::page("HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(fetch(&site, "/").await, Err(FetchError::Redirects));
}

#[tokio::test]
async fn another_status_than_200_is_no_file() {
    for status in [204, 404, 410, 429, 500, 503] {
        let site = Site::page(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(fetch(&site, "/").await, Err(FetchError::Status(status)));
    }
}

#[tokio::test]
async fn a_file_of_256_kib_comes_and_one_of_a_byte_more_does_not() {
    let limit = vec![b' '; 256 * 1024];
    let site = Site::page(ok("", &limit)).await;
    assert_eq!(fetch(&site, "/").await, Ok(file(&limit)));
    let site = Site::page(ok("", &[&limit[..], b" "].concat())).await;
    assert_eq!(fetch(&site, "/").await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn a_file_without_a_length_is_bounded_as_it_comes() {
    let body = vec![b' '; 300 * 1024];
    let site = Site::page([&b"HTTP/1.1 200 OK\r\n\r\n"[..], &body].concat()).await;
    assert_eq!(fetch(&site, "/").await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn a_small_file_that_unpacks_to_a_large_one_is_bounded_as_it_unpacks() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        packed.write_all(&vec![0; 1024 * 1024]).unwrap();
    }
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 100_000);
    let site = Site::page(ok("content-encoding: gzip\r\n", &packed)).await;
    assert_eq!(fetch(&site, "/").await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn a_file_that_does_not_end_is_given_up_in_time() {
    // More is promised than comes; the connection stays open as long as the listener does.
    let listener = tokio::net::TcpListener::bind((PUBLIC, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = ResolverConfig {
        ports: vec![address.port()],
        networks: vec![address.ip().into()],
        timeout: Duration::from_millis(300),
        ..ResolverConfig::default()
    };
    let fetcher = Fetcher::new(&config).unwrap();
    let url = format!("http://{address}/");
    let result = fetcher.fetch(&url, &Validators::default()).await;
    assert_eq!(result, Err(FetchError::Slow));
}

#[tokio::test]
async fn a_file_that_is_known_is_asked_for_conditionally() {
    let site = Site::start(PUBLIC, 0, |head| {
        let head = head.to_ascii_lowercase();
        let known = head.contains("if-none-match: \"one\"")
            && head.contains("if-modified-since: thu, 01 jan 2026 00:00:00 gmt");
        if known {
            return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
        }
        ok(
            "etag: \"one\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n",
            b"{}",
        )
    });
    let site = site.await;
    let Ok(Fetched::File { validators, .. }) = fetch(&site, "/").await else {
        panic!("there is a file");
    };
    assert_eq!(validators.etag.as_deref(), Some("\"one\""));
    let fetcher = Fetcher::new(&site.config()).unwrap();
    let again = fetcher.fetch(&site.url("/"), &validators).await;
    assert_eq!(again, Ok(Fetched::Unchanged));
}

#[tokio::test]
async fn what_is_not_there_is_unreachable() {
    let site = Site::page("").await;
    let (config, url) = (site.config(), site.url("/"));
    assert_eq!(fetch(&site, "/").await, Err(FetchError::Unreachable));
    drop(site);
    let fetcher = Fetcher::new(&config).unwrap();
    let gone = fetcher.fetch(&url, &Validators::default()).await;
    assert_eq!(gone, Err(FetchError::Unreachable));
}
