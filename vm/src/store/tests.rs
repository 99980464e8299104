//! Tests of the store, its snapshot and its paths.

use serde_json::json;
use smol_str::SmolStr;
use wf_bytecode::{Reg, S, TriggerInfo, TriggerKind, TypeDesc, TypeIdx, V, VariableInfo};
use wf_diagnostics::{FileId, Span};

use super::*;
use crate::FailureKind;
use crate::value::samples::Types;

const RUN: Uuid = Uuid::from_u128(0x17);

fn step(name: &str, kind: StepKind, slot: u16) -> StepInfo {
    StepInfo { name: name.into(), kind, span: span(), workflow: 0, slot: Some(slot) }
}

fn span() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn node(output: TypeIdx, tried: bool) -> StepKind {
    StepKind::Node { node: 0, type_args: vec![], input: output, output, tried }
}

/// A workflow with the steps `query`, `skipped`, `tried` and two variables.
fn store() -> DataStore {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let lead = types.record("Lead", &[("name", string), ("email?", string), ("-score", int)]);
    let leads = types.list(lead);
    let any = types.add(TypeDesc::Json);
    let output = types.record("", &[("entities", leads), ("more", any)]);
    let context = types.record("", &[("entity", lead)]);
    let names = ["code", "message", "step", "attempts", "statusCode", "details"];
    types.program.failure_shape = Some(types.shape(&names));
    let shape = |ty: TypeIdx| match &types.program.types[usize::from(ty.0)] {
        TypeDesc::Record { shape, .. } => *shape,
        _ => panic!("a record"),
    };
    let lead = |name| {
        let fields = vec![Value::string(name), Value::Missing, Value::Missing];
        Value::record(shape(lead), fields)
    };
    let more = Value::map([("a b", Value::Int(1)), ("x", Value::Null)]);
    let entities = Value::list(vec![lead("Ann"), lead("Bob")]);
    let query = Value::record(shape(output), vec![entities, more]);
    let trigger = Value::record(shape(context), vec![lead("Eve")]);

    let mut program = types.program;
    program.steps = vec![
        step("query", node(output, false), 0),
        step("skipped", node(output, false), 1),
        step("tried", node(output, true), 2),
    ];
    let variable = |name: &str, register| VariableInfo { name: SmolStr::from(name), register };
    let kind = TriggerKind::Function { arguments: vec![] };
    program.workflows = vec![WorkflowInfo {
        name: "w".into(),
        doc: "".into(),
        span: span(),
        function: 0,
        triggers: vec![TriggerInfo { name: "".into(), kind, context, span: span() }],
        result: any,
        steps: vec![0, 1, 2],
        variables: vec![variable("n", Reg::Int(S(0))), variable("hot", Reg::Value(V(0)))],
    }];
    let run = RunFacts { id: RUN, started_at: 5_000_000, attempt: 1, trigger: 0 };
    let store = DataStore::new(Arc::new(program), 0, run, trigger, vec![Value::Int(50)]);
    assert!(store.step(0).is_none());
    let mut failed = complete(2, Value::Null);
    failed.status = Status::Failed;
    failed.error = Some(Arc::new(Failure::new(FailureKind::Node, "timeout", "too slow")));
    let again = complete(0, Value::Int(1));
    let outputs = [(0, complete(0, query)), (2, failed), (0, again.clone()), (99, again)];
    store.set_steps(outputs.map(|(slot, output)| (slot, Arc::new(output))));
    store
}

const KEY: Key = Key::from([7, 8]);

fn complete(step: u16, output: Value) -> StepOutput {
    StepOutput {
        step,
        key: KEY,
        status: Status::Complete,
        output,
        error: None,
        executed_at: 6_000_000,
        duration: 1_234_567,
        attempts: 1,
    }
}

