//! `wf check`: all errors and warnings of all files.

use std::io::{self, Write};

use crate::args::{CheckArgs, Format};
use crate::commands::plain_engine;
use crate::commands::queries::write_queries;
use crate::exit::Exit;
use crate::output::write_diagnostics;
use crate::sources::Disk;
use wf_diagnostics::render::RenderOptions;

/// Checks the files and writes what is wrong: for people on `err`, for programs on `out`.
pub fn check(
    args: &CheckArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let engine = match plain_engine(err)? {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let disk = Disk::new();
    let names: Vec<String> = args.files.iter().map(|file| disk.open(file)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let checked = match args.explain_queries {
        true => engine.check(&names, &disk),
        false => engine.diagnose(&names, &disk),
    };
    if args.format.is_for_programs() {
        write_diagnostics(out, &checked.diagnostics, &checked.sources, args.format, options)?;
    } else {
        write_diagnostics(err, &checked.diagnostics, &checked.sources, args.format, options)?;
    }
    if args.explain_queries {
        write_queries(out, &checked, args.format == Format::Json)?;
    }
    let has_errors = checked.diagnostics.iter().any(wf_engine::Diagnostic::is_error);
    Ok(match has_errors {
        false => Exit::Good,
        true if names.iter().all(|name| disk.can_open(name)) => Exit::Errors,
        true => Exit::Usage,
    })
}
