//! A part of the cache that no other test uses.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use shared::config::CacheConfig;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::settings;

/// Valkey's default number of databases.
const SLOTS: usize = 16;

static FREE: Semaphore = Semaphore::const_new(SLOTS);
static TAKEN: Mutex<[bool; SLOTS]> = Mutex::new([false; SLOTS]);

/// What a client in the test's own process is told: patient, and without pauses after a change.
pub fn config(url: &str) -> CacheConfig {
    CacheConfig {
        url: url.to_owned(),
        cluster: false,
        authorities: None,
        credentials: None,
        timeout: Duration::from_secs(5),
        answers: true,
        settling: Duration::ZERO,
        search_pause: Duration::ZERO,
    }
}

/// One of the cache's numbered databases, empty at first.
#[derive(Debug)]
pub struct TestCache {
    number: usize,
    _permit: SemaphorePermit<'static>,
}

impl TestCache {
    /// Waits for one that is free and empties it.
    pub async fn take() -> Self {
        let permit = FREE.acquire().await.unwrap();
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let number = taken.iter().position(|taken| !taken).unwrap();
        taken[number] = true;
        drop(taken);
        let cache = Self {
            number,
            _permit: permit,
        };
        cache.empty();
        cache
    }

    /// Its URL, as functions get it.
    pub fn url(&self) -> String {
        format!(
            "{}/{}",
            settings::cache_url().trim_end_matches('/'),
            self.number
        )
    }

    /// Forgets everything.
    pub fn empty(&self) {
        assert_eq!(self.ask("FLUSHDB"), "+OK");
    }

    /// The line that a command is answered with.
    pub fn ask(&self, command: &str) -> String {
        let url = settings::cache_url();
        let address = url.trim_start_matches("redis://").trim_end_matches('/');
        let stream = TcpStream::connect(address).unwrap();
        let commands = format!("SELECT {}\r\n{command}\r\n", self.number);
        (&stream).write_all(commands.as_bytes()).unwrap();
        let mut lines = BufReader::new(stream).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "+OK");
        lines.next().unwrap().unwrap()
    }
}

impl Drop for TestCache {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner)[self.number] = false;
    }
}
