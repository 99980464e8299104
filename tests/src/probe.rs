//! Nodes that only tests have: they wait, fail and count as they are told.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use wf_engine::{Answer, EngineBuilder, Node, NodeCall, NodeFailure, Started};
use wf_vm::{Cancel, Completion};

/// Adds the nodes to an engine.
pub(crate) fn add(builder: EngineBuilder) -> EngineBuilder {
    builder
        .raw_node(ECHO, Arc::new(Echo))
        .raw_node(FAIL, Arc::new(Fail))
        .raw_node(FLAKY, Arc::new(Flaky))
        .raw_node(MEET, Arc::new(Meet::default()))
        .raw_node(PANICS, Arc::new(Panics))
        .raw_node(ANSWER, Arc::new(AnswerText))
}

const ECHO: &str = "
/// Gives back a value, at once or after some milliseconds.
node probe.echo<T> {
  input { value: T, millis: int = 0 }
  output { value: T, success: bool }
}";

const FAIL: &str = "
/// Fails.
node probe.fail {
  input { code: string = \"Probe\", message: string = \"told to fail\", millis: int = 0 }
  output { success: bool }
}";

const FLAKY: &str = "
/// Fails so many times, then gives the number of the attempt.
node probe.flaky {
  input { failures: int, transient: bool = true }
  output { attempt: int, success: bool }
}";

const MEET: &str = "
/// Waits until so many calls of one name wait at the same time.
node probe.meet {
  input { name: string, calls: int }
  output { success: bool }
}";

const PANICS: &str = "
/// Panics.
node probe.panics {
  input { }
  output { success: bool }
}";

const ANSWER: &str = "
/// Answers with this JSON text.
node probe.answer<T> {
  input { text: string }
  output { body: T, success: bool }
}";

fn input(call: &NodeCall<'_>) -> Value {
    wf_vm::json_of(call.input, call.program)
}

fn answer(output: &Value) -> Result<Answer, NodeFailure> {
    Ok(Answer::Json(output.to_string()))
}

fn text(input: &Value, key: &str) -> String {
    input.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(input: &Value, key: &str) -> u64 {
    input.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// Gives the outcome at once, or from another thread after some milliseconds.
fn after(call: &NodeCall<'_>, millis: u64, outcome: Result<Answer, NodeFailure>) -> Started {
    if millis == 0 {
        return Started::Ready(outcome);
    }
    let completion = call.completion();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(millis));
        completion.finish(outcome);
    });
    Started::Pending(Box::new(NotCancelled))
}

struct NotCancelled;

impl Cancel for NotCancelled {
    fn cancel(self: Box<Self>) {}
}

struct Echo;

impl Node for Echo {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let input = input(call);
        let output = json!({ "value": input.get("value"), "success": true });
        after(call, number(&input, "millis"), answer(&output))
    }
}

struct Fail;

impl Node for Fail {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let input = input(call);
        let failure = NodeFailure::new(text(&input, "code"), text(&input, "message"));
        after(call, number(&input, "millis"), Err(failure))
    }
}

struct Flaky;

impl Node for Flaky {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let input = input(call);
        if u64::from(call.attempt) > number(&input, "failures") {
            let output = json!({ "attempt": call.attempt, "success": true });
            return Started::Ready(answer(&output));
        }
        let transient = input.get("transient") == Some(&Value::Bool(true));
        let failure = NodeFailure::new("Flaky", format!("attempt {} fails", call.attempt));
        Started::Ready(Err(NodeFailure { transient, ..failure }))
    }
}

/// The calls that wait for each other, by name.
#[derive(Default)]
struct Meet {
    waiting: Mutex<Vec<(String, Completion)>>,
}

impl Node for Meet {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let input = input(call);
        let name = text(&input, "name");
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((name.clone(), call.completion()));
        let here = waiting.iter().filter(|(other, _)| *other == name).count() as u64;
        if here < number(&input, "calls") {
            return Started::Pending(Box::new(NotCancelled));
        }
        let (met, others) = waiting.drain(..).partition(|(other, _)| *other == name);
        *waiting = others;
        let met: Vec<(String, Completion)> = met;
        // From another thread: this call has not been told yet that it is pending.
        thread::spawn(move || {
            for (_, completion) in met {
                completion.finish(answer(&json!({ "success": true })));
            }
        });
        Started::Pending(Box::new(NotCancelled))
    }
}

struct Panics;

impl Node for Panics {
    #[expect(clippy::panic, reason = "what a panic of a node does is tested")]
    fn start(&self, _: &NodeCall<'_>) -> Started {
        panic!("the node panics");
    }
}

struct AnswerText;

impl Node for AnswerText {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let body = text(&input(call), "text");
        Started::Ready(Ok(Answer::Json(format!("{{\"body\":{body},\"success\":true}}"))))
    }
}
