//! What the tests of the language share with its tools: fuzzing, mutation, the attack on soundness.

pub mod formatted;
pub mod fuzz;
pub mod mutate;
pub mod soak;
