//! `csv.parse` and `csv.format`

mod format;
mod parse;

use std::sync::Arc;

use wf_vm::{NodeCall, NodeFailure, Nodes};

use crate::call::{invalid, text};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("csv/parse.wf", include_str!("csv/parse.wf")),
    ("csv/format.wf", include_str!("csv/format.wf")),
];

/// Adds the nodes of this family.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("csv.parse", Arc::new(parse::Parse));
    nodes.add("csv.format", Arc::new(format::Format));
}

/// The character between two cells.
fn delimiter(call: &NodeCall<'_>) -> Result<u8, NodeFailure> {
    let given = text(call, "delimiter").unwrap_or(",");
    match given.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(*byte),
        _ => Err(invalid(format!(
            "the delimiter {} can't be used: it is one ASCII character and no quote or line end",
            crate::textual::quote(given)
        ))),
    }
}

#[cfg(test)]
mod tests;
