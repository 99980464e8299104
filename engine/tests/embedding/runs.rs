//! Runs from a plain `main` and inside of tokio: started, awaited, cancelled, left open.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Builder;
use wf_engine::{
    Data, Engine, EventKind, Limits, NodeError, ProgramError, RunOptions, Status, write_program,
};

use crate::compiled;

const SLEEPS: &str = "
workflow sleeps {
  trigger function(millis: int = 5)
  step s = time.sleep { for: 1ms * trigger.arguments.millis }
  return trigger.arguments.millis
}
workflow forever {
  trigger function()
  try { step s = time.sleep { for: 1h } } finally { step l = log.info { message: \"cleaned up\" } }
}";

#[derive(Data)]
struct Millis {
    millis: u32,
}

fn sleeps(millis: u32) -> RunOptions {
    RunOptions::default().workflow("sleeps").arguments(&Millis { millis }).expect("it has a text")
}

fn engine() -> Engine {
    Engine::builder().workers(2).build().expect("an engine")
}

#[test]
fn an_engine_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Engine>();
    shared::<wf_engine::Running>();
    shared::<wf_engine::RunReport>();
}

#[test]
fn many_runs_at_once_in_a_plain_main() {
    let engine = engine();
    let program = compiled(&engine, SLEEPS);
    let runs: Vec<_> =
        (0..50).map(|n| engine.start(&program, sleeps(n)).expect("it starts")).collect();
    for (n, run) in runs.iter().enumerate() {
        assert_eq!(run.wait().result, json!(n));
        assert_eq!(run.wait().result_as::<usize>(), Ok(n));
    }
}

#[test]
fn a_current_thread_runtime_goes_on_meanwhile() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let engine = Arc::new(engine());
        let program = compiled(&engine, SLEEPS);
        let ticks = Arc::new(AtomicUsize::new(0));
        let counted = ticks.clone();
        let ticking = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(1)).await;
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let runs: Vec<_> = (0..20)
            .map(|n| {
                let (engine, program) = (engine.clone(), program.clone());
                tokio::spawn(async move { engine.run_async(&program, sleeps(100 + n)).await })
            })
            .collect();
        for (n, run) in runs.into_iter().enumerate() {
            let report = run.await.expect("no panic").expect("it starts");
            assert_eq!(report.result, json!(100 + n));
        }
        assert!(ticks.load(Ordering::Relaxed) > 5, "{ticks:?}");
        ticking.abort();
        // Blocking works too, though it holds this thread; and so does dropping the engine here.
        assert_eq!(engine.run(&program, sleeps(1)).expect("it starts").result, json!(1));
    });
}

#[test]
fn a_node_can_use_channels_of_the_program_around() {
    #[derive(Data)]
    struct Ask {
        question: String,
    }
    #[derive(Data)]
    struct Reply {
        answer: String,
    }
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        type Asked = (String, tokio::sync::oneshot::Sender<String>);
        let (send, mut asked) = tokio::sync::mpsc::channel::<Asked>(4);
        tokio::spawn(async move {
            while let Some((question, reply)) = asked.recv().await {
                // Nobody may wait any more.
                let _ = reply.send(format!("{question}? yes"));
            }
        });
        let engine = Engine::builder()
            .workers(1)
            .node("desk.ask", move |input: Ask| {
                let send = send.clone();
                async move {
                    let (reply, answer) = tokio::sync::oneshot::channel();
                    send.send((input.question, reply)).await?;
                    Ok::<_, NodeError>(Reply { answer: answer.await? })
                }
            })
            .build()
            .expect("an engine");
        let text = r#"workflow w { trigger function() step a = desk.ask { question: "ready" } return steps.a.output.answer }"#;
        let program = compiled(&engine, text);
        let report = engine.run_async(&program, RunOptions::default()).await.expect("it starts");
        assert_eq!(report.result, json!("ready? yes"));
    });
}

#[test]
fn a_dropped_future_cancels_and_a_dropped_handle_does_not() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (send, ended) = mpsc::channel();
        let engine = engine();
        let program = compiled(&engine, SLEEPS);
        let observed = |options: RunOptions| {
            let send = send.clone();
            options.observer(move |event| {
                if let EventKind::RunEnded { failure } = &event.kind {
                    let code = failure.as_ref().map(|failure| failure.code.clone());
                    let _ = send.send(code);
                }
            })
        };
        let forever = observed(RunOptions::default().workflow("forever"));
        let run = engine.run_async(&program, forever);
        assert!(tokio::time::timeout(Duration::from_millis(30), run).await.is_err());
        let code = ended.recv_timeout(Duration::from_secs(20)).expect("it ends");
        assert_eq!(code.as_deref(), Some("Cancelled"));
        drop(engine.start(&program, observed(sleeps(30))).expect("it starts"));
        assert_eq!(ended.recv_timeout(Duration::from_secs(20)), Ok(None));
    });
}

#[test]
fn a_run_is_cancelled_from_elsewhere_and_cleans_up() {
    for serial in [false, true] {
        let heard = Arc::new(AtomicUsize::new(0));
        let hears = heard.clone();
        let builder = Engine::builder().observer(move |event| {
            if matches!(&event.kind, EventKind::Logged { message, .. } if message == "cleaned up") {
                hears.fetch_add(1, Ordering::SeqCst);
            }
        });
        let builder = if serial { builder.serial(1) } else { builder.workers(1) };
        let engine = builder.build().expect("an engine");
        let program = compiled(&engine, SLEEPS);
        let forever = RunOptions::default().workflow("forever");
        let running = engine.start(&program, forever).expect("it starts");
        let canceller = running.canceller();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            canceller.cancel();
        });
        let report = running.wait();
        thread.join().expect("no panic");
        assert_eq!(report.status, Status::Cancelled, "serial: {serial}");
        assert_eq!(report.error["code"], "Cancelled");
        assert_eq!(heard.load(Ordering::SeqCst), 1, "serial: {serial}");
        // One that has ended stays as it is.
        running.cancel();
        assert_eq!(running.wait().status, Status::Cancelled);
    }
}

