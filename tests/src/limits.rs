//! Limits of a whole run end it; no `catch` takes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wf_engine::{Engine, Limits, MemoryFiles, RunOptions};

use crate::harness::{Outcome, Test};

/// How long a run may go on after it has reached a limit.
const LONGEST: Duration = Duration::from_secs(20);

const ENDLESS: &str = "
fn forever(n: int) -> int {
  let mut i = n
  while true { i = if i > 1000 { 0 } else { i + 1 } }
  return i
}
workflow w {
  trigger function()
  try {
    let x = forever(1)
    return \"ended {{ x }}\"
  } catch err {
    return \"caught\"
  }
}";

const GROWING: &str = "
fn grow() -> int {
  let mut all = [[1]]
  while true { all = [...all, [1, 2, 3, 4, 5, 6, 7, 8]] }
  return length(all)
}
workflow w {
  trigger function()
  parallel as p {
    branch a { let x = grow()  step s = log.info { message: \"{{ x }}\" } }
    branch b { let y = grow()  step t = log.info { message: \"{{ y }}\" } }
  }
}";

const SLEEPING: &str = "
workflow w {
  trigger function()
  step s = try time.sleep { for: 1h }
  return \"slept\"
}";

/// Queries look at much more than they give.
const QUERIES: &str = "
fn wide(n: int) -> json {
  return { xs: range(0, n) | map(x => { a: x, b: [x, x] }) }
}
workflow w {
  trigger function()
  let data = wide(1000)
  let none = range(0, 1000) | map(i => data..[\"none\"] | length)
  return sum(none)
}";

const FEW_QUERIES: &str = "
workflow w {
  trigger function()
  let data: json = { xs: range(0, 1000) | map(x => { a: x, b: [x, x] }) }
  let none = range(0, 5) | map(i => data..[\"none\"] | length)
  return sum(none)
}";

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut add = |name: &str, test: fn() -> Outcome| {
        tests.push(Test::new(format!("limits {name}"), move |_| test()));
    };
    add("instructions", || {
        let limits = Limits { instructions: 100_000, ..Limits::default() };
        reached(ENDLESS, &limits)
    });
    add("what queries look at", || {
        let limits = Limits { instructions: 500_000, ..Limits::default() };
        kept(FEW_QUERIES, &limits)?;
        reached(QUERIES, &limits)
    });
    add("run time of a computation", || {
        reached(ENDLESS, &Limits { run_time: Some(50_000), ..Limits::default() })
    });
    add("run time of a waiting step", || {
        reached(SLEEPING, &Limits { run_time: Some(50_000), ..Limits::default() })
    });
    add("memory", || reached(GROWING, &Limits { memory: 1 << 18, ..Limits::default() }));
}

/// Runs a program on workers and serially: both must end by a limit.
fn reached(text: &str, limits: &Limits) -> Outcome {
    ends_with(text, limits, Some("WF0705"))
}

/// The same where both must end well.
fn kept(text: &str, limits: &Limits) -> Outcome {
    ends_with(text, limits, None)
}

fn ends_with(text: &str, limits: &Limits, expected: Option<&str>) -> Outcome {
    for serial in [false, true] {
        let builder = Engine::builder().limits(limits.clone());
        let builder = if serial { builder.serial(1) } else { builder.workers(2) };
        let engine = builder.build().map_err(|e| e.to_string())?;
        let compiled = engine.compile(&["main.wf"], &MemoryFiles::from([("main.wf", text)]));
        let program: Arc<wf_engine::Program> = compiled.program.ok_or_else(|| {
            let told = compiled.diagnostics.iter().map(|d| d.message.clone());
            told.collect::<Vec<_>>().join("\n")
        })?;
        let started = Instant::now();
        let report = engine.run(&program, RunOptions::default()).map_err(|e| e.to_string())?;
        let code = report.diagnostic().map(|d| d.code.id);
        if code != expected {
            return Err(format!("serial: {serial}: {code:?}, result {}", report.result));
        }
        if started.elapsed() > LONGEST {
            return Err(format!("serial: {serial}: it took {:?}", started.elapsed()));
        }
    }
    Ok(())
}
