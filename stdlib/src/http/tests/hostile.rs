//! Servers that do what no server should.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use wf_vm::NodeFailure;

use super::raw::{Raw, whole};
use super::{As, Bench, HttpMode, HttpPolicy, call, get};
use crate::test_support::{map, s};

/// How a GET of this server fails that may take so many milliseconds.
fn failure_within(server: &Raw, milliseconds: i64) -> NodeFailure {
    let bench = Bench::new(HttpMode::Live);
    let mut call = get(&server.url);
    call.timeout = Some(milliseconds * 1000);
    let began = Instant::now();
    let failure = bench.failure("http.get", &call);
    assert!(began.elapsed() < Duration::from_secs(15), "{failure:?}");
    assert!(failure.message.starts_with(&format!("GET {}: ", server.url)), "{failure:?}");
    failure
}

/// Sends a byte at a time for as long as somebody listens.
fn drip(stream: &mut TcpStream, byte: &[u8]) {
    while stream.write_all(byte).is_ok() {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_comes_slowly_runs_out_of_time() {
    let slow_head = Raw::start(|stream, _, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ");
        drip(stream, b"a");
    });
    let slow_body = Raw::start(|stream, _, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[");
        drip(stream, b" ");
    });
    let silent = Raw::start(|_, _, _| std::thread::sleep(Duration::from_secs(20)));
    for server in [slow_head, slow_body, silent] {
        let failure = failure_within(&server, 300);
        assert_eq!((failure.code.as_str(), failure.transient), ("timeout", true));
    }
}

#[test]
fn connecting_has_a_time_of_its_own() {
    // The handshake of TLS belongs to connecting; this server never begins it.
    let silent = Raw::start(|_, _, _| ());
    let mut call = get(&silent.url.replace("http:", "https:"));
    call.connect_timeout = Some(200_000);
    let began = Instant::now();
    let failure = Bench::new(HttpMode::Live).failure("http.get", &call);
    assert_eq!((failure.code.as_str(), failure.transient), ("timeout", true), "{failure:?}");
    assert!(failure.message.contains("connecting took too long"), "{failure:?}");
    assert!(began.elapsed() < Duration::from_secs(9), "before the default");
}

#[test]
fn broken_messages_are_a_broken_connection() {
    let answers: [&[u8]; 10] = [
        b"",
        b"\x00\xff\xfe garbage",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1]",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[1]\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1",
    ];
    for answer in answers {
        let failure = failure_within(&Raw::saying(answer), 10_000);
        let shown = String::from_utf8_lossy(answer);
        assert_eq!((failure.code.as_str(), failure.transient), ("connect", true), "{shown:?}");
    }
}

#[test]
fn endless_heads_are_cut_off() {
    let long = Raw::start(|stream, _, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-A: ");
        while stream.write_all(&[b'a'; 8192]).is_ok() {}
    });
    let many = Raw::start(|stream, _, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-A: 1\r\n").is_ok() {}
    });
    for server in [long, many] {
        assert_eq!(failure_within(&server, 10_000).code, "connect");
    }
}

#[test]
fn endless_bodies_are_cut_off_at_the_limit() {
    let endless = Raw::start(|stream, _, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b' '; 65536]).is_ok() {}
    });
    let lying = Raw::saying("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[]");
    for server in [endless, lying] {
        let bench = Bench::under(HttpPolicy::new().answer_limit(1 << 20));
        let failure = bench.failure("http.get", &get(&server.url));
        assert_eq!((failure.code.as_str(), failure.transient), ("TooLarge", false));
        assert!(failure.message.ends_with("the answer is longer than 1 MiB"), "{failure:?}");
    }
}

