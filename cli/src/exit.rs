//! What the exit status says.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well; there may be warnings.
    Good = 0,
    /// The program has errors.
    Errors = 1,
    /// The command line is wrong, or names a file that can't be read.
    Usage = 2,
    /// The run failed.
    Failed = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