#[test]
fn a_step_is_written_once() {
    let store = store();
    store.set_steps([(1, Arc::new(complete(1, Value::Int(1))))]);
    assert!(store.step(1).is_none() && store.step(99).is_none());
    assert!(matches!(store.step(0).map(|step| &step.output), Some(Value::Record(_))));
    assert_eq!(store.config(0).as_int(), Some(50));
    assert!(store.config(9).is_null());
}

#[test]
fn ids_are_stable() {
    assert_eq!(derive_id(RUN, "a"), derive_id(RUN, "a"));
    assert_ne!(derive_id(RUN, "a"), derive_id(RUN, "b"));
    assert_ne!(derive_id(RUN, "a"), derive_id(Uuid::nil(), "a"));
}

#[test]
fn the_snapshot_shows_trigger_steps_and_variables() {
    let store = store();
    let id = KEY.uuid().to_string();
    let mut expected = json!({
        "trigger": { "entity": { "name": "Eve" } },
        "steps": {
            "query": {
                "nodeId": id, "nodeName": "query", "status": "Complete",
                "output": {
                    "entities": [{ "name": "Ann" }, { "name": "Bob" }],
                    "more": { "a b": 1, "x": null },
                },
                "executedAt": "1970-01-01T00:00:06Z", "durationMs": 1234, "attempts": 1,
            },
            "skipped": null,
            "tried": {
                "nodeId": id, "nodeName": "tried", "status": "Failed", "output": null,
                "executedAt": "1970-01-01T00:00:06Z", "durationMs": 1234, "attempts": 1,
                "error": {
                    "code": "timeout", "message": "too slow", "step": null, "attempts": 0,
                    "statusCode": null, "details": null,
                },
            },
        },
        "variables": {},
    });
    assert_eq!(store.snapshot_json(), expected);
    store.set_variables(vec![Value::Int(3), Value::list(vec![])]);
    expected["variables"] = json!({ "n": 3, "hot": [] });
    assert_eq!(store.snapshot_json(), expected);
}

#[test]
fn paths_read_the_store_and_its_snapshot() {
    let store = store();
    store.set_variables(vec![Value::Int(3), Value::list(vec![Value::Int(4)])]);
    let snapshot = store.snapshot_json();
    let table = [
        ("trigger.entity.name", json!("Eve")),
        ("trigger.entity.email", json!(null)),
        ("trigger", json!({ "entity": { "name": "Eve" } })),
        ("steps.query.output.entities[0].name", json!("Ann")),
        ("steps.query.output.entities[-1].name", json!("Bob")),
        ("steps.query.output.entities[2]", json!(null)),
        ("steps.query.output.entities[-3]", json!(null)),
        ("steps.query.output.entities[*].name", json!(["Ann", "Bob"])),
        ("steps.query.output.entities[1:2].name", json!(["Bob"])),
        ("steps.query.output.entities[?@.name == 'Ann'].name", json!(["Ann"])),
        ("steps.query.output.entities[0, 5]['name']", json!(["Ann"])),
        ("steps.query.output['entities'][1]['name']", json!("Bob")),
        ("steps.query.output..name", json!(["Ann", "Bob"])),
        ("variables.*", json!([[4], 3])),
        ("steps.query.output.more[\"a b\"]", json!(1)),
        ("steps[\"query\"].output.more.nothing", json!(null)),
        ("steps.query.status", json!("Complete")),
        ("steps.query.durationMs", json!(1234)),
        ("steps.skipped", json!(null)),
        ("steps.tried.error.code", json!("timeout")),
        ("steps.tried.output", json!(null)),
        ("variables.n", json!(3)),
        ("variables.hot[0]", json!(4)),
        ("variables", json!({ "n": 3, "hot": [4] })),
    ];
    for (path, expected) in table {
        assert_eq!(store.read(path).as_ref(), Ok(&expected), "{path}");
        assert_eq!(read_json(&snapshot, path).as_ref(), Ok(&expected), "{path}");
    }
    assert_eq!(store.read("run.startedAt"), Ok(json!("1970-01-01T00:00:05Z")));
    assert_eq!(store.read("run.workflow"), Ok(json!("w")));
    assert_eq!(store.read("run").map(|run| run["attempt"].clone()), Ok(json!(1)));
    assert_eq!(store.read("steps"), Ok(snapshot["steps"].clone()));
}

