//! Holds what is written as SARIF against the JSON Schema of SARIF 2.1.0.

use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use wf_diagnostics::sarif::to_sarif;
use wf_diagnostics::{Diagnostic, SourceMap};

use crate::case::{Case, Stage};
use crate::drive::{self, Sources};
use crate::harness::{Outcome, Test};
use crate::suite;

const SCHEMA: &str = include_str!("../data/sarif/sarif-2.1.0-rtm.5.json");

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut add = |name: &str, test: fn() -> Outcome| {
        tests.push(Test::new(format!("sarif {name}"), move |_| test()));
    };
    add("of mistakes in several files", several);
    add("of columns behind letters of several units", columns);
    add("of a program without mistakes", nothing);
    add("of the suite", of_the_suite);
    add("what is broken is refused", refused);
}

fn validator() -> Result<&'static Validator, String> {
    static VALIDATOR: OnceLock<Result<Validator, String>> = OnceLock::new();
    let made = VALIDATOR.get_or_init(|| {
        // A bracket that stands for itself, which only lenient engines take as it is written.
        let schema = SCHEMA.replace("{2}]?$", r"{2}\\]?$");
        let schema: Value = serde_json::from_str(&schema).map_err(|e| e.to_string())?;
        let options = jsonschema::options().should_validate_formats(true);
        options.build(&schema).map_err(|e| e.to_string())
    });
    made.as_ref().map_err(Clone::clone)
}

/// What the schema says against a log.
fn problems(log: &Value) -> Result<Vec<String>, String> {
    let errors = validator()?.iter_errors(log);
    Ok(errors.map(|e| format!("{}: {e}", e.instance_path())).collect())
}

fn valid(log: &Value) -> Outcome {
    let problems = problems(log)?;
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// The log of a program, and what was told.
fn log(files: &[(&str, &str)]) -> (Value, Vec<Diagnostic>, SourceMap) {
    let owned = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let checked = drive::check(&Sources::new(owned.collect()));
    (to_sarif(&checked.diagnostics, &checked.sources), checked.diagnostics, checked.sources)
}

fn at<'a>(log: &'a Value, pointer: &str) -> Result<&'a Value, String> {
    log.pointer(pointer).ok_or_else(|| format!("there is no {pointer} in {log}"))
}

fn same(log: &Value, pointer: &str, expected: &Value) -> Outcome {
    let found = at(log, pointer)?;
    if found == expected { Ok(()) } else { Err(format!("{pointer} is {found}, not {expected}")) }
}

fn results(log: &Value) -> Result<&Vec<Value>, String> {
    at(log, "/runs/0/results")?.as_array().ok_or_else(|| "the results are no list".to_owned())
}

fn several() -> Outcome {
    let main = "use \"lib dir/other.wf\"\n\nworkflow w {\n  trigger function(a: bool, b: Row)\n  \
        let unread = 1\n  if trigger.arguments.a && true { return 1 }\n  \
        return trigger.arguments.b.nmae\n}\n";
    let other = "type Row = { name: string }\n\ntype Wrong = { a: strng }\n";
    let (log, told, _) = log(&[("main.wf", main), ("lib dir/other.wf", other)]);
    valid(&log)?;
    let results = results(&log)?;
    if results.len() != told.len() || told.len() < 3 {
        return Err(format!("{} results of {} diagnostics", results.len(), told.len()));
    }
    let levels: Vec<&str> = results.iter().filter_map(|r| r.get("level")?.as_str()).collect();
    if !levels.contains(&"error") {
        return Err(format!("the levels are {levels:?}"));
    }
    let text = log.to_string();
    for part in ["\"fixes\"", "lib%20dir/other.wf", "\"relatedLocations\"", "\"insertedContent\""] {
        if !text.contains(part) {
            return Err(format!("there is no {part} in {log:#}"));
        }
    }
    // Each result is of the rule that its index leads to.
    for result in results {
        let index = result.get("ruleIndex").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let rule = at(&log, &format!("/runs/0/tool/driver/rules/{index}/id"))?;
        if Some(rule) != result.get("ruleId") {
            return Err(format!("{result} is not of the rule {rule}"));
        }
    }
    warnings()
}