/// Zeros compressed by a factor of a thousand, made without a compressor: gzip over stored deflate
/// blocks would not shrink, so this is a block of fixed codes that repeats one byte.
fn bomb(repeats: usize) -> Vec<u8> {
    struct Bits {
        bytes: Vec<u8>,
        filled: u32,
    }
    impl Bits {
        fn push(&mut self, value: u32, count: u32) {
            for bit in 0..count {
                if self.filled == 0 {
                    self.bytes.push(0);
                }
                let last = self.bytes.last_mut().expect("a byte was pushed");
                *last |= (((value >> bit) & 1) as u8) << self.filled;
                self.filled = (self.filled + 1) % 8;
            }
        }

        /// A code of Huffman, whose first bit is the highest.
        fn push_code(&mut self, code: u32, count: u32) {
            for bit in (0..count).rev() {
                self.push((code >> bit) & 1, 1);
            }
        }
    }
    let mut bits = Bits { bytes: vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], filled: 0 };
    // The last block, of fixed codes; a space; then 258 bytes from one byte before, again and again.
    bits.push(1, 1);
    bits.push(1, 2);
    bits.push_code(0x30 + 0x20, 8);
    for _ in 0..repeats {
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    bits.bytes
}

#[test]
fn a_bomb_is_stopped_while_it_is_unpacked() {
    // A gigabyte in seven megabytes.
    let bomb = bomb((1 << 30) / 258);
    assert!(bomb.len() < 8 << 20);
    let server = Raw::saying(whole("200 OK\r\nContent-Encoding: gzip", &bomb));
    let bench = Bench::under(HttpPolicy::new().answer_limit(2 << 20));
    let failure = bench.failure("http.get", &get(&server.url));
    assert_eq!(failure.code, "TooLarge", "{failure:?}");
}

/// 64 MiB of blanks in a hundred bytes, compressed with Brotli.
const BROTLI_BOMB: &str = "\
    cbffff3ff82540e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3f\
    feffffc12f0110870500baf77ffcffff835f02200e0b0074effff8ffff07bf04401c1600e8defff1\
    ffff0f7e0980382c00d0bdffcbffff3ffc1200715800a07bff07";

#[test]
fn a_bomb_of_brotli_is_stopped_while_it_is_unpacked() {
    let bomb = hex::decode(BROTLI_BOMB).expect("it is hexadecimal");
    let server = Raw::saying(whole("200 OK\r\nContent-Encoding: br", &bomb));
    let bench = Bench::under(HttpPolicy::new().answer_limit(2 << 20));
    let failure = bench.failure("http.get", &get(&server.url));
    assert_eq!(failure.code, "TooLarge", "{failure:?}");
    // A megabyte more than it unpacks to is enough: blanks are an empty body.
    let server = Raw::saying(whole("200 OK\r\nContent-Encoding: br", &bomb));
    let bench = Bench::under(HttpPolicy::new().answer_limit(65 << 20));
    assert!(bench.ok("http.get", &get(&server.url))["body"].is_null());
}

/// `{"a":[1,2]}` in each coding that is asked for.
#[test]
fn answers_may_be_compressed_in_several_ways() {
    for (coding, bytes) in [
        ("br", "0b05807b2261223a5b312c325d7d03"),
        ("deflate", "789cab564a54b28a36d4318aad0500124b031f"),
    ] {
        let bytes = hex::decode(bytes).expect("it is hexadecimal");
        let head =
            format!("200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {coding}");
        let server = Raw::saying(whole(&head, &bytes));
        let bench = Bench::new(HttpMode::Live);
        let body = bench.ok("http.get", &get(&server.url))["body"].clone();
        assert_eq!(body, serde_json::json!({ "a": [1, 2] }), "{coding}");
        let asked = server.seen().join("\n").to_lowercase();
        let asked = asked.lines().find(|line| line.starts_with("accept-encoding")).unwrap_or("");
        assert!(asked.contains(coding), "{asked}");
        // Cut in the middle, it is no answer.
        let server = Raw::saying(whole(&head, &bytes[..bytes.len() / 2]));
        let failure = failure_within(&server, 10_000);
        assert!(["InvalidText", "connect"].contains(&failure.code.as_str()), "{failure:?}");
    }
}

#[test]
fn codings_nobody_asked_for_are_told() {
    let server = Raw::saying(whole("200 OK\r\nContent-Encoding: zstd", b"\x28\xb5\x2f\xfd\x00"));
    let failure = failure_within(&server, 10_000);
    assert_eq!(failure.code, "InvalidText");
    assert!(failure.message.contains("coded as `zstd`"), "{failure:?}");
}

