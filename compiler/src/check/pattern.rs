//! Patterns of `match`: what they test, what they leave over, and what they say about the value.

use wf_diagnostics::codes::{types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, PatternKind};
use wf_types::{Literal, Type};

use super::body::Body;
use super::flow::Fact;
use super::show::show_literal;
use super::{relate, secret};
use crate::typed::{Const, Test};

/// What the patterns so far leave over.
pub(crate) struct Coverage {
    /// The type of the value.
    ty: Type,
    /// Whether null is left.
    null: bool,
    /// The literals that are left, where there are finitely many.
    left: Option<Vec<Literal>>,
    /// The literals that were taken.
    taken: Vec<Literal>,
    /// Whether everything else is taken.
    rest: bool,
}

/// What a pattern comes to.
pub(crate) struct Matched<'p> {
    /// What is tested; one of them must hold.
    pub(crate) tests: Vec<Test>,
    /// The name that the value gets, and its type.
    pub(crate) binding: Option<(&'p ast::Name, Type)>,
    /// What is known of the value where the pattern fits.
    pub(crate) fact: Fact,
}

impl Coverage {
    /// Nothing is taken yet.
    pub(crate) fn new(body: &Body<'_>, ty: &Type) -> Self {
        let defs = &body.g.defs;
        let inner = relate::non_null(defs, ty);
        Self {
            ty: ty.clone(),
            null: relate::is_nullable(defs, ty),
            left: relate::literals(defs, &inner),
            taken: Vec::new(),
            rest: false,
        }
    }

    fn values_left(&self) -> bool {
        !self.rest && self.left.as_ref().is_none_or(|left| !left.is_empty())
    }

    /// What is left over, as patterns.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut out = Vec::new();
        if self.ty.is_error() || matches!(self.ty, Type::Never) {
            return out;
        }
        if self.null && !matches!(self.ty, Type::Json) {
            out.push("null".to_owned());
        }
        match &self.left {
            _ if self.rest => {}
            Some(left) => out.extend(left.iter().map(show_literal)),
            None => out.push("_".to_owned()),
        }
        out
    }
}

