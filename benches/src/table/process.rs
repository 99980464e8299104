//! Whole processes: `wf run` of fifty lines above a process that does nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use wait4::Wait4;

use super::wf::SMALL;

/// A file of this profile's folder, where it has been built.
fn built(name: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folder = own.parent()?;
    // Tests are one folder deeper.
    [folder, folder.parent()?].iter().map(|folder| folder.join(name)).find(|path| path.exists())
}

/// The commands that are compared: `wf run` of the fifty lines, and nothing.
pub struct Commands {
    source: PathBuf,
    wf: PathBuf,
    empty: PathBuf,
}

impl Commands {
    /// Finds them.
    ///
    /// # Errors
    /// They have not been built.
    pub fn find() -> Result<Self, String> {
        let source = std::env::temp_dir().join(format!("wf-bench-{}.wf", std::process::id()));
        std::fs::write(&source, SMALL).map_err(|e| e.to_string())?;
        let wf = built("wf").ok_or("`cargo build --release -p wf-cli` first")?;
        let empty = built("empty").ok_or("`cargo build --release -p wf-benches` first")?;
        Ok(Self { source, wf, empty })
    }

    /// The CPU time of `wf run`.
    ///
    /// # Errors
    /// It can't be run or fails.
    pub fn wf(&self) -> Result<Duration, String> {
        cpu_of(Command::new(&self.wf).arg("run").arg(&self.source))
    }

    /// The CPU time of a process that does nothing.
    ///
    /// # Errors
    /// It can't be run.
    pub fn empty(&self) -> Result<Duration, String> {
        cpu_of(&mut Command::new(&self.empty))
    }

    /// The file that is run.
    pub fn source(&self) -> &Path {
        &self.source
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.source);
    }
}

fn cpu_of(command: &mut Command) -> Result<Duration, String> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().map_err(|e| e.to_string())?;
    let used = child.wait4().map_err(|e| e.to_string())?;
    if !used.status.success() {
        return Err(format!("{command:?} ended with {}", used.status));
    }
    Ok(used.rusage.utime + used.rusage.stime)
}
