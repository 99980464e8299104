//! The commands that work on programs, one module each.

pub mod build;
pub mod check;
pub mod cron;
pub mod disasm;
pub mod entities;
pub mod eval;
pub mod fmt;
pub mod input;
pub mod nodes;
pub mod program;
pub mod progress;
mod queries;
pub mod run;

use std::io::Write;

use wf_engine::Engine;

use crate::exit::Exit;

/// An engine that only compiles: entities in memory, no recorded answers.
///
/// # Errors
/// The engine can't be built, which is told on `err`.
fn plain_engine(err: &mut impl Write) -> std::io::Result<Result<Engine, Exit>> {
    match Engine::builder().workers(1).build() {
        Ok(engine) => Ok(Ok(engine)),
        Err(error) => {
            writeln!(err, "error: {error}")?;
            Ok(Err(Exit::Failed))
        }
    }
}
