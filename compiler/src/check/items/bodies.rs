//! The bodies of functions and workflows, apart from the rest of their trees: a body is checked once
//! and given back then, so that the next one is checked in the same memory.

use wf_grammar::ast::{Block, ItemKind};

use crate::load::Unit;

/// The bodies of all files.
#[derive(Default)]
pub(crate) struct Bodies {
    /// Those of the functions, by their numbers; `None` where one has no body.
    pub(crate) functions: Vec<Option<Block>>,
    /// Those of the workflows, by their numbers.
    pub(crate) workflows: Vec<Block>,
}

impl Bodies {
    /// Takes them out of the trees. Functions and workflows are numbered in the order of the files.
    pub(crate) fn take(units: &mut [Unit]) -> Self {
        let mut bodies = Self::default();
        for item in units.iter_mut().flat_map(|unit| &mut unit.file.items) {
            match &mut item.kind {
                ItemKind::Fn(function) => {
                    // An empty one stays: that there is none is a mistake.
                    bodies.functions.push(function.body.as_mut().map(std::mem::take));
                }
                ItemKind::Workflow(workflow) => {
                    bodies.workflows.push(std::mem::take(&mut workflow.body));
                }
                _ => {}
            }
        }
        bodies
    }
}
