//! All stores of entities give what the store in memory gives: the cases of the suite that ask for
//! entities, values at the edges of their types, and hostile texts.
//!
//! PostgreSQL is tried where it is installed.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wf_engine::{Entities, SqliteStore};
use wf_postgres::PostgresStore;

use crate::case::{Case, Stage};
use crate::drive::{DoesNotCompile, Job, Ran, Ready, Schedule, Sources};
use crate::harness::{Outcome, Test};
use crate::run::{Folder, job, same};
use crate::suite::cases;

#[cfg(unix)]
#[path = "../../postgres/tests/server/start.rs"]
mod start;

/// Adds a test for each store beside the one in memory.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    tests.push(Test::new("stores: SQLite", |_| all(&|| sqlite(), true)));
    tests.push(Test::new("stores: PostgreSQL", |_| postgres()));
}

fn sqlite() -> Result<Entities, String> {
    let store = SqliteStore::in_memory().map_err(|e| e.to_string())?;
    Ok(Entities::Store(Arc::new(store)))
}

#[cfg(unix)]
fn postgres() -> Outcome {
    let Some(server) = start::Server::start() else { return Ok(()) };
    let number = AtomicUsize::new(0);
    let make = || {
        let number = number.fetch_add(1, Ordering::Relaxed);
        server.run_sql(&format!("CREATE SCHEMA s{number}"));
        let url = server.url(&format!("?options=-csearch_path%3Ds{number}"));
        let store = PostgresStore::open(&url).map_err(|e| e.to_string())?;
        Ok(Entities::Store(Arc::new(store)))
    };
    all(&make, false)
}

#[cfg(not(unix))]
fn postgres() -> Outcome {
    Ok(())
}

/// Makes an empty store.
type Make<'a> = &'a dyn Fn() -> Result<Entities, String>;

