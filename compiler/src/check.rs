//! From the syntax trees of all files to the typed tree, with everything that is wrong on the way.

mod body;
pub(crate) mod expr;
pub(crate) mod expression;
mod flow;
pub(crate) mod globals;
pub(crate) mod hints;
pub(crate) mod items;
mod names;
mod outline;
mod stmt;
pub(crate) mod types;

#[cfg(test)]
mod tests;

use wf_diagnostics::{Diagnostic, Diagnostics, SourceMap};
use wf_types::Registry;

use self::hints::{allow, quiet};
use self::items::bodies::Bodies;
use self::items::{attribute, declared, functions, order, workflow};
use self::types::instantiate;
use crate::load::{Loaded, Loader, load};
use crate::resolve::scope::unused;
use crate::room::with_room;
use crate::schema;
use crate::text;
use crate::typed;

/// What comes of checking a program.
#[derive(Debug)]
pub struct Checked {
    /// The program, where nothing is wrong with it but warnings and it was asked for.
    pub program: Option<typed::Program>,
    /// All that is wrong, of all files, in the order of the files and of the places in them.
    pub diagnostics: Diagnostics,
    /// The texts of all files.
    pub sources: SourceMap,
}

/// Checks the program of some files and all that they use. Everything that is wrong in all of
/// them is told in one run, syntax errors included; what could be read is checked all the same.
pub fn check(entry_paths: &[&str], loader: &dyn Loader, registry: &Registry) -> Checked {
    with_room(|| check_program(entry_paths, loader, registry, true))
}

/// Tells what is wrong with the program of some files and all that they use, as [`check`] does, and
/// keeps nothing of the program: what a large one needs is little more than its syntax trees.
pub fn diagnose(entry_paths: &[&str], loader: &dyn Loader, registry: &Registry) -> Checked {
    let checked = with_room(|| check_program(entry_paths, loader, registry, false));
    Checked { program: None, ..checked }
}

fn check_program(
    entry_paths: &[&str],
    loader: &dyn Loader,
    registry: &Registry,
    wanted: bool,
) -> Checked {
    let Loaded { mut units, mut sources, mut diagnostics } = load(entry_paths, loader);
    let schemas = schema::load(&units, loader, &mut sources, &mut diagnostics);
    let texts = text::load(&units, entry_paths, loader, &mut sources, &mut diagnostics);
    let mut bodies = Bodies::take(&mut units);
    let program = {
        let mut globals = items::declare(registry, &units, &schemas, &sources, &mut diagnostics);
        globals.texts = texts;
        let mut stmts = Vec::new();
        let entities = attribute::with_defaults(&globals, &mut diagnostics);
        let config = functions::check_config(&globals, &mut diagnostics);
        // What generic functions are called with is found in the bodies of all.
        let wanted = wanted || globals.fns.iter().any(|function| function.generic.is_some());
        let mut functions = Vec::with_capacity(globals.fns.len());
        for (index, body) in std::mem::take(&mut bodies.functions).into_iter().enumerate() {
            let checked = functions::check_function(&globals, index, body.as_ref());
            diagnostics.extend(checked.out);
            stmts.extend(checked.stmts);
            functions.extend(wanted.then_some(checked.typed));
        }
        instantiate::check_growth(&globals.defs, &mut functions, &mut diagnostics);
        let mut workflows: Vec<Option<typed::Workflow>> = vec![None; globals.workflows.len()];
        for index in order::order(&globals, &bodies.workflows, &mut diagnostics) {
            let body = std::mem::take(&mut bodies.workflows[index]);
            let checked = workflow::check_workflow(&globals, index, &body);
            diagnostics.extend(checked.out);
            stmts.extend(checked.stmts);
            workflows[index] = checked.typed.filter(|_| wanted);
        }
        quiet::quiet(&units, &sources, &mut diagnostics);
        quiet::missing_names(&globals, &mut diagnostics);
        unused(&units, &globals.scopes, &mut diagnostics);
        allow::apply(&units, &sources, &stmts, &mut diagnostics);
        let workflows: Option<Vec<typed::Workflow>> = workflows.into_iter().collect();
        let fine = wanted && !diagnostics.iter().any(Diagnostic::is_error);
        let declarations = if fine { declared::declarations(&globals) } else { <_>::default() };
        let program = workflows.filter(|_| fine).map(|workflows| typed::Program {
            defs: globals.defs,
            failure: globals.failure,
            entities,
            config,
            functions,
            workflows,
            signatures: typed::Signatures::of(registry),
            declarations,
        });
        program.and_then(|mut program| {
            let told = diagnostics.len();
            instantiate::instantiate(&mut program, &mut diagnostics);
            (diagnostics.len() == told).then_some(program)
        })
    };
    diagnostics.sort_by_key(|d| (d.span.file, d.span.start, d.span.end));
    // A text that several steps fill in is checked with the values of each.
    diagnostics.dedup_by(|a, b| a.code == b.code && a.span == b.span && a.message == b.message);
    Checked { program, diagnostics, sources }
}