impl<'g> Body<'g> {
    /// A pattern against what is left of a value.
    pub(crate) fn pattern<'p>(
        &mut self,
        pattern: &'p ast::Pattern,
        coverage: &mut Coverage,
    ) -> Matched<'p> {
        let mut matched = Matched { tests: Vec::new(), binding: None, fact: Fact::default() };
        let left = coverage.ty.is_error() || coverage.null || coverage.values_left();
        let told = self.out.len();
        self.one_pattern(pattern, coverage, &mut matched, 0);
        if !left && self.out.len() == told {
            let message = "nothing is left for this pattern";
            self.tell(
                Diagnostic::new(&warnings::UNREACHABLE, pattern.span, message)
                    .help("the patterns above take everything"),
            );
        }
        let literals: Option<Vec<Literal>> = matched
            .tests
            .iter()
            .map(|test| match test {
                Test::Equals(Const::String(s)) => Some(Literal::String(s.clone())),
                Test::Equals(Const::Int(i)) => Some(Literal::Int(*i)),
                Test::Equals(Const::Bool(b)) => Some(Literal::Bool(*b)),
                _ => None,
            })
            .collect();
        if let Some(literals) = literals
            && !literals.is_empty()
        {
            matched.fact = Fact::only(literals);
        }
        matched
    }

    fn one_pattern<'p>(
        &mut self,
        pattern: &'p ast::Pattern,
        coverage: &mut Coverage,
        matched: &mut Matched<'p>,
        depth: usize,
    ) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Error => matched.tests.push(Test::Any),
            PatternKind::Any => {
                let non_null = !coverage.null;
                matched.fact = Fact { non_null, only: None, not: coverage.taken.clone() };
                (coverage.rest, coverage.null) = (true, false);
                matched.tests.push(Test::Any);
            }
            PatternKind::Null => {
                if !relate::is_nullable(&self.g.defs, &coverage.ty) && !coverage.ty.is_error() {
                    let message = format!("`{}` is never null", self.show(&coverage.ty));
                    self.tell(Diagnostic::new(&codes::IMPOSSIBLE_COMPARISON, span, message));
                }
                coverage.null = false;
                matched.tests.push(Test::Null);
            }
            PatternKind::String(template) => match template.as_text() {
                Some(text) => self.literal_pattern(Literal::String(text), span, coverage, matched),
                None => {
                    let message = "a pattern is a text without `{{ }}`";
                    self.tell(Diagnostic::new(&codes::NOT_CONSTANT, span, message));
                    matched.tests.push(Test::Any);
                }
            },
            PatternKind::Int(value) => {
                self.literal_pattern(Literal::Int(*value), span, coverage, matched);
            }
            PatternKind::Bool(value) => {
                self.literal_pattern(Literal::Bool(*value), span, coverage, matched);
            }
            PatternKind::Name(name) => {
                let kind = ast::TypeExprKind::Name(name.clone(), Vec::new());
                let ty = ast::TypeExpr { kind, span: name.span };
                self.type_pattern(&ty, None, span, coverage, matched);
            }
            PatternKind::Typed(ty, name) => {
                self.type_pattern(ty, Some(name), span, coverage, matched);
            }
            PatternKind::Or(patterns) => {
                if depth > 50 {
                    return;
                }
                for pattern in patterns {
                    self.one_pattern(pattern, coverage, matched, depth + 1);
                }
                if let Some((name, _)) = &matched.binding {
                    let message = "a pattern with `|` can't give the value a name";
                    let at = name.span;
                    self.tell(Diagnostic::new(&codes::BAD_PATTERN, at, message));
                }
                matched.fact = Fact::default();
            }
        }
    }

    fn literal_pattern(
        &mut self,
        literal: Literal,
        span: Span,
        coverage: &mut Coverage,
        matched: &mut Matched<'_>,
    ) {
        let ty = Type::Literal(literal.clone());
        if self.is_secret(&coverage.ty) {
            let message = "a pattern compares, which does not work on a `secret`";
            self.tell(secret::refused(span, message));
        } else if !relate::overlap(&self.g.defs, &coverage.ty, &ty) {
            let told = self.impossible_literal(&literal, span, &coverage.ty, None);
            self.tell(told);
        } else if coverage.taken.contains(&literal) {
            let message = format!("`{}` is taken by a pattern above", show_literal(&literal));
            self.tell(Diagnostic::new(&warnings::UNREACHABLE, span, message));
        }
        if let Some(left) = &mut coverage.left {
            left.retain(|l| *l != literal);
        }
        coverage.taken.push(literal.clone());
        matched.tests.push(Test::Equals(match literal {
            Literal::Bool(b) => Const::Bool(b),
            Literal::Int(i) => Const::Int(i),
            Literal::String(s) => Const::String(s),
        }));
    }

    fn type_pattern<'p>(
        &mut self,
        ty: &ast::TypeExpr,
        name: Option<&'p ast::Name>,
        span: Span,
        coverage: &mut Coverage,
        matched: &mut Matched<'p>,
    ) {
        let mut told = Vec::new();
        let wanted = self.types().resolve(ty, &mut told);
        if wanted.is_error() && name.is_none() && !told.is_empty() {
            let text = self.source(ty.span);
            let message = format!("`{text}` is no pattern");
            self.tell(
                Diagnostic::new(&codes::BAD_PATTERN, ty.span, message)
                    .help(format!("for a text write `\"{text}\"`, for everything else `_`")),
            );
        } else {
            self.out.extend(told);
        }
        let inner = self.non_null(&coverage.ty);
        let fits = relate::fits(&self.g.defs, &inner, &wanted);
        if !wanted.is_error() && !coverage.ty.is_error() && !fits {
            let message =
                format!("`{}` is never `{}`", self.show(&coverage.ty), self.show(&wanted));
            self.tell(
                Diagnostic::new(&codes::BAD_PATTERN, span, message)
                    .help("a type in a pattern takes apart a union, or what may be null"),
            );
        }
        let nullable = self.may_be_null(&coverage.ty);
        let takes_null = self.may_be_null(&wanted);
        if takes_null {
            coverage.null = false;
        }
        coverage.rest = true;
        matched.tests.push(if nullable && !takes_null { Test::NotNull } else { Test::Any });
        let bound = match (fits, takes_null) {
            (false, _) => Type::Error,
            (true, true) => coverage.ty.clone(),
            (true, false) => inner,
        };
        matched.binding = name.map(|name| (name, bound)).or(matched.binding.take());
        matched.fact = Fact { non_null: !takes_null, ..Fact::default() };
    }

    /// Tells what a `match` leaves over; true where that is nothing.
    pub(crate) fn check_exhaustive(&mut self, coverage: &Coverage, subject: Span) -> bool {
        let missing = coverage.missing();
        let Some(first) = missing.first() else { return true };
        let shown: Vec<String> = missing.iter().take(8).map(|m| format!("`{m}`")).collect();
        let message = match first.as_str() {
            "_" => "this `match` does not say what happens with all other values".to_owned(),
            _ => format!("this `match` leaves out {}", shown.join(", ")),
        };
        let diagnostic = Diagnostic::new(&codes::NOT_EXHAUSTIVE, subject, message)
            .label(format!("this is `{}`", self.show(&coverage.ty)));
        let help = match first.as_str() {
            "_" => "add `_ => …`".to_owned(),
            _ => format!("add `{first} => …`, or `_ => …` for all that are left"),
        };
        self.tell(diagnostic.help(help));
        false
    }
}
