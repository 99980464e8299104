//! From the syntax tree to the typed tree to bytecode. No IO, no threads, no clock.

mod check;
mod compile;
pub mod demand;
pub mod emit;
mod load;
pub mod pushdown;
mod registry;
mod resolve;
mod room;
mod schema;
mod text;
pub mod typed;

pub use check::{Checked, check, diagnose};
pub use compile::{Compiled, compile, compile_expression};
pub use load::{LoadError, Loader};
pub use registry::places::{Place, count, places};
pub use registry::{RegistryError, build_registry, library};
pub use room::with_stack_left;
