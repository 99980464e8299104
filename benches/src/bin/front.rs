//! What a line costs the compiler, in files of growing length and in shapes that grow: a table in
//! Markdown. Where the system tells, with the pages of memory that 1,000 lines touch for the first time.
//!
//! `cargo run --release -p wf-benches --bin front [-- ROUNDS]`

use std::io::Write;
use std::time::Duration;

use wf_benches::cpu::CpuTimer;
use wf_benches::generate::{SHAPES, lines, modules};
use wf_engine::{Diagnostic, Engine, MemoryFiles};

/// As in the `wf` program.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often everything is measured, where the command line does not say; the median counts.
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rounds = match std::env::args().nth(1) {
        Some(text) => text.parse::<usize>()?.max(1),
        None => ROUNDS,
    };
    let mut out = std::io::stdout().lock();
    let engine = Engine::builder().workers(1).build()?;
    writeln!(out, "| program | lines | check, µs a line | pages | compile, µs a line | pages |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
    let mut cases: Vec<(String, &str, usize, MemoryFiles)> = Vec::new();
    for count in [1_000, 10_000, 100_000] {
        let text = lines(count, 0);
        let length = text.lines().count();
        cases.push(("one file".into(), "main.wf", length, MemoryFiles::from([("main.wf", text)])));
    }
    for count in [10_000, 100_000] {
        let (files, length) = modules(count, 200);
        cases.push(("200 files".into(), "main.wf", length, files));
    }
    for (name, shape) in SHAPES {
        for size in [1_000, 10_000] {
            let text = shape(size);
            let length = text.lines().count();
            let files = MemoryFiles::from([("main.wf", text)]);
            cases.push((format!("{size} {name}"), "main.wf", length, files));
        }
    }
    for (name, entry, length, files) in &cases {
        let wrong = name.ends_with("errors");
        let check = median(rounds, wrong, || engine.diagnose(&[entry], files).diagnostics)?;
        let compile = median(rounds, wrong, || engine.compile(&[entry], files).diagnostics)?;
        let cost = |(time, pages): (Duration, u64)| {
            let lines = *length as f64;
            format!("{:.2} | {:.0}", time.as_secs_f64() * 1e6 / lines, pages as f64 * 1e3 / lines)
        };
        writeln!(out, "| {name} | {length} | {} | {} |", cost(check), cost(compile))?;
    }
    Ok(())
}

/// The medians of the CPU times and of the pages that were new; an error where the program has mistakes that it should not have.
fn median(
    rounds: usize,
    wrong: bool,
    mut work: impl FnMut() -> Vec<Diagnostic>,
) -> Result<(Duration, u64), String> {
    let mut times = Vec::with_capacity(rounds);
    let mut pages = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let before = new_pages();
        let timer = CpuTimer::start();
        let told = work();
        times.push(timer.elapsed());
        pages.push(new_pages().saturating_sub(before));
        if let Some(problem) = told.iter().find(|d| d.is_error() && !wrong) {
            return Err(problem.message.clone());
        }
    }
    times.sort();
    pages.sort_unstable();
    Ok((times[times.len() / 2], pages[pages.len() / 2]))
}

/// How many pages of memory this process has touched for the first time so far; 0 where the system
/// does not tell.
fn new_pages() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name of the program, which may hold anything.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    numbers.split_whitespace().nth(7).and_then(|faults| faults.parse().ok()).unwrap_or(0)
}
