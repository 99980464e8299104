//! Library functions with lambdas, written out as loops: the lambda's parameters are locals, and
//! what it captures is simply there.

use wf_bytecode::{Const, Op, Reg, S, V};

use super::cursor::{Cursor, field_of, reads_parts};
use super::function::FunctionEmitter;
use super::registers::Kind;
use super::uses::Place;
use super::writer::Label;
use crate::typed::{self, Arg, Expr, Intrinsic, Keyed, Lambda, LocalId};

/// The registers of the loop around a lambda.
pub(super) struct Round {
    index: S,
    length: S,
    list: V,
    head: Label,
    next: Label,
    done: Label,
}

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn intrinsic(
        &mut self,
        function: Intrinsic,
        args: &'a [Arg],
        whole: &'a Expr,
        dst: Reg,
    ) {
        match (args, dst) {
            ([Arg::Value(list), Arg::Lambda(lambda)], Reg::Value(dst)) => {
                self.collect(function, list, lambda, dst);
            }
            ([Arg::Value(list), Arg::Lambda(lambda)], _) => {
                self.count(function, list, lambda, dst);
            }
            ([Arg::Value(list), Arg::Value(start), Arg::Lambda(lambda)], _) => {
                self.reduce(list, start, lambda, dst);
            }
            _ => self.e.broken(whole.span, "a library function has other arguments"),
        }
    }

    /// The functions that give a list, a map or an item.
    fn collect(&mut self, function: Intrinsic, list: &'a Expr, lambda: &'a Lambda, dst: V) {
        match function {
            Intrinsic::SortBy | Intrinsic::GroupBy => {
                let list = self.value(list);
                if function == Intrinsic::GroupBy
                    && let Some(slot) = field_of(lambda)
                {
                    return self.op(Op::GroupByField { slot, dst, list });
                }
                let keys = self.regs.value();
                let round = self.begin_round(list, lambda, lambda.params.first(), Some(keys));
                let value = self.fresh_value(&lambda.body);
                self.op(Op::ListPush { list: keys, value });
                self.end_round(&round);
                self.op(match function {
                    Intrinsic::SortBy => Op::SortBy { dst, list, keys },
                    _ => Op::GroupBy { dst, list, keys },
                });
            }
            Intrinsic::Find => self.find_item(list, lambda, dst),
            Intrinsic::Keyed(keyed) => self.keyed(keyed, list, lambda, dst),
            _ => {
                let list = self.value(list);
                let sized = function == Intrinsic::Map;
                if !sized {
                    self.table_constant(Const::EmptyList, dst);
                }
                let sized = sized.then_some(dst);
                let round = self.begin_round(list, lambda, lambda.params.first(), sized);
                self.collect_item(function, lambda, &round, dst);
                self.end_round(&round);
            }
        }
    }

    fn collect_item(&mut self, function: Intrinsic, lambda: &'a Lambda, round: &Round, list: V) {
        match function {
            Intrinsic::Filter => {
                self.branch(&lambda.body, false, round.next);
                let Round { list: from, index, .. } = *round;
                self.op(Op::ListPushItem { list, from, index });
            }
            Intrinsic::FilterMap => {
                let value = self.fresh_value(&lambda.body);
                self.jump_null(value, true, round.next);
                self.op(Op::ListPush { list, value });
            }
            Intrinsic::FlatMap => {
                let b = self.fresh_value(&lambda.body);
                self.op(Op::ListConcat { dst: list, a: list, b });
            }
            _ => {
                let value = self.fresh_value(&lambda.body);
                self.op(Op::ListPush { list, value });
            }
        }
    }

    fn find_item(&mut self, list: &'a Expr, lambda: &'a Lambda, dst: V) {
        let list = self.value(list);
        let end = self.w.label();
        self.op(Op::Null { dst });
        let round = self.begin_round(list, lambda, lambda.params.first(), None);
        self.branch(&lambda.body, false, round.next);
        self.op(Op::ListItem { dst, list, index: round.index });
        self.w.goto(end);
        self.end_round(&round);
        self.w.bind(end);
    }

    /// The items, and behind them a list of what the lambda makes of each, are given to a function of
    /// the library.
    fn keyed(&mut self, keyed: Keyed, of: &'a Expr, lambda: &'a Lambda, dst: V) {
        let V(first) = self.regs.value_range(2);
        let keys = V(first.wrapping_add(1));
        self.expr_to(of, Reg::Value(V(first)));
        let items = match keyed {
            Keyed::MapValues => {
                let items = self.regs.value();
                self.op(Op::Move { dst: items, src: V(first) });
                let native = self.e.tables.native("values".into(), 1);
                self.op(Op::CallNative { native, dst: items, first: items });
                items
            }
            _ => V(first),
        };
        let round = self.begin_round(items, lambda, lambda.params.first(), Some(keys));
        let value = self.fresh_value(&lambda.body);
        self.op(Op::ListPush { list: keys, value });
        self.end_round(&round);
        let native = self.e.tables.native(keyed.name().into(), 2);
        self.op(Op::CallNative { native, dst, first: V(first) });
    }

    /// `any`, `all` and `count`.
    fn count(&mut self, function: Intrinsic, list: &'a Expr, lambda: &'a Lambda, dst: Reg) {
        let list = self.value(list);
        let end = self.w.label();
        // What the function gives where the list runs out.
        let rest = match function {
            Intrinsic::Any => typed::Const::Bool(false),
            Intrinsic::All => typed::Const::Bool(true),
            _ => typed::Const::Int(0),
        };
        self.constant(&rest, dst);
        let round = self.begin_round(list, lambda, lambda.params.first(), None);
        match function {
            Intrinsic::Any | Intrinsic::All => {
                let found = function == Intrinsic::Any;
                self.branch(&lambda.body, !found, round.next);
                self.constant(&typed::Const::Bool(found), dst);
                self.w.goto(end);
            }
            _ => {
                self.branch(&lambda.body, false, round.next);
                let a = self.bare(dst);
                self.op(Op::AddIntImm { dst: a, a, imm: 1 });
            }
        }
        self.end_round(&round);
        self.w.bind(end);
    }

    fn reduce(&mut self, list: &'a Expr, start: &'a Expr, lambda: &'a Lambda, dst: Reg) {
        let list = self.value(list);
        let [acc_local, item] = lambda.params.as_slice() else {
            return self.e.broken(start.span, "`reduce` has a lambda of two parameters");
        };
        let kind = self.local_kind(*acc_local);
        let acc = self.regs.of_kind(kind);
        self.expr_to(start, acc);
        self.place(Place::Local(*acc_local), acc);
        let round = self.begin_round(list, lambda, Some(item), None);
        self.assign(Place::Local(*acc_local), acc, &lambda.body);
        self.end_round(&round);
        self.take(acc, dst);
    }

    /// Begins a round for each item of a list, given for a parameter of the lambda; makes a list
    /// with room for as many before that, where there is a register for it.
    pub(super) fn begin_round(
        &mut self,
        list: V,
        lambda: &Lambda,
        param: Option<&LocalId>,
        sized: Option<V>,
    ) -> Round {
        let (index, length) = (self.regs.scalar(), self.regs.scalar());
        let (next, done) = (self.w.label(), self.w.label());
        self.op(Op::ListLen { dst: length, list });
        if let Some(dst) = sized {
            self.op(Op::NewList { dst, size: length });
        }
        self.op(Op::ConstInt { dst: index, value: 0 });
        self.w.jump_near(done, |to| Op::JumpIfLe { a: length, b: index, to });
        let head = self.w.label_here();
        if let Some(param) = param {
            self.bind_item(*param, lambda, list, index);
        }
        Round { index, length, list, head, next, done }
    }

    pub(super) fn end_round(&mut self, round: &Round) {
        let Round { index, length, head, .. } = *round;
        self.w.bind(round.next);
        self.w.jump_near(head, |to| Op::NextInt { counter: index, end: length, to });
        self.w.bind(round.done);
    }

    /// The parameter that an item is given for: in a register, or read where it is in the list.
    fn bind_item(&mut self, param: LocalId, lambda: &Lambda, list: V, index: S) {
        let kind = self.local_kind(param);
        if kind == Kind::Value && reads_parts(lambda, param) {
            self.cursors.insert(param, Cursor::Item { list, index });
            return;
        }
        let item = self.regs.value();
        self.op(Op::ListItem { dst: item, list, index });
        let reg = self.as_kind(Reg::Value(item), kind);
        self.place(Place::Local(param), reg);
    }
}
