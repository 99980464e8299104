//! From bytecode to results: values, the data store, the machine and its schedulers.
//!
//! The machine is deterministic but for the answers of nodes. It knows no files, no network, no
//! clock and no async runtime: all that is behind [`Host`] and [`Node`].

mod event;
mod failure;
mod host;
mod interp;
mod mask;
mod node;
mod run;
mod sched;
pub mod store;
mod sync;
#[doc(hidden)]
pub mod testing;
pub mod value;
mod work;

pub use wf_bytecode as bytecode;

pub use event::{Event, EventKind, LoopPlace};
pub use failure::{Failure, FailureKind};
pub use host::{Clock, Host, Observer, Timer};
pub use interp::call_closure;
pub use mask::Mask;
pub use node::{
    Answer, Cancel, Completion, LambdaRef, Logger, NativeFn, NativeFns, Node, NodeCall,
    NodeFailure, Nodes, RunInfo, Started,
};
pub use run::{Limits, Machine, RunHandle, RunRequest, RunResult, SerialMachine, check_imports};
pub use sched::CallKey;
pub use store::{DataStore, PathError, RunFacts, Status, StepOutput};
pub use value::decode::DecodeError;
pub use value::json::{json_of, json_text};
pub use value::{ListRef, MapRef, RecordRef, Value};
