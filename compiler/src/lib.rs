//! From the syntax tree to the typed tree to bytecode. No IO, no threads, no clock.

pub mod emit;
pub mod typed;
