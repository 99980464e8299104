//! The rows of the table that are about getting from a text to a result: each a function that gives
//! the numbers it measured.

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wf_engine::{Engine, MemoryFiles, RunOptions};

use crate::cpu::{CpuTimer, process_time};

/// A function of ten lines with arithmetic, a record, a branch, a loop and a template.
fn block(at: usize, text: &mut String) {
    let _ = write!(
        text,
        r#"fn step{at}(a: int, b: int) -> int {{
  let mut total = a * {at} + b
  let rec: {{ id: int, name: string, total: int }} = {{ id: a, name: "step{at}", total: total }}
  if rec.total > 100 and rec.name == "step{at}" {{
    total = total - 100
  }} else {{ total = total + rec.id }}
  for k in 0..3 {{ total = total + k * {at} }}
  let text = "done {{{{ rec.name }}}} with {{{{ total }}}} items"
  return total + length(text)
}}
"#
    );
}

/// So many lines in functions of ten, as they are written for other languages to compare with.
pub fn functions(lines: usize) -> String {
    let mut text = String::new();
    (0..lines / 10).for_each(|at| block(at, &mut text));
    text
}

/// 50 lines of functions, and a workflow that calls them.
pub fn fifty_lines() -> String {
    let mut text = functions(50);
    text.push_str("workflow sum {\n  trigger function()\n");
    for at in 0..5 {
        let _ = writeln!(text, "  let r{at} = step{at}({at}, 7)");
    }
    text.push_str("  return r0 + r1 + r2 + r3 + r4\n}\n");
    text
}

/// What something cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// The CPU time of all threads of this process.
    pub cpu: Duration,
    /// The time that went by.
    pub wall: Duration,
}

/// The medians of several rounds.
fn median(rounds: usize, mut work: impl FnMut() -> Result<(), String>) -> Result<Cost, String> {
    let mut costs = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let (cpu, wall) = (process_time(), Instant::now());
        work()?;
        costs.push((process_time().saturating_sub(cpu), wall.elapsed()));
    }
    let middle = costs.len() / 2;
    costs.sort_by_key(|(cpu, _)| *cpu);
    let cpu = costs[middle].0;
    costs.sort_by_key(|(_, wall)| *wall);
    Ok(Cost { cpu, wall: costs[middle].1 })
}

/// From the text of [`fifty_lines`] to its result with an engine that is there already: read,
/// checked, emitted, linked and run.
///
/// # Errors
/// The program does not compile or gives another result.
pub fn source_to_result(engine: &Engine, rounds: usize) -> Result<Cost, String> {
    let files = MemoryFiles::from([("main.wf", fifty_lines())]);
    median(rounds, || {
        let compiled = engine.compile(&["main.wf"], &files);
        let program = compiled.program.ok_or_else(|| told(&compiled.diagnostics))?;
        let report = engine.run(&program, RunOptions::default()).map_err(|e| e.to_string())?;
        let (result, expected) = (report.result.to_string(), expected().to_string());
        match result == expected {
            true => Ok(()),
            false => Err(format!("{result} is not {expected}")),
        }
    })
}

/// Making an engine. The first of a process reads the signatures of the library; measure that one
/// by one round in a process that did nothing before.
///
/// # Errors
/// The engine can't be made.
pub fn engine(rounds: usize) -> Result<Cost, String> {
    median(rounds, || Engine::builder().workers(1).build().map(drop).map_err(|e| e.to_string()))
}

/// How many lines of [`functions`] are checked in a second on one core.
///
/// # Errors
/// The program has errors.
pub fn checked_lines_per_second(
    engine: &Engine,
    lines: usize,
    rounds: usize,
) -> Result<f64, String> {
    let text = functions(lines);
    let count = text.lines().count();
    let files = MemoryFiles::from([("main.wf", text)]);
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds.max(1) {
        let timer = CpuTimer::start();
        let checked = engine.diagnose(&["main.wf"], &files);
        let problem = checked.diagnostics.iter().any(wf_engine::Diagnostic::is_error);
        // Giving the memory back belongs to it.
        let message = problem.then(|| told(&checked.diagnostics));
        drop(checked);
        times.push(timer.elapsed());
        if let Some(message) = message {
            return Err(message);
        }
    }
    times.sort();
    Ok(count as f64 / times[times.len() / 2].as_secs_f64())
}

/// The CPU time of a whole process, on the average of so many: `wf run` of a file, or a process that
/// does nothing, to compare with. Only where the system tells of children that have ended.
///
/// # Errors
/// The process can't be started or fails.
pub fn whole_process(
    rounds: usize,
    mut command: impl FnMut() -> Command,
) -> Result<Duration, String> {
    let before = children_cpu_time()?;
    for _ in 0..rounds.max(1) {
        let status = command().stdout(Stdio::null()).status().map_err(|e| e.to_string())?;
        if !status.success() {
            return Err(format!("the process ended with {status}"));
        }
    }
    Ok(children_cpu_time()?.saturating_sub(before) / u32::try_from(rounds.max(1)).unwrap_or(1))
}

/// The CPU time of all children that have ended, in ticks of ten milliseconds.
fn children_cpu_time() -> Result<Duration, String> {
    let stat = std::fs::read_to_string("/proc/self/stat").map_err(|e| e.to_string())?;
    // The name of the program, in parentheses, may hold blanks.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields = rest.split_whitespace().skip(13).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn told(diagnostics: &[wf_engine::Diagnostic]) -> String {
    diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// What [`fifty_lines`] gives.
fn expected() -> i64 {
    (0..5_i64)
        .map(|at| {
            let mut total = at * at + 7;
            total += if total > 100 { -100 } else { at };
            total += (0..3).map(|k| k * at).sum::<i64>();
            total + format!("done step{at} with {total} items").len() as i64
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_can_be_measured() {
        let engine = Engine::builder().workers(1).build().unwrap();
        let cost = source_to_result(&engine, 3).unwrap();
        assert!(cost.cpu > Duration::ZERO && cost.wall > Duration::ZERO);
        assert!(checked_lines_per_second(&engine, 200, 1).unwrap() > 0.0);
        assert!(super::engine(1).is_ok());
        assert_eq!(fifty_lines().lines().count(), 59);
    }

    #[test]
    fn a_process_that_fails_is_not_measured() {
        assert!(whole_process(1, || Command::new("true")).is_ok());
        assert!(whole_process(1, || Command::new("false")).is_err());
    }
}
