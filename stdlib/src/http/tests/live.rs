//! Requests over the network of this machine.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;
use wf_vm::{Started, Value};

use super::server::Server;
use super::{As, Bench, HttpMode, call, get};
use crate::test_support::{list, map, s};

#[test]
fn json_comes_as_it_was_sent() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let call = get(&server.at("/person"));
    let wf_vm::Answer::Json(text) = call.run(&*bench.node("http.get")).expect("an answer") else {
        panic!("JSON")
    };
    // The digits are those of the answer, beyond what any number type holds.
    assert!(text.contains(r#""body":{"name":"Ada","big":12345678901234567890}"#), "{text}");
    let answer = bench.ok("http.get", &get(&server.at("/person")));
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["success"], true);
    assert_eq!(answer["errorBody"], json!(null));
    assert_eq!(answer["headers"]["content-type"], "application/json");
}

#[test]
fn texts_come_as_they_are() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let body = |path: &str, read| {
        bench.ok("http.get", &call(read, &[("url", s(&server.at(path)))]))["body"].clone()
    };
    assert_eq!(body("/text", As::Text), "héllo");
    assert_eq!(body("/latin", As::Text), "hé");
    assert_eq!(body("/person", As::TextOrNull), r#"{"name":"Ada","big":12345678901234567890}"#);
    assert_eq!(body("/empty", As::Text), "");
    assert_eq!(body("/empty", As::TextOrNull), json!(null));
    assert_eq!(body("/empty", As::Json), json!(null));
    let call = call(As::Text, &[("url", s(&server.at("/bytes")))]);
    assert_eq!(bench.failure("http.get", &call).code, "InvalidText");
}

#[test]
fn what_is_no_json_document_fails() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let failure = bench.failure("http.get", &get(&server.at("/garbled")));
    assert_eq!((failure.code.as_str(), failure.transient), ("InvalidText", false), "{failure:?}");
    for path in ["/broken", "/two", "/text", "/bytes"] {
        let failure = bench.failure("http.get", &get(&server.at(path)));
        assert_eq!(failure.code, "InvalidJson", "{path}");
        assert!(!failure.transient);
    }
}

#[test]
fn statuses_that_fail() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let failure = bench.failure("http.get", &get(&server.at("/missing")));
    assert_eq!((failure.code.as_str(), failure.status_code), ("404", Some(404)));
    assert_eq!(failure.details.as_deref(), Some(r#"{"message":"no such person"}"#));
    assert!(
        !failure.transient && failure.message.ends_with("answered 404 (Not Found)"),
        "{failure:?}"
    );

    let failure = bench.failure("http.get", &get(&server.at("/busy")));
    assert_eq!((failure.code.as_str(), failure.retry_after), ("429", Some(2_000_000)));
    assert_eq!(failure.details.as_deref(), Some("\"slow down\""));
    assert!(failure.transient);

    let failure = bench.failure("http.get", &get(&server.at("/down")));
    assert_eq!((failure.code.as_str(), failure.details), ("503", None));
    assert!(failure.transient);
}

#[test]
fn accepted_statuses_do_not_fail() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let accept = |path: &str, status| {
        let input = [("url", s(&server.at(path))), ("accept", list([Value::Int(status)]))];
        bench.ok("http.get", &call(As::Json, &input))
    };
    let answer = accept("/missing", 404);
    assert_eq!((&answer["statusCode"], &answer["success"]), (&json!(404), &json!(true)));
    assert_eq!(answer["body"], json!(null));
    assert_eq!(answer["errorBody"]["message"], "no such person");
    assert_eq!(accept("/busy", 429)["errorBody"], "slow down");
    // An accepted redirect is not followed.
    assert_eq!(accept("/found", 302)["headers"]["location"], "/person");
}

#[test]
fn connections_that_break() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nowhere = format!("http://{}/", closed.local_addr().expect("an address"));
    drop(closed);
    for url in [nowhere, server.at("/hangup"), server.at("/cut")] {
        let failure = bench.failure("http.get", &get(&url));
        assert_eq!((failure.code.as_str(), failure.transient), ("connect", true), "{failure:?}");
    }
}

#[test]
fn time_runs_out() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let mut call = get(&server.at("/slow"));
    call.timeout = Some(50_000);
    let began = Instant::now();
    let failure = bench.failure("http.get", &call);
    assert_eq!((failure.code.as_str(), failure.transient), ("timeout", true));
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_call_can_be_cancelled() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let call = get(&server.at("/slow"));
    let began = Instant::now();
    let Started::Pending(cancel) = call.start(&*bench.node("http.get")) else { panic!("it waits") };
    assert!(began.elapsed() < Duration::from_secs(5), "starting does not block");
    cancel.cancel();
    let outcome = call.outcome(Duration::from_secs(10)).expect("the promise is kept");
    assert_eq!(outcome.expect_err("it did not end well").code, "Cancelled");
}

#[test]
fn waiting_calls_hold_no_thread() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let calls: Vec<_> = (0..100).map(|_| get(&server.at("/pause"))).collect();
    let began = Instant::now();
    let start = |call: &wf_vm::testing::TestCall| call.start(&*bench.node("http.get"));
    // The runtime has one thread; one after another they would take twenty seconds.
    let started: Vec<Started> = calls.iter().map(start).collect();
    for call in &calls {
        let outcome = call.outcome(Duration::from_secs(30)).expect("it is completed");
        outcome.expect("it goes well");
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    drop(started);
}

#[test]
fn repeated_headers_are_joined() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let headers = bench.ok("http.get", &get(&server.at("/repeat")))["headers"].clone();
    assert_eq!((&headers["x-a"], &headers["x-b"]), (&json!("1, 2"), &json!("3")));
}

