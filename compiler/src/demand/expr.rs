//! Expressions: what is demanded of the value of one becomes a demand on what it is made of.

use wf_types::Type;

use super::graph::{Node, Part, core};
use super::stmt::Walk;
use crate::typed::{
    Arg, BinaryOp, Const, Expr, ExprKind, Intrinsic, Keyed, Lambda, ListEntry, LocalId, LoopField,
    MapEntry, RecordEntry, TemplatePart, Test,
};

impl<'a> Walk<'a> {
    /// A use that looks at the whole value, as its type is here.
    pub(super) fn whole(&mut self, expr: &'a Expr) {
        let whole = self.graph.whole(&expr.ty);
        self.flow(expr, whole);
    }

    /// The value of an expression goes where this is demanded of it.
    pub(super) fn flow(&mut self, expr: &'a Expr, demand: Node) {
        match &expr.kind {
            ExprKind::Const(_)
            | ExprKind::Variable(_)
            | ExprKind::Run(_)
            | ExprKind::Config(_)
            | ExprKind::Loop(_, LoopField::Name | LoopField::Index) => {}
            ExprKind::Local(local) => {
                let local = self.local(*local);
                self.graph.flow(local, demand);
            }
            ExprKind::Step(step) => {
                let workflow = self.body.workflow.map_or(usize::MAX, |(id, _)| id.0 as usize);
                let steps = self.steps.get(workflow);
                if let Some(node) = steps.and_then(|s| s.get(step.0 as usize)).copied() {
                    self.graph.flow(node, demand);
                }
            }
            ExprKind::Loop(step, part) => {
                if let Some((items, item)) = self.body.loops.get(step).copied() {
                    let node = if *part == LoopField::Items { items } else { item };
                    self.graph.flow(node, demand);
                }
            }
            ExprKind::Trigger => {
                if let Some((id, workflow)) = self.body.workflow {
                    // In an arm of `match trigger` it is one of several, which its type says.
                    let one = workflow.triggers.iter().any(|t| t.context == expr.ty);
                    for (place, fired) in workflow.triggers.iter().enumerate() {
                        if !one || fired.context == expr.ty {
                            let node = self.triggers[id.0 as usize][place];
                            self.graph.flow(node, demand);
                        }
                    }
                }
            }
            ExprKind::NonNull(inner) => self.flow(inner, demand),
            ExprKind::Coerce(inner) => {
                let demand = self.changes.demand(&mut self.graph, &inner.ty, &expr.ty, demand);
                self.flow(inner, demand);
            }
            ExprKind::Decode(inner) => {
                self.whole(inner);
                self.decodes.push((expr.span, demand, &expr.ty));
            }
            // Whether a value fits a type is asked of the whole type: what else the program reads
            // must not change the answer.
            ExprKind::TryDecode(inner) => self.whole(inner),
            ExprKind::Member(inner) => {
                let node = self.of_members(&inner.ty, &expr.ty, demand);
                self.flow(inner, node);
            }
            ExprKind::UnionField { base, fields } => {
                self.union_field(base, fields, &expr.ty, demand);
            }
            ExprKind::Field { base, slot } => self.field(base, *slot, demand),
            ExprKind::ListGet { list: base, index: key } | ExprKind::MapGet { map: base, key } => {
                self.whole(key);
                self.items(base, demand);
            }
            ExprKind::ListGetBack { list, .. } => self.items(list, demand),
            ExprKind::If { cond, then, otherwise } => {
                self.whole(cond);
                self.flow(then, demand);
                self.flow(otherwise, demand);
            }
            ExprKind::IfPresent { value, local, present, absent } => {
                let node = self.local(*local);
                self.flow(value, node);
                self.flow(present, demand);
                self.flow(absent, demand);
            }
            ExprKind::Match { subject, local, arms } => {
                self.subject(subject, *local, arms.iter().flat_map(|arm| &arm.tests));
                for arm in arms {
                    self.bind(&subject.ty, *local, arm.binding);
                    self.flow(&arm.value, demand);
                }
            }
            _ => self.computed(expr, demand),
        }
    }

