//! Profiles of small workflows: times add up, and the trace is one that can be shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use wf_bytecode::Program;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started};

use super::{Profile, ProfileReport};
use crate::{Engine, MemoryFiles, RunOptions};

/// Fails so often before it answers.
struct Flaky(AtomicU32);

impl Node for Flaky {
    fn start(&self, _: &NodeCall<'_>) -> Started {
        let left = |left: u32| left.checked_sub(1);
        let fails = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, left).is_ok();
        Started::Ready(if fails {
            Err(NodeFailure { transient: true, ..NodeFailure::new("Down", "it is down") })
        } else {
            Ok(Answer::Json(r#"{"success":true}"#.to_owned()))
        })
    }
}

const FLAKY: &str = "node test.flaky { input { } output { success: bool } }";

struct Profiled {
    program: Arc<Program>,
    profile: Arc<Profile>,
}

impl Profiled {
    fn run(source: &str, workers: usize, profile: Profile) -> Self {
        let profile = Arc::new(profile);
        let engine = Engine::builder()
            .workers(workers)
            .raw_node(FLAKY, Arc::new(Flaky(AtomicU32::new(2))))
            .profile(&profile)
            .build()
            .unwrap();
        let compiled = engine.compile(&["p.wf"], &MemoryFiles::from([("p.wf", source)]));
        let program = compiled.program.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        let options = RunOptions { workflow: Some("main".into()), ..RunOptions::default() };
        engine.run(&program, options).unwrap();
        // Joins the workers: what they do last is seen, too.
        drop(engine);
        Self { program, profile }
    }

    fn report(&self) -> ProfileReport {
        self.profile.report(&self.program)
    }

