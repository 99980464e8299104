//! The border rule on a whole payload: each part of it is broken in turn. What the program does not
//! read changes nothing, what it reads is a failure that names it.

use std::sync::Arc;

use serde_json::{Value, json};
use wf_engine::{Engine, MemoryFiles, Program, RunOptions};

use crate::harness::{Context, Outcome, Test};

/// The types of the payload, and what is read of it.
const TYPES: &str = "
type User = { login: string, id: int, admin: bool, url: string? }
type Label = { name: string, color: string, default: bool }
type Comment = { id: int, text: string, by: User, replies: list<Comment> }
type Issue = {
  number: int
  title: string
  labels: list<Label>
  assignee: User?
  milestone: { title: string, due: instant?, progress: { open: int, closed: int } }
  reactions: map<int>
  comments: list<Comment>
}
type Bot = { kind: \"bot\", app: { name: string, url: string }, rights: list<string> }
type Human = { kind: \"human\", login: string, rights: list<int> }
type Actor = Bot | Human | string
type Event = {
  action: \"opened\" | \"closed\", issue: Issue, sender: User, hook: list<json>, actor: Actor
}

fn texts(comment: Comment) -> list<string> {
  return [\"{{ comment.by.login }}: {{ comment.text }}\"] + (comment.replies | flatMap(c => texts(c)))
}

fn called(actor: Actor) -> string {
  return match actor { string s => s, Bot b => b.app.name, Human h => h.login }
}

fn summary(event: Event) -> json {
  let issue = event.issue
  for label in issue.labels {
    if label.name == \"late\" { return null }
  }
  return {
    action: event.action
    title: issue.title
    labels: issue.labels | map(l => l.name)
    free: issue.assignee == null
    due: issue.milestone.due
    open: issue.milestone.progress.open
    kinds: issue.reactions | keys
    comments: issue.comments | flatMap(c => texts(c))
    hooks: event.hook | length
    actor: called(event.actor)
  }
}
";

const WEBHOOK: &str = "
workflow w {
  trigger webhook POST \"/issues\" { body: Event }
  return summary(trigger.body)
}";

const DECODE: &str = "
workflow w {
  trigger webhook POST \"/issues\"
  return summary(decode<Event>(trigger.body))
}";

const STEP: &str = "
workflow w {
  trigger webhook POST \"/issues\"
  step answer = probe.answer<Event> { text: toJson(trigger.body) }
  return summary(steps.answer.output.body)
}";

/// What `summary` reads, as paths of failures; items of lists are `[]`.
const READ: &[&str] = &[
    "",
    ".action",
    ".issue",
    ".issue.title",
    ".issue.labels",
    ".issue.labels[]",
    ".issue.labels[].name",
    ".issue.assignee",
    ".issue.milestone",
    ".issue.milestone.due",
    ".issue.milestone.progress",
    ".issue.milestone.progress.open",
    ".issue.reactions",
    ".issue.comments",
    ".hook",
    ".actor",
    ".actor.kind",
    ".actor.app",
    ".actor.app.name",
];

/// What it reads of each comment, however deep.
const READ_OF_COMMENTS: &[&str] = &["", ".text", ".by", ".by.login", ".replies"];

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let programs = [
        ("of a trigger", WEBHOOK, "$.body"),
        ("of `decode`", DECODE, "$"),
        ("of an answer", STEP, "$.body"),
    ];
    tests.push(Test::new("border what hosts are told", told_to_hosts));
    for (name, workflow, root) in programs {
        tests.push(Test::new(format!("border {name}"), move |_| every_part(workflow, root)));
    }
}

/// A host that asks for what the program does not read is told so, and is not given null.
fn told_to_hosts(_: &Context) -> Outcome {
    let engine = Engine::builder().serial(1).build().map_err(|e| e.to_string())?;
    let files = MemoryFiles::from([("w.wf", format!("{TYPES}{WEBHOOK}"))]);
    let program = engine.compile(&["w.wf"], &files).program.ok_or("it does not compile")?;
    let trigger = Some(json!({ "body": payload() }).to_string());
    let report = engine
        .run(&program, RunOptions { trigger, ..RunOptions::default() })
        .map_err(|e| format!("{:?}", e.diagnostics))?;
    for path in [
        "issue.number",
        "issue.labels[0].color",
        "issue.reactions[\"+1\"]",
        "sender",
        "hook[0]",
        "hook",
        "actor.app.url",
        "actor.rights",
        "actor.rights[0]",
    ] {
        match report.read(&format!("trigger.body.{path}")) {
            Err(error) if error.to_string().contains("not read by this program") => {}
            other => return Err(format!("`{path}` gives {other:?}")),
        }
    }
    let title = report.read("trigger.body.issue.title").map_err(|e| e.to_string())?;
    let body = &report.store()["trigger"]["body"];
    let kept = body["issue"].as_object().ok_or("there is no issue")?;
    let left_out = ["number", "reactions"].iter().all(|name| !kept.contains_key(*name));
    match title == "It leaks" && left_out && body.get("hook").is_none() {
        true => Ok(()),
        false => Err(format!("the store has {body}")),
    }
}

fn payload() -> Value {
    let user = |login: &str| json!({ "login": login, "id": 7, "admin": false, "url": null });
    json!({
        "action": "opened",
        "issue": {
            "number": 12,
            "title": "It leaks",
            "labels": [
                { "name": "bug", "color": "red", "default": true },
                { "name": "soon", "color": "blue", "default": false },
            ],
            "assignee": user("ada"),
            "milestone": {
                "title": "Spring", "due": "2026-03-01T00:00:00Z", "progress": { "open": 3, "closed": 9 },
            },
            "reactions": { "+1": 3, "-1": 1 },
            "comments": [
                { "id": 1, "text": "first", "by": user("bob"), "replies": [
                    { "id": 2, "text": "second", "by": user("cy"), "replies": [] },
                ] },
                { "id": 3, "text": "third", "by": user("ada"), "replies": [] },
            ],
        },
        "sender": user("ada"),
        "hook": [1, { "a": [true] }],
        "actor": { "kind": "bot", "app": { "name": "CI", "url": "https://ci" }, "rights": ["all"] },
    })
}

/// A part of the payload: the keys that lead to it, and the path of failures, in full and with its
/// items as `[]`.
struct Part {
    keys: Vec<String>,
    path: String,
    pattern: String,
}

fn parts(value: &Value, at: &Part, found: &mut Vec<Part>) {
    let mut go = |key: String, step: String, pattern: String, value: &Value| {
        let mut keys = at.keys.clone();
        keys.push(key);
        let part = Part {
            keys,
            path: format!("{}{step}", at.path),
            pattern: format!("{}{pattern}", at.pattern),
        };
        parts(value, &part, found);
        found.push(part);
    };
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let is_name = name.chars().all(|c| c.is_ascii_alphanumeric());
                let step = if is_name { format!(".{name}") } else { format!("[\"{name}\"]") };
                go(name.clone(), step.clone(), step, value);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                go(index.to_string(), format!("[{index}]"), "[]".to_owned(), value);
            }
        }
        _ => {}
    }
}

