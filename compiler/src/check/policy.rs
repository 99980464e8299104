//! Policies of steps: what stands in `with { … }`, and the codes that are worth another try.

use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::nodes;
use wf_grammar::ast::{self, EntryKey, ExprKind as Ast};

use super::body::Body;
use super::suggest::listed;
use crate::typed::Expr;

/// The codes that the machine itself gives to failures of any node.
const OF_ANY_NODE: [&str; 3] = ["timeout", "Failed", "NoAnswer"];

impl<'g> Body<'g> {
    /// `with { timeout: …, retry: { … } }`
    pub(super) fn policy(&mut self, step: &ast::Step, policy: &ast::Expr) -> Expr {
        let ty = self.g.policy.clone();
        let value = self.expect(policy, &ty);
        if let Some(on) = input(policy, "retry").and_then(|retry| input(retry, "on"))
            && let Ast::List(items) = &on.kind
        {
            self.check_codes(&step.node, items);
        }
        value
    }

    /// Codes that are written out must be ones that the node can fail with.
    fn check_codes(&mut self, node: &ast::Name, items: &[ast::Entry]) {
        let Some(known) = self.codes_of(&node.text) else { return };
        for item in items {
            let Ast::String(text) = &item.value.kind else { continue };
            let Some(code) = text.as_text() else { continue };
            let fits =
                |k: &&str| k.eq_ignore_ascii_case(&code) || (is_status(k) && is_status(&code));
            if known.iter().chain(&OF_ANY_NODE).any(fits) {
                continue;
            }
            let message = format!("the node `{}` never fails with the code `{code}`", node.text);
            let told = Diagnostic::new(&nodes::UNKNOWN_CODE, item.value.span, message);
            let told =
                match self.g.suggest.nearest(&code, known.iter().chain(&OF_ANY_NODE).copied()) {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!("its codes are {}", listed(known.iter().copied()))),
                };
            self.tell(told);
        }
    }

    /// The codes that the documentation of a node lists; a node that is another one in short, as
    /// `http.get`, has those of the node that it names.
    fn codes_of(&self, node: &str) -> Option<Vec<&'g str>> {
        let nodes = &self.g.registry.nodes;
        let doc = nodes.get(node)?.doc.as_str();
        codes(doc).or_else(|| codes(nodes.get(doc.split('`').nth(1)?)?.doc.as_str()))
    }
}

/// The quoted words of the paragraph that begins with `Codes:`.
fn codes(doc: &str) -> Option<Vec<&str>> {
    let (_, list) = doc.split_once("Codes:")?;
    let list = list.split("\n\n").next().unwrap_or(list);
    Some(list.split('"').skip(1).step_by(2).collect())
}

/// `429`, `5xx`
fn is_status(code: &str) -> bool {
    let digits = code.strip_suffix("xx").unwrap_or(code);
    let count = if digits.len() == code.len() { 3 } else { 1 };
    digits.len() == count
        && digits.starts_with(['1', '2', '3', '4', '5'])
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The value of a field that is written in braces.
fn input<'e>(braces: &'e ast::Expr, name: &str) -> Option<&'e ast::Expr> {
    let Ast::Braces(entries) = &braces.kind else { return None };
    entries.iter().find(|e| matches!(&e.key, EntryKey::Name(n) if n.text == name)).map(|e| &e.value)
}