    fn events(&self) -> Vec<Value> {
        let mut text = Vec::new();
        self.profile.write_trace(&self.program, &mut text).unwrap();
        let trace: Value = serde_json::from_slice(&text).unwrap();
        trace["traceEvents"].as_array().unwrap().clone()
    }
}

const MANY: &str = r#"
fn spin(n: int) -> int {
  let mut x = 0
  for i in 0..n {
    x = (x * 31 + i) % 1000003
  }
  return x
}

workflow child {
  trigger function(n: int)
  step inner = time.sleep { for: 3ms }
  return trigger.arguments.n
}

workflow main {
  trigger function()
  step again = test.flaky { } with { retry: { attempts: 5, backoff: 4ms } }
  for i in 1..7 as each parallel 3 {
    step nap = time.sleep { for: 5ms }
    for j in 0..2 as rounds {
      step told = log.info { message: "{{ spin(2000) }}" }
    }
    yield i
  }
  parallel as both {
    branch a {
      step left = workflow.call<child> { arguments: { n: 1 } }
    }
    branch b {
      step right = workflow.call<child> { arguments: { n: 2 } }
    }
  }
  let spun = spin(200000)
  step lost = try test.flaky { }
  return spun
}
"#;

#[test]
fn times_add_up() {
    for workers in [1, 3] {
        let report = Profiled::run(MANY, workers, Profile::new()).report();
        assert_eq!(report.runs, 1);
        let step = |name: &str| report.steps.iter().find(|step| step.name == name).unwrap();
        for step in &report.steps {
            assert_eq!(step.work + step.waiting, step.total, "{}", step.name);
            assert!(step.work >= 0 && step.waiting >= 0, "{}", step.name);
        }
        let waiting: i64 = report.steps.iter().map(|step| step.waiting).sum();
        assert_eq!(waiting, report.waiting);
        assert_eq!(report.lines.iter().map(|line| line.waiting).sum::<i64>(), waiting);
        assert_eq!(report.lines.iter().map(|line| line.work).sum::<i64>(), report.work);
        assert!(report.work <= report.elapsed * workers as i64, "{report:?}");

        assert_eq!((step("again").calls, step("again").count), (3, 1));
        // 4 ms before the second call, 8 ms before the third.
        assert!(step("again").waiting >= 12_000 && step("again").kind == "test.flaky");
        assert_eq!((step("nap").count, step("told").count), (6, 12));
        assert!(step("nap").waiting >= 6 * 5_000);
        assert_eq!(step("inner").count, 2);
        assert!(step("left").waiting >= step("inner").waiting / 2 - 1_000);
        assert_eq!(step("left").kind, "workflow.call<child>");
        assert!(step("each").is_block && step("each").total >= 2 * 5_000);
        assert!(report.lines.iter().any(|line| line.text.starts_with("step nap = time.sleep")));
        // The computation is seen where it happens.
        let at_spin = report.lines.iter().filter(|line| (4..=5).contains(&line.line));
        assert!(at_spin.map(|line| line.work).sum::<i64>() > 0, "{report:#?}");
    }
}

#[test]
fn the_trace_follows_the_rules_of_its_format() {
    let profiled = Profiled::run(MANY, 3, Profile::new());
    let events = profiled.events();
    let mut tracks: BTreeMap<(i64, i64), Vec<(i64, i64)>> = BTreeMap::new();
    let mut named: BTreeMap<(i64, i64), String> = BTreeMap::new();
    for event in &events {
        let number = |field: &str| event[field].as_i64().unwrap_or_else(|| panic!("{event}"));
        let track = (number("pid"), number("tid"));
        let name = event["name"].as_str().unwrap();
        match event["ph"].as_str().unwrap() {
            "M" if name == "thread_name" => {
                let name = event["args"]["name"].as_str().unwrap().to_owned();
                assert!(named.insert(track, name).is_none(), "a track has one name");
            }
            "M" => assert!(["process_name", "thread_sort_index"].contains(&name), "{event}"),
            "X" => {
                assert!(number("ts") >= 0 && number("dur") >= 0, "{event}");
                assert!(event["cat"].is_string());
                tracks.entry(track).or_default().push((number("ts"), number("ts") + number("dur")));
            }
            "i" => assert!(event["s"] == "t" && number("ts") >= 0, "{event}"),
            other => panic!("no phase of ours: {other}"),
        }
    }
    for (track, mut slices) in tracks {
        assert!(named.contains_key(&track), "{track:?}");
        // Slices of a track are inside or behind one another.
        slices.sort_by_key(|(from, to)| (*from, -to));
        let mut open: Vec<i64> = Vec::new();
        for (from, to) in slices {
            open.retain(|end| *end > from);
            assert!(open.last().is_none_or(|end| to <= *end), "{track:?}: {from} to {to}");
            open.push(to);
        }
    }
    let names: Vec<&str> = named.values().map(String::as_str).collect();
    for name in ["main", "each #1", "each #2", "each #3", "both.a", "both.b", "worker 1"] {
        assert!(names.contains(&name), "{name} of {names:?}");
    }
    let count = |name: &str| events.iter().filter(|event| event["name"] == name).count();
    assert_eq!((count("nap"), count("told"), count("each[0]")), (6, 12, 1));
    assert_eq!((count("call 1"), count("call 3"), count("pause before the next call")), (1, 1, 2));
    assert!(count("waiting") >= 6 + 2);
    let nap = events.iter().find(|event| event["name"] == "nap").unwrap();
    assert_eq!(nap["args"]["line"], "p.wf:20");
    assert!(nap["args"]["loops"].as_str().unwrap().starts_with("each["));
    assert!(nap["args"]["waitingUs"].as_i64().unwrap() >= 5_000);
}

#[test]
fn what_is_too_much_for_the_trace_is_in_the_report() {
    let profiled = Profiled::run(MANY, 1, Profile::with_slices(3));
    let told = profiled.report().steps.into_iter().find(|step| step.name == "told").unwrap();
    assert_eq!(told.count, 12);
    let slices = profiled.events().into_iter().filter(|event| event["ph"] == "X");
    assert!(slices.filter(|event| event["cat"] != "work").count() <= 3 + 5);
}

#[test]
fn the_text_names_steps_and_lines() {
    let text = Profiled::run(MANY, 1, Profile::new()).report().to_text(2);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("1 run, ") && lines[0].contains(" work on "), "{text}");
    assert!(text.contains("by step") && text.contains("by line"), "{text}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("and ")).count(), 2, "{text}");
}

#[test]
fn an_observer_is_told_beside_a_profile() {
    let seen = Arc::new(AtomicU32::new(0));
    let profile = Arc::new(Profile::new());
    let counter = Arc::clone(&seen);
    let engine = Engine::builder()
        .workers(1)
        .observer(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        })
        .profile(&profile)
        .build()
        .unwrap();
    let source = "workflow w {\n trigger function()\n step s = random.uuid { }\n}";
    let files = MemoryFiles::from([("w.wf", source)]);
    let program = engine.compile(&["w.wf"], &files).program.unwrap();
    engine.run(&program, RunOptions::default()).unwrap();
    assert!(seen.load(Ordering::SeqCst) >= 4);
    assert_eq!(profile.report(&program).steps[0].name, "s");
}
