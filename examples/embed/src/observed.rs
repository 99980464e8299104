//! Runs that are watched: progress while they happen, times of their steps, and answers of HTTP that
//! were recorded, so that a test of the program around needs no network.
//!
//! `cargo run -p wf-example-embed --bin embed-observed` prints:
//!
//! ```text
//! fetch: 1 of 3
//! fetch: 2 of 3
//! fetch: 3 of 3
//! Ada has 2 tasks, Bob has 1 task, Cyd has 0 tasks
//! page: called 3 times, retried 1 time
//! ```
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use wf_engine::{
    Data, Engine, EngineError, Event, EventKind, Http, MemoryFiles, Program, RunOptions, RunReport,
};

const PROGRAM: &str = r#"
workflow tasks {
  trigger function(people: list<string>)
  for person in trigger.arguments.people as fetch {
    step page = http.get<{ tasks: list<string> }> { url: "https://tasks.example.com/{{ person | urlEncode }}" }
      with { retry: { attempts: 3, backoff: 1ms } }
    let count = length(steps.page.output.body.tasks)
    yield "{{ person }} has {{ count }} task{{ if count == 1 { "" } else { "s" } }}"
  }
  return steps.fetch.output.results | join(", ")
}
"#;

#[derive(Data)]
struct People {
    people: Vec<String>,
}

/// What was seen of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    calls: u64,
    retries: u64,
    micros: i64,
}

/// Counts what happens in runs of a program, and says how far its loops are.
struct Watch {
    program: Arc<Program>,
    state: Mutex<State>,
    say: fn(&str),
}

#[derive(Default)]
struct State {
    steps: BTreeMap<String, Seen>,
    /// How many items a loop has, and how many are done.
    loops: BTreeMap<String, (u64, u64)>,
}

impl Watch {
    fn new(program: Arc<Program>, say: fn(&str)) -> Arc<Self> {
        Arc::new(Self { program, state: Mutex::default(), say })
    }

    /// Is called on the thread where it happens: it must be quick.
    fn observe(&self, event: &Event) {
        let Some(name) = event.step_name(&self.program) else { return };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.kind {
            EventKind::StepStarted { items: Some(items), .. } => {
                state.loops.insert(name.to_owned(), (*items, 0));
            }
            EventKind::IterationEnded { .. } => {
                if let Some((items, done)) = state.loops.get_mut(name) {
                    *done += 1;
                    (self.say)(&format!("{name}: {done} of {items}"));
                }
            }
            EventKind::StepCompleted { duration, .. } => {
                let seen = state.steps.entry(name.to_owned()).or_default();
                seen.calls += 1;
                seen.micros += duration;
            }
            EventKind::StepRetried { .. } => {
                state.steps.entry(name.to_owned()).or_default().retries += 1;
            }
            _ => {}
        }
    }

    fn seen(&self, step: &str) -> Seen {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.steps.get(step).cloned().unwrap_or_default()
    }
}

fn engine(http: Http) -> Result<Engine, EngineError> {
    Engine::builder().workers(2).http(http).build()
}

fn tasks(engine: &Engine, say: fn(&str)) -> Result<(RunReport, Arc<Watch>), Box<dyn Error>> {
    let files = MemoryFiles::from([("tasks.wf", PROGRAM)]);
    let program = engine.compile(&["tasks.wf"], &files).into_program()?;
    let watch = Watch::new(program.clone(), say);
    let watching = watch.clone();
    let people = ["Ada", "Bob", "Cyd"].map(str::to_owned).to_vec();
    let options = RunOptions::default()
        .arguments(&People { people })?
        .observer(move |event| watching.observe(event));
    Ok((engine.run(&program, options)?, watch))
}

/// What the service answered once: `Http::Record` writes such a file.
fn recorded() -> Http {
    Http::Replay(Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded.json"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = engine(recorded())?;
    let (report, watch) = tasks(&engine, |line| println!("{line}"))?;
    println!("{}", report.result_as::<String>()?);
    let Seen { calls, retries, .. } = watch.seen("page");
    println!("page: called {calls} times, retried {retries} time");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_counted_without_a_network() {
        let engine = engine(recorded()).expect("an engine");
        let (report, watch) = tasks(&engine, |_| {}).expect("it starts");
        let expected = "Ada has 2 tasks, Bob has 1 task, Cyd has 0 tasks";
        assert_eq!(report.result_as::<String>().as_deref(), Ok(expected));
        let seen = watch.seen("page");
        assert_eq!((seen.calls, seen.retries), (3, 1));
        // All that was recorded was asked for.
        assert!(engine.unused_recordings().is_empty());
    }
}
