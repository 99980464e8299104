//! Stores that hold what an earlier program declared.

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::pushdown::{Comparison, Kind, Literal, Operand, Predicate};
use wf_vm::bytecode::{AttributeInfo, EntityInfo, StoredType};

use super::samples::entity;
use crate::entity::store::{Bound, Change, EntityStore, Question, Row, StoreError};

/// A declaration before and after, the attributes of a row, and what becomes of them: the row as it
/// reads then, or a part of the refusal.
struct Case {
    name: &'static str,
    before: fn(&str) -> EntityInfo,
    after: fn(&str) -> EntityInfo,
    rows: &'static [&'static str],
    then: Result<&'static [&'static str], &'static str>,
}

const INT: Option<Kind> = Some(Kind::Int);
const TEXT: Option<Kind> = Some(Kind::String);

fn one(name: &str, kind: Option<Kind>, optional: bool) -> EntityInfo {
    entity(name, &[("a", kind, optional)], &[], &[])
}

fn one_int(name: &str) -> EntityInfo {
    one(name, INT, false)
}

fn two(name: &str, optional: bool) -> EntityInfo {
    entity(name, &[("a", INT, false), ("b", TEXT, optional)], &[], &[])
}

fn with_default(mut entity: EntityInfo, name: &str, json: &str) -> EntityInfo {
    entity.defaults.push((name.into(), json.into()));
    entity
}

/// `a` is one of these texts.
fn one_of(name: &str, texts: &[&str]) -> EntityInfo {
    let mut entity = one(name, TEXT, false);
    entity.types = texts.iter().map(|text| StoredType::LiteralString((*text).into())).collect();
    entity.types.push(StoredType::Union((0..texts.len() as u16).collect()));
    entity.attributes =
        vec![AttributeInfo { name: "a".into(), ty: texts.len() as u16, optional: false }];
    entity
}

/// `a` is a record with these fields: name, and whether it may be missing.
fn record(name: &str, fields: &[(&str, bool)]) -> EntityInfo {
    let mut entity = one(name, None, false);
    let fields = fields.iter().map(|(name, may)| ((*name).into(), 1, *may)).collect();
    entity.types = vec![StoredType::Record(fields), StoredType::Plain(Kind::Int)];
    entity
}

fn unique(mut entity: EntityInfo) -> EntityInfo {
    entity.unique.push("a".into());
    entity
}

fn indexed(mut entity: EntityInfo) -> EntityInfo {
    entity.index.push("a".into());
    entity
}

