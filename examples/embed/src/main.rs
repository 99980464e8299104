//! A program that embeds wf: it adds a node of its own and runs a workflow that uses it.
//!
//! `cargo run -p wf-example-embed` prints:
//!
//! ```text
//! Complete: ["Ada: good mood", "Bob: bad mood"]
//! the last step was called 1 time and is Complete
//! ```
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::error::Error;
use std::sync::Arc;

use serde_json::{Value, json};
use wf_engine::{Answer, Engine, MemoryFiles, Node, NodeCall, NodeFailure, RunOptions, Started};

/// What a program may give the node and what it gets: the compiler, the editor and the
/// documentation read this text.
const SIGNATURE: &str = "
/// Says how a text feels, from -1.0 to 1.0.
node mood.score {
  input {
    /// What somebody wrote.
    text: string
  }
  output { score: float, success: bool }
}";

const PROGRAM: &str = r#"
workflow moods {
  trigger function(letters: list<{ from: string, text: string }>)

  for letter in trigger.arguments.letters as read parallel {
    step mood = mood.score { text: letter.text }
    yield "{{ letter.from }}: {{ if steps.mood.output.score > 0.0 { "good" } else { "bad" } }} mood"
  }
  step done = log.info { message: "{{ steps.read.output.count }} letters read" }
  return steps.read.output.results
}
"#;

/// The node. It has its answer at once; one that must wait would return `Started::Pending` and
/// finish the call's completion later, from any thread.
struct MoodScore;

impl Node for MoodScore {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let input = wf_vm::json_of(call.input, call.program);
        Started::Ready(score(&input))
    }
}

fn score(input: &Value) -> Result<Answer, NodeFailure> {
    let text = input.get("text").and_then(Value::as_str).unwrap_or_default();
    if text.is_empty() {
        return Err(NodeFailure::new("Empty", "there is no text to read"));
    }
    let count = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count() as f64;
    let score = count(&["thanks", "glad"]) - count(&["broken", "late"]);
    Ok(Answer::Json(json!({ "score": score, "success": true }).to_string()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let engine = Engine::builder().workers(2).node(SIGNATURE, Arc::new(MoodScore)).build()?;

    let compiled = engine.compile(&["moods.wf"], &MemoryFiles::from([("moods.wf", PROGRAM)]));
    let program = compiled.program.ok_or_else(|| {
        let told: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
        told.join("\n")
    })?;

    let trigger = json!({ "arguments": { "letters": [
        { "from": "Ada", "text": "thanks, I am glad" },
        { "from": "Bob", "text": "the lamp came late and broken" },
    ] } });
    let options = RunOptions { trigger: Some(trigger.to_string()), ..RunOptions::default() };
    let report = engine.run(&program, options)?;

    let moods: Vec<&str> =
        report.result.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    println!("{}: {moods:?}", report.status.as_str());
    let store = report.store();
    let last = &store["steps"]["done"];
    let attempts = &last["attempts"];
    let status = last["status"].as_str().unwrap_or_default();
    println!("the last step was called {attempts} time and is {status}");
    Ok(())
}
