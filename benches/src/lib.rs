//! The programs that are measured, and how they are compiled.

pub mod border;
pub mod cpu;
pub mod entity_steps;
pub mod front_rows;
pub mod generate;
pub mod memory;
pub mod table;

use std::sync::Arc;

use wf_engine::{Engine, MemoryFiles, Program, RunOptions};

/// Calls, a loop with arithmetic, templates, lists of records, and a row of steps: one workflow each.
pub const PROGRAMS: &str = include_str!("programs.wf");

/// The file that all of them are in.
pub const FILE: &str = "programs.wf";

/// The workflows of [`PROGRAMS`].
pub const WORKFLOWS: [&str; 6] =
    ["calls", "arithmetic", "templates", "records", "steps", "fan_out"];

/// An engine and the compiled programs.
///
/// # Errors
/// The engine can't be built, or the programs have errors, whose messages are given.
pub fn prepare(workers: usize) -> Result<(Engine, Arc<Program>), String> {
    let engine = Engine::builder().workers(workers).build().map_err(|e| e.to_string())?;
    let files = MemoryFiles::from([(FILE, PROGRAMS)]);
    let compiled = engine.compile(&[FILE], &files);
    let told: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
    let program = compiled.program.ok_or_else(|| told.join("\n"))?;
    Ok((engine, program))
}

/// Runs one workflow and gives its result as JSON text.
///
/// # Errors
/// The run did not start or failed.
pub fn run(engine: &Engine, program: &Arc<Program>, workflow: &str) -> Result<String, String> {
    let options = RunOptions { workflow: Some(workflow.to_owned()), ..RunOptions::default() };
    let report = engine.run(program, options).map_err(|e| e.to_string())?;
    match report.diagnostic() {
        Some(problem) => Err(problem.message.clone()),
        None => Ok(report.result.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wf_engine::{EntityStore, SqliteStore};

    use super::entity_steps::{ASKS, Asking};
    use super::{WORKFLOWS, prepare, run};

    #[test]
    fn the_programs_give_what_they_should() {
        let (engine, program) = prepare(2).unwrap();
        let results = WORKFLOWS.map(|workflow| run(&engine, &program, workflow).unwrap());
        let expected = ["6765", "333328333350000", "22335", "[5000,25005000]", "200", "1000"];
        assert_eq!(results, expected);
    }

    #[test]
    fn the_steps_over_entities_run() {
        let store: Arc<dyn EntityStore> = Arc::new(SqliteStore::in_memory().unwrap());
        for ask in &ASKS {
            Asking::new(&store, ask).unwrap().run(2).unwrap();
        }
    }
}
