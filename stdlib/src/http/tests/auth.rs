//! Who asks, and the tokens that are asked for.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wf_vm::testing::TestCall;
use wf_vm::{Mask, Value};

use super::raw::{Raw, whole};
use super::server::Server;
use super::{Bench, HttpMode, HttpPolicy, temp_file};
use crate::test_support::{Types, map, s};
use wf_vm::bytecode::TypeIdx;

/// A call with an `auth` of these fields.
fn asking(url: &str, auth: &[(&str, &str)], more: &[(&str, Value)]) -> TestCall {
    let mut types = Types::new();
    types.program.steps.push(wf_vm::testing::test_step("fetch"));
    let texts: Vec<(&str, TypeIdx)> = auth.iter().map(|(name, _)| (*name, TypeIdx(0))).collect();
    let ty = types.record("", &texts);
    let values: Vec<(&str, Value)> = auth.iter().map(|(name, text)| (*name, s(text))).collect();
    let auth = types.value(ty, &values);
    let mut input = vec![("url", s(url)), ("auth", Value::member(ty, auth))];
    input.extend(more.iter().cloned());
    let input = types.input(&input);
    let mut call = types.call(input, TypeIdx(0));
    call.type_args = vec![TypeIdx(0)];
    call
}

#[test]
fn users_and_tokens_are_sent() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let table: [(&[(&str, &str)], &str); 3] = [
        (&[("user", "ada"), ("password", "pass word")], "Basic YWRhOnBhc3Mgd29yZA=="),
        (&[("user", ""), ("password", "k\u{fc}")], "Basic OmvDvA=="),
        (&[("token", "a.b-c_d~e+f/g==")], "Bearer a.b-c_d~e+f/g=="),
    ];
    for (auth, expected) in table {
        bench.ok("http.get", &asking(&server.url, auth, &[]));
        assert_eq!(server.last().header("authorization"), Some(expected));
    }
}

#[test]
fn what_can_not_be_sent_is_told_without_it() {
    let (server, bench) = (Server::start(), Bench::new(HttpMode::Live));
    let table: [(&[(&str, &str)], &str); 8] = [
        (&[("user", "a:b"), ("password", "hush-hush")], "InvalidInput"),
        (&[("token", "")], "InvalidInput"),
        (&[("token", "hush hush")], "InvalidInput"),
        (&[("token", "hush\r\nX-Evil: 1")], "InvalidInput"),
        (&[("token", "h\u{fc}sh")], "InvalidInput"),
        (&[("tokenUrl", "/t"), ("clientId", "a"), ("clientSecret", "hush")], "InvalidUrl"),
        (
            &[("tokenUrl", "http://u:hush@x/"), ("clientId", "a"), ("clientSecret", "b")],
            "InvalidUrl",
        ),
        (&[("bearer", "hush")], "InvalidInput"),
    ];
    for (auth, code) in table {
        let failure = bench.failure("http.get", &asking(&server.url, auth, &[]));
        assert_eq!(failure.code, code, "{auth:?}");
        assert!(!failure.message.contains("hush"), "{failure:?}");
    }
    let twice = [("headers", map([("Authorization", s("Bearer x"))]))];
    let failure = bench.failure("http.get", &asking(&server.url, &[("token", "t")], &twice));
    assert_eq!(failure.code, "InvalidInput");
    let with_user = server.url.replace("http://", "http://ada@");
    let failure = bench.failure("http.get", &asking(&with_user, &[("token", "t")], &[]));
    assert_eq!(failure.code, "InvalidInput");
    assert!(server.seen().is_empty());
}

/// A server of tokens, which says for how many seconds they live, and of what they open: only the
/// newest token is taken. `POST /out` puts all tokens out of use.
fn guarded(life: &'static str) -> (Raw, Arc<AtomicUsize>) {
    let given = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&given);
    let server = Raw::start(move |stream, request, _| {
        let answer = if request.starts_with("POST /token") {
            let n = count.fetch_add(1, Ordering::SeqCst) + 1;
            let body = format!(r#"{{"access_token":"token-{n}","token_type":"Bearer"{life}}}"#);
            whole("200 OK", body.as_bytes())
        } else {
            let newest =
                format!("authorization: bearer token-{}\r\n", count.load(Ordering::SeqCst));
            match request.to_ascii_lowercase().contains(&newest) {
                true => whole("200 OK", b"\"open\""),
                false => whole("401 Unauthorized", b"you sent token-1"),
            }
        };
        let _ = stream.write_all(&answer);
    });
    (server, given)
}

