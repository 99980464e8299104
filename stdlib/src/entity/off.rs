//! Entity nodes over stores that wait for a network: off the workers of the machine.
//!
//! A node asks the store as if it were at hand. Where an answer is not there yet, what the node did so
//! far is given up; the question is asked on a thread that may wait, and then the node begins again, on a
//! worker and with the answers so far. It comes to the same questions, as all else that it looks at
//! stays the same: its input, its lambdas, the time of the call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::{Literal, Operand, Predicate};
use wf_vm::{Cancel, Node, NodeCall, Started};

use super::Entities;
use super::store::{Bound, Change, EntityStore, Found, Question, Row, StoreError};
use crate::io::Waiting;

/// Makes a node over a store.
pub(super) type Make = fn(Arc<Entities>) -> Arc<dyn Node>;

/// A node whose store waits.
pub(super) struct Off(pub(super) Arc<OffParts>);

/// What such a node is made of.
pub(super) struct OffParts {
    pub(super) make: Make,
    pub(super) entities: Arc<Entities>,
    pub(super) waiting: Waiting,
}

impl Node for Off {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        go(&self.0, call, Vec::new())
    }
}

fn go(parts: &Arc<OffParts>, call: &NodeCall<'_>, replies: Vec<Reply>) -> Started {
    let asked = Arc::new(Asked(Mutex::new(State { replies, next: 0, open: None })));
    let store = Arc::clone(&asked) as Arc<dyn EntityStore>;
    // Transactions that are open stay so.
    let shared = Arc::clone(&parts.entities.shared);
    let started = (parts.make)(Arc::new(Entities { store, shared })).start(call);
    let (request, mut replies) = {
        let mut state = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open.take() {
            None => return started,
            Some(request) => (request, std::mem::take(&mut state.replies)),
        }
    };
    let limit = call.timeout.and_then(|micros| u64::try_from(micros).ok());
    let limited =
        limit.and_then(|micros| parts.entities.store.within(Duration::from_micros(micros)));
    let store = limited.unwrap_or_else(|| Arc::clone(&parts.entities.store));
    let (completion, parts_then) = (call.completion(), Arc::clone(parts));
    let given_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&given_up);
    parts.waiting.block(move || {
        // It may have waited long for a thread.
        if !seen.load(Ordering::Acquire) {
            replies.push(request.ask(&*store));
            completion.go_on(move |call| go(&parts_then, call, replies));
        }
    });
    Started::Pending(Box::new(GivenUp(given_up)))
}

/// Tells a question that has not begun that nobody waits for it any more.
struct GivenUp(Arc<AtomicBool>);

