//! Connections that are kept, and what stands on them beside one answer; proxies and what they are told.

use std::io::Write;
use std::net::{IpAddr, TcpStream};
use std::time::Duration;

use super::raw::{Raw, whole};
use super::{As, Bench, HttpMode, HttpPolicy, call, get};
use crate::http::Proxy;
use crate::test_support::{map, s};

/// An answer after which the connection stays open.
fn kept(body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body.as_bytes()].concat()
}

fn hold(stream: &mut TcpStream) {
    let _ = stream.flush();
    std::thread::sleep(Duration::from_secs(3));
}

#[test]
fn what_stands_behind_an_answer_is_no_answer() {
    let forged = kept("\"forged\"");
    let late = forged.clone();
    let at_once = Raw::start(move |stream, _, number| {
        let _ = stream.write_all(&[kept(&number.to_string()), forged.clone()].concat());
        hold(stream);
    });
    let later = Raw::start(move |stream, _, number| {
        let _ = stream.write_all(&kept(&number.to_string()));
        std::thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(&late);
        hold(stream);
    });
    // An answer to HEAD has no body, whatever length it tells, nor has one of 204.
    let bodies = Raw::start(|stream, request, _| {
        let answer = match request.starts_with("HEAD") {
            true => kept("\"forged\""),
            false => whole("200 OK", b"\"right\""),
        };
        let _ = stream.write_all(&answer);
        hold(stream);
    });
    for server in [at_once, later] {
        let bench = Bench::new(HttpMode::Live);
        for number in 1..=3 {
            let answer = bench.ok("http.get", &get(&server.url));
            assert_eq!(answer["body"], number);
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    let bench = Bench::new(HttpMode::Live);
    assert_eq!(bench.ok("http.head", &get(&bodies.url))["statusCode"], 200);
    assert_eq!(bench.ok("http.get", &get(&bodies.url))["body"], "right");
}

#[test]
fn answers_before_the_answer_are_passed_over() {
    let some = Raw::start(|stream, _, _| {
        let before = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let _ = stream.write_all(&[before.as_slice(), &whole("200 OK", b"1")].concat());
    });
    assert_eq!(Bench::new(HttpMode::Live).ok("http.get", &get(&some.url))["body"], 1);
    let endless = Raw::start(|stream, _, _| {
        while stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(10)).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let mut call = get(&endless.url);
    call.timeout = Some(500_000);
    let failure = Bench::new(HttpMode::Live).failure("http.get", &call);
    assert!(["timeout", "connect"].contains(&failure.code.as_str()), "{failure:?}");
}

#[test]
fn bodies_that_are_no_json_text_are_told() {
    for (head, body) in [
        ("200 OK\r\nContent-Type: application/json", b"\"a\xff\"".to_vec()),
        ("200 OK\r\nContent-Type: application/json", b"\"a\xed\xa0\x80\"".to_vec()),
        ("200 OK", vec![0; 64]),
        ("200 OK", b"[1] [2]".to_vec()),
        ("200 OK", "[".repeat(1_000_000).into_bytes()),
        ("200 OK", "{\"a\":".repeat(1_000_000).into_bytes()),
    ] {
        let server = Raw::saying(whole(head, &body));
        let failure = Bench::new(HttpMode::Live).failure("http.get", &get(&server.url));
        assert_eq!((failure.code.as_str(), failure.transient), ("InvalidJson", false));
        assert!(failure.message.len() < 400, "{failure:?}");
    }
    // Cut in the middle of what was compressed: a text of 64 blanks.
    let packed =
        hex::decode("1f8b08000000000002035350a00c00005f6475bd40000000").expect("it is hexadecimal");
    let server = Raw::saying(whole("200 OK\r\nContent-Encoding: gzip", &packed[..14]));
    let text = call(As::Text, &[("url", s(&server.url))]);
    let failure = Bench::new(HttpMode::Live).failure("http.get", &text);
    assert!(["InvalidText", "connect"].contains(&failure.code.as_str()), "{failure:?}");
}

fn through(proxy: &Raw) -> HttpPolicy {
    let url = proxy.url.replace("http://", "http://ada:pass-word@");
    HttpPolicy::new().proxy(url.parse::<Proxy>().expect("a proxy"))
}

#[test]
fn proxies_are_told_who_asks_and_servers_are_not() {
    let proxy = Raw::saying(whole("200 OK", b"1"));
    let bench = Bench::under(through(&proxy));
    let headers = map([("authorization", s("Bearer mine"))]);
    let input = [("url", s("http://outer.invalid/")), ("headers", headers)];
    bench.ok("http.get", &call(As::Json, &input));
    let seen = proxy.seen()[0].to_ascii_lowercase();
    assert!(seen.contains("proxy-authorization: basic ywrhonbhc3mtd29yza=="), "{seen}");
    assert!(seen.contains("\r\nauthorization: bearer mine\r\n"), "{seen}");
}

#[test]
fn a_tunnel_is_asked_for_without_what_is_sent_through_it() {
    let proxy = Raw::saying(whole("407 Proxy Authentication Required", b""));
    let bench = Bench::under(through(&proxy));
    let headers = map([("authorization", s("Bearer mine")), ("x-key", s("hidden"))]);
    let input = [("url", s("https://outer.invalid/path?key=hidden")), ("headers", headers)];
    let failure = bench.failure("http.get", &call(As::Json, &input));
    assert_eq!(failure.code, "connect", "{failure:?}");
    assert!(!failure.message.contains("pass-word"), "{failure:?}");
    let seen = proxy.seen()[0].to_ascii_lowercase();
    assert!(seen.starts_with("connect outer.invalid:443 http/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: basic "), "{seen}");
    for secret in ["mine", "hidden", "path"] {
        assert!(!seen.contains(secret), "{seen}");
    }
}

#[test]
fn no_tunnel_leads_to_a_private_address() {
    let proxy = Raw::saying(whole("200 OK", b""));
    let lookup = |name: &str| -> Vec<IpAddr> {
        match name {
            "inner.test" => vec!["10.0.0.1".parse().expect("an address")],
            _ => vec![],
        }
    };
    let bench = Bench::under(through(&proxy).deny_private().lookup(lookup));
    for url in ["https://inner.test/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/"]
    {
        assert_eq!(bench.failure("http.get", &get(url)).code, "PrivateAddress", "{url}");
    }
    assert!(proxy.seen().is_empty());
}
