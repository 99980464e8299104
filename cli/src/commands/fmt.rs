//! `wf fmt`: source files in the one style of the language.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use wf_diagnostics::render::RenderOptions;
use wf_diagnostics::{Diagnostic, Diagnostics, SourceFile, SourceMap, json};

use crate::args::{FmtArgs, Format};
use crate::diff;
use crate::exit::Exit;
use crate::output::write_diagnostics;
use crate::sources::{Disk, MAX_BYTES, ReadError, decode};

/// The name that standard input has in diagnostics.
const STDIN: &str = "<stdin>";

/// What came out.
#[derive(Default)]
struct Outcome {
    sources: SourceMap,
    diagnostics: Diagnostics,
    /// The files that were not, or are not, in the style.
    changed: Vec<String>,
    /// Whether a file could not be read or written.
    failed: bool,
}

/// Formats files in place and lists those that change; with `--check` nothing is written, and what
/// would change is shown on `err`. `-` is standard input, which goes to `out`.
pub fn fmt(
    args: &FmtArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let mut outcome = Outcome::default();
    for name in files(&args.files, &mut outcome, err)? {
        outcome.file(&name, args, out, err)?;
    }
    let has_errors = outcome.diagnostics.iter().any(Diagnostic::is_error);
    let Outcome { sources, diagnostics, changed, failed } = outcome;
    let from_stdin = args.files.iter().any(|name| name == "-");
    match args.format {
        Format::Json => {
            let mut value = json::to_json(&diagnostics, &sources);
            value["changed"] = json!(changed);
            writeln!(out, "{value}")?;
        }
        format if format.is_for_programs() => {
            write_diagnostics(out, &diagnostics, &sources, format, options)?;
        }
        format => {
            if !from_stdin || args.check {
                changed.iter().try_for_each(|name| writeln!(out, "{name}"))?;
            }
            write_diagnostics(err, &diagnostics, &sources, format, options)?;
        }
    }
    Ok(if failed {
        Exit::Usage
    } else if has_errors || (args.check && !changed.is_empty()) {
        Exit::Errors
    } else {
        Exit::Good
    })
}

/// The files that are meant: folders stand for all `.wf` files in them, in the order of their
/// paths. Hidden folders and links to folders are passed over.
fn files(given: &[String], outcome: &mut Outcome, err: &mut impl Write) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for name in given {
        if !Path::new(name).is_dir() {
            names.push(name.clone());
            continue;
        }
        let mut found = Vec::new();
        let mut folders = vec![PathBuf::from(name)];
        while let Some(folder) = folders.pop() {
            if let Err(error) = visit(&folder, &mut folders, &mut found) {
                outcome.failed = true;
                writeln!(err, "error: `{}` can't be read: {error}", folder.display())?;
            }
        }
        found.sort();
        names.extend(found.iter().map(|path| path.to_string_lossy().into_owned()));
    }
    Ok(names)
}

fn visit(folder: &Path, folders: &mut Vec<PathBuf>, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        // A path that begins with `./` is shown without it.
        let path = entry.path();
        let path = path.strip_prefix("./").map(Path::to_owned).unwrap_or(path);
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden {
            folders.push(path);
        } else if !kind.is_dir() && path.extension().is_some_and(|e| e == "wf") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

impl Outcome {
    /// Formats one file or standard input.
    fn file(
        &mut self,
        name: &str,
        args: &FmtArgs,
        out: &mut impl Write,
        err: &mut impl Write,
    ) -> io::Result<()> {
        let from_stdin = name == "-";
        let shown = if from_stdin { STDIN } else { name };
        let read = if from_stdin { read_stdin() } else { Disk::new().read(name) };
        let before = match read {
            Ok(text) => text,
            Err(error) => return self.unread(shown, error, err),
        };
        let file = self.sources.add(SourceFile::new(shown, before.as_str()));
        let after = match wf_engine::format_file(file, &before) {
            Ok(after) => after,
            Err(told) => {
                self.diagnostics.extend(told);
                return Ok(());
            }
        };
        let differs = before != after;
        if differs {
            self.changed.push(shown.to_owned());
        }
        if args.check {
            let is_human = args.format == Format::Human;
            if is_human {
                write!(err, "{}", diff::unified(shown, &before, &after))?;
            }
        } else if from_stdin && !args.format.is_for_programs() {
            write!(out, "{after}")?;
        } else if !from_stdin
            && differs
            && let Err(error) = replace(Path::new(name), &after)
        {
            self.failed = true;
            self.changed.pop();
            writeln!(err, "error: `{shown}` can't be written: {error}")?;
        }
        Ok(())
    }

    /// Tells that a file can't be read, or where it is not UTF-8.
    fn unread(&mut self, name: &str, error: ReadError, err: &mut impl Write) -> io::Result<()> {
        if let ReadError::NotUtf8 { offset, text } = error {
            let file = self.sources.add(SourceFile::new(name, text.as_str()));
            self.diagnostics.push(wf_grammar::not_utf8(file, &text, offset));
            return Ok(());
        }
        self.failed = true;
        writeln!(err, "error: `{name}` can't be read: {error}")
    }
}

fn read_stdin() -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge { limit: MAX_BYTES });
    }
    decode(bytes)
}

/// Puts a text in the place of a file's: it is written beside it first, so that whatever happens
/// the file has the one text or the other. Its permissions stay; a link stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_beside(&beside, text, permissions);
    let moved = written.and_then(|()| fs::rename(&beside, &path));
    if moved.is_err() {
        // What went wrong is told; that this is left is no more to the user.
        let _gone = fs::remove_file(&beside);
    }
    moved
}

fn write_beside(path: &Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(permissions)?;
    file.sync_all()
}
