//! Steps: answers, the border, retries, timeouts, nodes that misbehave, calls of workflows.

use std::sync::atomic::Ordering;

use wf_bytecode::{Const, Op, RunField, ShapeIdx, StepField, StepKind};
use wf_vm::{EventKind, FailureKind, Machine, RunRequest, Status, Value};

use crate::asm::{Asm, POLICY, RETRY, S, V, arguments, call, code, place_of};
use crate::host::{host, observed, run, shown};

/// A workflow with one step on its argument; the policy is the value given.
fn one_step(node: &str, tried: bool, argument: Value, policy: Option<Value>) -> RunRequest {
    let mut asm = Asm::new();
    let step = asm.step("only", node, tried);
    let field = if tried { StepField::Error } else { StepField::Output };
    let body = [
        vec![Op::Config { dst: V(9), index: 0 }],
        arguments(V(0)),
        call(step, V(0), Some(V(9)), V(1), V(4)),
        vec![Op::StepField { dst: V(1), src: V(2), field }, Op::Return { src: V(1) }],
    ];
    let mut body = code(body);
    if tried {
        body.retain(|op| !matches!(op, Op::Field { dst: V(1), .. }));
    }
    asm.workflow(body, &[]);
    let mut request = asm.request(argument);
    request.config.push(policy.unwrap_or_default());
    request
}

fn retry(attempts: i64, on: &[&str]) -> Value {
    let on = match on {
        [] => Value::Missing,
        codes => Value::list(codes.iter().map(Value::string).collect()),
    };
    let backoff = Value::Duration(100);
    let retry = vec![Value::Int(attempts), backoff, Value::Missing, Value::Missing, on];
    let retry = Value::record(ShapeIdx(RETRY), retry);
    Value::record(ShapeIdx(POLICY), vec![Value::Missing, Value::Null, retry])
}

fn timeout(micros: i64) -> Value {
    let policy = vec![Value::Duration(micros), Value::Missing, Value::Missing];
    Value::record(ShapeIdx(POLICY), policy)
}

#[test]
fn a_step_gives_its_output_and_is_kept() {
    let result = run(one_step("echo", false, Value::Int(5), None));
    let Value::Record(output) = result.outcome.as_ref().unwrap() else { panic!("no record") };
    assert_eq!(output.fields()[0].as_int(), Some(5));
    let kept = result.store.step(0).unwrap();
    assert_eq!((kept.status, kept.attempts), (Status::Complete, 1));
}

#[test]
fn a_node_may_keep_its_input() {
    let mut asm = Asm::new();
    let steps = ["one", "two", "three"].map(|name| asm.step(name, "keeps", false));
    let body = code([
        arguments(V(0)),
        call(steps[0], V(0), None, V(1), V(7)),
        call(steps[1], V(1), None, V(3), V(7)),
        call(steps[2], V(0), None, V(5), V(7)),
        vec![Op::Return { src: V(3) }],
    ]);
    asm.workflow(body, &[]);
    let result = run(asm.request(Value::Int(5)));
    let inner = |value: &Value| match value {
        Value::Record(record) => record.fields()[0].clone(),
        other => panic!("{other:?} is no record"),
    };
    let second = result.outcome.unwrap();
    assert_eq!(inner(&inner(&second)).as_int(), Some(5));
}

#[test]
fn a_step_that_waits_takes_its_time() {
    let result = run(one_step("delay", false, Value::Int(2_500), None));
    assert_eq!(result.store.step(0).unwrap().duration, 2_500);
    assert!(result.outcome.is_ok());
}

