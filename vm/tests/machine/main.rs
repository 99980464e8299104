//! The machine on programs that are assembled by hand: what the compiler's output leans on.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]
#![expect(clippy::disallowed_methods, reason = "tests wait for real")]

mod asm;
mod failures;
mod host;
mod joins;
mod leaks;
mod pure;
mod runs;
mod steps;
mod time;
