//! `html.select`

mod tree;

use std::sync::Arc;

use wf_selector::Selector;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Nodes, Started};

use crate::call::{Outcome, int, invalid, text};
use crate::functions::TEXT_LIMIT;
use crate::textual::quote;
use tree::Tree;

pub(crate) const SIGNATURES: &[(&str, &str)] =
    &[("html/select.wf", include_str!("html/select.wf"))];

/// How many elements are given.
const MAX_RESULTS: usize = 100_000;

/// Adds the node.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("html.select", Arc::new(Select));
}

struct Select;

impl Node for Select {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(select(call))
    }
}

fn select(call: &NodeCall<'_>) -> Outcome {
    let html = text(call, "html").unwrap_or_default();
    let written = text(call, "selector").unwrap_or_default();
    let selector = Selector::parse(written).map_err(|error| {
        let shown: String = written.chars().take(200).collect();
        let message = format!("`{shown}` is no selector: {error} (at byte {})", error.at + 1);
        NodeFailure::new("InvalidSelector", message)
    })?;
    let limit = match int(call, "limit") {
        None => usize::MAX,
        Some(limit) => usize::try_from(limit)
            .map_err(|_| invalid(format!("`limit` is {limit}, and can't be negative")))?,
    };
    let tree = tree::parse(html)?;
    let mut found = selector.select(tree.elements());
    let count = found.len();
    found.truncate(limit);
    if found.len() > MAX_RESULTS {
        return Err(too_large(&format!("there are {count} such elements; `limit` takes some")));
    }
    let mut out = String::from("{\"elements\":[");
    for (number, index) in found.into_iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        element(&tree, index, &mut out);
        // Elements in each other have the same text many times.
        if out.len() > TEXT_LIMIT {
            return Err(too_large(&format!("the result has more than {} MiB", TEXT_LIMIT >> 20)));
        }
    }
    out.push_str(&format!("],\"count\":{count},\"success\":true}}"));
    Ok(Answer::Json(out))
}

fn element(tree: &Tree<'_>, index: usize, out: &mut String) {
    let Some(element) = tree.elements().get(index) else { return };
    let attributes = element.attributes.iter();
    let attributes: Vec<String> =
        attributes.map(|(name, value)| format!("{}:{}", quote(name), quote(value))).collect();
    out.push_str(&format!(
        "{{\"tag\":{},\"text\":{},\"attributes\":{{{}}},\"html\":{}}}",
        quote(&element.tag),
        quote(&tree.text(index)),
        attributes.join(","),
        quote(tree.source(index)),
    ));
}

fn too_large(message: &str) -> NodeFailure {
    NodeFailure::new("TooLarge", message)
}

#[cfg(test)]
mod tests;
