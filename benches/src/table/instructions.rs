//! How many instructions of the processor the work takes: the same on a busy machine.

use std::process::Command;

use super::data::Sizes;
use super::rows::{run_checked, workload};
use super::wf::Bench;

/// The rows whose work is on one thread and can be done several times in one run.
pub const COUNTED: [&str; 5] = ["fib", "mix", "template", "records", "strings"];

/// Small enough for a simulated processor.
const SIZES: Sizes = Sizes {
    fib: 18,
    mix: 100_000,
    renders: 5_000,
    rows: 5_000,
    texts: 5_000,
    steps: 0,
    items: 0,
    lines: 0,
    payloads: 0,
};

/// Does the work of a row `times` times in one run; what valgrind runs.
///
/// # Errors
/// There is no such row, or its result is wrong.
pub fn once(row: &str, times: usize) -> Result<(), String> {
    let bench = Bench::new(1)?;
    let (trigger, expected) = workload(row, &SIZES, times)?;
    run_checked(&bench, row, &trigger, &expected).map(drop)
}

/// The number of instructions for each unit of work: by running it once and three times under
/// `valgrind --tool=callgrind`, so that what is around it falls out.
///
/// # Errors
/// There is no valgrind, or the work fails.
pub fn count(row: &str) -> Result<f64, String> {
    let (once, thrice) = (under_valgrind(row, 1)?, under_valgrind(row, 3)?);
    let units = match row {
        "fib" => 8361.0, // calls
        "mix" => SIZES.mix as f64,
        "template" => SIZES.renders as f64,
        "records" => SIZES.rows as f64,
        _ => SIZES.texts as f64,
    };
    Ok((thrice - once) / 2.0 / units)
}

fn under_valgrind(row: &str, times: usize) -> Result<f64, String> {
    let own = std::env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(["once", row, &times.to_string()])
        .output()
        .map_err(|e| format!("valgrind: {e}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected :"));
    let number = collected.and_then(|(_, number)| number.trim().parse().ok());
    number.ok_or_else(|| format!("valgrind says: {told}"))
}
