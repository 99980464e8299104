//! Breaks every path of some files in every way, and says what was not refused.
//!
//! `cargo run --release -p wf-tests --bin mutate -- FILE...`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use wf_tests::mutate::{Report, mutate_file};

fn main() -> std::io::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.is_empty() {
        writeln!(out, "usage: mutate FILE...")?;
        return Ok(ExitCode::from(2));
    }
    let mut report = Report::default();
    for file in &files {
        match mutate_file(file) {
            Ok(found) => report.add(found),
            Err(problem) => writeln!(out, "{}: left out: {problem}", file.display())?,
        }
    }
    write!(out, "{report}")?;
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
