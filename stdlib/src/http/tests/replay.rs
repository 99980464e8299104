//! Recordings and what is made of them.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use uuid::Uuid;
use wf_vm::Started;

use super::server::Server;
use super::{As, Bench, HttpMode, call, get, temp_file};
use crate::test_support::{map, s};

fn replay(name: &str, text: &str) -> Bench {
    let path = temp_file(name);
    std::fs::write(&path, text).expect("a temporary file");
    let bench = Bench::new(HttpMode::Replay(path.clone()));
    std::fs::remove_file(path).expect("the file is there");
    bench
}

fn turn(bench: &Bench, url: &str, key: u128, attempt: u32) -> Json {
    let mut call = get(url);
    (call.key, call.attempt) = (Uuid::from_u128(key), attempt);
    match bench.run("http.get", &call) {
        Ok(answer) => answer["body"].clone(),
        Err(failure) => json!(failure.code),
    }
}

#[test]
fn what_is_recorded_is_replayed() {
    let server = Server::start();
    let path = temp_file("record.json");
    let auth = || map([("Authorization", s("Bearer secret-token"))]);
    let user = server.url.replace("http://", "http://ada:secret-word@");
    let calls = || {
        let mut retried = get(&server.at("/turn"));
        retried.attempt = 2;
        vec![
            ("http.get", call(As::Json, &[("url", s(&server.at("/person"))), ("headers", auth())])),
            ("http.get", get(&format!("{user}/text"))),
            ("http.get", call(As::Text, &[("url", s(&server.at("/text")))])),
            ("http.get", get(&server.at("/missing"))),
            ("http.get", get(&server.at("/hangup"))),
            ("http.get", get(&server.at("/turn"))),
            ("http.get", retried),
            ("http.post", call(As::Json, &[("url", s(&server.at("/person"))), ("body", s("a"))])),
            ("http.post", call(As::Json, &[("url", s(&server.at("/empty"))), ("body", map([]))])),
        ]
    };
    let outcomes = |bench: &Bench| -> Vec<Result<Json, (String, Option<String>)>> {
        let outcome = |(name, call)| bench.run(name, &call).map_err(|f| (f.code, f.details));
        let strip = |mut answer: Json| {
            answer["headers"] = json!(null);
            answer
        };
        calls().into_iter().map(|call| outcome(call).map(strip)).collect()
    };
    let live = {
        let bench = Bench::new(HttpMode::Record(path.clone()));
        outcomes(&bench)
    };
    let text = std::fs::read_to_string(&path).expect("the recording is there");
    assert!(!text.contains("secret"), "{text}");
    let entries: Vec<Json> = serde_json::from_str(&text).expect("it is an array of entries");
    assert_eq!(entries.len(), 9);
    assert_eq!(entries[0]["response"]["body"]["name"], "Ada");
    assert_eq!(entries[0]["step"], "fetch");

    let requests = server.seen().len();
    let replayed = outcomes(&Bench::new(HttpMode::Replay(path.clone())));
    assert_eq!(live, replayed);
    assert_eq!(server.seen().len(), requests, "nothing is sent");
    std::fs::remove_file(path).expect("the file is there");
}

#[test]
fn what_is_given_up_is_recorded_if_its_time_had_run_out() {
    let server = Server::start();
    let path = temp_file("given-up.json");
    let bench = Bench::new(HttpMode::Record(path.clone()));
    for (timeout, wait) in [(20_000, 60), (60_000_000, 20)] {
        let mut call = get(&server.at("/slow"));
        call.timeout = Some(timeout);
        let Started::Pending(cancel) = call.start(&*bench.node("http.get")) else {
            panic!("it waits")
        };
        std::thread::sleep(Duration::from_millis(wait));
        cancel.cancel();
        assert!(call.outcome(Duration::from_secs(10)).is_some(), "the promise is kept");
    }
    drop(bench);
    let text = std::fs::read_to_string(&path).expect("the recording is there");
    let entries: Vec<Json> = serde_json::from_str(&text).expect("it is an array of entries");
    assert_eq!(entries.len(), 1, "{text}");
    assert_eq!(entries[0]["error"], "timeout");
    std::fs::remove_file(path).expect("the file is there");
}

