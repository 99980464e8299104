//! `jwt.sign` and `jwt.verify`

mod key;
mod sign;
mod verify;

use std::sync::Arc;

use wf_vm::{NodeCall, NodeFailure, Nodes};

use crate::call::{internal, text};
use key::Algorithm;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("jwt/sign.wf", include_str!("jwt/sign.wf")),
    ("jwt/verify.wf", include_str!("jwt/verify.wf")),
];

/// Adds the nodes of this family.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("jwt.sign", Arc::new(sign::Sign));
    nodes.add("jwt.verify", Arc::new(verify::Verify));
}

fn algorithm(call: &NodeCall<'_>) -> Result<Algorithm, NodeFailure> {
    let name = text(call, "algorithm").unwrap_or("HS256");
    Algorithm::of(name).ok_or_else(|| internal("the algorithm is none of the signature's"))
}

#[cfg(test)]
mod tests;
