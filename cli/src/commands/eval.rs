//! `wf eval`: the value of an expression over a snapshot of a store.

use std::io::{self, Write};

use wf_diagnostics::render::{RenderOptions, render};
use wf_engine::{Engine, Evaluation, Snapshot, SnapshotError, query};

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
    match evaluate(args) {
        Ok(evaluation) => tell(&evaluation, args.format, out, err, options),
        Err((exit, problem)) => {
            writeln!(err, "error: {problem}")?;
            Ok(exit)
        }
    }
}

fn evaluate(args: &EvalArgs) -> Result<Evaluation, (Exit, String)> {
    let is_query = args.expression.starts_with('$');
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
    let unreadable =
        |what: &str, e: SnapshotError| (Exit::Failed, format!("the {what} can't be read: {e}"));
    let store = args.store.as_ref().map(text).transpose()?;
    // A query reads any document, a store or not.
    if let (true, Some(document), None) = (is_query, &store, &args.trigger) {
        return query(&args.expression, document).map_err(|e| unreadable("store", e));
    }
    let mut snapshot = match &store {
        Some(store) => Snapshot::parse(store).map_err(|e| unreadable("store", e))?,
        None => Snapshot::default(),
    };
    if let Some(input) = &args.trigger {
        snapshot.set_trigger(&text(input)?).map_err(|e| unreadable("trigger", e))?;
    }
    let fail = |problem: String| (Exit::Failed, problem);
    if is_query {
        return query(&args.expression, &snapshot.to_json()).map_err(|e| fail(e.to_string()));
    }
    let engine = Engine::builder().serial(0).build().map_err(|e| fail(e.to_string()))?;
    engine.evaluate(&args.expression, &snapshot).map_err(|e| fail(e.to_string()))
}

fn tell(
    evaluation: &Evaluation,
    format: Format,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let (told, sources) = (&evaluation.diagnostics, &evaluation.sources);
    if format == Format::Human {
        if evaluation.failed {
            write!(err, "{}", render(told, sources, options))?;
        } else {
            write_diagnostics(err, told, sources, format, options)?;
        }
        if let Some(value) = evaluation.value_text() {
            writeln!(out, "{value}")?;
        }
    } else if let Some(value) = &evaluation.value {
        writeln!(out, "{value}")?;
    } else {
        write_diagnostics(out, told, sources, format, options)?;
    }
    Ok(match (&evaluation.value, evaluation.failed) {
        (Some(_), _) => Exit::Good,
        (None, true) => Exit::Failed,
        (None, false) => Exit::Errors,
    })
}