#[test]
fn repeated_entries_are_used_in_order() {
    let bench = replay(
        "order.json",
        r#"[
          {"request": {"url": "http://x/poll"}, "response": {"body": 1}},
          {"request": {"url": "http://x/other"}, "response": {"body": "other"}},
          {"request": {"url": "http://x/poll"}, "response": {"status": 503}},
          {"request": {"method": "GET", "url": "http://x/poll"}, "response": {"body": 3}}
        ]"#,
    );
    let bodies = [(1, 1), (2, 1), (2, 2), (3, 1), (4, 1)]
        .map(|(key, attempt)| turn(&bench, "http://x/poll", key, attempt));
    // The second call fails and its retry goes on behind; the last entry stays.
    assert_eq!(bodies, [json!(1), json!("503"), json!(3), json!(3), json!(3)]);
    assert_eq!(turn(&bench, "http://x/other", 9, 1), "other");
}

#[test]
fn entries_can_be_bound_to_calls_steps_and_attempts() {
    let bench = replay(
        "bound.json",
        r#"
        {"request": {"url": "http://x/"}, "response": {"body": "a"}, "call": "00000000-0000-0000-0000-000000000001"}
        {"request": {"url": "http://x/"}, "response": {"body": "b"}, "call": "00000000-0000-0000-0000-000000000002"}
        {"request": {"url": "http://x/s"}, "response": {"body": "no"}, "step": "else"}
        {"request": {"url": "http://x/s"}, "response": {"body": "yes"}, "step": "fetch"}
        {"request": {"url": "http://x/t"}, "response": {"body": "first"}}
        {"request": {"url": "http://x/t"}, "response": {"body": "third"}, "attempt": 3}
        "#,
    );
    // Whatever the order of the calls, each gets its own.
    assert_eq!(turn(&bench, "http://x/", 2, 1), "b");
    assert_eq!(turn(&bench, "http://x/", 1, 1), "a");
    assert_eq!(turn(&bench, "http://x/", 2, 1), "b");
    assert_eq!(turn(&bench, "http://x/s", 5, 1), "yes");
    let attempts = [1, 2, 3, 4].map(|attempt| turn(&bench, "http://x/t", 5, attempt));
    assert_eq!(attempts, ["first", "first", "third", "first"]);
}

#[test]
fn an_entry_answers_as_often_as_it_says() {
    let bench = replay(
        "times.json",
        r#"
        {"request": {"url": "http://x/"}, "response": {"body": "a"}, "times": 2}
        {"request": {"url": "http://x/"}, "response": {"body": "b"}}
        {"request": {"url": "http://x/"}, "response": {"body": "c"}, "times": 1}
        {"request": {"url": "http://x/r"}, "error": "timeout", "times": 2}
        {"request": {"url": "http://x/r"}, "response": {"body": "late"}}
        {"request": {"url": "http://x/any", "method": "POST"}, "response": {"body": "any"}, "times": 3, "required": true}
        {"request": {"url": "http://x/own"}, "response": {"body": "own"}, "times": 1, "call": "00000000-0000-0000-0000-000000000001"}
        "#,
    );
    let all: Vec<Json> = (0..5).map(|key| turn(&bench, "http://x/", key, 1)).collect();
    assert_eq!(all, ["a", "a", "b", "c", "NoRecording"]);
    let attempts = [1, 2, 3, 4].map(|attempt| turn(&bench, "http://x/r", 7, attempt));
    assert_eq!(attempts, ["timeout", "timeout", "late", "late"]);
    assert_eq!(turn(&bench, "http://x/own", 1, 1), "own");
    assert_eq!(turn(&bench, "http://x/own", 1, 1), "NoRecording");
    let post = call(As::Json, &[("url", s("http://x/any")), ("body", s("a"))]);
    assert_eq!(bench.ok("http.post", &post)["body"], "any");
    let unused = bench.http.unused();
    let [unused] = unused.as_slice() else { panic!("{unused:?}") };
    assert_eq!((unused.entry, unused.answered, unused.times, unused.required), (6, 1, 3, true));
    assert_eq!(unused.request, "POST http://x/any");
}

