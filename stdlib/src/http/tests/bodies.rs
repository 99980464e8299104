//! Bodies of many kinds, sent and read.

use std::io::Write;

use serde_json::{Value as Json, json};
use wf_vm::Value;
use wf_vm::bytecode::{TypeDesc, TypeIdx};
use wf_vm::testing::TestCall;

use super::raw::{Raw, whole};
use super::{As, Bench, HttpMode, call, temp_file};
use crate::test_support::{Types, s};

/// A call that sends parts of these fields.
fn sending(url: &str, parts: &[&[(&str, &str)]]) -> TestCall {
    let mut types = Types::new();
    types.program.steps.push(wf_vm::testing::test_step("send"));
    let part = |fields: &&[(&str, &str)], types: &mut Types| {
        let names: Vec<(&str, TypeIdx)> = fields.iter().map(|(n, _)| (*n, TypeIdx(0))).collect();
        let ty = types.record("", &names);
        let values: Vec<(&str, Value)> = fields.iter().map(|(n, v)| (*n, s(v))).collect();
        Value::member(ty, types.value(ty, &values))
    };
    let parts: Vec<Value> = parts.iter().map(|fields| part(fields, &mut types)).collect();
    let input = types.input(&[("url", s(url)), ("multipart", Value::list(parts))]);
    let mut call = types.call(input, TypeIdx(0));
    call.type_args = vec![TypeIdx(0)];
    call
}

#[test]
fn parts_are_fields_and_files() {
    let server = Raw::saying(whole("200 OK", b"null"));
    let call = sending(
        &server.url,
        &[
            &[("name", "title"), ("text", "h\u{e9}llo")],
            &[("name", "a\"b\r\nX: 1"), ("text", "1"), ("filename", "x\"y\n.txt")],
            &[("name", "file"), ("base64", "AAEC/w=="), ("filename", "a.bin")],
            &[("name", "file"), ("base64", ""), ("contentType", "image/png; q=1")],
        ],
    );
    Bench::new(HttpMode::Live).ok("http.post", &call);
    let seen = server.seen().pop().expect("a request");
    let boundary = format!("wf-{}", call.key.simple());
    let (head, body) = seen.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains(&format!("content-type: multipart/form-data; boundary={boundary}")));
    let lines = [
        &format!("--{boundary}"),
        "Content-Disposition: form-data; name=\"title\"",
        "",
        "h\u{e9}llo",
        &format!("--{boundary}"),
        "Content-Disposition: form-data; name=\"a%22b%0D%0AX: 1\"; filename=\"x%22y%0A.txt\"",
        "Content-Type: application/octet-stream",
        "",
        "1",
        &format!("--{boundary}"),
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"",
        "Content-Type: application/octet-stream",
        "",
        "\u{0}\u{1}\u{2}\u{fffd}",
        &format!("--{boundary}"),
        "Content-Disposition: form-data; name=\"file\"",
        "Content-Type: image/png; q=1",
        "",
        "",
        &format!("--{boundary}--"),
        "",
    ];
    assert_eq!(body, lines.join("\r\n"));
}

#[test]
fn what_parts_hold_can_not_part_them() {
    let server = Raw::saying(whole("200 OK", b"null"));
    let mut call = sending(&server.url, &[]);
    let boundary = format!("wf-{}", call.key.simple());
    call = sending(&server.url, &[&[("name", "a"), ("text", &format!("--{boundary}--"))]]);
    Bench::new(HttpMode::Live).ok("http.post", &call);
    let seen = server.seen().pop().expect("a request");
    assert!(seen.contains(&format!("boundary={boundary}-")), "{seen}");
}