#[test]
fn an_engine_may_be_dropped_with_runs_open() {
    for serial in [false, true] {
        let builder = Engine::builder();
        let builder = if serial { builder.serial(1) } else { builder.workers(2) };
        let engine = builder.build().expect("an engine");
        let program = compiled(&engine, SLEEPS);
        let forever = || RunOptions::default().workflow("forever");
        let runs: Vec<_> =
            (0..3).map(|_| engine.start(&program, forever()).expect("it starts")).collect();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move { drop(engine) });
        for run in &runs {
            assert_eq!(run.wait().status, Status::Cancelled, "serial: {serial}");
        }
    }
}

#[test]
fn limits_of_one_run() {
    let engine = engine();
    let program = compiled(
        &engine,
        "workflow w { trigger function() return sum(range(0, 100000) | map(x => x * 2)) }",
    );
    let limits = Limits { instructions: 1_000, ..Limits::default() };
    let report = engine.run(&program, RunOptions::default().limits(limits)).expect("it starts");
    assert_eq!(report.diagnostic().map(|told| told.code.id), Some("WF0705"));
    let report = engine.run(&program, RunOptions::default()).expect("it starts");
    assert_eq!(report.result, json!(9_999_900_000_i64));
}

#[test]
fn observers_are_all_told() {
    let counts: Vec<_> = (0..3).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let count = |place: usize| {
        let count = counts[place].clone();
        move |_: &wf_engine::Event| {
            count.fetch_add(1, Ordering::SeqCst);
        }
    };
    let engine = Engine::builder().serial(1).observer(count(0)).observer(count(1));
    let engine = engine.build().expect("an engine");
    let program = compiled(&engine, SLEEPS);
    engine.run(&program, sleeps(1).observer(count(2))).expect("it starts");
    let seen: Vec<_> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
    assert!(seen[0] > 3 && seen[0] == seen[1] && seen[1] == seen[2], "{seen:?}");
    engine.run(&program, sleeps(1)).expect("it starts");
    assert_eq!(counts[2].load(Ordering::SeqCst), seen[2]);
}

#[test]
fn a_built_program_is_loaded_where_its_nodes_are() {
    #[derive(Data)]
    struct One {
        #[wf(default = "1")]
        one: i64,
    }
    #[derive(Data)]
    struct Two {
        one: i64,
        two: i64,
    }
    let first = Engine::builder().workers(1).sync_node("my.node", |_: One| Ok::<_, NodeError>(()));
    let first = first.build().expect("an engine");
    let program = compiled(
        &first,
        "workflow w { trigger function() step a = my.node { one: 2 } return steps.a.output.success }",
    );
    let bytes = write_program(&program);
    let loaded = first.load(&bytes).expect("it is a program");
    assert_eq!(first.run(&loaded, RunOptions::default()).expect("it starts").result, json!(true));
    assert!(
        matches!(engine().load(&bytes), Err(ProgramError::Missing(names)) if names == ["my.node"])
    );
    let second = Engine::builder().sync_node("my.node", |input: Two| {
        let _sum = input.one + input.two;
        Ok::<_, NodeError>(())
    });
    let second = second.build().expect("an engine");
    let error = second.load(&bytes).expect_err("its node is another one");
    assert!(error.to_string().contains("the node `my.node` has changed"), "{error}");
    let _never_run = |one: One| one.one;
    assert!(matches!(first.load(&bytes[..40]), Err(ProgramError::File(_))));
}

#[test]
fn results_and_stores_become_rust_values() {
    #[derive(Data, Debug, PartialEq)]
    struct Line {
        name: String,
        price: wf_engine::Decimal,
        at: Option<chrono::DateTime<chrono::Utc>>,
    }
    #[derive(Data)]
    struct Arguments {
        lines: Vec<Line>,
    }
    let engine = engine();
    let program = compiled(
        &engine,
        r#"
        workflow w {
          trigger function(lines: list<{ name: string, price: decimal, at: instant? }>)
          step done = log.info { message: "x" }
          return trigger.arguments.lines
        }"#,
    );
    let lines = || {
        let at = chrono::DateTime::from_timestamp_micros(1_700_000_000_000_001);
        let price = "0.5".parse().expect("a decimal");
        vec![Line { name: "a".into(), price, at }, Line { name: "b".into(), price, at: None }]
    };
    let options = RunOptions::default().arguments(&Arguments { lines: lines() });
    let report = engine.run(&program, options.expect("it has a text")).expect("it starts");
    assert_eq!(report.result_as::<Vec<Line>>(), Ok(lines()));
    assert_eq!(report.read_as::<bool>("steps.done.output.success").ok(), Some(true));
    assert_eq!(report.read_as::<Line>("trigger.arguments.lines[1]").ok(), lines().pop());
    let wrong = report.read_as::<i64>("steps.done.status").expect_err("it is a text");
    assert_eq!(wrong.to_string(), "`$` should be an int, but is a string");
    assert!(report.result_as::<i64>().is_err());
}
