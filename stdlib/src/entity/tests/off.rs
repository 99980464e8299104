//! Nodes over a store that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::Duration;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::{Started, Value};

use super::{World, id};
use crate::entity::{
    Change, EntityStore, Found, MemoryStore, Question, Row, StoreError, add_nodes_on,
};
use crate::io::Waiting;
use crate::test_support::{answered, failed, runtime, s};

/// The store in memory, a while away.
struct Far {
    near: MemoryStore,
    asked: AtomicUsize,
    /// The thread that must not wait.
    worker: ThreadId,
    fails: bool,
}

impl Far {
    fn new(fails: bool) -> Arc<Self> {
        let (near, asked) = (MemoryStore::new(), AtomicUsize::new(0));
        Arc::new(Self { near, asked, worker: std::thread::current().id(), fails })
    }

    fn wait(&self) -> Result<(), StoreError> {
        assert_ne!(std::thread::current().id(), self.worker, "the worker waits");
        std::thread::sleep(Duration::from_millis(2));
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fails {
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
        self.near.apply(changes)
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
