//! Nodes over a store that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::testing::TestCall;
use wf_vm::{Started, Value};

use super::{World, id, with_input};
use crate::entity::{
    Change, EntityStore, Found, MemoryStore, Question, Row, StoreError, add_nodes_on,
};
use crate::io::Waiting;
use crate::test_support::{answered, failed, runtime, s};

/// The store in memory, a while away.
struct Far {
    near: MemoryStore,
    asked: AtomicUsize,
    /// How often changes were made.
    applied: AtomicUsize,
    /// The thread that must not wait.
    worker: ThreadId,
    fails: AtomicBool,
    /// Whether it does what it is asked to write, and the answer does not come.
    loses: AtomicBool,
}

impl Far {
    fn new(fails: bool) -> Arc<Self> {
        let [asked, applied] = [0, 0].map(AtomicUsize::new);
        let [fails, loses] = [fails, false].map(AtomicBool::new);
        let (near, worker) = (MemoryStore::new(), std::thread::current().id());
        Arc::new(Self { near, asked, applied, worker, fails, loses })
    }

    fn wait(&self) -> Result<(), StoreError> {
        assert_ne!(std::thread::current().id(), self.worker, "the worker waits");
        std::thread::sleep(Duration::from_millis(2));
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            true => Err(StoreError::Unreachable("it is too far away".to_owned())),
            false => Ok(()),
        }
    }
}

impl EntityStore for Far {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        self.near.prepare(entities)
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        self.wait()?;
        self.near.find(question)
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        self.wait()?;
        self.near.row(entity, id)
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        self.wait()?;
        self.near.apply(changes)?;
        self.applied.fetch_add(1, Ordering::SeqCst);
        match self.loses.load(Ordering::SeqCst) {
            true => Err(StoreError::Unreachable("the answer was lost".to_owned())),
            false => Ok(()),
        }
    }

    fn waits(&self) -> bool {
        true
    }

    fn explain(&self, question: &Question<'_>) -> Result<Option<String>, StoreError> {
        self.near.explain(question)
    }
}

fn world(store: &Arc<Far>, handle: &tokio::runtime::Handle) -> World {
    let waiting = Waiting::from(handle.clone());
    let store = Arc::clone(store) as Arc<dyn EntityStore>;
    World::with(store, |entities, nodes| add_nodes_on(entities, &waiting, nodes))
}

#[test]
fn nodes_go_on_when_the_store_has_answered() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let ada = world.add(1, "Ada", Some("a@x"), 5);
    let questions = store.asked.load(Ordering::SeqCst);
    assert_eq!(world.add(1, "Ada", Some("a@x"), 5), ada, "an attempt is not made twice");
    assert!(store.asked.load(Ordering::SeqCst) > questions);
    let changed = world.update(ada, &[("score", Value::Int(6))], &[]);
    let outcome = answered(&changed, world.node("entity.update"));
    let [old, new] = ["previousEntity", "entity"].map(|name| world.field(&outcome[name], "score"));
    assert!(old.equal(&Value::Int(5)) && new.equal(&Value::Int(6)));
    let all = world.query_call(&[]);
    assert_eq!(world.query(&all), (vec!["Ada".to_owned()], 1, false));
    assert!(world.delete(ada) && !world.delete(ada));
}

#[test]
fn a_store_that_is_gone_is_a_failure_that_passes() {
    let runtime = runtime();
    let store = Far::new(true);
    let mut world = world(&store, runtime.handle());
    let call = world.create(1, &[("name", s("Ada")), ("score", Value::Int(1))]);
    let failure = failed(&call, world.node("entity.create"));
    assert_eq!((failure.code.as_str(), failure.transient), ("Store", true));
}

#[test]
fn a_call_that_is_given_up_asks_nothing_more() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let call = world.create(1, &[("name", s("Ada")), ("score", Value::Int(1))]);
    let Started::Pending(cancel) = call.start(world.node("entity.create")) else {
        panic!("the store waits")
    };
    cancel.cancel();
    std::thread::sleep(Duration::from_millis(50));
    assert!(store.asked.load(Ordering::SeqCst) <= 1);
    let call = world.update(id(&Value::uuid(Uuid::nil())), &[], &[]);
    let failure = failed(&call, world.node("entity.update"));
    assert_eq!(failure.code, "NotFound");
    drop(answered(&world.query_call(&[]), world.node("entity.query")));
}

/// Begins a transaction.
fn begin(world: &mut World, key: u128) -> Value {
    let mut call = world.call(&[], &["transaction", "success"]);
    call.key = Uuid::from_u128(key);
    answered(&call, world.node("entity.transaction"))["transaction"].clone()
}

