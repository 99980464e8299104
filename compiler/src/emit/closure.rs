//! Lambdas for nodes, filters of triggers, and defaults: functions whose values are all boxed.

use smol_str::{SmolStr, format_smolstr};
use wf_bytecode::pushdown::Pushdown;
use wf_bytecode::{Filter, FunctionKind, Op, Reg, V};
use wf_diagnostics::Span;

use super::Emitter;
use super::function::{Body, FunctionEmitter, PendingHandler};
use super::registers::{Kind, behind, kind_of};
use super::uses::{Place, RunPart, Uses};
use crate::pushdown::{self, Ahead, Analysis};
use crate::typed::{ConfigId, Expr, Lambda, Local, LocalId};

impl<'a> FunctionEmitter<'_, 'a> {
    /// A lambda as an input of a node: it captures what it reads, as it is now.
    pub(super) fn lambda(&mut self, lambda: &'a Lambda, dst: Reg) {
        let places: Vec<Place> = Uses::of_lambda(lambda).free().collect();
        let analysis = self.analysis(lambda, places.len());
        let captures = places.len() + analysis.ahead.len();
        let first = self.regs.value_range(captures);
        let mut kinds = Vec::with_capacity(places.len());
        for (i, place) in places.iter().enumerate() {
            let to = Reg::Value(behind(first, i));
            kinds.push(self.capture_value(*place, to));
        }
        for (i, ahead) in analysis.ahead.iter().enumerate() {
            self.evaluate_ahead(ahead.clone(), behind(first, places.len() + i));
        }
        let name = format_smolstr!("{}.lambda", self.name);
        let function = self.e.reserve(name.clone());
        if let Some(asks) = analysis.asks {
            self.e.pushdowns.push(Pushdown { function, asks });
        }
        let span = lambda.body.span;
        let mut child = FunctionEmitter::new(self.e, self.body, name, span, Kind::Value);
        child.depth = self.depth;
        let params = child.regs.value_range(lambda.params.len());
        let captured = child.regs.value_range(captures);
        for (i, (place, kind)) in places.iter().zip(kinds).enumerate() {
            let reg = child.as_kind(Reg::Value(behind(captured, i)), kind);
            child.place(*place, reg);
        }
        child.params(&lambda.params, params);
        child.end_with(&lambda.body);
        let counts = (lambda.params.len() as u16, captures as u16);
        child.finish(function, FunctionKind::Closure { params: counts.0, captures: counts.1 });
        self.value_op(dst, |dst| Op::MakeClosure { dst, function, first });
    }

    /// What a store can work out of a lambda over an entity.
    fn analysis(&self, lambda: &'a Lambda, captures: usize) -> Analysis<'a> {
        let body = self.body;
        pushdown::analyse(&self.e.typed.defs, body.locals, lambda, captures)
    }

    /// Evaluates what is the same for all rows. Where that fails the lambda will, if it comes to it:
    /// what is captured then is no value of the type, and nobody asks a store by it.
    fn evaluate_ahead(&mut self, ahead: Ahead<'a>, dst: V) {
        let start = self.w.here();
        let (gone, done) = (self.w.label(), self.w.label());
        for value in &ahead.there {
            self.scoped(|f| {
                let src = f.tested(value);
                f.w.jump(gone, |to| Op::JumpIfNull { src, to });
            });
        }
        self.expr_to(ahead.expr, Reg::Value(dst));
        if ahead.there.is_empty() && !ahead.may_fail {
            return;
        }
        let end = self.w.here();
        self.w.goto(done);
        self.w.bind(gone);
        self.op(Op::Null { dst });
        if ahead.may_fail {
            let failed = self.w.label();
            self.w.goto(done);
            self.w.bind(failed);
            self.table_constant(wf_bytecode::Const::EmptyMap, dst);
            self.ahead.push((start, end));
            let (failure, loop_depth) = (self.regs.value(), self.loop_depth);
            let (target, finally) = (failed, false);
            self.handlers.push(PendingHandler { start, end, target, failure, loop_depth, finally });
        }
        self.w.bind(done);
    }

    /// Evaluates what a lambda captures; gives the kind that it has without its box.
    fn capture_value(&mut self, place: Place, to: Reg) -> Kind {
        if let Some(reg) = self.find(place) {
            self.convert(reg, to);
            return kind_of(reg);
        }
        match place {
            Place::Trigger => self.value_op(to, |dst| Op::Trigger { dst }),
            Place::Config(config) => {
                self.value_op(to, |dst| Op::Config { dst, index: config.0 as u16 });
            }
            Place::Run(part) => {
                let field = match part {
                    RunPart::Id => wf_bytecode::RunField::Id,
                    RunPart::Workflow => wf_bytecode::RunField::Workflow,
                    RunPart::StartedAt => wf_bytecode::RunField::StartedAt,
                    RunPart::Attempt => wf_bytecode::RunField::Attempt,
                    RunPart::Trigger => wf_bytecode::RunField::Trigger,
                };
                self.value_op(to, |dst| Op::Run { dst, field });
            }
            _ => {
                self.register_of(place, Kind::Value);
            }
        }
        Kind::Value
    }

    /// Places the parameters, which are boxed in registers from `first` on.
    fn params(&mut self, params: &[LocalId], first: wf_bytecode::V) {
        for (i, param) in params.iter().enumerate() {
            let kind = self.local_kind(*param);
            let reg = self.as_kind(Reg::Value(behind(first, i)), kind);
            self.place(Place::Local(*param), reg);
        }
    }

    fn end_with(&mut self, value: &'a Expr) {
        let reg = Reg::Value(self.value(value));
        self.op_return(reg);
    }
}

impl<'a> Emitter<'a> {
    /// The closure of a default, which is an expression over nothing.
    pub(super) fn default(&mut self, name: &str, locals: &'a [Local], value: &'a Expr) -> u16 {
        self.closed(format_smolstr!("{name}.default"), locals, &[], &[], value, value.span)
    }

    /// The closure of a trigger's filter.
    pub(super) fn filter(&mut self, name: &str, locals: &'a [Local], lambda: &'a Lambda) -> Filter {
        let span = lambda.body.span;
        let mut config = Vec::new();
        for place in Uses::of_lambda(lambda).free() {
            match place {
                Place::Config(id) => config.push(id),
                _ => self.broken(span, "the filter of a trigger reads a run"),
            }
        }
        let name = format_smolstr!("{name}.where");
        let closure = self.closed(name, locals, &lambda.params, &config, &lambda.body, span);
        Filter { closure, config: config.into_iter().map(|id| id.0 as u16).collect() }
    }

    fn closed(
        &mut self,
        name: SmolStr,
        locals: &'a [Local],
        params: &[LocalId],
        config: &[ConfigId],
        value: &'a Expr,
        span: Span,
    ) -> u16 {
        let function = self.reserve(name.clone());
        let body = Body { locals, workflow: None };
        let mut f = FunctionEmitter::new(self, body, name, span, Kind::Value);
        let count = params.len() + config.len();
        let first = f.regs.value_range(count);
        f.params(params, first);
        for (i, id) in config.iter().enumerate() {
            let reg = Reg::Value(behind(first, params.len() + i));
            f.place(Place::Config(*id), reg);
        }
        f.end_with(value);
        f.finish(function, FunctionKind::Closure { params: count as u16, captures: 0 });
        function
    }
}
