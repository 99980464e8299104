//! The machine on programs that are assembled by hand: what the compiler's output leans on.

mod asm;
mod failures;
mod host;
mod joins;
mod pure;
mod runs;
mod steps;
