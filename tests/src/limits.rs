//! Each limit met by a program: those of a whole run end it, no `catch` takes them; the others it takes.

mod table;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use wf_engine::{Engine, EventKind, HttpPolicy, Limits, MemoryFiles, RunOptions, RunReport};

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

/// Where nine items are as many as a list or map can have.
const STAYS: &str = "
workflow w {
  trigger function()
  variables {
    xs: list<int> = [1, 2, 3], m: map<int> = { \"a\": 1, \"b\": 1, \"c\": 1 }, t: string = \"abc\"
    caught: list<int> = []
  }
  let more = [4, 5, 6, 7, 8, 9, 10]
  let others = { \"d\": 1, \"e\": 1, \"f\": 1, \"g\": 1, \"h\": 1, \"i\": 1, \"j\": 1 }
  try { variables.xs += more } catch e { variables.caught += [1] }
  try { variables.xs = variables.xs + more } catch e { variables.caught += [2] }
  try { variables.xs += [4, 5, 6, 7, 8, 9, 10] } catch e { variables.caught += [3] }
  try { variables.xs = [...variables.xs, ...more] } catch e { variables.caught += [4] }
  try { variables.m += others } catch e { variables.caught += [5] }
  try { variables.m = { ...variables.m, ...others } } catch e { variables.caught += [6] }
  try { variables.t += \"defghij\" } catch e { variables.caught += [7] }
  variables.m += { ...variables.m, \"x\": 0 }
  return [variables.xs, variables.caught, values(variables.m), [length(variables.t)]]
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

/// Holds about a megabyte, and would catch a failure.
const HOLDING: &str = "
workflow w {
  trigger function()
  variables { all: list<string> = [] }
  try {
    for n in range(0, 10000) as rounds { variables.all += [\"{{ padStart(\"{{ n }}\", 100, \"x\") }}\"] }
    return \"{{ length(variables.all) }}\"
  } catch err { return err.code }
}";

const NAPPING: &str = "
workflow w {
  trigger function()
  try { step s = time.sleep { for: 200ms } } catch err { return err.code }
  return \"slept\"
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

/// Steps that answer and log, a few hundred bytes each.
const TALKING: &str = "
workflow w {
  trigger function()
  try {
    for n in range(0, 10000) as all {
      step id = random.uuid { }
      step l = log.info { message: \"{{ padStart(\"\", 200, \"x\") }}\" }
    }
    return \"ended\"
  } catch err { return err.code }
}";

const RECURSIVE: &str = "
fn down(n: int) -> int { return if n == 0 { 0 } else { down(n - 1) + 1 } }
workflow w {
  trigger function()
  try { return \"{{ down(100) }}\" } catch err { return err.code }
}";

const LISTS: &str = "
workflow w {
  trigger function()
  try { return \"{{ length(range(0, 1000)) }}\" } catch err { return err.code }
}";

const TEXTS: &str = "
workflow w {
  trigger function()
  try { return \"{{ length(padStart(\"\", 1000, \"x\")) }}\" } catch err { return err.code }
}";

const CALLS: &str = "
workflow w {
  trigger function()
  try { step s = workflow.call<down> { arguments: { n: 10 } } } catch err { return err.code }
  return \"ended\"
}
workflow down -> int {
  trigger function(n: int)
  if trigger.arguments.n == 0 { return 0 }
  step s = workflow.call<down> { arguments: { n: trigger.arguments.n - 1 } }
  return steps.s.output
}";

const TOGETHER: &str = "
workflow w {
  trigger function()
  for n in range(0, 40) as all parallel { step s = probe.echo<int> { value: n, millis: 1 } }
  return \"ended\"
}";

const ANSWER: &str = "
workflow w {
  trigger function()
  try {
    step s = http.get<string> { url: \"http://PLACE/\" }
    return steps.s.output.body
  } catch err { return err.code }
}";

/// A limit, and a program that meets it.
struct Limit {
    /// Its option of `wf run`.
    option: &'static str,
    /// The code of the failure.
    code: &'static str,
    /// Whether it ends the run.
    ends: bool,
    program: &'static str,
    /// A limit that the program meets.
    met: fn(&mut Limits),
    /// A limit that it does not.
    kept: fn(&mut Limits),
}

/// All of them; those of HTTP and of what is under way have tests of their own.
const LIMITS: &[Limit] = &[
    Limit {
        option: "--max-instructions",
        code: "Instructions",
        ends: true,
        program: TALKING,
        met: |limits| limits.instructions = 10_000,
        kept: |_| {},
    },
    Limit {
        option: "--max-memory",
        code: "Memory",
        ends: true,
        program: HOLDING,
        met: |limits| limits.memory = 1 << 18,
        kept: |_| {},
    },
    Limit {
        option: "--max-time",
        code: "RunTime",
        ends: true,
        program: NAPPING,
        met: |limits| limits.run_time = Some(20_000),
        kept: |limits| limits.run_time = Some(60_000_000),
    },
    Limit {
        option: "--max-output",
        code: "Output",
        ends: true,
        program: TALKING,
        met: |limits| limits.output = 1_000_000,
        kept: |limits| limits.output = 10_000_000,
    },
    Limit {
        option: "--max-depth",
        code: "TooDeep",
        ends: false,
        program: RECURSIVE,
        met: |limits| limits.depth = 100,
        kept: |limits| limits.depth = 110,
    },
    Limit {
        option: "--max-size",
        code: "TooLarge",
        ends: false,
        program: LISTS,
        met: |limits| limits.collection = 999,
        kept: |limits| limits.collection = 1_000,
    },
    Limit {
        option: "--max-size",
        code: "TooLarge",
        ends: false,
        program: TEXTS,
        met: |limits| limits.collection = 999,
        kept: |limits| limits.collection = 1_000,
    },
    Limit {
        option: "--max-call-depth",
        code: "TooDeep",
        ends: false,
        program: CALLS,
        met: |limits| limits.call_depth = 10,
        kept: |limits| limits.call_depth = 11,
    },
    Limit {
        option: "--max-answer",
        code: "TooLarge",
        ends: false,
        program: ANSWER,
        met: |_| {},
        kept: |_| {},
    },
    Limit {
        option: "--max-in-flight",
        code: "",
        ends: false,
        program: TOGETHER,
        met: |limits| limits.in_flight = 4,
        kept: |_| {},
    },
];

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
    add("each is met and kept", each);
    add("what would grow too large stays", stays);
    add("rounds under way at once", in_flight);
    add("an answer of HTTP", answer);
    add("the reference and the help say the same", table::agrees);
    add("the options of the command line", table::options);
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

/// What a variable was is still there where it would have become too large.
fn stays() -> Outcome {
    let limits = Limits { collection: 9, ..Limits::default() };
    for serial in [false, true] {
        let report = report(STAYS, &limits, serial)?;
        let expected = [[1, 2, 3].as_slice(), &[1, 2, 3, 4, 5, 6, 7], &[1, 1, 1, 0], &[3]];
        if report.result != serde_json::json!(expected) {
            return Err(format!("serial: {serial}: {} {:?}", report.result, report.error));
        }
    }
    Ok(())
}

/// Runs the program of each limit under it and just not under it. A limit of the run must end it
/// although the program would catch a failure; another one must be caught, with its code.
fn each() -> Outcome {
    let mut problems = Vec::new();
    let alone = ["--max-answer", "--max-in-flight"];
    for limit in LIMITS.iter().filter(|limit| !alone.contains(&limit.option)) {
        for (set, is_met) in [(limit.met, true), (limit.kept, false)] {
            let mut limits = Limits::default();
            set(&mut limits);
            for serial in [false, true] {
                let report = report(limit.program, &limits, serial)?;
                let (ended, result) = (report.diagnostic(), report.result.as_str());
                let expected = match (is_met, limit.ends, ended) {
                    (true, true, Some(told)) => {
                        let has_place = !report.error["message"].is_null() && told.span.end > 0;
                        report.error["code"] == limit.code && told.code.id == "WF0705" && has_place
                    }
                    (true, false, None) => result == Some(limit.code),
                    (false, _, None) => result != Some(limit.code),
                    _ => false,
                };
                if !expected {
                    let (option, error) = (limit.option, &report.error);
                    problems.push(format!("{option} met: {is_met}: {result:?}, {error}"));
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn report(text: &str, limits: &Limits, serial: bool) -> Result<RunReport, String> {
    let builder = Engine::builder().limits(limits.clone());
    let builder = if serial { builder.serial(1) } else { builder.workers(2) };
    run_on(&builder.build().map_err(|e| e.to_string())?, text)
}

fn run_on(engine: &Engine, text: &str) -> Result<RunReport, String> {
    let compiled = engine.compile(&["main.wf"], &MemoryFiles::from([("main.wf", text)]));
    let program = compiled.into_program().map_err(|e| e.to_string())?;
    engine.run(&program, RunOptions::default().workflow("w")).map_err(|e| e.to_string())
}

/// A parallel loop without a number has so many rounds under way, and no more.
fn in_flight() -> Outcome {
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counted = counts.clone();
    let limits = Limits { in_flight: 4, ..Limits::default() };
    let builder = crate::probe::add(Engine::builder()).workers(2).limits(limits);
    let engine = builder.observer(move |event| match event.kind {
        EventKind::StepStarted { items: None, .. } => {
            let now = counted.0.fetch_add(1, Ordering::SeqCst) + 1;
            counted.1.fetch_max(now, Ordering::SeqCst);
        }
        EventKind::StepCompleted { .. } if !event.loops.is_empty() => {
            counted.0.fetch_sub(1, Ordering::SeqCst);
        }
        _ => {}
    });
    let report = run_on(&engine.build().map_err(|e| e.to_string())?, TOGETHER)?;
    match (report.result.as_str(), counts.1.load(Ordering::SeqCst)) {
        (Some("ended"), 2..=4) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// An answer that is too long fails its step, which can be caught.
fn answer() -> Outcome {
    let server = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let place = server.local_addr().map_err(|e| e.to_string())?.to_string();
    let served = std::thread::spawn(move || {
        for client in server.incoming().take(2) {
            let mut client = client?;
            let mut request = [0; 4096];
            let _length = client.read(&mut request)?;
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n";
            client.write_all(format!("{head}0123456789").as_bytes())?;
        }
        Ok::<_, std::io::Error>(())
    });
    let text = ANSWER.replace("PLACE", &place);
    for (limit, expected) in [(9, "TooLarge"), (10, "0123456789")] {
        let policy = HttpPolicy::new().answer_limit(limit);
        let engine = Engine::builder().workers(1).http_policy(policy).build();
        let report = run_on(&engine.map_err(|e| e.to_string())?, &text)?;
        if report.result != serde_json::json!(expected) {
            return Err(format!("limit {limit}: {} {}", report.result, report.error));
        }
    }
    served.join().map_err(|_| "the server panicked".to_owned())?.map_err(|e| e.to_string())
}
