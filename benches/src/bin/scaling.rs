//! Parallel loops on one worker and on two: how much sooner two are done, by what an iteration costs.
//!
//! `cargo run --release -p wf-benches --bin scaling [-- ROUNDS]`
//!
//! Wall time is what counts, and it needs two processors with nothing else to do. Beside it stands
//! how much more CPU time two workers take than one: where that is 1, two processors would be twice
//! as fast, whatever else the machine does now.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use wf_benches::cpu::process_time;
use wf_benches::table::measure::median;
use wf_engine::{Answer, Engine, MemoryFiles, Node, NodeCall, Program, RunOptions, Started};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error>;

const SOURCE: &str = r#"
fn work(rounds: int) -> int {
  let mut x = 1
  for i in 0..rounds {
    x = (x * 31 + i) % 1000003
  }
  return x
}

workflow empty {
  trigger function(n: int, rounds: int)
  step begin = bench.moment { }
  for i in 0..trigger.arguments.n as each parallel { }
  step end = bench.moment { }
  return steps.each.output.count
}

workflow busy {
  trigger function(n: int, rounds: int)
  step begin = bench.moment { }
  for i in 0..trigger.arguments.n as each parallel {
    yield work(trigger.arguments.rounds)
  }
  step end = bench.moment { }
  return length(steps.each.output.results)
}
"#;

const MOMENT: &str = "node bench.moment { input { } output { success: bool } }";

/// The bodies: their name, the workflow, items, rounds of work, and how many times as fast two workers
/// must be.
const BODIES: [(&str, &str, i64, i64, f64); 4] = [
    ("nothing", "empty", 400_000, 0, 0.9),
    ("about 1 µs", "busy", 60_000, 230, 1.8),
    ("about 10 µs", "busy", 6_000, 2_300, 1.8),
    ("about 100 µs", "busy", 600, 23_000, 1.8),
];

/// Notes wall and CPU time.
#[derive(Default)]
struct Moments(Mutex<Vec<(Instant, Duration)>>);

impl Node for Moments {
    fn start(&self, _: &NodeCall<'_>) -> Started {
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        moments.push((Instant::now(), process_time()));
        Started::Ready(Ok(Answer::Json(r#"{"success":true}"#.to_owned())))
    }
}

struct Contender {
    engine: Engine,
    program: Arc<Program>,
    moments: Arc<Moments>,
}

impl Contender {
    fn new(workers: usize) -> Result<Self, Error> {
        let moments = Arc::new(Moments::default());
        let engine =
            Engine::builder().workers(workers).raw_node(MOMENT, moments.clone()).build()?;
        let files = MemoryFiles::from([("scaling.wf", SOURCE)]);
        let program = engine.compile(&["scaling.wf"], &files).program.ok_or("does not compile")?;
        Ok(Self { engine, program, moments })
    }

    /// The wall time and the CPU time of a loop, in seconds.
    fn run(&self, workflow: &str, n: i64, rounds: i64) -> Result<(f64, f64), Error> {
        let lock = || self.moments.0.lock().unwrap_or_else(PoisonError::into_inner);
        lock().clear();
        let trigger = json!({ "arguments": { "n": n, "rounds": rounds } }).to_string();
        let (workflow, trigger) = (Some(workflow.to_owned()), Some(trigger));
        let options = RunOptions { workflow, trigger, ..RunOptions::default() };
        let report = self.engine.run(&self.program, options)?;
        if report.result != n {
            return Err(format!("{} instead of {n}", report.result).into());
        }
        match lock().as_slice() {
            [(began, before), (ended, after)] => {
                Ok(((*ended - *began).as_secs_f64(), (*after - *before).as_secs_f64()))
            }
            _ => Err("the loop was not measured".into()),
        }
    }
}

fn main() -> Result<(), Error> {
    let rounds = std::env::args().nth(1).map_or(Ok(15), |text| text.parse::<usize>())?;
    let (one, two) = (Contender::new(1)?, Contender::new(2)?);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| an iteration does | one worker, ns each | two workers | times as fast | must | met | CPU time of two / one |"
    )?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | --- | ---: |")?;
    for (name, workflow, n, work, must) in BODIES {
        let (mut walls, mut fast, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (wall_of_one, cpu_of_one) = one.run(workflow, n, work)?;
            let (wall_of_two, cpu_of_two) = two.run(workflow, n, work)?;
            if round > 0 {
                walls.push((wall_of_one, wall_of_two));
                fast.push(wall_of_one / wall_of_two);
                cpus.push(cpu_of_two / cpu_of_one);
            }
        }
        let each = |wall: f64| wall * 1e9 / n as f64;
        let of_one = median(walls.iter().map(|(one, _)| each(*one)).collect());
        let of_two = median(walls.iter().map(|(_, two)| each(*two)).collect());
        let (fast, cpus) = (median(fast), median(cpus));
        let met = if fast >= must { "must" } else { "no" };
        writeln!(
            out,
            "| {name} | {of_one:.1} | {of_two:.1} | {fast:.2} × | {must:.1} × | {met} | {cpus:.2} |"
        )?;
        out.flush()?;
    }
    Ok(())
}
