//! What programs may call: the library and the nodes of the host.

use std::sync::OnceLock;

use wf_types::Registry;
use wf_vm::Nodes;

use crate::builder::EngineError;
use crate::clock::IoRuntime;
use crate::data::Types;
use crate::node::HostNode;

/// Where the items of the library stand.
static PLACES: [wf_compiler::Place; wf_compiler::count(wf_stdlib::SIGNATURES)] =
    wf_compiler::places(wf_stdlib::SIGNATURES);

/// What the host adds, read: names, signatures, and what makes the nodes.
pub(crate) struct HostNodes {
    nodes: Vec<(String, HostNode)>,
    /// The texts that declare them, the types that they share first.
    texts: Vec<String>,
}

impl HostNodes {
    /// Reads the signatures.
    ///
    /// # Errors
    /// A signature that declares something else than a node, or two types of one name.
    pub(crate) fn new(given: Vec<HostNode>) -> Result<Self, EngineError> {
        let mut types = Types::default();
        let (mut nodes, mut texts) = (Vec::new(), vec![String::new()]);
        for node in given {
            let (name, text) = match &node {
                HostNode::Signed(text, _) => (node_name(text)?, text.clone()),
                HostNode::Typed { signature, name, .. } => {
                    let text = signature(name, &mut types);
                    let declared = node_name(&text)?;
                    if declared != *name {
                        let message = format!("`{name}` can't be the name of a node");
                        return Err(EngineError::Signature(message));
                    }
                    (declared, text)
                }
            };
            nodes.push((name, node));
            texts.push(text);
        }
        if let Some(conflict) = types.conflict() {
            return Err(EngineError::Signature(conflict.to_owned()));
        }
        if let Some(first) = texts.first_mut() {
            *first = types.text();
        }
        Ok(Self { nodes, texts })
    }

    /// What programs may call: the library, whose signatures are read when a program names them, and
    /// these nodes, which are checked with it.
    ///
    /// # Errors
    /// What is wrong with their signatures.
    pub(crate) fn registry(&self) -> Result<Registry, EngineError> {
        static LIBRARY: OnceLock<Registry> = OnceLock::new();
        if self.nodes.is_empty() {
            let library = || wf_compiler::library(wf_stdlib::SIGNATURES, &PLACES);
            return Ok(LIBRARY.get_or_init(library).clone());
        }
        let mut signatures: Vec<(&str, &str)> = wf_stdlib::SIGNATURES.to_vec();
        signatures.extend(self.texts.iter().map(|text| ("host.wf", text.as_str())));
        wf_compiler::build_registry(&signatures).map_err(|e| EngineError::Signature(e.to_string()))
    }

    /// Makes the nodes.
    pub(crate) fn add_to(self, nodes: &mut Nodes, runtime: &IoRuntime) {
        for (name, node) in self.nodes {
            let node = match node {
                HostNode::Signed(_, node) => node,
                HostNode::Typed { make, .. } => make(runtime.clone()),
            };
            nodes.add(name, node);
        }
    }
}

/// The name of the one node that a signature declares.
fn node_name(signature: &str) -> Result<String, EngineError> {
    use wf_grammar::ast::ItemKind;
    let parsed = wf_grammar::parse(wf_diagnostics::FileId(0), signature);
    if let Some(problem) = parsed.diagnostics.first() {
        let shown: String = signature.chars().take(200).collect();
        return Err(EngineError::Signature(format!("{} in\n{shown}", problem.message)));
    }
    match parsed.file.items.as_slice() {
        [item] => match &item.kind {
            ItemKind::Node(node) => Ok(node.name.text.to_string()),
            _ => Err(EngineError::Signature("expected one `node`".into())),
        },
        items => {
            Err(EngineError::Signature(format!("expected one `node`, found {} items", items.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_library_is_right_and_read_item_by_item_the_same() {
        let eager = wf_compiler::build_registry(wf_stdlib::SIGNATURES).expect("it is right");
        let lazy = wf_compiler::library(wf_stdlib::SIGNATURES, &super::PLACES);
        assert_eq!(format!("{eager:?}"), format!("{lazy:?}"));
    }
}
