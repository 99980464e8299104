//! Tables in and out, and texts that are none.

use wf_vm::bytecode::{TypeDesc, TypeIdx};
use wf_vm::{Answer, Value};

use super::format::Format;
use super::parse::Parse;
use crate::test_support::{Types, answered, dec, failed, fields, list, map, s};
use wf_vm::Value::{Bool, Int, Null};

/// The output type whose rows are of a type.
fn rows_of(types: &mut Types, item: TypeIdx) -> TypeIdx {
    let rows = types.add(TypeDesc::List(item));
    let columns = types.add(TypeDesc::Json);
    types.record("", &[("rows", rows), ("columns", columns), ("success", columns)])
}

fn orders(types: &mut Types) -> TypeIdx {
    let int = types.add(TypeDesc::Int);
    let string = types.add(TypeDesc::String);
    let decimal = types.add(TypeDesc::Decimal);
    let bool = types.add(TypeDesc::Bool);
    let note = types.add(TypeDesc::Optional(string));
    let fields =
        [("id", int), ("name", string), ("amount", decimal), ("paid", bool), ("note?", note)];
    types.record("Order", &fields)
}

fn parse(text: &str, more: &[(&str, Value)]) -> Result<Vec<Value>, (String, String)> {
    let mut types = Types::new();
    let order = orders(&mut types);
    parse_as(&mut types, order, text, more)
}

fn parse_as(
    types: &mut Types,
    item: TypeIdx,
    text: &str,
    more: &[(&str, Value)],
) -> Result<Vec<Value>, (String, String)> {
    let output = rows_of(types, item);
    let mut inputs = vec![("text", s(text))];
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let call = types.call(input, output);
    let rows = match call.run(&Parse) {
        Err(failure) => return Err((failure.code, failure.message)),
        Ok(Answer::Value(value)) => fields(&call.program, &value)["rows"].clone(),
        Ok(Answer::Json(text)) => panic!("{text} is no value"),
    };
    let Value::List(rows) = rows else { panic!("rows are a list") };
    Ok(rows.as_slice().to_vec())
}

#[test]
fn rows_become_records() {
    let text = "\u{feff}paid,id,extra,name,amount,note\r\n\
                true,1,x,\"Grace, \"\"Admiral\"\"\nof the Navy\",12.50,\r\n\
                \r\n\
                0,-7,,Ada,0.10,n";
    let rows = parse(text, &[]).expect("it is a table");
    let mut types = Types::new();
    orders(&mut types);
    let first = fields(&types.program, &rows[0]);
    assert!(first["name"].equal(&s("Grace, \"Admiral\"\nof the Navy")), "{first:?}");
    assert!(first["id"].equal(&Int(1)) && first["amount"].equal(&dec("12.50")));
    assert!(first["paid"].equal(&Bool(true)) && first["note"].equal(&Null));
    let second = fields(&types.program, &rows[1]);
    assert!(second["id"].equal(&Int(-7)) && second["paid"].equal(&Bool(false)));
    assert!(second["note"].equal(&s("n")));
    assert_eq!(rows.len(), 2);

    let columns = list([s("id"), s("name"), s("amount"), s("paid")]);
    let more = [("columns", columns), ("delimiter", s(";")), ("trim", Bool(true))];
    let rows = parse(" 1 ; Ada ; 3 ; true \n", &more).expect("it is a table");
    let only = fields(&types.program, &rows[0]);
    assert!(only["name"].equal(&s("Ada")) && matches!(only["note"], Value::Missing));
    assert!(parse("id,name,amount,paid\n", &[]).expect("a head alone").is_empty());
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let head = "id,name,amount,paid\n";
    for (text, code, words) in [
        ("1,Ada,2,true\nx,Ada,2,true\n", "InvalidCell", "line 3, column `id` should be"),
        ("1,\"a\nb\",2,true\n1,A,2,ja\n", "InvalidCell", "line 4, column `paid`"),
        ("1,Ada,,true\n", "InvalidCell", "line 2, column `amount`"),
        ("9223372036854775808,A,2,true\n", "InvalidCell", "column `id`"),
        ("1,Ada,2\n", "InvalidCsv", "line 2 has 3 cells"),
        ("1,Ada,2,true,5\n", "InvalidCsv", "line 2 has 5 cells"),
        ("1,\"Ada,2,true\n1,B,2,true\n", "InvalidCsv", "begins in line 2 is not closed"),
        ("1,\"A\"da,2,true\n", "InvalidCsv", "line 2 has text behind"),
    ] {
        let (found, message) = parse(&format!("{head}{text}"), &[]).expect_err(text);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
    let (code, message) = parse("id,name,paid\n1,Ada,true\n", &[]).expect_err("a column");
    assert_eq!(code, "InvalidCsv");
    assert!(message.contains("no column `amount`; there are `id`, `name`, `paid`"), "{message}");
    let (_, message) = parse("id,id,name,amount,paid\n", &[]).expect_err("twice");
    assert!(message.contains("two columns named `id`"), "{message}");
    let (_, message) = parse("", &[]).expect_err("no head");
    assert!(message.contains("no column"), "{message}");
    for delimiter in ["", "\"", "\n", "ab", "é"] {
        let (code, _) = parse(head, &[("delimiter", s(delimiter))]).expect_err(delimiter);
        assert_eq!(code, "InvalidInput");
    }
}

#[test]
fn rows_become_other_types() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let numbers = types.add(TypeDesc::List(int));
    let rows = parse_as(&mut types, numbers, "a,b\n1,2\n", &[]).expect("lists");
    assert!(rows[0].equal(&list([Int(1), Int(2)])));
    let named = types.add(TypeDesc::Map(int));
    let rows = parse_as(&mut types, named, "a,b\n1,2\n", &[]).expect("maps");
    assert!(rows[0].equal(&map([("a", Int(1)), ("b", Int(2))])));
    let rows = parse_as(&mut types, int, "a\n1\n2\n", &[]).expect("single cells");
    assert!(rows[1].equal(&Int(2)));
    assert!(parse_as(&mut types, int, "a,b\n1,2\n", &[]).is_err());
    let json = TypeIdx(0);
    let rows = parse_as(&mut types, json, "a\n1\n", &[]).expect("anything");
    assert!(rows[0].equal(&map([("a", s("1"))])));
}

