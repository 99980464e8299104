//! Reading the schema files that a program uses, and all that their `$ref`s lead to.

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_diagnostics::codes::files as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, SourceFile, SourceMap, Span};
use wf_grammar::ast::{ItemKind, UseSchema};

use super::tree::{Json, NodeId, Place, Tree};
use super::{discriminator, keywords, uri};
use crate::check::hints::suggest::{Suggest, listed};
use crate::load::{LoadError, Loader, Unit};

/// The largest schema file, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// How many schema files a program may have, and how many bytes in all.
const MAX_FILES: usize = 1_000;
const MAX_TOTAL: usize = 64 << 20;

/// How many wrong `$ref`s of one `use schema` are told.
const MAX_TOLD: usize = 10;

/// A schema file.
#[derive(Debug)]
pub(super) struct File {
    /// Its path.
    pub(super) path: String,
    /// The value that it is.
    pub(super) root: NodeId,
    /// Whether its draft is 7 or older: what stands beside a `$ref` counts for nothing then.
    pub(super) is_old: bool,
    /// Whether its draft is 3 or 4, where `$id` was written `id`.
    pub(super) has_plain_ids: bool,
}

/// What one `use schema` is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// The schema.
    pub(super) node: NodeId,
    /// The path and the pointer in the source.
    pub(super) span: Span,
}

/// The schema files of a program.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    /// All values of all files.
    pub(super) tree: Tree,
    /// The files.
    pub(super) files: Vec<File>,
    /// What each `use schema` is of, by the unit and the place of the item.
    pub(super) targets: FxHashMap<(usize, usize), Target>,
    /// Where the `$ref` of a schema leads to.
    pub(super) refs: FxHashMap<NodeId, NodeId>,
    /// What a `discriminator` says of an alternative besides what its own schema says.
    pub(super) told_apart: FxHashMap<NodeId, NodeId>,
}

/// Reads what the units use. What can't be read is told at the `use schema`.
pub(crate) fn load(
    units: &[Unit],
    loader: &dyn Loader,
    sources: &mut SourceMap,
    out: &mut Diagnostics,
) -> Schemas {
    let mut reading = Reading {
        loader,
        sources,
        out,
        schemas: Schemas::default(),
        known: IndexMap::default(),
        bytes: 0,
        folders: units.first().map(|u| uri::folder(&u.path).to_owned()).into_iter().collect(),
        ids: FxHashMap::default(),
        anchors: FxHashMap::default(),
        reached: FxHashSet::default(),
        suggest: Suggest::default(),
    };
    for (index, unit) in units.iter().enumerate() {
        for (item, used) in uses(unit) {
            reading.use_schema(&unit.path, (index, item), used);
        }
    }
    reading.schemas
}

/// The `use schema` items of a unit, with their places.
pub(super) fn uses(unit: &Unit) -> impl Iterator<Item = (usize, &UseSchema)> {
    unit.file.items.iter().enumerate().filter_map(|(i, item)| match &item.kind {
        ItemKind::UseSchema(used) => Some((i, used)),
        _ => None,
    })
}

struct Reading<'a> {
    loader: &'a dyn Loader,
    sources: &'a mut SourceMap,
    out: &'a mut Diagnostics,
    schemas: Schemas,
    /// The files by their paths; none for one that can't be read.
    known: IndexMap<String, Option<usize>, FxBuildHasher>,
    bytes: usize,
    /// The folders that a `$ref` may lead into.
    folders: Vec<String>,
    /// The schemas by their `$id`s.
    ids: FxHashMap<String, NodeId>,
    /// The schemas by their anchors, with the schema with an `$id` that they are in.
    anchors: FxHashMap<(NodeId, SmolStr), NodeId>,
    /// The schemas whose `$ref`s were followed.
    reached: FxHashSet<NodeId>,
    suggest: Suggest,
}

