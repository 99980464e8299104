//! Patterns of `match`: what they test, what they leave over, and what they say about the value.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use wf_diagnostics::codes::{types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, PatternKind};
use wf_types::{Literal, Type, TypeDefs};

use crate::check::body::Body;
use crate::check::flow::Fact;
use crate::check::hints::show::show_literal;
use crate::check::types::{relate, secret, union};
use crate::resolve::union::of_members;
use crate::typed::{Const, Expr, ExprKind, Test};

/// What the patterns so far leave over.
pub(crate) struct Coverage {
    /// The type of the value.
    ty: Type,
    /// Whether null is left.
    null: bool,
    /// The literals that are left, where there are finitely many besides the members.
    left: Option<Vec<Literal>>,
    /// The members of a union, those included that the value is known not to be of.
    all: Vec<Type>,
    /// The members that are left, but for literals and `bool`.
    members: Vec<Type>,
    /// The literals that were taken, in their order.
    taken: IndexSet<Literal, FxBuildHasher>,
    /// Whether everything else is taken.
    rest: bool,
    /// Whether a pattern is wrong, so that what is left is not known.
    unsure: bool,
    /// The value that is looked at.
    subject: Span,
    /// The type of the value as it is declared, where more is known of it here.
    declared: Type,
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
    pub(crate) fn new(body: &Body<'_>, value: &Expr, known: &Type, subject: Span) -> Self {
        let (defs, ty) = (&body.g.defs, &value.ty);
        let declared = body.declared_type(value);
        let inner = relate::non_null(defs, ty);
        if let Some(all) = union::members(defs, ty) {
            let rest = relate::non_null(defs, known);
            let possible = match defs.peel(&rest) {
                Type::Union(members) => members.to_vec(),
                _ => vec![rest],
            };
            let (mut left, mut members) = (Vec::new(), Vec::new());
            for member in possible {
                match relate::literals(defs, &member) {
                    Some(literals) => left.extend(literals),
                    None => members.push(member),
                }
            }
            return Self {
                ty: ty.clone(),
                null: relate::is_nullable(defs, known),
                left: Some(left),
                all: all.to_vec(),
                members,
                taken: IndexSet::default(),
                rest: false,
                unsure: false,
                subject,
                declared,
            };
        }
        Self {
            ty: ty.clone(),
            null: relate::is_nullable(defs, ty),
            left: relate::literals(defs, &inner),
            all: Vec::new(),
            members: Vec::new(),
            taken: IndexSet::default(),
            rest: false,
            unsure: false,
            subject,
            declared,
        }
    }

    fn values_left(&self) -> bool {
        !self.rest
            && (!self.members.is_empty() || self.left.as_ref().is_none_or(|left| !left.is_empty()))
    }

    /// Whether a literal or a member of the union is left.
    fn is_left(&self, body: &Body<'_>, member: &Type) -> bool {
        let left = self.left.as_deref().unwrap_or_default();
        !self.rest
            && match relate::literals(&body.g.defs, member) {
                Some(literals) => literals.iter().any(|l| left.contains(l)),
                None => self.members.contains(member),
            }
    }

    /// Whether a literal that the type holds is left, unless a pattern above took it.
    fn holds(&self, defs: &TypeDefs, literal: &Literal) -> bool {
        let ty = Type::Literal(literal.clone());
        self.left.as_ref().is_none_or(|left| left.contains(literal))
            || self.members.iter().any(|m| relate::overlap(defs, m, &ty))
    }

    /// What is left of a union, as types.
    fn types_left(&self) -> Vec<Type> {
        let left = self.left.iter().flatten().cloned();
        left.map(Type::Literal).chain(self.members.iter().cloned()).collect()
    }

