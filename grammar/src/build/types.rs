//! Types.

use smol_str::SmolStr;
use wf_diagnostics::{Span, codes::syntax};

use super::Builder;
use crate::ast::{FieldType, Name, TypeExpr, TypeExprKind};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// A `type_expr`: one type or a union.
    pub(crate) fn type_expr(&mut self, node: Node<'_>) -> TypeExpr {
        let span = self.span(&node);
        let mut members: Vec<TypeExpr> =
            node.into_inner().map(|member| self.type_opt(member)).collect();
        if members.len() == 1
            && let Some(only) = members.pop()
        {
            return only;
        }
        TypeExpr { kind: TypeExprKind::Union(members), span }
    }

    /// A `type_opt`: a type with its `?`; `T??` is `T?`.
    pub(super) fn type_opt(&mut self, node: Node<'_>) -> TypeExpr {
        let span = self.span(&node);
        let last = self.source.kind(self.last(&node));
        let Some(inner) = node.into_inner().next() else {
            return TypeExpr { kind: TypeExprKind::Error, span };
        };
        let inner_end = self.span(&inner).end;
        let ty = self.type_one(inner);
        if matches!(last, Kind::Question | Kind::Coalesce) && inner_end < span.end {
            return TypeExpr { kind: TypeExprKind::Optional(Box::new(ty)), span };
        }
        ty
    }

    /// A type that is neither optional nor a union.
    pub(super) fn type_one(&mut self, node: Node<'_>) -> TypeExpr {
        let span = self.span(&node);
        let kind = match self.letter(&node) {
            b'a'..=b'z' => self.named_type(node),
            b'{' => TypeExprKind::Record(self.record_type(node)),
            b'(' => self.paren_type(node),
            b'#' => TypeExprKind::Error,
            _ => self.literal_type(&node),
        };
        TypeExpr { kind, span }
    }

    fn named_type(&mut self, node: Node<'_>) -> TypeExprKind {
        let name = self.name(&node);
        let args = node.into_inner().next().map(|args| self.type_args(args));
        TypeExprKind::Name(name, args.unwrap_or_default())
    }

    fn literal_type(&mut self, node: &Node<'_>) -> TypeExprKind {
        let at = self.first(node);
        match self.source.kind(at) {
            Kind::Str => TypeExprKind::String(self.plain_text(at)),
            Kind::True => TypeExprKind::Bool(true),
            Kind::False => TypeExprKind::Bool(false),
            Kind::Null => TypeExprKind::Null,
            _ => self.signed(node).map_or(TypeExprKind::Error, TypeExprKind::Int),
        }
    }

    /// The fields of a `record_type`.
    pub(super) fn record_type(&mut self, node: Node<'_>) -> Vec<FieldType> {
        node.into_inner().map(|field| self.type_field(field)).collect()
    }

    fn type_field(&mut self, node: Node<'_>) -> FieldType {
        let span = self.span(&node);
        let (doc, name) = self.field_head(&node);
        let ty = self.type_in(node, span);
        FieldType { doc, name, ty }
    }

    /// The doc comment and the name of a field; a quoted name is unquoted.
    pub(super) fn field_head(&mut self, node: &Node<'_>) -> (SmolStr, Name) {
        let at = self.first(node);
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

    fn paren_type(&mut self, node: Node<'_>) -> TypeExprKind {
        let span = self.span(&node);
        let mut types = Vec::new();
        let mut result = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::result => result = Some(self.result(part)),
                _ => types.push(self.type_expr(part)),
            }
        }
        match result {
            Some(result) => TypeExprKind::Lambda(types, Box::new(result)),
            None if types.len() == 1 => match types.pop() {
                Some(only) => TypeExprKind::Paren(Box::new(only)),
                None => TypeExprKind::Error,
            },
            None => {
                self.tell(
                    &syntax::EXPECTED,
                    span,
                    "there are no tuples: expected `->` behind these types",
                    "a function type is `(T) -> U`; several values are a record, `{ a: T, b: U }`",
                );
                TypeExprKind::Error
            }
        }
    }

    /// The types of `<T, U>`.
    pub(super) fn type_args(&mut self, node: Node<'_>) -> Vec<TypeExpr> {
        node.into_inner().map(|ty| self.type_expr(ty)).collect()
    }

    /// The type of `-> R`.
    pub(super) fn result(&mut self, node: Node<'_>) -> TypeExpr {
        let span = self.span(&node);
        self.type_in(node, span)
    }
}
