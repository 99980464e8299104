//! From the syntax trees of all files to the typed tree, with everything that is wrong on the way.

mod allow;
mod body;
mod branch;
mod call;
mod chain;
mod compare;
pub(crate) mod declared;
mod expr;
pub(crate) mod expression;
mod flow;
pub(crate) mod functions;
pub(crate) mod globals;
pub(crate) mod items;
mod lambda;
mod literal;
mod loops;
mod narrow;
mod operator;
mod order;
mod outline;
mod parallel;
mod pattern;
mod policy;
mod recast;
pub(crate) mod record;
pub(crate) mod relate;
mod schedule;
pub(crate) mod secret;
mod show;
mod step;
mod stmt;
mod store_path;
pub(crate) mod suggest;
mod template;
mod trigger;
mod unify;
mod unused;
mod variables;
mod why_not;
mod workflow;

#[cfg(test)]
mod tests;

use wf_diagnostics::codes::{files, names, types, warnings};
use wf_diagnostics::{Diagnostic, Diagnostics, SourceMap};
use wf_types::Registry;

use crate::load::{Loaded, Loader, load};
use crate::typed;

/// What comes of checking a program.
#[derive(Debug)]
pub struct Checked {
    /// The program, where nothing is wrong with it but warnings.
    pub program: Option<typed::Program>,
    /// All that is wrong, of all files, in the order of the files and of the places in them.
    pub diagnostics: Diagnostics,
    /// The texts of all files.
    pub sources: SourceMap,
}

/// Checks the program of some files and all that they use. Everything that is wrong in all of
/// them is told in one run, syntax errors included; what could be read is checked all the same.
pub fn check(entry_paths: &[&str], loader: &dyn Loader, registry: &Registry) -> Checked {
    let Loaded { units, sources, mut diagnostics } = load(entry_paths, loader);
    let program = {
        let globals = items::declare(registry, &units, &sources, &mut diagnostics);
        let mut stmts = Vec::new();
        let config = functions::check_config(&globals, &mut diagnostics);
        let mut functions = Vec::with_capacity(globals.fns.len());
        for index in 0..globals.fns.len() {
            let checked = functions::check_function(&globals, index);
            diagnostics.extend(checked.out);
            stmts.extend(checked.stmts);
            functions.push(checked.typed);
        }
        let mut workflows: Vec<Option<typed::Workflow>> = vec![None; globals.workflows.len()];
        for index in order::order(&globals, &mut diagnostics) {
            let checked = workflow::check_workflow(&globals, index);
            diagnostics.extend(checked.out);
            stmts.extend(checked.stmts);
            workflows[index] = checked.typed;
        }
        quiet_broken_files(&mut diagnostics);
        quiet_missing_files(&mut diagnostics);
        allow::apply(&units, &sources, &stmts, &mut diagnostics);
        let workflows: Option<Vec<typed::Workflow>> = workflows.into_iter().collect();
        let fine = !diagnostics.iter().any(Diagnostic::is_error);
        let declarations = if fine { declared::declarations(&globals) } else { <_>::default() };
        workflows.filter(|_| fine).map(|workflows| typed::Program {
            defs: globals.defs,
            failure: globals.failure,
            entities: globals.entities,
            config,
            functions,
            workflows,
            signatures: typed::Signatures::of(registry),
            declarations,
        })
    };
    diagnostics.sort_by_key(|d| (d.span.file, d.span.start, d.span.end));
    Checked { program, diagnostics, sources }
}

/// Where a file that is used can't be read, nothing is said about names that may be declared in it.
fn quiet_missing_files(diagnostics: &mut Diagnostics) {
    let users: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.code == &files::FILE_NOT_FOUND)
        .map(|d| d.span.file)
        .collect();
    diagnostics.retain(|d| {
        let unknown = [
            &names::UNKNOWN_TYPE,
            &names::UNKNOWN_FUNCTION,
            &names::UNKNOWN_ENTITY,
            &names::UNKNOWN_WORKFLOW,
        ];
        !(unknown.contains(&d.code) && users.contains(&d.span.file))
    });
}

/// In a file with syntax errors nothing is said about what nobody reads and where a `return` is
/// missing: it may stand in what could not be read.
fn quiet_broken_files(diagnostics: &mut Diagnostics) {
    let broken: Vec<_> = diagnostics
        .iter()
        .filter(|d| d.is_error() && d.code.id.starts_with("WF00"))
        .map(|d| d.span.file)
        .collect();
    diagnostics.retain(|d| {
        let follows = [
            &warnings::UNUSED_STEP,
            &warnings::UNUSED_VARIABLE,
            &warnings::UNUSED_LET,
            &types::MISSING_RETURN,
        ];
        !(follows.contains(&d.code) && broken.contains(&d.span.file))
    });
}
