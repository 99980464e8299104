//! `template.render`

use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::{input, internal, output};

pub(crate) const SIGNATURES: &[(&str, &str)] =
    &[("template/render.wf", include_str!("template/render.wf"))];

/// Adds the node.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("template.render", std::sync::Arc::new(Render));
}

struct Render;

impl Node for Render {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        // The compiler gives the text as it is filled in, in the place of the file and its values.
        let text = input(call, "text").cloned().ok_or_else(|| internal("there is no text"));
        Started::Ready(
            text.and_then(|text| output(call, [("text", text), ("success", Value::Bool(true))])),
        )
    }
}
