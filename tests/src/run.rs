//! Runs the cases of the stage `run` on every scheduler.

use std::path::PathBuf;

use serde_json::Value;

use crate::bless;
use crate::case::{Case, Expectation};
use crate::drive::{DoesNotCompile, Job, Ran, Ready, Schedule, Sources};
use crate::expect::{self, Actual};
use crate::harness::{Context, Outcome};
use crate::json::difference;
use crate::mask::mask;

/// Compiles the case's program, runs it everywhere and compares.
pub(crate) fn run(case: &Case, context: &Context) -> Outcome {
    let folder = Folder::new(&case.full_name())?;
    let job = job(case, &folder)?;
    let ready = Ready::new(&job).map_err(|DoesNotCompile(diagnostics, sources)| {
        let told = diagnostics.iter().map(|d| Actual::new(d, &sources));
        told.map(|a| expect::unexpected(case, &a)).collect::<Vec<_>>().join("\n")
    })?;
    let told: Vec<Actual> =
        ready.diagnostics.iter().map(|d| Actual::new(d, ready.sources())).collect();
    let counts = case.files.iter().flat_map(|f| &f.expected).any(|e| e.severity.is_some());
    if counts && let Some(report) = expect::compare(case, &told) {
        if !context.blesses() {
            return Err(report);
        }
        bless::diagnostics(case, &told, context);
        return Ok(());
    }
    let seeds = match case.option("schedules") {
        // The serial scheduler waits for one call at a time, so calls can't wait for each other.
        Some("workers") => 0,
        _ => context.seeds,
    };
    let first = everywhere(&ready, &known(case), seeds)?;
    match compare(case, &first, context) {
        None => Ok(()),
        Some(_) if context.blesses() => {
            bless_run(case, &first, context);
            Ok(())
        }
        Some(report) => Err(report),
    }
}

/// Runs on every scheduler; all must give the same, which is returned with ids and times masked.
///
/// # Errors
/// Two schedulers differ, or a run could not be tried.
pub(crate) fn everywhere(ready: &Ready<'_>, known: &str, seeds: u64) -> Result<Ran, String> {
    same(Schedule::all(seeds), known, |schedule| ready.run(schedule))
}

/// The same of these schedules and any way to run on one.
///
/// # Errors
/// Two schedules differ, or a run could not be tried.
pub(crate) fn same(
    schedules: impl Iterator<Item = Schedule>,
    known: &str,
    run: impl Fn(Schedule) -> Result<Ran, String>,
) -> Result<Ran, String> {
    let mut first: Option<(Ran, Value)> = None;
    for schedule in schedules {
        let mut ran = run(schedule)?;
        let mut all = summary(&ran);
        mask(&mut all, known);
        let mut take = |key: &str| all.get_mut(key).map(Value::take).unwrap_or_default();
        (ran.result, ran.variables) = (take("result"), take("variables"));
        ran.steps = take("steps");
        let mut all = summary(&ran);
        mask(&mut all, known);
        match &first {
            None => first = Some((ran, all)),
            Some((_, expected)) => {
                if let Some(found) = difference(expected, &all, false) {
                    return Err(format!("{schedule:?} differs from 1 worker: {found}"));
                }
            }
        }
    }
    first.map(|(ran, _)| ran).ok_or_else(|| "nothing ran".to_owned())
}

/// All that must be the same on every scheduler.
fn summary(ran: &Ran) -> Value {
    let failure = ran.failure.as_ref().map(|d| {
        let at = Actual::new(d, &ran.sources);
        serde_json::json!({
            "code": d.code.id, "message": d.message, "line": at.line,
            "columns": at.columns.to_string(),
            "labels": d.labels.iter().map(|l| l.message.clone()).collect::<Vec<_>>(),
        })
    });
    serde_json::json!({
        "status": ran.status, "failure": failure,
        "result": ran.result, "variables": ran.variables, "steps": ran.steps,
    })
}

