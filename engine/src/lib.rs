//! wf for embedders: compile workflows, give them nodes, run them.
//!
//! # A first run
//!
//! An [`Engine`] compiles programs and runs their workflows. Compiling gives a program, or all that is wrong
//! with it, as `wf check` would tell it. A run gives a [report](RunReport), also where it fails.
//!
//! ```
//! use wf_engine::{Engine, MemoryFiles, RunOptions};
//!
//! let files = MemoryFiles::from([("hello.wf", r#"
//!     workflow hello {
//!       trigger function(name: string)
//!       return "Hello, {{ trigger.arguments.name }}!"
//!     }
//! "#)]);
//! let engine = Engine::builder().build()?;
//! let program = engine.compile(&["hello.wf"], &files).into_program()?;
//! let report = engine.run(&program, RunOptions::default().argument("name", "Ada"))?;
//! assert_eq!(report.result_as::<String>()?, "Hello, Ada!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A program is data: it is compiled once and run as often as you like, also by several threads at once. It
//! can be kept ([`write_program`]) and [loaded](Engine::load) by an engine that has its nodes. Sources come
//! from a [`Loader`]: from memory, or from wherever you keep them.
//!
//! # Nodes
//!
//! A workflow does nothing to the world but by nodes. Those of the library (`http.get`, `entity.query`, …) are
//! there; those of your program are functions. What they take and give are structs that derive [`Data`], and
//! the signature that workflows are checked against follows from them, documentation included.
//!
//! ```
//! use wf_engine::{Context, Data, Engine, MemoryFiles, NodeError, RunOptions};
//!
//! /// Finds a lead by its address.
//! ///
//! /// Codes: `"NotFound"`.
//! #[derive(Data)]
//! struct FindLead {
//!     /// The whole address.
//!     email: String,
//! }
//!
//! #[derive(Data)]
//! struct Lead {
//!     name: String,
//!     /// From 0 to 100.
//!     lead_score: Option<u8>,
//!     stage: Stage,
//! }
//!
//! #[derive(Data)]
//! enum Stage { New, Offered }
//!
//! async fn find_lead(input: FindLead, context: Context) -> Result<Lead, NodeError> {
//!     // `context.key()` is the same for all attempts of this step: an idempotency key.
//!     context.info(format!("attempt {} of {}", context.attempt(), context.step()));
//!     match input.email.as_str() {
//!         "ada@example.com" => {
//!             Ok(Lead { name: "Ada".into(), lead_score: Some(90), stage: Stage::Offered })
//!         }
//!         other => Err(NodeError::new("NotFound", format!("nobody has the address {other}"))),
//!     }
//! }
//!
//! let engine = Engine::builder().node("crm.find_lead", find_lead).build()?;
//! let files = MemoryFiles::from([("main.wf", r#"
//!     workflow greet {
//!       trigger function(email: string)
//!       step lead = crm.find_lead { email: trigger.arguments.email }
//!         with { timeout: 5s, retry: { attempts: 3, backoff: 200ms } }
//!       let lead = steps.lead.output
//!       return "{{ lead.name }}: {{ lead.leadScore ?? 0 }}, {{ lead.stage }}"
//!     }
//! "#)]);
//! let program = engine.compile(&["main.wf"], &files).into_program()?;
//! let greet = |email: &str| engine.run(&program, RunOptions::default().argument("email", email));
//! assert_eq!(greet("ada@example.com")?.result_as::<String>()?, "Ada: 90, Offered");
//! assert_eq!(greet("eve@example.com")?.error["code"], "NotFound");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | added by | the function | runs on |
//! | --- | --- | --- |
//! | [`node`](EngineBuilder::node) | is async: HTTP, databases, queues | the engine's own tokio runtime |
//! | [`blocking_node`](EngineBuilder::blocking_node) | blocks, or computes for long | a thread of its own |
//! | [`sync_node`](EngineBuilder::sync_node) | answers at once | the worker that calls it |
//! | [`raw_node`](EngineBuilder::raw_node) | works on values of the machine: generic, with lambdas | as it likes |
//!
//! All of them may take a [`Context`]. A panic in one fails its step and nothing else. Where nobody waits for a
//! call any more (a timeout, a cancelled run) its future is dropped, and `Context::is_cancelled` says so.
//! [`Engine::nodes`] lists the nodes with their documentation.
//!
//! # Values in and out
//!
//! What derives [`Data`] is also what runs begin with ([`RunOptions::arguments`], [`RunOptions::trigger`],
//! [`RunOptions::config`]) and what comes out of them ([`RunReport::result_as`], [`RunReport::read_as`]). JSON
//! texts do as well: whichever it is, it is checked against the workflow's types before the run begins, and
//! what does not fit is a [`StartError`].
//!
//! ```
//! use wf_engine::{Data, Engine, MemoryFiles, RunOptions};
//!
//! #[derive(Data)]
//! struct Webhook { body: Order }
//! #[derive(Data)]
//! struct Order { lines: Vec<Line> }
//! #[derive(Data, Debug, PartialEq)]
//! struct Line { name: String, count: u32 }
//!
//! let files = MemoryFiles::from([("orders.wf", r#"
//!     workflow order {
//!       trigger webhook POST "/orders" { body: { lines: list<{ name: string, count: int }> } }
//!       return trigger.body.lines | filter(line => line.count > 1)
//!     }
//! "#)]);
//! let engine = Engine::builder().build()?;
//! let program = engine.compile(&["orders.wf"], &files).into_program()?;
//! let line = |name: &str, count| Line { name: name.into(), count };
//! let webhook = Webhook { body: Order { lines: vec![line("lamp", 1), line("bulb", 4)] } };
//! let report = engine.run(&program, RunOptions::default().trigger(&webhook)?)?;
//! assert_eq!(report.result_as::<Vec<Line>>()?, [line("bulb", 4)]);
//!
//! let refused = engine.run(&program, RunOptions::default().trigger_json(r#"{"body": {"lines": 7}}"#));
//! assert!(refused.unwrap_err().to_string().contains("`$.body.lines` should be `list<"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Many runs, async or not
//!
//! [`Engine::run`] blocks until the run has ended: for a plain `main`. [`Engine::run_async`] is awaited, on any
//! runtime or none; a future that is dropped cancels its run. [`Engine::start`] gives a [`Running`], which is
//! awaited, waited for or cancelled at any time. The engine starts threads and a runtime when it first needs
//! them, all its own: it may be made, used and dropped inside of a runtime, a `current_thread` one too.
//!
//! ```
//! use wf_engine::{Engine, MemoryFiles, RunOptions, Status};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let files = MemoryFiles::from([("w.wf", r#"
//!     workflow double { trigger function(n: int) return trigger.arguments.n * 2 }
//!     workflow waits { trigger function() step s = time.sleep { for: 1h } }
//! "#)]);
//! let engine = Engine::builder().build()?;
//! let program = engine.compile(&["w.wf"], &files).into_program()?;
//!
//! let double = |n: i64| RunOptions::default().workflow("double").argument("n", n.to_string());
//! let (one, two) = (engine.start(&program, double(1))?, engine.start(&program, double(2))?);
//! assert_eq!(one.await.result_as::<i64>()? + two.await.result_as::<i64>()?, 6);
//!
//! let waiting = engine.start(&program, RunOptions::default().workflow("waits"))?;
//! waiting.cancel();
//! assert_eq!(waiting.await.status, Status::Cancelled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })
//! # }
//! ```
//!
//! # Watching
//!
//! Whatever happens in a run is an [`Event`]: steps that begin, end, fail and are tried again, iterations, log
//! entries. Observers get all runs ([`EngineBuilder::observer`]) or one ([`RunOptions::observer`]), on the
//! thread where it happens; secrets of the run are masked.
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use wf_engine::{Engine, EventKind, MemoryFiles, RunOptions};
//!
//! let files = MemoryFiles::from([("w.wf", r#"
//!     workflow w {
//!       trigger function()
//!       for name in ["Ada", "Bob"] as greet {
//!         step told = log.info { message: "Hello, {{ name }}" }
//!       }
//!     }
//! "#)]);
//! let engine = Engine::builder().build()?;
//! let program = engine.compile(&["w.wf"], &files).into_program()?;
//! let seen = Arc::new(Mutex::new(Vec::new()));
//! let (sees, names) = (seen.clone(), program.clone());
//! let options = RunOptions::default().observer(move |event| {
//!     let step = event.step_name(&names).unwrap_or("the run");
//!     let line = match &event.kind {
//!         EventKind::Logged { message, .. } => format!("{step} says {message}"),
//!         EventKind::IterationEnded { .. } => format!("{step} did item {}", event.loops[0].index),
//!         EventKind::RunEnded { failure: None } => format!("{step} is done"),
//!         _ => return,
//!     };
//!     sees.lock().unwrap().push(line);
//! });
//! engine.run(&program, options)?;
//! assert_eq!(*seen.lock().unwrap(), [
//!     "told says Hello, Ada", "greet did item 0",
//!     "told says Hello, Bob", "greet did item 1",
//!     "the run is done",
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Programs of others
//!
//! A workflow can reach only what its nodes reach. Files, other programs and private addresses are closed until
//! the builder opens or shuts them ([`files`](EngineBuilder::files), [`program`](EngineBuilder::program),
//! [`http_policy`](EngineBuilder::http_policy)); [`Limits`] bound what a run may use. Limits of a whole run end
//! it, and no `catch` takes them; those of one value or call are failures like others.
//!
//! ```
//! use wf_engine::{Engine, HttpPolicy, Limits, MemoryFiles, RunOptions};
//!
//! let engine = Engine::builder()
//!     .http_policy(HttpPolicy::new().deny_private())
//!     .limits(Limits { instructions: 10_000, memory: 1 << 20, ..Limits::default() })
//!     .build()?;
//! let files = MemoryFiles::from([("w.wf", r#"
//!     workflow w {
//!       trigger function()
//!       try { for n in range(0, 1000000) as all { yield n } } catch err { return "caught" }
//!     }
//! "#)]);
//! let program = engine.compile(&["w.wf"], &files).into_program()?;
//! let report = engine.run(&program, RunOptions::default())?;
//! assert_eq!(report.error["code"], "Instructions");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Tests of your program
//!
//! [`Http::Record`] keeps what services answered, [`Http::Replay`] answers from that file without a network.
//! [`EngineBuilder::serial`] runs on one thread, in an order that follows from a seed.

