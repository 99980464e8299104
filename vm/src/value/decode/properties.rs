//! Properties of the border that hold for any data.

use proptest::prelude::*;
use serde_json::Value as Tree;
use wf_bytecode::{Program, TypeDesc};

use super::*;
use crate::value::json::{json_of, write_json};
use crate::value::samples::{self, Types};
use crate::value::time;

/// Any JSON of some size, with numbers of all kinds.
fn any_json() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::from),
        any::<i64>().prop_map(Tree::from),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Tree::from),
        ".{0,8}".prop_map(Tree::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::from),
            prop::collection::vec((".{0,4}", inner), 0..6)
                .prop_map(|entries| Tree::Object(entries.into_iter().collect())),
        ]
    })
}

/// A text that is JSON but for one small change.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(""),
        Just("\""),
        Just("\\"),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("0"),
        Just("-"),
        Just("."),
        Just("e"),
        Just("null"),
        Just("\\u"),
        Just("ü"),
        Just("\n"),
        Just("\u{1}"),
    ];
    (any_json(), any::<prop::sample::Index>(), 0_usize..3, piece).prop_map(
        |(tree, at, cut, piece)| {
            let text: Vec<char> = tree.to_string().chars().collect();
            let at = at.index(text.len() + 1);
            let rest = text.iter().skip(at + cut);
            text.iter().take(at).copied().chain(piece.chars()).chain(rest.copied()).collect()
        },
    )
}

/// Two records: one that is read as a whole, and one of which two fields are read.
fn records() -> (Program, [TypeIdx; 2]) {
    let mut types = Types::new();
    let (string, int) = (types.add(TypeDesc::String), types.add(TypeDesc::Int));
    let (bool, maybe) = (types.add(TypeDesc::Bool), types.optional(string));
    let few = [
        ("-name", string),
        ("-id", int),
        ("text", string),
        ("-more?", string),
        ("-some?", maybe),
        ("-is", bool),
        ("count?", int),
    ];
    let few = types.record("Few", &few);
    let whole = [
        ("name", string),
        ("id", int),
        ("text", maybe),
        ("more?", string),
        ("some?", maybe),
        ("is?", bool),
        ("few?", few),
        ("count?", int),
    ];
    let whole = types.record("Whole", &whole);
    (types.program, [whole, few])
}

/// Objects that mostly are such records, in their order or not, with blanks or without, and at
/// times not quite.
fn nearly_records() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        8 => "\"[a-z]{0,30}\"",
        1 => Just(r#""a\"b\\""#.to_owned()),
        1 => Just("\"\n\"".to_owned()),
        2 => "-?[0-9]{1,20}",
        2 => prop_oneof![Just("null"), Just("true"), Just("nul"), Just("1.0"), Just("[{},[]]")]
            .prop_map(str::to_owned),
    ];
    let text = "\"[a-zé]{0,80}\"";
    let fields = (
        [text, text],
        (0_i64..1_000_000).prop_map(|id| format!("\"id\":{id}")),
        any::<bool>().prop_map(|is| format!("\"is\":{is}")),
        proptest::option::of(text.prop_map(|t| format!("\"some\":{t}"))),
        prop::collection::vec(("(name|more|count|some|odd|text)", value), 0..3),
    );
    let object = fields.prop_map(|([name, text], id, is, some, others)| {
        let others = others.into_iter().map(|(name, value)| format!("\"{name}\":{value}"));
        let (name, text) = (format!("\"name\":{name}"), format!("\"text\":{text}"));
        [name, id, text, is].into_iter().chain(some).chain(others).collect::<Vec<_>>()
    });
    let object = prop_oneof![2 => object.clone(), 1 => object.prop_shuffle()].boxed();
    (prop::collection::vec(object, 1..4), prop::sample::select(vec![",", ", ", "\n,", ",,"]), 0..9)
        .prop_map(|(objects, comma, odd)| {
            let comma = if comma == ",," && odd > 0 { "," } else { comma };
            let around = |inner: String, object: Vec<String>| {
                let inner = (!inner.is_empty()).then(|| format!("\"few\" :{inner}"));
                let parts: Vec<String> = object.into_iter().chain(inner).collect();
                format!("{{{}}}", parts.join(comma))
            };
            objects.into_iter().fold(String::new(), around)
        })
}

/// Whether two trees have the same numbers, but for what `serde_json` reads inexactly.
fn agree(ours: &Tree, theirs: &Tree) -> bool {
    match (ours, theirs) {
        (Tree::Number(a), Tree::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= a.abs() * 1e-15,
            _ => false,
        },
        // More digits than a float has are shown as a string.
        (Tree::String(a), Tree::Number(b)) => {
            a.parse().is_ok_and(|a: f64| agree(&Tree::from(a), &Tree::from(b.as_f64())))
        }
        (Tree::Array(a), Tree::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b))
        }
        (Tree::Object(a), Tree::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((n, a), (m, b))| n == m && agree(a, b))
        }
        (a, b) => a == b,
    }
}

