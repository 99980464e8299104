//! Entities in the memory of the process: what other stores are compared with.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smol_str::SmolStr;
use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;

use super::cell::{Cell, same};
use super::eval::{Looked, undecided};
use super::plan::{Rules, Target, plan};
use super::store::{Change, EntityStore, Found, Question, Row, StoreError};
use super::view::{Table, View};

/// Keeps entities until it is dropped. An empty one costs nothing.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<SmolStr, Kept>>);

/// The rows of one entity.
struct Kept {
    view: Arc<View>,
    /// By their order.
    rows: BTreeMap<(i64, Uuid), Arc<Held>>,
    ids: HashMap<Uuid, i64>,
    /// For each column that is unique, by its place: which row has a value.
    taken: BTreeMap<usize, HashMap<String, Uuid>>,
}

/// A row.
struct Held {
    row: Row,
    cells: Vec<Cell>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SmolStr, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of an entity, brought to its declaration.
fn kept<'a>(
    all: &'a mut HashMap<SmolStr, Kept>,
    entity: &EntityInfo,
) -> Result<&'a mut Kept, StoreError> {
    let is_ready = all.get(&entity.name).is_some_and(|kept| kept.view.entity == *entity);
    if !is_ready {
        let fresh = Kept::prepared(entity, all.get(&entity.name))?;
        all.insert(entity.name.clone(), fresh);
    }
    all.get_mut(&entity.name).ok_or_else(|| StoreError::Broken("the store lost rows".to_owned()))
}

impl Kept {
    /// The rows of a program that declared the entity otherwise, as this one declares it.
    fn prepared(entity: &EntityInfo, old: Option<&Self>) -> Result<Self, StoreError> {
        // Nothing is kept that is not declared: no other program can ask for it once this one ends.
        let bare = EntityInfo { unique: Vec::new(), index: Vec::new(), ..entity.clone() };
        let table = plan(None, &bare, &Rules::default(), &Target::default()).table;
        let unique = |table: &mut Table| {
            for column in &mut table.columns {
                column.unique = entity.unique.contains(&column.attribute);
            }
        };
        let mut table = table;
        unique(&mut table);
        let view = Arc::new(View::new(entity, table));
        let unique = view.columns().enumerate().filter(|(_, column)| column.unique);
        let taken = unique.map(|(place, _)| (place, HashMap::new())).collect();
        let mut fresh = Self { view, rows: BTreeMap::new(), ids: HashMap::new(), taken };
        for held in old.into_iter().flat_map(|old| old.rows.values()) {
            fresh.insert(&held.row)?;
        }
        Ok(fresh)
    }

    fn held(&self, id: Uuid) -> Option<&Arc<Held>> {
        self.rows.get(&(*self.ids.get(&id)?, id))
    }

    fn hold(&self, row: &Row) -> Result<Held, StoreError> {
        let cells = self.view.cells(&row.payload)?;
        Ok(Held { row: Row { payload: self.view.payload(&cells), ..row.clone() }, cells })
    }

    fn insert(&mut self, row: &Row) -> Result<(), StoreError> {
        if self.ids.contains_key(&row.id) {
            return Err(StoreError::Conflict(super::sql::same_id(&self.view)));
        }
        let held = self.hold(row)?;
        self.claim(&held)?;
        self.ids.insert(row.id, row.created_at);
        self.rows.insert((row.created_at, row.id), Arc::new(held));
        Ok(())
    }

    fn remove(&mut self, id: Uuid) -> Option<Arc<Held>> {
        let held = self.rows.remove(&(self.ids.remove(&id)?, id))?;
        for (place, taken) in &mut self.taken {
            if let Some(key) = unique_key(&held.cells, *place) {
                taken.remove(&key);
            }
        }
        Some(held)
    }

    /// Takes the unique values of a row.
    fn claim(&mut self, held: &Held) -> Result<(), StoreError> {
        let of_another = self.taken.iter().find(|(place, taken)| {
            unique_key(&held.cells, **place).is_some_and(|key| taken.contains_key(&key))
        });
        if let Some((place, _)) = of_another {
            let column = self.view.columns().nth(*place);
            let attribute = column.map_or("", |column| column.attribute.as_str());
            return Err(StoreError::Conflict(super::sql::same_value(&self.view, attribute)));
        }
        for (place, taken) in &mut self.taken {
            if let Some(key) = unique_key(&held.cells, *place) {
                taken.insert(key, held.row.id);
            }
        }
        Ok(())
    }

    /// Whether a row is as it was read.
    fn is_still(&self, old: &Row) -> Result<bool, StoreError> {
        let Some(held) = self.held(old.id) else { return Ok(false) };
        let is_of_then = held.row.updated_at == old.updated_at;
        Ok(is_of_then && same(&self.view.cells(&old.payload)?, &held.cells))
    }
}

/// What a value is found by among those that are taken; nothing for null, which is never the same.
fn unique_key(cells: &[Cell], place: usize) -> Option<String> {
    let cell = cells.get(place).filter(|cell| !cell.is_null())?;
    let mut key = String::new();
    match cell {
        Cell::Decimal(number) => Cell::<&str>::Decimal(number.normalized()).write(&mut key),
        cell => cell.write(&mut key),
    }
    Some(key)
}

