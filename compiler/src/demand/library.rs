//! Library functions: what they hand on follows from their signatures.
//!
//! A function whose type parameter has no bound can't look into its values: `first`, `reverse`,
//! `zip` hand them on as they are. What is demanded of a part of the result whose type is `T` is
//! demanded of the arguments' parts of that type. A bound (`T: comparable`, `T: ordered`) says that
//! the function looks at them, and at all of them.

use smol_str::SmolStr;
use wf_types::{FnSignature, Type, TypeParam};

use super::graph::{Node, Part, core};
use super::stmt::Walk;
use crate::typed::{Expr, Program};

/// Where a type parameter stands in a type: the parts that lead there, and whether null is told
/// from it on the way.
pub(super) struct Place<'s> {
    pub(super) parts: Vec<Part<'s>>,
    optional: bool,
}

/// The places of a type parameter in a type of a signature.
pub(super) fn places(ty: &Type, param: usize) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    let mut way = Vec::new();
    collect(ty, param, false, &mut way, &mut found);
    found
}

fn collect<'s>(
    ty: &'s Type,
    param: usize,
    optional: bool,
    way: &mut Vec<Part<'s>>,
    found: &mut Vec<Place<'s>>,
) {
    match ty {
        Type::Param(index) if usize::from(*index) == param => {
            found.push(Place { parts: way.clone(), optional });
        }
        Type::Optional(inner) => collect(inner, param, true, way, found),
        Type::List(inner) | Type::Map(inner) => {
            way.push(Part::Item);
            collect(inner, param, false, way, found);
            way.pop();
        }
        Type::Record(record) => {
            for field in &record.fields {
                way.push(Part::Field(&field.name));
                collect(&field.ty, param, false, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

impl<'a> Walk<'a> {
    /// The demand on the part of a value that stands at a place.
    pub(super) fn project(&mut self, node: Node, place: &Place<'_>) -> Node {
        place.parts.iter().fold(node, |node, part| self.graph.projection(node, *part))
    }

    /// An untouched node of whose part at a place this is demanded.
    pub(super) fn at_place(&mut self, place: &Place<'_>, demand: Node) -> Node {
        let parts = place.parts.iter().rev();
        parts.fold(demand, |demand, part| self.graph.untouched_of_part(*part, demand))
    }

    /// A call of a library function.
    pub(super) fn call_native(&mut self, name: &SmolStr, args: &'a [Expr], demand: Node) {
        if name == crate::check::expr::select::SLICE
            && let Some((list, ends)) = args.split_first()
        {
            // `xs[1:3]`: the items are in the value, in a list as before.
            self.flow(list, demand);
            return ends.iter().for_each(|end| self.whole(end));
        }
        let Some(signature) = self.signature(name, args) else {
            return args.iter().for_each(|arg| self.whole(arg));
        };
        let params = &signature.type_params;
        let demands: Vec<Node> = params
            .iter()
            .enumerate()
            .map(|(index, param)| self.result_demand(signature, index, param, demand))
            .collect();
        for (place, arg) in args.iter().enumerate() {
            let ty = signature.params.get(place).map(|param| &param.ty);
            let Some(ty) = ty.filter(|ty| names_param(ty)) else {
                self.whole(arg);
                continue;
            };
            // The containers themselves are looked at, whatever is in them.
            let node = self.graph.node();
            for (index, param) in params.iter().enumerate() {
                for place in places(ty, index) {
                    if param.bound.is_some() {
                        let whole = self.graph.whole(&arg.ty);
                        self.graph.flow(node, whole);
                        continue;
                    }
                    let at = self.at_place(&place, demands[index]);
                    self.graph.flow(node, at);
                    if place.optional {
                        let used = self.graph.used;
                        let at = self.at_place(&place, used);
                        self.graph.flow(node, at);
                    }
                }
            }
            self.flow(arg, node);
        }
    }

    /// What is demanded of values of a type parameter by way of the result.
    fn result_demand(
        &mut self,
        signature: &FnSignature,
        index: usize,
        param: &TypeParam,
        demand: Node,
    ) -> Node {
        let node = self.graph.untouched();
        if param.bound.is_none() {
            for place in places(&signature.result, index) {
                let part = self.project(demand, &place);
                self.graph.flow(node, part);
            }
        }
        node
    }

    /// The signature of a function that is called with these arguments: several of one name are
    /// told apart by the kind of the first one.
    fn signature(&self, name: &SmolStr, args: &[Expr]) -> Option<&'a FnSignature> {
        let given = args.first().map(|arg| core(self.graph.defs, &arg.ty));
        let fits = |signature: &&FnSignature| match (signature.params.first(), given) {
            (Some(param), Some(given)) => {
                let expected = core(self.graph.defs, &param.ty);
                matches!(expected, Type::Param(_))
                    || std::mem::discriminant(expected) == std::mem::discriminant(given)
            }
            _ => false,
        };
        let program: &'a Program = self.program;
        program.signatures.function(name).find(fits)
    }
}

/// Whether a type of a signature has a type parameter in it.
fn names_param(ty: &Type) -> bool {
    match ty {
        Type::Param(_) => true,
        Type::Optional(inner) | Type::List(inner) | Type::Map(inner) => names_param(inner),
        Type::Record(record) => record.fields.iter().any(|field| names_param(&field.ty)),
        _ => false,
    }
}
