//! Fire times that four other implementations computed, where the folder with them is there.
//!
//! `WF_SUITES` names a folder with `cron/cron-open.jsonl`: a row has an expression, a zone, a start and
//! the next four times, or `"error"`, with the number of implementations that agree.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use wf_cron::{Cron, zone};

use crate::harness::{Outcome, Test};

/// A zone that took another offset in autumn 2026, after the times of the rows were computed: rows
/// that go beyond that say what would have been.
const CHANGED: (&str, &str) = ("Africa/Casablanca", "2026-09-01T00:00:00Z");

/// A row of the file.
struct Row {
    text: String,
    zone: String,
    start: jiff::Timestamp,
    /// The times, or none where the expression is refused.
    times: Option<Vec<jiff::Timestamp>>,
    agree: u64,
}

/// Adds the test of the rows.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let file = PathBuf::from(suites).join("cron/cron-open.jsonl");
            tests.push(Test::new("cron rows", move |_| check_rows(&file)));
        }
        None => tests.push(Test::new("cron (left out: WF_SUITES is not set)", |_| Ok(()))),
    }
}

/// All rows on which the four agree must be as they say; those of three are reported.
fn check_rows(file: &std::path::Path) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut counts: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    let (mut wrong, mut overtaken) = (String::new(), 0);
    for line in text.lines() {
        let row = read(line).ok_or_else(|| format!("this row can't be read: {line}"))?;
        if is_overtaken(&row) {
            overtaken += 1;
            continue;
        }
        let count = counts.entry(row.agree).or_default();
        count.0 += 1;
        let Err(problem) = compare(&row) else {
            count.1 += 1;
            continue;
        };
        if row.agree == 4 {
            writeln!(wrong, "{problem}").map_err(|e| e.to_string())?;
        }
    }
    let report = counts.iter().map(|(n, (all, same))| format!("{same} of {all} where {n} agree"));
    let report = report.collect::<Vec<_>>().join(", ");
    let report = format!("{report}; {overtaken} left out whose zone has other rules by now");
    match wrong.is_empty() && counts.get(&4).is_some_and(|(all, _)| *all > 1_000) {
        true => {
            println!("cron rows: {report}");
            Ok(())
        }
        false => Err(format!("{report}\n{wrong}")),
    }
}

fn read(line: &str) -> Option<Row> {
    let row: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| row[key].as_str().map(str::to_owned);
    let times = row["consensus"].as_array().map(|times| {
        times.iter().filter_map(|t| t.as_str()?.parse().ok()).collect::<Vec<jiff::Timestamp>>()
    });
    Some(Row {
        text: text("expr")?,
        zone: text("tz")?,
        start: text("start")?.parse().ok()?,
        times,
        agree: row["agree"].as_u64()?,
    })
}

/// Whether the times of a row are those of rules that do not hold any more.
fn is_overtaken(row: &Row) -> bool {
    let (zone, since) = CHANGED;
    let last = row.times.iter().flatten().last().copied().unwrap_or(row.start);
    row.zone == zone && row.times.is_some() && since.parse().is_ok_and(|since| last > since)
}

fn compare(row: &Row) -> Result<(), String> {
    let zone = zone(&row.zone).ok_or_else(|| format!("there is no zone {}", row.zone))?;
    let got: Option<Vec<jiff::Timestamp>> = match Cron::parse(&row.text) {
        Ok(cron) if cron.never_fires() => None,
        Ok(cron) => Some(cron.fires(row.start, zone).take(4).collect()),
        Err(_) => None,
    };
    match got == row.times {
        true => Ok(()),
        false => Err(format!("{:?} in {}: {got:?}, not {:?}", row.text, row.zone, row.times)),
    }
}
