//! Types.

use smol_str::SmolStr;
use wf_diagnostics::{Span, codes::syntax};

use super::Builder;
use super::cursor::{Cursor, fit};
use crate::ast::{FieldType, Name, TypeExpr, TypeExprKind};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// A `type_expr`: one type or a union.
    pub(crate) fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        let letters = node.as_span();
        let first = letters.start();
        if letters.end() - first == 1
            && let Some(b'a'..=b'z') = self.chunk.codes.as_bytes().get(first)
        {
            let name = self.name_at(self.chunk.map.token(first));
            let span = name.span;
            return TypeExpr { kind: TypeExprKind::Name(name, Vec::new()), span };
        }
        let mut cursor = Cursor::new(node);
        let start = cursor.at;
        cursor.eat(b'|');
        let first = self.type_opt(&mut cursor);
        if cursor.letter() != b'|' {
            return first;
        }
        let mut members = Vec::with_capacity(2);
        members.push(first);
        while cursor.eat(b'|') {
            members.push(self.type_opt(&mut cursor));
        }
        TypeExpr { kind: TypeExprKind::Union(fit(members)), span: self.span_of(start, cursor.at) }
    }

    /// A type with its `?`; `T??` is `T?`.
    pub(super) fn type_opt(&mut self, cursor: &mut Cursor<'_>) -> TypeExpr {
        let start = cursor.at;
        let ty = self.type_one(cursor);
        if !matches!(cursor.letter(), b'?' | b'$') {
            return ty;
        }
        while matches!(cursor.letter(), b'?' | b'$') {
            cursor.at += 1;
        }
        let span = self.span_of(start, cursor.at);
        TypeExpr { kind: TypeExprKind::Optional(Box::new(ty)), span }
    }

    /// The type of `as T?`.
    pub(super) fn cast(&mut self, node: Node<'_>) -> TypeExpr {
        self.type_one(&mut Cursor::new(node))
    }

    /// A type that is neither optional nor a union.
    fn type_one(&mut self, cursor: &mut Cursor<'_>) -> TypeExpr {
        let start = cursor.at;
        let kind = match cursor.letter() {
            b'a'..=b'z' => self.named_type(cursor),
            b'{' => TypeExprKind::Record(self.type_fields(cursor)),
            b'(' => self.paren_type(cursor),
            b'#' => {
                cursor.at += 1;
                TypeExprKind::Error
            }
            _ => self.literal_type(cursor),
        };
        TypeExpr { kind, span: self.span_of(start, cursor.at) }
    }

    fn named_type(&mut self, cursor: &mut Cursor<'_>) -> TypeExprKind {
        let name = self.name_at(self.chunk.map.token(cursor.at));
        cursor.at += 1;
        let args = match cursor.letter() {
            b'<' => self.type_list(cursor),
            _ => Vec::new(),
        };
        TypeExprKind::Name(name, args)
    }

    /// `<T, U>`
    fn type_list(&mut self, cursor: &mut Cursor<'_>) -> Vec<TypeExpr> {
        let mut types = Vec::new();
        cursor.eat(b'<');
        while cursor.more(b'>') {
            cursor.room(&mut types);
            types.push(self.nested_type(cursor));
        }
        fit(types)
    }

    fn literal_type(&mut self, cursor: &mut Cursor<'_>) -> TypeExprKind {
        let negative = cursor.eat(b'-');
        let at = self.chunk.map.token(cursor.at);
        cursor.at += 1;
        match self.source.kind(at) {
            Kind::Str => TypeExprKind::String(self.plain_text(at)),
            Kind::True => TypeExprKind::Bool(true),
            Kind::False => TypeExprKind::Bool(false),
            Kind::Null => TypeExprKind::Null,
            _ => self.signed_at(negative, at).map_or(TypeExprKind::Error, TypeExprKind::Int),
        }
    }

    /// The fields of a `record_type`.
    pub(super) fn record_type(&mut self, node: Node<'_>) -> Vec<FieldType> {
        self.type_fields(&mut Cursor::new(node))
    }

    /// `{ a: T, "+1": U }`
    fn type_fields(&mut self, cursor: &mut Cursor<'_>) -> Vec<FieldType> {
        let mut fields = Vec::new();
        cursor.eat(b'{');
        while cursor.more(b'}') {
            cursor.room(&mut fields);
            let (doc, name) = self.field_head(self.chunk.map.token(cursor.at));
            // The name and its colon.
            cursor.at += 2;
            fields.push(FieldType { doc, name, ty: self.nested_type(cursor) });
        }
        fit(fields)
    }

    /// The doc comment and the name of a field that begins with this token; a quoted name is
    /// unquoted.
    pub(super) fn field_head(&mut self, at: usize) -> (SmolStr, Name) {
        let doc = self.source.doc(at);
        if self.source.kind(at) != Kind::Str {
            return (doc, self.name_at(at));
        }
        let text = self.plain_text(at).as_text().unwrap_or_default();
        (doc, Name { text, span: self.source.span(at) })
    }

    /// The `type_expr` inside of a pair.
    pub(super) fn type_in(&mut self, node: Node<'_>, span: Span) -> TypeExpr {
        match node.into_inner().find(|n| n.as_rule() == Rule::type_expr) {
            Some(ty) => self.type_expr(ty),
            None => TypeExpr { kind: TypeExprKind::Error, span },
        }
    }

    fn paren_type(&mut self, cursor: &mut Cursor<'_>) -> TypeExprKind {
        let start = cursor.at;
        let mut types = Vec::new();
        cursor.eat(b'(');
        while cursor.more(b')') {
            types.push(self.nested_type(cursor));
        }
        if cursor.eat(b'6') {
            let result = self.nested_type(cursor);
            return TypeExprKind::Lambda(types, Box::new(result));
        }
        if types.len() == 1
            && let Some(only) = types.pop()
        {
            return TypeExprKind::Paren(Box::new(only));
        }
        self.tell(
            &syntax::EXPECTED,
            self.span_of(start, cursor.at),
            "there are no tuples: expected `->` behind these types",
            "a function type is `(T) -> U`; several values are a record, `{ a: T, b: U }`",
        );
        TypeExprKind::Error
    }

    /// The types of `<T, U>`.
    pub(super) fn call_types(&mut self, node: Node<'_>) -> Vec<TypeExpr> {
        self.type_list(&mut Cursor::new(node))
    }

    /// The type of `-> R`.
    pub(super) fn result(&mut self, node: Node<'_>) -> TypeExpr {
        let span = self.span(&node);
        self.type_in(node, span)
    }
}
