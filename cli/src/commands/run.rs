//! `wf run`: runs a workflow and says what came of it.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Arc;

use serde_json::{Value, json};
use wf_diagnostics::codes::{nodes, runs};
use wf_diagnostics::render::{RenderOptions, render};
use wf_diagnostics::{Diagnostic, SourceMap, json::diagnostic_json};
use wf_engine::{
    Engine, FileAccess, Http, HttpPolicy, Profile, Program, RunOptions, RunReport, Status,
    UnusedRecording,
};

use crate::args::{Format, HttpTape, RunArgs};
use crate::commands::entities;
use crate::commands::input::{Unread, read, read_input};
use crate::commands::program::{Told, load};
use crate::commands::progress::Progress;
use crate::exit::Exit;
use crate::output::write_diagnostics;

/// How many steps and lines a profile shows.
const PROFILE_ROWS: usize = 15;

/// Runs a workflow. The result goes to `out`, all else to `err`.
pub fn run(
    args: &RunArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let given = match read_inputs(args) {
        Ok(given) => given,
        Err(Unread::Unusable(problem)) => {
            return tell_problem(&problem, args.format, out, err);
        }
        Err(Unread::Usage(problem)) => {
            writeln!(err, "error: {problem}")?;
            return Ok(Exit::Usage);
        }
    };
    let is_human = args.format != Format::Json;
    let progress = Progress::new(is_human && io::stderr().is_terminal(), is_human);
    let profile = args.profile.is_some().then(|| Arc::new(Profile::new()));
    let engine = match engine(args, &progress, profile.as_ref()) {
        Ok(engine) => engine,
        Err(problem) => return tell_problem(&problem.to_string(), args.format, out, err),
    };
    let mut told = Told { out, err, format: args.format, options };
    let (program, sources) = match load(&engine, &args.file, &mut told)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    progress.set_program(program.clone());
    if let Some(rows) = &given.rows
        && let Err(problem) = engine.load_entities(&program, rows)
    {
        let problem = format!("the entities can't be loaded: {problem}");
        return tell_problem(&problem, args.format, out, err);
    }
    match engine.run(&program, given.options) {
        Ok(report) => {
            let mut exit = tell_report(&report, &sources, args.format, out, err, options)?;
            if let Some(profile) = profile {
                exit = tell_profile(&profile, &program, args, err)?.unwrap_or(exit);
            }
            // Of a run that failed it is no wonder that not all was asked for.
            match report.status {
                Status::Complete => {
                    tell_unused(&engine, args, err).map(|unused| unused.unwrap_or(exit))
                }
                _ => Ok(exit),
            }
        }
        Err(start) => {
            let usage = [&runs::UNKNOWN_WORKFLOW, &nodes::UNKNOWN_TRIGGER];
            let is_usage = start.diagnostics.iter().all(|d| usage.contains(&d.code));
            tell_start(&start.diagnostics, &sources, args.format, out, err, options)?;
            Ok(if is_usage { Exit::Usage } else { Exit::Failed })
        }
    }
}

/// What the files named on the command line hold.
struct Given {
    options: RunOptions,
    rows: Option<String>,
}

fn read_inputs(args: &RunArgs) -> Result<Given, Unread> {
    let trigger = args.trigger.as_ref().map(read_input).transpose()?;
    let config = args.config.as_deref().map(read).transpose()?;
    let rows = args.load.as_deref().map(read).transpose()?;
    let pairs = args.arguments.iter().map(|a| (a.name.clone(), a.value.clone()));
    let arguments = pairs.collect();
    let (workflow, on) = (args.workflow.clone(), args.on.clone());
    Ok(Given {
        options: RunOptions { workflow, on, trigger, arguments, config, ..RunOptions::default() },
        rows,
    })
}

fn engine(
    args: &RunArgs,
    progress: &Arc<Progress>,
    profile: Option<&Arc<Profile>>,
) -> Result<Engine, wf_engine::EngineError> {
    let observer = progress.clone();
    let mut builder = Engine::builder().observer(move |event| observer.observe(event));
    if let Some(profile) = profile {
        builder = builder.profile(profile);
    }
    if let Some(workers) = args.workers {
        builder = builder.workers(usize::from(workers.get()));
    }
    if let Some(seed) = args.serial {
        builder = builder.serial(seed);
    }
    if let Some(at) = &args.entities {
        builder = builder.entities(entities::open(at)?);
    }
    builder = match &args.http {
        None => builder,
        Some(HttpTape::Record(path)) => builder.http(Http::Record(path.clone())),
        Some(HttpTape::Replay(path)) => builder.http(Http::Replay(path.clone())),
    };
    builder = builder
        .files(FileAccess { read: args.allow_read.clone(), write: args.allow_write.clone() });
    for program in &args.allow_process {
        builder = builder.program(program);
    }
    builder.limits(args.limits.limits()).http_policy(http_policy(args)).build()
}

