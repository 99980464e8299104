//! What a policy lets requests reach.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::raw::{Raw, whole};
use super::server::Server;
use super::{Bench, HttpMode, HttpPolicy, get};
use crate::http::Proxy;

fn port(server: &Server) -> &str {
    server.url.rsplit(':').next().expect("a port")
}

fn allowing(host: &str) -> HttpPolicy {
    HttpPolicy::new().deny_private().allow_host(host.parse().expect("a host"))
}

#[test]
fn no_spelling_of_a_private_address_is_reached() {
    let server = Server::start();
    let bench = Bench::under(HttpPolicy::new().deny_private());
    let port = port(&server);
    let hosts = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "example.com@127.0.0.1",
        "example.com:80@127.0.0.1",
        "user:pass@127.0.0.1",
        "\u{ff11}\u{ff12}\u{ff17}.\u{ff10}.\u{ff10}.\u{ff11}",
        "127\u{3002}0\u{3002}0\u{3002}1",
        "\u{24db}ocalhost",
        "%31%32%37.0.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "metadata.google.internal",
    ];
    for host in hosts {
        let failure = bench.failure("http.get", &get(&format!("http://{host}:{port}/person")));
        assert_eq!(failure.code, "PrivateAddress", "{host}: {failure:?}");
        assert!(!failure.transient && failure.message.contains("--allow-host"), "{failure:?}");
        assert!(!failure.message.contains("pass@"), "{failure:?}");
    }
    // A backslash ends the host, as in browsers.
    let tricked = format!("http://127.0.0.1:{port}\\@example.com/");
    assert_eq!(bench.failure("http.get", &get(&tricked)).code, "PrivateAddress");
    assert_eq!(bench.failure("http.get", &get("file:///etc/passwd")).code, "InvalidUrl");
    assert!(server.seen().is_empty(), "nothing was sent");
}

#[test]
fn allowed_hosts_are_reached_at_their_port() {
    let (server, other) = (Server::start(), Server::start());
    let bench = Bench::under(allowing(&format!("127.0.0.1:{}", port(&server))));
    assert_eq!(bench.ok("http.get", &get(&server.at("/person")))["body"]["name"], "Ada");
    let failure = bench.failure("http.get", &get(&other.at("/person")));
    assert_eq!(failure.code, "PrivateAddress");
    let expected = format!(
        "GET {}/person: `127.0.0.1` is a loopback address, and private addresses are denied here; \
         `--allow-host 127.0.0.1:{}` (for programs that embed wf, `HttpPolicy::allow_host`) allows \
         it",
        other.url,
        port(&other)
    );
    assert_eq!(failure.message, expected);
    assert!(other.seen().is_empty());
}

#[test]
fn every_hop_of_a_redirect_is_checked() {
    let inner = Server::start();
    let inner_port = port(&inner).to_owned();
    let targets = [
        format!("http://127.0.0.1:{inner_port}/"),
        format!("http://2130706433:{inner_port}/"),
        format!("//[::1]:{inner_port}/"),
        format!("http://localhost:{inner_port}/"),
        format!("http://a@127.1:{inner_port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://metadata.google.internal/".to_owned(),
    ];
    for target in targets {
        let head = format!("302 Found\r\nLocation: {target}");
        let server = Raw::saying(whole(&head, b""));
        let bench = Bench::under(allowing(&format!("127.0.0.1:{}", server.port)));
        let failure = bench.failure("http.get", &get(&server.url));
        assert_eq!(failure.code, "PrivateAddress", "{target}: {failure:?}");
    }
    assert!(inner.seen().is_empty(), "nothing was sent");
}

#[test]
fn names_are_checked_where_they_are_resolved() {
    let server = Server::start();
    let lookups = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&lookups);
    let lookup = move |name: &str| -> Vec<IpAddr> {
        counted.fetch_add(1, Ordering::Relaxed);
        let addresses: &[&str] = match name {
            "inner.test" | "inner.test." => &["127.0.0.1"],
            "mapped.test" => &["::ffff:127.0.0.1", "10.0.0.1", "fe80::1"],
            // Public first and private behind it: the second answer is never asked for.
            "metadata.test" => &["169.254.169.254"],
            _ => &[],
        };
        addresses.iter().map(|text| text.parse().expect("an address")).collect()
    };
    let allowed = format!("inner.test:{}", port(&server));
    let at = |host: &str| get(&format!("http://{host}:{}/person", port(&server)));
    let denying = Bench::under(HttpPolicy::new().deny_private().lookup(lookup.clone()));
    for host in ["inner.test", "mapped.test", "metadata.test", "INNER.test", "inner.test."] {
        let failure = denying.failure("http.get", &at(host));
        assert_eq!(failure.code, "PrivateAddress", "{host}: {failure:?}");
        assert!(failure.message.contains("resolves to"), "{failure:?}");
    }
    // What was checked is what is connected to: there is one lookup, no second one to lie to.
    assert_eq!(lookups.load(Ordering::Relaxed), 5);
    assert_eq!(denying.failure("http.get", &at("none.test")).code, "connect");
    assert!(server.seen().is_empty(), "nothing was sent");

    let policy = allowing(&allowed).lookup(lookup.clone());
    let bench = Bench::under(policy);
    assert_eq!(bench.ok("http.get", &at("inner.test"))["statusCode"], 200);
    assert_eq!(bench.failure("http.get", &get("http://inner.test:1/")).code, "PrivateAddress");
    assert_eq!(bench.failure("http.get", &at("mapped.test")).code, "PrivateAddress");

    let free = Bench::under(HttpPolicy::new().lookup(lookup));
    assert_eq!(free.ok("http.get", &at("inner.test"))["statusCode"], 200);
}

#[test]
fn without_a_policy_everything_is_reached() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    assert_eq!(bench.ok("http.get", &get(&server.at("/person")))["statusCode"], 200);
}

#[test]
fn a_proxy_is_used_only_where_it_is_chosen() {
    let proxy = Raw::saying(whole("200 OK", b"\"proxied\""));
    let url = || proxy.url.parse::<Proxy>().expect("a proxy");
    let bench = Bench::under(HttpPolicy::new().proxy(url()));
    let answer = bench.ok("http.get", &get("http://nowhere.invalid/a?b=1"));
    assert_eq!(answer["body"], "proxied");
    assert!(proxy.seen()[0].starts_with("GET http://nowhere.invalid/a?b=1 HTTP/1.1\r\n"));

    // Behind a proxy, too, private addresses are denied, and the proxy's own is not.
    let lookup = |name: &str| -> Vec<IpAddr> {
        match name {
            "inner.test" => vec!["10.0.0.1".parse().expect("an address")],
            _ => vec![],
        }
    };
    let policy = HttpPolicy::new().deny_private().lookup(lookup).proxy(url());
    let bench = Bench::under(policy);
    assert_eq!(bench.ok("http.get", &get("http://outer.test/"))["body"], "proxied");
    for url in ["http://inner.test/", "http://10.0.0.1/", "http://127.1/"] {
        assert_eq!(bench.failure("http.get", &get(url)).code, "PrivateAddress", "{url}");
    }
    assert_eq!(proxy.seen().len(), 2);
}

#[test]
fn only_https_where_that_is_said() {
    let server = Server::start();
    let bench = Bench::under(HttpPolicy::new().https_only());
    assert_eq!(bench.failure("http.get", &get(&server.at("/person"))).code, "InvalidUrl");
    assert!(server.seen().is_empty());
}
