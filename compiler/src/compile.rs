//! The whole way: files in, a program out.

use smol_str::SmolStr;
use wf_bytecode::Program;
use wf_diagnostics::{Diagnostics, SourceMap};
use wf_types::{Registry, Type};

use crate::check::Checked;
use crate::check::expression::check_expression;
use crate::room::with_room;
use crate::{Loader, check, emit};

/// What came of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The program; `None` where there are errors.
    pub program: Option<Program>,
    /// All errors and warnings of all files.
    pub diagnostics: Diagnostics,
    /// The files that were read: what the diagnostics point into.
    pub sources: SourceMap,
}

/// Checks files and what they use, and emits the program where there are no errors.
pub fn compile(entries: &[&str], loader: &dyn Loader, registry: &Registry) -> Compiled {
    with_room(|| emitted(check(entries, loader, registry)))
}

/// Compiles an expression over values given for the roots of the data store (`steps`, `trigger`,
/// …), each with its name and type. The program has one workflow with a function trigger: its
/// arguments are the roots, its result is the value. `name` is shown in diagnostics as the file.
pub fn compile_expression(
    name: &str,
    text: &str,
    roots: &[(SmolStr, Type)],
    registry: &Registry,
) -> Compiled {
    emitted(check_expression(name, text, roots, registry))
}

fn emitted(checked: Checked) -> Compiled {
    let (mut diagnostics, sources) = (checked.diagnostics, checked.sources);
    let program = checked.program.and_then(|typed| match emit::emit(&typed, &sources) {
        Ok(program) => Some(program),
        Err(problems) => {
            diagnostics.extend(problems);
            None
        }
    });
    Compiled { program, diagnostics, sources }
}