fn compare(case: &Case, ran: &Ran, context: &Context) -> Option<String> {
    let mut report = Vec::new();
    match (case.failure(), &ran.failure) {
        (None, Some(failure)) => {
            let actual = Actual::new(failure, &ran.sources);
            report.push(format!("the run failed: {}", expect::unexpected(case, &actual)));
        }
        (Some((_, expected)), None) => {
            report.push(format!("the run did not fail: {}", expected.comment()));
        }
        (Some((file, expected)), Some(failure)) => {
            let actual = Actual::new(failure, &ran.sources);
            let place_fits = expected.columns.is_none() || actual.fits(&file.name, expected);
            let fits = expect::fits_code(failure.code.id, &expected.code)
                && actual.says(&expected.fragment);
            let wild = context.blesses() && expected.code.contains('?');
            if !place_fits || !fits || wild {
                let found = expect::unexpected(case, &actual);
                report.push(format!("the run failed differently\n{found}"));
            }
        }
        (None, None) => {}
    }
    if case.failure().is_none() && case.option("result").is_none() {
        report.push(format!("no result is expected; it was {}", ran.result));
    }
    for (key, actual, partial) in [
        ("result", &ran.result, false),
        ("variables", &ran.variables, false),
        ("steps", &ran.steps, true),
    ] {
        match case.json(key) {
            Ok(None) => {}
            Ok(Some(expected)) => {
                let found = difference(&expected, actual, partial);
                report.extend(found.map(|found| format!("{key}: {found}\n    all: {actual}")));
            }
            Err(problem) => report.push(problem),
        }
    }
    if report.is_empty() { None } else { Some(report.join("\n")) }
}

fn bless_run(case: &Case, ran: &Ran, context: &Context) {
    match (&ran.failure, case.failure()) {
        (Some(failure), expected) => {
            let actual = Actual::new(failure, &ran.sources);
            let has_place = expected.is_none_or(|(_, e): (_, &Expectation)| e.columns.is_some());
            if has_place {
                bless::failure(case, &actual, context);
            }
            return;
        }
        (None, Some(_)) => return,
        (None, None) => {}
    }
    for (key, actual) in
        [("result", &ran.result), ("variables", &ran.variables), ("steps", &ran.steps)]
    {
        let expected = case.json(key).ok().flatten();
        let wanted = expected.is_some() || key == "result";
        let partial = key == "steps";
        let differs = expected.is_none_or(|e| difference(&e, actual, partial).is_some());
        if wanted && differs {
            bless::option(case, key, &actual.to_string(), context);
        }
    }
}

/// What the case says, as a job. Recorded answers are a file of the case.
///
/// # Errors
/// There is no such file, or it can't be written.
pub(crate) fn job(case: &Case, folder: &Folder) -> Result<Job, String> {
    let replay = case.option("http").map(|name| {
        let file = case.files.iter().find(|f| f.name == name);
        let file = file.ok_or_else(|| format!("option `http`: no file `{name}`"))?;
        folder.write(name, &file.text)
    });
    let arguments = case.option("args").unwrap_or_default().split_whitespace();
    let arguments = arguments.filter_map(|arg| arg.split_once('='));
    Ok(Job {
        sources: Sources::of(case),
        workflow: case.option("workflow").map(str::to_owned),
        on: case.option("on").map(str::to_owned),
        trigger: case.option("trigger").map(str::to_owned),
        arguments: arguments.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        config: case.option("config").map(str::to_owned),
        load: case.option("load").map(str::to_owned),
        replay: replay.transpose()?,
    })
}

/// Everything that ids and times may be known from.
fn known(case: &Case) -> String {
    let mut text = String::new();
    for option in &case.options {
        text.push_str(&option.value);
    }
    for file in &case.files {
        let lines = file.text.lines().filter(|line| !line.starts_with("// "));
        lines.for_each(|line| text.push_str(line));
    }
    text
}

/// A folder that is gone when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A folder for the test of this name.
    ///
    /// # Errors
    /// It can't be made.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let path = std::env::temp_dir().join(format!("wf-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(Self(path))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }

    /// Writes a file in it.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        let parent = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        parent
            .and_then(|()| std::fs::write(&path, text))
            .map_err(|e| format!("{}: {e}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
