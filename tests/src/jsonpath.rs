//! The compliance test suite of JSONPath (RFC 9535), where it is at hand: through the evaluator, and
//! through programs in which the queries are written in the language.
//!
//! `WF_SUITES` names a folder with `jsonpath-cts/cts.json`.

mod written;

use std::path::{Path, PathBuf};

use serde_json::{Value as Tree, json};
use wf_vm::bytecode::Program;
use wf_vm::value::{decode::decode_json, json::json_of, jsonpath};

use crate::drive::{DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::harness::{Outcome, Test};

/// How many cases one program holds.
const AT_ONCE: usize = 60;

/// How many cases of the suite must be said in the language at least.
const WRITTEN: usize = 440;

/// Adds the tests; without the suite they say that they are left out.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let Some(suites) = std::env::var_os("WF_SUITES") else {
        tests.push(Test::new("jsonpath (left out: WF_SUITES is not set)", |_| Ok(())));
        return;
    };
    let file = PathBuf::from(suites).join("jsonpath-cts/cts.json");
    let cases = match read(&file) {
        Ok(cases) => cases,
        Err(problem) => {
            tests.push(Test::new("jsonpath suite", move |_| Err(problem.clone())));
            return;
        }
    };
    let all = cases.len();
    let written: Vec<Case> = cases.iter().filter(|case| case.text.is_some()).cloned().collect();
    let count = written.len();
    tests.push(Test::new(format!("jsonpath suite: all of its {all} cases"), move |_| {
        if cases.len() < 703 {
            return Err(format!("there are only {} cases", cases.len()));
        }
        each(&cases, evaluated)
    }));
    tests.push(Test::new(
        format!("jsonpath suite: {count} of its {all} cases, written in the language"),
        move |_| {
            if written.len() < WRITTEN {
                return Err(format!("only {} cases could be written", written.len()));
            }
            programs(&written)
        },
    ));
}

/// A case of the suite.
#[derive(Clone)]
struct Case {
    name: String,
    selector: String,
    document: Tree,
    /// The results that are right, each a list; `None` where the selector is wrong.
    results: Option<Vec<Tree>>,
    /// The query in the language over `j`, where it can be said, and whether it has one result at
    /// most.
    text: Option<(String, bool)>,
}

fn read(file: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let suite: Tree = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    let cases = suite["tests"].as_array().into_iter().flatten();
    Ok(cases
        .map(|case| {
            let string = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            let results = match (&case["result"], &case["results"]) {
                (Tree::Array(_), _) => Some(vec![case["result"].clone()]),
                (_, Tree::Array(any)) => Some(any.clone()),
                _ => None,
            };
            let selector = string("selector");
            let query = jsonpath::parse(&selector).ok();
            let text = query
                .filter(|_| results.is_some())
                .and_then(|query| Some((written::query(&query, "j")?, query.is_singular())));
            let document = case["document"].clone();
            Case { name: string("name"), selector, document, results, text }
        })
        .collect())
}

fn each(cases: &[Case], check: impl Fn(&Case) -> Outcome) -> Outcome {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let problem = check(case).err()?;
            Some(format!("{}: `{}`: {problem}", case.name, case.selector))
        })
        .collect();
    match wrong.len() {
        0 => Ok(()),
        count => Err(format!("{count} of {} fail:\n{}", cases.len(), wrong.join("\n"))),
    }
}

/// Evaluates a query over the machine's values.
fn evaluated(case: &Case) -> Outcome {
    let (query, results) = match (jsonpath::parse(&case.selector), &case.results) {
        (Err(_), None) => return Ok(()),
        (Ok(_), None) => return Err("is taken".into()),
        (Err(error), Some(_)) => return Err(format!("is refused: {error}")),
        (Ok(query), Some(results)) => (query, results),
    };
    let program = Program::default();
    let value = decode_json(&case.document.to_string()).map_err(|e| format!("{e:?}"))?;
    let found = jsonpath::select(&query, value, &[], &program).map_err(|f| f.message)?;
    let found: Tree = found.iter().map(|value| json_of(value, &program)).collect();
    one_of(results, &found)
}

fn one_of(results: &[Tree], found: &Tree) -> Outcome {
    match results.iter().any(|result| plain(result) == plain(found)) {
        true => Ok(()),
        false => Err(format!("gives {found}")),
    }
}

/// A tree whose numbers are all of one kind.
fn plain(tree: &Tree) -> Tree {
    match tree {
        Tree::Number(number) => json!(number.as_f64()),
        Tree::Array(items) => items.iter().map(plain).collect(),
        Tree::Object(members) => {
            Tree::Object(members.iter().map(|(name, value)| (name.clone(), plain(value))).collect())
        }
        _ => tree.clone(),
    }
}

/// Runs the cases as programs of several functions.
fn programs(cases: &[Case]) -> Outcome {
    for cases in cases.chunks(AT_ONCE) {
        let found = run(cases)?;
        let found = found.as_array().ok_or("the program gives no list")?;
        let results: Vec<(&Case, &Tree)> = cases.iter().zip(found).collect();
        let wrong: Vec<String> = results
            .into_iter()
            .filter_map(|(case, found)| {
                let (text, single) = case.text.as_ref()?;
                let results = case.results.as_ref()?;
                let right = match single {
                    true => results.iter().any(|all| plain(&all[0]) == plain(found)),
                    false => one_of(results, found).is_ok(),
                };
                (!right).then(|| format!("{}: `{text}` gives {found}", case.name))
            })
            .collect();
        if !wrong.is_empty() || found.len() != cases.len() {
            return Err(format!("{} fail:\n{}", wrong.len(), wrong.join("\n")));
        }
    }
    Ok(())
}

fn run(cases: &[Case]) -> Result<Tree, String> {
    let mut program = String::new();
    let mut calls = String::new();
    for (index, case) in cases.iter().enumerate() {
        let text = case.text.as_ref().map_or("null", |(text, _)| text);
        program.push_str(&format!("fn c{index}(j: json) -> json {{ return {text} }}\n"));
        calls.push_str(&format!("    c{index}(docs[{index}])\n"));
    }
    program.push_str(&format!(
        "workflow all {{\n  trigger function(docs: list<json>)\n  let docs = trigger.arguments.docs\n  \
         return [\n{calls}  ]\n}}\n"
    ));
    let docs: Vec<&Tree> = cases.iter().map(|case| &case.document).collect();
    let job = Job {
        sources: Sources::one(&program),
        workflow: None,
        on: None,
        trigger: Some(json!({ "arguments": { "docs": docs } }).to_string()),
        arguments: Vec::new(),
        config: None,
        load: None,
        replay: None,
    };
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, sources)| {
        let told = told.iter().filter(|d| d.is_error());
        let told = told.map(|d| format!("{} `{}`", d.message, sources.slice(d.span)));
        told.collect::<Vec<_>>().join("\n")
    })?;
    let ran = ready.run(Schedule::Workers(1))?;
    match ran.status.as_str() {
        "Complete" => Ok(ran.result),
        status => Err(format!("{status}: {}", ran.failure.map(|d| d.message).unwrap_or_default())),
    }
}
