//! Signatures in `.wf` text become the registry that programs are compiled against.

pub(crate) mod places;
mod prelude;

use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::{names, nodes};
use wf_diagnostics::{Diagnostic, Diagnostics, SourceFile, SourceMap};
use wf_grammar::ast::{self, ItemKind};
use wf_types::{
    Bound, Def, DefId, DefKind, Field, FnParam, FnSignature, NodeSignature, RecordType, Registry,
    Table, Type, TypeDefs, TypeParam,
};

use self::places::Place;
use crate::check::globals::{Globals, Map};
use crate::check::hints::suggest::Suggest;
use crate::check::items::declare;
use crate::check::items::functions::constant_errors;
use crate::check::types::relate::is_open;
use crate::check::types::secret;
use crate::resolve::scope::{Scope, duplicate};
use crate::resolve::types::{TypeEnv, bound_of, complete};
use crate::schema::Schemas;

/// The types that every program knows.
pub(crate) const PRELUDE: &str = include_str!("prelude.wf");

/// The signatures that were given are wrong.
#[derive(Clone, Debug)]
pub struct RegistryError {
    /// What is wrong with them.
    pub diagnostics: Diagnostics,
    /// Their texts.
    pub sources: SourceMap,
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.diagnostics.first() {
            Some(first) => write!(f, "wrong signatures: {}", first.message),
            None => f.write_str("wrong signatures"),
        }
    }
}

impl std::error::Error for RegistryError {}

/// Builds a registry from files of signatures, each a name and a text: `node` items, `fn` items
/// without a body, and `type` items, which may use each other over all files. The prelude
/// (`Failure` and the policy of steps) is added.
///
/// # Errors
/// All that is wrong with the signatures, with their texts.
pub fn build_registry(signatures: &[(&str, &str)]) -> Result<Registry, Box<RegistryError>> {
    let mut builder = Builder::default();
    let mut files = Vec::new();
    for (name, text) in [("prelude.wf", PRELUDE)].iter().chain(signatures) {
        let id = builder.sources.add(SourceFile::new(*name, *text));
        let parsed = wf_grammar::parse(id, text);
        builder.diagnostics.extend(parsed.diagnostics);
        files.push(parsed.file);
    }
    builder.add_types(&files);
    files.iter().for_each(|file| builder.add_items(file));
    builder.registry.nodes = std::mem::take(&mut builder.nodes).into_iter().collect();
    builder.registry.functions = std::mem::take(&mut builder.functions).into_iter().collect();
    builder.registry.overloads = std::mem::take(&mut builder.overloads).into_iter().collect();
    if !builder.diagnostics.iter().any(Diagnostic::is_error) {
        builder.check_defaults(&files);
    }
    if builder.diagnostics.iter().any(Diagnostic::is_error) {
        let Builder { diagnostics, sources, .. } = builder;
        return Err(Box::new(RegistryError { diagnostics, sources }));
    }
    Ok(builder.registry)
}

/// The registry of a library whose signatures are known to be right, as a test that builds it by
/// [`build_registry`] shows. Each is read when a program first names it; where each stands, [`places`](places::places)
/// has found out, best when the library was compiled.
pub fn library(
    signatures: &'static [(&'static str, &'static str)],
    places: &'static [Place],
) -> Registry {
    let (defs, names) = prelude::read(PRELUDE).expect("the prelude has the form that is read");
    let library = Arc::new(Library { defs: defs.clone(), names, signatures, places });
    let (of_node, of_first, of_more) = (library.clone(), library.clone(), library.clone());
    Registry {
        defs,
        nodes: Table::lazy(library.names(true, 0), move |name| {
            let text = of_node.texts(true, name).next()?;
            of_node.read(text).nodes.pop().map(|(_, node)| node)
        }),
        functions: Table::lazy(library.names(false, 0), move |name| {
            let text = of_first.texts(false, name).next()?;
            of_first.read(text).functions.pop().map(|(_, function)| function)
        }),
        overloads: Table::lazy(library.names(false, 1), move |name| {
            let read = |text| of_more.read(text).functions.pop().map(|(_, function)| function);
            of_more.texts(false, name).skip(1).map(read).collect()
        }),
    }
}

/// What the signatures of a library are read by.
struct Library {
    defs: TypeDefs,
    names: FxHashMap<SmolStr, DefId>,
    signatures: &'static [(&'static str, &'static str)],
    places: &'static [Place],
}

impl Library {
    /// The names of nodes or functions that have more than so many signatures.
    fn names(&self, nodes: bool, before: u8) -> Vec<SmolStr> {
        let wanted = self.places.iter().filter(|p| p.is_node == nodes && p.before == before);
        wanted.map(|place| SmolStr::new_static(place.name(self.signatures))).collect()
    }