#[test]
fn json_is_decoded_and_what_does_not_fit_fails_without_a_retry() {
    let good = Value::string(r#"{"value": [1, 2.5], "success": true, "more": {}}"#);
    let result = run(one_step("text", false, good, None));
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    let (host, log) = host();
    let wrong = Value::string(r#"{"value": 1, "success": "yes"}"#);
    let request = one_step("text", false, wrong, Some(retry(5, &["Decode", "5xx"])));
    let failure = Machine::new(host, 1).run(request).outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Decode);
    assert!(failure.message.contains("$.success"), "{}", failure.message);
    assert_eq!((failure.step.as_deref(), failure.attempts), (Some("only"), 1));
    assert_eq!(failure.span, Some(place_of(0, 6)));
    assert_eq!(log.calls.load(Ordering::SeqCst), 1);
}

#[test]
fn an_output_that_says_it_did_not_succeed_fails_the_step() {
    let failed = Value::string(r#"{"value": 1, "success": false}"#);
    let failure = run(one_step("text", false, failed, None)).outcome.unwrap_err();
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Node, "Failed"));
}

#[test]
fn transient_failures_are_retried_with_growing_waits_and_one_key() {
    let (host, log) = host();
    let request = one_step("flaky", false, Value::Int(3), Some(retry(3, &[])));
    let result = Machine::new(host, 1).run(request);
    assert!(result.outcome.is_ok(), "{:?}", result.outcome);
    let kept = result.store.step(0).unwrap();
    // Two failures after 1 µs each, waits of 100 and 200 µs.
    assert_eq!((kept.attempts, kept.duration), (3, 302));
    let keys = log.keys.lock().unwrap();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == kept.node_id()));
}

#[test]
fn retries_end_and_follow_the_codes_that_are_named() {
    let attempts = |policy| {
        let request = one_step("flaky", false, Value::Int(9), policy);
        run(request).outcome.unwrap_err().attempts
    };
    assert_eq!(attempts(None), 1);
    assert_eq!(attempts(Some(retry(4, &[]))), 4);
    assert_eq!(attempts(Some(retry(4, &["503"]))), 4);
    assert_eq!(attempts(Some(retry(4, &["5xx"]))), 4);
    assert_eq!(attempts(Some(retry(4, &["timeout", "429"]))), 1);
}

#[test]
fn retries_are_told_to_observers() {
    let (host, events) = observed();
    let request = one_step("flaky", false, Value::Int(2), Some(retry(2, &[])));
    drop(Machine::new(host, 1).run(request));
    let told: Vec<String> = events
        .try_iter()
        .map(|event| match event.kind {
            EventKind::RunStarted { workflow } => format!("run {workflow}"),
            EventKind::StepStarted { step, .. } => format!("start {step}"),
            EventKind::StepRetried { step, attempts, wait, failure } => {
                format!("retry {step} after {attempts}, {wait}: {}", failure.code)
            }
            EventKind::StepCompleted { step, duration } => format!("done {step} {duration}"),
            EventKind::StepWaits { step } => format!("wait {step}"),
            EventKind::StepResumed { step } => format!("resume {step}"),
            EventKind::Worked { since, .. } => format!("worked {}", event.clock >= since),
            EventKind::Returned { .. } => "returned".into(),
            EventKind::RunEnded { failure } => format!("end {}", failure.is_some()),
            other => format!("{other:?}"),
        })
        .collect();
    let expected = [
        "run w0",
        "start 0",
        "wait 0",
        "worked true",
        "resume 0",
        "retry 0 after 1, 100: Http503",
        "wait 0",
        "worked true",
        "resume 0",
        "done 0 101",
        "worked true",
        "returned",
        "end false",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_node_that_never_answers_is_given_up() {
    let (host, log) = host();
    let request = one_step("hang", false, Value::Null, Some(timeout(5_000)));
    let failure = Machine::new(host, 1).run(request).outcome.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.kind), ("timeout", FailureKind::Node));
    assert!(failure.message.contains("5ms"), "{}", failure.message);
    assert_eq!(log.cancelled.load(Ordering::SeqCst), 1);
}

