//! A family of nodes of one's own: shared state, a blocking node, attempts, and a run that is cancelled.
//!
//! `cargo run -p wf-example-embed --bin embed-nodes` prints:
//!
//! ```text
//! crm.add_note: Writes a note to a lead.
//! crm.find_lead: Finds a lead by its address.
//! crm.report: Makes the report of all leads, which takes its time.
//! notes: ["Ada <ada@example.com>: called","Ada <ada@example.com>: called again"]
//! nobody: NotFound, nobody has the address eve@example.com
//! the report: Cancelled
//! ```
#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wf_engine::{Context, Data, Engine, MemoryFiles, NodeError, RunOptions};

/// The CRM: in earnest this is a pool of connections.
#[derive(Default)]
struct Crm {
    notes: Mutex<BTreeMap<String, Vec<String>>>,
}

/// Somebody who may buy.
#[derive(Clone, Data)]
struct Lead {
    /// What the lead is called.
    name: String,
    email: String,
    /// Where the lead stands.
    stage: Stage,
}

#[derive(Clone, Data)]
enum Stage {
    New,
    /// What was offered, and for how much.
    Offered {
        price: i64,
    },
}

/// Finds a lead by its address.
///
/// Codes: `"NotFound"`, `"Busy"`.
#[derive(Data)]
struct FindLead {
    /// The whole address.
    email: String,
}

#[derive(Data)]
struct FoundLead {
    lead: Lead,
}

/// Writes a note to a lead.
#[derive(Data)]
struct AddNote {
    email: String,
    note: String,
}

#[derive(Data)]
struct Notes {
    notes: Vec<String>,
}

/// Makes the report of all leads, which takes its time.
#[derive(Data)]
struct Report {}

impl Crm {
    async fn find_lead(&self, input: FindLead, context: Context) -> Result<FoundLead, NodeError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        // The first call always finds the CRM busy, so that a `retry` has something to do.
        if context.attempt() == 1 {
            return Err(NodeError::new("Busy", "the CRM is busy").transient());
        }
        let (name, stage) = match input.email.as_str() {
            "ada@example.com" => ("Ada", Stage::Offered { price: 1_200 }),
            "bob@example.com" => ("Bob", Stage::New),
            other => {
                let message = format!("nobody has the address {other}");
                return Err(NodeError::new("NotFound", message));
            }
        };
        Ok(FoundLead { lead: Lead { name: name.into(), email: input.email, stage } })
    }

    /// Blocks, as many clients of databases do.
    fn add_note(&self, input: AddNote) -> Result<Notes, NodeError> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let of_lead = notes.entry(input.email).or_default();
        of_lead.push(input.note);
        Ok(Notes { notes: of_lead.clone() })
    }
}

/// Works until nobody waits for it any more.
fn report(context: &Context, begun: &Sender<()>) -> Result<(), NodeError> {
    begun.send(())?;
    while !context.is_cancelled() {
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(NodeError::new("Busy", "the report was not finished"))
}

const PROGRAM: &str = r#"
workflow call_again {
  trigger function(email: string)
  step found = try crm.find_lead { email: trigger.arguments.email }
    with { timeout: 5s, retry: { attempts: 3, backoff: 1ms, on: ["Busy"] } }
  if steps.found.error != null { return "{{ steps.found.error.code }}, {{ steps.found.error.message }}" }
  let lead = steps.found.output.lead
  let what = match lead.stage.kind { "New" => "first call", "Offered" => "called" }
  step first = crm.add_note { email: lead.email, note: "{{ lead.name }} <{{ lead.email }}>: {{ what }}" }
  step note = crm.add_note { email: lead.email, note: "{{ lead.name }} <{{ lead.email }}>: {{ what }} again" }
  return toJson(steps.note.output.notes)
}

workflow report {
  trigger function()
  step all = crm.report { }
}
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let crm = Arc::new(Crm::default());
    let (finds, notes) = (crm.clone(), crm);
    let (begun, began) = channel();
    let engine = Engine::builder()
        .node("crm.find_lead", move |input: FindLead, context: Context| {
            let crm = finds.clone();
            async move { crm.find_lead(input, context).await }
        })
        .blocking_node("crm.add_note", move |input: AddNote| notes.add_note(input))
        .blocking_node("crm.report", move |_: Report, context: Context| report(&context, &begun))
        .build()?;
    let mut ours: Vec<_> = engine.nodes().filter(|node| node.name.starts_with("crm.")).collect();
    ours.sort_by_key(|node| &node.name);
    for node in ours {
        println!("{}: {}", node.name, node.doc.lines().next().unwrap_or_default());
    }

    let files = MemoryFiles::from([("crm.wf", PROGRAM)]);
    let program = engine.compile(&["crm.wf"], &files).into_program()?;
    for (who, email) in [("notes", "ada@example.com"), ("nobody", "eve@example.com")] {
        let options = RunOptions::default().workflow("call_again").argument("email", email);
        let report = engine.run(&program, options)?;
        println!("{who}: {}", report.result_as::<String>()?);
    }

    let running = engine.start(&program, RunOptions::default().workflow("report"))?;
    began.recv()?;
    running.cancel();
    println!("the report: {}", running.wait().status.as_str());
    Ok(())
}
