//! A cache in cluster mode: three shards that speak TLS and nothing else, as `ElastiCache` has it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use shared::cache::Cache;
use shared::config::CacheConfig;

use super::chain::scratch_dir;
use super::server::refusing_address;
use super::{World, cache, settings};

/// Which of the 16384 slots each shard has.
const SLOTS: [&str; 3] = ["0-5460", "5461-10922", "10923-16383"];
/// A key on each shard.
const KEYS: [&str; SLOTS.len()] = ["bar", "test", "foo"];
/// How long a shard that does not answer its neighbours is waited for by them, in milliseconds.
const NODE_TIMEOUT_MS: u32 = 2_000;
/// How soon all shards take writes: a cluster that has just started waits for late news of its own.
const READY_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(40);
/// Somebody else may take a port before a shard does.
const STARTS_MAX: u32 = 3;

/// The shards, until this is dropped.
#[derive(Debug)]
pub struct Cluster {
    program: PathBuf,
    folder: PathBuf,
    shards: Vec<Shard>,
}

#[derive(Debug)]
struct Shard {
    port: u16,
    /// Where its neighbours speak to it.
    bus: u16,
    process: Option<Child>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for shard in 0..self.shards.len() {
            self.kill(shard);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Cluster {
    /// Starts the shards.
    pub async fn start() -> Self {
        for _ in 0..STARTS_MAX {
            let mut cluster = Self::with_new_ports();
            for shard in 0..SLOTS.len() {
                cluster.run(shard);
            }
            if cluster.is_ready().await {
                return cluster;
            }
        }
        panic!("the shards do not come up");
    }

    fn with_new_ports() -> Self {
        let shard = || Shard {
            port: refusing_address().port(),
            bus: refusing_address().port(),
            process: None,
        };
        let cluster = Self {
            program: settings::valkey_with_tls(),
            folder: scratch_dir(),
            shards: SLOTS.map(|_| shard()).into(),
        };
        for own in 0..SLOTS.len() {
            fs::create_dir_all(cluster.folder_of(own)).unwrap();
            fs::write(
                cluster.folder_of(own).join("nodes.conf"),
                cluster.nodes(own),
            )
            .unwrap();
        }
        cluster.certify();
        cluster
    }

    fn folder_of(&self, shard: usize) -> PathBuf {
        self.folder.join(shard.to_string())
    }

    /// What a shard knows of all of them, so that they need not get to know each other first.
    fn nodes(&self, own: usize) -> String {
        let node = |(number, shard): (usize, &Shard)| {
            let Shard { port, bus, .. } = shard;
            let (slots, epoch) = (SLOTS[number], number + 1);
            let is_own = if number == own { "myself," } else { "" };
            format!(
                "{number:040x} 127.0.0.1:0@{bus},,tls-port={port} {is_own}master - 0 0 {epoch} connected {slots}\n"
            )
        };
        let nodes = self.shards.iter().enumerate().map(node);
        nodes.collect::<String>() + "vars currentEpoch 3 lastVoteEpoch 0\n"
    }

    /// A certificate for the shards, and that of whoever vouches for it.
    fn certify(&self) {
        let key = KeyPair::generate().unwrap();
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A certificate of the same name as its issuer's would count as its own.
        let name = &mut authority.distinguished_name;
        name.push(DnType::CommonName, "authority of a test");
        let certificate = authority.self_signed(&key).unwrap();
        fs::write(self.authorities(), certificate.pem()).unwrap();
        let issuer = Issuer::new(authority, key);
        let key = KeyPair::generate().unwrap();
        let node = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let node = node.signed_by(&key, &issuer).unwrap();
        fs::write(self.folder.join("node.pem"), node.pem()).unwrap();
        fs::write(self.folder.join("node.key"), key.serialize_pem()).unwrap();
    }

    fn run(&mut self, number: usize) {
        let folder = self.folder_of(number);
        let log = fs::File::create(folder.join("log")).unwrap();
        let shard = &mut self.shards[number];
        let mut command = Command::new(&self.program);
        let (port, bus) = (shard.port.to_string(), shard.bus.to_string());
        command
            .args(["--bind", "127.0.0.1", "--port", "0", "--tls-port", &port])
            .args(["--cluster-enabled", "yes", "--cluster-port", &bus])
            .args(["--cluster-node-timeout", &NODE_TIMEOUT_MS.to_string()])
            // A shard that is gone takes its own keys with it, and no others.
            .args(["--cluster-require-full-coverage", "no"])
            .args(["--tls-cluster", "yes", "--tls-replication", "yes"])
            .args(["--tls-auth-clients", "no"])
            .args(["--tls-cert-file", "../node.pem"])
            .args(["--tls-key-file", "../node.key"])
            .args(["--tls-ca-cert-file", "../ca.pem"])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null());
        shard.process = Some(command.spawn().unwrap());
    }

    /// Returns when every shard takes writes; `false` when one has ended.
    async fn is_ready(&mut self) -> bool {
        let cache = Cache::new(self.config()).unwrap();
        let began = Instant::now();
        loop {
            let sets = KEYS.map(|key| cache.set(key, b"1", Duration::from_secs(1)));
            let set: Result<Vec<()>, _> = join_all(sets).await.into_iter().collect();
            let Err(error) = set else { return true };
            for shard in &mut self.shards {
                let process = shard.process.as_mut().unwrap();
                if process.try_wait().unwrap().is_some() {
                    return false;
                }
            }
            assert!(began.elapsed() < READY_MAX, "not ready: {error}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Where the first shard is.
    pub fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.shards[0].port)
    }

    /// The file of those who vouch for the shards.
    pub fn authorities(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// What a client in the test's own process is told.
    pub fn config(&self) -> CacheConfig {
        CacheConfig {
            cluster: true,
            authorities: Some(fs::read(self.authorities()).unwrap()),
            ..cache::config(&self.url())
        }
    }

    /// Has the functions of a world that start from now on use these shards.
    pub fn serve(&self, world: &mut World) {
        world.set("CACHE_URL", self.url());
        world.set("CACHE_CLUSTER", "on");
        // A process that has just started greets three shards, on a machine that is busy.
        world.set("CACHE_TIMEOUT_MS", "5000");
        world.set("CACHE_CA_FILE", self.authorities().to_str().unwrap());
    }

    /// Ends a shard: connections are refused, and what it kept is gone.
    pub fn kill(&mut self, shard: usize) {
        if let Some(mut process) = self.shards[shard].process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts a shard again that was ended.
    pub fn restart(&mut self, shard: usize) {
        assert!(self.shards[shard].process.is_none());
        self.run(shard);
    }

    /// Has a shard fall silent: connections are taken, and nothing is answered.
    pub fn suspend(&self, shard: usize) {
        self.signal(shard, "STOP");
    }

    /// Has it go on.
    pub fn resume(&self, shard: usize) {
        self.signal(shard, "CONT");
    }

    fn signal(&self, shard: usize, signal: &str) {
        let process = self.shards[shard].process.as_ref().unwrap();
        let sent = Command::new("sh")
            .args(["-c", "kill -\"$1\" \"$2\"", "sh", signal])
            .arg(process.id().to_string())
            .status();
        assert!(sent.unwrap().success());
    }
}
