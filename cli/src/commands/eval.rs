//! `wf eval`: the value of an expression over a snapshot of a store.

use std::io::{self, Write};

use wf_diagnostics::render::{RenderOptions, render};
use wf_engine::{Engine, Evaluation, Snapshot, Status};

use crate::args::{EvalArgs, Format, Input};
use crate::commands::input::{Unread, read_input};
use crate::exit::Exit;
use crate::output::write_diagnostics;

/// Evaluates the expression. Its value goes to `out`, as JSON in both formats; all else to `err`.
pub fn eval(
    args: &EvalArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let snapshot = match snapshot(args) {
        Ok(snapshot) => snapshot,
        Err((exit, problem)) => {
            writeln!(err, "error: {problem}")?;
            return Ok(exit);
        }
    };
    let evaluated = match Engine::builder().serial(0).build() {
        Ok(engine) => engine.evaluate(&args.expression, &snapshot).map_err(|e| e.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match evaluated {
        Ok(evaluation) => tell(&evaluation, args.format, out, err, options),
        Err(problem) => {
            writeln!(err, "error: {problem}")?;
            Ok(Exit::Failed)
        }
    }
}

fn snapshot(args: &EvalArgs) -> Result<Snapshot, (Exit, String)> {
    if args.store == Some(Input::Stdin) && args.trigger == Some(Input::Stdin) {
        let problem = "standard input can be the store or the trigger, not both";
        return Err((Exit::Usage, problem.to_owned()));
    }
    let text = |input: &Input| {
        read_input(input).map_err(|unread| match unread {
            Unread::Usage(problem) => (Exit::Usage, problem),
            Unread::Unusable(problem) => (Exit::Failed, problem),
        })
    };
    let mut snapshot = match &args.store {
        Some(input) => Snapshot::parse(&text(input)?)
            .map_err(|e| (Exit::Failed, format!("the store can't be read: {e}")))?,
        None => Snapshot::default(),
    };
    if let Some(input) = &args.trigger {
        snapshot
            .set_trigger(&text(input)?)
            .map_err(|e| (Exit::Failed, format!("the trigger can't be read: {e}")))?;
    }
    Ok(snapshot)
}

fn tell(
    evaluation: &Evaluation,
    format: Format,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let compiled = &evaluation.compiled;
    let (told, sources) = (&compiled.diagnostics, &compiled.sources);
    if format == Format::Human {
        write_diagnostics(err, told, sources, format, options)?;
    } else if evaluation.outcome.is_none() {
        write_diagnostics(out, told, sources, format, options)?;
    }
    let failed = match &evaluation.outcome {
        None => return Ok(Exit::Errors),
        Some(Ok(report)) if report.status == Status::Complete => {
            match format {
                Format::Human => writeln!(out, "{}", report.result_text())?,
                _ => writeln!(out, "{}", report.result_json())?,
            }
            return Ok(Exit::Good);
        }
        Some(Ok(report)) => report.diagnostic().map(std::slice::from_ref).unwrap_or_default(),
        Some(Err(start)) => &start.diagnostics,
    };
    match format {
        Format::Human => write!(err, "{}", render(failed, sources, options))?,
        _ => write_diagnostics(out, failed, sources, format, options)?,
    }
    Ok(Exit::Failed)
}