#[test]
fn an_answer_after_the_timeout_is_ignored() {
    let Value::Record(policy) = retry(2, &[]) else { panic!("no policy") };
    let fields = vec![Value::Duration(5_000), Value::Null, policy.fields()[2].clone()];
    let policy = Value::record(ShapeIdx(POLICY), fields);
    let result = run(one_step("late", false, Value::Int(7), Some(policy)));
    let Value::Record(output) = result.outcome.as_ref().unwrap() else { panic!("no record") };
    assert_eq!(output.fields()[0].as_int(), Some(7));
    assert_eq!(result.store.step(0).unwrap().attempts, 2);
    let in_time = run(one_step("delay", false, Value::Int(20_000), Some(timeout(100_000))));
    assert!(in_time.outcome.is_ok());
}

#[test]
fn a_node_that_panics_or_forgets_its_answer_fails_its_step_only() {
    let failure = run(one_step("panics", false, Value::Null, None)).outcome.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.kind), ("Panic", FailureKind::Node));
    assert!(failure.message.contains("this node always panics"));
    let failure = run(one_step("forgets", false, Value::Null, None)).outcome.unwrap_err();
    assert_eq!(failure.code, "NoAnswer");
    let tried = run(one_step("panics", true, Value::Null, None));
    let Value::Record(error) = tried.outcome.unwrap() else { panic!("no record") };
    assert_eq!(error.fields()[0].as_str(), Some("Panic"));
    assert_eq!(tried.store.step(0).unwrap().status, Status::Failed);
}

#[test]
fn keys_tell_runs_steps_and_iterations_apart() {
    let keys = |id: u128| {
        let mut asm = Asm::new();
        let looped = asm.named("l", StepKind::While);
        let (a, b) = (asm.step("a", "echo", false), asm.step("b", "echo", false));
        let head = vec![
            Op::ConstInt { dst: S(0), value: 0 },
            Op::ConstInt { dst: S(1), value: 10 },
            Op::LoopIndex { depth: 0, step: looped, index: S(0) },
        ];
        let tail = vec![
            Op::AddIntImm { dst: S(0), a: S(0), imm: 1 },
            Op::LtInt { dst: S(2), a: S(0), b: S(1) },
            Op::JumpIf { cond: S(2), to: 2 },
            Op::LoopEnd { depth: 0 },
        ];
        let steps = code([call(a, V(0), None, V(1), V(4)), call(b, V(0), None, V(1), V(4))]);
        let end = code([call(a, V(0), None, V(1), V(4)), vec![Op::Return { src: V(0) }]]);
        asm.workflow(code([head, steps, tail, end]), &[]);
        let mut request = asm.request(Value::Null);
        request.id = uuid::Uuid::from_u128(id);
        let (host, log) = host();
        assert!(Machine::new(host, 1).run(request).outcome.is_ok());
        let places = std::mem::take(&mut *log.places.lock().unwrap());
        (std::mem::take(&mut *log.keys.lock().unwrap()), places)
    };
    let ((first, places), (second, again)) = (keys(1), keys(2));
    // Places are the same in every run, and as many.
    assert_eq!(places, again);
    assert_eq!(places.iter().collect::<std::collections::BTreeSet<_>>().len(), 21);
    let mut all = [first, second].concat();
    assert_eq!(all.len(), 42);
    assert_eq!(keys(1).0, all[..21]);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 42);
}

