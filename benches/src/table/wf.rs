//! The contenders in wf: workflows that an engine compiles and runs on its machine.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use wf_engine::{
    Answer, Engine, Limits, MemoryFiles, Node, NodeCall, NodeFailure, Program, RunOptions, Started,
};

use crate::cpu::process_time;

/// The programs of the rows.
pub const PROGRAMS: &str = include_str!("../table.wf");

/// Fifty lines.
pub const SMALL: &str = include_str!("small.wf");

const FILE: &str = "table.wf";

/// Notes the CPU time of the process: the work between two marks is measured.
#[derive(Default)]
struct Mark(Mutex<Vec<Duration>>);

/// Answers with constants.
struct Constant(&'static str);

impl Node for Mark {
    fn start(&self, _: &NodeCall<'_>) -> Started {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = Ok(Answer::Json(r#"{"success":true}"#.to_owned()));
        marks.push(process_time());
        Started::Ready(answer)
    }
}

impl Node for Constant {
    fn start(&self, _: &NodeCall<'_>) -> Started {
        let answer: Result<Answer, NodeFailure> = Ok(Answer::Json(self.0.to_owned()));
        Started::Ready(answer)
    }
}

const SIGNATURES: [(&str, &str); 2] = [
    (
        "node bench.query { input { } output { totalCount: int, success: bool } }",
        r#"{"totalCount":1742,"success":true}"#,
    ),
    (
        "node bench.fetch { input { } output { status: int, url: string, success: bool } }",
        r#"{"status":200,"url":"https://api.example.org/v1/things","success":true}"#,
    ),
];

const MARK: &str = "node bench.mark { input { } output { success: bool } }";

/// An engine with compiled programs.
pub struct Bench {
    engine: Engine,
    program: Arc<Program>,
    marks: Arc<Mark>,
}

impl Bench {
    /// An engine of so many workers for [`PROGRAMS`].
    ///
    /// # Errors
    /// The messages of what does not compile.
    pub fn new(workers: usize) -> Result<Self, String> {
        Self::of(workers, PROGRAMS, false)
    }

    /// The same for another program. Where the events of its runs are watched, they are made.
    ///
    /// # Errors
    /// The messages of what does not compile.
    pub fn of(workers: usize, source: &str, watched: bool) -> Result<Self, String> {
        Self::within(workers, source, watched, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// The messages of what does not compile.
    pub fn within(
        workers: usize,
        source: &str,
        watched: bool,
        limits: Limits,
    ) -> Result<Self, String> {
        let marks = Arc::new(Mark::default());
        let mut builder = Engine::builder().workers(workers).limits(limits);
        builder = builder.raw_node(MARK, marks.clone());
        for (signature, answer) in SIGNATURES {
            builder = builder.raw_node(signature, Arc::new(Constant(answer)));
        }
        if watched {
            builder = builder.observer(|event| {
                std::hint::black_box(event);
            });
        }
        let engine = builder.build().map_err(|e| e.to_string())?;
        let compiled = engine.compile(&[FILE], &MemoryFiles::from([(FILE, source)]));
        let told: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
        let program = compiled.program.ok_or_else(|| told.join("\n"))?;
        Ok(Self { engine, program, marks })
    }

    /// Runs a workflow with arguments; gives its result and the CPU time between its marks.
    ///
    /// # Errors
    /// The run did not start or failed.
    pub fn run(&self, workflow: &str, trigger: &str) -> Result<(Value, Duration), String> {
        let lock = || self.marks.0.lock().unwrap_or_else(PoisonError::into_inner);
        lock().clear();
        let options = RunOptions {
            workflow: Some(workflow.to_owned()),
            trigger: Some(trigger.to_owned()),
            ..RunOptions::default()
        };
        let report = self.engine.run(&self.program, options).map_err(|e| e.to_string())?;
        if let Some(problem) = report.diagnostic() {
            return Err(problem.message.clone());
        }
        let marks = lock();
        match marks.as_slice() {
            [begin, end] => Ok((report.result, end.saturating_sub(*begin))),
            other => Err(format!("`{workflow}` has {} marks", other.len())),
        }
    }
}

/// A trigger with these arguments.
pub fn arguments(arguments: &Value) -> String {
    json!({ "arguments": arguments }).to_string()
}

/// A workflow of so many steps in a row, each of which reads the output of the one before.
pub fn steps_in_a_row(count: usize) -> String {
    let mut text = String::from(
        "workflow steps {\n  trigger function()\n  step s0 = condition { expression: true }\n  step begin = bench.mark { }\n",
    );
    for step in 1..=count {
        let before = step - 1;
        let _ = writeln!(
            text,
            "  step s{step} = condition {{ expression: not steps.s{before}.output.result }}"
        );
    }
    let _ = writeln!(text, "  step end = bench.mark {{ }}");
    let _ = writeln!(text, "  return steps.s{count}.output.result\n}}");
    text
}

/// An engine, and the fifty lines from their text to the result.
pub struct Small(Engine);

impl Small {
    /// An engine of one worker.
    ///
    /// # Errors
    /// The engine can't be built.
    pub fn new() -> Result<Self, String> {
        Engine::builder().workers(1).build().map(Self).map_err(|e| e.to_string())
    }

    /// Compiles and runs.
    ///
    /// # Errors
    /// The program does not compile or its run fails.
    pub fn run(&self) -> Result<Value, String> {
        let compiled = self.0.compile(&[FILE], &MemoryFiles::from([(FILE, SMALL)]));
        let program = compiled.program.ok_or("the fifty lines do not compile")?;
        let report = self.0.run(&program, RunOptions::default()).map_err(|e| e.to_string())?;
        match report.diagnostic() {
            Some(problem) => Err(problem.message.clone()),
            None => Ok(report.result),
        }
    }

    /// Checks a text.
    ///
    /// # Errors
    /// It has an error.
    pub fn check(&self, text: &str) -> Result<(), String> {
        let checked = self.0.check(&[FILE], &MemoryFiles::from([(FILE, text)]));
        match checked.diagnostics.iter().find(|d| d.is_error()) {
            Some(problem) => Err(problem.message.clone()),
            None => Ok(()),
        }
    }
}