#[test]
fn hostile_texts_end() {
    let wide = format!("{}\n", ",".repeat(1_000_000));
    let tall = format!("id\n{}", "1\n".repeat(200_000));
    let quotes = "\"".repeat(100_001);
    for text in [&*wide, &tall, &quotes, "\0", "\"", "\r\r\r", ",\"\"\"", "a\"b,\"c"] {
        drop(parse(text, &[]));
    }
}

fn format(rows: Value, more: &[(&str, Value)]) -> Result<String, String> {
    let mut types = Types::new();
    let mut inputs = vec![("rows", rows), ("header", Bool(true))];
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let output = types.output(&["text", "success"]);
    let call = types.call(input, output);
    if let Err(failure) = call.run(&Format) {
        return Err(failed(&call, &Format).code + &failure.message);
    }
    match &answered(&call, &Format)["text"] {
        Value::String(text) => Ok(text.to_string()),
        other => panic!("{other:?} is no text"),
    }
}

#[test]
fn rows_are_written() {
    let rows = || {
        list([
            map([("a", Int(1)), ("b", s("x, \"y\"\nz"))]),
            map([("c", list([Int(1)])), ("a", Null), ("b", s("=1+1"))]),
        ])
    };
    let written = format(rows(), &[]).expect("a table");
    assert_eq!(written, "a,b,c\n1,\"x, \"\"y\"\"\nz\",\n,=1+1,[1]\n");
    let more = [
        ("columns", list([s("b"), s("a")])),
        ("delimiter", s(";")),
        ("lineEnd", s("\r\n")),
        ("escapeFormulas", Bool(true)),
    ];
    let written = format(rows(), &more).expect("a table");
    assert_eq!(written, "b;a\r\n\"x, \"\"y\"\"\nz\";1\r\n'=1+1;\r\n");
    let more = [("escapeFormulas", Bool(true))];
    let numbers = list([list([Int(-1), s("-1"), s("@a"), s("a=")])]);
    assert_eq!(format(numbers, &more).expect("a table"), "-1,'-1,'@a,a=\n");
    assert_eq!(format(list([]), &[]).expect("nothing"), "");
    assert!(format(list([Int(1)]), &[]).expect_err("no row").contains("row 1"));
    let marked = format(list([list([s("x")])]), &[("byteOrderMark", Bool(true))]);
    assert_eq!(marked.expect("a table"), "\u{feff}x\n");
    let more = [("columns", list([s("a")]))];
    let long = list([list([Int(1), Int(2)])]);
    assert!(format(long, &more).expect_err("too many").contains("row 1 has 2 cells"));
}

#[test]
fn a_row_of_one_empty_cell_is_no_empty_line() {
    let rows = list([map([("a", s(""))]), map([("a", s("x"))])]);
    let written = format(rows, &[]).expect("a table");
    assert_eq!(written, "a\n\"\"\nx\n");
}

#[test]
fn a_row_is_no_wider_than_a_table() {
    let mut types = Types::new();
    let json = types.add(TypeDesc::Json);
    let widest = format!("{}\n{}\n", names(10_000), ",".repeat(9_999));
    assert_eq!(parse_as(&mut types, json, &widest, &[]).map(|rows| rows.len()), Ok(1));
    for text in [
        names(10_001),
        ",".repeat(1_000_000),
        format!("{}\n{}", names(10_000), ",".repeat(10_000)),
        format!("a\n\"x\n\"{}", ",".repeat(10_000)),
    ] {
        let (code, message) = parse_as(&mut types, json, &text, &[]).expect_err("it is too wide");
        assert_eq!(code, "TooLarge", "{message}");
    }
    let mut types = Types::new();
    let json = types.add(TypeDesc::Json);
    let quoted = format!("a\n\"{}\"\n", ",".repeat(20_000));
    assert_eq!(parse_as(&mut types, json, &quoted, &[]).map(|rows| rows.len()), Ok(1));
}

fn names(count: usize) -> String {
    (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",")
}

#[test]
fn cells_are_as_they_stand() {
    let mut types = Types::new();
    let json = types.add(TypeDesc::Json);
    let mut first = |text: &str, more: &[(&str, Value)]| {
        let rows = parse_as(&mut types, json, text, more).map_err(|(code, _)| code)?;
        let Some(Value::Map(map)) = rows.first() else { panic!("a row is a map") };
        match map.entries().get("a") {
            Some(Value::String(text)) => Ok(text.to_string()),
            other => panic!("{other:?} is no text"),
        }
    };
    assert_eq!(first("a,b\n x ,1\n", &[]), Ok(" x ".to_owned()));
    assert_eq!(first("a,b\n x ,1\n", &[("trim", Bool(true))]), Ok("x".to_owned()));
    // A quote within a cell is text.
    assert_eq!(first("a,b\n5\" x 3\",1\n", &[]), Ok("5\" x 3\"".to_owned()));
    let many = list((0..10_001).map(|n| s(&format!("c{n}"))).collect::<Vec<_>>());
    assert_eq!(first("1\n", &[("columns", many)]), Err("InvalidInput".to_owned()));
}
