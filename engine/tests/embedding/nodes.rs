//! Nodes as Rust functions: inputs, outputs, failures, panics, timeouts, cancellation.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use wf_engine::{
    Context, Data, Engine, EngineBuilder, EventKind, NodeError, RunOptions, RunReport, Secret,
    Status,
};

use crate::compiled;

/// Finds somebody.
///
/// Codes: `"NotFound"`, `"Busy"`.
#[derive(Data)]
struct Find {
    /// Who it is.
    name: String,
    /// How often it is looked.
    #[wf(default = "1")]
    times: u8,
}

/// Somebody.
#[derive(Data)]
struct Person {
    name: String,
    score: Option<i64>,
    friends: Vec<Friend>,
    mood: Mood,
}

#[derive(Data)]
struct Friend {
    name: String,
}

#[derive(Data)]
enum Mood {
    Good,
    Bad,
}

async fn find(input: Find) -> Result<Person, NodeError> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    match input.name.as_str() {
        "Ada" => Ok(Person {
            name: "Ada".into(),
            score: Some(i64::from(input.times)),
            friends: vec![Friend { name: "Bob".into() }],
            mood: Mood::Good,
        }),
        "Eve" => Ok(Person { name: "Eve".into(), score: None, friends: vec![], mood: Mood::Bad }),
        other => {
            let details = json!({ "asked": other });
            Err(NodeError::new("NotFound", format!("nobody is called {other}")).details(details))
        }
    }
}

fn builder() -> EngineBuilder {
    Engine::builder().workers(2).node("people.find", find)
}

fn run(engine: &Engine, text: &str) -> RunReport {
    engine.run(&compiled(engine, text), RunOptions::default()).expect("it starts")
}

#[test]
fn an_async_function_is_a_node() {
    let engine = builder().build().expect("an engine");
    let report = run(
        &engine,
        r#"
        workflow w {
          trigger function()
          step a = people.find { name: "Ada", times: 3 }
          step e = people.find { name: "Eve" }
          let friend: Friend? = steps.a.output.friends[0]
          let mood = if steps.e.output.mood == "Bad" { "bad" } else { "good" }
          return { ada: steps.a.output.score ?? 0, friend: friend?.name, mood: mood, eve: steps.e.output.score }
        }"#,
    );
    assert_eq!(report.result, json!({ "ada": 3, "friend": "Bob", "mood": "bad", "eve": null }));
}

#[test]
fn the_compiler_knows_its_types_and_codes() {
    let engine = builder().build().expect("an engine");
    let told = |text: &str| {
        let files = wf_engine::MemoryFiles::from([("main.wf", text)]);
        let error = engine.compile(&["main.wf"], &files).into_program().expect_err("it is wrong");
        error.to_string()
    };
    let text = told(
        "workflow w {\n trigger function()\n step a = people.find { name: 7 }\n return steps.a.output.nam\n}",
    );
    assert!(text.contains("WF0") && text.contains("did you mean `name`?"), "{text}");
    let text = told(
        "workflow w {\n trigger function()\n step a = people.find { name: \"\" } with { retry: { attempts: 2, on: [\"NotFond\"] } }\n}",
    );
    assert!(text.contains("did you mean `NotFound`?"), "{text}");
}

#[test]
fn a_program_may_have_types_of_its_own_by_the_same_names() {
    let engine = builder().build().expect("an engine");
    let report = run(
        &engine,
        r#"
        type Friend = { since: int }
        entity Person { size: int }
        workflow w {
          trigger function()
          step a = people.find { name: "Ada" }
          let f: Friend = { since: 7 }
          return [steps.a.output.friends[0]?.name ?? "", "{{ f.since }}"]
        }"#,
    );
    assert_eq!(report.result, json!(["Bob", "7"]));
}

#[test]
fn a_failure_has_code_and_details() {
    let engine = builder().build().expect("an engine");
    let report = run(
        &engine,
        r#"
        workflow w {
          trigger function()
          try { step a = people.find { name: "Zoe" } } catch err {
            return { code: err.code, message: err.message, asked: err.details["asked"] }
          }
        }"#,
    );
    let expected = json!({ "code": "NotFound", "message": "nobody is called Zoe", "asked": "Zoe" });
    assert_eq!(report.result, expected);
}

#[test]
fn an_int_that_does_not_fit_in_rust_fails_the_step() {
    let engine = builder().build().expect("an engine");
    let report = run(
        &engine,
        r#"workflow w { trigger function() step a = people.find { name: "Ada", times: 256 } }"#,
    );
    let told = report.diagnostic().expect("it failed").message.clone();
    assert!(
        told.contains("`$.times` should be an int from 0 to 255, but is the int 256"),
        "{told}"
    );
    assert_eq!(report.error["code"], "InvalidInput");
}