fn committing(world: &mut World, transaction: &Value) -> TestCall {
    world.call(&[("transaction", transaction.clone())], &["changed", "success"])
}

/// A call that makes a lead inside of a transaction.
fn creating(world: &mut World, key: u128, name: &str, transaction: &Value) -> TestCall {
    let call = world.create(key, &[("name", s(name)), ("score", Value::Int(1))]);
    with_input(world, call, "in", transaction)
}

fn names(world: &mut World, input: &[(&str, Value)]) -> Vec<String> {
    let call = world.query_call(input);
    let mut names = world.query(&call).0;
    // They come into being at the same time.
    names.sort();
    names
}

#[test]
fn a_transaction_is_written_by_its_commit_alone() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let ada = world.add(1, "Ada", None, 5);
    let t = begin(&mut world, 2);
    let applied = store.applied.load(Ordering::SeqCst);
    let call = creating(&mut world, 3, "Bob", &t);
    answered(&call, world.node("entity.create"));
    let call = world.update(ada, &[("name", s("Eve"))], &[("in", t.clone())]);
    answered(&call, world.node("entity.update"));
    assert_eq!(names(&mut world, &[("in", t.clone())]), ["Bob", "Eve"]);
    assert_eq!(names(&mut world, &[]), ["Ada"], "nobody else sees it");
    assert_eq!(store.applied.load(Ordering::SeqCst), applied, "nothing is written");
    let call = committing(&mut world, &t);
    assert!(answered(&call, world.node("entity.commit"))["changed"].equal(&Value::Int(2)));
    assert_eq!(store.applied.load(Ordering::SeqCst), applied + 1, "all at once");
    assert_eq!(names(&mut world, &[]), ["Bob", "Eve"]);
    assert_eq!(failed(&call, world.node("entity.commit")).code, "NoTransaction");
}

#[test]
fn a_commit_is_tried_again_and_made_once() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let t = begin(&mut world, 1);
    let call = creating(&mut world, 2, "Ada", &t);
    answered(&call, world.node("entity.create"));
    let commit = committing(&mut world, &t);
    store.fails.store(true, Ordering::SeqCst);
    let failure = failed(&commit, world.node("entity.commit"));
    assert_eq!((failure.code.as_str(), failure.transient), ("Store", true));
    store.fails.store(false, Ordering::SeqCst);
    // What came now would be in no commit.
    let late = creating(&mut world, 3, "Bob", &t);
    assert_eq!(failed(&late, world.node("entity.create")).code, "NoTransaction");
    store.loses.store(true, Ordering::SeqCst);
    let failure = failed(&commit, world.node("entity.commit"));
    assert_eq!((failure.code.as_str(), failure.transient), ("Store", true));
    store.loses.store(false, Ordering::SeqCst);
    let changed = answered(&commit, world.node("entity.commit"))["changed"].clone();
    assert!(changed.equal(&Value::Int(1)), "it was made already: {changed:?}");
    assert_eq!(names(&mut world, &[]), ["Ada"]);
    assert_eq!(store.applied.load(Ordering::SeqCst), 1);
}

#[test]
fn a_commit_fails_where_others_were_faster() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let ada = world.add(1, "Ada", None, 5);
    let t = begin(&mut world, 2);
    let call = world.update(ada, &[("name", s("Eve"))], &[("in", t.clone())]);
    answered(&call, world.node("entity.update"));
    let call = creating(&mut world, 3, "Bob", &t);
    answered(&call, world.node("entity.create"));
    let call = world.update(ada, &[("score", Value::Int(6))], &[]);
    answered(&call, world.node("entity.update"));
    let commit = committing(&mut world, &t);
    assert_eq!(failed(&commit, world.node("entity.commit")).code, "Conflict");
    assert_eq!(names(&mut world, &[]), ["Ada"], "nothing of it is written");
    assert_eq!(failed(&commit, world.node("entity.commit")).code, "NoTransaction");
}

#[test]
fn a_step_that_is_given_up_leaves_nothing_in_its_transaction() {
    let runtime = runtime();
    let store = Far::new(false);
    let mut world = world(&store, runtime.handle());
    let t = begin(&mut world, 1);
    let call = creating(&mut world, 2, "Ada", &t);
    let Started::Pending(cancel) = call.start(world.node("entity.create")) else {
        panic!("the store waits")
    };
    cancel.cancel();
    std::thread::sleep(Duration::from_millis(50));
    let call = creating(&mut world, 3, "Bob", &t);
    answered(&call, world.node("entity.create"));
    let call = committing(&mut world, &t);
    assert!(answered(&call, world.node("entity.commit"))["changed"].equal(&Value::Int(1)));
    assert_eq!(names(&mut world, &[]), ["Bob"]);
}
