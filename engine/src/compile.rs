//! Compiling: sources in, a program or diagnostics out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use wf_bytecode::Program;
use wf_compiler::{LoadError, Loader};
use wf_diagnostics::render::{RenderOptions, render};
use wf_diagnostics::{Diagnostic, SourceFile, SourceMap};

/// What came of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The program; `None` where there are errors.
    pub program: Option<Arc<Program>>,
    /// All errors and warnings of all files.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that were read: what the diagnostics point into.
    pub sources: SourceMap,
}

/// A program that does not compile: its text is what `wf check` would print, without colours.
#[derive(Clone)]
pub struct CompileError {
    /// All errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// What they point into.
    pub sources: SourceMap,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = RenderOptions::plain();
        f.write_str(render(&self.diagnostics, &self.sources, &options).trim_end())
    }
}

impl fmt::Debug for CompileError {
    /// The same: a `main` that gives its errors back shows them in this form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program does not compile\n{self}")
    }
}

impl std::error::Error for CompileError {}

impl Compiled {
    /// The program, or all that is wrong with it.
    ///
    /// # Errors
    /// There are errors.
    pub fn into_program(self) -> Result<Arc<Program>, Box<CompileError>> {
        let Self { program, diagnostics, sources } = self;
        program.ok_or_else(|| Box::new(CompileError { diagnostics, sources }))
    }
}

/// A program as the bytes of a `.wfc` file, for [`Engine::load`](crate::Engine::load). The same program
/// always gives the same bytes.
pub fn write_program(program: &Program) -> Vec<u8> {
    wf_bytecode::file::write(program)
}

/// Source files that are kept in memory, by their names.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, String>,
}

impl MemoryFiles {
    /// Adds a file, or replaces the one of this name.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.files.insert(name.into(), text.into());
    }
}

impl<N: Into<String>, T: Into<String>, const COUNT: usize> From<[(N, T); COUNT]> for MemoryFiles {
    fn from(files: [(N, T); COUNT]) -> Self {
        Self { files: files.into_iter().map(|(name, text)| (name.into(), text.into())).collect() }
    }
}

impl Loader for MemoryFiles {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.files.get(path).cloned().ok_or_else(|| LoadError::Unreadable("no such file".into()))
    }

    fn resolve(&self, from: &str, path: &str) -> Result<String, LoadError> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
                _ => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }
}

/// The sources that a program carries: what its failures point into.
pub fn sources_of(program: &Program) -> SourceMap {
    let mut sources = SourceMap::new();
    for source in &program.sources {
        sources.add(SourceFile::new(source.name.clone(), source.text.as_str()));
    }
    sources
}
