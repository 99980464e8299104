//! Lists and maps.

use wf_bytecode::{Const, Op, Reg, V};

use super::function::FunctionEmitter;
use crate::typed::{Expr, ListEntry, MapEntry};

/// How many items a literal holds in registers at once; longer ones are put together of several.
const CHUNK: usize = 64;

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn list(&mut self, entries: &'a [ListEntry], dst: Reg) {
        let Reg::Value(dst) = dst else { return };
        let leading = entries.iter().map_while(|entry| match entry {
            ListEntry::Item(item) => Some(item),
            ListEntry::Spread(_) => None,
        });
        let leading: Vec<&Expr> = leading.take(CHUNK).collect();
        let rest = entries.iter().skip(leading.len());
        match (entries.first(), leading.len()) {
            (Some(ListEntry::Spread(list)), _) => {
                self.expr_to(list, Reg::Value(dst));
                rest.skip(1).for_each(|entry| self.append(entry, dst));
            }
            (_, 0) => self.table_constant(Const::EmptyList, dst),
            (_, count) => {
                self.scoped(|f| {
                    let first = f.value_range(leading.into_iter());
                    f.op(Op::MakeList { dst, first, count: count as u16 });
                });
                rest.for_each(|entry| self.append(entry, dst));
            }
        }
    }

    /// Puts an entry behind the items of a list that is being made.
    pub(super) fn append(&mut self, entry: &'a ListEntry, list: V) {
        self.scoped(|f| match entry {
            ListEntry::Item(item) => {
                let value = f.fresh_value(item);
                f.op(Op::ListPush { list, value });
            }
            ListEntry::Spread(other) => {
                let b = f.fresh_value(other);
                f.op(Op::ListConcat { dst: list, a: list, b });
            }
        });
    }

    pub(super) fn map(&mut self, entries: &'a [MapEntry], dst: Reg) {
        let Reg::Value(dst) = dst else { return };
        let leading = entries.iter().map_while(|entry| match entry {
            MapEntry::Pair(key, value) => Some([key, value]),
            MapEntry::Spread(_) => None,
        });
        let leading: Vec<&Expr> = leading.take(CHUNK).flatten().collect();
        let rest = entries.iter().skip(leading.len() / 2);
        match (entries.first(), leading.len() / 2) {
            (Some(MapEntry::Spread(map)), _) => {
                self.expr_to(map, Reg::Value(dst));
                rest.skip(1).for_each(|entry| self.insert(entry, dst));
            }
            (_, 0) => self.table_constant(Const::EmptyMap, dst),
            (_, count) => {
                self.scoped(|f| {
                    let first = f.value_range(leading.into_iter());
                    f.op(Op::MakeMap { dst, first, count: count as u16 });
                });
                rest.for_each(|entry| self.insert(entry, dst));
            }
        }
    }

    /// Inserts an entry into a map.
    pub(super) fn insert(&mut self, entry: &'a MapEntry, map: V) {
        self.scoped(|f| match entry {
            MapEntry::Pair(key, value) => {
                let (key, value) = (f.value(key), f.fresh_value(value));
                f.op(Op::MapInsert { map, key, value });
            }
            MapEntry::Spread(other) => {
                let other = f.value(other);
                f.op(Op::MapExtend { map, other });
            }
        });
    }
}
