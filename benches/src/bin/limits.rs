//! What limits cost: the same work with the usual ones and a limit of time, and without any that
//! could ever be reached; and what a loop of ten million rounds holds.
//!
//! `cargo run --release -p wf-benches --bin limits [-- ROUNDS]`

use std::io::Write;

use serde_json::{Value, json};
use wf_benches::memory::peak;
use wf_benches::table::data::Sizes;
use wf_benches::table::measure::median;
use wf_benches::table::rows::workload;
use wf_benches::table::wf::{Bench, PROGRAMS, arguments, steps_in_a_row};
use wf_engine::Limits;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error>;

/// Limits may cost this much.
const MUST: f64 = 1.03;

const LOOP: &str = r#"
workflow rounds {
  trigger function(n: int)
  variables { last: list<int> = [] }
  step begin = bench.mark { }
  for i in 0..trigger.arguments.n as each {
    variables.last = [i, i + 1]
  }
  step end = bench.mark { }
  return variables.last[1]
}
"#;

fn endless() -> Limits {
    Limits {
        instructions: u64::MAX,
        memory: u64::MAX,
        run_time: None,
        depth: u32::MAX,
        collection: usize::MAX,
        ..Limits::default()
    }
}

fn limited() -> Limits {
    Limits { instructions: 1 << 50, run_time: Some(3_600_000_000), ..Limits::default() }
}

fn ratio(
    source: &str,
    workflow: &str,
    trigger: &str,
    rounds: usize,
) -> Result<(f64, f64, f64), Error> {
    let with = Bench::within(1, source, true, limited())?;
    let without = Bench::within(1, source, true, endless())?;
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let (_, limited) = with.run(workflow, trigger)?;
        let (_, endless) = without.run(workflow, trigger)?;
        if round > 0 {
            times.push((limited.as_secs_f64(), endless.as_secs_f64()));
            ratios.push(limited.as_secs_f64() / endless.as_secs_f64());
        }
    }
    let limited = median(times.iter().map(|(limited, _)| *limited).collect());
    let endless = median(times.iter().map(|(_, endless)| *endless).collect());
    Ok((limited * 1e3, endless * 1e3, median(ratios)))
}

fn main() -> Result<(), Error> {
    let rounds = std::env::args().nth(1).map_or(Ok(9), |text| text.parse::<usize>())?;
    let mut out = std::io::stdout().lock();
    memory(&mut out)?;
    writeln!(out, "| work | limited, ms | endless, ms | limited / endless | must | met |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: | --- |")?;
    for name in ["mix", "fib", "records", "template", "fan_out", "steps"] {
        let (limited, endless, ratio) = if name == "steps" {
            let trigger = arguments(&json!({}));
            ratio(&steps_in_a_row(Sizes::FULL.steps), name, &trigger, rounds * 5)?
        } else {
            let (trigger, _): (String, Value) = workload(name, &Sizes::FULL, 1)?;
            ratio(PROGRAMS, name, &trigger, rounds)?
        };
        let met = if ratio <= MUST { "must" } else { "no" };
        writeln!(
            out,
            "| {name} | {limited:.2} | {endless:.2} | {ratio:.3} × | {MUST:.2} × | {met} |"
        )?;
        out.flush()?;
    }
    Ok(())
}

/// Ten million rounds hold no more than ten thousand.
fn memory(out: &mut impl Write) -> Result<(), Error> {
    let bench = Bench::within(1, LOOP, false, endless())?;
    let run = |n: i64| bench.run("rounds", &arguments(&json!({ "n": n })));
    run(10_000)?;
    let before = peak();
    let (result, time) = run(10_000_000)?;
    if result != 10_000_000 {
        return Err(format!("the loop gave {result}").into());
    }
    let more = peak().zip(before).map(|(after, before)| after.saturating_sub(before) / 1_024);
    let more = more.map_or("an unknown number of".to_owned(), |more| more.to_string());
    writeln!(
        out,
        "a loop of ten million rounds: {more} KiB more than one of ten thousand, {time:.2?}\n"
    )?;
    Ok(())
}