mod builder;
mod clock;
mod compile;
mod config;
pub mod data;
mod diagnose;
mod engine;
mod eval;
mod format;
mod host;
mod node;
mod object;
mod options;
mod pretty;
mod profile;
mod report;
mod running;
mod trigger;

pub use builder::{EngineBuilder, EngineError, Entities, Http};
pub use clock::{duration_text, parse_duration};
pub use compile::{CompileError, Compiled, MemoryFiles, sources_of, write_program};
pub use data::{Data, DataError, Record, Secret};
pub use engine::{Engine, ProgramError, StartError};
pub use eval::{Evaluation, Snapshot, SnapshotError, query};
pub use format::{format, format_file};
pub use node::{AsyncFunction, Context, Level, NodeError, SyncFunction};
pub use options::{RunObserver, RunOptions};
pub use profile::{LineCost, Profile, ProfileReport, StepCost};
pub use report::{ReadError, RunReport, Status};
pub use running::{Canceller, Running};
pub use wf_bytecode::{Decimal, Program};
pub use wf_compiler::{Checked, LoadError, Loader, pushdown, with_stack_left};
pub use wf_derive::Data;
pub use wf_diagnostics::{Diagnostic, SourceMap};
pub use wf_stdlib::{
    AllowedHost, Bound, Change, EntityStore, FileAccess, HttpPolicy, Proxy, Question, Row,
    SqliteStore, StoreError, UnusedRecording, stores,
};
pub use wf_types::{NodeSignature, Registry};
pub use wf_vm::{
    Answer, Event, EventKind, Failure, FailureKind, Limits, LoopPlace, NativeFn, Node, NodeCall,
    NodeFailure, PathError, Started, Value,
};