#[test]
fn parts_that_can_not_be_sent() {
    let bench = Bench::new(HttpMode::Live);
    let table: [(&[(&str, &str)], &str); 5] = [
        (&[("name", "a")], "the part `a` has a `text` or a `base64`, and one of them"),
        (
            &[("name", "a"), ("text", "x"), ("base64", "eA==")],
            "the part `a` has a `text` or a `base64`, and one of them",
        ),
        (&[("name", "a"), ("base64", "%")], "the `base64` of the part `a` is none"),
        (
            &[("name", "a"), ("text", ""), ("contentType", "a/b\r\nX: 1")],
            "the `contentType` of the part `a` is none",
        ),
        (&[("text", "x")], "a part of `multipart` has no `name`"),
    ];
    for (part, expected) in table {
        let failure = bench.failure("http.post", &sending("http://127.0.0.1:1/", &[part]));
        assert_eq!(failure.code, "InvalidInput");
        assert!(failure.message.starts_with(expected), "{failure:?}");
    }
}

/// A call whose answer is read as base64 into this type.
fn reading(url: &str, read: As) -> TestCall {
    call(read, &[("url", s(url)), ("as", s("base64"))])
}

#[test]
fn bytes_are_read_as_base64() {
    let server = Raw::saying(whole("200 OK\r\nContent-Type: image/png", b"\x00\x01\x02\xff"));
    let bench = Bench::new(HttpMode::Live);
    assert_eq!(bench.ok("http.get", &reading(&server.url, As::Text))["body"], "AAEC/w==");
    let empty = Raw::saying(whole("200 OK", b""));
    assert_eq!(bench.ok("http.get", &reading(&empty.url, As::Text))["body"], "");
    assert_eq!(bench.ok("http.get", &reading(&empty.url, As::TextOrNull))["body"], json!(null));
    let failure = bench.failure("http.get", &reading(&server.url, As::Json));
    assert_eq!(failure.code, "InvalidInput");
    assert!(failure.message.contains("must be `string` or `string?`"), "{failure:?}");
}

#[test]
fn parts_and_bytes_are_recorded() {
    let server = Raw::start(|stream, request, _| {
        let answer = match request.starts_with("GET /latin") {
            true => whole("200 OK\r\nContent-Type: text/plain; charset=latin1", b"h\xe9"),
            false => whole("200 OK", b"\x00\xff"),
        };
        let _ = stream.write_all(&answer);
    });
    let path = temp_file("parts.json");
    let latin = format!("{}latin", server.url);
    let parts: &[&[(&str, &str)]] = &[
        &[("name", "title"), ("text", "hello")],
        &[("name", "file"), ("base64", "AAEC"), ("filename", "a.bin")],
    ];
    let run = |bench: &Bench| -> Vec<Result<Json, String>> {
        let mut post = sending(&server.url, parts);
        let mut program = (*post.program).clone();
        program.types.push(TypeDesc::String);
        post.type_args = vec![TypeIdx(program.types.len() as u16 - 1)];
        post.program = std::sync::Arc::new(program);
        let calls = [
            ("http.get", reading(&server.url, As::Text)),
            ("http.get", call(As::Text, &[("url", s(&latin))])),
            ("http.post", post),
        ];
        let body = |(name, call): (&str, TestCall)| {
            bench.run(name, &call).map(|answer| answer["body"].clone()).map_err(|f| f.code)
        };
        calls.into_iter().map(body).collect()
    };
    let live = run(&Bench::new(HttpMode::Record(path.clone())));
    assert_eq!(live, [Ok(json!("AP8=")), Ok(json!("h\u{e9}")), Err("InvalidText".to_owned())]);
    let text = std::fs::read_to_string(&path).expect("the recording is there");
    let entries: Vec<Json> = serde_json::from_str(&text).expect("it is an array of entries");
    assert_eq!(entries[0]["response"]["base64"], "AP8=");
    let expected = json!({ "multipart": [
        { "name": "title", "text": "hello" },
        { "name": "file", "filename": "a.bin", "base64": "AAEC" },
    ] });
    assert_eq!(entries[2]["request"]["body"], expected);
    assert!(!text.contains("wf-0000"), "no boundary: {text}");
    let sent = server.seen().len();
    assert_eq!(run(&Bench::new(HttpMode::Replay(path.clone()))), live);
    assert_eq!(server.seen().len(), sent);
    std::fs::remove_file(path).expect("the file is there");
}
