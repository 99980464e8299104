//! The test binary: collects every test of the language, runs them in parallel and reports.
#![expect(clippy::print_stdout, reason = "a test harness reports on standard output")]

mod attack;
mod bad_input;
mod binary;
mod bless;
mod border;
mod case;
mod check;
mod cli;
mod console;
mod cron;
mod disturb;
mod disturbed;
mod drive;
mod echo;
mod examples;
mod expect;
mod explain;
mod format;
mod github;
mod harness;
mod json;
mod json_suite;
mod jsonpath;
mod limits;
mod mask;
mod naughty;
mod newcomers;
mod probe;
mod proxies;
mod reference;
mod robust;
mod run;
mod sarif;
mod schema_values;
mod shapes;
mod stores;
mod suite;
mod tidy;
mod webhooks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use harness::{Options, Test};

fn main() -> ExitCode {
    let options = Options::from_args(std::env::args().skip(1));
    let mut tests: Vec<Test> = Vec::new();
    let mut problems: Vec<String> = Vec::new();
    suite::collect(&mut tests, &mut problems);
    explain::collect(&mut tests);
    tidy::collect(&mut tests);
    cli::collect(&mut tests, &mut problems);
    reference::collect(&mut tests);
    newcomers::collect(&mut tests);
    bad_input::collect(&mut tests);
    proxies::collect(&mut tests);
    examples::collect(&mut tests, &mut problems);
    github::collect(&mut tests);
    schema_values::collect(&mut tests);
    webhooks::collect(&mut tests);
    jsonpath::collect(&mut tests);
    cron::collect(&mut tests);
    json_suite::collect(&mut tests);
    naughty::collect(&mut tests);
    robust::collect(&mut tests);
    limits::collect(&mut tests);
    disturbed::collect(&mut tests);
    attack::collect(&mut tests);
    stores::collect(&mut tests);
    border::collect(&mut tests);
    sarif::collect(&mut tests);
    shapes::collect(&mut tests);
    format::collect(&mut tests);
    tidy::collect_rules(&mut tests);
    for problem in problems {
        let name = format!("format {}", problem.lines().next().unwrap_or_default());
        tests.push(Test::new(name, move |_| Err(problem.clone())));
    }
    harness::run(tests, &options)
}

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// All files below a folder whose name ends in `.EXTENSION`, sorted; build folders are left out.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            let name = name.unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path below the root, as it is shown.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
