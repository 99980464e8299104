//! Reading the files of a program: the entries and all that they `use`, each once.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use wf_diagnostics::codes::files;
use wf_diagnostics::{Diagnostic, Diagnostics, FileId, SourceFile, SourceMap, Span};
use wf_grammar::ast::{self, ItemKind};

use crate::schema::uri;

/// Gives the checker its files: from a disk, from memory, from an editor.
pub trait Loader {
    /// The text of the file at this path.
    ///
    /// # Errors
    /// Where there is no such file or it can't be read.
    fn read(&self, path: &str) -> Result<String, LoadError>;

    /// The path that `path`, as written in the file at `from`, stands for. The same file must
    /// always get the same path.
    ///
    /// # Errors
    /// Where such a path may not be used.
    fn resolve(&self, from: &str, path: &str) -> Result<String, LoadError>;

    /// Whether a path that was resolved lies in the folder that a file stands in, or in one in that.
    /// Where files can be links, what they lead to is what counts.
    fn is_beside(&self, file: &str, path: &str) -> bool {
        uri::is_inside(uri::folder(file), path)
    }
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It is not there, or may not be read. The text says why, for people: `no such file`.
    Unreadable(String),
    /// Its bytes are not UTF-8.
    NotUtf8 {
        /// The offset of the first byte that is wrong, in `text` too.
        offset: usize,
        /// The text with U+FFFD for what is wrong, so that the place can be shown.
        text: String,
    },
}

/// A file of a program.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Its number in the sources.
    pub(crate) id: FileId,
    /// The path that it was read by.
    pub(crate) path: String,
    /// Its tree.
    pub(crate) file: ast::File,
    /// For each `use` that found its file: the place of the item, and the unit.
    pub(crate) uses: Vec<(usize, usize)>,
}

/// All files of a program.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// The files: the entries first.
    pub(crate) units: Vec<Unit>,
    /// Their texts.
    pub(crate) sources: SourceMap,
    /// What was wrong with reading and parsing them.
    pub(crate) diagnostics: Diagnostics,
}

/// How many files a program may have.
const MAX_FILES: usize = 10_000;

/// Reads the entries and everything that they use. Cycles are fine.
pub(crate) fn load(entries: &[&str], loader: &dyn Loader) -> Loaded {
    let mut loaded = Loaded::default();
    let mut known: IndexMap<String, Option<usize>, FxBuildHasher> = IndexMap::default();
    for entry in entries {
        add(&mut loaded, &mut known, loader, (*entry).to_owned(), None);
    }
    let mut next = 0;
    while next < loaded.units.len() {
        let path = loaded.units[next].path.clone();
        let items = loaded.units[next].file.items.iter().enumerate();
        let wanted = items.filter_map(|(i, item)| match &item.kind {
            ItemKind::Use(used) => Some((i, used.path.clone())),
            _ => None,
        });
        for (item, used) in wanted.collect::<Vec<_>>() {
            let span = used.span;
            let unit = match loader.resolve(&path, &used.text) {
                Ok(path) => add(&mut loaded, &mut known, loader, path, Some(span)),
                Err(error) => {
                    let told = failed(&mut loaded.sources, &used.text, error, Some(span));
                    loaded.diagnostics.push(told);
                    None
                }
            };
            if let Some(unit) = unit {
                loaded.units[next].uses.push((item, unit));
            }
        }
        next += 1;
    }
    loaded
}

/// Reads one file, where it is not there yet, and gives its unit.
fn add(
    loaded: &mut Loaded,
    known: &mut IndexMap<String, Option<usize>, FxBuildHasher>,
    loader: &dyn Loader,
    path: String,
    used_at: Option<Span>,
) -> Option<usize> {
    if let Some(unit) = known.get(&path) {
        if let (None, Some(span)) = (unit, used_at) {
            loaded.diagnostics.push(not_found(&path, "it could not be read", span));
        }
        return *unit;
    }
    let text = if known.len() >= MAX_FILES {
        Err(LoadError::Unreadable(format!("a program has at most {MAX_FILES} files")))
    } else {
        loader.read(&path)
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            let told = failed(&mut loaded.sources, &path, error, used_at);
            loaded.diagnostics.push(told);
            known.insert(path, None);
            return None;
        }
    };
    let id = loaded.sources.add(SourceFile::new(path.as_str(), text.as_str()));
    let parsed = wf_grammar::parse(id, &text);
    loaded.diagnostics.extend(parsed.diagnostics);
    let unit = loaded.units.len();
    loaded.units.push(Unit { id, path: path.clone(), file: parsed.file, uses: Vec::new() });
    known.insert(path, Some(unit));
    Some(unit)
}

/// Tells why a file can't be read: at the `use`, or for text that is not UTF-8 in the file itself.
fn failed(
    sources: &mut SourceMap,
    path: &str,
    error: LoadError,
    used_at: Option<Span>,
) -> Diagnostic {
    match error {
        LoadError::Unreadable(message) => {
            // An entry that can't be read has no place in a source but its own, empty one.
            let span = used_at.unwrap_or_else(|| {
                let id = sources.add(SourceFile::new(path, ""));
                Span::new(id, 0, 0)
            });
            not_found(path, &message, span)
        }
        LoadError::NotUtf8 { offset, text } => {
            let id = sources.add(SourceFile::new(path, text.as_str()));
            wf_grammar::not_utf8(id, &text, offset)
        }
    }
}

fn not_found(path: &str, why: &str, span: Span) -> Diagnostic {
    Diagnostic::new(&files::FILE_NOT_FOUND, span, format!("the file `{path}` can't be read: {why}"))
        .help("paths are relative to the file that uses them, and end in `.wf`")
}
