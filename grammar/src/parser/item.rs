//! Items of a file, but for workflows.

use wf_diagnostics::codes::syntax;

use super::Parser;
use crate::ast::{
    ConfigDecl, Entity, Expr, FieldDecl, FnDecl, Import, Item, ItemKind, Name, NodeDecl, Param,
    TypeAlias, TypeParam, Use, UseSchema,
};
use crate::token::Kind;

impl Parser<'_> {
    /// An item; its first token says which one.
    pub(crate) fn item(&mut self) -> Option<Item> {
        let start = self.at;
        let doc = self.source.doc(self.here());
        let kind = match self.letter() {
            b'W' => ItemKind::Workflow(self.workflow()),
            b'G' => ItemKind::Fn(self.function()),
            b'Y' => ItemKind::Type(self.type_alias()),
            b'E' => ItemKind::Entity(self.entity()),
            b'c' => ItemKind::Config(self.config()),
            b'N' => ItemKind::Node(self.node_decl()),
            b'U' if self.letter_at(1) == b's' => ItemKind::UseSchema(self.use_schema()),
            b'U' => ItemKind::Use(self.use_file()),
            _ => {
                self.fail();
                return None;
            }
        };
        Some(Item { doc, kind, span: self.span_from(start) })
    }

    /// `use schema "file.json#/pointer" as Name`
    fn use_schema(&mut self) -> UseSchema {
        self.at += 2;
        let path = self.path();
        self.expect(b'A');
        UseSchema { path, name: self.name() }
    }

    /// `use "path.wf"`, `use { A, b } from "path.wf"`
    fn use_file(&mut self) -> Use {
        self.at += 1;
        let imports = self.eat(b'{').then(|| {
            let imports = self.list(b'}', |parser| Import { name: parser.name() });
            self.eat(b'\n');
            self.expect(b'f');
            imports
        });
        Use { path: self.path(), imports }
    }

    /// The path of a `use`, which holds no expressions.
    fn path(&mut self) -> Name {
        let template = self.text();
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

    /// `type Name = T`
    fn type_alias(&mut self) -> TypeAlias {
        self.at += 1;
        let name = self.name();
        self.expect(b'=');
        TypeAlias { name, ty: self.type_expr() }
    }

    /// `entity Name { field: T }`
    fn entity(&mut self) -> Entity {
        self.at += 1;
        let name = self.name();
        Entity { name, fields: self.fields() }
    }

    /// `config { name: T = default }`
    fn config(&mut self) -> ConfigDecl {
        self.at += 1;
        ConfigDecl { fields: self.fields() }
    }

    /// `{ name: T = default }`
    pub(super) fn fields(&mut self) -> Vec<FieldDecl> {
        let open = self.here();
        self.expect(b'{');
        let fields = self.list(b'}', Self::field);
        match self.fill(open) {
            Some(fill) => fill.fields,
            None => fields,
        }
    }

    /// A declared field: `name: T unique = default`.
    pub(crate) fn field(&mut self) -> FieldDecl {
        let (doc, name) = self.field_head();
        let ty = self.type_expr();
        let mut marks = Vec::new();
        self.marks(&mut marks);
        let default = self.default();
        self.marks(&mut marks);
        FieldDecl { doc, name, ty, default, marks }
    }

    /// `unique`, `index`
    fn marks(&mut self, marks: &mut Vec<Name>) {
        while self.letter() == b'i' {
            marks.push(self.name());
        }
    }

    /// The value of `= e`, if it stands here.
    fn default(&mut self) -> Option<Expr> {
        self.eat(b'=').then(|| self.expr())
    }

    /// `fn name<T>(a: T, b: U = default) -> R { … }`
    fn function(&mut self) -> FnDecl {
        self.at += 1;
        let outer = std::mem::replace(&mut self.in_function, true);
        let name = self.bound_name();
        let type_params = self.type_params();
        let params = self.params(true);
        let result = self.result();
        let body = (self.letter() == b'{').then(|| self.block());
        self.in_function = outer;
        FnDecl { name, type_params, params, result, body }
    }

    /// `(a: T = default)`; the parameters of functions are read by their bare names.
    pub(super) fn params(&mut self, bare: bool) -> Vec<Param> {
        self.expect(b'(');
        self.list(b')', if bare { Self::bare_param } else { Self::param })
    }

    fn bare_param(&mut self) -> Param {
        let name = self.bound_name();
        self.rest_of_param(name)
    }

    fn param(&mut self) -> Param {
        let name = self.name();
        self.rest_of_param(name)
    }

    fn rest_of_param(&mut self, name: Name) -> Param {
        self.expect(b':');
        Param { name, ty: self.type_expr(), default: self.default() }
    }

    /// `<T: bound = default>`, if it stands here.
    fn type_params(&mut self) -> Vec<TypeParam> {
        if !self.eat(b'<') {
            return Vec::new();
        }
        if self.letter() == b'>' {
            self.fail();
        }
        self.list(b'>', Self::type_param)
    }

    fn type_param(&mut self) -> TypeParam {
        let name = self.bound_name();
        let bound = self.eat(b':').then(|| {
            let bound = self.name_at(self.here());
            // A reserved word, `entity`, may be one, too.
            if !self.letter().is_ascii_alphabetic() {
                self.fail();
            }
            self.at += 1;
            bound
        });
        let default = self.eat(b'=').then(|| self.type_expr());
        TypeParam { name, bound, default }
    }

    /// `node a.b<T> { input { … } output T }`
    fn node_decl(&mut self) -> NodeDecl {
        let start = self.at;
        self.at += 1;
        let name = self.node_path();
        let type_params = self.type_params();
        self.expect(b'{');
        let (mut input, mut output) = (None, None);
        loop {
            let part = self.at;
            let twice = match self.letter() {
                b'\n' => {
                    self.at += 1;
                    continue;
                }
                b'p' => {
                    self.at += 1;
                    input.replace(self.fields()).is_some()
                }
                b'o' => {
                    self.at += 1;
                    output.replace(self.type_expr()).is_some()
                }
                _ => break,
            };
            if twice {
                let message = "a node has one `input` and one `output`";
                self.tell(&syntax::EXPECTED, self.span_from(part), message, "join them into one");
            }
        }
        self.expect(b'}');
        if output.is_none() {
            self.tell(
                &syntax::EXPECTED,
                name.span,
                format!("the node `{}` has no `output`", name.text),
                "add `output { success: bool }` behind its `input`",
            );
        }
        let span = self.span_from(start);
        let output = output.unwrap_or_else(|| NodeDecl::no_output(span));
        NodeDecl { name, type_params, input: input.unwrap_or_default(), output }
    }

    /// `a.b`, with its points.
    pub(super) fn node_path(&mut self) -> Name {
        let (start, first) = (self.at, self.here());
        if !self.letter().is_ascii_alphabetic() {
            self.fail();
        }
        self.at += 1;
        if self.letter() != b'.' {
            return self.name_at(first);
        }
        while self.eat(b'.') {
            self.expect(b'i');
        }
        let span = self.span_from(start);
        if self.failed() {
            return Name { text: "".into(), span };
        }
        let last = self.chunk.map.token(self.at - 1);
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
