//! Where the types of borders are declared, for failures at run time.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_bytecode::{Declaration, Declarations};
use wf_diagnostics::Span;
use wf_grammar::ast::{self, ItemKind, TriggerKind, TypeExpr, TypeExprKind};
use wf_types::{DefId, Type};

use crate::check::globals::Globals;
use crate::resolve::scope::Named;

/// A border that was met while a body was checked, with the types that are written for it.
#[derive(Debug)]
pub(crate) struct Border {
    /// The characters that a failure at it names.
    pub(crate) span: Span,
    /// The file it is in.
    pub(crate) unit: usize,
    /// The types.
    pub(crate) types: Vec<TypeExpr>,
    /// What is decoded, over the types as parameters.
    pub(crate) shape: Type,
}

struct Builder<'g, 'a> {
    globals: &'g Globals<'a>,
    out: Declarations,
    named: FxHashMap<DefId, u32>,
    /// Named types of which the contents are still to be entered.
    todo: Vec<(DefId, u32)>,
    /// Where named types are declared.
    items: FxHashMap<DefId, (usize, &'a ItemKind)>,
}

/// The declarations of all borders of a program that has been checked.
pub(crate) fn declarations(globals: &Globals<'_>) -> Declarations {
    let items = items(globals);
    let named = FxHashMap::default();
    let out = Declarations::default();
    let mut builder = Builder { globals, out, named, todo: Vec::new(), items };
    for workflow in &globals.workflows {
        for trigger in &workflow.decl.triggers {
            let whole = builder.trigger(workflow.unit, &trigger.kind);
            builder.out.borders.push((trigger.span, whole));
        }
    }
    for border in globals.borders.borrow().iter() {
        let types = border.types.iter().map(|ty| builder.ty(border.unit, ty)).collect::<Vec<_>>();
        if let Some(whole) = builder.shape(&border.shape, &types) {
            builder.out.borders.push((border.span, whole));
        }
    }
    builder.finish();
    builder.out
}

fn items<'a>(globals: &Globals<'a>) -> FxHashMap<DefId, (usize, &'a ItemKind)> {
    let mut found = FxHashMap::default();
    for (unit, file) in globals.units.iter().enumerate() {
        for item in &file.file.items {
            let name = match &item.kind {
                ItemKind::Type(alias) => &alias.name,
                ItemKind::Entity(entity) => &entity.name,
                _ => continue,
            };
            if let Some(id) = named(globals, unit, &name.text) {
                found.insert(id, (unit, &item.kind));
            }
        }
    }
    found
}

fn named(globals: &Globals<'_>, unit: usize, name: &str) -> Option<DefId> {
    match globals.scopes.get(unit)?.get(name)?.named {
        Named::Type(id) => Some(id),
        _ => None,
    }
}

impl Builder<'_, '_> {
    fn add(&mut self, declaration: Declaration) -> u32 {
        self.out.all.push(declaration);
        (self.out.all.len() - 1) as u32
    }

    fn record(&mut self, fields: Vec<(SmolStr, u32)>) -> u32 {
        self.add(Declaration { fields, ..Declaration::default() })
    }

    fn trigger(&mut self, unit: usize, kind: &TriggerKind) -> u32 {
        let fields = match kind {
            TriggerKind::Webhook { parts, .. } => self.fields(unit, parts),
            TriggerKind::Function { params } => {
                let fields = params.iter().map(|param| {
                    let field = self.field(unit, &param.name, &param.ty);
                    (param.name.text.clone(), field)
                });
                let fields = fields.collect();
                vec![("arguments".into(), self.record(fields))]
            }
            TriggerKind::Entity { entity, .. } => {
                let of = named(self.globals, unit, &entity.text).map(|id| self.def(id));
                let of = of.into_iter().collect();
                let at = Declaration { span: Some(entity.span), of, ..Declaration::default() };
                let at = self.add(at);
                vec![("entity".into(), at), ("previousEntity".into(), at)]
            }
            TriggerKind::Schedule { .. } | TriggerKind::Error => Vec::new(),
        };
        self.record(fields)
    }

    fn fields(&mut self, unit: usize, fields: &[ast::FieldType]) -> Vec<(SmolStr, u32)> {
        let field = |f: &ast::FieldType| (f.name.text.clone(), self.field(unit, &f.name, &f.ty));
        fields.iter().map(field).collect()
    }

    fn field(&mut self, unit: usize, name: &ast::Name, ty: &TypeExpr) -> u32 {
        let of = vec![self.ty(unit, ty)];
        self.add(Declaration { span: Some(name.span.to(ty.span)), of, ..Declaration::default() })
    }

    /// A type as it is written.
    fn ty(&mut self, unit: usize, ty: &TypeExpr) -> u32 {
        let mut declaration = Declaration { span: Some(ty.span), ..Declaration::default() };
        match &ty.kind {
            TypeExprKind::Paren(inner) | TypeExprKind::Optional(inner) => {
                declaration.of.push(self.ty(unit, inner));
            }
            TypeExprKind::Union(members) => {
                declaration.of = members.iter().map(|member| self.ty(unit, member)).collect();
            }
            TypeExprKind::Record(fields) => declaration.fields = self.fields(unit, fields),
            TypeExprKind::Name(name, args) => match (name.text.as_str(), args.as_slice()) {
                ("list" | "map", [item]) => declaration.item = Some(self.ty(unit, item)),
                (name, _) => {
                    let def = named(self.globals, unit, name).map(|id| self.def(id));
                    declaration.of.extend(def);
                }
            },
            TypeExprKind::Error
            | TypeExprKind::Null
            | TypeExprKind::String(_)
            | TypeExprKind::Int(_)
            | TypeExprKind::Bool(_)
            | TypeExprKind::Lambda(..) => {}
        }
        self.add(declaration)
    }

    /// A named type, whose contents are entered later: it may hold itself.
    fn def(&mut self, id: DefId) -> u32 {
        if let Some(known) = self.named.get(&id) {
            return *known;
        }
        let place = self.add(Declaration::default());
        self.named.insert(id, place);
        self.todo.push((id, place));
        place
    }

    fn finish(&mut self) {
        while let Some((id, place)) = self.todo.pop() {
            let Some((unit, item)) = self.items.get(&id).copied() else { continue };
            let declaration = match item {
                ItemKind::Type(alias) => Declaration {
                    span: Some(alias.name.span),
                    of: vec![self.ty(unit, &alias.ty)],
                    ..Declaration::default()
                },
                ItemKind::Entity(entity) => {
                    let field = |f: &ast::FieldDecl| {
                        (f.name.text.clone(), self.field(unit, &f.name, &f.ty))
                    };
                    let fields = entity.fields.iter().map(field).collect();
                    let span = Some(entity.name.span);
                    Declaration { span, fields, ..Declaration::default() }
                }
                _ => continue,
            };
            self.out.all[place as usize] = declaration;
        }
    }

    /// What a signature makes of the types; `None` where none of them is in it.
    fn shape(&mut self, shape: &Type, types: &[u32]) -> Option<u32> {
        match shape {
            Type::Param(index) => types.get(usize::from(*index)).copied(),
            Type::Optional(inner) => self.shape(inner, types),
            Type::List(item) | Type::Map(item) => {
                let item = Some(self.shape(item, types)?);
                Some(self.add(Declaration { item, ..Declaration::default() }))
            }
            Type::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    if let Some(declaration) = self.shape(&field.ty, types) {
                        fields.push((field.name.clone(), declaration));
                    }
                }
                (!fields.is_empty()).then(|| self.record(fields))
            }
            _ => None,
        }
    }
}