#[test]
fn paths_that_lead_nowhere_say_why() {
    let store = store();
    store.set_variables(vec![Value::Int(3), Value::Null]);
    let snapshot = store.snapshot_json();
    let both = [
        ("steps.quary", "`steps` has no `quary`; it has `query`, `skipped`, `tried`"),
        ("steps.query.outputs", ""),
        ("steps.skipped.output", "`steps.skipped` is null, so nothing in it can be read"),
        ("variables.m", ""),
        ("variables.hot.x", "`variables.hot` is null, so nothing in it can be read"),
        ("trigger.entity.name.x", ""),
        ("steps.query.output.entities.name", ""),
        ("stepz", ""),
        ("", "the path has a name missing at character 1"),
        (".a", "the path has a name missing at character 1"),
        ("steps.", "the path has a name missing at character 7"),
        ("steps query", "the path has `.` or `[` missing at character 6"),
        ("steps[", "the path has an index or a string in quotes missing at character 7"),
        ("steps[1", "the path has `]` missing at character 8"),
        ("steps[\"a", "the path has a string in quotes missing at character 7"),
        (
            "steps[99999999999999999999]",
            "the path has an index or a string in quotes missing at character 7",
        ),
        ("trigger.ü", "the path has a name missing at character 9"),
        ("steps[?@.a", "the path is no JSONPath at character 6: this `[` is never closed"),
        (
            "steps.query.output.entities[?@.ü = 1]",
            "the path is no JSONPath at character 34: values are compared by `==`",
        ),
        (
            "steps.query.output.entities[*].",
            "the path is no JSONPath at character 32: a name is expected here; other keys are written `['key']`",
        ),
    ];
    for (path, expected) in both {
        let (ours, theirs) = (store.read(path), read_json(&snapshot, path));
        let (ours, theirs) = (ours.unwrap_err().to_string(), theirs.unwrap_err().to_string());
        if !expected.is_empty() {
            assert_eq!((ours.as_str(), theirs.as_str()), (expected, expected), "{path}");
        }
    }
    let table = [
        ("stepz", "`the store` has no `stepz`; it has `trigger`, `steps`, `variables`, `run`"),
        ("variables.m", "`variables` has no `m`; it has `n`, `hot`"),
        ("run.x", "`run` has no `x`; it has `id`, `workflow`, `startedAt`, `attempt`"),
        ("trigger.entity.nam", "`trigger.entity` has no `nam`; it has `name`, `email`, `score`"),
        (
            "trigger.entity.score",
            "`trigger.entity.score` is not read by this program, so its value is not kept",
        ),
        (
            "steps.query.output.entities[1].score",
            "`steps.query.output.entities[1].score` is not read by this program, so its value is not kept",
        ),
        (
            "steps.query.output.entities.name",
            "`steps.query.output.entities` is a list, which has no fields",
        ),
        ("trigger.entity.name[0]", "`trigger.entity.name` is a string, which has no items"),
        ("steps[0]", "`steps` is an object, which has no items"),
    ];
    for (path, expected) in table {
        assert_eq!(store.read(path).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_store_of_a_workflow_that_is_not_there_is_empty() {
    let run = RunFacts { id: RUN, started_at: 0, attempt: 1, trigger: 0 };
    let store = DataStore::new(Arc::new(Program::default()), 7, run, Value::Null, vec![]);
    let expected = json!({ "trigger": null, "steps": {}, "variables": {} });
    assert_eq!(store.snapshot_json(), expected);
    assert!(store.read("steps.a").is_err());
}