#[derive(Data)]
struct Nothing {}

#[derive(Data)]
struct Number {
    number: u64,
}

#[test]
fn errors_of_rust_become_failures() {
    let engine = Engine::builder()
        .workers(1)
        .node("a.parse", async |_: Nothing| -> Result<Number, NodeError> {
            Ok(Number { number: "x".parse()? })
        })
        .node("a.io", async |_: Nothing| std::fs::read("/no/such").map(|_| Number { number: 1 }))
        .node("a.large", async |_: Nothing| Ok::<_, NodeError>(Number { number: u64::MAX }))
        .build()
        .expect("an engine");
    let failed = |node: &str| {
        let text = format!("workflow w {{ trigger function() step a = {node} {{ }} }}");
        let report = run(&engine, &text);
        format!("{}: {}", report.error["code"], report.error["message"])
    };
    assert_eq!(failed("a.parse"), r#""Failed": "invalid digit found in string""#);
    assert!(failed("a.io").contains("No such file"));
    assert!(failed("a.large").contains("`$.number` should be an int of 64 bits"));
}

#[test]
fn a_panic_fails_its_step_and_nothing_else() {
    let panics = |_: Nothing| -> Result<(), NodeError> { panic!("by {}", "accident") };
    let engine = builder()
        .node("p.async", async |_: Nothing| -> Result<(), NodeError> {
            tokio::task::yield_now().await;
            panic!("on purpose")
        })
        .blocking_node("p.blocking", panics)
        .sync_node("p.sync", panics)
        .build()
        .expect("an engine");
    let report = run(
        &engine,
        r#"
        workflow w {
          trigger function()
          step a = try p.async { }
          step b = try p.blocking { }
          step c = try p.sync { }
          step d = people.find { name: "Ada" }
          return [steps.a.error?.message, steps.b.error?.message, steps.c.error?.code, steps.d.output.name]
        }"#,
    );
    let expected =
        json!(["the node panicked: on purpose", "the node panicked: by accident", "Panic", "Ada"]);
    assert_eq!(report.result, expected);
}

/// Says when it is dropped.
struct Dropped(mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send(());
    }
}

#[test]
fn a_timeout_drops_the_future() {
    let (send, receive) = mpsc::channel();
    let send = Mutex::new(send);
    let engine = Engine::builder()
        .workers(1)
        .node("slow.call", move |_: Nothing, context: Context| {
            let guard = Dropped(send.lock().expect("no panic").clone());
            async move {
                assert_eq!(context.timeout(), Some(Duration::from_millis(20)));
                tokio::time::sleep(Duration::from_secs(600)).await;
                drop(guard);
                Ok::<_, NodeError>(())
            }
        })
        .build()
        .expect("an engine");
    let report = run(
        &engine,
        "workflow w { trigger function() step a = slow.call { } with { timeout: 20ms } }",
    );
    assert_eq!(report.error["code"], "timeout");
    receive.recv_timeout(Duration::from_secs(20)).expect("it is dropped");
}

#[test]
fn what_blocks_has_a_thread_and_sees_that_it_was_given_up() {
    let seen = Arc::new(AtomicBool::new(false));
    let (node_seen, (begun, began)) = (seen.clone(), mpsc::channel());
    let begun = Mutex::new(begun);
    let engine = Engine::builder()
        .workers(1)
        .blocking_node("disk.scan", move |_: Nothing, context: Context| -> Result<(), NodeError> {
            let _ = begun.lock().expect("no panic").send(thread::current().id());
            let until = Instant::now() + Duration::from_secs(60);
            while !context.is_cancelled() && Instant::now() < until {
                thread::sleep(Duration::from_millis(1));
            }
            node_seen.store(context.is_cancelled(), Ordering::SeqCst);
            Ok(())
        })
        .build()
        .expect("an engine");
    let program = compiled(
        &engine,
        r#"
        workflow scan { trigger function() step a = disk.scan { } }
        workflow quick { trigger function() return 7 }"#,
    );
    let running =
        engine.start(&program, RunOptions::default().workflow("scan")).expect("it starts");
    let thread = began.recv_timeout(Duration::from_secs(20)).expect("it begins");
    assert_ne!(thread, thread::current().id());
    // The one worker is free meanwhile.
    let quick = engine.run(&program, RunOptions::default().workflow("quick")).expect("it starts");
    assert_eq!(quick.result, json!(7));
    assert!(!running.has_ended());
    running.cancel();
    assert_eq!(running.wait().status, Status::Cancelled);
    let until = Instant::now() + Duration::from_secs(20);
    while !seen.load(Ordering::SeqCst) {
        assert!(Instant::now() < until, "the thread was not told");
        thread::sleep(Duration::from_millis(1));
    }
}