#[test]
fn what_is_no_json_is_told_with_its_place_and_type() {
    let page = Raw::saying(whole("200 OK\r\nContent-Type: text/html; charset=utf-8", b"<html>"));
    let failure = Bench::new(HttpMode::Live).failure("http.get", &get(&page.url));
    let expected = format!(
        "the body that GET {} answered is no JSON but `text/html`: expected value at line 1 column 1",
        page.url
    );
    assert_eq!((failure.code.as_str(), failure.message), ("InvalidJson", expected));
    assert_eq!(failure.details.as_deref(), Some("\"<html>\""));

    let server =
        Raw::saying(whole("200 OK\r\nContent-Type: application/json", b"{\n  \"a\": tru }"));
    let failure = Bench::new(HttpMode::Live).failure("http.get", &get(&server.url));
    assert!(failure.message.contains("at line 2 column"), "{failure:?}");

    // Whatever the type says, JSON is JSON.
    for kind in ["text/html", "application/problem+json", "application/octet-stream", ""] {
        let server = Raw::saying(whole(&format!("200 OK\r\nContent-Type: {kind}"), b"[1]"));
        let answer = Bench::new(HttpMode::Live).ok("http.get", &get(&server.url));
        assert_eq!(answer["body"][0], 1, "{kind}");
    }
}

#[test]
fn texts_are_decoded_as_the_answer_says() {
    let table: [(&str, &[u8], &str); 6] = [
        ("text/plain; charset=utf-8", "h\u{e9}".as_bytes(), "h\u{e9}"),
        ("text/plain; Charset=\"UTF-8\"; x=y", "h\u{e9}".as_bytes(), "h\u{e9}"),
        ("text/plain; charset=windows-1251", b"\xcf\xf0", "\u{41f}\u{440}"),
        ("text/plain; charset=shift_jis", b"\x83e", "\u{30c6}"),
        ("text/plain; charset=utf-16le", b"h\0i\0", "hi"),
        ("text/plain; charset=none-such", b"hi", "hi"),
    ];
    for (kind, bytes, expected) in table {
        let server = Raw::saying(whole(&format!("200 OK\r\nContent-Type: {kind}"), bytes));
        let call = call(As::Text, &[("url", s(&server.url))]);
        let answer = Bench::new(HttpMode::Live).ok("http.get", &call);
        assert_eq!(answer["body"], expected, "{kind}");
    }
    let server = Raw::saying(whole("200 OK\r\nContent-Type: text/plain", b"\xff\xfe\xfd"));
    let read = call(As::Text, &[("url", s(&server.url))]);
    let failure = Bench::new(HttpMode::Live).failure("http.get", &read);
    assert_eq!(failure.code, "InvalidText");
    assert!(failure.message.ends_with("no text in UTF-8; `as: \"base64\"` reads any bytes"));
}

#[test]
fn redirects_to_anywhere_else_are_refused() {
    for target in ["file:///etc/passwd", "ftp://a.example/", "javascript:1", "http://", "data:,x"] {
        let server = Raw::saying(whole(&format!("302 Found\r\nLocation: {target}"), b""));
        let failure = failure_within(&server, 10_000);
        assert_eq!((failure.code.as_str(), failure.transient), ("InvalidRedirect", false));
    }
    // Between two servers there is a loop as well.
    let server = Raw::start(|stream, request, _| {
        let to = if request.starts_with("GET /a") { "b" } else { "a" };
        let _ = stream.write_all(&whole(&format!("307 Again\r\nLocation: {to}"), b""));
    });
    let failure = failure_within(&server, 10_000);
    assert!(failure.message.ends_with("there are more than 10 redirects"), "{failure:?}");
}

#[test]
fn relative_redirects_and_methods() {
    for (status, expected) in [
        (301, "GET /there HTTP/1.1"),
        (302, "GET /there HTTP/1.1"),
        (303, "GET /there HTTP/1.1"),
        (307, "POST /there HTTP/1.1"),
        (308, "POST /there HTTP/1.1"),
    ] {
        let server = Raw::start(move |stream, request, _| {
            let answer = match request.contains(" /there ") {
                true => whole("200 OK", b"null"),
                false => whole(&format!("{status} Moved\r\nLocation: ../there"), b""),
            };
            let _ = stream.write_all(&answer);
        });
        let input = [("url", s(&format!("{}a/b", server.url))), ("body", s("x"))];
        Bench::new(HttpMode::Live).ok("http.post", &call(As::Json, &input));
        let last = server.seen().pop().expect("a request");
        assert_eq!(last.lines().next(), Some(expected), "{status}");
        assert_eq!(last.ends_with("\r\n\r\nx"), expected.starts_with("POST"), "{status}");
    }
}