    /// The texts of the signatures of a node or function, in their order.
    fn texts(&self, nodes: bool, name: &str) -> impl Iterator<Item = &'static str> {
        let wanted = self.places.iter().filter(move |place| place.is_node == nodes);
        wanted.filter(move |p| p.name(self.signatures) == name).map(|p| p.text(self.signatures))
    }

    /// Reads the item of a text.
    fn read(&self, text: &str) -> Builder {
        let mut builder = Builder { names: self.names.clone(), ..Builder::default() };
        builder.registry.defs = self.defs.clone();
        let id = builder.sources.add(SourceFile::new("library.wf", text));
        builder.add_items(&wf_grammar::parse(id, text).file);
        builder
    }
}

/// Checks one default, whose type is known.
fn check_default(
    globals: &Globals<'_>,
    default: Option<&ast::Expr>,
    ty: Option<&Type>,
    out: &mut Diagnostics,
) {
    let (Some(default), Some(ty)) = (default, ty) else { return };
    if is_open(ty) {
        return;
    }
    out.extend(constant_errors(globals, default, ty));
}

#[derive(Default)]
struct Builder {
    registry: Registry,
    nodes: Map<SmolStr, NodeSignature>,
    functions: Map<SmolStr, FnSignature>,
    overloads: Map<SmolStr, Vec<FnSignature>>,
    names: FxHashMap<SmolStr, DefId>,
    sources: SourceMap,
    diagnostics: Diagnostics,
    scope: Scope,
    suggest: Suggest,
}

impl Builder {
    fn add_types(&mut self, files: &[ast::File]) {
        let mut aliases = Vec::new();
        for item in files.iter().flat_map(|f| &f.items) {
            let ItemKind::Type(alias) = &item.kind else { continue };
            let def = Def {
                name: alias.name.text.clone(),
                doc: item.doc.clone(),
                kind: DefKind::Alias(Type::Error),
            };
            let id = self.registry.defs.add(def);
            if self.names.insert(alias.name.text.clone(), id).is_some() {
                let span = alias.name.span;
                self.diagnostics.push(duplicate("type", &alias.name.text, span, span));
            }
            aliases.push((id, alias));
        }
        for complete_now in [false, true] {
            for (id, alias) in &aliases {
                let ty = match (&self.registry.defs.get(*id).kind, complete_now) {
                    (DefKind::Alias(ty), true) => {
                        complete(&self.registry.defs, ty, alias.ty.span, &mut self.diagnostics, 0)
                    }
                    _ => {
                        let mut out = Vec::new();
                        let ty = self.env(&[], complete_now).resolve(&alias.ty, &mut out);
                        self.diagnostics.extend(out);
                        ty
                    }
                };
                self.registry.defs.set(*id, DefKind::Alias(ty));
            }
            if complete_now {
                continue;
            }
            for id in crate::resolve::finite::infinite(&self.registry.defs) {
                if let Some((_, alias)) = aliases.iter().find(|(a, _)| *a == id) {
                    let message = format!("the type `{}` holds itself", alias.name.text);
                    let code = &names::INFINITE_TYPE;
                    self.diagnostics.push(Diagnostic::new(code, alias.name.span, message));
                }
                self.registry.defs.set(id, DefKind::Alias(Type::Error));
            }
        }
    }

    fn add_items(&mut self, file: &ast::File) {
        for item in &file.items {
            match &item.kind {
                ItemKind::Node(node) => self.add_node(item, node),
                ItemKind::Fn(function) => self.add_function(item, function),
                ItemKind::Type(_) => {}
                _ => {
                    let message = "signatures are `node`, `fn` without a body, and `type`";
                    self.diagnostics.push(Diagnostic::new(&nodes::SIGNATURE, item.span, message));
                }
            }
        }
    }

    fn env<'a>(&'a self, params: &'a [SmolStr], complete: bool) -> TypeEnv<'a> {
        TypeEnv {
            defs: &self.registry.defs,
            scope: &self.scope,
            prelude: &self.names,
            params,
            opaque: &[],
            signature: true,
            complete,
            suggest: &self.suggest,
        }
    }

    fn resolve(&mut self, ty: &ast::TypeExpr, params: &[SmolStr]) -> Type {
        let mut out = Vec::new();
        let ty = self.env(params, true).resolve(ty, &mut out);
        self.diagnostics.extend(out);
        ty
    }

    fn type_params(&mut self, params: &[ast::TypeParam]) -> (Vec<SmolStr>, Vec<TypeParam>) {
        let names: Vec<SmolStr> = params.iter().map(|p| p.name.text.clone()).collect();
        let types = params
            .iter()
            .map(|param| TypeParam {
                name: param.name.text.clone(),
                bound: param.bound.as_ref().and_then(|bound| self.bound(bound)),
                default: param.default.as_ref().map(|ty| self.resolve(ty, &names)),
            })
            .collect();
        (names, types)
    }

