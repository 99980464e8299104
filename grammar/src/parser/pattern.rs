//! Patterns of `match`.

use wf_diagnostics::codes::syntax;

use super::Parser;
use crate::ast::{Pattern, PatternKind, TypeExprKind};

impl Parser<'_> {
    /// A pattern: one form or several.
    pub(super) fn pattern(&mut self) -> Pattern {
        let start = self.at;
        let first = self.pattern_one();
        if self.letter() != b'|' {
            return first;
        }
        let mut forms = vec![first];
        while self.eat(b'|') {
            forms.push(self.pattern_one());
        }
        Pattern { kind: PatternKind::Or(forms), span: self.span_from(start) }
    }

    /// A pattern reads like a type with a name behind it; a lone one is a literal or a name.
    fn pattern_one(&mut self) -> Pattern {
        let start = self.at;
        let ty = self.type_opt();
        if self.letter().is_ascii_lowercase() {
            let name = self.bound_name();
            let span = self.span_from(start);
            return Pattern { kind: PatternKind::Typed(Box::new(ty), name), span };
        }
        let span = self.span_from(start);
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
            TypeExprKind::Record(fields) => {
                let help =
                    match fields.iter().find(|f| matches!(f.ty.kind, TypeExprKind::String(_))) {
                        Some(field) => {
                            let (name, value) =
                                (&field.name.text, self.source.slice(field.ty.span));
                            format!("match the field itself: `match v.{name} {{ {value} => … }}`")
                        }
                        None => "write the type of a member and a name: `Circle c => …`".to_owned(),
                    };
                let message = "a pattern can't be a record";
                self.tell(&syntax::EXPECTED, span, message, &help);
                PatternKind::Error
            }
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
