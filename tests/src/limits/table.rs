//! The table of limits in the reference, against the defaults of the code and `wf run --help`.

use std::process::Command;

use clap::{Args, FromArgMatches};
use wf_cli::limits::LimitArgs;
use wf_engine::{HttpPolicy, Limits};

use crate::harness::Outcome;
use crate::{binary, root};

/// A row of the table.
struct Row {
    default: String,
    option: String,
    field: String,
    code: String,
    kind: String,
}

fn rows() -> Result<Vec<Row>, String> {
    let path = root().join("docs/reference/limits.md");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let plain = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains("`--max-"));
    rows.map(|line| {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(plain).collect();
        let [_, default, option, field, code, kind] = cells.as_slice() else {
            return Err(format!("a row has {} cells: {line}", cells.len()));
        };
        let (default, option, field) = (default.clone(), option.clone(), field.clone());
        Ok(Row { default, option, field, code: code.clone(), kind: kind.clone() })
    })
    .collect()
}

/// The limits with their defaults, as the code has them.
fn defaults() -> Vec<(&'static str, u64)> {
    let limits = Limits::default();
    vec![
        ("Limits::instructions", limits.instructions),
        ("Limits::memory", limits.memory),
        ("Limits::run_time", limits.run_time.map_or(0, i64::cast_unsigned)),
        ("Limits::output", limits.output),
        ("Limits::depth", u64::from(limits.depth)),
        ("Limits::collection", limits.collection as u64),
        ("Limits::call_depth", u64::from(limits.call_depth)),
        ("HttpPolicy::answer_limit", HttpPolicy::new().max_answer() as u64),
        ("Limits::in_flight", limits.in_flight as u64),
    ]
}

/// The reference names each limit with the default of the code, and so does the help.
pub(super) fn agrees() -> Outcome {
    let rows = rows()?;
    let mut problems = Vec::new();
    let fields: Vec<&str> = rows.iter().map(|row| row.field.as_str()).collect();
    let expected: Vec<&str> = defaults().iter().map(|(field, _)| *field).collect();
    if fields != expected {
        problems.push(format!("the table has {fields:?}, the code has {expected:?}"));
    }
    let done = binary::finish(Command::new(binary::binaries()?.wf).args(["run", "--help"]))?;
    let help: Vec<&str> = done.stdout.split_whitespace().collect();
    let help = help.join(" ");
    for (row, (_, default)) in rows.iter().zip(defaults()) {
        let bytes: Result<wf_cli::limits::Bytes, _> = row.default.parse();
        let written = bytes.map(|bytes| bytes.0).unwrap_or_default();
        if written != default {
            problems.push(format!("`{}` says {}, the code {default}", row.option, row.default));
        }
        let told = help.split_once(&format!("{} <", row.option)).map(|(_, rest)| rest);
        let told = told.and_then(|rest| rest.split_once("[default: "));
        let told = told.and_then(|(_, rest)| rest.split_once(']')).map(|(default, _)| default);
        if told != Some(row.default.as_str()) {
            problems.push(format!("`{}`: the help says {told:?}", row.option));
        }
        if !super::LIMITS.iter().any(|limit| limit.option == row.option) {
            problems.push(format!("`{}` has no program that meets it", row.option));
        }
        let tested = super::LIMITS.iter().filter(|limit| limit.option == row.option);
        for limit in tested {
            let kind = match (limit.code, limit.ends) {
                ("", _) => "the others wait",
                (_, true) => "ends the run",
                (_, false) => "can be caught",
            };
            if (limit.code, kind) != (row.code.as_str(), row.kind.as_str()) {
                problems.push(format!("`{}` is tested as {} that {kind}", row.option, limit.code));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// What the options make of texts.
pub(super) fn options() -> Outcome {
    let command = LimitArgs::augment_args(clap::Command::new("wf"));
    let read = |texts: &[&str]| {
        let matches = command.clone().try_get_matches_from([&["wf"], texts].concat());
        matches.and_then(|matches| LimitArgs::from_arg_matches(&matches)).map_err(|e| e.to_string())
    };
    let given = read(&["--max-memory", "64KiB", "--max-time", "2s", "--max-depth", "7"])?;
    let limits = given.limits();
    let found = (limits.memory, limits.run_time, limits.depth, limits.call_depth);
    if found != (65_536, Some(2_000_000), 7, Limits::default().call_depth) {
        return Err(format!("{found:?}"));
    }
    match read(&["--max-memory", "lots"]) {
        Ok(_) => Err("`lots` is no number of bytes".into()),
        Err(told) if told.contains("write a number of bytes") => Ok(()),
        Err(told) => Err(told),
    }
}
