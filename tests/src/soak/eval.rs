//! A second implementation of the language: slow and simple, over the typed tree.
//!
//! It shares no code with bytecode and machine. Parallel statements are evaluated one region after
//! another, with the rules that make the result independent of that.

pub mod read;
pub mod text;
pub mod value;

mod coerce;
mod entity;
mod expr;
mod intrinsic;
mod loops;
mod native;
mod operator;
mod parallel;
mod record;
mod state;
mod step;
mod stmt;
mod union;

pub(crate) use stmt::UNKNOWN;

pub use state::{Ended, Evaluator, Fault, Kind, Outcome, Stop, StoredStep};
