//! Types.

use wf_grammar::ast::{FieldType, TypeExpr, TypeExprKind};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::list::Shape;
use crate::walk::Walk;

impl Walk<'_> {
    /// A type.
    pub(crate) fn ty(&mut self, gap: Gap, ty: &TypeExpr) {
        self.deep(|walk| walk.type_in(gap, ty, true));
    }

    /// A type; the members of a union are indented or not.
    fn type_in(&mut self, gap: Gap, ty: &TypeExpr, indented: bool) {
        match &ty.kind {
            TypeExprKind::Name(name, args) => {
                self.name(gap, name);
                if self.is("<") && self.start() < ty.span.end {
                    self.type_args(args);
                }
            }
            TypeExprKind::Optional(inner) => {
                self.ty(gap, inner);
                while self.start() < ty.span.end && (self.is("?") || self.is("??")) {
                    self.token(Gap::None);
                }
            }
            TypeExprKind::Union(members) => self.union(gap, members, indented),
            TypeExprKind::Record(fields) => self.record_type(gap, fields, false),
            TypeExprKind::Lambda(params, result) => {
                let shape = Shape { hug: hugs(params), ..Shape::BRACKETS };
                self.list(gap, shape, params, |walk, gap, param| walk.alone(gap, param, params));
                self.word(Gap::Space, "->");
                self.ty(Gap::Space, result);
            }
            TypeExprKind::Paren(inner) => {
                let hug = hugs(std::slice::from_ref(&**inner));
                self.around(gap, hug, |walk, gap| walk.deep(|w| w.type_in(gap, inner, false)));
            }
            TypeExprKind::Error => self.fail(),
            _ => self.tight(gap, ty.span.end),
        }
    }

    /// `A | B`; a `|` in front of the first one stays where it is.
    fn union(&mut self, gap: Gap, members: &[TypeExpr], indented: bool) {
        let leads = self.is("|");
        let on_own_line = leads && gap == Gap::Space;
        if !on_own_line {
            self.gap(gap);
        }
        self.doc.begin(Hug::No);
        if indented && leads {
            self.doc.push(Elem::Indent(Indent::Broken));
        }
        if leads {
            if on_own_line {
                self.keep_line();
            }
            self.word(if on_own_line { Gap::Line } else { Gap::Done }, "|");
        }
        let fills = !leads && members.iter().all(is_simple);
        for (number, member) in members.iter().enumerate() {
            if number > 0 && fills {
                self.word(Gap::Fill, "|");
            } else if number > 0 {
                self.keep_line();
                self.word(Gap::Line, "|");
                self.keep_line();
            }
            if number > 0 || leads {
                // What is open behind `| ` is indented by those two characters more.
                self.doc.push(Elem::Indent(Indent::Broken));
                self.ty(Gap::Space, member);
                self.doc.push(Elem::Dedent);
            } else {
                self.ty(Gap::Done, member);
                if indented {
                    self.doc.push(Elem::Indent(Indent::Broken));
                }
            }
        }
        if indented {
            self.doc.push(Elem::Dedent);
        }
        self.doc.end();
    }

    /// `<T, U>`
    pub(crate) fn type_args(&mut self, args: &[TypeExpr]) {
        let shape = Shape { hug: hugs(args), ..Shape::ANGLES };
        self.list(Gap::None, shape, args, |walk, gap, arg| walk.alone(gap, arg, args));
    }

    /// A type in brackets: a union that is the only one there needs no more indentation.
    fn alone(&mut self, gap: Gap, ty: &TypeExpr, all: &[TypeExpr]) {
        self.deep(|walk| walk.type_in(gap, ty, all.len() > 1));
    }

    /// `{ a: T, b: U }`
    pub(crate) fn record_type(&mut self, gap: Gap, fields: &[FieldType], aligned: bool) {
        let pads = if aligned { self.pads(fields.iter().map(|f| f.name.span)) } else { Vec::new() };
        let mut pads = pads.into_iter();
        self.list(gap, Shape::BRACES, fields, |walk, gap, field| {
            walk.field_name(gap, &field.name, pads.next());
            walk.ty(Gap::Space, &field.ty);
        });
    }
}

/// Whether a list of types is one record, which its brackets may hug.
fn hugs(types: &[TypeExpr]) -> bool {
    matches!(types, [one] if matches!(&one.kind, TypeExprKind::Record(fields) if !fields.is_empty()))
}

/// Whether a member of a union is so short that several stand on one line of several.
fn is_simple(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeExprKind::Name(_, args) => args.is_empty(),
        TypeExprKind::Optional(inner) => is_simple(inner),
        kind => !matches!(
            kind,
            TypeExprKind::Record(_) | TypeExprKind::Lambda(..) | TypeExprKind::Paren(_)
        ),
    }
}
