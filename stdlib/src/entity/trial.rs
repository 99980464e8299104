//! What each store must do, as a list of trials: a store of another crate is tried by the same.
//!
//! Each trial panics where the store is wrong; they are for tests.

mod migrations;
mod samples;

use uuid::Uuid;
use wf_vm::bytecode::EntityInfo;
use wf_vm::bytecode::pushdown::{Arithmetic, Comparison, Kind, Literal, Operand, Predicate};

pub use self::migrations::migrates;
pub use self::samples::{Dice, Sample, entity};
use super::memory::MemoryStore;
use super::store::{Bound, Change, EntityStore, Question, Row, StoreError};

/// What a store can't keep or work out, though the language can.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weakness {
    /// Texts with the character NUL.
    pub no_nul: bool,
    /// Questions may be undecided where the reference decides them.
    pub undecided: bool,
}

/// Does the same random things to a store and to the one in memory: both must answer the same.
/// Gives how many questions the store could not decide.
pub fn agrees(store: &dyn EntityStore, weakness: Weakness, seed: u64, rounds: usize) -> usize {
    let reference = MemoryStore::new();
    let mut dice = Dice::new(seed, weakness.no_nul);
    let sample = Sample::new(&mut dice, &format!("Trial{seed}"));
    let mut undecided = 0;
    let mut rows: Vec<Row> = Vec::new();
    for round in 0..rounds {
        let changes = random_changes(&mut dice, &sample, &rows);
        // Which of several conflicts is told may differ.
        let done = reference.apply(&changes).map_err(|e| std::mem::discriminant(&e));
        let other = store.apply(&changes).map_err(|e| std::mem::discriminant(&e));
        assert_eq!(done, other, "seed {seed}, round {round}: {changes:#?}");
        let all = Question::all(&sample.entity);
        rows = reference.find(&all).expect("it is in memory").rows;
        assert_eq!(store.find(&all).expect("all rows").rows, rows, "seed {seed}, round {round}");
        for _ in 0..4 {
            undecided += usize::from(!ask(&reference, store, &mut dice, &sample, seed));
        }
        let id = rows.first().map_or(Uuid::nil(), |row| row.id);
        assert_eq!(store.row(&sample.entity, id), reference.row(&sample.entity, id));
    }
    assert!(undecided == 0 || weakness.undecided, "seed {seed}: {undecided} were undecided");
    undecided
}

/// Asks both stores the same; whether the store could tell.
fn ask(
    reference: &dyn EntityStore,
    store: &dyn EntityStore,
    dice: &mut Dice,
    sample: &Sample,
    seed: u64,
) -> bool {
    let captures: Vec<Literal> = KINDS.iter().map(|kind| dice.literal(*kind)).collect();
    let predicate = random_predicate(dice, sample, 3);
    let key = random_key(dice, sample);
    let captured = || captures.clone();
    let question = Question {
        entity: &sample.entity,
        test: dice.chance(5).then(|| Bound { what: &predicate, captures: captured() }),
        key: dice.chance(3).then(|| Bound { what: &key, captures: captured() }),
        descending: dice.chance(3),
        limit: dice.chance(4).then(|| dice.below(6)),
        offset: if dice.chance(2) { dice.below(5) } else { 0 },
        count: dice.chance(3),
    };
    match (reference.find(&question), store.find(&question)) {
        (Err(StoreError::Undecided(_)), other) => {
            let undecided = matches!(other, Err(StoreError::Undecided(_)));
            assert!(undecided, "seed {seed}: {question:#?} gives {other:#?}");
            true
        }
        (Ok(_), Err(StoreError::Undecided(_))) => false,
        (found, other) => {
            assert_eq!(found, other, "seed {seed}: {question:#?}");
            true
        }
    }
}

const KINDS: [Kind; 8] = [
    Kind::Bool,
    Kind::Int,
    Kind::Float,
    Kind::Decimal,
    Kind::String,
    Kind::Instant,
    Kind::Duration,
    Kind::Uuid,
];

