//! The emitter: from the typed tree to bytecode, one file per construct.
//!
//! Nothing is checked again here. What can still go wrong is the size of a program: more registers,
//! functions or types than instructions can name.

mod assign;
mod call;
mod closure;
mod coerce;
mod constants;
mod cursor;
mod expr;
mod function;
mod grow;
mod intrinsic;
mod jumps;
mod list;
mod loops;
mod matching;
mod operator;
mod parallel;
mod pipeline;
mod record;
mod registers;
mod step;
mod stmt;
mod template;
#[cfg(test)]
mod tests;
mod text;
mod try_catch;
pub(crate) mod types;
mod union;
mod uses;
mod workflow;
mod writer;

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_bytecode::pushdown::Pushdown;
use wf_bytecode::{
    EntityInfo, Fork, Function, FunctionKind, ShapeIdx, SourceText, SpanTable, StepInfo, TypeIdx,
};
use wf_diagnostics::codes::runs;
use wf_diagnostics::{Code, Diagnostic, Diagnostics, SourceMap, Span};
use wf_types::Type;

use self::constants::Tables;
use self::registers::Kind;
use self::types::Types;
use self::writer::Spare;
use crate::demand::{self, DemandId, Demands};
use crate::room::with_room;
use crate::typed::{self, StepId};

/// The bytecode of a program; the text of its sources goes along, so that failures of runs can
/// show their places.
///
/// # Errors
/// Where the program does not fit the machine: it has more of something than instructions can
/// name, nests too deep, or converts between recursive types.
pub fn emit(
    program: &typed::Program,
    sources: &SourceMap,
) -> Result<wf_bytecode::Program, Diagnostics> {
    with_room(|| emit_program(program, sources))
}

fn emit_program(
    program: &typed::Program,
    sources: &SourceMap,
) -> Result<wf_bytecode::Program, Diagnostics> {
    let mut emitter = Emitter::new(program);
    let mut out = emitter.program();
    emitter.check_sizes();
    if !emitter.errors.is_empty() {
        return Err(emitter.errors);
    }
    out.sources = sources
        .files()
        .map(|(_, file)| SourceText { name: file.name().into(), text: file.text().to_string() })
        .collect();
    out.declarations = program.declarations.clone();
    out.types = emitter.types.finish();
    out.functions = emitter.functions;
    out.steps = emitter.steps;
    out.forks = emitter.forks;
    out.pushdowns = emitter.pushdowns;
    out.pushdowns.sort_by_key(|pushdown| pushdown.function);
    emitter.tables.finish(&mut out);
    let mut entities = std::mem::take(&mut out.entities);
    entities.iter_mut().for_each(|entity| entity.describe(&out));
    out.entities = entities;
    Ok(out)
}

/// What is filled while the functions of a program are written.
struct Emitter<'a> {
    typed: &'a typed::Program,
    tables: Tables,
    types: Types,
    demands: Rc<Demands>,
    functions: Vec<Function>,
    steps: Vec<StepInfo>,
    forks: Vec<Fork>,
    /// What stores can work out of lambdas.
    pushdowns: Vec<Pushdown>,
    errors: Diagnostics,
    /// The numbers of the steps of each workflow.
    step_numbers: FxHashMap<(u16, StepId), Vec<u16>>,
    /// The places in the store of the steps of the workflow that is being written.
    slots: Vec<Option<u16>>,
    /// Lists for the code of functions that are still to be written.
    spare: Vec<Spare>,
}

impl<'a> Emitter<'a> {
    fn new(typed: &'a typed::Program) -> Self {
        let demands = Rc::new(demand::of(typed));
        Self {
            typed,
            tables: Tables::default(),
            types: Types::new(Rc::clone(&demands)),
            demands,
            functions: Vec::with_capacity(typed.functions.len() + typed.workflows.len()),
            steps: Vec::new(),
            forks: Vec::new(),
            pushdowns: Vec::new(),
            errors: Vec::new(),
            step_numbers: FxHashMap::default(),
            slots: Vec::new(),
            spare: Vec::new(),
        }
    }

