//! The rows of the table.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::data::{self, Sizes};
use super::measure::Contender;
use super::process::Commands;
use super::wf::{Bench, Small, arguments, steps_in_a_row};
use super::{Measure, Row, Work, floors, native};
use crate::border::{self, Border};

/// All rows.
pub const ROWS: &[Row] = &[
    Row {
        name: "fib",
        title: "calls: `fib(27)`",
        measure: Measure::Ratio,
        must: 12.0,
        aim: 8.0,
        prepare: fib,
    },
    Row {
        name: "mix",
        title: "a loop of ten million steps with a branch",
        measure: Measure::Ratio,
        must: 9.0,
        aim: 6.0,
        prepare: mix,
    },
    Row {
        name: "template",
        title: "200,000 renders of a template with eight paths",
        measure: Measure::Ratio,
        must: 1.6,
        aim: 1.2,
        prepare: template,
    },
    Row {
        name: "records",
        title: "filter, map, sum and group of 100,000 records",
        measure: Measure::Ratio,
        must: 2.5,
        aim: 1.0,
        prepare: records,
    },
    Row {
        name: "strings",
        title: "split, upper, join and concat of 100,000 strings",
        measure: Measure::Ratio,
        must: 1.3,
        aim: 0.7,
        prepare: strings,
    },
    Row {
        name: "steps",
        title: "a step in a row, with its times and its event",
        measure: Measure::Nanos,
        must: 150.0,
        aim: 80.0,
        prepare: steps,
    },
    Row {
        name: "fan_out",
        title: "an item of a fan-out of 100,000 on two workers, in order",
        measure: Measure::Nanos,
        must: 30.0,
        aim: 10.0,
        prepare: fan_out,
    },
    Row {
        name: "small",
        title: "from source to result, 50 lines, in process",
        measure: Measure::Micros,
        must: 100.0,
        aim: 40.0,
        prepare: small,
    },
    Row {
        name: "process",
        title: "`wf run` of the same, above an empty process",
        measure: Measure::MillisAbove,
        must: 2.0,
        aim: 1.0,
        prepare: process,
    },
    Row {
        name: "check",
        title: "lines checked in a second, in a file of 20,000",
        measure: Measure::PerSecond,
        must: 200_000.0,
        aim: 500_000.0,
        prepare: check,
    },
    Row {
        name: "decode",
        title: "GitHub's `issues` decoded by a workflow that reads all, against serde_json into structs",
        measure: Measure::Ratio,
        must: 1.0,
        aim: 0.8,
        prepare: decode,
    },
    Row {
        name: "decode_three",
        title: "the same by a workflow that reads three fields",
        measure: Measure::Ratio,
        must: 0.2,
        aim: 0.1,
        prepare: decode_three,
    },
];

/// The contenders that are not ours, where they are built in.
fn others(row: &str, sizes: &Sizes) -> Vec<Contender> {
    #[cfg(feature = "peers")]
    return super::peers::of(row, sizes);
    #[cfg(not(feature = "peers"))]
    {
        let _ = (row, sizes);
        Vec::new()
    }
}

/// The arguments of a workflow of the table, and what it must give; `times` is how often it does
/// the work between its marks.
///
/// # Errors
/// There is no such row, or it is no workflow with arguments.
pub fn workload(row: &str, sizes: &Sizes, times: usize) -> Result<(String, Value), String> {
    let (mut values, expected) = match row {
        "fib" => (json!({ "n": sizes.fib }), json!(native::fib(sizes.fib))),
        "mix" => (json!({ "n": sizes.mix }), json!(native::mix(sizes.mix))),
        "template" => {
            let context = data::context();
            let expected = json!(native::render(&context));
            (json!({ "entity": context.entity, "n": sizes.renders }), expected)
        }
        "records" => {
            let rows = data::rows(sizes.rows);
            let (total, groups) = native::records(&rows);
            let of = |status: &str| groups.get(status).copied().unwrap_or_default();
            let (open, closed, pending) = (of("Open"), of("Closed"), of("Pending"));
            let expected =
                json!({ "total": total, "open": open, "closed": closed, "pending": pending });
            (json!({ "rows": rows }), expected)
        }
        "strings" => {
            let texts = data::texts(sizes.texts);
            let expected = json!(native::strings(&texts));
            (json!({ "texts": texts }), expected)
        }
        "fan_out" => (json!({ "n": sizes.items }), json!(sizes.items * 2 - 1)),
        _ => return Err(format!("`{row}` is no workflow with arguments")),
    };
    values["times"] = json!(times);
    Ok((arguments(&values), expected))
}

/// A workflow of the table as a contender, whose result is looked at in every round.
fn workflow(row: &'static str, workers: usize, sizes: &Sizes) -> Result<Contender, String> {
    let bench = Bench::new(workers)?;
    let (trigger, expected) = workload(row, sizes, 1)?;
    Ok(Contender::new("wf", move || run_checked(&bench, row, &trigger, &expected)))
}

/// Runs a workflow and compares its result; gives the CPU time between its marks.
///
/// # Errors
/// The run fails or gives something else.
pub fn run_checked(
    bench: &Bench,
    workflow: &str,
    trigger: &str,
    expected: &Value,
) -> Result<Duration, String> {
    let (result, time) = bench.run(workflow, trigger)?;
    if same(&result, expected) {
        Ok(time)
    } else {
        Err(format!("`{workflow}` gave {result} where Rust gives {expected}"))
    }
}

/// Whether two results are equal; floats up to the order in which they were added.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Number(x), Value::Number(y)) if x.is_f64() || y.is_f64() => {
            let (x, y) = (x.as_f64().unwrap_or(f64::NAN), y.as_f64().unwrap_or(f64::NAN));
            (x - y).abs() <= 1e-9 * y.abs()
        }
        _ => a == b,
    }
}