#[derive(Data)]
struct Attempt {
    attempt: u32,
    key: uuid::Uuid,
    step: String,
    workflow: String,
}

#[test]
fn attempts_share_a_key_and_logs_name_their_step() {
    let engine = Engine::builder()
        .workers(2)
        .node("flaky.call", async |_: Nothing, context: Context| {
            context.info(format!("attempt {}", context.attempt()));
            tokio::task::yield_now().await;
            if context.attempt() < 3 {
                let busy = NodeError::new("Busy", "try again").transient();
                return Err(busy.retry_after(Duration::from_millis(1)));
            }
            Ok(Attempt {
                attempt: context.attempt(),
                key: context.key(),
                step: context.step().to_owned(),
                workflow: context.workflow().to_owned(),
            })
        })
        .build()
        .expect("an engine");
    let program = compiled(
        &engine,
        r#"
        workflow w {
          trigger function()
          for x in [1, 2] as l parallel {
            step a = flaky.call { } with { retry: { attempts: 3, backoff: 1ms } }
            yield steps.a.output.key
          }
          step b = flaky.call { } with { retry: { attempts: 3, backoff: 1ms } }
          let o = steps.b.output
          return { attempt: o.attempt, step: o.step, workflow: o.workflow, key: o.key, keys: steps.l.output.results }
        }"#,
    );
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (hears, names) = (heard.clone(), program.clone());
    let options = RunOptions::default().observer(move |event| {
        if let EventKind::Logged { level, message, .. } = &event.kind {
            let step = event.step_name(&names).unwrap_or_default();
            let index = event.loops.first().map(|place| place.index);
            hears.lock().expect("no panic").push(format!("{level} {step} {index:?} {message}"));
        }
    });
    let report = engine.run(&program, options).expect("it starts");
    assert_eq!(report.result["attempt"], 3);
    assert_eq!((&report.result["step"], &report.result["workflow"]), (&json!("b"), &json!("w")));
    let keys = &report.result["keys"];
    assert!(keys[0] != keys[1] && keys[0] != report.result["key"]);
    let mut heard = heard.lock().expect("no panic").clone();
    heard.sort();
    assert_eq!(heard.len(), 9, "{heard:?}");
    assert_eq!(heard[0], "info a Some(0) attempt 1");
    assert_eq!(heard[8], "info b None attempt 3");
}

#[derive(Data)]
struct Signed {
    token: Secret,
}

#[test]
fn a_secret_arrives_and_is_masked_in_what_is_told() {
    let engine = Engine::builder()
        .workers(1)
        .node("svc.login", async |input: Signed| -> Result<(), NodeError> {
            assert_eq!(input.token.expose(), "tok-12345");
            Err(NodeError::new("Denied", format!("`{}` is not known", input.token.expose())))
        })
        .build()
        .expect("an engine");
    let program = compiled(
        &engine,
        "config { token: secret }\nworkflow w { trigger function() step a = svc.login { token: config.token } }",
    );
    let config = Signed { token: Secret::new("tok-12345") };
    let options = RunOptions::default().config(&config).expect("it has a text");
    let report = engine.run(&program, options).expect("it starts");
    assert_eq!(report.error["message"], "`***` is not known");
}

#[test]
fn calls_run_at_the_same_time() {
    let (under_way, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (now, peak) = (under_way, most.clone());
    let engine = Engine::builder()
        .workers(1)
        .node("slow.call", move |_: Nothing| {
            let (now, peak) = (now.clone(), peak.clone());
            async move {
                let count = now.fetch_add(1, Ordering::SeqCst) + 1;
                peak.fetch_max(count, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, NodeError>(())
            }
        })
        .build()
        .expect("an engine");
    run(
        &engine,
        "workflow w { trigger function() for x in range(0, 100) as l parallel { step a = slow.call { } } }",
    );
    assert!(most.load(Ordering::SeqCst) > 50, "{most:?}");
}

#[test]
fn wrong_signatures_are_told() {
    let build = |name: &str| {
        let built = Engine::builder().sync_node(name, |_: Nothing| Ok::<_, NodeError>(()));
        built.build().map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(build("fine.node"), Ok(()));
    for name in ["", "1x", "a b", "a { } node b", "http.get"] {
        assert!(build(name).is_err(), "{name:?}");
    }
}
