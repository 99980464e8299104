//! Types of the language to types of the machine.

use std::rc::Rc;

use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_bytecode::{FieldDesc, ShapeIdx, TypeDesc, TypeIdx};
use wf_types::{DefId, DefKind, Field, Literal, RecordType, Type, TypeDefs};

use super::constants::Tables;
use super::registers::Kind;
use crate::demand::{Demand, DemandId, Demands};

/// How many types a small program has.
const SOME: usize = 28;

/// The table of types while it is filled.
pub(super) struct Types {
    table: Vec<TypeDesc>,
    index: FxHashMap<(Type, DemandId), TypeIdx>,
    /// The types that have a place and are not written out yet.
    open: Vec<(TypeIdx, Type, DemandId)>,
    /// Members of unions of which a part is read.
    reduced: FxHashMap<(TypeIdx, TypeIdx), TypeIdx>,
    demands: Rc<Demands>,
}

/// The kind of register that values of a type are held in.
pub(super) fn kind(defs: &TypeDefs, ty: &Type) -> Kind {
    match defs.peel(ty) {
        Type::Bool | Type::Literal(Literal::Bool(_)) => Kind::Bool,
        Type::Int | Type::Literal(Literal::Int(_)) => Kind::Int,
        Type::Float => Kind::Float,
        Type::Union(members) => union_kind(defs, members),
        _ => Kind::Value,
    }
}

/// A union is a scalar where all of its members are literals or scalars of one kind.
fn union_kind(defs: &TypeDefs, members: &[Type]) -> Kind {
    let of_member = |ty: &Type| match defs.peel(ty) {
        Type::Bool | Type::Literal(Literal::Bool(_)) => Kind::Bool,
        Type::Int | Type::Literal(Literal::Int(_)) => Kind::Int,
        _ => Kind::Value,
    };
    let mut kinds = members.iter().map(of_member);
    let first = kinds.next().unwrap_or(Kind::Value);
    if kinds.all(|kind| kind == first) { first } else { Kind::Value }
}

/// The type inside of `T?`, or the type itself.
pub(super) fn without_null<'a>(defs: &'a TypeDefs, ty: &'a Type) -> &'a Type {
    match defs.peel(ty) {
        Type::Optional(inner) => inner,
        _ => ty,
    }
}

/// The shape of a record or an entity; the empty one for anything else.
pub(super) fn shape(defs: &TypeDefs, tables: &mut Tables, ty: &Type) -> ShapeIdx {
    tables.shape(defs.record(ty).map_or(&[], |record| &record.fields))
}

impl Types {
    pub(super) fn new(demands: Rc<Demands>) -> Self {
        let index = FxHashMap::with_capacity_and_hasher(SOME, FxBuildHasher);
        let (table, reduced) = (Vec::with_capacity(SOME), FxHashMap::default());
        Self { table, index, open: Vec::new(), reduced, demands }
    }

    /// The number of a type of which this is demanded; it is entered where it is new, with all that
    /// it holds. Names may lead to names in long chains, so what is entered is written out one after
    /// another.
    pub(super) fn index(
        &mut self,
        defs: &TypeDefs,
        tables: &mut Tables,
        ty: &Type,
        demand: DemandId,
    ) -> TypeIdx {
        let index = self.enter(defs, ty, demand);
        while let Some((index, ty, demand)) = self.open.pop() {
            let desc = self.desc(defs, tables, &ty, demand);
            self.table[usize::from(index.0)] = desc;
        }
        index
    }

    /// The number of a type. A new one gets its place, and is written out later: a type may hold
    /// itself.
    fn enter(&mut self, defs: &TypeDefs, ty: &Type, demand: DemandId) -> TypeIdx {
        let key = (ty.clone(), demand);
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        // `type A = B` is `B`, under the name that stands at its declaration.
        if let Type::Named(def) = ty
            && let DefKind::Alias(Type::Named(_)) = &defs.get(*def).kind
            && !defs.peel(ty).is_error()
        {
            return self.enter_alias(defs, key);
        }
        self.enter_new(key)
    }

    fn enter_new(&mut self, key: (Type, DemandId)) -> TypeIdx {
        let index = TypeIdx(self.table.len() as u16);
        self.table.push(TypeDesc::Null);
        self.open.push((index, key.0.clone(), key.1));
        self.index.insert(key, index);
        index
    }

    /// The number of a name for other names, which has none yet.
    fn enter_alias(&mut self, defs: &TypeDefs, mut key: (Type, DemandId)) -> TypeIdx {
        let mut names = Vec::new();
        let index = loop {
            if let Some(index) = self.index.get(&key) {
                break *index;
            }
            let Type::Named(def) = &key.0 else { break self.enter_new(key) };
            let DefKind::Alias(target @ Type::Named(_)) = &defs.get(*def).kind else {
                break self.enter_new(key);
            };
            let next = (target.clone(), key.1);
            names.push(std::mem::replace(&mut key, next));
        };
        self.index.extend(names.into_iter().map(|name| (name, index)));
        index
    }

    /// The number of types so far.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether the table is so long that further types would get wrong numbers.
    fn is_full(&self) -> bool {
        self.table.len() > usize::from(u16::MAX)
    }

    pub(super) fn finish(self) -> Vec<TypeDesc> {
        self.table
    }

