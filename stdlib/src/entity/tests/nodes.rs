//! What the nodes do.

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::testing::TestCall;
use wf_vm::{Failure, FailureKind, Value};

use super::{World, id};
use crate::entity::entity_type_id;
use crate::test_support::{answered, failed, fields, s};

/// Puts a lambda over `score` into the input of a call.
fn with_lambda(
    world: &mut World,
    name: &str,
    more: &[(&str, Value)],
    test: impl Fn(i64) -> Result<Value, Failure> + Send + Sync + 'static,
) -> TestCall {
    let output = ["entities", "totalCount", "hasMore", "success"];
    let mut call = world.call(&[], &output);
    let lambda = call.lambda(Box::new(move |args| {
        let [Value::Record(lead)] = args else { panic!("{args:?}") };
        let Some(Value::Int(score)) = lead.fields().last() else { panic!("{lead:?}") };
        test(*score)
    }));
    let mut input = vec![(name, lambda)];
    input.extend(more.iter().cloned());
    call.input = world.types.input(&input);
    call.program = Arc::new(world.types.program.clone());
    call
}

#[test]
fn what_is_created_can_be_got() {
    let mut world = World::new();
    let call = world.create(1, &[("name", s("Ada")), ("score", Value::Int(5))]);
    let made = answered(&call, world.node("entity.create"));
    let lead = world.get(id(&made["entityId"]));
    assert!(lead.equal(&made["payload"]));
    assert_eq!(world.text(&lead, "name"), "Ada");
    assert_eq!(id(&world.field(&lead, "typeId")), entity_type_id("Lead"));
    assert_eq!(id(&made["entityTypeId"]), entity_type_id("Lead"));
    // Missing stays missing: it is not written as null.
    assert!(matches!(world.field(&lead, "email"), Value::Missing));
    for time in ["createdAt", "updatedAt"] {
        assert!(world.field(&lead, time).equal(&Value::Instant(call.now)));
    }
    assert!(world.get(Uuid::from_u128(99)).equal(&Value::Null));
}

#[test]
fn a_retry_creates_once() {
    let mut world = World::new();
    let first = world.add(1, "Ada", Some("a@x"), 1);
    let again = world.add(1, "Ada", Some("a@x"), 1);
    let other = world.add(2, "Bob", Some("b@x"), 1);
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(world.rows().len(), 2);
}

#[test]
fn unique_attributes() {
    let mut world = World::new();
    world.add(1, "Ada", Some("a@x"), 1);
    let bob = world.add(2, "Bob", None, 1);
    world.add(3, "Cyd", None, 1);
    let call =
        world.create(4, &[("name", s("Eve")), ("email", s("a@x")), ("score", Value::Int(1))]);
    let failure = failed(&call, world.node("entity.create"));
    assert_eq!(failure.code, "Conflict");
    assert_eq!(failure.message, "another `Lead` has the same `email`, which is unique");
    let call = world.update(bob, &[("email", s("a@x"))], &[]);
    assert_eq!(failed(&call, world.node("entity.update")).code, "Conflict");
}

#[test]
fn queries() {
    let mut world = World::new();
    for (key, (name, score)) in [("a", 3), ("b", 1), ("c", 3), ("d", 2)].into_iter().enumerate() {
        let call = {
            let score = Value::Int(score);
            let mut call = world.create(key as u128, &[("name", s(name)), ("score", score)]);
            call.now += key as i64;
            call
        };
        answered(&call, world.node("entity.create"));
    }
    let names = |found: &(Vec<String>, i64, bool)| found.0.concat();

    let all = world.query_call(&[]);
    assert_eq!(world.query(&all), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), 4, false));
    let down = world.query_call(&[("descending", Value::Bool(true))]);
    assert_eq!(names(&world.query(&down)), "dcba");
    let page = world.query_call(&[("limit", Value::Int(2)), ("offset", Value::Int(1))]);
    assert_eq!(world.query(&page), (vec!["b".to_owned(), "c".to_owned()], 4, true));
    let last = world.query_call(&[("limit", Value::Int(2)), ("offset", Value::Int(2))]);
    assert!(!world.query(&last).2);
    let beyond = world.query_call(&[("limit", Value::Int(i64::MAX)), ("offset", Value::Int(9))]);
    assert_eq!(world.query(&beyond), (vec![], 4, false));
    let none = world.query_call(&[("limit", Value::Int(0))]);
    assert_eq!(world.query(&none), (vec![], 4, true));

    let high = with_lambda(&mut world, "where", &[], |score| Ok(Value::Bool(score > 1)));
    let found = world.query(&high);
    assert_eq!((names(&found), found.1), ("acd".to_owned(), 3));
    let by = |score| Ok(Value::Int(score));
    let up = with_lambda(&mut world, "orderBy", &[], by);
    assert_eq!(names(&world.query(&up)), "bdac");
    let down = with_lambda(&mut world, "orderBy", &[("descending", Value::Bool(true))], by);
    assert_eq!(names(&world.query(&down)), "acdb");

    let broken = with_lambda(&mut world, "where", &[], |_| {
        Err(Failure::new(FailureKind::Pure, "DivisionByZero", "it divides by zero"))
    });
    assert_eq!(failed(&broken, world.node("entity.query")).code, "DivisionByZero");
    for name in ["limit", "offset"] {
        let call = world.query_call(&[(name, Value::Int(-1))]);
        assert_eq!(failed(&call, world.node("entity.query")).code, "InvalidInput");
    }
}