#[test]
fn a_secret_in_a_body_is_not_sent_elsewhere() {
    let other = Raw::saying(whole("200 OK", b"null"));
    let head = format!("307 Over There\r\nLocation: {}", other.url);
    let server = Raw::saying(whole(&head, b""));
    let post = |secret: &str| {
        let input = [("url", s(&server.url)), ("body", map([("key", s("secret-word"))]))];
        let mut call = call(As::Json, &input);
        call.mask = std::sync::Arc::new(wf_vm::Mask::new([secret]));
        Bench::new(HttpMode::Live).run("http.post", &call)
    };
    let failure = post("secret-word").expect_err("it is not sent");
    assert_eq!(failure.code, "InvalidRedirect", "{failure:?}");
    assert!(other.seen().is_empty());
    post("another-word").expect("no secret of the run stands in it");
    assert_eq!(other.seen().len(), 1);
}

#[test]
fn nothing_can_be_smuggled_into_a_request() {
    let server = Raw::saying(whole("200 OK", b"null"));
    let bench = Bench::new(HttpMode::Live);
    let url = format!("{}a\r\nX-Evil: 1\r\n b?c=\r\nX-Evil: 2", server.url);
    let input =
        [("url", s(&url)), ("queryParams", map([("a\r\nX-Evil: 3", s("b\r\n\r\nX-Evil: 4"))]))];
    bench.ok("http.get", &call(As::Json, &input));
    let seen = server.seen().pop().expect("a request");
    let names = seen.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name);
    assert!(names.map(str::to_ascii_lowercase).all(|name| name != "x-evil"), "{seen}");
    for (name, value) in [("A\r\nB", "1"), ("A", "1\r\nB: 2"), ("A", "1\nB: 2"), ("A", "1\0")] {
        let input = [("url", s(&server.url)), ("headers", map([(name, s(value))]))];
        assert_eq!(bench.failure("http.get", &call(As::Json, &input)).code, "InvalidHeader");
    }
}

#[test]
fn waiting_is_asked_for_in_seconds_or_by_a_date() {
    let table = [
        ("7", Some(7_000_000)),
        ("999999999", Some(86_400_000_000)),
        ("-1", None),
        ("soon", None),
        // The test's clock says 2023-11-14T22:13:20Z.
        ("Tue, 14 Nov 2023 22:14:20 GMT", Some(60_000_000)),
        ("Tue, 14 Nov 2000 22:14:20 GMT", Some(0)),
    ];
    for (value, expected) in table {
        let head = format!("429 Too Many Requests\r\nRetry-After: {value}");
        let server = Raw::saying(whole(&head, b""));
        let failure = Bench::new(HttpMode::Live).failure("http.get", &get(&server.url));
        assert_eq!((failure.code.as_str(), failure.retry_after), ("429", expected), "{value}");
        assert!(failure.transient);
    }
}

#[test]
fn messages_show_no_credentials() {
    let bench = Bench::new(HttpMode::Live);
    for url in [
        "http://ada:pass-word@[",
        "http:ada:pass-word@[",
        "http:\\\\ada:pass-word@[/x",
        "ftp://ada:pass-word@a.example/",
        "//ada:pass-word@x",
    ] {
        let failure = bench.failure("http.get", &get(url));
        assert_eq!(failure.code, "InvalidUrl");
        assert!(!failure.message.contains("pass-word"), "{failure:?}");
    }
    let server = Raw::saying(whole("404 Not Found", b""));
    let url = server.url.replace("http://", "http://ada:pass-word@");
    let mut call =
        call(As::Json, &[("url", s(&url)), ("queryParams", map([("key", s("hidden"))]))]);
    call.mask = std::sync::Arc::new(wf_vm::Mask::new(["hidden"]));
    let failure = bench.failure("http.get", &call);
    let expected = format!("GET {}?key=*** answered 404 (Not Found)", server.url);
    assert_eq!(failure.message, expected);
}
