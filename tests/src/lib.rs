//! What the tests of the language share with its tools: the attack on soundness.

pub mod soak;
