//! The commands of `wf`: the only crate that reads source files and writes to a terminal.

pub mod args;
pub mod commands;
pub mod diff;
pub mod exit;
pub mod explain;
pub mod limits;
pub mod output;
pub mod sources;

use std::io::{self, Write};
use std::process::ExitCode;

use args::{Cli, Command};
use exit::Exit;

/// Reads the command line and does what it says. Wrong usage and `--help` end the process here.
pub fn main() -> ExitCode {
    let cli = Cli::read();
    let done = match stack_left() {
        Some(bytes) => wf_engine::with_stack_left(bytes, || run(&cli)),
        None => run(&cli),
    };
    match done {
        Ok(exit) => exit.into(),
        // Whoever read our output has seen enough, as in `wf explain | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Good.into(),
        Err(error) => {
            let told = writeln!(anstream::stderr(), "error: the output can't be written: {error}");
            // Without a place to tell it, the exit status is all that is left.
            drop(told);
            Exit::Failed.into()
        }
    }
}

/// How much of the first thread's stack is left at the beginning of the program, where its limit says so.
/// Arguments and environment, which stand there too, may take a quarter of it.
#[cfg(unix)]
fn stack_left() -> Option<usize> {
    /// What is counted on at most: where there is no limit, too.
    const MOST: u64 = 8 << 20;
    let limit = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    usize::try_from(limit.unwrap_or(MOST).min(MOST) / 4 * 3).ok()
}

#[cfg(not(unix))]
fn stack_left() -> Option<usize> {
    None
}

/// Does one command. Fails only where the output can't be written.
fn run(cli: &Cli) -> io::Result<Exit> {
    // Not locked: threads of a run write to standard error too.
    let (mut out, mut err) = (anstream::stdout(), anstream::stderr());
    let options = output::render_options(&io::stderr());
    match &cli.command {
        Command::Check(args) => commands::check::check(args, &mut out, &mut err, &options),
        Command::Fmt(args) => commands::fmt::fmt(args, &mut out, &mut err, &options),
        Command::Build(args) => commands::build::build(args, &mut out, &mut err, &options),
        Command::Disasm(args) => commands::disasm::disasm(args, &mut out, &mut err, &options),
        Command::Run(args) => commands::run::run(args, &mut out, &mut err, &options),
        Command::Eval(args) => commands::eval::eval(args, &mut out, &mut err, &options),
        Command::Entities(args) => commands::entities::entities(args, &mut out, &mut err, &options),
        Command::Cron(args) => commands::cron::cron(args, &mut out, &mut err),
        Command::Nodes(args) => commands::nodes::nodes(args, &mut out, &mut err),
        Command::Explain(args) => explain::explain(args.code.as_deref(), &mut out, &mut err),
    }
}