#[test]
fn a_workflow_runs_as_a_step() {
    let mut asm = Asm::new();
    let step = asm.named("sub", StepKind::Call { workflow: 1, tried: false });
    let inner = asm.step("inner", "delay", false);
    asm.program.steps[usize::from(inner)].workflow = 1;
    asm.program.steps[usize::from(inner)].slot = None;
    let input = code([arguments(V(0)), vec![Op::Null { dst: V(1) }]]);
    let body = vec![
        Op::Step { step, dst: V(2), first: V(0) },
        Op::StepField { dst: V(3), src: V(2), field: StepField::Output },
        Op::Return { src: V(3) },
    ];
    asm.workflow(code([input, body]), &[]);
    let argument = vec![Op::Field { dst: V(0), src: V(0), slot: 0 }];
    let end = vec![
        Op::Run { dst: V(5), field: RunField::Workflow },
        Op::MakeList { dst: V(1), first: V(4), count: 2 },
        Op::Return { src: V(1) },
    ];
    let own = call(inner, V(0), None, V(4), V(8));
    asm.workflow(code([arguments(V(0)), argument, own, end]), &[]);
    let default = asm.function(
        wf_bytecode::FunctionKind::Closure { params: 0, captures: 0 },
        vec![
            Op::ConstInt { dst: S(0), value: 77 },
            Op::BoxInt { dst: V(0), src: S(0) },
            Op::Return { src: V(0) },
        ],
    );
    let argument = wf_bytecode::TriggerArgument {
        name: "n".into(),
        ty: wf_bytecode::TypeIdx(0),
        default: Some(default),
    };
    asm.program.workflows[1].triggers[0].kind =
        wf_bytecode::TriggerKind::Function { arguments: vec![argument] };
    let program = asm.program.clone();
    let given = |value| Value::record(ShapeIdx(crate::asm::INPUT), vec![value]);
    let result = run(asm.request(given(Value::Int(30))));
    assert_eq!(
        shown(&result),
        "Ok; []".replace("Ok", &format!("{:?}", result.outcome.as_ref().unwrap()))
    );
    let list = |result: wf_vm::RunResult| format!("{:?}", result.outcome.unwrap());
    assert!(list(result).contains("Int(30)"));
    let left_out = run(Asm { program: program.clone() }.request(given(Value::Missing)));
    assert!(list(left_out).contains("Int(77)"));
    // Its failure is the step's, and says which workflow it was.
    let mut broken = Asm { program };
    let message = broken.constant(Const::String("no luck".into()));
    let body = vec![Op::Const { dst: V(0), index: message }, Op::Fail { src: V(0) }];
    let function = broken.program.workflows[1].function;
    broken.at(function).code = body;
    let failure = run(broken.request(given(Value::Int(1)))).outcome.unwrap_err();
    assert_eq!(failure.message, "workflow `w1` failed: no luck");
    assert_eq!((failure.step.as_deref(), failure.span), (Some("sub"), Some(place_of(0, 3))));
}

#[test]
fn a_workflow_that_calls_itself_is_too_deep() {
    let mut asm = Asm::new();
    let step = asm.named("again", StepKind::Call { workflow: 0, tried: false });
    let body = vec![
        Op::Null { dst: V(1) },
        Op::Step { step, dst: V(2), first: V(0) },
        Op::Return { src: V(2) },
    ];
    asm.workflow(code([arguments(V(0)), body]), &[]);
    let argument = wf_bytecode::TriggerArgument {
        name: "n".into(),
        ty: wf_bytecode::TypeIdx(0),
        default: None,
    };
    asm.program.workflows[0].triggers[0].kind =
        wf_bytecode::TriggerKind::Function { arguments: vec![argument] };
    let input = Value::record(ShapeIdx(crate::asm::INPUT), vec![Value::Null]);
    let failure = run(asm.request(input)).outcome.unwrap_err();
    assert_eq!(failure.code, "TooDeep");
}