fn client(server: &Raw, more: &[(&str, Value)]) -> TestCall {
    let token_url = format!("{}token", server.url);
    let auth = [
        ("tokenUrl", token_url.as_str()),
        ("clientId", "wf client"),
        ("clientSecret", "hush:hush"),
        ("scope", "read write"),
    ];
    asking(&server.url, &auth, more)
}

#[test]
fn a_token_is_asked_for_once_and_used_again() {
    let (server, given) = guarded(r#","expires_in":3600"#);
    let bench = Bench::new(HttpMode::Live);
    for _ in 0..3 {
        assert_eq!(bench.ok("http.get", &client(&server, &[]))["body"], "open");
    }
    assert_eq!(given.load(Ordering::SeqCst), 1);
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen[0].starts_with("POST /token HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].ends_with("\r\n\r\ngrant_type=client_credentials&scope=read+write"));
    // Id and secret as a form would have them: `wf%20client:hush%3Ahush`.
    assert!(seen[0].contains("Basic d2YlMjBjbGllbnQ6aHVzaCUzQWh1c2g="), "{}", seen[0]);

    // Another client, another token.
    let token_url = format!("{}token", server.url);
    let auth =
        [("tokenUrl", token_url.as_str()), ("clientId", "other"), ("clientSecret", "secret")];
    bench.ok("http.get", &asking(&server.url, &auth, &[]));
    assert_eq!(given.load(Ordering::SeqCst), 2);
    // The token of the first one is refused now, so it gets a new one, once.
    bench.ok("http.get", &client(&server, &[]));
    assert_eq!(given.load(Ordering::SeqCst), 3);
}

#[test]
fn many_calls_ask_for_one_token() {
    let (server, given) = guarded("");
    let bench = Bench::new(HttpMode::Live);
    let calls: Vec<TestCall> = (0..20).map(|_| client(&server, &[])).collect();
    let started: Vec<_> = calls.iter().map(|c| c.start(&*bench.node("http.get"))).collect();
    for call in &calls {
        let outcome = call.outcome(std::time::Duration::from_secs(30)).expect("it is completed");
        outcome.expect("it goes well");
    }
    assert_eq!(given.load(Ordering::SeqCst), 1);
    drop(started);
}

#[test]
fn tokens_that_expire_are_asked_for_anew() {
    for life in [r#","expires_in":0"#, r#","expires_in":"0""#, r#","expires_in":-5"#] {
        let (server, given) = guarded(life);
        let bench = Bench::new(HttpMode::Live);
        bench.ok("http.get", &client(&server, &[]));
        bench.ok("http.get", &client(&server, &[]));
        assert_eq!(given.load(Ordering::SeqCst), 2, "{life}");
    }
}

#[test]
fn a_refusal_is_asked_about_once() {
    let server = Raw::start(|stream, request, number| {
        let answer = if request.starts_with("POST /token") {
            whole("200 OK", format!(r#"{{"access_token":"token-{number}"}}"#).as_bytes())
        } else {
            whole("401 Unauthorized", b"{\"sent\":\"token-3\"}")
        };
        let _ = stream.write_all(&answer);
    });
    let failure = Bench::new(HttpMode::Live).failure("http.get", &client(&server, &[]));
    assert_eq!((failure.code.as_str(), failure.transient), ("401", false));
    assert_eq!(server.seen().len(), 4, "{:?}", server.seen());
    // A token is a secret that only this node knows.
    assert_eq!(failure.details.as_deref(), Some("{\"sent\":\"***\"}"));
}

#[test]
fn why_there_is_no_token() {
    let table: [(&str, &str, bool, &str); 8] = [
        (
            "401 Unauthorized",
            r#"{"error":"invalid_client"}"#,
            false,
            "it answered 401 (invalid_client)",
        ),
        ("400 Bad Request", r#"{"error":"hush hush"}"#, false, "it answered 400"),
        ("503 Unavailable", "", true, "it answered 503"),
        ("302 Found\r\nLocation: /x", "", false, "it answered 302"),
        ("200 OK", "<html>", false, "its answer has no `access_token`"),
        ("200 OK", r#"{"token":"x"}"#, false, "its answer has no `access_token`"),
        (
            "200 OK",
            r#"{"access_token":"a b"}"#,
            false,
            "its token has characters that no token has",
        ),
        (
            "200 OK",
            r#"{"access_token":"a","token_type":"mac"}"#,
            false,
            "its token is no bearer token",
        ),
    ];
    for (head, body, transient, why) in table {
        let server = Raw::saying(whole(head, body.as_bytes()));
        let failure = Bench::new(HttpMode::Live).failure("http.get", &client(&server, &[]));
        assert_eq!((failure.code.as_str(), failure.transient), ("NoToken", transient), "{body}");
        let expected =
            format!("GET {}: no access token from {}token: {why}", server.url, server.url);
        assert_eq!(failure.message, expected);
    }
    // Where there is no connection it is the connection that is told.
    let server = Raw::saying("");
    let failure = Bench::new(HttpMode::Live).failure("http.get", &client(&server, &[]));
    assert_eq!((failure.code.as_str(), failure.transient), ("connect", true), "{failure:?}");
}

#[test]
fn a_policy_holds_for_tokens() {
    let (server, given) = guarded("");
    let allowed = Raw::saying(whole("200 OK", b"null"));
    let host = format!("127.0.0.1:{}", allowed.port).parse().expect("a host");
    let bench = Bench::under(HttpPolicy::new().deny_private().allow_host(host));
    let token_url = format!("{}token", server.url);
    let auth = [("tokenUrl", token_url.as_str()), ("clientId", "a"), ("clientSecret", "b")];
    let failure = bench.failure("http.get", &asking(&allowed.url, &auth, &[]));
    assert_eq!(failure.code, "PrivateAddress");
    assert_eq!((given.load(Ordering::SeqCst), allowed.seen().len()), (0, 0));
}

#[test]
fn tokens_stay_at_their_origin() {
    let other = Raw::saying(whole("200 OK", b"null"));
    let head = format!("302 Found\r\nLocation: {}", other.url);
    let server = Raw::saying(whole(&head, b""));
    let bench = Bench::new(HttpMode::Live);
    bench.ok("http.get", &asking(&server.url, &[("token", "hush")], &[]));
    assert!(server.seen()[0].contains("Bearer hush"));
    assert!(!other.seen()[0].contains("hush"), "{}", other.seen()[0]);
}

#[test]
fn recordings_hold_no_credentials_and_replay_needs_none() {
    let (server, given) = guarded("");
    let (user, token) = (format!("{}user", server.url), format!("{}own", server.url));
    let path = temp_file("auth.json");
    let calls = || {
        vec![
            client(&server, &[]),
            asking(&user, &[("user", "ada"), ("password", "hush-word")], &[]),
            asking(&token, &[("token", "hush-token")], &[]),
        ]
    };
    let run = |bench: &Bench| -> Vec<_> {
        let outcome = |mut call: TestCall| {
            call.mask = Arc::new(Mask::new(["hush:hush", "hush-word", "hush-token"]));
            bench.run("http.get", &call).map(|a| a["body"].clone()).map_err(|f| f.code)
        };
        calls().into_iter().map(outcome).collect()
    };
    let live = run(&Bench::new(HttpMode::Record(path.clone())));
    let text = std::fs::read_to_string(&path).expect("the recording is there");
    assert!(
        !text.contains("hush") && !text.contains("Basic") && !text.contains("/token"),
        "{text}"
    );
    let (asked, sent) = (given.load(Ordering::SeqCst), server.seen().len());
    let replayed = run(&Bench::new(HttpMode::Replay(path.clone())));
    assert_eq!(live, replayed);
    assert_eq!((given.load(Ordering::SeqCst), server.seen().len()), (asked, sent));
    std::fs::remove_file(path).expect("the file is there");
}