fn random_changes<'a>(dice: &mut Dice, sample: &'a Sample, rows: &[Row]) -> Vec<Change<'a>> {
    let entity = &sample.entity;
    let count = 1 + dice.below(3);
    (0..count)
        .map(|_| {
            let old = rows.get(dice.below(rows.len().max(1) as u64) as usize).cloned();
            // Now and then it is not as it was.
            let stale = |row: Row, dice: &mut Dice| match dice.below(12) {
                0 => Row { updated_at: row.updated_at - 1, ..row },
                _ => row,
            };
            match (dice.below(10), old) {
                (0..=1, Some(old)) => Change::Remove { entity, old: stale(old, dice) },
                (2..=4, Some(old)) => {
                    let payload = sample.payload(dice);
                    let new = Row { updated_at: old.updated_at + 1, payload, ..old.clone() };
                    Change::Replace { entity, old: stale(old, dice), new }
                }
                (5, Some(old)) => {
                    Change::Unchanged { entity, id: old.id, old: Some(stale(old, dice)) }
                }
                (6, _) => Change::Unchanged { entity, id: dice.id(), old: None },
                _ => {
                    let created_at = 1_700_000_000_000_000 + dice.below(5) as i64;
                    let id = dice.id();
                    let payload = sample.payload(dice);
                    let row = Row { id, created_at, updated_at: created_at, payload };
                    Change::Insert { entity, row }
                }
            }
        })
        .collect()
}

fn random_key(dice: &mut Dice, sample: &Sample) -> Operand {
    loop {
        let kind = KINDS[dice.below(8) as usize];
        let key = match dice.below(8) {
            0 => Operand::Const(dice.literal(kind)),
            1 => arithmetic(dice, sample),
            _ => sample.field(dice, kind),
        };
        let is_null = |operand: &Operand| match operand {
            Operand::Field { nullable, .. } => *nullable,
            Operand::Arithmetic { left, .. } => {
                matches!(&**left, Operand::Field { nullable: true, .. })
            }
            Operand::Const(literal) => matches!(literal, Literal::Null),
            Operand::Capture { .. } => false,
        };
        // Keys are never null, and bools have no order.
        if !is_null(&key) && kind != Kind::Bool {
            return key;
        }
    }
}

fn random_predicate(dice: &mut Dice, sample: &Sample, depth: u32) -> Predicate {
    let inner = |dice: &mut Dice| random_predicate(dice, sample, depth - 1);
    if depth > 0 && dice.chance(3) {
        let count = dice.below(4) as usize;
        return match dice.below(3) {
            0 => Predicate::And((0..count).map(|_| inner(dice)).collect()),
            1 => Predicate::Or((0..count).map(|_| inner(dice)).collect()),
            _ => Predicate::Not(Box::new(inner(dice))),
        };
    }
    let kind = KINDS[dice.below(8) as usize];
    let left = sample.field(dice, kind);
    match dice.below(9) {
        0 => Predicate::Const(dice.chance(3)),
        1 => Predicate::IsNull(left),
        2 => {
            let flag = sample.field(dice, Kind::Bool);
            guarded(std::slice::from_ref(&flag), Predicate::Is(flag.clone()))
        }
        3 => {
            let among = (0..dice.below(4)).map(|_| sample.operand(dice, kind)).collect();
            Predicate::In { needle: left, among }
        }
        4 => {
            let (text, part) =
                (sample.field(dice, Kind::String), sample.operand(dice, Kind::String));
            let both = [text.clone(), part.clone()];
            guarded(
                &both,
                match dice.below(3) {
                    0 => Predicate::Contains { text, part },
                    1 => Predicate::StartsWith { text, part },
                    _ => Predicate::EndsWith { text, part },
                },
            )
        }
        5 => {
            let (left, right) = (arithmetic(dice, sample), sample.operand(dice, Kind::Int));
            let Operand::Arithmetic { left: a, kind, .. } = &left else {
                return Predicate::Const(true);
            };
            let right =
                if *kind == Kind::Int { right } else { Operand::Const(dice.literal(*kind)) };
            let both = [(**a).clone(), right.clone()];
            guarded(&both, Predicate::Compare { op: Comparison::Lt, left, right })
        }
        6 | 7 => {
            let op = if dice.chance(3) { Comparison::Eq } else { Comparison::Ne };
            Predicate::Compare { op, left, right: sample.operand(dice, kind) }
        }
        _ => {
            let right = sample.operand(dice, kind);
            let all = [Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];
            let op = all[dice.below(4) as usize];
            let both = [left.clone(), right.clone()];
            guarded(&both, Predicate::Compare { op, left, right })
        }
    }
}

