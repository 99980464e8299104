//! Expressions.

use std::rc::Rc;

use wf_compiler::typed::{
    BinaryOp, Const, Expr, ExprKind, FnId, ListEntry, LocalId, LoopField, MapEntry, RunField,
    TemplatePart, UnaryOp,
};
use wf_diagnostics::Span;

use super::coerce::give;
use super::operator;
use super::read;
use super::state::{Evaluator, Kind, Outcome, Stop};
use super::stmt::Flow;
use super::text::{json_text, shown};
use super::value::{Val, compare, equal, insert};

/// How deep calls of functions may nest, as the machine has it.
const DEPTH: usize = 200;

impl<'p> Evaluator<'p> {
    /// The value of an expression.
    pub(super) fn eval(&mut self, expr: &'p Expr) -> Outcome<Val> {
        self.burn(1)?;
        self.features.expr(&expr.kind);
        match &expr.kind {
            ExprKind::Const(value) => {
                self.features.constant(value);
                Ok(constant(value))
            }
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::IfPresent { value, local, present, absent } => {
                let value = self.eval(value)?;
                if value.is_null() {
                    return self.eval(absent);
                }
                self.set_local(*local, value)?;
                self.eval(present)
            }
            ExprKind::Call { function, args, .. } => {
                let args = args.iter().map(|a| self.eval(a)).collect::<Outcome<Vec<_>>>()?;
                self.call(*function, args)
            }
            ExprKind::CallNative { name, args } => {
                let args = args.iter().map(|a| self.eval(a)).collect::<Outcome<Vec<_>>>()?;
                self.native(name, args, expr.span)
            }
            ExprKind::Intrinsic { function, args } => self.intrinsic(*function, args),
            ExprKind::Unary { op, operand } => {
                let value = self.eval(operand)?;
                self.features.unary(*op);
                match (op, value) {
                    (UnaryOp::Not, Val::Bool(b)) => Ok(Val::Bool(!b)),
                    (UnaryOp::Neg, value) => operator::negate(&value)
                        .map_err(|code| self.fault(Kind::Pure, code, expr.span)),
                    _ => Err(self.broken("`not` of something that is no bool")),
                }
            }
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.span),
            ExprKind::Range { start, end, inclusive } => {
                let (start, end) = (self.int(start)?, self.int(end)?);
                self.range(start, end, *inclusive, expr.span)
            }
            ExprKind::If { cond, then, otherwise } => {
                if self.bool(cond)? {
                    self.eval(then)
                } else {
                    self.eval(otherwise)
                }
            }
            ExprKind::Match { subject, local, arms } => {
                let value = self.eval(subject)?;
                self.set_local(*local, value.clone())?;
                for arm in arms {
                    if self.takes(&arm.tests, &value)? {
                        self.bind(arm.binding, value)?;
                        return self.eval(&arm.value);
                    }
                }
                Err(self.broken("no arm of a match is taken"))
            }
            ExprKind::List(entries) => self.list_literal(entries),
            ExprKind::Map(entries) => self.map_literal(entries),
            ExprKind::Record { fields, order } => self.record(expr, fields, order),
            ExprKind::RecordSpread(entries) => self.record_spread(expr, entries),
            ExprKind::Lambda(lambda) => {
                self.lambdas.push(lambda);
                Ok(Val::Lambda(self.lambdas.len() - 1))
            }
            ExprKind::Decode(inner)
            | ExprKind::TryDecode(inner)
            | ExprKind::NonNull(inner)
            | ExprKind::Member(inner)
            | ExprKind::Coerce(inner) => self.converted(expr, inner),
            ExprKind::UnionField { base, fields } => self.union_field(expr, base, fields),
            _ => self.path(expr),
        }
    }

    /// A value that is proven to be of a narrower type, or is given for another one.
    fn converted(&mut self, expr: &'p Expr, inner: &'p Expr) -> Outcome<Val> {
        let value = self.eval(inner)?;
        match &expr.kind {
            ExprKind::Decode(_) => self.decoded(&value, &expr.ty).ok_or_else(|| {
                let mut stop = self.fault(Kind::Decode, "Decode", expr.span);
                if let Stop::Fault(fault) = &mut stop {
                    fault.details = Val::str(super::UNKNOWN);
                }
                stop
            }),
            ExprKind::TryDecode(_) => Ok(self.decoded(&value, &expr.ty).unwrap_or(Val::Null)),
            ExprKind::NonNull(_) if value.is_null() => Err(self.broken(format!(
                "PATH FAILURE: null was proven not to be there, at {:?}",
                inner.span
            ))),
            ExprKind::NonNull(_) => Ok(value),
            ExprKind::Member(_) => self.within(value, &expr.ty),
            _ => {
                self.burn(value.size())?;
                self.features.coercion(&value, &expr.ty, &self.program.defs);
                give(&value, &inner.ty, &expr.ty, &self.program.defs).ok_or_else(|| {
                    let text = json_text(&value);
                    let (from, to) = (&inner.ty, &expr.ty);
                    let at = expr.span;
                    self.broken(format!("{text}, a {from:?}, is given for {to:?} at {at:?}"))
                })
            }
        }
    }

    /// The value of a path: what is in the store, in a local, or in another value.
    fn path(&mut self, expr: &'p Expr) -> Outcome<Val> {
        match &expr.kind {
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Variable(var) => {
                let value = self.instance()?.variables.get(var.0 as usize).cloned().flatten();
                value.ok_or_else(|| self.broken("a variable is read before it begins"))
            }
            ExprKind::Step(step) => self.step_value(*step),
            ExprKind::Loop(step, field) => {
                let round = self.instance()?.rounds.get(step).cloned();
                let round = round.ok_or_else(|| self.broken("a loop is read outside of it"))?;
                self.features.loop_field(*field);
                Ok(match field {
                    LoopField::Name => Val::str(&round.name),
                    LoopField::Items => round.items,
                    LoopField::Index => Val::Int(round.index),
                    LoopField::Item => round.item,
                })
            }
            ExprKind::Trigger => Ok(self.instance()?.trigger.clone()),
            ExprKind::Run(field) => Ok(match self.features.run_field(*field) {
                RunField::Attempt => Val::Int(1),
                RunField::Workflow => Val::str(&self.instance()?.workflow.name),
                RunField::StartedAt => Val::Instant(crate::soak::world::NOW),
                RunField::Id => Val::Uuid(self.world.id()),
                RunField::Trigger => Val::Int(self.instance()?.fired as i64),
            }),
            ExprKind::Config(id) => {
                let value = self.config.get(id.0 as usize).cloned();
                let ty = self.program.config.get(id.0 as usize).map(|c| &c.ty);
                if ty.is_some_and(|ty| {
                    *super::coerce::non_null(ty, &self.program.defs) == wf_types::Type::Secret
                }) {
                    self.features.note("secret");
                }
                value.ok_or_else(|| self.broken("no such config"))
            }
            ExprKind::Field { base, slot } => self.field(base, *slot),
            ExprKind::ListGet { list, index } => {
                let (list, index) = (self.list(list)?, self.int(index)?);
                let at = usize::try_from(index).ok();
                Ok(at.and_then(|i| list.get(i).cloned()).unwrap_or(Val::Null))
            }
            ExprKind::ListGetBack { list, back } => {
                let list = self.list(list)?;
                let at = list.len().checked_sub(usize::from(*back));
                Ok(at.and_then(|i| list.get(i).cloned()).unwrap_or(Val::Null))
            }
            ExprKind::MapGet { map, key } => {
                let (map, key) = (self.eval(map)?, self.eval(key)?);
                match (&map, &key) {
                    (Val::Map(_), Val::Str(key)) => Ok(map.get(key).cloned().unwrap_or(Val::Null)),
                    _ => Err(self.broken("a key of something that is no map")),
                }
            }
            _ => Err(self.broken("an expression of no kind")),
        }
    }

    fn template(&mut self, parts: &'p [TemplatePart]) -> Outcome<Val> {
        let mut text = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(part) => text.push_str(part),
                TemplatePart::Expr(expr) => text.push_str(&shown(&self.eval(expr)?)),
            }
        }
        self.burn(text.len() as u64 / 8)?;
        Ok(Val::str(text))
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &'p Expr,
        right: &'p Expr,
        span: Span,
    ) -> Outcome<Val> {
        self.features.binary(op);
        match op {
            BinaryOp::Or => return Ok(Val::Bool(self.bool(left)? || self.bool(right)?)),
            BinaryOp::And => return Ok(Val::Bool(self.bool(left)? && self.bool(right)?)),
            _ => {}
        }
        let (a, b) = (self.eval(left)?, self.eval(right)?);
        self.burn(a.size() + b.size())?;
        let order = || compare(&a, &b);
        Ok(Val::Bool(match op {
            BinaryOp::Eq => equal(&a, &b),
            BinaryOp::Ne => !equal(&a, &b),
            BinaryOp::Lt => order().is_some_and(|o| o.is_lt()),
            BinaryOp::Le => order().is_some_and(|o| o.is_le()),
            BinaryOp::Gt => order().is_some_and(|o| o.is_gt()),
            BinaryOp::Ge => order().is_some_and(|o| o.is_ge()),
            BinaryOp::In => match (&a, &b) {
                (a, Val::List(items)) => items.iter().any(|item| equal(a, item)),
                (Val::Str(key), Val::Map(_)) => b.get(key).is_some(),
                _ => return Err(self.broken("`in` of something else")),
            },
            _ => {
                return match operator::arithmetic(op, &a, &b) {
                    Ok(value) => Ok(value),
                    Err("Broken") => Err(self.broken(format!("{op:?} of {a:?} and {b:?}"))),
                    Err(code) => Err(self.fault(Kind::Pure, code, span)),
                };
            }
        }))
    }

    fn range(&mut self, start: i64, end: i64, inclusive: bool, span: Span) -> Outcome<Val> {
        let count = i128::from(end) - i128::from(start) + i128::from(inclusive);
        if count <= 0 {
            return Ok(Val::list(Vec::new()));
        }
        // The machine refuses lists beyond its limit; up to there it is too much for here.
        if count > 10_000_000 {
            return Err(self.fault(Kind::Pure, "TooLarge", span));
        }
        self.burn(count as u64)?;
        let numbers = (0..count).map(|i| Val::Int((i128::from(start) + i) as i64));
        Ok(Val::list(numbers.collect()))
    }

    fn list_literal(&mut self, entries: &'p [ListEntry]) -> Outcome<Val> {
        let mut items = Vec::new();
        for entry in entries {
            self.features.note(match entry {
                ListEntry::Item(_) => "entry of a list",
                ListEntry::Spread(_) => "spread of a list",
            });
            match entry {
                ListEntry::Item(item) => items.push(self.eval(item)?),
                ListEntry::Spread(list) => items.extend(self.list(list)?.iter().cloned()),
            }
        }
        self.burn(items.len() as u64)?;
        Ok(Val::list(items))
    }

    fn map_literal(&mut self, entries: &'p [MapEntry]) -> Outcome<Val> {
        let mut all = Vec::new();
        for entry in entries {
            self.features.note(match entry {
                MapEntry::Pair(..) => "entry of a map",
                MapEntry::Spread(_) => "spread of a map",
            });
            match entry {
                MapEntry::Pair(key, value) => {
                    let (key, value) = (self.eval(key)?, self.eval(value)?);
                    let Val::Str(key) = key else { return Err(self.broken("a key of no text")) };
                    insert(&mut all, key, value);
                }
                MapEntry::Spread(map) => {
                    let Val::Map(more) = self.eval(map)? else {
                        return Err(self.broken("a spread of no map"));
                    };
                    for (key, value) in more.iter() {
                        insert(&mut all, Rc::clone(key), value.clone());
                    }
                }
            }
        }
        self.burn(all.len() as u64)?;
        Ok(Val::Map(Rc::new(all)))
    }

    fn decoded(&self, value: &Val, ty: &wf_types::Type) -> Option<Val> {
        read::decode(&read::of_value(value), ty, &self.program.defs, true)
    }

    /// Calls a function.
    pub(super) fn call(&mut self, function: FnId, args: Vec<Val>) -> Outcome<Val> {
        let Some(function) = self.program.functions.get(function.0 as usize) else {
            return Err(self.broken("no such function"));
        };
        if function.name.starts_with("g_") {
            self.features.note("generic function");
        }
        if self.depth >= DEPTH {
            return Err(Stop::TooMuch);
        }
        self.depth += 1;
        let mut locals = args;
        locals.resize(function.locals.len().max(locals.len()), Val::Missing);
        let before = std::mem::replace(&mut self.locals, locals);
        let declared = std::mem::replace(&mut self.declared, &function.locals);
        let flow = self.block(&function.body);
        (self.locals, self.declared) = (before, declared);
        self.depth -= 1;
        match flow? {
            Flow::Return(value) => Ok(value),
            Flow::Next => Ok(Val::Null),
            Flow::Break | Flow::Continue => Err(self.broken("a function ended by break")),
        }
    }

    fn local(&mut self, local: LocalId) -> Outcome<Val> {
        match self.locals.get(local.0 as usize) {
            Some(value) => Ok(value.clone()),
            None => Err(self.broken("no such local")),
        }
    }

    pub(super) fn set_local(&mut self, local: LocalId, value: Val) -> Outcome<()> {
        match self.locals.get_mut(local.0 as usize) {
            Some(place) => {
                *place = value;
                Ok(())
            }
            None => Err(Stop::Broken("no such local".into())),
        }
    }

    /// Gives the value of a `match` to the name of an arm.
    pub(super) fn bind(&mut self, binding: Option<LocalId>, value: Val) -> Outcome<()> {
        let Some(local) = binding else { return Ok(()) };
        let declared = self.declared;
        let Some(declared) = declared.get(local.0 as usize) else {
            return Err(self.broken("a binding without a type"));
        };
        let value = self.within(value, &declared.ty)?;
        self.set_local(local, value)
    }

    pub(super) fn bool(&mut self, expr: &'p Expr) -> Outcome<bool> {
        match self.eval(expr)? {
            Val::Bool(b) => Ok(b),
            other => Err(self.broken(format!("{other:?} is no bool at {:?}", expr.span))),
        }
    }

    pub(super) fn int(&mut self, expr: &'p Expr) -> Outcome<i64> {
        match self.eval(expr)? {
            Val::Int(n) => Ok(n),
            other => Err(self.broken(format!("{other:?} is no int at {:?}", expr.span))),
        }
    }

    pub(super) fn list(&mut self, expr: &'p Expr) -> Outcome<Rc<Vec<Val>>> {
        match self.eval(expr)? {
            Val::List(items) => Ok(items),
            other => Err(self.broken(format!("{other:?} is no list at {:?}", expr.span))),
        }
    }
}

/// The value of a constant.
pub(super) fn constant(value: &Const) -> Val {
    match value {
        Const::Null => Val::Null,
        Const::Bool(b) => Val::Bool(*b),
        Const::Int(n) => Val::Int(*n),
        Const::Float(x) => Val::Float(*x),
        Const::String(text) => Val::str(text),
        Const::Duration(micros) => Val::Duration(*micros),
        Const::Decimal(number) => Val::Dec(**number),
    }
}
