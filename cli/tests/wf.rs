//! The `wf` program as a user calls it.

use std::process::{Command, Output, Stdio};

fn wf(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wf"));
    command.args(args).env_remove("CLICOLOR_FORCE").output().expect("the program starts")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is UTF-8")
}

#[test]
fn explain_prints_the_page() {
    let output = wf(&["explain", "WF0301"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    assert!(text(&output.stdout).starts_with("# WF0301: "));
}

#[test]
fn an_unknown_code_is_wrong_usage() {
    let output = wf(&["explain", "WFO301"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    assert!(text(&output.stderr).contains("WF0301"), "{}", text(&output.stderr));
}

#[test]
fn wrong_usage_is_told_with_status_2() {
    for args in [&[][..], &["frobnicate"], &["explain", "--nonsense"]] {
        let output = wf(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains("Usage: wf"), "{args:?}");
    }
    let help = wf(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help.stdout).contains("explain"));
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_wf"));
    let child = command.arg("explain").stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
