//! Hostile texts all the way through a workflow and back, where the folder with them is there.
//!
//! `WF_SUITES` names a folder with `naughty-strings/blns.json`. Each text goes from the trigger
//! through a template into a JSON body, a query, a form, a header and the database; all must come
//! back as they were, or be refused where a header can't carry them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::drive::{DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::echo;
use crate::harness::{Outcome, Test};

const PROGRAM: &str = r#"
entity Note { text: string, wrapped: string }
type Echo = { path: string, headers: map<string>, body: string }

workflow w {
  trigger function(server: string, text: string)
  let text = trigger.arguments.text
  step made = entity.create<Note> { payload: { text: text, wrapped: "<{{ text }}>" } }
  step found = entity.query<Note> { where: note => note.text == text and note.wrapped == "<{{ text }}>" }
  step sent = http.post<Echo> {
    url: trigger.arguments.server
    body: { text: text, wrapped: "<{{ text }}>" }
    queryParams: { text: text }
  }
  step form = http.post<Echo> { url: "{{ trigger.arguments.server }}/{{ urlEncode(text) }}", form: { text: text, last: "1" } }
  step header = try http.get<Echo> { url: trigger.arguments.server, headers: { "x-text": text, "x-last": "1" } }
  return {
    count: steps.found.output.totalCount
    stored: steps.found.output.entities | map(note => [note.text, note.wrapped])
    json: steps.sent.output.body.body
    query: steps.sent.output.body.path
    path: steps.form.output.body.path
    form: steps.form.output.body.body
    header: steps.header.output?.body.headers
    refused: steps.header.error?.code
    size: length(text)
  }
}
"#;

/// Adds the test of the texts.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let file = PathBuf::from(suites).join("naughty-strings/blns.json");
            tests.push(Test::new("naughty strings", move |_| all(&file)));
        }
        None => {
            tests.push(Test::new("naughty strings (left out: WF_SUITES is not set)", |_| Ok(())));
        }
    }
}

fn all(file: &Path) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let texts: Vec<String> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let server = echo::start()?;
    let job = Job::of(Sources::one(PROGRAM));
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| format!("{told:?}"))?;
    let mut wrong = Vec::new();
    for text in &texts {
        if let Err(problem) = one(&ready, &server, text) {
            wrong.push(format!("{text:?}: {problem}"));
        }
    }
    match (texts.len() > 500, wrong.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("{} texts\n{}", texts.len(), wrong.join("\n"))),
    }
}

fn one(ready: &Ready<'_>, server: &str, text: &str) -> Outcome {
    let trigger = json!({ "arguments": { "server": server, "text": text } }).to_string();
    let ran = ready.run_on(Schedule::Workers(1), Some(trigger), None)?;
    if ran.status != "Complete" {
        return Err(format!("{}: {:?}", ran.status, ran.failure.map(|f| f.message)));
    }
    let result = ran.result;
    let wrapped = format!("<{text}>");
    same("stored", &result["stored"], &json!([[text, wrapped]]))?;
    let body = result["json"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).map_err(|e| format!("the body: {e}"))?;
    same("JSON body", &body, &json!({ "text": text, "wrapped": wrapped }))?;
    let query = result["query"].as_str().unwrap_or_default();
    same(
        "query",
        &fields(query.split_once('?').map_or("", |(_, query)| query)),
        &json!([["text", text]]),
    )?;
    let path = result["path"].as_str().unwrap_or_default();
    // A segment of points means a step up or none, in every way to write it.
    let path = if [".", ".."].contains(&text) { text } else { path };
    same("path", &json!(decoded(path.strip_prefix('/').unwrap_or(path), false)), &json!(text))?;
    let form = result["form"].as_str().unwrap_or_default();
    same("form", &fields(form), &json!([["text", text], ["last", "1"]]))?;
    header(&result, text)
}

/// A header arrives as it was, without blanks around it, or is refused; none adds a header.
fn header(result: &Value, text: &str) -> Outcome {
    if result["refused"] == "InvalidHeader" {
        let can_be_carried = text.bytes().all(|b| (b' '..=b'~').contains(&b));
        return if can_be_carried { Err("the header is refused".to_owned()) } else { Ok(()) };
    }
    let headers = &result["header"];
    let known = ["x-text", "x-last", "host", "accept", "user-agent", "accept-encoding"];
    let names = headers.as_object().into_iter().flat_map(|headers| headers.keys());
    if let Some(name) = names.into_iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("a header `{name}` came up"));
    }
    let blank = |c: char| c == ' ' || c == '\t';
    let got = headers["x-text"].as_str().unwrap_or_default();
    same("header", &json!(got.trim_matches(blank)), &json!(text.trim_matches(blank)))?;
    same("next header", &headers["x-last"], &json!("1"))
}

fn same(what: &str, got: &Value, wanted: &Value) -> Outcome {
    if got == wanted { Ok(()) } else { Err(format!("{what}: {got}, not {wanted}")) }
}

/// The fields of a query or a form, decoded.
fn fields(text: &str) -> Value {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| json!([decoded(name, true), decoded(value, true)])).collect()
}

/// The text behind percent signs, and behind `+` for blanks in a form.
fn decoded(text: &str, form: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' if form => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