/// Arithmetic that overflows now and then.
fn arithmetic(dice: &mut Dice, sample: &Sample) -> Operand {
    let op = [Arithmetic::Add, Arithmetic::Sub, Arithmetic::Mul][dice.below(3) as usize];
    let (kind, other) = match dice.below(6) {
        0 => (Kind::Float, Kind::Float),
        1 => (Kind::Decimal, Kind::Decimal),
        2 if op != Arithmetic::Mul => (Kind::Instant, Kind::Duration),
        3 if op != Arithmetic::Mul => (Kind::Duration, Kind::Duration),
        4 => (Kind::Duration, Kind::Int),
        _ => (Kind::Int, Kind::Int),
    };
    let op = if (kind, other) == (Kind::Duration, Kind::Int) { Arithmetic::Mul } else { op };
    let left = Box::new(sample.field(dice, kind));
    let right = Box::new(Operand::Const(dice.literal(other)));
    Operand::Arithmetic { op, left, right, kind }
}

/// The test, false where one of the operands is null: stores are asked no other ones.
fn guarded(operands: &[Operand], test: Predicate) -> Predicate {
    let is_there = |operand: &Operand| Predicate::Not(Box::new(Predicate::IsNull(operand.clone())));
    let mut parts: Vec<Predicate> = operands.iter().map(is_there).collect();
    parts.push(test);
    Predicate::And(parts)
}

/// Many writers at once: each change is made by one of them.
pub fn races(store: &dyn EntityStore, seed: u64) {
    const WRITERS: u64 = 4;
    const ROUNDS: i64 = 10;
    let counter = entity(&format!("Race{seed}"), &[("count", Some(Kind::Int), false)], &[], &[]);
    let id = Uuid::from_u128(1);
    let row = |count: i64, at: i64| Row {
        id,
        created_at: 1,
        updated_at: at,
        payload: format!("{{\"count\":{count}}}"),
    };
    store.apply(&[Change::Insert { entity: &counter, row: row(0, 1) }]).expect("the first row");
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    add_one(store, &counter, id);
                }
            });
        }
    });
    let last = store.row(&counter, id).expect("it is read").expect("it is there");
    let expected = WRITERS as i64 * ROUNDS;
    assert_eq!(last.payload, format!("{{\"count\":{expected}}}"));
}

fn add_one(store: &dyn EntityStore, counter: &EntityInfo, id: Uuid) {
    loop {
        let old = store.row(counter, id).expect("it is read").expect("it is there");
        let count = old.payload.trim_start_matches("{\"count\":").trim_end_matches('}');
        let count: i64 = count.parse().expect("a number");
        let payload = format!("{{\"count\":{}}}", count + 1);
        let new = Row { updated_at: old.updated_at + 1, payload, ..old.clone() };
        match store.apply(&[Change::Replace { entity: counter, old, new }]) {
            Ok(()) => return,
            Err(error) => assert!(matches!(error, StoreError::Conflict(_)), "{error}"),
        }
    }
}