fn fib(sizes: &Sizes) -> Result<Work, String> {
    let n = sizes.fib;
    let calls = 2 * native::fib(n + 1) - 1;
    let rust = move || {
        black_box(native::fib(black_box(n)));
    };
    Ok(Work {
        units: calls as f64,
        baseline: Some(Contender::timed("Rust", rust)),
        wf: workflow("fib", 1, sizes)?,
        others: others("fib", sizes),
    })
}

fn mix(sizes: &Sizes) -> Result<Work, String> {
    let n = sizes.mix;
    let rust = move || {
        black_box(native::mix(black_box(n)));
    };
    Ok(Work {
        units: n as f64,
        baseline: Some(Contender::timed("Rust", rust)),
        wf: workflow("mix", 1, sizes)?,
        others: others("mix", sizes),
    })
}

fn template(sizes: &Sizes) -> Result<Work, String> {
    let (renders, context) = (sizes.renders, data::context());
    let rust = move || {
        for _ in 0..renders {
            black_box(native::render(black_box(&context)));
        }
    };
    Ok(Work {
        units: renders as f64,
        baseline: Some(Contender::timed("Rust", rust)),
        wf: workflow("template", 1, sizes)?,
        others: others("template", sizes),
    })
}

fn records(sizes: &Sizes) -> Result<Work, String> {
    let rows = data::rows(sizes.rows);
    let rust = move || {
        black_box(native::records(black_box(&rows)));
    };
    Ok(Work {
        units: sizes.rows as f64,
        baseline: Some(Contender::timed("Rust", rust)),
        wf: workflow("records", 1, sizes)?,
        others: others("records", sizes),
    })
}

fn strings(sizes: &Sizes) -> Result<Work, String> {
    let texts = data::texts(sizes.texts);
    let rust = move || {
        black_box(native::strings(black_box(&texts)));
    };
    Ok(Work {
        units: sizes.texts as f64,
        baseline: Some(Contender::timed("Rust", rust)),
        wf: workflow("strings", 1, sizes)?,
        others: others("strings", sizes),
    })
}

fn steps(sizes: &Sizes) -> Result<Work, String> {
    let count = sizes.steps;
    let bench = Bench::of(1, &steps_in_a_row(count), true)?;
    let expected = json!(count.is_multiple_of(2));
    let floor = move || {
        black_box(floors::slots_and_clocks(black_box(count)));
    };
    Ok(Work {
        units: count as f64,
        baseline: Some(Contender::timed("slots and two clock reads", floor)),
        wf: Contender::new("wf", move || run_checked(&bench, "steps", "{}", &expected)),
        others: others("steps", sizes),
    })
}

fn fan_out(sizes: &Sizes) -> Result<Work, String> {
    let items = sizes.items;
    let floor = move || {
        black_box(floors::ids_on_deques(black_box(items)));
    };
    Ok(Work {
        units: items as f64,
        baseline: Some(Contender::timed("ids on a bare deque", floor)),
        wf: workflow("fan_out", 2, sizes)?,
        others: others("fan_out", sizes),
    })
}

/// How often the fifty lines are compiled and run in a round: a round of some milliseconds, as that of
/// the other rows. A process that does so once is the row below.
const SMALL_RUNS: usize = 50;

fn small(sizes: &Sizes) -> Result<Work, String> {
    let small = Small::new()?;
    let wf = Contender::new("wf", move || {
        let timer = crate::cpu::ProcessTimer::start();
        for _ in 0..SMALL_RUNS {
            black_box(small.run()?);
        }
        Ok(timer.elapsed())
    });
    let units = SMALL_RUNS as f64;
    Ok(Work { units, baseline: None, wf, others: others("small", sizes) })
}

fn process(_: &Sizes) -> Result<Work, String> {
    let commands = Rc::new(Commands::find()?);
    let empty = Rc::clone(&commands);
    Ok(Work {
        units: 1.0,
        baseline: Some(Contender::new("an empty process", move || empty.empty())),
        wf: Contender::new("wf", move || commands.wf()),
        others: Vec::new(),
    })
}

fn decode(sizes: &Sizes) -> Result<Work, String> {
    decoded(sizes, "whole")
}

fn decode_three(sizes: &Sizes) -> Result<Work, String> {
    decoded(sizes, "three")
}

/// All payloads, so often that the clock sees it.
fn decoded(sizes: &Sizes, workflow: &str) -> Result<Work, String> {
    let border = Border::new(workflow)?;
    let times = sizes.payloads;
    let payloads: Rc<[&str]> = border::payloads().collect();
    let units = (times * payloads.len()) as f64;
    let same = Rc::clone(&payloads);
    let wf = Contender::new("wf", move || {
        let timer = crate::cpu::CpuTimer::start();
        for _ in 0..times {
            payloads.iter().try_for_each(|payload| border.decode(black_box(payload)))?;
        }
        Ok(timer.elapsed())
    });
    let serde = move || {
        for _ in 0..times {
            for payload in same.iter() {
                black_box(serde_json::from_str::<border::issues::Event>(black_box(payload)).ok());
            }
        }
    };
    let baseline = Some(Contender::timed("serde_json", serde));
    Ok(Work { units, baseline, wf, others: Vec::new() })
}

fn check(sizes: &Sizes) -> Result<Work, String> {
    let small = Small::new()?;
    let text = crate::generate::lines(sizes.lines, 0);
    let units = text.lines().count() as f64;
    let wf = Contender::new("wf", move || {
        let timer = crate::cpu::CpuTimer::start();
        small.check(&text)?;
        Ok(timer.elapsed())
    });
    Ok(Work { units, baseline: None, wf, others: others("check", sizes) })
}
