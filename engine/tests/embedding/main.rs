//! What a program that embeds wf relies on.
#![expect(clippy::panic, reason = "tests may")]

mod data;
mod nodes;
mod runs;

use std::sync::Arc;

use wf_engine::{Engine, MemoryFiles, Program};

/// A program of one file.
fn compiled(engine: &Engine, text: &str) -> Arc<Program> {
    let files = MemoryFiles::from([("main.wf", text)]);
    engine.compile(&["main.wf"], &files).into_program().unwrap_or_else(|e| panic!("{e}"))
}