#[test]
fn bodies_are_compared_where_an_entry_has_one() {
    let bench = replay(
        "bodies.json",
        r#"[
          {"request": {"method": "post", "url": "http://x/", "body": {"a": 1, "b": 2}}, "response": {"body": "json"}},
          {"request": {"method": "POST", "url": "http://x/", "body": "a=1"}, "response": {"body": "text"}},
          {"request": {"method": "POST", "url": "http://x/any"}, "response": {"body": "any"}}
        ]"#,
    );
    let post = |url: &str, body| {
        let outcome = bench.run("http.post", &call(As::Json, &[("url", s(url)), ("body", body)]));
        outcome.map_or_else(|f| json!(f.code), |answer| answer["body"].clone())
    };
    let json_body = map([("b", wf_vm::Value::Int(2)), ("a", wf_vm::Value::Int(1))]);
    assert_eq!(post("http://x/", json_body.clone()), "json");
    assert_eq!(post("http://x/", s("a=1")), "text");
    assert_eq!(post("http://x/", s("a=2")), "NoRecording");
    assert_eq!(post("http://x/any", json_body), "any");
}

#[test]
fn troubles_and_delays() {
    let bench = replay(
        "trouble.json",
        r#"[
          {"request": {"url": "http://x/c"}, "error": "connect"},
          {"request": {"url": "http://x/t"}, "error": "timeout"},
          {"request": {"url": "http://x/d"}, "response": {"text": "{"}, "delayMs": 40},
          {"request": {"url": "http://x/h"}, "response": {"headers": {"X-A": "1"}}}
        ]"#,
    );
    for (url, code) in [("http://x/c", "connect"), ("http://x/t", "timeout")] {
        let failure = bench.failure("http.get", &get(url));
        assert_eq!((failure.code.as_str(), failure.transient), (code, true));
    }
    let began = Instant::now();
    assert_eq!(bench.failure("http.get", &get("http://x/d")).code, "InvalidJson");
    assert!(began.elapsed() >= Duration::from_millis(40));
    let mut hasty = get("http://x/d");
    hasty.timeout = Some(1_000);
    assert_eq!(bench.failure("http.get", &hasty).code, "timeout");
    let mut late = get("http://x/t");
    late.timeout = Some(500_000);
    let failure = bench.failure("http.get", &late);
    assert_eq!(failure.message, "the node gave no answer within 500ms");
    // Without a delay nothing waits.
    let started = get("http://x/h").start(&*bench.node("http.get"));
    assert!(matches!(started, Started::Ready(Ok(_))));
    assert_eq!(bench.ok("http.get", &get("http://x/h"))["headers"]["x-a"], "1");

    let failure = bench.failure("http.get", &get("http://x/none?q=1#f"));
    assert_eq!((failure.code.as_str(), failure.transient), ("NoRecording", false));
    assert!(failure.message.ends_with("has no entry for GET http://x/none?q=1"), "{failure:?}");
}

#[test]
fn files_that_are_no_recordings_are_refused() {
    let table = [
        ("{", "line 1 column 1"),
        (r#"[{"request": {"url": "x"}, "response": {}}]"#, "entry 1: `x` is no URL"),
        ("[\n{\"request\": {\"url\": \"http://x\"}, \"reponse\": {}}]", "unknown field `reponse`"),
        (r#"[{"request": {"url": "http://x"}}]"#, "entry 1: it needs a `response` or an `error`"),
        (r#"{"request": {"url": "http://x"}, "response": {"status": 7}}"#, "7 is no status"),
        (
            r#"[{"request": {"url": "http://x"}, "response": {"text": "", "body": 1}}]"#,
            "a `body` or a `text`, not both",
        ),
        (r#"[{"request": {"url": "http://x"}, "error": "boom"}]"#, "unknown variant `boom`"),
        (
            r#"[{"request": {"url": "http://x"}, "response": {}, "times": 0}]"#,
            "entry 1: `times` is at least 1",
        ),
    ];
    for (index, (text, expected)) in table.into_iter().enumerate() {
        let path = temp_file(&format!("refused-{index}.json"));
        std::fs::write(&path, text).expect("a temporary file");
        let Err(error) = Bench::open(HttpMode::Replay(path.clone())) else { panic!("{text}") };
        let message = error.to_string();
        assert!(message.contains(expected) && message.contains("refused-"), "{message}");
        std::fs::remove_file(path).expect("the file is there");
    }
    let missing = temp_file("missing.json");
    assert!(Bench::open(HttpMode::Replay(missing)).is_err());
    assert!(Bench::open(HttpMode::Record("/no/such/folder/file.json".into())).is_err());
}
