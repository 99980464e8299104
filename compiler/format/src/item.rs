//! Items of a file, but for workflows.

use wf_diagnostics::Span;
use wf_grammar::ast::{
    FieldDecl, FnDecl, Item, ItemKind, Name, NodeDecl, Param, TypeExprKind, TypeParam,
};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::list::Shape;
use crate::walk::Walk;

/// Names are lined up with blanks, unless one would need more of them.
const MAX_PAD: usize = 24;

impl Walk<'_> {
    /// An item.
    pub(crate) fn item(&mut self, gap: Gap, item: &Item) {
        match &item.kind {
            ItemKind::Use(used) => {
                self.word(gap, "use");
                if let Some(imports) = &used.imports {
                    self.list(Gap::Space, Shape::BLOCK, imports, |walk, gap, import| {
                        walk.name(gap, &import.name);
                    });
                    self.free();
                    self.word(Gap::Space, "from");
                }
                self.token(Gap::Space);
            }
            ItemKind::UseSchema(used) => {
                self.word(gap, "use");
                self.word(Gap::Space, "schema");
                self.token(Gap::Space);
                self.alias(&used.name);
            }
            ItemKind::Type(alias) => {
                self.word(gap, "type");
                self.name(Gap::Space, &alias.name);
                self.word(Gap::Space, "=");
                match &alias.ty.kind {
                    TypeExprKind::Record(fields) => self.record_type(Gap::Space, fields, true),
                    _ => self.ty(Gap::Space, &alias.ty),
                }
            }
            ItemKind::Entity(entity) => {
                self.word(gap, "entity");
                self.name(Gap::Space, &entity.name);
                self.fields(&entity.fields, true);
            }
            ItemKind::Config(config) => {
                self.word(gap, "config");
                self.fields(&config.fields, false);
            }
            ItemKind::Fn(function) => self.function(gap, function),
            ItemKind::Node(node) => self.node(gap, node),
            ItemKind::Workflow(workflow) => self.workflow(gap, workflow),
        }
    }

    /// `as NAME`
    pub(crate) fn alias(&mut self, name: &Name) {
        self.word(Gap::Space, "as");
        self.name(Gap::Space, name);
    }

    /// `{ name: T = default }`
    pub(crate) fn fields(&mut self, fields: &[FieldDecl], aligned: bool) {
        let pads = if aligned { self.pads(fields.iter().map(|f| f.name.span)) } else { Vec::new() };
        let mut pads = pads.into_iter();
        self.list(Gap::Space, Shape::BLOCK, fields, |walk, gap, field| {
            walk.field_name(gap, &field.name, pads.next());
            walk.ty(Gap::Space, &field.ty);
            let value = field.default.as_ref();
            let (before, behind): (Vec<_>, Vec<_>) =
                field.marks.iter().partition(|m| value.is_none_or(|v| m.span.start < v.span.start));
            before.into_iter().for_each(|mark| walk.name(Gap::Space, mark));
            if let Some(value) = value {
                walk.default(value);
            }
            behind.into_iter().for_each(|mark| walk.name(Gap::Space, mark));
        });
    }

    /// `= e`
    pub(crate) fn default(&mut self, value: &wf_grammar::ast::Expr) {
        self.word(Gap::Space, "=");
        self.expr(Gap::Space, value);
    }

    /// `name:`, and blanks so that the types behind several names begin in one column.
    pub(crate) fn field_name(&mut self, gap: Gap, name: &Name, pad: Option<usize>) {
        self.name(gap, name);
        self.word(Gap::None, ":");
        if let Some(pad) = pad.filter(|pad| *pad > 0) {
            self.doc.push(Elem::Pad(pad));
        }
    }

    /// For each name how many blanks line up what stands behind it. An empty line between two
    /// fields ends a run of names that are lined up.
    pub(crate) fn pads(&self, names: impl Iterator<Item = Span>) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        let mut pads = Vec::new();
        let mut at = self.at;
        let line_up = |widths: &mut Vec<usize>, pads: &mut Vec<usize>| {
            let widest = widths.iter().copied().max().unwrap_or(0);
            let least = widths.iter().copied().min().unwrap_or(0);
            let fits = widest - least <= MAX_PAD;
            pads.extend(widths.drain(..).map(|width| if fits { widest - width } else { 0 }));
        };
        for name in names {
            let rest = self.source.tokens.get(at..).unwrap_or_default();
            at += rest.partition_point(|token| token.lexeme.start < name.start);
            let token = self.source.token(at);
            let notes = &self.source.notes[token.notes.clone()];
            if token.newlines > 1 || notes.iter().any(|note| note.newlines > 1) {
                line_up(&mut widths, &mut pads);
            }
            widths.push(self.source.slice(name.start, name.end).chars().count());
        }
        line_up(&mut widths, &mut pads);
        pads
    }

    /// `fn name<T>(a: T, b: U = default) -> R { … }`
    fn function(&mut self, gap: Gap, function: &FnDecl) {
        self.word(gap, "fn");
        self.name(Gap::Space, &function.name);
        self.type_params(&function.type_params);
        self.params(&function.params);
        if let Some(result) = &function.result {
            self.word(Gap::Space, "->");
            self.ty(Gap::Space, result);
        }
        if let Some(body) = &function.body {
            self.body(body);
        }
    }

    /// `(a: T, b: U = default)`
    pub(crate) fn params(&mut self, params: &[Param]) {
        self.list(Gap::None, Shape::BRACKETS, params, |walk, gap, param| {
            walk.field_name(gap, &param.name, None);
            walk.ty(Gap::Space, &param.ty);
            if let Some(value) = &param.default {
                walk.default(value);
            }
        });
    }

    fn type_params(&mut self, params: &[TypeParam]) {
        if params.is_empty() {
            return;
        }
        self.list(Gap::None, Shape::ANGLES, params, |walk, gap, param| {
            walk.name(gap, &param.name);
            if let Some(bound) = &param.bound {
                walk.word(Gap::None, ":");
                walk.name(Gap::Space, bound);
            }
            if let Some(default) = &param.default {
                walk.word(Gap::Space, "=");
                walk.ty(Gap::Space, default);
            }
        });
    }

    /// `node a.b<T> { input { … } output T }`
    fn node(&mut self, gap: Gap, node: &NodeDecl) {
        self.word(gap, "node");
        self.name(Gap::Space, &node.name);
        self.type_params(&node.type_params);
        self.gap(Gap::Space);
        self.doc.begin(Hug::No);
        self.word(Gap::Done, "{");
        self.doc.push(Elem::Indent(Indent::Broken));
        self.keep_line();
        for number in 0..2 {
            let gap = self.between_statements(number);
            if self.is("input") {
                self.word(gap, "input");
                self.fields(&node.input, false);
            } else if self.is("output") {
                self.word(gap, "output");
                self.ty(Gap::Space, &node.output);
            }
        }
        self.end_block();
        self.doc.end();
    }
}
