//! Unions: of each member that is demanded which is read of it.

use rustc_hash::FxHashSet;
use wf_types::{Type, TypeDefs};

use super::graph::{Node, Part, core};
use super::stmt::Walk;
use crate::typed::Expr;

/// Whether every one of these members is one of the others.
pub(super) fn is_part_of(members: &[Type], of: &[Type]) -> bool {
    let of: FxHashSet<&Type> = of.iter().collect();
    members.iter().all(|member| of.contains(member))
}

/// The member of a union that a type, perhaps with null, is.
fn member_of<'t>(defs: &TypeDefs, members: &'t [Type], ty: &Type) -> Option<&'t Type> {
    let inner = match defs.peel(ty) {
        Type::Optional(inner) => inner,
        _ => ty,
    };
    let same = |m: &&Type| *m == inner;
    members.iter().find(same).or_else(|| {
        let inner = core(defs, inner);
        members.iter().find(|m| core(defs, m) == inner)
    })
}

impl<'a> Walk<'a> {
    /// What is demanded of a value of a union of which it is known that it is of the member, or of
    /// some of the members, `ty`.
    pub(super) fn of_members(&mut self, union: &Type, ty: &Type, demand: Node) -> Node {
        let defs = self.graph.defs;
        let Type::Union(members) = core(defs, union) else { return self.graph.whole(union) };
        if let Type::Union(kept) = core(defs, ty)
            && is_part_of(kept, members)
        {
            return demand;
        }
        match member_of(defs, members, ty) {
            Some(member) => self.graph.of_part(Part::Member(member), demand),
            None => self.graph.whole(union),
        }
    }

    /// A field that members of a union have, each at its own place and of its own type.
    pub(super) fn union_field(
        &mut self,
        base: &'a Expr,
        fields: &'a [(Type, Option<(u16, Type)>)],
        ty: &'a Type,
        demand: Node,
    ) {
        let defs = self.graph.defs;
        let node = self.graph.node();
        // Most members have the same field of the same type.
        let mut last: Option<(&Type, &str, Node)> = None;
        for (member, field) in fields {
            let Some((slot, of)) = field else { continue };
            let fields = defs.record(member).map(|record| &record.fields);
            let Some(field) = fields.and_then(|fields| fields.get(usize::from(*slot))) else {
                return self.whole(base);
            };
            let part = match last {
                Some((ty, name, node)) if ty == of && name == field.name => node,
                _ => {
                    let demand = self.changes.demand(&mut self.graph, of, ty, demand);
                    self.graph.of_part(Part::Field(&field.name), demand)
                }
            };
            last = Some((of, &field.name, part));
            self.graph.add_part(node, Part::Member(member), part);
        }
        self.flow(base, node);
    }

    /// Demands a field of a record, or of each member of a union that has it.
    pub(super) fn add_field(&mut self, node: Node, ty: &Type, name: &str, demand: Node) {
        let defs = self.graph.defs;
        let Type::Union(members) = core(defs, ty) else {
            return self.graph.add_part(node, Part::Field(name), demand);
        };
        let part = self.graph.of_part(Part::Field(name), demand);
        let with = |m: &&Type| defs.record(m).is_some_and(|r| r.field(name).is_some());
        for member in members.iter().filter(with) {
            self.graph.add_part(node, Part::Member(member), part);
        }
    }
}