#[test]
fn a_node_calls_the_lambda_that_it_is_given() {
    // The lambda adds what it captured; `times` is the number of its additions.
    let lambda = |body: Vec<Op>| {
        let mut asm = Asm::new();
        let step = asm.step("s", "lambda", false);
        let kind = wf_bytecode::FunctionKind::Closure { params: 1, captures: 1 };
        let function = asm.function(kind, body);
        let make = vec![Op::MakeClosure { dst: V(0), function, first: V(0) }];
        let end = vec![Op::Return { src: V(1) }];
        asm.workflow(code([arguments(V(0)), make, call(step, V(0), None, V(1), V(4)), end]), &[]);
        asm
    };
    let add = vec![
        Op::UnboxInt { dst: S(0), src: V(0) },
        Op::UnboxInt { dst: S(1), src: V(1) },
        Op::AddInt { dst: S(0), a: S(0), b: S(1) },
        Op::BoxInt { dst: V(0), src: S(0) },
        Op::Return { src: V(0) },
    ];
    let result = run(lambda(add.clone()).request(Value::Int(1)));
    assert_eq!(result.outcome.unwrap().as_int(), Some(42));
    let failure = run(lambda(add).request(Value::Int(i64::MAX))).outcome.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.step.as_deref()), ("Overflow", Some("s")));
    // A limit of the run stays one, whatever the node makes of it.
    let mut endless = lambda(vec![Op::Jump { to: 0 }]).request(Value::Int(1));
    endless.limits.instructions = 100_000;
    assert_eq!(run(endless).outcome.unwrap_err().kind, FailureKind::Limit);
}

#[test]
fn named_blocks_are_steps() {
    let block = |node: &str, argument: i64| {
        let mut asm = Asm::new();
        let named = asm.named("check", StepKind::If);
        let step = asm.step("s", node, false);
        let begin = vec![Op::BeginStep { step: named, start: S(3) }];
        let end = vec![
            Op::EndStep { step: named, start: S(3), value: V(1) },
            Op::StepField { dst: V(1), src: V(1), field: StepField::DurationMs },
            Op::Return { src: V(1) },
        ];
        let body = call(step, V(0), None, V(1), V(4));
        asm.workflow(code([arguments(V(0)), begin, body, end]), &[]);
        let (host, events) = observed();
        let result = Machine::new(host, 1).run(asm.request(Value::Int(argument)));
        let told = events.try_iter().filter_map(|event| match event.kind {
            EventKind::StepCompleted { step, .. } => Some(format!("done {step}")),
            EventKind::StepFailed { step, .. } => Some(format!("failed {step}")),
            _ => None,
        });
        (result, told.collect::<Vec<_>>())
    };
    let (result, told) = block("delay", 7_000);
    assert_eq!(result.outcome.unwrap().as_int(), Some(7));
    assert_eq!(
        (result.store.step(0).unwrap().duration, told),
        (7_000, vec!["done 1".into(), "done 0".into()])
    );
    let (result, told) = block("picky", -1);
    assert_eq!(told, ["failed 1", "failed 0"]);
    let kept = result.store.step(0).unwrap();
    assert_eq!(
        (kept.status, kept.error.as_ref().unwrap().code.as_str()),
        (Status::Failed, "Picky")
    );
}

#[test]
fn a_loop_says_how_many_items_it_has() {
    let exclusive = [(2, 7, 5), (0, 0, 0), (7, 2, 0)].map(|case| (false, case));
    let inclusive = [(2, 7, 6), (0, 0, 1), (7, 2, 0), (i32::MIN, i32::MAX, 1 << 32)];
    let inclusive = inclusive.map(|case| (true, case));
    for (inclusive, (start, end, items)) in exclusive.into_iter().chain(inclusive) {
        let mut asm = Asm::new();
        let named = asm.named("all", StepKind::For);
        let body = vec![
            Op::ConstInt { dst: S(3), value: start },
            Op::ConstInt { dst: S(0), value: end },
            Op::BeginLoop { inclusive, step: named, start: S(3), end: S(0) },
            Op::Null { dst: V(1) },
            Op::EndStep { step: named, start: S(3), value: V(1) },
            Op::Null { dst: V(1) },
            Op::Return { src: V(1) },
        ];
        asm.workflow(code([body]), &[]);
        let (host, events) = observed();
        let result = Machine::new(host, 1).run(asm.request(Value::Int(0)));
        assert!(result.outcome.is_ok());
        let told = events.try_iter().find_map(|event| match event.kind {
            EventKind::StepStarted { items, .. } => Some(items),
            _ => None,
        });
        assert_eq!(told, Some(Some(items)));
    }
}
