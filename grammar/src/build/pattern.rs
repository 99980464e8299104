//! Patterns of `match`.

use wf_diagnostics::codes::syntax;

use super::Builder;
use crate::ast::{Pattern, PatternKind, TypeExprKind};
use crate::parser::{Node, Rule};

impl Builder<'_> {
    /// A `pattern`: one form or several.
    pub(super) fn pattern(&mut self, node: Node<'_>) -> Pattern {
        let span = self.span(&node);
        let mut forms: Vec<Pattern> =
            node.into_inner().map(|form| self.pattern_one(form)).collect();
        if forms.len() == 1
            && let Some(only) = forms.pop()
        {
            return only;
        }
        Pattern { kind: PatternKind::Or(forms), span }
    }

    /// A pattern reads like a type with a name behind it; a lone one is a literal or a name.
    fn pattern_one(&mut self, node: Node<'_>) -> Pattern {
        let span = self.span(&node);
        let mut ty = None;
        let mut name = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.bound_name(&part)),
                _ => ty = Some(self.type_opt(part)),
            }
        }
        let Some(ty) = ty else { return Pattern { kind: PatternKind::Error, span } };
        if let Some(name) = name {
            return Pattern { kind: PatternKind::Typed(ty, name), span };
        }
        let kind = match ty.kind {
            TypeExprKind::Null => PatternKind::Null,
            TypeExprKind::String(text) => PatternKind::String(text),
            TypeExprKind::Int(value) => PatternKind::Int(value),
            TypeExprKind::Bool(value) => PatternKind::Bool(value),
            TypeExprKind::Name(name, args) if args.is_empty() => {
                if name.text == "_" {
                    PatternKind::Any
                } else {
                    PatternKind::Name(name)
                }
            }
            TypeExprKind::Error => PatternKind::Error,
            _ => {
                let text = self.source.slice(span).to_owned();
                self.tell(
                    &syntax::EXPECTED,
                    span.at_end(),
                    "expected a name for the value behind the type of this pattern",
                    &format!("write `{text} value => …`"),
                );
                PatternKind::Error
            }
        };
        Pattern { kind, span }
    }
}