impl Reading<'_> {
    fn use_schema(&mut self, unit: &str, item: (usize, usize), used: &UseSchema) {
        let span = used.path.span;
        let (path, fragment) = uri::split(&used.path.text);
        let resolved = match self.loader.resolve(unit, path) {
            Ok(resolved) => resolved,
            Err(error) => return self.unreadable(path, error, span),
        };
        self.folders.push(uri::folder(&resolved).to_owned());
        let Some(file) = self.file(&resolved, span) else { return };
        let Some(root) = self.schemas.files.get(file).map(|file| file.root) else { return };
        match self.inside(root, fragment) {
            Ok(node) => {
                self.schemas.targets.insert(item, Target { node, span });
                self.reach(node, span);
            }
            Err(help) => {
                let message = format!("`{path}` has nothing at `#{fragment}`");
                let told = Diagnostic::new(&codes::SCHEMA_POINTER, span, message);
                self.out.push(told.help(help));
            }
        }
    }

    /// The file at a path, read where it was not yet.
    fn file(&mut self, path: &str, span: Span) -> Option<usize> {
        if let Some(known) = self.known.get(path).copied() {
            if known.is_none() {
                let error = LoadError::Unreadable("it could not be read".to_owned());
                self.unreadable(path, error, span);
            }
            return known;
        }
        let read = match self.known.len() >= MAX_FILES {
            true => Err(LoadError::Unreadable(format!("a program uses at most {MAX_FILES}"))),
            false => self.loader.read(path),
        };
        let file = match read {
            Err(error) => {
                self.unreadable(path, error, span);
                None
            }
            Ok(text) => self.parse(path, &text, span),
        };
        self.known.insert(path.to_owned(), file);
        file
    }

    fn parse(&mut self, path: &str, text: &str, span: Span) -> Option<usize> {
        self.bytes += text.len();
        if text.len() > MAX_BYTES || self.bytes > MAX_TOTAL {
            let message = format!("the schema `{path}` is too large");
            let (one, all) = (MAX_BYTES >> 20, MAX_TOTAL >> 20);
            let help = format!("a schema file has at most {one} MiB, all of a program {all} MiB");
            self.out.push(Diagnostic::new(&codes::BAD_SCHEMA, span, message).help(help));
            return None;
        }
        let file = self.schemas.files.len();
        let first = self.schemas.tree.named.len();
        let known = self.schemas.tree.discriminated.len();
        match self.schemas.tree.add(file, text.strip_prefix('\u{feff}').unwrap_or(text)) {
            Ok(root) => {
                let draft = self.schemas.tree.text(root, "$schema").map_or("", SmolStr::as_str);
                let is_old = ["draft-07", "draft-06", "draft-05", "draft-04", "draft-03"]
                    .iter()
                    .any(|old| draft.contains(old));
                let has_plain_ids = ["draft-04", "draft-03"].iter().any(|old| draft.contains(old));
                self.schemas.files.push(File {
                    path: path.to_owned(),
                    root,
                    is_old,
                    has_plain_ids,
                });
                self.enter_names(first);
                let nodes = self.schemas.tree.discriminated.split_off(known);
                let told = discriminator::of(&mut self.schemas.tree, &nodes);
                self.schemas.told_apart.extend(told);
                Some(file)
            }
            Err(error) => {
                let told = self.not_json(path, text, &error, span);
                self.out.push(told);
                None
            }
        }
    }

    /// The schema file is no JSON: the place in it is a second label.
    fn not_json(
        &mut self,
        path: &str,
        text: &str,
        error: &serde_json::Error,
        span: Span,
    ) -> Diagnostic {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default().to_owned();
        if why.starts_with("recursion limit") {
            let message = format!("the schema `{path}` is nested too deeply");
            let help = "values may be nested 127 deep: put the inner schemas under `$defs`";
            return Diagnostic::new(&codes::BAD_SCHEMA, span, message).help(help);
        }
        let source = SourceFile::new(path, text);
        let line = source.line_range(error.line().saturating_sub(1));
        let offset = (line.start + error.column().saturating_sub(1)).min(text.len());
        let (start, end) = (text.floor_char_boundary(offset), text.ceil_char_boundary(offset + 1));
        let id = self.sources.add(source);
        let at = Span::new(id, start as u32, end as u32);
        Diagnostic::new(&codes::BAD_SCHEMA, span, format!("the schema `{path}` is not JSON"))
            .with(at, why)
            .help("a schema is a file of JSON; one written in YAML must be converted first")
    }

    fn unreadable(&mut self, path: &str, error: LoadError, span: Span) {
        let why = match error {
            LoadError::Unreadable(why) => why,
            LoadError::NotUtf8 { offset, .. } => format!("it is not UTF-8 (at byte {offset})"),
        };
        let message = format!("the schema `{path}` can't be read: {why}");
        let help = "paths are relative to the file that uses them, as in `use schema \"hooks.json#/definitions/issue\" as Issue`";
        self.out.push(Diagnostic::new(&codes::FILE_NOT_FOUND, span, message).help(help));
    }

    /// Enters the names that schemas of a file just read give themselves.
    fn enter_names(&mut self, first: usize) {
        for at in first..self.schemas.tree.named.len() {
            let Some(node) = self.schemas.tree.named.get(at).copied() else { continue };
            let resource = self.resource(node);
            let tree = &self.schemas.tree;
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(name) = tree.text(node, keyword) {
                    self.anchors.entry((resource, name.clone())).or_insert(node);
                }
            }
            match self.schemas.id(tree.way(node).0, node) {
                // In draft 7 an anchor is written so.
                Some(id) if id.starts_with('#') => {
                    let name = SmolStr::new(id.trim_start_matches('#'));
                    self.anchors.entry((resource, name)).or_insert(node);
                }
                Some(_) => {
                    let base = self.base(node);
                    self.ids.entry(base).or_insert(node);
                }
                None => {}
            }
        }
    }

    /// The schema with an `$id`, or the whole file, that a schema is in.
    fn resource(&self, node: NodeId) -> NodeId {
        let tree = &self.schemas.tree;
        let (file, way) = tree.way(node);
        let root = way.last().copied().unwrap_or(node);
        let has_id =
            |n: &&NodeId| self.schemas.id(file, **n).is_some_and(|id| !id.starts_with('#'));
        way.iter().find(has_id).copied().unwrap_or(root)
    }

    /// The URI that references of a schema are relative to.
    fn base(&self, node: NodeId) -> String {
        let tree = &self.schemas.tree;
        let (file, way) = tree.way(node);
        let mut base = self.schemas.files.get(file).map_or(String::new(), |f| f.path.clone());
        for node in way.iter().rev() {
            if let Some(id) = self.schemas.id(file, *node).filter(|id| !id.starts_with('#')) {
                base = uri::join(&base, uri::split(id).0);
            }
        }
        base
    }

    /// What a fragment names in a schema: a JSON pointer or an anchor.
    ///
    /// # Errors
    /// There is nothing; the text is a help.
    fn inside(&self, root: NodeId, fragment: &str) -> Result<NodeId, String> {
        let decoded = uri::decode(fragment);
        if !decoded.is_empty() && !decoded.starts_with('/') {
            let found = self.anchors.get(&(root, SmolStr::new(&decoded))).copied();
            return found.ok_or_else(|| {
                format!("a JSON pointer begins with `#/`, and there is no `$anchor` `{decoded}`")
            });
        }
        let tree = &self.schemas.tree;
        let mut at = root;
        let mut before = "#".to_owned();
        for name in uri::names(&decoded) {
            let next = match tree.json(at) {
                Json::Object(values) => values.get(&name).copied(),
                Json::Array(items) => name.parse().ok().and_then(|i: usize| items.get(i).copied()),
                _ => None,
            };
            let Some(next) = next else { return Err(self.nothing(at, &before, &name)) };
            before.push('/');
            before.push_str(&name);
            at = next;
        }
        Ok(at)
    }

    /// What may have been meant by a name that is not there.
    fn nothing(&self, at: NodeId, before: &str, name: &str) -> String {
        match self.schemas.tree.json(at) {
            Json::Object(values) => {
                let names = values.keys().map(SmolStr::as_str);
                match self.suggest.nearest(name, names.clone()) {
                    Some(near) => format!("did you mean `{before}/{near}`?"),
                    None if values.is_empty() => format!("`{before}` is empty"),
                    None => format!("`{before}` has {}", listed(names)),
                }
            }
            Json::Array(items) => format!("`{before}` has {} items", items.len()),
            _ => format!("`{before}` has nothing in it"),
        }
    }

    /// Follows the `$ref`s of a schema and of all that it leads to.
    fn reach(&mut self, start: NodeId, span: Span) {
        let mut open = vec![start];
        let mut wrong = 0;
        while let Some(node) = open.pop() {
            if !self.reached.insert(node) {
                continue;
            }
            let tree = &self.schemas.tree;
            if let Some(reference) = keywords::reference(tree, node).cloned() {
                match self.follow(node, &reference, span) {
                    Ok(target) => {
                        self.schemas.refs.insert(node, target);
                        open.push(target);
                    }
                    Err(help) => {
                        wrong += 1;
                        if let Some(help) = help.filter(|_| wrong <= MAX_TOLD) {
                            let told = self.bad_reference(node, &reference, help, span);
                            self.out.push(told);
                        }
                    }
                }
            }
            keywords::parts(&self.schemas, node, &mut open);
        }
    }

    fn bad_reference(&self, node: NodeId, reference: &str, help: String, span: Span) -> Diagnostic {
        let keyword = keywords::reference_keyword(&self.schemas.tree, node);
        let message = format!("the schema has a `{keyword}` that can't be followed: `{reference}`");
        Diagnostic::new(&codes::SCHEMA_REFERENCE, span, message)
            .label(format!("it stands at `{}`", self.schemas.show(node)))
            .help(help)
    }

    /// The schema that a `$ref` leads to.
    ///
    /// # Errors
    /// There is none; the text is a help. Without one it was told already.
    fn follow(
        &mut self,
        node: NodeId,
        reference: &str,
        span: Span,
    ) -> Result<NodeId, Option<String>> {
        let (path, fragment) = uri::split(reference);
        if path.is_empty() {
            let resource = self.resource(node);
            return self.inside(resource, fragment).map_err(Some);
        }
        let base = self.base(node);
        let whole = uri::join(&base, path);
        if let Some(root) = self.ids.get(&whole).or_else(|| self.ids.get(path)).copied() {
            return self.inside(root, fragment).map_err(Some);
        }
        let file = self.schemas.tree.way(node).0;
        let from = self.schemas.files.get(file).map_or(String::new(), |file| file.path.clone());
        // A file of the network may be there by its `$id` once another file was read; by now it
        // is not.
        if uri::is_absolute(path) {
            let help = "nothing is read from the network: put the schema into a file whose `$id` is this, and `use schema` that file first";
            return Err(Some(help.to_owned()));
        }
        let local = uri::decode(path);
        let outside = || {
            let help = "a `$ref` leads only to files in the folder of the program or of the schema";
            Err(Some(help.to_owned()))
        };
        if local.starts_with(['/', '\\']) || local.contains(':') {
            return outside();
        }
        let resolved = match self.loader.resolve(&from, &local) {
            Ok(resolved) => resolved,
            Err(LoadError::Unreadable(why)) => return Err(Some(why)),
            Err(LoadError::NotUtf8 { .. }) => return Err(Some("it is not UTF-8".to_owned())),
        };
        if !self.folders.iter().any(|folder| uri::is_inside(folder, &resolved)) {
            return outside();
        }
        let before = self.out.len();
        let Some(file) = self.file(&resolved, span) else {
            // What is told at the `use schema` gets the place of the `$ref` instead.
            let told = self.out.get(before).filter(|told| told.span == span);
            let why = told.map(|told| told.message.clone());
            self.out.truncate(if why.is_some() { before } else { self.out.len() });
            return Err(why);
        };
        match self.schemas.files.get(file).map(|file| file.root) {
            Some(root) => self.inside(root, fragment).map_err(Some),
            None => Err(Some(format!("`{resolved}` can't be read"))),
        }
    }
}

