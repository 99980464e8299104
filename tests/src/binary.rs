//! The programs that tests run: built once, beside the test binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::root;

/// The programs.
#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    /// `wf`
    pub(crate) wf: PathBuf,
    /// The examples that embed wf, by their names.
    pub(crate) embed: [(&'static str, PathBuf); 4],
}

/// The examples that embed wf.
const EMBED: [&str; 4] = ["embed-plain", "embed-service", "embed-nodes", "embed-observed"];

/// The programs, up to date.
///
/// # Errors
/// They can't be built.
pub(crate) fn binaries() -> Result<Binaries, String> {
    static BUILT: OnceLock<Result<Binaries, String>> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

/// Builds them with the profile and into the folder of this test binary, so that nothing is
/// compiled twice.
fn build() -> Result<Binaries, String> {
    let exe = std::env::current_exe().map_err(|e| e.to_string())?;
    // TARGET/PROFILE/deps/suite-0123
    let folder = exe.parent().and_then(Path::parent).ok_or("the test binary has no folder")?;
    let target = folder.parent().ok_or("the test binary has no target folder")?;
    let profile = folder.file_name().and_then(|n| n.to_str()).unwrap_or("debug");
    let profile = if profile == "debug" { "dev" } else { profile };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--profile", profile])
        .args(["--bin", "wf"])
        .args(EMBED.iter().flat_map(|name| ["--bin", *name]))
        .arg("--target-dir")
        .arg(target)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cargo build: {e}"))?;
    if !output.status.success() {
        return Err(format!("cargo build: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Ok(Binaries { wf: program("wf"), embed: EMBED.map(|name| (name, program(name))) })
}

/// What came of a command.
pub(crate) struct Done {
    /// Its exit status; `None` where a signal ended it.
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs `wf` in a folder.
///
/// # Errors
/// It can't be run, or it panicked.
pub(crate) fn wf(folder: &Path, args: &[&str]) -> Result<Done, String> {
    finish(Command::new(binaries()?.wf).args(args).current_dir(folder))
}

/// Runs a command without input, colours and with a fixed width.
///
/// # Errors
/// It can't be run, or it panicked.
pub(crate) fn finish(command: &mut Command) -> Result<Done, String> {
    let output: Output = command
        .stdin(Stdio::null())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env_remove("RUST_BACKTRACE")
        .output()
        .map_err(|e| format!("{command:?}: {e}"))?;
    let done = Done {
        status: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    if done.stderr.contains("panicked at") || done.status.is_none_or(|status| status == 101) {
        return Err(format!("{command:?} panicked:\n{}", done.stderr));
    }
    Ok(done)
}