    /// Values that are made anew.
    fn computed(&mut self, expr: &'a Expr, demand: Node) {
        match &expr.kind {
            ExprKind::Call { function, args, .. } => self.call(function.0 as usize, args, demand),
            ExprKind::CallNative { name, args } => self.call_native(name, args, demand),
            ExprKind::Intrinsic { function, args } => self.intrinsic(*function, args, demand),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, demand),
            ExprKind::Unary { operand, .. } => self.whole(operand),
            ExprKind::Range { start, end, .. } => {
                self.whole(start);
                self.whole(end);
            }
            ExprKind::Template(parts) => {
                for part in parts {
                    match part {
                        TemplatePart::Text(_) => {}
                        TemplatePart::Expr(expr) => self.whole(expr),
                    }
                }
            }
            ExprKind::List(entries) => {
                for entry in entries {
                    let (ListEntry::Item(expr) | ListEntry::Spread(expr)) = entry;
                    self.whole(expr);
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        MapEntry::Pair(key, value) => {
                            self.whole(key);
                            self.whole(value);
                        }
                        MapEntry::Spread(map) => self.whole(map),
                    }
                }
            }
            ExprKind::Record { fields, .. } => {
                fields.iter().flatten().for_each(|field| self.whole(field));
            }
            ExprKind::RecordSpread(entries) => {
                for entry in entries {
                    match entry {
                        RecordEntry::Field(_, value) => self.whole(value),
                        RecordEntry::Spread(record, slots) => self.spread(record, slots),
                    }
                }
            }
            ExprKind::Lambda(lambda) => self.stray_lambda(lambda),
            // These hand values on: see above.
            ExprKind::Const(_)
            | ExprKind::Variable(_)
            | ExprKind::Run(_)
            | ExprKind::Config(_)
            | ExprKind::Loop(..)
            | ExprKind::Local(_)
            | ExprKind::Step(_)
            | ExprKind::Trigger
            | ExprKind::NonNull(_)
            | ExprKind::Member(_)
            | ExprKind::UnionField { .. }
            | ExprKind::Coerce(_)
            | ExprKind::Decode(_)
            | ExprKind::TryDecode(_)
            | ExprKind::Field { .. }
            | ExprKind::ListGet { .. }
            | ExprKind::ListGetBack { .. }
            | ExprKind::MapGet { .. }
            | ExprKind::If { .. }
            | ExprKind::IfPresent { .. }
            | ExprKind::Match { .. } => {}
        }
    }

    fn field(&mut self, base: &'a Expr, slot: u16, demand: Node) {
        let ty = core(self.graph.defs, &base.ty);
        let field = self.graph.defs.record(ty).and_then(|r| r.fields.get(usize::from(slot)));
        match field {
            Some(field) => {
                let node = self.graph.of_part(Part::Field(&field.name), demand);
                self.flow(base, node);
            }
            None => self.whole(base),
        }
    }

    /// A list or a map, of whose items this is demanded.
    fn items(&mut self, list: &'a Expr, demand: Node) {
        let node = self.graph.of_part(Part::Item, demand);
        self.flow(list, node);
    }

    fn call(&mut self, function: usize, args: &'a [Expr], demand: Node) {
        let Some((params, result)) = self.functions.get(function) else {
            return args.iter().for_each(|arg| self.whole(arg));
        };
        let (params, result) = (params.clone(), *result);
        self.graph.flow(result, demand);
        for (arg, param) in args.iter().zip(params) {
            self.flow(arg, param);
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &'a Expr, right: &'a Expr, demand: Node) {
        let used = self.graph.used;
        let core = |walk: &Self, e: &'a Expr| core(walk.graph.defs, &e.ty);
        match op {
            BinaryOp::Eq | BinaryOp::Ne if is_null(right) => self.flow(left, used),
            BinaryOp::Eq | BinaryOp::Ne if is_null(left) => self.flow(right, used),
            BinaryOp::In if matches!(core(self, right), Type::Map(_)) => {
                self.whole(left);
                self.flow(right, used);
            }
            BinaryOp::Add if matches!(core(self, left), Type::List(_)) => {
                self.flow(left, demand);
                self.flow(right, demand);
            }
            _ => {
                self.whole(left);
                self.whole(right);
            }
        }
    }

    /// The subject of a `match` is kept in a local; tests for null need no more than that.
    pub(super) fn subject(
        &mut self,
        subject: &'a Expr,
        local: LocalId,
        tests: impl Iterator<Item = &'a Test>,
    ) {
        let node = self.local(local);
        self.flow(subject, node);
        for test in tests {
            match test {
                Test::Any
                | Test::Never
                | Test::Null
                | Test::NotNull
                | Test::Equals(Const::Null)
                | Test::Member(_) => {}
                Test::Equals(_) => {
                    let whole = self.graph.whole(&subject.ty);
                    self.graph.flow(node, whole);
                }
            }
        }
    }

    /// A pattern gives the subject, or some members of it, a name.
    pub(super) fn bind(&mut self, subject: &'a Type, local: LocalId, binding: Option<LocalId>) {
        if let Some(binding) = binding {
            let bound = self.body.types.get(binding.0 as usize).map_or(subject, |l| &l.ty);
            let (local, binding) = (self.local(local), self.local(binding));
            let node = match core(self.graph.defs, subject) {
                Type::Union(_) => self.of_members(subject, bound, binding),
                _ => binding,
            };
            self.graph.flow(local, node);
        }
    }

    /// `...record`: the fields that are taken over.
    fn spread(&mut self, record: &'a Expr, slots: &[Option<u16>]) {
        let ty = core(self.graph.defs, &record.ty);
        let Some(fields) = self.graph.defs.record(ty).map(|r| &r.fields) else {
            return self.whole(record);
        };
        let node = self.graph.node();
        for (field, _) in fields.iter().zip(slots).filter(|(_, slot)| slot.is_some()) {
            let whole = self.graph.whole(&field.ty);
            self.graph.add_part(node, Part::Field(&field.name), whole);
        }
        self.flow(record, node);
    }

    /// Functions with lambdas, which go through lists item by item.
    fn intrinsic(&mut self, function: Intrinsic, args: &'a [Arg], demand: Node) {
        match args {
            [Arg::Value(list), Arg::Lambda(lambda)] => {
                let param = lambda.params.first().copied();
                let items = self.lambda_items(param);
                let item_of = |walk: &mut Self, node| walk.graph.projection(node, Part::Item);
                match function {
                    // The items themselves are in the value, in a list as before.
                    Intrinsic::Filter | Intrinsic::SortBy => self.graph.flow(items, demand),
                    Intrinsic::Keyed(Keyed::DistinctBy) => self.graph.flow(items, demand),
                    Intrinsic::Keyed(Keyed::KeyBy) => {
                        let item = item_of(self, demand);
                        self.graph.add_part(items, Part::Item, item);
                    }
                    Intrinsic::Find | Intrinsic::Keyed(Keyed::MinBy | Keyed::MaxBy) => {
                        self.graph.add_part(items, Part::Item, demand);
                    }
                    Intrinsic::GroupBy => {
                        let group = item_of(self, demand);
                        let item = item_of(self, group);
                        self.graph.add_part(items, Part::Item, item);
                    }
                    Intrinsic::Map
                    | Intrinsic::FilterMap
                    | Intrinsic::FlatMap
                    | Intrinsic::Any
                    | Intrinsic::All
                    | Intrinsic::Count
                    | Intrinsic::Reduce
                    | Intrinsic::Keyed(Keyed::MapValues) => {}
                }
                self.flow(list, items);
                match function {
                    Intrinsic::Map | Intrinsic::FilterMap | Intrinsic::Keyed(Keyed::MapValues) => {
                        let (made, item) = (self.graph.node(), item_of(self, demand));
                        self.graph.flow(made, item);
                        self.flow(&lambda.body, made);
                    }
                    Intrinsic::FlatMap => self.flow(&lambda.body, demand),
                    _ => self.whole(&lambda.body),
                }
            }
            [Arg::Value(list), Arg::Value(start), Arg::Lambda(lambda)] => {
                let items = self.lambda_items(lambda.params.get(1).copied());
                self.flow(list, items);
                // What was made of the items so far goes into the next round, and out at the end.
                let made = lambda.params.first().copied();
                let made = made.map_or(demand, |made| self.local(made));
                self.graph.flow(made, demand);
                self.flow(start, made);
                self.flow(&lambda.body, made);
            }
            _ => {
                for arg in args {
                    match arg {
                        Arg::Value(value) => self.whole(value),
                        Arg::Lambda(lambda) => self.stray_lambda(lambda),
                    }
                }
            }
        }
    }

    /// A list whose items a parameter of a lambda is given.
    fn lambda_items(&mut self, param: Option<LocalId>) -> Node {
        let used = self.graph.used;
        let param = param.map_or(used, |param| self.local(param));
        self.graph.of_part(Part::Item, param)
    }

    /// A lambda that is not known to be given anything from a border: steps look at those of their
    /// inputs themselves.
    fn stray_lambda(&mut self, lambda: &'a Lambda) {
        self.whole(&lambda.body);
    }
}

/// Whether an expression is `null`, however it is typed.
fn is_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(Const::Null) => true,
        ExprKind::Coerce(inner) => is_null(inner),
        _ => false,
    }
}
