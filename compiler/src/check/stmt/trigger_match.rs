//! `match trigger`: taking apart which of several triggers started the run.
//!
//! Which triggers are possible at a point is a fact of its own, so it joins and ends like any
//! other: where all other arms leave, the one that is left holds behind the `match` too.

use wf_diagnostics::codes::{nodes, types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, ExprKind as Ast, PatternKind};
use wf_types::{Literal, Type};

use crate::check::body::{Body, Kind};
use crate::check::expr::chain::Val;
use crate::check::flow::{Fact, Layer, Path, Root, Why};
use crate::check::globals::TriggerCase;
use crate::check::hints::suggest::listed;
use crate::check::outline::Frame;
use crate::check::stmt::branch::Heads;
use crate::typed::{self, Const, Expr, ExprKind, RunField, Test};

/// What the patterns of a `match trigger` leave over.
struct Left {
    /// The triggers that can have fired here.
    possible: Vec<usize>,
    /// Those of them that a pattern took.
    taken: Vec<usize>,
    /// Whether `_` took the others, or a pattern is wrong that may have been meant for them.
    rest: bool,
}

impl Left {
    fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        self.possible.iter().copied().filter(|i| !self.rest && !self.taken.contains(i))
    }
}

impl<'g> Body<'g> {
    fn trigger_cases(&self) -> &'g [TriggerCase] {
        self.workflow_info().map_or(&[], |w| &w.triggers)
    }

    /// The triggers that can have fired here, by their places.
    fn possible_triggers(&self) -> Vec<usize> {
        let fact = self.flow.fact(&Path::new(Root::Fired));
        let fits = |i: &usize| {
            let literal = Literal::Int(*i as i64);
            !fact.not.contains(&literal)
                && fact.only.as_ref().is_none_or(|only| only.contains(&literal))
        };
        (0..self.trigger_cases().len()).filter(fits).collect()
    }

    /// The type of `trigger` here, where only one trigger can have fired.
    pub(crate) fn trigger_type(&self) -> Option<&'g Type> {
        match self.possible_triggers().as_slice() {
            [one] => self.trigger_cases().get(*one).map(|case| &case.context),
            _ => None,
        }
    }

    /// `trigger` at the begin of a path.
    pub(crate) fn trigger_value(&mut self, span: Span, whole: Span) -> Val {
        if let Some(ty) = self.trigger_type().cloned() {
            let expr = Expr { kind: ExprKind::Trigger, ty, span };
            return self.narrowed(expr, Some(Path::new(Root::Trigger)), None);
        }
        let cases = self.trigger_cases();
        let names: Vec<&str> = self
            .possible_triggers()
            .into_iter()
            .filter_map(|i| cases.get(i))
            .map(|case| case.name.as_str())
            .collect();
        // Where nothing is possible, or a trigger has no name, something else is told.
        if !names.is_empty() && !names.contains(&"") {
            let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
            let message = format!("`trigger` may be {} here", quoted.join(" or "));
            let read = self.source(whole);
            let arms = names.iter().map(|name| format!("{name} => {{ … }}"));
            let arms = arms.collect::<Vec<_>>().join(" ");
            self.tell(
                Diagnostic::new(&nodes::TRIGGER_APART, span, message)
                    .help(format!("take it apart, and read `{read}` in an arm where it is known: `match trigger {{ {arms} }}`")),
            );
        }
        Val::plain(self.error(span))
    }

    /// Whether a `match` over this takes the trigger apart.
    pub(crate) fn is_trigger_match(&self, subject: &ast::Expr) -> bool {
        let mut subject = subject;
        while let Ast::Paren(inner) = &subject.kind {
            subject = inner;
        }
        let named = self.trigger_cases().iter().any(|case| !case.name.is_empty());
        named
            && self.kind == Kind::Workflow
            && !self.constant
            && matches!(&subject.kind, Ast::Name(name) if name == "trigger")
    }

    fn begin_trigger_match(&self) -> Left {
        Left { possible: self.possible_triggers(), taken: Vec::new(), rest: false }
    }

    /// A pattern of a `match trigger`: what is tested, and what is known where it holds.
    fn trigger_pattern(&mut self, pattern: &ast::Pattern, left: &mut Left) -> (Vec<Test>, Fact) {
        if let PatternKind::Any = pattern.kind {
            let taken = left.taken.iter().map(|i| Literal::Int(*i as i64)).collect();
            if left.indices().next().is_none() && !left.possible.is_empty() && !left.rest {
                self.nothing_left(pattern.span);
            }
            left.rest = true;
            return (vec![Test::Any], Fact::not(taken));
        }
        let forms = match &pattern.kind {
            PatternKind::Or(forms) => forms.as_slice(),
            _ => std::slice::from_ref(pattern),
        };
        let mut found = Vec::new();
        for form in forms {
            found.extend(self.trigger_name(form, left));
        }
        if found.is_empty() {
            left.rest = true;
            return (vec![Test::Any], Fact::default());
        }
        let literals = found.iter().map(|i| Literal::Int(*i as i64)).collect();
        let tests = found.iter().map(|i| Test::Equals(Const::Int(*i as i64))).collect();
        (tests, Fact::only(literals))
    }

    /// The trigger that a pattern names.
    fn trigger_name(&mut self, pattern: &ast::Pattern, left: &mut Left) -> Option<usize> {
        let cases = self.trigger_cases();
        let names = || cases.iter().map(|c| c.name.as_str()).filter(|n| !n.is_empty());
        let wrong = |message: String, help: String| {
            Diagnostic::new(&nodes::TRIGGER_MATCH, pattern.span, message).help(help)
        };
        let name = match &pattern.kind {
            PatternKind::Error => return None,
            PatternKind::Name(name) => name,
            PatternKind::Typed(..) => {
                let message = "an arm of `match trigger` gives no other name";
                let help = format!(
                    "write the name of the trigger alone, one of {}: `trigger` has its type there",
                    listed(names())
                );
                self.tell(wrong(message.to_owned(), help));
                return None;
            }
            _ => {
                let message = format!("`{}` is no trigger", self.source(pattern.span));
                self.tell(wrong(message, format!("the triggers are {}", listed(names()))));
                return None;
            }
        };
        let Some(index) = cases.iter().position(|c| c.name == name.text) else {
            let message = format!("this workflow has no trigger `{}`", name.text);
            let help = match self.g.suggest.nearest(&name.text, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its triggers are {}", listed(names())),
            };
            self.tell(wrong(message, help));
            return None;
        };
        let gone = !left.possible.contains(&index) && !left.possible.is_empty();
        if gone || left.taken.contains(&index) {
            self.nothing_left(pattern.span);
        }
        left.taken.push(index);
        Some(index)
    }

    fn nothing_left(&mut self, span: Span) {
        let message = "nothing is left for this pattern";
        self.tell(
            Diagnostic::new(&warnings::UNREACHABLE, span, message)
                .help("the patterns above take it, or what is known of the trigger here"),
        );
    }

    /// Tells which triggers a `match` leaves out; true where it takes all.
    fn end_trigger_match(&mut self, left: &Left, subject: Span) -> bool {
        let cases = self.trigger_cases();
        let mut missing: Vec<&str> = Vec::new();
        for index in left.indices() {
            let name = cases.get(index).map_or("", |case| case.name.as_str());
            // One without a name, or with that of another, is told where it is declared.
            let other = left.taken.iter().filter_map(|i| cases.get(*i)).any(|c| c.name == name);
            if !name.is_empty() && !other && !missing.contains(&name) {
                missing.push(name);
            }
        }
        let Some(first) = missing.first() else { return true };
        let shown: Vec<String> = missing.iter().take(8).map(|m| format!("`{m}`")).collect();
        let message = format!("this `match` leaves out {}", shown.join(", "));
        self.tell(
            Diagnostic::new(&codes::NOT_EXHAUSTIVE, subject, message)
                .label("this trigger may have started the run")
                .help(format!("add `{first} => …`, or `_ => …` for all that are left")),
        );
        false
    }

    fn learn_trigger(&mut self, fact: Fact) {
        self.flow.learn(Path::new(Root::Fired), fact);
    }

    fn which_trigger(&mut self, span: Span) -> (Expr, typed::LocalId) {
        let local = self.temporary(Type::Int, span);
        (Expr { kind: ExprKind::Run(RunField::Trigger), ty: Type::Int, span }, local)
    }

    /// `match trigger { opened => { … } }`
    pub(crate) fn match_trigger(
        &mut self,
        matching: &'g ast::Match,
        span: Span,
    ) -> typed::StmtKind {
        let at = matching.subject.span;
        let (subject, local) = self.which_trigger(at);
        let mut left = self.begin_trigger_match();
        let mut cases = Vec::with_capacity(matching.cases.len());
        let mut layers = Vec::with_capacity(matching.cases.len());
        for (i, case) in matching.cases.iter().enumerate() {
            let (tests, fact) = self.trigger_pattern(&case.pattern, &mut left);
            self.flow.push();
            self.learn_trigger(fact);
            let frame = Frame::Arm(span.start, i as u32);
            let body = self.in_frame(Some(frame), |b| b.block(&case.body));
            layers.push(self.flow.pop());
            cases.push(typed::MatchCase { tests, binding: None, body });
        }
        if !self.end_trigger_match(&left, at) || layers.is_empty() {
            layers.push(Layer::default());
        }
        let word = Span { end: span.start + 5, ..span };
        self.flow.join(layers, word, Why::Match);
        typed::StmtKind::Match(Box::new(typed::Match { subject, local, cases }))
    }

    /// `match trigger { opened => e }`: the heads of its arms, and their values by `value`.
    pub(crate) fn match_trigger_arms(
        &mut self,
        subject: &ast::Expr,
        arms: &[ast::MatchArm],
        mut value: impl FnMut(&mut Self, &ast::Expr) -> Expr,
    ) -> (Expr, typed::LocalId, Heads, Vec<Expr>) {
        let (which, local) = self.which_trigger(subject.span);
        let mut left = self.begin_trigger_match();
        let mut heads = Vec::with_capacity(arms.len());
        let mut values = Vec::with_capacity(arms.len());
        for arm in arms {
            let (tests, fact) = self.trigger_pattern(&arm.pattern, &mut left);
            self.flow.push();
            self.learn_trigger(fact);
            values.push(value(self, &arm.value));
            self.flow.pop();
            heads.push((tests, None));
        }
        self.end_trigger_match(&left, subject.span);
        (which, local, heads, values)
    }
}
