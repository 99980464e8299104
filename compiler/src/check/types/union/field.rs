//! Fields of unions: those that all members have can be read at once, the others after a `match`.

use wf_diagnostics::codes::{paths, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::chain::{Val, unknown_code};
use crate::check::flow::{Root, Segment};
use crate::check::hints::show::show_literal;
use crate::check::hints::suggest::listed;
use crate::check::types::union::{telling_field, unite};
use crate::check::types::{relate, union};
use crate::typed::{Const, Expr, ExprKind};

/// How many members a message names.
const NAMED: usize = 4;

/// A field in the members of a union: the member, and the place and type of the field in it.
type Found = (Type, Option<(u16, Type)>);

impl Body<'_> {
    /// The members of a type that is a union, as far as it is known which of them a value is.
    pub(crate) fn union_members(&self, ty: &Type) -> Option<Vec<Type>> {
        union::members(&self.g.defs, ty).map(<[Type]>::to_vec)
    }

    /// A field of a union. Where it is only tested for null, it need not be in all members.
    pub(crate) fn union_field(
        &mut self,
        val: Val,
        members: &[Type],
        name: &ast::Name,
        span: Span,
        tested: bool,
    ) -> Val {
        let defs = &self.g.defs;
        let found: Vec<Found> = members
            .iter()
            .map(|member| {
                let field = defs.record(member).and_then(|record| record.field(&name.text));
                (member.clone(), field.map(|(slot, field)| (slot as u16, field.ty.clone())))
            })
            .collect();
        let types: Vec<Type> = found
            .iter()
            .filter_map(|(_, field)| field.as_ref().map(|(_, ty)| ty.clone()))
            .collect();
        if types.is_empty() && tested && self.declared_field(&val.expr, &name.text) {
            return self.absent_field(val, name, span);
        }
        if types.is_empty() {
            self.no_member_has(&val, members, name);
            return Val::plain(self.error(span));
        }
        if types.len() < members.len() && !tested {
            self.only_some_have(&val, &found, name);
            return Val::plain(self.error(span));
        }
        let mut ty = unite(defs, &types);
        if types.len() < members.len() {
            ty = relate::optional(defs, &ty);
        }
        let path = val.path.map(|p| p.then(Segment::Field(name.text.clone())));
        let kind = ExprKind::UnionField { base: Box::new(val.expr), fields: found };
        self.narrowed(Expr { kind, ty, span }, path, None)
    }

    /// A field that other members of the union have than those that a value may be of here.
    pub(crate) fn absent_field(&mut self, val: Val, name: &ast::Name, span: Span) -> Val {
        let path = val.path.map(|p| p.then(Segment::Field(name.text.clone())));
        let expr = Expr { kind: ExprKind::Const(Const::Null), ty: Type::Null, span };
        Val { expr, path, why: None }
    }

    /// Where in a schema a type stands that the program has no name for.
    fn unnamed_place(&self, ty: &Type) -> Option<&str> {
        let origin = self.g.origins.get(&self.g.defs, ty)?;
        (!origin.is_named).then_some(origin.place.as_str())
    }

    /// A field that only some members have is read.
    fn only_some_have(&mut self, val: &Val, found: &[Found], name: &ast::Name) {
        let of = |has: bool| -> Vec<Type> {
            found.iter().filter(|(_, f)| f.is_some() == has).map(|(m, _)| m.clone()).collect()
        };
        let (have, lack) = (of(true), of(false));
        let shown = self.source(val.expr.span);
        let field = &name.text;
        let message = format!(
            "`{field}` is only in some of what `{shown}` may be: {} {} it, {} {} not",
            self.list_members(&have),
            if have.len() == 1 { "has" } else { "have" },
            self.list_members(&lack),
            if lack.len() == 1 { "does" } else { "do" },
        );
        let help = match telling_field(&self.g.defs, &have, &lack) {
            Some((telling, value)) => format!(
                "ask first: `if {shown}.{telling} == {} {{ … {shown}.{field} … }}`",
                show_literal(&value)
            ),
            None => match have.as_slice() {
                [one] if let Some(place) = self.unnamed_place(one) => format!(
                    "give its type a name: `use schema \"{place}\" as T`, and take it apart: `match {shown} {{ T x => … x.{field} …, _ => … }}`"
                ),
                [one] => format!(
                    "take it apart: `match {shown} {{ {} x => … x.{field} …, _ => … }}`",
                    self.show(one)
                ),
                _ => format!("take it apart by `match {shown} {{ … }}`, one pattern for each type"),
            },
        };
        let at = val.expr.span;
        self.tell(
            Diagnostic::new(&codes::FIELD_OF_SOME, name.span, message)
                .with(at, format!("this is `{}`", self.show(&val.expr.ty)))
                .help(help),
        );
    }

    /// A field that no member has is read.
    fn no_member_has(&mut self, val: &Val, members: &[Type], name: &ast::Name) {
        let defs = &self.g.defs;
        let mut names: Vec<String> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        for record in members.iter().filter_map(|m| defs.record(m)) {
            for field in &record.fields {
                if seen.insert(field.name.clone()) {
                    names.push(field.name.to_string());
                }
            }
        }
        let shown = self.source(val.expr.span);
        let trigger =
            val.path.as_ref().is_some_and(|p| p.root == Root::Trigger && p.segments.is_empty());
        let (code, message) = match trigger {
            true => (
                &paths::TRIGGER_FIELD,
                format!("the trigger of this workflow has no `{}`", name.text),
            ),
            false => (
                unknown_code(val),
                format!("nothing that `{shown}` may be has a field `{}`", name.text),
            ),
        };
        let names = names.iter().map(String::as_str);
        let help = match self.g.suggest.nearest(&name.text, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.len() == 0 => {
                format!(
                    "take it apart by `match {shown} {{ … }}`: it is `{}`",
                    self.show(&val.expr.ty)
                )
            }
            None => format!("there are {}", listed(names)),
        };
        self.tell(Diagnostic::new(code, name.span, message).help(help));
    }

    /// A member, for messages: of a record without a name what tells it from the others.
    pub(crate) fn show_member(&self, member: &Type) -> String {
        let Type::Record(record) = member else { return self.show(member) };
        let telling: Vec<String> = record
            .fields
            .iter()
            .filter(|f| relate::literals(&self.g.defs, &f.ty).is_some() && f.ty != Type::Bool)
            .map(|f| format!("{}: {}", f.name, self.show(&f.ty)))
            .collect();
        if telling.is_empty() || telling.len() == record.fields.len() {
            return self.show(member);
        }
        format!("{{ {}, … }}", telling.join(", "))
    }

    /// Some members, for messages.
    fn list_members(&self, members: &[Type]) -> String {
        let mut texts: Vec<String> =
            members.iter().take(NAMED).map(|m| format!("`{}`", self.show_member(m))).collect();
        match members.len() - texts.len() {
            0 => match texts.pop() {
                Some(last) if !texts.is_empty() => format!("{} and {last}", texts.join(", ")),
                last => last.unwrap_or_default(),
            },
            more => format!("{} and {more} more", texts.join(", ")),
        }
    }
}
