//! The attack on soundness: programs that are well typed by construction, run on the machine and
//! on a second implementation of the language.

pub mod attack;
pub mod choices;
pub mod compare;
pub mod eval;
pub mod features;
pub mod r#gen;
pub mod machine;
pub mod shrink;
pub mod world;
