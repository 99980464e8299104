//! Runs the programs of `examples/` on every scheduler and compares with their `expected.json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::binary;
use crate::bless::Edit;
use crate::drive::{DoesNotCompile, Job, Ran, Ready, Sources};
use crate::harness::{Context, Outcome, Test};
use crate::json::difference;
use crate::{files_below, root, run, shown};

/// Adds a test for each example.
pub(crate) fn collect(tests: &mut Vec<Test>, problems: &mut Vec<String>) {
    let examples = folders();
    if examples.len() < 8 {
        problems.push(format!("there are only {} examples", examples.len()));
    }
    for folder in examples {
        let checks = folders_in(&folder.join("checks"));
        if checks.is_empty() {
            let data = folder.clone();
            tests.push(Test::new(shown(&folder), move |context| example(&folder, &data, context)));
            continue;
        }
        for data in checks {
            let folder = folder.clone();
            tests.push(Test::new(shown(&data), move |context| example(&folder, &data, context)));
        }
    }
    tests.push(Test::new("examples/embed", |_| embed()));
}

/// The folders of all examples.
pub(crate) fn folders() -> Vec<PathBuf> {
    let mains = files_below(&root().join("examples"), "wf");
    let mains = mains.into_iter().filter(|path| path.ends_with("main.wf"));
    mains.filter_map(|main| main.parent().map(Path::to_owned)).collect()
}

/// The folders in a folder, in the order of their names.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_dir()).collect();
    folders.sort();
    folders
}

/// The job that the files of an example's folder describe.
pub(crate) fn job(folder: &Path) -> Result<Job, String> {
    job_of(folder, folder)
}

/// The same where what it is run on is in a folder of its own; what is not there is the example's.
fn job_of(folder: &Path, data: &Path) -> Result<Job, String> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let given = |name: &str| std::fs::read_to_string(data.join(name)).or_else(|_| read(name)).ok();
    let main = read("main.wf").map_err(|e| format!("main.wf: {e}"))?;
    let mut files = vec![("main.wf".to_owned(), main)];
    for path in files_below(folder, "wf") {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        if name != "main.wf" {
            let text = read(&name).map_err(|e| format!("{name}: {e}"))?;
            files.push((name, text));
        }
    }
    let replay = [data.join("http.json"), folder.join("http.json")];
    let replay = replay.into_iter().find(|path| path.exists());
    let option = |name: &str| option(folder, data, name);
    Ok(Job {
        sources: Sources::new(files),
        workflow: option("workflow")?,
        on: option("on")?,
        trigger: given("trigger.json"),
        arguments: Vec::new(),
        config: given("config.json"),
        load: given("load.json"),
        replay,
    })
}

/// What `run.json` says of how to run: `workflow` and `on` as on the command line, and `schedules`, as in the cases.
///
/// # Errors
/// The file is no object of texts, or has other names.
fn option(folder: &Path, data: &Path, name: &str) -> Result<Option<String>, String> {
    let read = |folder: &Path| std::fs::read_to_string(folder.join("run.json"));
    let Ok(text) = read(data).or_else(|_| read(folder)) else {
        return Ok(None);
    };
    let mut options: BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|e| format!("run.json: {e}"))?;
    match options.keys().find(|key| !["workflow", "on", "schedules"].contains(&key.as_str())) {
        Some(key) => Err(format!("run.json: there is no option `{key}`")),
        None => Ok(options.remove(name)),
    }
}

fn example(folder: &Path, data: &Path, context: &Context) -> Outcome {
    let job = job_of(folder, data)?;
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| {
        told.iter().map(|d| format!("{} {}", d.code.id, d.message)).collect::<Vec<_>>().join("\n")
    })?;
    if !ready.diagnostics.is_empty() {
        let told = ready.diagnostics.iter().map(|d| format!("{} {}", d.code.id, d.message));
        return Err(format!("it is not clean:\n{}", told.collect::<Vec<_>>().join("\n")));
    }
    let path = data.join("expected.json");
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let answers = job.replay.as_ref().map(std::fs::read_to_string).transpose();
    let known = job.known() + &answers.map_err(|e| e.to_string())?.unwrap_or_default() + &expected;
    let seeds = match option(folder, data, "schedules")?.as_deref() {
        // The serial scheduler waits for one call at a time, so none can be quicker than another.
        Some("workers") => 0,
        Some(other) => return Err(format!("run.json: there are no schedules `{other}`")),
        None => context.seeds,
    };
    let ran = run::everywhere(&ready, &known, seeds)?;
    let found = outcome(&ran);
    let expected_json: Value = serde_json::from_str(&expected).unwrap_or_default();
    match difference(&expected_json, &found, false) {
        None => Ok(()),
        Some(_) if context.blesses() => {
            let text = serde_json::to_string_pretty(&found).unwrap_or_default();
            if !path.exists() {
                std::fs::write(&path, "").map_err(|e| e.to_string())?;
            }
            let line_count = expected.lines().count();
            context.edit(Edit { path, first_line: 0, line_count, text });
            Ok(())
        }
        Some(problem) => Err(format!("{problem}\nfound: {found}")),
    }
}

fn outcome(ran: &Ran) -> Value {
    let failure = ran.failure.as_ref().map(|d| json!({ "code": d.code.id, "message": d.message }));
    json!({
        "status": ran.status, "failure": failure,
        "result": ran.result, "variables": ran.variables, "steps": ran.steps,
    })
}

/// The programs that embed wf print what their comments promise.
fn embed() -> Outcome {
    binary::binaries()?.embed.iter().try_for_each(|(name, program)| embeds(name, program))
}

fn embeds(name: &str, program: &Path) -> Outcome {
    let done = binary::finish(&mut Command::new(program))?;
    let source = name.trim_start_matches("embed-");
    let source = root().join(format!("examples/embed/src/{source}.rs"));
    let source = std::fs::read_to_string(&source).map_err(|e| e.to_string())?;
    let promised = source
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| line.trim_start_matches("//! "));
    let promised: Vec<&str> = promised.collect();
    let printed: Vec<&str> = done.stdout.lines().collect();
    if done.status == Some(0) && !promised.is_empty() && promised == printed {
        return Ok(());
    }
    Err(format!("{name}: promised {promised:?}, printed {printed:?}\n{}", done.stderr))
}
