//! Programs that every Unix has: what they are given, what they give, how they are ended.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wf_vm::{Answer, NodeFailure, Started, Value};

use super::{Programs, Run};
use crate::test_support::{Types, list, map, runtime, s};

fn programs() -> Arc<Programs> {
    let names = ["sh", "cat", "/bin/cat", "env"].map(str::to_owned);
    Arc::new(Programs::find(&names).expect("they are there"))
}

fn run(
    program: &str,
    arguments: &[&str],
    more: &[(&str, Value)],
    timeout: Option<i64>,
) -> Result<serde_json::Value, NodeFailure> {
    let runtime = runtime();
    let mut types = Types::new();
    let arguments: Vec<Value> = arguments.iter().map(|text| s(text)).collect();
    let mut inputs = vec![
        ("program", s(program)),
        ("arguments", list(arguments)),
        ("maxOutput", Value::Int(1000)),
    ];
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let output = types.output(&["exitCode", "stdout", "stderr", "success"]);
    let mut call = types.call(input, output);
    call.timeout = timeout;
    let node = Run { waiting: runtime.handle().clone().into(), programs: programs() };
    match call.run(&node)? {
        Answer::Json(text) => Ok(serde_json::from_str(&text).expect("it is JSON")),
        Answer::Value(value) => panic!("{value:?} is no JSON"),
    }
}

fn shell(script: &str, more: &[(&str, Value)]) -> Result<serde_json::Value, NodeFailure> {
    run("sh", &["-c", script], more, Some(20_000_000))
}

fn code(outcome: Result<serde_json::Value, NodeFailure>) -> String {
    outcome.expect_err("it fails").code
}

#[test]
fn it_gets_what_it_is_given_and_no_more() {
    let found = shell("cat; echo done >&2", &[("stdin", s("in"))]).expect("it runs");
    let expected = serde_json::json!({
        "exitCode": 0, "stdout": "in", "stderr": "done\n", "success": true
    });
    assert_eq!(found, expected);
    // No shell reads the arguments.
    let found = run("sh", &["-c", "printf '%s|' \"$@\"", "sh", "a b", "$(id)", ""], &[], None);
    assert_eq!(found.expect("it runs")["stdout"], "a b|$(id)||");
    assert_eq!(run("env", &[], &[], None).expect("it runs")["stdout"], "");
    let more = [("environment", map([("A", s("1")), ("B", Value::Null)]))];
    assert_eq!(run("env", &[], &more, None).expect("it runs")["stdout"], "A=1\n");
    assert_eq!(run("/bin/cat", &[], &[], None).expect("it runs")["stdout"], "");
    // What it does not read is no failure.
    let long = [("stdin", s(&"x".repeat(1_000_000)))];
    assert_eq!(shell("exit 0", &long).expect("it runs")["exitCode"], 0);
}

#[test]
fn only_what_is_allowed_is_run() {
    for program in ["", "ls", "/bin/sh", "./sh", "../bin/sh", "cat\0", "sh -c"] {
        assert_eq!(code(run(program, &[], &[], None)), "NotAllowed", "{program}");
    }
    let failure = run("ls", &[], &[], None).expect_err("it is refused");
    assert!(failure.message.contains("--allow-process ls"), "{}", failure.message);
    assert_eq!(code(run("cat", &["a\0b"], &[], None)), "InvalidInput");
    assert_eq!(code(run("cat", &[&"a".repeat(200_000)], &[], None)), "InvalidInput");
    for name in ["", "A=B", "A\0"] {
        let more = [("environment", map([(name, s("x"))]))];
        assert_eq!(code(run("cat", &[], &more, None)), "InvalidInput");
    }
    for name in ["no-such-program-anywhere", "/etc/passwd", "/bin", ""] {
        assert!(Programs::find(&[name.to_owned()]).is_err(), "{name}");
    }
}

#[test]
fn an_end_that_is_no_success_fails() {
    let failure = shell("echo out; echo bad luck >&2; exit 3", &[]).expect_err("it fails");
    assert_eq!((&*failure.code, failure.transient), ("Exit", false));
    assert!(failure.message.ends_with("ended with 3: bad luck"), "{}", failure.message);
    let details: serde_json::Value =
        serde_json::from_str(&failure.details.expect("details")).expect("they are JSON");
    let expected = serde_json::json!({ "exitCode": 3, "stdout": "out\n", "stderr": "bad luck\n" });
    assert_eq!(details, expected);
    let accept = [("accept", list([Value::Int(3)]))];
    assert_eq!(shell("exit 3", &accept).expect("it is taken")["exitCode"], 3);
    assert_eq!(code(shell("exit 4", &accept)), "Exit");
    assert_eq!(code(shell("kill -9 $$", &[])), "Killed");
    assert_eq!(code(shell("printf '\\377'", &[])), "InvalidText");
}

#[test]
fn who_writes_without_end_is_ended() {
    let began = Instant::now();
    assert_eq!(code(shell("while :; do echo xxxxxxxxxx; done", &[])), "TooLarge");
    assert_eq!(code(shell("while :; do echo xxxxxxxxxx >&2; done", &[])), "TooLarge");
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(shell("printf %1000d 1", &[]).expect("just so much")["exitCode"], 0);
    assert_eq!(code(shell("printf %1001d 1", &[])), "TooLarge");
}

/// A file that a program writes to after a while, unless it was ended.
fn trace() -> PathBuf {
    std::env::temp_dir().join(format!("wf-process-{}", uuid::Uuid::new_v4()))
}

#[test]
fn what_it_has_begun_ends_with_it() {
    let path = trace();
    let script = format!("(sleep 5; echo late > {}) & echo started", path.display());
    let began = Instant::now();
    assert_eq!(shell(&script, &[]).expect("it runs")["stdout"], "started\n");
    assert!(began.elapsed() < Duration::from_secs(5), "nobody waits for the other one");
    std::thread::sleep(Duration::from_millis(5500).saturating_sub(began.elapsed()));
    assert!(!path.exists());
}

#[test]
fn its_time_is_limited() {
    let path = trace();
    let script = format!("sleep 2; echo late > {}", path.display());
    let failure = run("sh", &["-c", &script], &[], Some(200_000)).expect_err("it takes too long");
    assert_eq!((&*failure.code, failure.transient), ("timeout", true));
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!path.exists());
}

#[test]
fn a_cancelled_call_ends_it() {
    let path = trace();
    let runtime = runtime();
    let mut types = Types::new();
    let script = format!("(sleep 2; echo late > {0}) & sleep 2; echo late > {0}", path.display());
    let arguments = list([s("-c"), s(&script)]);
    let input = types.input(&[("program", s("sh")), ("arguments", arguments)]);
    let output = types.output(&["exitCode", "stdout", "stderr", "success"]);
    let call = types.call(input, output);
    let node = Run { waiting: runtime.handle().clone().into(), programs: programs() };
    let Started::Pending(cancel) = call.start(&node) else { panic!("it waits") };
    assert!(call.outcome(Duration::from_millis(300)).is_none());
    drop(cancel);
    let outcome = call.outcome(Duration::from_secs(10)).expect("the promise is kept");
    assert_eq!(outcome.expect_err("it was given up").code, "Cancelled");
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!path.exists());
}
