//! The `wf` program.

use std::process::ExitCode;

/// Values and trees are many small allocations: a fifth of what compiling and running costs is spent
/// here, and half as much of it with this allocator.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wf_cli::main()
}