#[test]
fn what_is_sent() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let input = [
        ("url", s(&server.at("/x?a=1"))),
        ("headers", map([("X-Mine", s("yes")), ("X-Not", Value::Null)])),
        ("queryParams", map([("b", s("ü&")), ("c", Value::Null)])),
        ("body", map([("n", Value::Int(1))])),
    ];
    bench.ok("http.post", &call(As::Json, &input));
    let seen = server.last();
    assert_eq!(seen.line, "POST /x?a=1&b=%C3%BC%26 HTTP/1.1");
    assert_eq!((seen.header("x-mine"), seen.header("x-not")), (Some("yes"), None));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.body, r#"{"n":1}"#);
    let key = call(As::Json, &input).key.to_string();
    assert_eq!(seen.header("idempotency-key"), Some(key.as_str()));

    bench.ok("http.put", &call(As::Json, &[("url", s(&server.url)), ("body", s("plain"))]));
    let seen = server.last();
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("PUT / HTTP/1.1", "plain"));
    assert_eq!(seen.header("content-type"), Some("text/plain; charset=utf-8"));

    let form = map([("a b", s("c&d")), ("x", Value::Null)]);
    let headers = map([("idempotency-key", s("mine"))]);
    let input = [("url", s(&server.url)), ("form", form), ("headers", headers)];
    bench.ok("http.patch", &call(As::Json, &input));
    let seen = server.last();
    assert_eq!(seen.body, "a+b=c%26d");
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("idempotency-key"), Some("mine"));

    bench.ok("http.request", &call(As::Json, &[("url", s(&server.url)), ("method", s("DELETE"))]));
    assert_eq!(server.last().line, "DELETE / HTTP/1.1");
    bench.ok("http.head", &get(&server.at("/person")));
    assert_eq!(server.last().line, "HEAD /person HTTP/1.1");
    assert_eq!(server.last().header("idempotency-key"), None);

    let with_user = server.url.replace("http://", "http://ada:pass%20word@");
    bench.ok("http.get", &get(&with_user));
    assert_eq!(server.last().header("authorization"), Some("Basic YWRhOnBhc3Mgd29yZA=="));
}

#[test]
fn redirects_are_followed() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    assert_eq!(bench.ok("http.get", &get(&server.at("/found")))["body"]["name"], "Ada");

    let post = |path: &str| {
        let input = [("url", s(&server.at(path))), ("body", map([]))];
        bench.ok("http.post", &call(As::Json, &input));
        server.last()
    };
    let seen = post("/found");
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("GET /person HTTP/1.1", ""));
    assert_eq!(seen.header("content-type"), None);
    let seen = post("/same");
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST /echo HTTP/1.1", "{}"));

    for path in ["/circle", "/file"] {
        let failure = bench.failure("http.get", &get(&server.at(path)));
        assert_eq!(
            (failure.code.as_str(), failure.transient),
            ("InvalidRedirect", false),
            "{path}"
        );
    }
    assert_eq!(server.seen().iter().filter(|s| s.line.contains("/circle")).count(), 11);
}

#[test]
fn credentials_stay_at_their_origin() {
    let (server, other) = (Server::start(), Server::start());
    let bench = Bench::new(HttpMode::Live);
    let headers = || map([("Authorization", s("Bearer t")), ("Cookie", s("c=1")), ("X-A", s("1"))]);
    let port = other.url.rsplit(':').next().expect("a port");
    let away = server.at(&format!("/away/{port}"));
    bench.ok("http.get", &call(As::Json, &[("url", s(&away)), ("headers", headers())]));
    assert_eq!(server.last().header("authorization"), Some("Bearer t"));
    let seen = other.last();
    assert_eq!((seen.header("authorization"), seen.header("cookie")), (None, None));
    assert_eq!(seen.header("x-a"), Some("1"));

    let input = [("url", s(&server.at("/found"))), ("headers", headers())];
    bench.ok("http.get", &call(As::Json, &input));
    assert_eq!(server.last().header("authorization"), Some("Bearer t"));
}

#[test]
fn an_answer_that_is_too_long_fails() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    assert_eq!(bench.failure("http.get", &get(&server.at("/huge"))).code, "TooLarge");
}

#[test]
fn inputs_that_can_not_be_sent() {
    let bench = Bench::new(HttpMode::Live);
    let long = format!("http://127.0.0.1/{}", "x".repeat(70_000));
    for url in ["", "/path", "ftp://x/", "http://", "file:///etc/passwd", "javascript:1", &long] {
        assert_eq!(bench.failure("http.get", &get(url)).code, "InvalidUrl", "{url:.40}");
    }
    let long = "x".repeat(20_000);
    let headers = [
        ("A B", "x"),
        ("", "x"),
        ("A", "é"),
        ("A", "a\r\nB: c"),
        ("Content-Length", "1"),
        ("A", &long),
    ];
    for (name, value) in headers {
        let input = [("url", s("http://127.0.0.1:1/")), ("headers", map([(name, s(value))]))];
        let failure = bench.failure("http.get", &call(As::Json, &input));
        assert_eq!(failure.code, "InvalidHeader", "{name}");
        assert!(!failure.message.contains(value) || value == "x" || value == "1", "{failure:?}");
    }
    let both = [("url", s("http://127.0.0.1:1/")), ("body", s("x")), ("form", map([]))];
    assert_eq!(bench.failure("http.post", &call(As::Json, &both)).code, "InvalidInput");
    let method = [("url", s("http://127.0.0.1:1/")), ("method", s("BREW"))];
    assert_eq!(bench.failure("http.request", &call(As::Json, &method)).code, "InvalidInput");
}