impl EntityStore for MemoryStore {
    fn prepare(&self, entities: &[EntityInfo]) -> Result<(), StoreError> {
        let mut all = self.lock();
        // What was never used is made when it is.
        let used: Vec<&EntityInfo> =
            entities.iter().filter(|entity| all.contains_key(&entity.name)).collect();
        for entity in used {
            kept(&mut all, entity)?;
        }
        Ok(())
    }

    fn find(&self, question: &Question<'_>) -> Result<Found, StoreError> {
        let mut all = self.lock();
        let kept = kept(&mut all, question.entity)?;
        let view = Arc::clone(&kept.view);
        // Rows are shared, so that the work on them holds nobody up.
        let rows: Vec<Arc<Held>> = kept.rows.values().map(Arc::clone).collect();
        drop(all);
        let mut found = Vec::new();
        for held in &rows {
            if let Some(test) = &question.test
                && !look(&view, held, &test.captures).holds(test.what)?
            {
                continue;
            }
            found.push(held);
        }
        sort(&view, question, &mut found)?;
        let total = question.count.then_some(found.len() as u64);
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let page = found.into_iter().skip(place(question.offset));
        let page = page.take(question.limit.map_or(usize::MAX, place));
        Ok(Found { rows: page.map(|held| held.row.clone()).collect(), total })
    }

    fn row(&self, entity: &EntityInfo, id: Uuid) -> Result<Option<Row>, StoreError> {
        let mut all = self.lock();
        Ok(kept(&mut all, entity)?.held(id).map(|held| held.row.clone()))
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), StoreError> {
        let mut all = self.lock();
        let mut done = Vec::new();
        let outcome = changes.iter().try_for_each(|change| {
            let undo = apply_one(&mut all, change)?;
            done.extend(undo);
            Ok(())
        });
        if outcome.is_err() {
            for (entity, id, old) in done.into_iter().rev() {
                let kept = kept(&mut all, entity)?;
                kept.remove(id);
                if let Some(old) = old {
                    kept.insert(&old.row)?;
                }
            }
        }
        outcome
    }

    fn explain(&self, _question: &Question<'_>) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

/// What takes a change back: the row is removed, and put there again as it was.
type Undo<'a> = (&'a EntityInfo, Uuid, Option<Arc<Held>>);

fn apply_one<'a>(
    all: &mut HashMap<SmolStr, Kept>,
    change: &'a Change<'_>,
) -> Result<Option<Undo<'a>>, StoreError> {
    match change {
        Change::Insert { entity, row } => {
            kept(all, entity)?.insert(row)?;
            Ok(Some((*entity, row.id, None)))
        }
        Change::Replace { entity, old, new } => {
            let kept = kept(all, entity)?;
            let removed = kept.is_still(old)?.then(|| kept.remove(old.id)).flatten();
            let changed = || StoreError::Conflict(super::sql::changed(&kept.view, old.id));
            let removed = removed.ok_or_else(changed)?;
            let new = Row { id: old.id, created_at: removed.row.created_at, ..new.clone() };
            if let Err(error) = kept.insert(&new) {
                kept.insert(&removed.row)?;
                return Err(error);
            }
            Ok(Some((*entity, old.id, Some(removed))))
        }
        Change::Remove { entity, old } => {
            let kept = kept(all, entity)?;
            let removed = kept.is_still(old)?.then(|| kept.remove(old.id)).flatten();
            let changed = || StoreError::Conflict(super::sql::changed(&kept.view, old.id));
            Ok(Some((*entity, old.id, Some(removed.ok_or_else(changed)?))))
        }
        Change::Unchanged { entity, id, old } => {
            let kept = kept(all, entity)?;
            let is_still = match old {
                Some(old) => kept.is_still(old)?,
                None => kept.held(*id).is_none(),
            };
            match is_still {
                true => Ok(None),
                false => Err(StoreError::Conflict(super::sql::changed(&kept.view, *id))),
            }
        }
    }
}

fn look<'a>(
    view: &'a View,
    held: &'a Held,
    captures: &'a [wf_vm::bytecode::pushdown::Literal],
) -> Looked<'a> {
    let (id, created_at, updated_at) = (held.row.id, held.row.created_at, held.row.updated_at);
    Looked { view, id, created_at, updated_at, cells: &held.cells, captures }
}

fn sort(
    view: &View,
    question: &Question<'_>,
    found: &mut Vec<&Arc<Held>>,
) -> Result<(), StoreError> {
    let Some(key) = &question.key else {
        if question.descending {
            found.reverse();
        }
        return Ok(());
    };
    let mut keyed = Vec::with_capacity(found.len());
    for held in found.drain(..) {
        let value = look(view, held, &key.captures).value(key.what)?.into_owned();
        if value.is_null() {
            return Err(undecided("a key is null"));
        }
        keyed.push((value, held));
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let order = a.compare(b).unwrap_or(Ordering::Equal);
        if question.descending { order.reverse() } else { order }
    });
    found.extend(keyed.into_iter().map(|(_, held)| held));
    Ok(())
}
