//! GitHub's webhooks by the schemas that are published for them: each path of each payload is
//! accepted, guarded or refused as the schema says, and reads what the payload holds.
//!
//! `WF_SUITES` names a folder with `github-webhooks`.

mod paths;
mod rows;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::drive::{self, Sources};
use crate::harness::{Outcome, Test};
use rows::{Suite, Verdict};

/// Adds the tests; without the suite they say that they are left out.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let folder = PathBuf::from(suites).join("github-webhooks");
            let again = folder.clone();
            tests.push(Test::new("webhooks schemas of all events", move |_| events(&folder)));
            tests.push(Test::new("webhooks paths", move |_| all_paths(&again)));
        }
        None => tests.push(Test::new("webhooks (left out: WF_SUITES is not set)", |_| Ok(()))),
    }
}

/// The name of the schema file in the programs.
const SCHEMA: &str = "hooks.json";

/// Each event, with all its actions, and all events together are the body of a trigger.
fn events(folder: &Path) -> Outcome {
    let suite = Suite::read(folder)?;
    let mut problems = Vec::new();
    let names = suite.events();
    if names.len() < 66 {
        return Err(format!("only {} events were found", names.len()));
    }
    let of_event = names.iter().map(|name| format!("{SCHEMA}#/definitions/{name}"));
    for place in of_event.chain([SCHEMA.to_owned()]) {
        let program = format!(
            "use schema \"{place}\" as Event\n\nworkflow w {{\n  \
             trigger webhook POST \"/hook\" {{ body: Event }}\n  return trigger.body\n}}\n"
        );
        let sources = Sources::new(vec![
            ("main.wf".to_owned(), program),
            (SCHEMA.to_owned(), suite.schema.clone()),
        ]);
        let checked = drive::check(&sources);
        problems.extend(
            checked.diagnostics.iter().map(|d| format!("{place}: {} {}", d.code.id, d.message)),
        );
        if problems.is_empty() {
            problems.extend(drive::compile(&sources).err().map(|e| format!("{place}: {e}")));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// Whether it is known why a path is judged differently.
fn is_known(group: &str, path: &[String]) -> bool {
    let path = path.join("/");
    // The wrong segment is the next one: the one that is named is a property of the schema.
    let later = [
        ("project_card$created", "organization/archived"),
        ("pull_request$review_requested", "pull_request/review_comment_url/user/type"),
        ("pull_request$unassigned", "repository/head/repo/trees_url"),
    ];
    later.contains(&(group, path.as_str()))
}

/// How many rows of a verdict there are, and which of them are as they should be.
#[derive(Default)]
struct Count {
    all: usize,
    right: usize,
}

fn all_paths(folder: &Path) -> Outcome {
    let started = Instant::now();
    let suite = Suite::read(folder)?;
    let mut counts: [Count; 4] = Default::default();
    let (mut report, mut known) = (String::new(), String::new());
    for group in &suite.groups {
        let outcomes = paths::check(&suite, group)?;
        for (row, outcome) in group.rows.iter().zip(outcomes) {
            let Some(count) = counts.get_mut(row.verdict as usize) else { continue };
            count.all += 1;
            match outcome {
                Ok(()) => count.right += 1,
                Err(why) if is_known(&group.name(), &row.path) => {
                    let _ = writeln!(known, "{} {}: {why}", group.name(), row.shown());
                }
                Err(why) => {
                    let _ = writeln!(report, "{} {}: {why}", group.name(), row.shown());
                }
            }
        }
    }
    let mut summary = String::new();
    for (verdict, count) in Verdict::ALL.into_iter().zip(&counts) {
        let percent = 100.0 * count.right as f64 / count.all.max(1) as f64;
        let _ = writeln!(
            summary,
            "{:>9}: {percent:6.2} % ({} of {})",
            verdict.name(),
            count.right,
            count.all
        );
    }
    let _ = write!(
        summary,
        "{} groups in {:.1} s",
        suite.groups.len(),
        started.elapsed().as_secs_f64()
    );
    println!("webhooks paths:\n{summary}");
    let file = write_report(&summary, &format!("{report}\nknown:\n{known}"))?;
    let wrong = report.lines().count();
    if wrong == 0 {
        return Ok(());
    }
    let first: Vec<&str> = report.lines().take(20).collect();
    Err(format!("{summary}\n{wrong} disagree, all in {}:\n{}", file.display(), first.join("\n")))
}

/// Writes what disagrees next to what was built.
fn write_report(summary: &str, report: &str) -> Result<PathBuf, String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    let target = exe.ancestors().nth(3).ok_or("the tests are not below a target folder")?;
    let file = target.join("webhooks.txt");
    std::fs::write(&file, format!("{summary}\n\n{report}")).map_err(|e| e.to_string())?;
    Ok(file)
}