fn http_policy(args: &RunArgs) -> HttpPolicy {
    let mut policy = HttpPolicy::new().answer_limit(args.limits.answer_limit());
    if args.deny_private {
        policy = policy.deny_private();
    }
    for host in &args.allow_host {
        policy = policy.allow_host(host.clone());
    }
    match &args.proxy {
        Some(proxy) => policy.proxy(proxy.clone()),
        None => policy,
    }
}

/// Tells where the time went, and writes the trace.
fn tell_profile(
    profile: &Profile,
    program: &Program,
    args: &RunArgs,
    err: &mut impl Write,
) -> io::Result<Option<Exit>> {
    write!(err, "{}", profile.report(program).to_text(PROFILE_ROWS))?;
    let Some(Some(path)) = &args.profile else { return Ok(None) };
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        profile.write_trace(program, &mut file)?;
        file.flush()
    });
    if let Err(problem) = written {
        writeln!(err, "error: `{}` can't be written: {problem}", path.display())?;
        return Ok(Some(Exit::Failed));
    }
    writeln!(err, "\nthe trace is in `{}`: open it at https://ui.perfetto.dev", path.display())?;
    Ok(None)
}

/// Tells of recorded exchanges that nothing asked for; those that the file requires make it a failure.
fn tell_unused(engine: &Engine, args: &RunArgs, err: &mut impl Write) -> io::Result<Option<Exit>> {
    let Some(HttpTape::Replay(file)) = &args.http else { return Ok(None) };
    let (required, others): (Vec<_>, Vec<_>) =
        engine.unused_recordings().into_iter().partition(|unused| unused.required);
    for (kind, unused) in [("warning", &others), ("error", &required)] {
        let Some(first) = unused.first() else { continue };
        let more = match unused.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        let UnusedRecording { entry, request, answered, times, .. } = first;
        let often = match (answered, times) {
            (0, 1) => String::new(),
            _ => format!(", {answered} of {times} times"),
        };
        let file = file.display();
        writeln!(
            err,
            "{kind}: not all of `{file}` was asked for: entry {entry}, {request}{often}{more}"
        )?;
    }
    Ok((!required.is_empty()).then_some(Exit::Failed))
}

fn tell_report(
    report: &RunReport,
    sources: &SourceMap,
    format: Format,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    match format {
        Format::Json => writeln!(out, "{}", report.to_json(sources)?)?,
        Format::Human | Format::Sarif | Format::Github => {
            if let Some(diagnostic) = report.diagnostic() {
                let told = std::slice::from_ref(diagnostic);
                match format.is_for_programs() {
                    true => write_diagnostics(out, told, sources, format, options)?,
                    false => write!(err, "{}", render(told, sources, options))?,
                }
            } else {
                writeln!(out, "{}", report.result_text())?;
            }
        }
    }
    Ok(if report.status == Status::Complete { Exit::Good } else { Exit::Failed })
}

/// A run that could not start for what lies outside of the program.
fn tell_problem(
    problem: &str,
    format: Format,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    match format {
        Format::Human | Format::Sarif | Format::Github => writeln!(err, "error: {problem}")?,
        Format::Json => writeln!(out, "{}", not_started("NotStarted", problem, &[]))?,
    }
    Ok(Exit::Failed)
}

/// A run that could not start, told by diagnostics.
fn tell_start(
    diagnostics: &[Diagnostic],
    sources: &SourceMap,
    format: Format,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<()> {
    match format {
        Format::Human => return write!(err, "{}", render(diagnostics, sources, options)),
        Format::Sarif | Format::Github => {
            return write_diagnostics(out, diagnostics, sources, format, options);
        }
        Format::Json => {}
    }
    let told: Vec<_> = diagnostics.iter().map(|d| diagnostic_json(d, sources)).collect();
    let first = diagnostics.first();
    let (code, message) = first.map_or(("", ""), |d| (d.code.id, d.message.as_str()));
    writeln!(out, "{}", not_started(code, message, &told))
}

/// The report on a run that could not start: it has no id and no store.
fn not_started(code: &str, message: &str, told: &[Value]) -> Value {
    json!({
        "run": { "id": null, "workflow": null, "trigger": null, "startedAt": null, "finishedAt": null },
        "status": "Failed",
        "result": null,
        "error": {
            "code": code,
            "message": message,
            "step": null,
            "attempts": 0,
            "statusCode": null,
            "details": null,
            "loops": [],
            "diagnostic": told.first(),
            "diagnostics": told,
        },
        "store": { "trigger": null, "steps": {}, "variables": {} },
    })
}
