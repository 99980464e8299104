//! wf for embedders: compile workflows, give them nodes, run them.
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
//! let engine = Engine::builder().workers(1).build()?;
//! let compiled = engine.compile(&["hello.wf"], &files);
//! let program = compiled.program.ok_or("does not compile")?;
//! let options = RunOptions { arguments: vec![("name".into(), "Ada".into())], ..RunOptions::default() };
//! let report = engine.run(&program, options)?;
//! assert_eq!(report.result, serde_json::json!("Hello, Ada!"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod clock;
mod compile;
mod config;
mod diagnose;
mod engine;
mod eval;
mod object;
mod pretty;
mod report;
mod trigger;

pub use builder::{EngineBuilder, EngineError, Entities, Http};
pub use compile::{Compiled, MemoryFiles, sources_of};
pub use engine::{Engine, RunOptions, StartError};
pub use eval::{Evaluation, Snapshot, SnapshotError, query};
pub use report::{RunReport, Status};
pub use wf_bytecode::{Decimal, Program};
pub use wf_compiler::{Checked, LoadError, Loader};
pub use wf_diagnostics::{Diagnostic, SourceMap};
pub use wf_stdlib::{
    AllowedHost, Bound, Change, EntityStore, FileAccess, HttpPolicy, Proxy, Question, Row,
    SqliteStore, StoreError, UnusedRecording, stores,
};
pub use wf_types::Registry;
pub use wf_vm::{
    Answer, Event, EventKind, Limits, NativeFn, Node, NodeCall, NodeFailure, PathError, Started,
    Value,
};
