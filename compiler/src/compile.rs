//! The whole way: files in, a program out.

use wf_bytecode::Program;
use wf_diagnostics::{Diagnostics, SourceMap};
use wf_types::Registry;

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
    let checked = check(entries, loader, registry);
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
