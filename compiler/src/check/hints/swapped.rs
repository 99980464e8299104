//! Two arguments of a call that stand in each other's place.

use wf_diagnostics::codes::types as codes;
use wf_grammar::ast;
use wf_types::Type;

use crate::check::body::Body;
use crate::check::types::relate;

impl Body<'_> {
    /// Where two of the arguments would fit the other way round, says so instead of what is wrong with
    /// each of them. `told` is how much was told before the arguments.
    pub(crate) fn swapped<'t>(
        &mut self,
        call: &ast::Call,
        args: &[&ast::Expr],
        wanted: impl Fn(usize) -> Option<&'t Type>,
        told: usize,
    ) {
        let wrong = |at: usize| self.out.get(at).map(|d| (d.code, d.span));
        let Some((code, span)) = wrong(told) else { return };
        if code != &codes::TYPE_MISMATCH && code != &codes::SECRET {
            return;
        }
        let Some(one) = args.iter().position(|arg| arg.span == span) else { return };
        // Everything else that was told is about the other of both.
        let mut others = (told + 1..self.out.len()).filter_map(wrong).map(|(_, span)| span);
        let second = others.next();
        let fits = |body: &mut Self, arg: &ast::Expr, at: usize| {
            let Some(ty) = wanted(at).filter(|ty| !relate::is_open(ty)) else { return false };
            let told = body.out.len();
            let given = match body.again(arg.span) {
                true => {
                    let given = body.infer(arg).ty;
                    body.repeats -= 1;
                    given
                }
                false => Type::Error,
            };
            body.out.truncate(told);
            !given.is_error() && relate::fits(&body.g.defs, &given, ty)
        };
        if others.next().is_some() {
            return;
        }
        let candidates = (0..args.len()).filter(|other| *other != one).take(8);
        let other = candidates.into_iter().find(|other| {
            second.is_none_or(|span| args[*other].span == span)
                && !matches!(args[*other].kind, ast::ExprKind::Lambda(_))
                && fits(self, args[one], *other)
                && fits(self, args[*other], one)
        });
        let Some(other) = other else { return };
        let mut order: Vec<&ast::Expr> = args.to_vec();
        order.swap(one, other);
        let shown: Vec<String> = order.iter().map(|arg| self.source(arg.span)).collect();
        let help = format!(
            "two arguments stand in each other's place: write `{}({})`",
            call.name.text,
            shown.join(", ")
        );
        self.out.truncate(told + 1);
        if let Some(diagnostic) = self.out.last_mut() {
            diagnostic.help = Some(help);
        }
    }
}
