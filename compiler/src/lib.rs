//! From the syntax tree to the typed tree to bytecode. No IO, no threads, no clock.

mod check;
pub mod emit;
mod load;
mod registry;
mod resolve;
pub mod typed;

pub use check::{Checked, check};
pub use load::{LoadError, Loader};
pub use registry::{RegistryError, build_registry};