    fn bound(&mut self, name: &ast::Name) -> Option<Bound> {
        let bound = bound_of(&name.text);
        if bound.is_none() {
            let message = format!("there is no bound `{}`", name.text);
            let help =
                "bounds are `comparable`, `ordered`, `number`, `entity`, `workflow` and `border`";
            let diagnostic = Diagnostic::new(&nodes::SIGNATURE, name.span, message).help(help);
            self.diagnostics.push(diagnostic);
        }
        bound
    }

    /// Checks that each default fits its input or parameter, where the type of that is known.
    fn check_defaults(&mut self, files: &[ast::File]) {
        let mut found = Vec::new();
        {
            let sources = SourceMap::new();
            let globals =
                declare(&self.registry, &[], &Schemas::default(), &sources, &mut Vec::new());
            for item in files.iter().flat_map(|f| &f.items) {
                match &item.kind {
                    ItemKind::Node(node) => {
                        let signature = self.registry.nodes.get(&node.name.text);
                        let Some(Type::Record(input)) = signature.map(|s| &s.input) else {
                            continue;
                        };
                        for field in &node.input {
                            let ty = input.field(&field.name.text).map(|(_, f)| &f.ty);
                            check_default(&globals, field.default.as_ref(), ty, &mut found);
                        }
                    }
                    ItemKind::Fn(function) => {
                        let name = &function.name.text;
                        let more = self.registry.overloads.get(name).into_iter().flatten();
                        let all = self.registry.functions.get(name).into_iter().chain(more);
                        let text = self.sources.slice(item.span);
                        let Some(signature) = all.into_iter().find(|s| s.text == text) else {
                            continue;
                        };
                        for (param, known) in function.params.iter().zip(&signature.params) {
                            let ty = Some(&known.ty);
                            check_default(&globals, param.default.as_ref(), ty, &mut found);
                        }
                    }
                    _ => {}
                }
            }
        }
        self.diagnostics.extend(found);
    }

    fn add_node(&mut self, item: &ast::Item, node: &ast::NodeDecl) {
        let (names, type_params) = self.type_params(&node.type_params);
        let mut record = RecordType::default();
        let mut defaults = Vec::new();
        for input in &node.input {
            let ty = self.resolve(&input.ty, &names);
            if record.field(&input.name.text).is_some() {
                let span = input.name.span;
                self.diagnostics.push(duplicate("input", &input.name.text, span, span));
                continue;
            }
            record.fields.push(Field {
                has_default: input.default.is_some(),
                doc: input.doc.clone(),
                ..Field::new(input.name.text.clone(), ty)
            });
            defaults.push(input.default.as_ref().map(|d| self.sources.slice(d.span).into()));
        }
        let output = self.resolve(&node.output, &names);
        if secret::holds(&self.registry.defs, &output) {
            let message = format!("the node `{}` gives a `secret`", node.name.text);
            let help = "outputs are kept and shown: give a `string`";
            let code = &nodes::SIGNATURE;
            self.diagnostics.push(Diagnostic::new(code, node.output.span, message).help(help));
        }
        let name = node.name.text.clone();
        let signature = NodeSignature {
            name: name.clone(),
            doc: item.doc.clone(),
            type_params,
            input: Type::Record(record.into()),
            defaults,
            output,
            text: self.sources.slice(item.span).into(),
        };
        if self.nodes.insert(name, signature).is_some() {
            let span = node.name.span;
            self.diagnostics.push(duplicate("node", &node.name.text, span, span));
        }
    }

    fn add_function(&mut self, item: &ast::Item, function: &ast::FnDecl) {
        if function.body.is_some() {
            let message = format!("the signature of `{}` has a body", function.name.text);
            let code = &nodes::SIGNATURE;
            self.diagnostics.push(Diagnostic::new(code, function.name.span, message));
        }
        let (names, type_params) = self.type_params(&function.type_params);
        let params = function
            .params
            .iter()
            .map(|param| FnParam {
                name: param.name.text.clone(),
                ty: self.resolve(&param.ty, &names),
                default: param.default.as_ref().map(|d| self.sources.slice(d.span).into()),
            })
            .collect();
        let result =
            function.result.as_ref().map_or(Type::Null, |result| self.resolve(result, &names));
        let signature = FnSignature {
            name: function.name.text.clone(),
            doc: item.doc.clone(),
            type_params,
            params,
            result,
            text: self.sources.slice(item.span).into(),
        };
        let name = function.name.text.clone();
        match self.functions.contains_key(&name) {
            true => self.overloads.entry(name).or_default().push(signature),
            false => {
                self.functions.insert(name, signature);
            }
        }
    }
}