#[test]
fn updates() {
    let mut world = World::new();
    let ada = world.add(1, "Ada", Some("a@x"), 1);
    let before = world.get(ada);

    // Missing leaves, null clears, and the time moves on.
    let call = world.update(ada, &[("score", Value::Int(2))], &[]);
    let changed = answered(&call, world.node("entity.update"));
    assert!(changed["previousEntity"].equal(&before));
    assert!(changed["applied"].equal(&Value::Bool(true)));
    assert_eq!(world.text(&changed["entity"], "email"), "a@x");
    assert!(world.field(&changed["entity"], "score").equal(&Value::Int(2)));
    let time = |world: &World, lead: &Value, name| match world.field(lead, name) {
        Value::Instant(at) => at,
        other => panic!("{other:?}"),
    };
    let (first, second) =
        (time(&world, &before, "updatedAt"), time(&world, &changed["entity"], "updatedAt"));
    assert!(second > first);
    assert_eq!(time(&world, &changed["entity"], "createdAt"), first);

    let call = world.update(ada, &[("email", Value::Null)], &[]);
    answered(&call, world.node("entity.update"));
    let lead = world.get(ada);
    assert!(world.field(&lead, "email").equal(&Value::Null));

    let call = world.update(ada, &[], &[("ifUpdatedAt", Value::Instant(first))]);
    assert_eq!(failed(&call, world.node("entity.update")).code, "Conflict");
    let now = time(&world, &lead, "updatedAt");
    let call =
        world.update(ada, &[("score", Value::Int(3))], &[("ifUpdatedAt", Value::Instant(now))]);
    answered(&call, world.node("entity.update"));

    let call = world.update(Uuid::from_u128(9), &[], &[]);
    let failure = failed(&call, world.node("entity.update"));
    assert_eq!((failure.code.as_str(), failure.transient), ("NotFound", false));
}

#[test]
fn an_update_may_have_a_condition() {
    let mut world = World::new();
    let ada = world.add(1, "Ada", None, 5);
    for (least, applied) in [(6, false), (5, true), (5, false)] {
        let mut call = world.update(ada, &[("score", Value::Int(0))], &[]);
        let lambda = call.lambda(Box::new(move |args| {
            let [Value::Record(lead)] = args else { panic!("{args:?}") };
            Ok(Value::Bool(matches!(lead.fields().last(), Some(Value::Int(n)) if *n >= least)))
        }));
        let set = world.types.value(world.partial, &[("score", Value::Int(0))]);
        call.input = world.types.input(&[("id", Value::uuid(ada)), ("set", set), ("if", lambda)]);
        call.program = Arc::new(world.types.program.clone());
        let outcome = answered(&call, world.node("entity.update"));
        assert!(outcome["applied"].equal(&Value::Bool(applied)));
        let same = outcome["entity"].equal(&outcome["previousEntity"]);
        assert_eq!(same, !applied);
    }
}

#[test]
fn an_upsert_changes_or_creates() {
    let mut world = World::new();
    let ada = world.add(1, "Ada", Some("a@x"), 5);
    let mut upsert = |key: u128, least: i64, name: &str| {
        let payload =
            world.types.value(world.payload, &[("name", s(name)), ("score", Value::Int(7))]);
        let output = ["entityId", "entity", "previousEntity", "created", "success"];
        let mut call = world.call(&[], &output);
        let lambda = call.lambda(Box::new(move |args| {
            let [Value::Record(lead)] = args else { panic!("{args:?}") };
            Ok(Value::Bool(matches!(lead.fields().last(), Some(Value::Int(n)) if *n >= least)))
        }));
        call.key = Uuid::from_u128(key);
        call.input = world.types.input(&[("where", lambda), ("payload", payload)]);
        call.program = Arc::new(world.types.program.clone());
        match call.run(world.node("entity.upsert")) {
            Ok(wf_vm::Answer::Value(value)) => Ok(fields(&call.program, &value)),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err(failure.code),
        }
    };
    let made = upsert(2, 100, "Bob").expect("it creates");
    assert!(
        made["created"].equal(&Value::Bool(true)) && made["previousEntity"].equal(&Value::Null)
    );
    // Both have 7 points or less; only Bob has 6 or more.
    let changed = upsert(3, 6, "Rob").expect("it changes");
    assert!(changed["created"].equal(&Value::Bool(false)));
    assert!(changed["entityId"].equal(&made["entityId"]));
    assert_eq!(upsert(4, 0, "All").expect_err("several are found"), "Conflict");
    assert_eq!(world.text(&changed["entity"], "name"), "Rob");
    let lead = world.get(ada);
    assert_eq!(world.text(&lead, "name"), "Ada");
}

#[test]
fn what_is_deleted_is_gone() {
    let mut world = World::new();
    let ada = world.add(1, "Ada", None, 5);
    assert!(world.delete(ada));
    assert!(!world.delete(ada));
    assert!(world.get(ada).equal(&Value::Null));
}

#[test]
fn upserts_at_the_same_time_create_one() {
    let mut world = World::new();
    let calls: Vec<TestCall> = (0..8)
        .map(|key| {
            let attributes = [("name", s("Ada")), ("score", Value::Int(7))];
            let payload = world.types.value(world.payload, &attributes);
            let output = ["entityId", "entity", "previousEntity", "created", "success"];
            let mut call = world.call(&[], &output);
            let lambda = call.lambda(Box::new(|_| Ok(Value::Bool(true))));
            call.key = Uuid::from_u128(key);
            call.input = world.types.input(&[("where", lambda), ("payload", payload)]);
            call.program = Arc::new(world.types.program.clone());
            call
        })
        .collect();
    let node = world.node("entity.upsert");
    std::thread::scope(|scope| {
        for call in &calls {
            scope.spawn(move || answered(call, node));
        }
    });
    assert_eq!(world.rows().len(), 1);
}
