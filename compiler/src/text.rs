//! Texts in files of their own, for `template.render`: read with the program and parsed as templates.

mod scan;

use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_diagnostics::codes::texts as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, FileId, SourceFile, SourceMap, Span};
use wf_grammar::ast::visit::{Visit, walk_file, walk_stmt};
use wf_grammar::ast::{self, EntryKey, ExprKind, Stmt, StmtKind, Template};

use crate::load::{LoadError, Loader, Unit};

/// The node whose texts these are.
pub(crate) const NODE: &str = "template.render";

/// Its last word: there may be blanks in between.
const NODE_END: &str = "render";

/// The input that names the file.
pub(crate) const FILE: &str = "file";

/// The largest text, in bytes; all of a program may have this many times as much.
const MAX_BYTES: usize = 1 << 20;
const MAX_TEXTS: usize = 64;

/// The texts of a program by the literals that name their files.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    found: FxHashMap<(FileId, u32), Option<Rc<Template>>>,
}

impl Texts {
    /// The text that a literal names; an inner `None` where it can't be used, which was told.
    pub(crate) fn get(&self, literal: Span) -> Option<Option<Rc<Template>>> {
        self.found.get(&(literal.file, literal.start)).cloned()
    }
}

/// Reads the texts that the steps of the units name. What can't be read is told where it is named,
/// what is wrong in a text in the text.
pub(crate) fn load(
    units: &[Unit],
    entries: &[&str],
    loader: &dyn Loader,
    sources: &mut SourceMap,
    out: &mut Diagnostics,
) -> Texts {
    let mut texts = Texts::default();
    let mut known: IndexMap<String, Option<Rc<Template>>, FxBuildHasher> = IndexMap::default();
    for unit in units {
        // Most files name no text; then their trees need not be walked through.
        if !sources.get(unit.id).is_some_and(|file| file.text().contains(NODE_END)) {
            continue;
        }
        let mut named = Named::default();
        walk_file(&mut named, &unit.file);
        for (span, path) in named.files {
            let near = |full: &str| {
                let mut files = entries.iter().copied().chain([unit.path.as_str()]);
                files.any(|file| loader.is_beside(file, full))
            };
            let template = match loader.resolve(&unit.path, &path) {
                // What a text holds goes into results and built programs.
                Ok(full) if !near(&full) => {
                    out.push(outside(&path, span));
                    None
                }
                Err(error) => {
                    out.push(unusable(sources, &path, error, span));
                    None
                }
                Ok(full) => match known.get(&full) {
                    Some(template) => template.clone(),
                    None if known.len() >= MAX_TEXTS => {
                        let message = format!("a program has at most {MAX_TEXTS} texts");
                        out.push(Diagnostic::new(&codes::TEXT_FILE, span, message));
                        None
                    }
                    None => {
                        let template = read(&full, loader, sources, span, out).map(Rc::new);
                        known.insert(full, template.clone());
                        template
                    }
                },
            };
            texts.found.insert((span.file, span.start), template);
        }
    }
    texts
}

/// The literals that name texts.
#[derive(Default)]
struct Named {
    files: Vec<(Span, SmolStr)>,
}

impl Visit for Named {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::Step(step) = &stmt.kind
            && step.node.text == NODE
            && let Some(literal) = file_of(step)
            && let ExprKind::String(path) = &literal.kind
            && let Some(path) = path.as_text()
        {
            self.files.push((literal.span, path));
        }
        walk_stmt(self, stmt);
    }
}

/// The input of a step that names the file.
pub(crate) fn file_of(step: &ast::Step) -> Option<&ast::Expr> {
    let ExprKind::Braces(entries) = &step.input.kind else { return None };
    let is_file = |key: &EntryKey| matches!(key, EntryKey::Name(name) if name.text == FILE);
    entries.iter().find(|entry| is_file(&entry.key)).map(|entry| &entry.value)
}

fn read(
    path: &str,
    loader: &dyn Loader,
    sources: &mut SourceMap,
    span: Span,
    out: &mut Diagnostics,
) -> Option<Template> {
    let text = match loader.read(path) {
        Ok(text) => text,
        Err(error) => {
            out.push(unusable(sources, path, error, span));
            return None;
        }
    };
    if text.len() > MAX_BYTES {
        let message = format!("the text `{path}` is larger than {} MiB", MAX_BYTES >> 20);
        out.push(Diagnostic::new(&codes::TEXT_FILE, span, message));
        return None;
    }
    let id = sources.add(SourceFile::new(path, text.as_str()));
    scan::template(id, &text, out)
}

fn outside(path: &str, span: Span) -> Diagnostic {
    let message = format!("the text `{path}` lies outside the folder of the program");
    Diagnostic::new(&codes::TEXT_FILE, span, message)
        .help("a text stands in the folder of the program or of the step's file, or in one in these; links must not lead out")
}

fn unusable(sources: &mut SourceMap, path: &str, error: LoadError, span: Span) -> Diagnostic {
    match error {
        LoadError::Unreadable(why) => {
            let message = format!("the text `{path}` can't be read: {why}");
            Diagnostic::new(&codes::TEXT_FILE, span, message)
                .help("paths are relative to the file that the step stands in")
        }
        LoadError::NotUtf8 { offset, text } => {
            let id = sources.add(SourceFile::new(path, text.as_str()));
            wf_grammar::not_utf8(id, &text, offset)
        }
    }
}
