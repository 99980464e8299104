//! What is fuzzed: the parser, the formatter, the checker with the emitter, and the reader of built programs with
//! the verifier and the machine. Inputs that once broke something, or reach far, are in
//! `tests/corpus/` and are tried again with every test run.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};
use wf_bytecode::{disassemble, file};
use wf_diagnostics::{Diagnostic, FileId, SourceFile, SourceMap};
use wf_engine::{Engine, Limits, MemoryFiles, RunOptions};

use crate::formatted;

/// The name of the file that a text becomes.
const MAIN: &str = "main.wf";

/// Reads any bytes as a file and as an expression: every place that is told must be in the text.
///
/// # Panics
/// Where something is wrong with wf.
pub fn parse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new(MAIN, text.as_ref()));
    let parsed = wf_grammar::parse(file, &text);
    places(&parsed.diagnostics, &sources);
    assert_eq!(parsed.diagnostics, wf_grammar::parse(file, &text).diagnostics, "it is repeatable");
    let (_, diagnostics) = wf_grammar::parse_expression(FileId(0), &text);
    places(&diagnostics, &sources);
}

/// Formats any bytes as a file, as they are and with comments and line ends between the tokens:
/// the program must stay what it is.
///
/// # Panics
/// Where something is wrong with wf.
pub fn format(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let seed = Sha256::digest(bytes).iter().fold(0_u64, |seed, byte| seed << 8 | u64::from(*byte));
    for text in [text.to_string(), formatted::scattered(&text, seed)] {
        let problem = formatted::holds(&text).err();
        assert!(problem.is_none(), "{}", problem.unwrap_or_default());
    }
}

/// Checks any bytes as a program; what has no errors must be emitted, verified, and read back as it
/// was written.
///
/// # Panics
/// Where something is wrong with wf.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let files = MemoryFiles::from([(MAIN, text.as_ref())]);
    let compiled = engine().compile(&[MAIN], &files);
    places(&compiled.diagnostics, &compiled.sources);
    let drawn = wf_diagnostics::render::render(
        &compiled.diagnostics,
        &compiled.sources,
        &wf_diagnostics::render::RenderOptions::plain(),
    );
    assert_eq!(drawn.is_empty(), compiled.diagnostics.is_empty(), "what is told is drawn");
    let Some(program) = compiled.program else {
        assert!(compiled.diagnostics.iter().any(Diagnostic::is_error), "no program, and no error");
        return;
    };
    let read = file::read(&file::write(&program)).expect("what is emitted passes the verifier");
    assert_eq!(read, *program, "a program is read back as it was written");
}

/// Reads any bytes as a built program, as they are and as the contents of one. What passes the
/// verifier is listed, and run where it calls no nodes.
///
/// # Panics
/// Where something is wrong with wf.
pub fn program(bytes: &[u8]) {
    let _ = file::read(bytes);
    let Ok(program) = file::read(&sealed(bytes)) else { return };
    let _ = disassemble(&program);
    if !program.nodes.is_empty() {
        return;
    }
    let program = std::sync::Arc::new(program);
    for workflow in &program.workflows {
        let workflow = Some(workflow.name.to_string());
        let trigger = Some("{}".to_owned());
        let options = RunOptions { workflow, trigger, ..RunOptions::default() };
        let _ = engine().run(&program, options);
    }
}

/// Bytes as the contents of a `.wfc` file with the right header.
pub fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = file::write(&wf_engine::Program::default());
    bytes.truncate(8);
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&Sha256::digest(payload));
    bytes.extend_from_slice(payload);
    bytes
}

fn places(diagnostics: &[Diagnostic], sources: &SourceMap) {
    for diagnostic in diagnostics {
        for span in [diagnostic.span].into_iter().chain(diagnostic.labels.iter().map(|l| l.span)) {
            let text = sources.get(span.file).expect("a place is in a file").text();
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{}: {span:?}", diagnostic.message);
        }
    }
}

/// One engine for all inputs: runs are short and small.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let limits = Limits {
            instructions: 20_000,
            memory: 1 << 20,
            run_time: Some(100_000),
            collection: 10_000,
            ..Limits::default()
        };
        Engine::builder().serial(1).limits(limits).build().expect("an engine in memory")
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if std::panic::catch_unwind(|| run(&bytes)).is_err() {
                panic!("{} fails", path.display());
            }
            count += 1;
        }
        assert!(count > 20, "{} has only {count} inputs", folder.display());
    }

    #[test]
    fn parser() {
        replay("parse", super::parse);
    }

    #[test]
    fn formatter() {
        replay("format", super::format);
    }

    #[test]
    fn checker() {
        replay("check", super::check);
    }

    #[test]
    fn built_programs() {
        replay("program", super::program);
    }
}
