//! Getting a program: from sources, or from a file that was built.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use wf_diagnostics::codes::runs;
use wf_diagnostics::render::RenderOptions;
use wf_diagnostics::{Diagnostic, SourceFile, SourceMap, Span};
use wf_engine::{Engine, Program};

use crate::args::Format;
use crate::commands::input::read_limited;
use crate::exit::Exit;
use crate::output::write_diagnostics;
use crate::sources::Disk;

/// The largest built program that is read, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// Where diagnostics go, and how.
pub struct Told<'a, O, E> {
    /// Gets what is for programs.
    pub out: &'a mut O,
    /// Gets text for people.
    pub err: &'a mut E,
    /// Which of the two.
    pub format: Format,
    /// How text is drawn.
    pub options: &'a RenderOptions,
}

impl<O: Write, E: Write> Told<'_, O, E> {
    /// Writes diagnostics where they belong.
    pub fn tell(&mut self, diagnostics: &[Diagnostic], sources: &SourceMap) -> io::Result<()> {
        if self.format.is_for_programs() {
            write_diagnostics(self.out, diagnostics, sources, self.format, self.options)
        } else {
            write_diagnostics(self.err, diagnostics, sources, self.format, self.options)
        }
    }
}

/// The program in a file and its sources: compiled where it is source text, else read and
/// verified. Which it is, its first bytes say. What is wrong with it has been told.
pub fn load<O: Write, E: Write>(
    engine: &Engine,
    file: &str,
    told: &mut Told<'_, O, E>,
) -> io::Result<Result<(Arc<Program>, SourceMap), Exit>> {
    if is_built(Path::new(file)) {
        return load_built(file, told);
    }
    let disk = Disk::new();
    let name = disk.open(file);
    let compiled = engine.compile(&[&name], &disk);
    // Standard output holds one JSON object at most: that of the run, where there is one.
    let whole = matches!(told.format, Format::Json | Format::Sarif);
    if compiled.program.is_none() || !whole {
        told.tell(&compiled.diagnostics, &compiled.sources)?;
    }
    let exit = || if disk.can_open(&name) { Exit::Errors } else { Exit::Usage };
    Ok(compiled.program.map(|program| (program, compiled.sources)).ok_or_else(exit))
}

fn load_built<O: Write, E: Write>(
    file: &str,
    told: &mut Told<'_, O, E>,
) -> io::Result<Result<(Arc<Program>, SourceMap), Exit>> {
    let problem = match File::open(file).and_then(|opened| read_limited(opened, MAX_BYTES)) {
        Ok(bytes) => match wf_bytecode::file::read(&bytes) {
            Ok(program) => {
                let sources = wf_engine::sources_of(&program);
                return Ok(Ok((Arc::new(program), sources)));
            }
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    let mut sources = SourceMap::new();
    let id = sources.add(SourceFile::new(file, ""));
    let message = format!("`{file}` can't be run: {problem}");
    let diagnostic = Diagnostic::new(&runs::BAD_PROGRAM_FILE, Span::new(id, 0, 0), message)
        .help("build it again with `wf build FILE -o OUT.wfc`");
    told.tell(&[diagnostic], &sources)?;
    let exit = if Disk::new().can_open(file) { Exit::Errors } else { Exit::Usage };
    Ok(Err(exit))
}

/// Whether a file is a built program: it says so in its first bytes, or by its name where it is
/// too short or too broken to.
fn is_built(path: &Path) -> bool {
    let mut magic = [0; 4];
    // What is read from a pipe is gone.
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    let is_marked = is_file
        && File::open(path)
            .and_then(|mut file| file.read_exact(&mut magic))
            .is_ok_and(|()| magic == *wf_bytecode::file::MAGIC);
    is_marked || path.extension().is_some_and(|extension| extension == "wfc")
}
