//! A million entities in SQLite: pages by the store and by steps of workflows beside the same SQL by
//! `rusqlite` on the same file, and how fast rows are written.
//!
//! `cargo run --release -p wf-benches --bin entities [-- ROWS [ROUNDS]]`

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, params_from_iter, types::Value};
use uuid::Uuid;
use wf_benches::entity_steps::{ASKS, Asking};
use wf_engine::stores::pushdown::{Comparison, Kind, Literal, Operand, Predicate};
use wf_engine::stores::{Cell, Dialect, EntityInfo, Migrating, Statement, View, trial};
use wf_engine::{Bound, Change, EntityStore, Question, Row, SqliteStore};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// How many rows one change writes.
const BATCH: usize = 10_000;

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let mut number = |default: usize| args.next().map_or(Ok(default), |text| text.parse());
    let (rows, rounds) = (number(1_000_000)?, number(9)?);
    let folder = std::env::temp_dir().join(format!("wf-bench-entities-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = run(&folder, rows, rounds);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

/// `entity Lead { name: string, state: string index, score: int index, note: string? }`
fn lead() -> EntityInfo {
    let (text, int) = (Some(Kind::String), Some(Kind::Int));
    let attributes = [
        ("name", text, false),
        ("state", text, false),
        ("score", int, false),
        ("note", text, true),
    ];
    trial::entity("Lead", &attributes, &[], &["state", "score"])
}

fn run(folder: &Path, rows: usize, rounds: usize) -> Result<(), Error> {
    let entity = lead();
    let path = folder.join("leads.db");
    let store = SqliteStore::open(&path)?;
    let mut out = std::io::stdout().lock();
    let began = Instant::now();
    let mut next = 0;
    while next < rows {
        let end = rows.min(next + BATCH);
        let changes: Vec<Change<'_>> =
            (next..end).map(|n| Change::Insert { entity: &entity, row: row(n) }).collect();
        store.apply(&changes)?;
        next = end;
    }
    let wf = began.elapsed().as_secs_f64();
    let bare = insert_bare(&folder.join("bare.db"), rows)?;
    let per = |seconds: f64| rows as f64 / seconds;
    writeln!(out, "{rows} rows, three indexes, {BATCH} in a transaction")?;
    writeln!(
        out,
        "written: wf {:.0} a second, rusqlite {:.0}, ratio {:.2}",
        per(wf),
        per(bare),
        wf / bare
    )?;
    let table = store.tables()?.swap_remove(0).0;
    let view = View::new(&entity, table);
    let connection = Connection::open(&path)?;
    writeln!(out, "| page | rows | rusqlite, us | wf, us | ratio |")?;
    writeln!(out, "| --- | ---: | ---: | ---: | ---: |")?;
    for (name, question) in questions(&entity, &tests()) {
        let (mut best, mut best_bare, mut found) = (f64::MAX, f64::MAX, 0);
        let statement = Statement::of(&view, &question, Dialect::Sqlite)?;
        let times = if question.offset > 1_000 { 3 } else { 100 };
        for _ in 0..rounds {
            best_bare = best_bare.min(timed(times, || {
                bare_page(&connection, &statement)?;
                match question.count {
                    true => bare_count(
                        &connection,
                        &Statement::count(&view, &question, Dialect::Sqlite)?,
                    ),
                    false => Ok(()),
                }
            })?);
            best = best.min(timed(times, || {
                found = black_box(store.find(&question)?).rows.len();
                Ok(())
            })?);
        }
        let ratio = best / best_bare;
        writeln!(out, "| {name} | {found} | {best_bare:.1} | {best:.1} | {ratio:.2} |")?;
    }
    writeln!(out, "\n| a step of a workflow | rusqlite, us | wf, us | ratio |")?;
    writeln!(out, "| --- | ---: | ---: | ---: |")?;
    steps(&mut out, Arc::new(store), &view, &connection, rounds)
}

/// The same pages as steps of `entity.query`, beside the SQL that gives them.
fn steps(
    out: &mut dyn Write,
    store: Arc<dyn EntityStore>,
    view: &View,
    connection: &Connection,
    rounds: usize,
) -> Result<(), Error> {
    let entity = lead();
    let tests = tests();
    let questions = questions(&entity, &tests);
    for ask in &ASKS {
        let (_, question) = questions.get(ask.question).ok_or("there is no such question")?;
        let statement = Statement::of(view, question, Dialect::Sqlite)?;
        let count = Statement::count(view, question, Dialect::Sqlite)?;
        let asking = Asking::new(&store, ask)?;
        let times = if question.offset > 1_000 || question.count { 5 } else { 100 };
        let (mut best, mut best_bare) = (f64::MAX, f64::MAX);
        for _ in 0..rounds {
            best_bare = best_bare.min(timed(times, || {
                bare_page(connection, &statement)?;
                if question.count { bare_count(connection, &count) } else { Ok(()) }
            })?);
            // As often, in one run.
            best = best.min(timed(1, || asking.run(times))? / f64::from(times));
        }
        let ratio = best / best_bare;
        writeln!(out, "| {} | {best_bare:.1} | {best:.1} | {ratio:.2} |", ask.name)?;
    }
    Ok(())
}

/// The microseconds of one of so many.
fn timed(times: u32, mut work: impl FnMut() -> Result<(), Error>) -> Result<f64, Error> {
    let began = Instant::now();
    for _ in 0..times {
        work()?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(times))
}

fn row(number: usize) -> Row {
    // Spread, so that an index is worth something.
    let spread = number.wrapping_mul(2_654_435_761) % 1_000_003;
    let at = 1_700_000_000_000_000 + number as i64;
    let payload = format!(
        "{{\"name\":\"Lead number {number}\",\"state\":\"state{}\",\"score\":{spread}}}",
        spread % 10
    );
    Row {
        id: Uuid::from_u128(spread as u128 * 1_000_003 + number as u128),
        created_at: at,
        updated_at: at,
        payload,
    }
}

fn field(name: &str, kind: Kind) -> Operand {
    Operand::Field { path: vec![name.into()], kind, nullable: false }
}

fn compare(op: Comparison, left: Operand, literal: Literal) -> Predicate {
    Predicate::Compare { op, left, right: Operand::Const(literal) }
}

/// The tests and keys of the questions.
struct Tests {
    band: Predicate,
    state: Predicate,
    both: Predicate,
    score: Operand,
}

fn tests() -> Tests {
    let score = || field("score", Kind::Int);
    let state =
        compare(Comparison::Eq, field("state", Kind::String), Literal::String("state3".to_owned()));
    let above = compare(Comparison::Ge, score(), Literal::Int(400_000));
    let below = compare(Comparison::Lt, score(), Literal::Int(500_000));
    let band = Predicate::And(vec![above.clone(), below]);
    let both = Predicate::And(vec![state.clone(), above]);
    Tests { band, state, both, score: score() }
}

fn questions<'a>(entity: &'a EntityInfo, tests: &'a Tests) -> Vec<(&'static str, Question<'a>)> {
    let test = |what: &'a Predicate| Some(Bound { what, captures: Vec::new() });
    let key = || Some(Bound { what: &tests.score, captures: Vec::new() });
    let page =
        |limit: u64, offset: u64| Question { limit: Some(limit), offset, ..Question::all(entity) };
    vec![
        ("the newest 50", Question { descending: true, ..page(50, 0) }),
        (
            "score from 400,000, by score, 50",
            Question { test: test(&tests.band), key: key(), ..page(50, 0) },
        ),
        (
            "the same behind 50,000",
            Question { test: test(&tests.band), key: key(), ..page(50, 50_000) },
        ),
        (
            "one state, by score, 50",
            Question { test: test(&tests.both), key: key(), ..page(50, 0) },
        ),
        ("one state, in order, 1,000", Question { test: test(&tests.state), ..page(1_000, 0) }),
        (
            "counted, 50",
            Question { test: test(&tests.band), key: key(), count: true, ..page(50, 0) },
        ),
    ]
}

/// A row, as a program would keep it.
#[expect(dead_code, reason = "it is what a program would read")]
struct Lead {
    id: Uuid,
    created_at: i64,
    updated_at: i64,
    nulls: Option<String>,
    name: String,
    state: String,
    score: i64,
    note: Option<String>,
}

fn bare_values(statement: &Statement) -> impl Iterator<Item = Value> {
    statement.values.iter().map(|cell| match cell {
        Cell::Int(number) => Value::Integer(*number),
        Cell::String(text) => Value::Text(text.clone()),
        _ => Value::Null,
    })
}

fn bare_count(connection: &Connection, statement: &Statement) -> Result<(), Error> {
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let values = params_from_iter(bare_values(statement));
    black_box(prepared.query_row(values, |row| row.get::<_, i64>(0))?);
    Ok(())
}

fn bare_page(connection: &Connection, statement: &Statement) -> Result<(), Error> {
    let mut prepared = connection.prepare_cached(&statement.text)?;
    let rows = prepared.query_map(params_from_iter(bare_values(statement)), |row| {
        let id = Uuid::parse_str(row.get_ref(0)?.as_str()?).unwrap_or_default();
        Ok(Lead {
            id,
            created_at: row.get(1)?,
            updated_at: row.get(2)?,
            nulls: row.get(3)?,
            name: row.get(4)?,
            state: row.get(5)?,
            score: row.get(6)?,
            note: row.get(7)?,
        })
    })?;
    black_box(rows.collect::<Result<Vec<Lead>, _>>()?);
    Ok(())
}

/// The seconds that it takes to write the same rows into the same table.
fn insert_bare(path: &Path, rows: usize) -> Result<f64, Error> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(
        "CREATE TABLE lead (id TEXT PRIMARY KEY NOT NULL, createdAt INTEGER NOT NULL,
           updatedAt INTEGER NOT NULL, nulls TEXT, name TEXT, state TEXT, score INTEGER, note TEXT) STRICT;
         CREATE INDEX lead_order ON lead (createdAt, id);
         CREATE INDEX lead_state ON lead (state, createdAt, id);
         CREATE INDEX lead_score ON lead (score, createdAt, id);",
    )?;
    let began = Instant::now();
    let mut next = 0;
    while next < rows {
        let end = rows.min(next + BATCH);
        let transaction = connection.transaction()?;
        for number in next..end {
            let spread = number.wrapping_mul(2_654_435_761) % 1_000_003;
            let at = 1_700_000_000_000_000 + number as i64;
            let id = Uuid::from_u128(spread as u128 * 1_000_003 + number as u128).to_string();
            let (name, state) = (format!("Lead number {number}"), format!("state{}", spread % 10));
            transaction
                .prepare_cached("INSERT INTO lead VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, NULL)")?
                .execute((id, at, at, name, state, spread as i64))?;
        }
        transaction.commit()?;
        next = end;
    }
    Ok(began.elapsed().as_secs_f64())
}