const CASES: &[Case] = &[
    Case {
        name: "AddsOptional",
        before: one_int,
        after: |n| two(n, true),
        rows: &[r#"{"a":1}"#],
        then: Ok(&[r#"{"a":1}"#]),
    },
    Case {
        name: "AddsWithDefault",
        before: one_int,
        after: |n| with_default(two(n, false), "b", "\"x\""),
        rows: &[r#"{"a":1}"#],
        then: Ok(&[r#"{"a":1,"b":"x"}"#]),
    },
    Case {
        name: "AddsRequired",
        before: one_int,
        after: |n| two(n, false),
        rows: &[r#"{"a":1}"#, r#"{"a":2}"#],
        then: Err("2 rows would have no `AddsRequired.b`"),
    },
    Case {
        name: "AddsRequiredToNone",
        before: one_int,
        after: |n| two(n, false),
        rows: &[],
        then: Ok(&[]),
    },
    Case {
        name: "LeavesOptional",
        before: |n| two(n, true),
        after: one_int,
        rows: &[r#"{"a":1,"b":"x"}"#],
        then: Ok(&[r#"{"a":1}"#]),
    },
    Case {
        name: "LeavesRequired",
        before: |n| two(n, false),
        after: one_int,
        rows: &[r#"{"a":1,"b":"x"}"#],
        then: Err("1 row has `LeavesRequired.b`, which is not declared any more"),
    },
    Case {
        name: "BecomesOptional",
        before: one_int,
        after: |n| one(n, INT, true),
        rows: &[r#"{"a":1}"#],
        then: Ok(&[r#"{"a":1}"#]),
    },
    Case {
        name: "BecomesRequired",
        before: |n| one(n, INT, true),
        after: one_int,
        rows: &[r#"{"a":1}"#, "{}", r#"{"a":null}"#],
        then: Err("2 rows have no `BecomesRequired.a`"),
    },
    Case {
        name: "BecomesRequiredWithAll",
        before: |n| one(n, INT, true),
        after: one_int,
        rows: &[r#"{"a":1}"#],
        then: Ok(&[r#"{"a":1}"#]),
    },
    Case {
        name: "BecomesFilled",
        before: |n| one(n, INT, true),
        after: |n| with_default(one(n, INT, false), "a", "7"),
        rows: &[r#"{"a":1}"#, "{}"],
        then: Ok(&[r#"{"a":1}"#, r#"{"a":7}"#]),
    },
    Case {
        name: "BecomesFilledButNull",
        before: |n| one(n, INT, true),
        after: |n| with_default(one(n, INT, false), "a", "7"),
        rows: &["{}", r#"{"a":null}"#],
        then: Err("1 row has no `BecomesFilledButNull.a`"),
    },
    Case {
        name: "IntToFloat",
        before: one_int,
        after: |n| one(n, Some(Kind::Float), false),
        rows: &[r#"{"a":1}"#, r#"{"a":-9007199254740992}"#],
        then: Ok(&[r#"{"a":1.0}"#, r#"{"a":-9007199254740992.0}"#]),
    },
    Case {
        name: "IntToFloatLoses",
        before: one_int,
        after: |n| one(n, Some(Kind::Float), false),
        rows: &[r#"{"a":9007199254740993}"#],
        then: Err("1 row has a `IntToFloatLoses.a` that no float holds exactly"),
    },
    Case {
        name: "IntToDecimal",
        before: |n| indexed(one_int(n)),
        after: |n| unique(one(n, Some(Kind::Decimal), false)),
        rows: &[r#"{"a":9223372036854775807}"#, r#"{"a":-1}"#],
        then: Ok(&[r#"{"a":9223372036854775807}"#, r#"{"a":-1}"#]),
    },
    Case {
        name: "TextToInt",
        before: |n| one(n, TEXT, false),
        after: one_int,
        rows: &[r#"{"a":"1"}"#],
        then: Err("1 row has `TextToInt.a` as string, and it is declared as int now"),
    },
    Case {
        name: "TextToJson",
        before: |n| one(n, TEXT, true),
        after: |n| one(n, None, true),
        rows: &[r#"{"a":"é\""}"#, "{}", r#"{"a":null}"#],
        then: Ok(&[r#"{"a":"é\""}"#, "{}", "{}"]),
    },
    Case {
        name: "MoreMembers",
        before: |n| one_of(n, &["Open"]),
        after: |n| one_of(n, &["Closed", "Open"]),
        rows: &[r#"{"a":"Open"}"#],
        then: Ok(&[r#"{"a":"Open"}"#]),
    },
    Case {
        name: "FewerMembers",
        before: |n| one_of(n, &["Open", "It's", "Closed"]),
        after: |n| one_of(n, &["Open", "It's"]),
        rows: &[r#"{"a":"Open"}"#, r#"{"a":"Closed"}"#, r#"{"a":"It's"}"#],
        then: Err(r#"1 row has a `FewerMembers.a` that is none of "Open" | "It's""#),
    },
    Case {
        name: "FewerMembersUnused",
        before: |n| one_of(n, &["Open", "Closed"]),
        after: |n| one_of(n, &["Open"]),
        rows: &[r#"{"a":"Open"}"#],
        then: Ok(&[r#"{"a":"Open"}"#]),
    },
    Case {
        name: "MembersToText",
        before: |n| one_of(n, &["Open"]),
        after: |n| one(n, TEXT, true),
        rows: &[r#"{"a":"Open"}"#],
        then: Ok(&[r#"{"a":"Open"}"#]),
    },
    Case {
        name: "RecordGrows",
        before: |n| record(n, &[("x", false)]),
        after: |n| record(n, &[("x", true), ("y", true)]),
        rows: &[r#"{"a":{"x":1}}"#],
        then: Ok(&[r#"{"a":{"x":1}}"#]),
    },
    Case {
        name: "RecordLoses",
        before: |n| record(n, &[("x", false), ("y", false)]),
        after: |n| record(n, &[("x", false)]),
        rows: &[r#"{"a":{"x":1,"y":2}}"#],
        then: Err("1 row has `RecordLoses.a`"),
    },
    Case {
        name: "BecomesUnique",
        before: |n| indexed(one(n, INT, true)),
        after: |n| unique(one(n, INT, true)),
        rows: &[r#"{"a":1}"#, "{}", "{}"],
        then: Ok(&[r#"{"a":1}"#, "{}", "{}"]),
    },
    Case {
        name: "IsNotUnique",
        before: one_int,
        after: |n| unique(one_int(n)),
        rows: &[r#"{"a":5}"#, r#"{"a":5}"#, r#"{"a":6}"#],
        then: Err("`IsNotUnique.a` can't be unique: several rows have `5`"),
    },
];

/// Brings stores from one declaration to another. `open` opens the same store again.
pub fn migrates(open: &dyn Fn() -> Arc<dyn EntityStore>) {
    for case in CASES {
        run(case, open);
    }
    two_programs(open);
    all_or_nothing(open);
}

fn row(number: usize, payload: &str) -> Row {
    let (id, at) = (Uuid::from_u128(number as u128 + 1), number as i64);
    Row { id, created_at: at, updated_at: at, payload: payload.to_owned() }
}

fn insert(store: &dyn EntityStore, entity: &EntityInfo, rows: &[&str]) {
    let rows = rows.iter().enumerate().map(|(number, payload)| row(number, payload));
    let changes: Vec<Change<'_>> = rows.map(|row| Change::Insert { entity, row }).collect();
    store.apply(&changes).expect("the rows are stored");
}

fn payloads(store: &dyn EntityStore, entity: &EntityInfo) -> Vec<String> {
    let found = store.find(&Question::all(entity)).expect("the rows are read");
    found.rows.into_iter().map(|row| row.payload).collect()
}

fn run(case: &Case, open: &dyn Fn() -> Arc<dyn EntityStore>) {
    let (before, after) = ((case.before)(case.name), (case.after)(case.name));
    let store = open();
    store.prepare(std::slice::from_ref(&before)).expect("the first declaration");
    insert(&*store, &before, case.rows);
    drop(store);
    let store = open();
    let outcome = store.prepare(std::slice::from_ref(&after));
    match case.then {
        Ok(rows) => {
            assert_eq!(outcome, Ok(()), "{}", case.name);
            assert_eq!(payloads(&*store, &after), rows, "{}", case.name);
            // Again there is nothing to do, and rows can be written.
            let store = open();
            assert_eq!(store.prepare(std::slice::from_ref(&after)), Ok(()), "{}", case.name);
            for (number, payload) in rows.iter().enumerate() {
                let old = row(number, payload);
                let new = Row { updated_at: 99, ..old.clone() };
                let change = Change::Replace { entity: &after, old, new };
                assert_eq!(store.apply(&[change]), Ok(()), "{}", case.name);
            }
        }
        Err(expected) => {
            let message = match &outcome {
                Err(StoreError::Broken(message)) => message.as_str(),
                _ => "",
            };
            assert!(message.contains(expected), "{}: {outcome:?}", case.name);
            // The first program goes on as if nothing had been.
            assert_eq!(payloads(&*open(), &before), case.rows, "{}", case.name);
        }
    }
}

/// A program that does not know an attribute leaves it alone.
fn two_programs(open: &dyn Fn() -> Arc<dyn EntityStore>) {
    let (more, less) = (two("Shared", true), one_int("Shared"));
    let (first, second) = (open(), open());
    insert(&*first, &more, &[r#"{"a":1,"b":"x"}"#, r#"{"a":2,"b":null}"#]);
    let rows = second.find(&Question::all(&less)).expect("rows").rows;
    assert_eq!(rows[0].payload, r#"{"a":1}"#);
    for old in rows {
        let new = Row { updated_at: 7, payload: r#"{"a":3}"#.to_owned(), ..old.clone() };
        second.apply(&[Change::Replace { entity: &less, old, new }]).expect("it is changed");
    }
    let expected = [r#"{"a":3,"b":"x"}"#, r#"{"a":3,"b":null}"#];
    assert_eq!(payloads(&*first, &more), expected);
    // Both may go on in turn, and ask by the attribute.
    let field = Operand::Field { path: vec!["b".into()], kind: Kind::String, nullable: true };
    let right = Operand::Const(Literal::String("x".to_owned()));
    let what = &Predicate::Compare { op: Comparison::Eq, left: field, right };
    let test = Some(Bound { what, captures: Vec::new() });
    let found = first.find(&Question { test, ..Question::all(&more) }).expect("rows");
    assert_eq!(found.rows.len(), 1);
    assert_eq!(payloads(&*second, &less).len(), 2);
}

/// Where one entity is refused, the others are not changed.
fn all_or_nothing(open: &dyn Fn() -> Arc<dyn EntityStore>) {
    let store = open();
    let old = [one_int("Whole1"), one_int("Whole2")];
    for entity in &old {
        insert(&*store, entity, &[r#"{"a":1}"#]);
    }
    let new = [two("Whole1", true), two("Whole2", false)];
    assert!(matches!(open().prepare(&new), Err(StoreError::Broken(_))));
    // Had the first been changed, a program with another type of `b` would be refused.
    let other = entity("Whole1", &[("a", INT, false), ("b", INT, true)], &[], &[]);
    let store = open();
    insert_second(&*store, &other);
    assert_eq!(payloads(&*open(), &other), [r#"{"a":1}"#, r#"{"a":2,"b":5}"#]);
}

fn insert_second(store: &dyn EntityStore, entity: &EntityInfo) {
    let row = row(1, r#"{"a":2,"b":5}"#);
    store.apply(&[Change::Insert { entity, row }]).expect("it is stored");
}
