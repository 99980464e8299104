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
pub mod data;
mod diagnose;
mod engine;
mod eval;
mod host;
mod node;
mod object;
mod options;
mod pretty;
mod report;
mod running;
mod trigger;

pub use builder::{EngineBuilder, EngineError, Entities, Http};
pub use compile::{CompileError, Compiled, MemoryFiles, sources_of, write_program};
pub use data::{Data, DataError, Record, Secret};
pub use engine::{Engine, ProgramError, StartError};
pub use eval::{Evaluation, Snapshot, SnapshotError, query};
pub use node::{AsyncFunction, Context, Level, NodeError, SyncFunction};
pub use options::{RunObserver, RunOptions};
pub use report::{ReadError, RunReport, Status};
pub use running::{Canceller, Running};
pub use wf_bytecode::{Decimal, Program};
pub use wf_compiler::{Checked, LoadError, Loader};
pub use wf_derive::Data;
pub use wf_diagnostics::{Diagnostic, SourceMap};
pub use wf_stdlib::{AllowedHost, FileAccess, HttpPolicy, Proxy, UnusedRecording};
pub use wf_types::{NodeSignature, Registry};
pub use wf_vm::{
    Answer, Event, EventKind, Failure, FailureKind, Limits, LoopPlace, NativeFn, Node, NodeCall,
    NodeFailure, PathError, Started, Value,
};
