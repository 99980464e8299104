//! `xml.parse`

mod convert;
mod tree;

use std::sync::Arc;

use wf_vm::bytecode::TypeIdx;
use wf_vm::{Answer, Node, NodeCall, Nodes, Started};

use crate::call::{Outcome, text};
use crate::textual::quote;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("xml/parse.wf", include_str!("xml/parse.wf"))];

/// Adds the node.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("xml.parse", Arc::new(Parse));
}

struct Parse;

impl Node for Parse {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(parse(call))
    }
}

fn parse(call: &NodeCall<'_>) -> Outcome {
    let given = text(call, "text").unwrap_or_default();
    let tree = tree::parse(given)?;
    let ty = call.type_args.first().copied().unwrap_or(TypeIdx(0));
    let mut root = String::new();
    if call.reads_output("root") {
        convert::write(&tree, tree.root(), ty, call.program, &mut root);
    } else {
        root.push_str("null");
    }
    let name = quote(&tree.root().name);
    Ok(Answer::Json(format!("{{\"name\":{name},\"root\":{root},\"success\":true}}")))
}

#[cfg(test)]
mod tests;
