//! Items of a file, but for workflows.

use wf_diagnostics::codes::syntax;

use super::Builder;
use crate::ast::{
    ConfigDecl, Entity, Expr, ExprKind, FieldDecl, FnDecl, Import, Item, ItemKind, Name, NodeDecl,
    Param, TypeAlias, TypeExpr, TypeExprKind, TypeParam, Use, UseSchema,
};
use crate::parser::{Node, Rule};
use crate::token::Kind;

impl Builder<'_> {
    /// An item.
    pub(crate) fn item(&mut self, node: Node<'_>) -> Option<Item> {
        let span = self.span(&node);
        let doc = self.source.doc(self.first(&node));
        let kind = match node.as_rule() {
            Rule::workflow => ItemKind::Workflow(self.workflow(node)?),
            Rule::function => ItemKind::Fn(self.function(node)?),
            Rule::type_alias => ItemKind::Type(self.type_alias(node)?),
            Rule::entity => ItemKind::Entity(self.entity(node)?),
            Rule::config => {
                let fields = self.fields_of(node);
                ItemKind::Config(ConfigDecl { fields })
            }
            Rule::node => ItemKind::Node(self.node_decl(node)?),
            Rule::use_schema => ItemKind::UseSchema(self.use_schema(node)?),
            Rule::use_file => ItemKind::Use(self.use_file(node)?),
            _ => return None,
        };
        Some(Item { doc, kind, span })
    }

    fn use_schema(&mut self, node: Node<'_>) -> Option<UseSchema> {
        let mut parts = node.into_inner();
        let path = self.path(parts.next()?);
        let name = self.name(&parts.next()?);
        Some(UseSchema { path, name })
    }

    fn use_file(&mut self, node: Node<'_>) -> Option<Use> {
        let mut imports = None;
        let mut path = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::imports => {
                    let names = part.into_inner();
                    imports = Some(names.map(|n| Import { name: self.name(&n) }).collect());
                }
                _ => path = Some(self.path(part)),
            }
        }
        Some(Use { path: path?, imports })
    }

    /// The path of a `use`, which holds no expressions.
    fn path(&mut self, node: Node<'_>) -> Name {
        let template = self.text(node);
        let text = template.as_text();
        if text.is_none() {
            self.tell(
                &syntax::EXPECTED,
                template.span,
                "a path can't have expressions",
                "write the path out: it is read when the program is compiled",
            );
        }
        Name { text: text.unwrap_or_default(), span: template.span }
    }

    fn type_alias(&mut self, node: Node<'_>) -> Option<TypeAlias> {
        let mut parts = node.into_inner();
        let name = self.name(&parts.next()?);
        let ty = self.type_expr(parts.next()?);
        Some(TypeAlias { name, ty })
    }

    fn entity(&mut self, node: Node<'_>) -> Option<Entity> {
        let name = node.clone().into_inner().next().filter(|n| n.as_rule() == Rule::name)?;
        let name = self.name(&name);
        let fields = self.fields_of(node);
        Some(Entity { name, fields })
    }

    /// The declared fields of a pair that ends in `}`.
    pub(super) fn fields_of(&mut self, node: Node<'_>) -> Vec<FieldDecl> {
        // The `{` is the token in front of the first field, or of the `}`.
        let end = node.as_span().end();
        let fields: Vec<_> =
            node.into_inner().filter(|part| part.as_rule() == Rule::field).collect();
        let open = fields.first().map_or(end.saturating_sub(1), |f| f.as_span().start());
        let open = self.chunk.map.token(open.saturating_sub(1));
        if let Some(fill) = self.fill(open) {
            return fill.fields;
        }
        fields.into_iter().map(|field| self.field(field)).collect()
    }

    /// A declared field.
    pub(crate) fn field(&mut self, node: Node<'_>) -> FieldDecl {
        let span = self.span(&node);
        let (doc, name) = self.field_head(self.first(&node));
        let mut ty = TypeExpr { kind: TypeExprKind::Error, span };
        let (mut default, mut marks) = (None, Vec::new());
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::type_expr => ty = self.type_expr(part),
                Rule::default => default = Some(self.default(part)),
                Rule::mark => marks.push(self.name(&part)),
                _ => {}
            }
        }
        FieldDecl { doc, name, ty, default, marks }
    }

    /// The value of `= e`.
    pub(super) fn default(&mut self, node: Node<'_>) -> Expr {
        let span = self.span(&node);
        match node.into_inner().next() {
            Some(value) => self.expr(value),
            None => Expr { kind: ExprKind::Error, span },
        }
    }

    fn function(&mut self, node: Node<'_>) -> Option<FnDecl> {
        let mut name = None;
        let (mut type_params, mut params) = (Vec::new(), Vec::new());
        let (mut result, mut body) = (None, None);
        let outer = std::mem::replace(&mut self.in_function, true);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.bound_name(&part)),
                Rule::type_params => type_params = self.type_params(part),
                Rule::params => params = self.params(part, true),
                Rule::result => result = Some(self.result(part)),
                _ => body = Some(self.block(part)),
            }
        }
        self.in_function = outer;
        Some(FnDecl { name: name?, type_params, params, result, body })
    }

    /// `(a: T = default)`; the parameters of functions are read by their bare names.
    pub(super) fn params(&mut self, node: Node<'_>, bare: bool) -> Vec<Param> {
        let parts = node.into_inner();
        let mut params = Vec::with_capacity(parts.len());
        params.extend(parts.filter_map(|param| self.param(param, bare)));
        params
    }

    fn param(&mut self, node: Node<'_>, bare: bool) -> Option<Param> {
        let mut parts = node.into_inner();
        let name = parts.next()?;
        let name = if bare { self.bound_name(&name) } else { self.name(&name) };
        let ty = self.type_expr(parts.next()?);
        let default = parts.next().map(|default| self.default(default));
        Some(Param { name, ty, default })
    }

    fn type_params(&mut self, node: Node<'_>) -> Vec<TypeParam> {
        node.into_inner().filter_map(|param| self.type_param(param)).collect()
    }

    fn type_param(&mut self, node: Node<'_>) -> Option<TypeParam> {
        let mut parts = node.into_inner();
        let name = self.bound_name(&parts.next()?);
        let (mut bound, mut default) = (None, None);
        for part in parts {
            match part.as_rule() {
                Rule::bound => bound = Some(self.name(&part)),
                _ => default = Some(self.type_expr(part)),
            }
        }
        Some(TypeParam { name, bound, default })
    }

    fn node_decl(&mut self, node: Node<'_>) -> Option<NodeDecl> {
        let span = self.span(&node);
        let mut name = None;
        let mut type_params = Vec::new();
        let (mut input, mut output) = (None, None);
        for part in node.into_inner() {
            let part_span = self.span(&part);
            let twice = match part.as_rule() {
                Rule::node_path => {
                    name = Some(self.node_path(&part));
                    false
                }
                Rule::type_params => {
                    type_params = self.type_params(part);
                    false
                }
                Rule::input => input.replace(self.fields_of(part)).is_some(),
                _ => output.replace(self.type_in(part, part_span)).is_some(),
            };
            if twice {
                let message = "a node has one `input` and one `output`";
                self.tell(&syntax::EXPECTED, part_span, message, "join them into one");
            }
        }
        let name = name?;
        if output.is_none() {
            self.tell(
                &syntax::EXPECTED,
                name.span,
                format!("the node `{}` has no `output`", name.text),
                "add `output { success: bool }` behind its `input`",
            );
        }
        let output = output.unwrap_or_else(|| NodeDecl::no_output(span));
        Some(NodeDecl { name, type_params, input: input.unwrap_or_default(), output })
    }

    /// `a.b`, with its points.
    pub(super) fn node_path(&self, node: &Node<'_>) -> Name {
        let span = self.span(node);
        let (first, last) = (self.first(node), self.last(node));
        if first == last {
            return self.name_at(first);
        }
        let text = self.source.slice(span);
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
            return Name { text: text.into(), span };
        }
        // Blanks or comments stand in between.
        let words = (first..=last).filter(|at| self.source.kind(*at) != Kind::Dot);
        let words: Vec<&str> = words.map(|at| self.source.token_text(at)).collect();
        Name { text: words.join(".").into(), span }
    }
}