fn warnings() -> Outcome {
    let (log, told, _) = log(&[(
        "w.wf",
        "workflow w {\n  trigger function()\n  let unread = 1\n  step id = random.uuid { }\n  return 1\n}\n",
    )]);
    valid(&log)?;
    if told.iter().any(Diagnostic::is_error) || told.len() != 2 {
        return Err(format!("these are told: {told:?}"));
    }
    same(&log, "/runs/0/results/0/level", &json!("warning"))?;
    same(&log, "/runs/0/tool/driver/rules/0/defaultConfiguration/level", &json!("warning"))
}

fn columns() -> Outcome {
    // An umlaut is one unit of UTF-16, the crab is two; the end is behind the last letter.
    let line = "  return \"Grüße 🦀 {{ trigger.arguments.nmae }}\"";
    let text = format!("workflow w {{\n  trigger function(name: string)\n{line}\n}}\n");
    let (log, ..) = log(&[("grün 🦀.wf", &text)]);
    valid(&log)?;
    let units = |part: &str| part.encode_utf16().count() as u64;
    let before = line.split_once("nmae").map_or(0, |(before, _)| units(before));
    let region = "/runs/0/results/0/locations/0/physicalLocation/region";
    let expected = json!({
        "startLine": 3, "startColumn": before + 1, "endLine": 3, "endColumn": before + 5,
    });
    same(&log, region, &expected)?;
    same(
        &log,
        "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
        &json!("gr%C3%BCn%20%F0%9F%A6%80.wf"),
    )?;
    same(&log, "/runs/0/columnKind", &json!("utf16CodeUnits"))
}

fn nothing() -> Outcome {
    let (log, ..) = log(&[("a.wf", "workflow w {\n  trigger function()\n  return 1\n}\n")]);
    valid(&log)?;
    same(&log, "/runs/0/results", &json!([]))
}

fn of_the_suite() -> Outcome {
    let mut problems = Vec::new();
    let cases = suite::cases(&mut problems);
    let mut seen = 0;
    for case in cases.iter().filter(|case| case.stage != Stage::Run) {
        let checked = drive::check(&Sources::of(case));
        seen += checked.diagnostics.len();
        let log = to_sarif(&checked.diagnostics, &checked.sources);
        if let Err(problem) = valid(&log) {
            problems.push(format!("{}: {problem}", Case::full_name(case)));
        }
    }
    if seen < 500 {
        problems.push(format!("only {seen} diagnostics"));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What the schema is for: a log with one thing wrong in it does not pass.
fn refused() -> Outcome {
    let (good, ..) =
        log(&[("a.wf", "workflow w {\n  trigger function()\n  return steps.none\n}\n")]);
    valid(&good)?;
    let place = "/runs/0/results/0/locations/0/physicalLocation";
    for (pointer, wrong) in [
        ("/version".to_owned(), json!("2.0.0")),
        ("/runs/0/results/0/level".to_owned(), json!("fatal")),
        ("/runs/0/results/0/message".to_owned(), json!({})),
        ("/runs/0/results/0/ruleIndex".to_owned(), json!(-2)),
        ("/runs/0/columnKind".to_owned(), json!("bytes")),
        ("/runs/0/tool/driver/name".to_owned(), Value::Null),
        (format!("{place}/region/startLine"), json!(0)),
        (format!("{place}/region/endColumn"), json!("5")),
        (format!("{place}/artifactLocation/uri"), json!(["a.wf"])),
    ] {
        let mut log = good.clone();
        match log.pointer_mut(&pointer) {
            Some(part) => *part = wrong,
            None => return Err(format!("there is no {pointer} in {good}")),
        }
        if problems(&log)?.is_empty() {
            return Err(format!("nothing is said against a wrong {pointer}"));
        }
    }
    Ok(())
}