impl Cancel for GivenUp {
    fn cancel(self: Box<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// What a node asks of a store.
enum Request {
    Find(Box<Asking>),
    Row(Box<EntityInfo>, Uuid),
    Apply(Vec<Changing>),
}

/// A question that is kept.
struct Asking {
    entity: EntityInfo,
    test: Option<(Predicate, Vec<Literal>)>,
    key: Option<(Operand, Vec<Literal>)>,
    descending: bool,
    limit: Option<u64>,
    offset: u64,
    count: bool,
}

/// A change that is kept.
enum Changing {
    Insert(Arc<EntityInfo>, Row),
    Replace(Arc<EntityInfo>, Row, Row),
    Remove(Arc<EntityInfo>, Row),
    Unchanged(Arc<EntityInfo>, Uuid, Option<Row>),
}

/// What a store answered.
enum Reply {
    Found(Result<Found, StoreError>),
    Row(Result<Option<Row>, StoreError>),
    Applied(Result<(), StoreError>),
}

impl Request {
    fn ask(&self, store: &dyn EntityStore) -> Reply {
        match self {
            Self::Find(asking) => Reply::Found(store.find(&asking.question())),
            Self::Row(entity, id) => Reply::Row(store.row(entity, *id)),
            Self::Apply(changes) => {
                let changes: Vec<Change<'_>> = changes.iter().map(Changing::change).collect();
                Reply::Applied(store.apply(&changes))
            }
        }
    }
}

impl Asking {
    fn keep(question: &Question<'_>) -> Box<Self> {
        Box::new(Self {
            entity: question.entity.clone(),
            test: question.test.as_ref().map(|test| (test.what.clone(), test.captures.clone())),
            key: question.key.as_ref().map(|key| (key.what.clone(), key.captures.clone())),
            descending: question.descending,
            limit: question.limit,
            offset: question.offset,
            count: question.count,
        })
    }

    fn question(&self) -> Question<'_> {
        Question {
            entity: &self.entity,
            test: self.test.as_ref().map(|(what, c)| Bound { what, captures: c.clone() }),
            key: self.key.as_ref().map(|(what, c)| Bound { what, captures: c.clone() }),
            descending: self.descending,
            limit: self.limit,
            offset: self.offset,
            count: self.count,
        }
    }
}

impl Changing {
    fn keep(changes: &[Change<'_>]) -> Vec<Self> {
        let mut known: Vec<(*const EntityInfo, Arc<EntityInfo>)> = Vec::new();
        let mut shared = |entity: &EntityInfo| {
            if let Some((_, shared)) = known.iter().find(|(at, _)| std::ptr::eq(*at, entity)) {
                return Arc::clone(shared);
            }
            let shared = Arc::new(entity.clone());
            known.push((entity, Arc::clone(&shared)));
            shared
        };
        let keep = |change: &Change<'_>| match change {
            Change::Insert { entity, row } => Self::Insert(shared(entity), row.clone()),
            Change::Replace { entity, old, new } => {
                Self::Replace(shared(entity), old.clone(), new.clone())
            }
            Change::Remove { entity, old } => Self::Remove(shared(entity), old.clone()),
            Change::Unchanged { entity, id, old } => {
                Self::Unchanged(shared(entity), *id, old.clone())
            }
        };
        changes.iter().map(keep).collect()
    }

    fn change(&self) -> Change<'_> {
        match self {
            Self::Insert(entity, row) => Change::Insert { entity, row: row.clone() },
            Self::Replace(entity, old, new) => {
                Change::Replace { entity, old: old.clone(), new: new.clone() }
            }
            Self::Remove(entity, old) => Change::Remove { entity, old: old.clone() },
            Self::Unchanged(entity, id, old) => {
                Change::Unchanged { entity, id: *id, old: old.clone() }
            }
        }
    }
}

/// A store that gives the answers that are there, and notes the question for which there is none.
struct Asked(Mutex<State>);

struct State {
    replies: Vec<Reply>,
    next: usize,
    open: Option<Request>,
}

impl Asked {
    /// The next answer; what is given up where there is none is not looked at.
    fn next<T>(
        &self,
        read: impl FnOnce(&Reply) -> Option<Result<T, StoreError>>,
        request: impl FnOnce() -> Request,
    ) -> Result<T, StoreError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = || StoreError::Unreachable("the store has not answered yet".to_owned());
        if state.open.is_some() {
            return Err(waits());
        }
        let answer = state.replies.get(state.next).map(read);
        match answer {
            Some(Some(answer)) => {
                state.next += 1;
                answer
            }
            Some(None) => {
                Err(StoreError::Broken("a node asked something else the second time".to_owned()))
            }
            None => {
                state.open = Some(request());
                Err(waits())
            }
        }
    }
}

impl EntityStore for Asked {
    fn prepare(&self, _entities: &[EntityInfo]) -> Result<(), StoreError> {
        Ok(())
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let read = |reply: &Reply| match reply {
            Reply::Found(found) => Some(found.clone()),
            _ => None,
        };
        self.next(read, || Request::Find(Asking::keep(question)))
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        let read = |reply: &Reply| match reply {
            Reply::Row(row) => Some(row.clone()),
            _ => None,
        };
        self.next(read, || Request::Row(Box::new(entity.clone()), id))
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let read = |reply: &Reply| match reply {
            Reply::Applied(applied) => Some(applied.clone()),
            _ => None,
        };
        self.next(read, || Request::Apply(Changing::keep(changes)))
    }

    fn explain(&self, _question: &Question<'_>) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}