    /// What is left over, as patterns.
    pub(crate) fn missing(&self, body: &Body<'_>) -> Vec<String> {
        let mut out = Vec::new();
        if self.unsure || self.ty.is_error() || matches!(self.ty, Type::Never) {
            return out;
        }
        if self.null && !matches!(self.ty, Type::Json) {
            out.push("null".to_owned());
        }
        match &self.left {
            _ if self.rest => {}
            Some(left) => {
                out.extend(left.iter().map(show_literal));
                out.extend(self.members.iter().map(|m| body.show(m)));
            }
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
        if !left && !coverage.unsure && self.out.len() == told {
            let message = "nothing is left for this pattern";
            self.tell(
                Diagnostic::new(&warnings::UNREACHABLE, pattern.span, message)
                    .help("the patterns above take everything"),
            );
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
            PatternKind::Error => {
                coverage.unsure = true;
                matched.tests.push(Test::Any);
            }
            PatternKind::Any => {
                matched.fact = Fact { non_null: !coverage.null, ..Fact::default() };
                // Where nothing is left, nothing ever comes by, and what was known before stays.
                if coverage.values_left() {
                    matched.fact.not = coverage.taken.iter().cloned().collect();
                    if !coverage.all.is_empty() {
                        matched.fact.members = Some(coverage.types_left());
                    }
                }
                (coverage.rest, coverage.null) = (true, false);
                matched.tests.push(Test::Any);
            }
            PatternKind::Null => {
                let (defs, ty) = (&self.g.defs, &coverage.ty);
                let here = relate::is_nullable(defs, ty) || ty.is_error();
                if here || relate::is_nullable(defs, &coverage.declared) {
                    if !coverage.null && coverage.values_left() {
                        self.warn_excluded(span, "`null`");
                    }
                } else {
                    let message = format!("`{}` is never null", self.show(&coverage.ty));
                    let told = Diagnostic::new(&codes::IMPOSSIBLE_COMPARISON, span, message);
                    self.tell(told.with(coverage.subject, self.shown_subject(coverage)));
                }
                coverage.null = false;
                matched.tests.push(if here { Test::Null } else { Test::Never });
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
                let mut facts: Option<Fact> = None;
                for pattern in patterns {
                    matched.fact = Fact::default();
                    self.one_pattern(pattern, coverage, matched, depth + 1);
                    facts = Some(match facts {
                        Some(known) => known.or(&matched.fact),
                        None => matched.fact.clone(),
                    });
                }
                if let Some((name, _)) = &matched.binding {
                    let message = "a pattern with `|` can't give the value a name";
                    let at = name.span;
                    self.tell(Diagnostic::new(&codes::BAD_PATTERN, at, message));
                }
                matched.fact = facts.unwrap_or_default();
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
        let defs = &self.g.defs;
        let here = relate::overlap(defs, &coverage.ty, &ty);
        let declared = here || relate::overlap(defs, &coverage.declared, &ty);
        let shown = format!("`{}`", show_literal(&literal));
        if self.is_secret(&coverage.ty) {
            let message = "a pattern compares, which does not work on a `secret`";
            self.tell(secret::refused(span, message));
        } else if !declared {
            let told =
                self.impossible_literal(&literal, span, &coverage.declared, Some(coverage.subject));
            self.tell(told);
            // What it was meant for is not left out.
            coverage.unsure = true;
        } else if coverage.taken.contains(&literal) {
            let message = format!("{shown} is taken by a pattern above");
            self.tell(Diagnostic::new(&warnings::UNREACHABLE, span, message));
        } else if (coverage.null || coverage.values_left())
            && (!here || !coverage.holds(defs, &literal))
        {
            self.warn_excluded(span, &shown);
        }
        if let Some(left) = &mut coverage.left {
            left.retain(|l| *l != literal);
        }
        coverage.taken.insert(literal.clone());
        matched.fact = Fact::only(vec![literal.clone()]);
        matched.tests.push(match literal {
            _ if !here && declared => Test::Never,
            Literal::Bool(b) => Test::Equals(Const::Bool(b)),
            Literal::Int(i) => Test::Equals(Const::Int(i)),
            Literal::String(s) => Test::Equals(Const::String(s)),
        });
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
        coverage.unsure |= wanted.is_error();
        if !coverage.all.is_empty() && !wanted.is_error() {
            return self.member_pattern(&wanted, name, span, coverage, matched);
        }
        let inner = self.non_null(&coverage.ty);
        let fits = relate::fits(&self.g.defs, &inner, &wanted);
        if !fits && self.was_excluded(&wanted, coverage) {
            self.warn_excluded(span, &format!("`{}`", self.show(&wanted)));
            matched.tests.push(Test::Never);
            matched.binding = name.map(|name| (name, wanted));
            return;
        }
        if !wanted.is_error() && !coverage.ty.is_error() && !fits {
            let message =
                format!("`{}` is never `{}`", self.show(&coverage.ty), self.show(&wanted));
            self.tell(
                Diagnostic::new(&codes::BAD_PATTERN, span, message)
                    .with(coverage.subject, self.shown_subject(coverage))
                    .help("a type in a pattern takes apart a union, or what may be null"),
            );
        }
        let nullable = self.may_be_null(&coverage.ty);
        let takes_null = self.may_be_null(&wanted);
        if takes_null {
            coverage.null = false;
        }
        coverage.rest |= !wanted.is_error();
        matched.tests.push(if nullable && !takes_null { Test::NotNull } else { Test::Any });
        let bound = match (fits, takes_null) {
            (false, _) => Type::Error,
            (true, true) => coverage.ty.clone(),
            (true, false) => inner,
        };
        matched.binding = name.map(|name| (name, bound)).or(matched.binding.take());
        matched.fact = Fact { non_null: !takes_null, ..Fact::default() };
    }

    /// Whether a type is one of the declared members of a value that is known to be of another.
    fn was_excluded(&self, wanted: &Type, coverage: &Coverage) -> bool {
        let defs = &self.g.defs;
        let inner = relate::non_null(defs, wanted);
        !wanted.is_error()
            && union::members(defs, &coverage.declared)
                .is_some_and(|all| all.iter().any(|m| relate::fits(defs, m, &inner)))
    }

    /// A type against a union: the members that fit it.
    fn member_pattern<'p>(
        &mut self,
        wanted: &Type,
        name: Option<&'p ast::Name>,
        span: Span,
        coverage: &mut Coverage,
        matched: &mut Matched<'p>,
    ) {
        let defs = &self.g.defs;
        // `json` holds null, too.
        let json = matches!(defs.peel(wanted), Type::Json);
        let takes_null = (json || self.may_be_null(wanted)) && coverage.null;
        let inner = self.non_null(wanted);
        // A member of this very type is what is meant; the others fit it by what they have.
        let fits = |m: &&Type| relate::fits(defs, m, &inner);
        let all: Vec<Type> = match defs.peel(&inner) {
            Type::Never => Vec::new(),
            _ => coverage.all.iter().filter(fits).cloned().collect(),
        };
        let fresh: Vec<Type> = all.iter().filter(|m| coverage.is_left(self, m)).cloned().collect();
        if all.is_empty() && !takes_null {
            let told = self.never_member(wanted, span, coverage);
            self.tell(told);
        } else if fresh.is_empty() && !takes_null && (coverage.null || coverage.values_left()) {
            self.warn_excluded(span, &format!("`{}`", self.show(wanted)));
        }
        let defs = &self.g.defs;
        let literals: Vec<Literal> =
            fresh.iter().filter_map(|m| relate::literals(defs, m)).flatten().collect();
        coverage.members.retain(|m| !fresh.contains(m));
        if let Some(left) = &mut coverage.left {
            left.retain(|l| !literals.contains(l));
        }
        coverage.null &= !takes_null;
        let taken = if fresh.is_empty() { all } else { fresh };
        if !coverage.null && !coverage.values_left() && !taken.is_empty() {
            matched.tests.push(Test::Any);
        } else {
            matched.tests.extend(taken.iter().cloned().map(Test::Member));
            matched.tests.extend(takes_null.then_some(Test::Null));
        }
        let bound = match taken.is_empty() {
            true if takes_null => Type::Null,
            true => Type::Error,
            false => of_members(taken.clone()),
        };
        let bound = if takes_null { relate::optional(&self.g.defs, &bound) } else { bound };
        matched.binding = name.map(|name| (name, bound)).or(matched.binding.take());
        if !taken.is_empty() {
            matched.fact = Fact { non_null: !takes_null, ..Fact::members(taken) };
        }
    }

    fn shown_subject(&self, coverage: &Coverage) -> String {
        format!("this is `{}`", self.show(&coverage.ty))
    }

    /// A type in a pattern that no member of the union fits.
    fn never_member(&self, wanted: &Type, span: Span, coverage: &Coverage) -> Diagnostic {
        let shown = self.show(wanted);
        let message = format!("`{}` is never `{shown}`", self.show(&coverage.ty));
        let members: Vec<String> = coverage.all.iter().map(|m| self.show(m)).collect();
        let near = self.g.suggest.nearest(&shown, members.iter().map(String::as_str));
        let narrower = coverage.all.iter().find(|m| relate::fits(&self.g.defs, wanted, m));
        let help = match (near, narrower) {
            (_, Some(member)) => format!(
                "only whole members can be told apart: take `{}`, and look into it",
                self.show(member)
            ),
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, None) => {
                let named = members.iter().take(8).map(String::as_str);
                format!("its members are {}", crate::check::hints::suggest::listed(named))
            }
        };
        Diagnostic::new(&codes::BAD_PATTERN, span, message)
            .with(coverage.subject, self.shown_subject(coverage))
            .help(help)
    }

    /// The value that a `match` looks at: of a union the whole of it, with what is known of it.
    pub(crate) fn subject(&mut self, subject: &ast::Expr) -> (Expr, Type) {
        let value = self.infer(subject);
        let known = value.ty.clone();
        match value.kind {
            ExprKind::Member(whole) => (*whole, known),
            _ => (value, known),
        }
    }

    /// Tells what a `match` leaves over; true where that is nothing.
    pub(crate) fn check_exhaustive(&mut self, coverage: &Coverage, subject: Span) -> bool {
        let missing = coverage.missing(self);
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
