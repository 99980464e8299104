//! Types.

use smol_str::SmolStr;
use wf_diagnostics::codes::syntax;

use super::{Parser, fit};
use crate::ast::{FieldType, Name, TypeExpr, TypeExprKind};
use crate::token::Kind;

impl Parser<'_> {
    /// A type: one or a union.
    pub(super) fn type_expr(&mut self) -> TypeExpr {
        let start = self.at;
        self.eat(b'|');
        let first = self.type_opt();
        if self.letter() != b'|' {
            return first;
        }
        let mut members = Vec::with_capacity(2);
        members.push(first);
        while self.eat(b'|') {
            members.push(self.type_opt());
        }
        TypeExpr { kind: TypeExprKind::Union(fit(members)), span: self.span_from(start) }
    }

    /// A type with its `?`; `T??` is `T?`.
    pub(super) fn type_opt(&mut self) -> TypeExpr {
        let start = self.at;
        let ty = self.type_one();
        if !matches!(self.letter(), b'?' | b'$') {
            return ty;
        }
        while matches!(self.letter(), b'?' | b'$') {
            self.at += 1;
        }
        let span = self.span_from(start);
        TypeExpr { kind: TypeExprKind::Optional(Box::new(ty)), span }
    }

    /// A type that is neither optional nor a union.
    pub(super) fn type_one(&mut self) -> TypeExpr {
        let start = self.at;
        let kind = match self.letter() {
            b'a'..=b'z' => {
                let name = self.name();
                let args = if self.letter() == b'<' { self.type_args() } else { Vec::new() };
                TypeExprKind::Name(name, args)
            }
            b'{' => TypeExprKind::Record(self.record_type()),
            b'(' => self.paren_type(),
            b'#' => {
                self.at += 1;
                TypeExprKind::Error
            }
            _ => self.literal_type(),
        };
        TypeExpr { kind, span: self.span_from(start) }
    }

    /// `<T, U>`
    pub(super) fn type_args(&mut self) -> Vec<TypeExpr> {
        self.expect(b'<');
        if self.letter() == b'>' {
            self.fail();
        }
        self.list(b'>', Self::type_expr)
    }

    /// `"Open"`, `-7`, `true`, `null`
    fn literal_type(&mut self) -> TypeExprKind {
        let negative = self.eat(b'-');
        let at = self.here();
        match self.letter() {
            b'1' => {}
            b'"' | b'D' | b'Q' if !negative => {}
            _ => {
                self.fail();
                return TypeExprKind::Error;
            }
        }
        self.at += 1;
        match self.source.kind(at) {
            Kind::Str => TypeExprKind::String(self.plain_text(at)),
            Kind::True => TypeExprKind::Bool(true),
            Kind::False => TypeExprKind::Bool(false),
            Kind::Null => TypeExprKind::Null,
            _ => self.signed_at(negative, at).map_or(TypeExprKind::Error, TypeExprKind::Int),
        }
    }

    /// `{ a: T, "+1": U }`
    pub(super) fn record_type(&mut self) -> Vec<FieldType> {
        self.expect(b'{');
        self.list(b'}', Self::type_field)
    }

    fn type_field(&mut self) -> FieldType {
        let (doc, name) = self.field_head();
        FieldType { doc, name, ty: self.type_expr() }
    }

    /// The doc comment and the name of a field, and its colon; a quoted name is unquoted.
    pub(super) fn field_head(&mut self) -> (SmolStr, Name) {
        let at = self.here();
        let doc = self.source.doc(at);
        let name = if self.eat(b'"') {
            let text = self.plain_text(at).as_text().unwrap_or_default();
            Name { text, span: self.source.span(at) }
        } else {
            self.expect(b'k');
            self.name_at(at)
        };
        self.expect(b':');
        (doc, name)
    }

    /// `(T)`, `(T, U) -> R`
    fn paren_type(&mut self) -> TypeExprKind {
        let start = self.at;
        self.expect(b'(');
        let mut types = self.list(b')', Self::type_expr);
        if self.eat(b'6') {
            let result = self.type_expr();
            return TypeExprKind::Lambda(types, Box::new(result));
        }
        if types.len() == 1
            && let Some(only) = types.pop()
        {
            return TypeExprKind::Paren(Box::new(only));
        }
        self.tell(
            &syntax::EXPECTED,
            self.span_from(start),
            "there are no tuples: expected `->` behind these types",
            "a function type is `(T) -> U`; several values are a record, `{ a: T, b: U }`",
        );
        TypeExprKind::Error
    }

    /// `-> R`, if it stands here.
    pub(super) fn result(&mut self) -> Option<TypeExpr> {
        self.eat(b'6').then(|| self.type_expr())
    }
}