/// Few cases, since the trees are large; failures are told and not kept in files.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn json_is_read_and_written_without_loss(tree in any_json()) {
        let program = Program::default();
        let value = decode_json(&tree.to_string()).unwrap();
        prop_assert!(agree(&json_of(&value, &program), &tree));
        let mut text = String::new();
        write_json(&value, &program, &mut text).unwrap();
        prop_assert!(decode_json(&text).unwrap().equal(&value), "{}", text);
    }

    #[test]
    fn our_json_is_the_json_of_serde_json(text in nearly_json()) {
        let theirs = serde_json::from_str::<Tree>(&text);
        match (decode_json(&text), theirs) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert!(agree(&json_of(&ours, &Program::default()), &theirs), "{}", text);
            }
            // A decimal is there beyond the range of floats too.
            (Ok(_), Err(error)) => {
                let range = error.to_string().contains("number out of range");
                prop_assert!(range, "{}: {}", text, error);
            }
            // What we refuse and they do not is no matter of syntax: names given twice, integers
            // out of range.
            (Err(ours), Ok(_)) => prop_assert_eq!(ours.syntax, None, "{}", text),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn what_is_skipped_is_read_as_far(text in nearly_json()) {
        let mut scanner = scan::Scanner::new(&text);
        let skipped = scanner.skip().and_then(|()| scanner.finish());
        match decode_json(&text) {
            Ok(_) => prop_assert!(skipped.is_ok(), "{}", text),
            // A surrogate alone is seen only where the string is read.
            Err(DecodeError { syntax: Some(_), expected, .. }) if expected != "valid escapes" => {
                prop_assert!(skipped.is_err(), "{}", text);
            }
            // What is wrong besides the syntax hides whether that is wrong too, further on.
            Err(_) => {}
        }
    }

    #[test]
    fn any_data_against_any_type_is_a_value_or_an_error(tree in any_json()) {
        let sample = samples::one_of_each();
        let mut types = Types { program: sample.program };
        let count = types.program.types.len() as u16;
        let all = types.add(TypeDesc::Union((0..count).map(TypeIdx).collect()));
        let map = types.map(all);
        let list = types.list(map);
        let text = tree.to_string();
        let json = decode_json(&text).unwrap();
        for ty in (0..=list.0).map(TypeIdx) {
            match (decode_text(&text, ty, &types.program), decode_value(&json, ty, &types.program)) {
                (Ok(a), Ok(b)) => prop_assert!(a.equal(&b)),
                (Err(a), Err(b)) => prop_assert_eq!(a.path, b.path),
                (a, b) => prop_assert!(false, "{:?} {:?}", a, b),
            }
        }
    }

    #[test]
    fn records_are_read_as_their_json_is(text in nearly_records()) {
        let (program, types) = records();
        for ty in types {
            let ours = decode_text(&text, ty, &program);
            match decode_json(&text).map(|json| decode_value(&json, ty, &program)) {
                Ok(Ok(value)) => {
                    prop_assert!(ours.is_ok_and(|ours| ours.equal(&value)), "{}", text);
                }
                Ok(Err(_)) => prop_assert!(ours.is_err(), "{}", text),
                // What is not read may be given twice, and be out of range.
                Err(error) if error.syntax.is_none() => {}
                Err(_) => prop_assert!(ours.is_err(), "{}", text),
            }
        }
    }

    #[test]
    fn an_int_is_read_from_any_form_of_it(number: i64, places in 0_usize..25) {
        let text = number.to_string();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text.as_str()),
        };
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let whole = if whole.chars().all(|c| c == '0') { "0" } else { whole };
        let point = if fraction.is_empty() { "" } else { "." };
        for form in [
            format!("{sign}{whole}{point}{fraction}e{places}"),
            format!("{text}{}E-{places}", "0".repeat(places)),
            format!("{text}.{}", "0".repeat(places + 1)),
        ] {
            prop_assert_eq!(scalar::int_of(&form), Ok(number), "{}", form);
        }
        let fraction = format!("{text}.{}1", "0".repeat(places));
        prop_assert!(scalar::int_of(&fraction).is_err());
    }

    #[test]
    fn durations_and_instants_read_what_they_write(micros: i64) {
        let mut text = String::new();
        time::push_duration(micros, &mut text);
        prop_assert_eq!(time::parse_duration(&text), Some(micros), "{}", text);
        let micros = micros.rem_euclid(time::MAX_INSTANT);
        text.clear();
        time::push_instant(micros, &mut text).unwrap();
        prop_assert_eq!(time::parse_instant(&text), Some(micros), "{}", text);
    }
}
