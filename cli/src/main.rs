//! The `wf` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wf_cli::main()
}
