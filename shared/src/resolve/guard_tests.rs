use super::*;

#[test]
fn an_ordinary_url_may_be_asked() {
    let guard = Guard::open_web();
    for url in [
        "https://agent.example/agent.json",
        " HTTP://agent.example:80/ ",
        "https://1.1.1.1/",
        "https://[2606:4700:4700::1111]/",
    ] {
        assert!(guard.parse(url).is_ok(), "{url}");
    }
}

#[test]
fn an_address_is_told_in_each_of_its_spellings() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::169.254.169.254]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "169.254.43518",
        "10.0.0.1",
        "192.168.0.1",
        "172.31.0.2",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ] {
        let url = format!("http://{host}/latest/meta-data/");
        assert_eq!(
            Guard::open_web().parse(&url),
            Err(Refused::Address),
            "{host}"
        );
    }
}

#[test]
fn only_the_webs_schemes_and_ports_are_asked_and_no_credentials_are_sent() {
    let guard = Guard::open_web();
    for (url, refused) in [
        ("file:///etc/passwd", Refused::Scheme),
        ("ftp://agent.example/", Refused::Scheme),
        ("gopher://127.0.0.1:6379/_INFO", Refused::Scheme),
        ("dict://127.0.0.1:11211/", Refused::Scheme),
        ("ws://agent.example/", Refused::Scheme),
        ("javascript:alert(1)", Refused::Scheme),
        ("http://agent.example:22/", Refused::Port(22)),
        ("http://agent.example:6379/", Refused::Port(6379)),
        ("https://agent.example:8443/", Refused::Port(8443)),
        ("http://agent.example:0/", Refused::Port(0)),
        ("https://agent.example@127.0.0.1/", Refused::Credentials),
        ("https://user:secret@agent.example/", Refused::Credentials),
        ("http://:@127.0.0.1/", Refused::Address),
        ("http://", Refused::NotAUrl),
        ("http://256.256.256.256/", Refused::NotAUrl),
        ("http://[::1/", Refused::NotAUrl),
        ("//127.0.0.1/", Refused::NotAUrl),
        ("", Refused::NotAUrl),
    ] {
        assert_eq!(guard.parse(url), Err(refused), "{url}");
    }
}

#[test]
fn a_deployment_may_add_ports_and_networks_of_its_own() {
    let guard = Guard::new(&ResolverConfig {
        ports: vec![8080],
        networks: vec!["127.0.0.0/8".parse().expect("a network")],
        ..ResolverConfig::default()
    });
    assert!(guard.parse("http://127.0.0.1:8080/agent.json").is_ok());
    assert_eq!(guard.parse("http://10.0.0.1:8080/"), Err(Refused::Address));
}

#[test]
fn a_backslash_is_a_slash_so_what_follows_is_no_host() {
    let url = Guard::open_web().parse("http://agent.example\\@127.0.0.1/");
    assert_eq!(url.expect("a URL").host_str(), Some("agent.example"));
}