fn all(make: Make<'_>, keeps_nul: bool) -> Outcome {
    let mut problems = Vec::new();
    let cases = cases(&mut problems);
    let asking = cases.iter().filter(|case| {
        let has_entities = case.files.iter().any(|file| file.text.contains("entity."));
        matches!(case.stage, Stage::Run) && has_entities
    });
    let mut count = 0;
    for case in asking {
        count += 1;
        if let Err(problem) = suite_case(case, make) {
            problems.push(format!("{}: {problem}", case.full_name()));
        }
    }
    if count < 40 {
        problems.push(format!("there are only {count} cases that ask for entities"));
    }
    problems.extend(edges(make).err());
    problems.extend(hostile(make, keeps_nul).err());
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

/// A case of the suite: that the result is right in memory, the suite says.
fn suite_case(case: &Case, make: Make<'_>) -> Outcome {
    let folder = Folder::new(&format!("{}-stores", case.full_name()))?;
    let job = job(case, &folder)?;
    let serial = case.option("schedules") != Some("workers");
    as_in_memory(&job, make, serial).map(drop)
}

/// Runs in memory, then over a store; both must give the same, ids and times masked.
fn as_in_memory(job: &Job, make: Make<'_>, serial: bool) -> Result<Ran, String> {
    let ready = Ready::new(job).map_err(|DoesNotCompile(told, _)| format!("{told:?}"))?;
    let first = Cell::new(true);
    let schedules = [Schedule::Workers(1), Schedule::Workers(2)].into_iter();
    let schedules = schedules.chain(serial.then_some(Schedule::Serial(3)));
    same(schedules, &job.known(), |schedule| match first.replace(false) {
        true => ready.run(schedule),
        false => ready.run_over(schedule, make()?),
    })
}

const EDGES: &str = r#"
type Row = {
  i: int, f: float, d: decimal, s: string, u: uuid, t: instant, l: duration, b: bool
  j: json, n: list<decimal>, m: map<int>, o: { a: decimal, t: instant?, f: float }, e: int?
}
entity Edge {
  i: int index, f: float index, d: decimal index, s: string unique, u: uuid, t: instant index, l: duration, b: bool
  j: json, n: list<decimal>, m: map<int>, o: { a: decimal, t: instant?, f: float }, e: int?
}

workflow edges {
  trigger function(rows: list<Row>)
  for row in trigger.arguments.rows as made {
    step make = entity.create<Edge> { payload: row }
    step same = entity.query<Edge> {
      where: e => e.i == row.i and e.f == row.f and e.d == row.d and e.s == row.s and e.u == row.u
        and e.t == row.t and e.l == row.l and e.b == row.b and e.o.a == row.o.a and e.o.f == row.o.f and e.e == row.e
      limit: 1
    }
    step above = entity.query<Edge> { where: e => e.i >= row.i and e.f >= row.f, orderBy: e => e.s }
    step later = entity.query<Edge> { where: e => e.t > row.t or e.l < row.l or e.d > row.d, orderBy: e => e.s }
    step change = entity.update<Edge> {
      id: steps.make.output.entityId
      set: { f: -row.f, d: -row.d, e: row.i, j: [row.j] }
      if: e => e.f == row.f and e.d == row.d and e.t == row.t
    }
    yield {
      same: steps.same.output.totalCount
      above: steps.above.output.entities | map(e => e.s)
      later: steps.later.output.entities | map(e => e.s)
      changed: steps.change.output.applied
      old: steps.change.output.previousEntity
      new: steps.change.output.entity
    }
  }
  step byInt = entity.query<Edge> { orderBy: e => e.i }
  step byFloat = entity.query<Edge> { orderBy: e => e.f, descending: true }
  step byDecimal = entity.query<Edge> { orderBy: e => e.d }
  step byText = entity.query<Edge> { orderBy: e => e.s }
  step byTime = entity.query<Edge> { orderBy: e => e.t }
  step byDuration = entity.query<Edge> { orderBy: e => e.l }
  return {
    rows: steps.made.output.results
    byInt: steps.byInt.output.entities | map(e => e.s)
    byFloat: steps.byFloat.output.entities | map(e => e.s)
    byDecimal: steps.byDecimal.output.entities | map(e => e.s)
    byText: steps.byText.output.entities
    byTime: steps.byTime.output.entities | map(e => e.s)
    byDuration: steps.byDuration.output.entities | map(e => e.s)
  }
}
"#;

/// Values at both ends of each type, and next to them.
fn edges(make: Make<'_>) -> Outcome {
    let ints = [i64::MIN + 1, -1, 0, 1, i64::MAX, 9_007_199_254_740_993];
    let floats =
        ["-1.7976931348623157e308", "5e-324", "0.1", "-0.0", "1e22", "1.7976931348623157e308"];
    let decimals = [
        "-9999999999999999999999999999999999",
        "1e-6176",
        "0.10",
        "-0.000",
        "12345678901234567890.12345678901234",
        "9.999999999999999999999999999999999e6144",
    ];
    let instants = [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999Z",
        "2024-02-29T12:00:00.000001Z",
        "1582-10-10T00:00:00Z",
    ];
    let durations = ["-0.001ms", "0s", "0.001ms", "-106751991d", "106751991d", "90061s"];
    let texts = ["", " ", "a\"'\\;--", "\u{10ffff}", "e\u{301}", "\u{e9}"];
    let rows = (0..ints.len()).map(|n| {
        let number = |text: &str| serde_json::from_str::<Box<serde_json::value::RawValue>>(text);
        let [float, decimal] = [floats[n], decimals[n]].map(|text| number(text).expect("a number"));
        format!(
            r#"{{"i":{},"f":{float},"d":{decimal},"s":{},"u":"{}","t":"{}","l":"{}","b":{},"j":[{decimal},null,{{"k":{float}}}],"n":[{decimal}],"m":{{"":{},"\u0001":1}},"o":{{"a":{decimal},"t":"{}","f":{float}}}{}}}"#,
            ints[n],
            json!(texts[n]),
            uuid::Uuid::from_u128(if n == 0 { 0 } else { u128::MAX / n as u128 }),
            instants[n],
            durations[n],
            n % 2 == 0,
            ints[n],
            instants[n],
            ["", r#","e":null"#, r#","e":1"#][n % 3],
        )
    });
    let rows: Vec<String> = rows.collect();
    let trigger = format!(r#"{{"arguments":{{"rows":[{}]}}}}"#, rows.join(","));
    let job = Job { trigger: Some(trigger), ..Job::of(Sources::one(EDGES)) };
    let ran = as_in_memory(&job, make, true).map_err(|problem| format!("edges: {problem}"))?;
    let each = ran.result["rows"].as_array().cloned().unwrap_or_default();
    let found = each.iter().filter(|row| row["same"] == 1 && row["changed"] == true).count();
    match found == ints.len() {
        true => Ok(()),
        false => Err(format!("edges: {}, {:?}", ran.result, ran.failure)),
    }
}

const HOSTILE: &str = r#"
entity Note { text: string, j: json, l: list<string>, m: map<string>, o: { t: string, u: string? } }

workflow hostile {
  trigger function(texts: list<string>)
  for text in trigger.arguments.texts as all parallel 4 {
    step made = try entity.create<Note> {
      payload: { text: text, j: { "{{ text }}": text }, l: [text, ""], m: {"{{ text }}": text}, o: { t: text } }
    }
    if steps.made.error != null {
      yield { code: steps.made.error.code, message: steps.made.error.message, same: false, counts: [] }
    } else {
      let id = steps.made.output.entityId
      step read = entity.get<Note> { id: id }
      step equal = entity.query<Note> { where: n => n.id == id and n.text == text and n.o.t == text }
      step part = entity.query<Note> { where: n => n.id == id and contains(n.text, text) and n.text in [text, "x"] }
      step ends = entity.query<Note> { where: n => n.id == id and startsWith(n.text, text) and endsWith(n.text, text) }
      let note = steps.read.output.entity
      yield {
        code: "", message: ""
        same: note != null and note.text == text and note.j == decode<json>({ "{{ text }}": text })
          and note.l == [text, ""] and note.m == {"{{ text }}": text} and note.o.t == text and note.o.u == null
        counts: [steps.equal.output.totalCount, steps.part.output.totalCount, steps.ends.output.totalCount]
      }
    }
  }
  step sorted = entity.query<Note> { orderBy: n => n.text }
  return { all: steps.all.output.results, sorted: steps.sorted.output.entities | map(n => n.text) | distinct }
}
"#;

/// Texts that have broken databases: those of a list where `WF_SUITES` names it, and some more.
fn hostile(make: Make<'_>, keeps_nul: bool) -> Outcome {
    let mut texts: Vec<String> = match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let file = PathBuf::from(suites).join("naughty-strings/blns.json");
            let text = std::fs::read_to_string(&file).map_err(|e| format!("{file:?}: {e}"))?;
            serde_json::from_str(&text).map_err(|e| e.to_string())?
        }
        None => Vec::new(),
    };
    let own = [
        "",
        "'; DROP TABLE \"entity_Note\"; --",
        "$1",
        "?1",
        "%_\\",
        "\\x00",
        "\u{1}\u{7f}",
        "\u{feff}",
    ];
    texts.extend(own.map(str::to_owned));
    texts.push("\u{1f600}".repeat(20_000));
    let nul = "a\0b".to_owned();
    let run = |texts: &[String]| {
        let trigger = json!({ "arguments": { "texts": texts } }).to_string();
        let job = Job { trigger: Some(trigger), ..Job::of(Sources::one(HOSTILE)) };
        let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| format!("{told:?}"))?;
        let ran = ready.run_over(Schedule::Workers(2), make()?)?;
        match ran.failure {
            None => Ok(ran.result),
            Some(failure) => Err(failure.message),
        }
    };
    let result = run(&texts).map_err(|problem| format!("hostile texts: {problem}"))?;
    let all = result["all"].as_array().cloned().unwrap_or_default();
    let fits = |row: &Value| row["same"] == true && row["counts"] == json!([1, 1, 1]);
    let wrong = texts.iter().zip(&all).filter(|(_, row)| !fits(row));
    let wrong: Vec<String> = wrong.map(|(text, row)| format!("{text:?}: {row}")).collect();
    if all.len() != texts.len() || !wrong.is_empty() {
        return Err(format!(
            "hostile texts: {} of {}\n{}",
            all.len(),
            texts.len(),
            wrong.join("\n")
        ));
    }
    texts.sort();
    texts.dedup();
    if result["sorted"] != json!(texts) {
        return Err("hostile texts are not in the order of their code points".to_owned());
    }
    let row = run(&[nul]).map_err(|problem| format!("NUL: {problem}"))?["all"][0].clone();
    let is_told = row["code"] == "Store"
        && row["message"].as_str().is_some_and(|text| text.contains("the character NUL"));
    match if keeps_nul { fits(&row) } else { is_told } {
        true => Ok(()),
        false => Err(format!("NUL: {row}")),
    }
}
