//! wf in a plain `main`: a function of Rust as a node, limits, and a result that is a struct.
//!
//! `cargo run -p wf-example-embed --bin embed-plain` prints:
//!
//! ```text
//! Ada: 2 thanks, good mood
//! Bob: 0 thanks, bad mood
//! too long: the run has used up its 100000 instructions
//! ```
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::error::Error;

use wf_engine::{Data, Engine, Limits, MemoryFiles, NodeError, RunOptions};

/// Says how a text feels.
///
/// Codes: `"Empty"`.
#[derive(Data)]
struct Score {
    /// What somebody wrote.
    text: String,
}

#[derive(Data)]
struct Mood {
    /// How often it says thanks.
    thanks: usize,
    feels: Feels,
}

#[derive(Data)]
#[wf(rename_all = "lowercase")]
enum Feels {
    Good,
    Bad,
}

fn score(input: Score) -> Result<Mood, NodeError> {
    if input.text.is_empty() {
        return Err(NodeError::new("Empty", "there is no text to read"));
    }
    let thanks = input.text.matches("thanks").count();
    Ok(Mood { thanks, feels: if thanks > 0 { Feels::Good } else { Feels::Bad } })
}

const PROGRAM: &str = r#"
workflow moods {
  trigger function(letters: list<{ sender: string, text: string }>)
  for letter in trigger.arguments.letters as read parallel {
    step mood = mood.score { text: letter.text }
    let m = steps.mood.output
    yield "{{ letter.sender }}: {{ m.thanks }} thanks, {{ m.feels }} mood"
  }
  return steps.read.output.results
}

workflow endless {
  trigger function()
  for n in range(0, 1000000) as all { yield n * n }
}
"#;

/// What the workflow is started with.
#[derive(Data)]
struct Arguments {
    letters: Vec<Letter>,
}

#[derive(Data)]
struct Letter {
    sender: String,
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder().sync_node("mood.score", score).build()?;
    let files = MemoryFiles::from([("moods.wf", PROGRAM)]);
    let program = engine.compile(&["moods.wf"], &files).into_program()?;

    let letter = |sender: &str, text: &str| Letter { sender: sender.into(), text: text.into() };
    let letters = vec![letter("Ada", "thanks, and thanks again"), letter("Bob", "it came broken")];
    let options = RunOptions::default().workflow("moods").arguments(&Arguments { letters })?;
    let report = engine.run(&program, options)?;
    for line in report.result_as::<Vec<String>>()? {
        println!("{line}");
    }

    let limits = Limits { instructions: 100_000, ..Limits::default() };
    let report = engine.run(&program, RunOptions::default().workflow("endless").limits(limits))?;
    if let Some(failure) = report.diagnostic() {
        println!("too long: {}", failure.message);
    }
    Ok(())
}
