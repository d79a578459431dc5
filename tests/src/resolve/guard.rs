//! No connection is ever made to what is not of the open web: listeners count.

use std::net::IpAddr;

use shared::config::ResolverConfig;
use shared::resolve::{FetchError, Fetched, Fetcher, Refused, Validators};

use super::dns::NameServer;
use super::web::{PUBLIC, Site, ok, redirect};

/// Hosts that are this machine, its network, its metadata service, or nothing at all, by whatever spelling.
const HOSTILE_HOSTS: [&str; 46] = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.000.000.001",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "0x7F.1",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.⓪.⓪.①",
    "127.255.255.254",
    "0",
    "0.0.0.0",
    "00000000",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[ff02::1]",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "169.254.43518",
    "169.254.170.2",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.100.100.200",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
];

/// URLs that try something else than an address.
const HOSTILE_URLS: [&str; 16] = [
    "http://agent.test@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@agent.test/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://agent.test:22/",
    "http://127.0.0.1:6379/",
    "http://127.0.0.1:{port}#@agent.test/",
    "http://127.0.0.1:{port}?@agent.test/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_INFO",
    "ftp://127.0.0.1:{port}/",
    "dict://127.0.0.1:{port}/info",
    "http://[::1%25lo]:{port}/",
];

/// A listener that must not be reached, on all addresses of this machine.
async fn trap() -> Site {
    Site::start("0.0.0.0", 0, |_| ok("", b"{}")).await
}

/// The open web, with the trap's port allowed: only the host is in the way.
fn open_web(trap: &Site) -> ResolverConfig {
    ResolverConfig {
        ports: vec![trap.port()],
        ..ResolverConfig::default()
    }
}

async fn fetch(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    fetcher.fetch(url, &Validators::default()).await
}

#[tokio::test]
async fn no_hostile_url_gets_a_connection() {
    let trap = trap().await;
    let fetcher = Fetcher::new(&open_web(&trap)).unwrap();
    let port = trap.port();
    let hosts = HOSTILE_HOSTS
        .iter()
        .map(|host| format!("http://{host}:{port}/latest/meta-data/"));
    let others = HOSTILE_URLS
        .iter()
        .map(|url| url.replace("{port}", &port.to_string()));
    for url in hosts.chain(others) {
        let refused = fetch(&fetcher, &url).await;
        assert!(
            matches!(refused, Err(FetchError::Refused(_))),
            "{url}: {refused:?}"
        );
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn names_that_lead_inside_get_no_connection() {
    let trap = trap().await;
    let dns = NameServer::start(|name, _| match name {
        "private.test" => vec![IpAddr::from([10, 0, 0, 1]), IpAddr::from([127, 0, 0, 1])],
        "mapped.test" => vec!["::ffff:127.0.0.1".parse().unwrap(), "::1".parse().unwrap()],
        "metadata.test" => vec![IpAddr::from([169, 254, 169, 254])],
        "zero.test" => vec![IpAddr::from([0, 0, 0, 0])],
        _ => Vec::new(),
    });
    let dns = dns.await;
    let config = ResolverConfig {
        name_servers: vec![dns.address],
        ..open_web(&trap)
    };
    let fetcher = Fetcher::new(&config).unwrap();
    for name in ["private.test", "mapped.test", "metadata.test", "zero.test"] {
        let url = format!("http://{name}:{}/", trap.port());
        assert_eq!(
            fetch(&fetcher, &url).await,
            Err(FetchError::NoPublicAddress),
            "{name}"
        );
    }
    let nowhere = format!("http://nowhere.test:{}/", trap.port());
    assert_eq!(
        fetch(&fetcher, &nowhere).await,
        Err(FetchError::Unreachable)
    );
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_name_that_rebinds_is_asked_once_a_fetch_and_gains_nothing() {
    let site = Site::page(ok("", b"public")).await;
    let trap = Site::start("127.0.0.1", site.port(), |_| ok("", b"private")).await;
    // Public at first, then this machine; and both at once.
    let dns = NameServer::start(|name, before| match (name, before % 2) {
        ("rebind.test", 0) => vec![IpAddr::from([127, 0, 0, 2])],
        ("rebind.test", _) => vec![IpAddr::from([127, 0, 0, 1])],
        _ => vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2])],
    });
    let dns = dns.await;
    let config = ResolverConfig {
        name_servers: vec![dns.address],
        ..site.config()
    };
    let fetcher = Fetcher::new(&config).unwrap();
    let url = format!("http://rebind.test:{}/", site.port());
    let public = Fetched::File {
        content: b"public".to_vec(),
        validators: Validators::default(),
    };
    assert_eq!(fetch(&fetcher, &url).await, Ok(public.clone()));
    assert_eq!(dns.asked(), 1);
    assert_eq!(
        fetch(&fetcher, &url).await,
        Err(FetchError::NoPublicAddress)
    );
    assert_eq!(dns.asked(), 2);
    let both = format!("http://both.test:{}/", site.port());
    assert_eq!(fetch(&fetcher, &both).await, Ok(public));
    assert_eq!((site.connections(), trap.connections()), (2, 0));
}

#[tokio::test]
async fn a_redirect_is_checked_as_the_first_url_is() {
    let trap = trap().await;
    let targets = [
        (
            format!("http://127.0.0.1:{}/", trap.port()),
            Refused::Address,
        ),
        (format!("//127.0.0.1:{}/", trap.port()), Refused::Address),
        (
            format!("http://[::ffff:127.0.0.1]:{}/", trap.port()),
            Refused::Address,
        ),
        (format!("http://{PUBLIC}:1/"), Refused::Port(1)),
        (
            format!("http://u:p@{PUBLIC}:{}/", trap.port()),
            Refused::Credentials,
        ),
        ("file:///etc/passwd".to_owned(), Refused::Scheme),
    ];
    for (target, refused) in targets {
        let site = Site::page(redirect(&target)).await;
        let mut config = site.config();
        config.ports.push(trap.port());
        let fetcher = Fetcher::new(&config).unwrap();
        let result = fetch(&fetcher, &site.url("/")).await;
        assert_eq!(result, Err(FetchError::Refused(refused)), "{target}");
    }
    assert_eq!(trap.connections(), 0);
}
