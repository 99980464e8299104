//! Documents as values, and documents that must not be taken.

use wf_vm::Answer;
use wf_vm::bytecode::{TypeDesc, TypeIdx};

use super::Parse;
use crate::test_support::{Types, failed, s};

/// The root as JSON.
fn root(types: &mut Types, ty: TypeIdx, text: &str) -> serde_json::Value {
    let input = types.input(&[("text", s(text))]);
    let output = types.output(&["name", "root", "success"]);
    let mut call = types.call(input, output);
    call.type_args = vec![ty];
    match call.run(&Parse) {
        Ok(Answer::Json(text)) => {
            let all: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
            all["root"].clone()
        }
        other => panic!("{other:?} is no JSON"),
    }
}

fn code(text: &str) -> (String, String) {
    let mut types = Types::new();
    let input = types.input(&[("text", s(text))]);
    let output = types.output(&["name", "root", "success"]);
    let call = types.call(input, output);
    let failure = failed(&call, &Parse);
    (failure.code, failure.message)
}

const ORDER: &str = "<?xml version='1.0'?>\n<!DOCTYPE order>\n<!-- c --><order id=\"7\" n:x='&lt;1'>\n\
    <item>a &amp; b</item><item k='1'>c<![CDATA[<d>]]></item>\n<note/> t&#65; </order>\n";

#[test]
fn a_document_as_json() {
    let mut types = Types::new();
    let found = root(&mut types, TypeIdx(0), ORDER);
    let expected = serde_json::json!({
        "@id": "7",
        "@n:x": "<1",
        "#text": "tA",
        "item": ["a & b", { "@k": "1", "#text": "c<d>" }],
        "note": ""
    });
    assert_eq!(found, expected);
    assert_eq!(root(&mut types, TypeIdx(0), "<a> x\r\ny </a>"), "x\ny");
}

#[test]
fn a_document_of_a_type() {
    let mut types = Types::new();
    let int = types.add(TypeDesc::Int);
    let string = types.add(TypeDesc::String);
    let maybe = types.add(TypeDesc::Optional(string));
    let names = types.add(TypeDesc::List(string));
    let maybe_names = types.add(TypeDesc::Optional(names));
    let record = types.record(
        "Order",
        &[
            ("@id", int),
            ("@no?", int),
            ("#text", string),
            ("item", names),
            ("other", names),
            ("more?", maybe_names),
            ("note", maybe),
            ("absent?", maybe),
        ],
    );
    let found = root(&mut types, record, &ORDER.replace(" k='1'", ""));
    let expected = serde_json::json!({
        "@id": 7, "#text": "tA", "item": ["a & b", "c<d>"], "other": [], "note": null
    });
    assert_eq!(found, expected);
    let one = types.record("", &[("item", string)]);
    let found = root(&mut types, one, ORDER);
    assert!(found["item"].is_array(), "which one is meant is not guessed: {found}");
    let numbers = types.add(TypeDesc::List(int));
    assert_eq!(root(&mut types, numbers, "<l><n>1</n><m>02</m></l>"), serde_json::json!([1, 2]));
    assert_eq!(root(&mut types, numbers, "<l/>"), serde_json::json!([]));
    let named = types.add(TypeDesc::Map(int));
    let found = root(&mut types, named, "<l a='1'><b>2</b></l>");
    assert_eq!(found, serde_json::json!({ "@a": 1, "b": 2 }));
    let lists = types.add(TypeDesc::Map(numbers));
    let found = root(&mut types, lists, "<l><b>2</b><b>3</b><c>4</c></l>");
    assert_eq!(found, serde_json::json!({ "b": [2, 3], "c": [4] }));
    let either = types.add(TypeDesc::Union(vec![int, record]));
    assert_eq!(root(&mut types, either, "<l><b>2</b></l>"), serde_json::json!({ "b": "2" }));
}

#[test]
fn what_is_no_document_is_told() {
    for text in [
        "",
        "x",
        "<a>",
        "</a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a b/>",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a>&unknown;</a>",
        "<a>&#0;</a>",
        "<a>&#xd800;</a>",
        "<a b='&unknown;'/>",
        "<a>&</a>",
        "<a",
        "<!--",
        "<a><![CDATA[x</a>",
        "<1/>",
        "<a 1='x'/>",
    ] {
        assert_eq!(code(text).0, "InvalidXml", "{text}");
    }
    assert!(code("<a>\n\n</b>").1.contains("line 3"));
}

#[test]
fn nothing_is_expanded_or_loaded() {
    let lol = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
    assert_eq!(code(lol).0, "Unsupported");
    let file = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>";
    assert_eq!(code(file).0, "Unsupported");
    // A document type that is elsewhere is not asked for; its entities are unknown.
    let outside = "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/a.dtd\"><a>&x;</a>";
    assert_eq!(code(outside).0, "InvalidXml");
}

#[test]
fn hostile_documents_end() {
    assert_eq!(code(&"<a>".repeat(1_000_000)).0, "TooDeep");
    let attributes: String = (0..300).map(|n| format!(" a{n}='1'")).collect();
    assert_eq!(code(&format!("<a{attributes}/>")).0, "TooLarge");
    let mut types = Types::new();
    let wide = format!("<a>{}</a>", "<b c='1'>x</b>y".repeat(50_000));
    assert_eq!(root(&mut types, TypeIdx(0), &wide)["b"].as_array().map(Vec::len), Some(50_000));
    let deep = format!("{}{}", "<a>".repeat(60), "</a>".repeat(60));
    root(&mut types, TypeIdx(0), &deep);
}

#[test]
fn characters_that_xml_has_not_are_refused_however_written() {
    for (text, why) in [
        ("<a>\n\0</a>", "line 2: the character U+0000 can't be in it"),
        ("<a b='\u{1b}'/>", "line 1: the character U+001B can't be in it"),
        ("<a><!--\u{ffff}--></a>", "line 1: the character U+FFFF can't be in it"),
        ("<a>&#0;</a>", "line 1"),
        ("<a>&#x1b;</a>", "line 1"),
        ("<a>&#xFFFE;</a>", "line 1"),
    ] {
        let (code, message) = code(text);
        assert_eq!(code, "InvalidXml", "{message}");
        assert!(message.contains(why), "{message}");
    }
    let mut types = Types::new();
    assert_eq!(root(&mut types, TypeIdx(0), "<a>\t\u{7f}\u{10ffff}</a>"), "\u{7f}\u{10ffff}");
}