/// Whether `summary` reads a part.
fn is_read(pattern: &str) -> bool {
    let Some(mut rest) = pattern.strip_prefix(".issue.comments[]") else {
        return READ.contains(&pattern);
    };
    while let Some(deeper) = rest.strip_prefix(".replies[]") {
        rest = deeper;
    }
    READ_OF_COMMENTS.contains(&rest)
}

/// A value of another kind than any that is declared there.
fn other_kind(value: &Value) -> Value {
    match value {
        Value::Object(_) => json!([7.5]),
        Value::Array(_) => json!({ "no": "list" }),
        Value::String(_) | Value::Null => json!({ "no": ["text"] }),
        Value::Bool(_) | Value::Number(_) => json!("neither"),
    }
}

fn at<'v>(value: &'v mut Value, keys: &[String]) -> Option<&'v mut Value> {
    keys.iter().try_fold(value, |value, key| match value {
        Value::Object(fields) => fields.get_mut(key),
        Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn every_part(workflow: &str, root: &str) -> Outcome {
    let engine = crate::probe::add(Engine::builder().serial(1));
    let engine = engine.build().map_err(|e| e.to_string())?;
    let files = MemoryFiles::from([("w.wf", format!("{TYPES}{workflow}"))]);
    let compiled = engine.compile(&["w.wf"], &files);
    let told = compiled.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
    let program = compiled.program.ok_or(told)?;
    let good = run(&engine, &program, &payload()).map_err(|e| format!("unbroken: {e}"))?;
    let whole = Part { keys: Vec::new(), path: root.to_owned(), pattern: String::new() };
    let mut all = Vec::new();
    parts(&payload(), &whole, &mut all);
    let (mut read, mut unread) = (0, 0);
    for part in &all {
        let mut broken = payload();
        let value = at(&mut broken, &part.keys).ok_or("there is no such part")?;
        *value = other_kind(value);
        let is_read = is_read(&part.pattern);
        check(&engine, &program, &broken, part, is_read, &good)?;
        if is_read {
            read += 1
        } else {
            unread += 1
        }
        if let Some((last, before)) = part.keys.split_last() {
            let mut without = payload();
            if let Some(Value::Object(fields)) = at(&mut without, before) {
                fields.remove(last);
                // What is optional may be missing: another result, and no failure.
                let optional = [".issue.assignee", ".issue.milestone.due"];
                let counted = part.pattern.starts_with(".issue.reactions");
                if !optional.contains(&part.pattern.as_str()) && (!counted || is_read) {
                    check(&engine, &program, &without, part, is_read, &good)?;
                }
            }
        }
    }
    if read > 20 && unread > 20 { Ok(()) } else { Err(format!("{read} read, {unread} unread")) }
}

fn check(
    engine: &Engine,
    program: &Arc<Program>,
    payload: &Value,
    part: &Part,
    is_read: bool,
    good: &Value,
) -> Outcome {
    let path = &part.path;
    match (run(engine, program, payload), is_read) {
        (Ok(result), false) if result == *good => Ok(()),
        (Ok(result), false) => Err(format!("`{path}` is not read, and changes this: {result}")),
        (Err(failure), false) => Err(format!("`{path}` is not read, and fails: {failure}")),
        (Err(failure), true) if failure.contains(&format!("`{path}`")) => Ok(()),
        (Err(failure), true) => Err(format!("`{path}` is broken, and this is told: {failure}")),
        (Ok(_), true) => Err(format!("`{path}` is broken and read, and nothing fails")),
    }
}

/// The result of a run, or why it failed.
fn run(engine: &Engine, program: &Arc<Program>, payload: &Value) -> Result<Value, String> {
    let trigger = Some(json!({ "body": payload }).to_string());
    match engine.run(program, RunOptions { trigger, ..RunOptions::default() }) {
        Ok(report) => match report.diagnostic() {
            None => Ok(report.result.clone()),
            Some(failure) => Err(failure.message.clone()),
        },
        Err(error) => {
            Err(error.diagnostics.first().map_or_else(String::new, |d| d.message.clone()))
        }
    }
}
