//! The border rule: what a program can read of the JSON that comes in from outside.
//!
//! JSON becomes typed at borders: trigger contexts, outputs of nodes, `decode`. Of each of them only
//! that is decoded which the program reads, passes on or stores; the rest is in no value, and can't
//! fail anything. [`of`] computes this for the whole program, branches not taken included.
//!
//! It is a graph. A place that values flow through is a node: a local, a step, the trigger of a
//! workflow. An edge says that what is demanded of one node is demanded of another, a labelled edge
//! that it is demanded of a field or of the items. What looks at a value as a whole (a template, a
//! variable, an input of a node) demands its whole type. The sets of nodes that can be reached from
//! a border, field by field, are its demand.

mod coerce;
mod expr;
mod graph;
mod library;
mod same;
mod solve;
mod step;
mod stmt;
#[cfg(test)]
mod tests;
mod told;
mod union;

use rustc_hash::FxHashMap;
use wf_diagnostics::Span;
use wf_types::Type;

use crate::typed::{self, StepId, WorkflowId};

/// A demand, in the table of [`Demands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DemandId(u32);

impl DemandId {
    /// Nothing is read: the value is skipped.
    pub const NONE: DemandId = DemandId(0);
    /// The whole type is read.
    pub const WHOLE: DemandId = DemandId(1);
}

/// What is demanded of the values of a type. Optionals are seen through: the demand of `T?` is that
/// of `T`, and of both null is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// Nothing at all.
    None,
    /// Everything.
    Whole,
    /// Of a record or an entity, one for each field in the order of the slots.
    Fields(Vec<DemandId>),
    /// Of each item of a list or each value of a map.
    Items(DemandId),
    /// Of the values of each member of a union, in its order. Of none of them nothing: which member
    /// a value is of is read.
    Members(Vec<DemandId>),
}

/// The demands of all borders of a program.
#[derive(Clone, Debug)]
pub struct Demands {
    table: Vec<Demand>,
    triggers: Vec<Vec<DemandId>>,
    outputs: FxHashMap<(WorkflowId, StepId), DemandId>,
    type_args: FxHashMap<(WorkflowId, StepId, usize), Vec<(Type, DemandId)>>,
    decodes: FxHashMap<Span, Vec<(Type, DemandId)>>,
}

impl Demands {
    /// What a demand is.
    pub fn get(&self, id: DemandId) -> &Demand {
        self.table.get(id.0 as usize).unwrap_or(&Demand::Whole)
    }

    /// The demand on the context of the trigger at this place of a workflow.
    pub fn trigger(&self, workflow: WorkflowId, place: usize) -> DemandId {
        let triggers = self.triggers.get(workflow.0 as usize);
        triggers.and_then(|t| t.get(place)).copied().unwrap_or(DemandId::WHOLE)
    }

    /// The demand on the output of a step, without the optional that `try` puts around it.
    pub fn output(&self, workflow: WorkflowId, step: StepId) -> DemandId {
        self.outputs.get(&(workflow, step)).copied().unwrap_or(DemandId::WHOLE)
    }

    /// The demand on the values that a step's node makes of its type argument at this place: the
    /// rows of an entity, which its lambdas see as well.
    pub fn type_arg(
        &self,
        workflow: WorkflowId,
        step: StepId,
        place: usize,
        ty: &Type,
    ) -> DemandId {
        find(self.type_args.get(&(workflow, step, place)), ty)
    }

    /// The demand on the value of a `decode`, by its characters and its type.
    pub fn decode(&self, span: Span, ty: &Type) -> DemandId {
        find(self.decodes.get(&span), ty)
    }
}

fn find(known: Option<&Vec<(Type, DemandId)>>, ty: &Type) -> DemandId {
    let found = known.and_then(|known| known.iter().find(|(known, _)| known == ty));
    found.map_or(DemandId::WHOLE, |(_, demand)| *demand)
}

/// Computes what a program demands of each of its borders. A program that is too tangled for it
/// demands everything.
pub fn of(program: &typed::Program) -> Demands {
    let mut walk = stmt::Walk::new(program);
    walk.program();
    solve::solve(walk)
}