impl Schemas {
    /// A schema as messages name it: the file and the pointer.
    pub(super) fn show(&self, node: NodeId) -> String {
        let file = self.tree.way(node).0;
        let path = self.files.get(file).map_or("", |file| file.path.as_str());
        let pointer = self.tree.pointer(node);
        let mut text = if pointer == "#" { path.to_owned() } else { format!("{path}{pointer}") };
        if text.len() > 300 {
            let end = text.floor_char_boundary(300);
            text.truncate(end);
            text.push('…');
        }
        text
    }

    /// Whether a schema stands in a file of draft 7 or older.
    pub(super) fn is_old(&self, node: NodeId) -> bool {
        self.files.get(self.tree.way(node).0).is_some_and(|file| file.is_old)
    }

    /// The name that a schema of this file gives itself.
    fn id(&self, file: usize, node: NodeId) -> Option<&SmolStr> {
        let has_plain_ids = self.files.get(file).is_some_and(|file| file.has_plain_ids);
        let plain = || self.tree.text(node, "id").filter(|_| has_plain_ids);
        self.tree.text(node, "$id").or_else(plain)
    }

    /// The name under which a schema stands, and that of what it stands in.
    pub(super) fn names(&self, node: NodeId) -> (Option<&SmolStr>, Option<&SmolStr>) {
        let name = |node: NodeId| match self.tree.place(node) {
            Place::Name(parent, name) => Some((*parent, name)),
            _ => None,
        };
        match name(node) {
            Some((parent, own)) => (Some(own), name(parent).map(|(_, name)| name)),
            None => (None, None),
        }
    }
}