    fn desc(
        &mut self,
        defs: &TypeDefs,
        tables: &mut Tables,
        ty: &Type,
        demand: DemandId,
    ) -> TypeDesc {
        if self.is_full() {
            return TypeDesc::Null;
        }
        if demand == DemandId::NONE {
            return TypeDesc::Unread(self.enter(defs, ty, DemandId::WHOLE));
        }
        let items = match self.demands.get(demand) {
            Demand::Items(items) => *items,
            _ => DemandId::WHOLE,
        };
        match ty {
            Type::Null | Type::Never => TypeDesc::Null,
            Type::Bool => TypeDesc::Bool,
            Type::Int => TypeDesc::Int,
            Type::Float => TypeDesc::Float,
            Type::Decimal => TypeDesc::Decimal,
            Type::String => TypeDesc::String,
            Type::Uuid => TypeDesc::Uuid,
            Type::Instant => TypeDesc::Instant,
            Type::Duration => TypeDesc::Duration,
            Type::Secret => TypeDesc::Secret,
            Type::Literal(Literal::Bool(value)) => TypeDesc::LiteralBool(*value),
            Type::Literal(Literal::Int(value)) => TypeDesc::LiteralInt(*value),
            Type::Literal(Literal::String(value)) => TypeDesc::LiteralString(value.clone()),
            Type::Optional(inner) => TypeDesc::Optional(self.enter(defs, inner, demand)),
            Type::List(inner) => TypeDesc::List(self.enter(defs, inner, items)),
            Type::Map(inner) => TypeDesc::Map(self.enter(defs, inner, items)),
            Type::Record(record) => self.record(defs, tables, SmolStr::default(), record, demand),
            Type::Union(members) => {
                let demands = Rc::clone(&self.demands);
                let parts = match demands.get(demand) {
                    Demand::Members(parts) => parts.as_slice(),
                    _ => &[],
                };
                let member = |(place, member): (usize, &Type)| {
                    let part = parts.get(place).copied().unwrap_or(DemandId::WHOLE);
                    self.member(defs, member, part)
                };
                TypeDesc::Union(members.iter().enumerate().map(member).collect())
            }
            Type::Named(def) => self.named(defs, tables, *def, demand),
            Type::Lambda(_) => TypeDesc::Lambda,
            // The last ones do not get through the checker.
            Type::Json | Type::Error | Type::Param(_) | Type::Apply(..) => TypeDesc::Json,
        }
    }

    /// A member of a union of which this is demanded. Values carry the number of the whole member,
    /// so that it is the same wherever they come from.
    fn member(&mut self, defs: &TypeDefs, member: &Type, demand: DemandId) -> TypeIdx {
        let of = self.enter(defs, member, DemandId::WHOLE);
        if demand == DemandId::WHOLE {
            return of;
        }
        let read = self.enter(defs, member, demand);
        *self.reduced.entry((of, read)).or_insert_with(|| {
            self.table.push(TypeDesc::Reduced { of, read });
            TypeIdx((self.table.len() - 1) as u16)
        })
    }

    fn named(
        &mut self,
        defs: &TypeDefs,
        tables: &mut Tables,
        def: DefId,
        demand: DemandId,
    ) -> TypeDesc {
        let def = defs.get(def);
        match &def.kind {
            // What a row lacks that has a default is filled in before it is read.
            DefKind::Entity(record) => {
                let mut record = record.clone();
                record.fields.iter_mut().for_each(|field| field.has_default = false);
                self.record(defs, tables, def.name.clone(), &record, demand)
            }
            DefKind::Alias(Type::Record(record)) => {
                self.record(defs, tables, def.name.clone(), record, demand)
            }
            // An alias of itself, which the checker refuses.
            DefKind::Alias(Type::Named(_)) => TypeDesc::Null,
            DefKind::Alias(ty) => self.desc(defs, tables, ty, demand),
            // Functions over it have been made functions over other types.
            DefKind::Opaque(_) => TypeDesc::Json,
        }
    }

    fn record(
        &mut self,
        defs: &TypeDefs,
        tables: &mut Tables,
        name: SmolStr,
        record: &RecordType,
        demand: DemandId,
    ) -> TypeDesc {
        let shape = tables.shape(&record.fields);
        let demands = Rc::clone(&self.demands);
        let parts = match demands.get(demand) {
            Demand::Fields(parts) => parts.as_slice(),
            _ => &[],
        };
        let field = |(slot, field): (usize, &Field)| {
            let part = parts.get(slot).copied().unwrap_or(DemandId::WHOLE);
            let demanded = part != DemandId::NONE;
            // A field that is not read still says what it would be.
            let part = if demanded { part } else { DemandId::WHOLE };
            FieldDesc {
                ty: self.enter(defs, &field.ty, part),
                optional: may_be_missing(defs, field),
                demanded,
            }
        };
        let fields = record.fields.iter().enumerate().map(field).collect();
        TypeDesc::Record { name, shape, fields }
    }
}

/// Whether JSON may lack a field: where it admits null or has a default, or is told apart.
pub(crate) fn may_be_missing(defs: &TypeDefs, field: &Field) -> bool {
    field.has_default
        || field.may_be_missing
        || matches!(defs.peel(&field.ty), Type::Optional(_) | Type::Json | Type::Null)
}