    fn program(&mut self) -> wf_bytecode::Program {
        let typed = self.typed;
        let mut out = wf_bytecode::Program::default();
        if typed.defs.record(&typed.failure).is_some() {
            out.failure_shape = Some(self.shape(&typed.failure));
        }
        // Functions and workflows have the numbers of the tree, so that calls know them.
        for function in &typed.functions {
            self.reserve(function.name.clone());
        }
        for workflow in &typed.workflows {
            self.reserve(workflow.name.clone());
        }
        out.entities = typed.entities.iter().map(|entity| self.entity(entity)).collect();
        out.config = typed.config.iter().map(|config| self.config(config)).collect();
        for (index, function) in typed.functions.iter().enumerate() {
            self.pure_function(index as u16, function);
        }
        for (index, workflow) in typed.workflows.iter().enumerate() {
            let info = self.workflow(index as u16, workflow);
            out.workflows.push(info);
        }
        out
    }

    fn entity(&mut self, entity: &typed::Entity) -> EntityInfo {
        let ty = self.ty(&Type::Named(entity.def));
        EntityInfo {
            name: self.typed.defs.get(entity.def).name.clone(),
            ty,
            unique: entity.unique.clone(),
            index: entity.index.clone(),
            defaults: entity.defaults.clone(),
            attributes: Vec::new(),
            types: Vec::new(),
        }
    }

    /// Takes the next number of a function.
    fn reserve(&mut self, name: SmolStr) -> u16 {
        self.functions.push(Function {
            name,
            kind: FunctionKind::Region,
            code: Vec::new(),
            spans: SpanTable::default(),
            scalars: 0,
            values: 0,
            handlers: Vec::new(),
            step_ranges: Vec::new(),
        });
        (self.functions.len() - 1) as u16
    }

    fn kind(&self, ty: &Type) -> Kind {
        types::kind(&self.typed.defs, ty)
    }

    fn ty(&mut self, ty: &Type) -> TypeIdx {
        self.border(ty, DemandId::WHOLE)
    }

    /// The type of values that come in from outside, of which the program reads this.
    fn border(&mut self, ty: &Type, demand: DemandId) -> TypeIdx {
        self.types.index(&self.typed.defs, &mut self.tables, ty, demand)
    }

    /// The shape of a record or an entity.
    fn shape(&mut self, ty: &Type) -> ShapeIdx {
        types::shape(&self.typed.defs, &mut self.tables, ty)
    }

    /// Tells that the program does not fit the machine; once for each place.
    fn error(&mut self, span: Span, message: impl Into<String>, help: &str) {
        self.tell(&runs::PROGRAM_TOO_LARGE, span, message, help);
    }

    fn tell(&mut self, code: &'static Code, span: Span, message: impl Into<String>, help: &str) {
        if self.errors.iter().all(|e| e.span != span) {
            self.errors.push(Diagnostic::new(code, span, message).help(help));
        }
    }

    /// Tells of a tree that the checker should not have made.
    fn broken(&mut self, span: Span, what: &str) {
        let message = format!("the compiler contradicts itself: {what}");
        self.error(span, message, "this is a mistake in the compiler; please report it");
    }

    fn check_sizes(&mut self) {
        let most = 1 << 16;
        let counts = [
            ("types", self.types.len()),
            ("functions, lambdas, workflows and parallel bodies", self.functions.len()),
            ("steps", self.steps.len()),
            ("parallel statements", self.forks.len()),
        ];
        for (what, count) in counts.into_iter().chain(self.tables.lengths()) {
            if count > most {
                let span = self.typed.workflows.first().map(|w| w.span).unwrap_or_default();
                let message = format!("the program has {count} {what}, more than {most}");
                self.error(span, message, "divide the program into several");
            }
        }
    }
}
