//! Pages, tag soup, and what is meant to do harm.

use wf_vm::{Answer, Value};

use super::Select;
use crate::test_support::{Types, failed, s};

fn select(html: &str, selector: &str) -> serde_json::Value {
    let mut types = Types::new();
    let input = types.input(&[("html", s(html)), ("selector", s(selector))]);
    let output = types.output(&["elements", "count", "success"]);
    match types.call(input, output).run(&Select) {
        Ok(Answer::Json(text)) => serde_json::from_str(&text).expect("it is JSON"),
        other => panic!("{other:?} is no JSON"),
    }
}

/// The texts of what is found.
fn texts(html: &str, selector: &str) -> Vec<String> {
    let found = select(html, selector);
    let elements = found["elements"].as_array().expect("a list");
    elements.iter().map(|e| e["text"].as_str().expect("a text").to_owned()).collect()
}

fn code(html: &str, selector: &str, more: &[(&str, Value)]) -> String {
    let mut types = Types::new();
    let mut inputs = vec![("html", s(html)), ("selector", s(selector))];
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let output = types.output(&["elements", "count", "success"]);
    failed(&types.call(input, output), &Select).code
}

#[test]
fn elements_are_given_with_all_that_is_asked() {
    let html = "<!doctype html><body><P CLASS='a b' Id=x>A &amp;\n  <b>&eacute;</b><br>c</P>d";
    let found = select(html, "p.b");
    let expected = serde_json::json!({
        "elements": [{
            "tag": "p",
            "text": "A & éc",
            "attributes": { "class": "a b", "id": "x" },
            "html": "<P CLASS='a b' Id=x>A &amp;\n  <b>&eacute;</b><br>c</P>"
        }],
        "count": 1,
        "success": true
    });
    assert_eq!(found, expected);
    assert_eq!(select(html, "q")["count"], 0);
    assert_eq!(texts("<p>x<script>let a = '<b>';</script><style>b{}</style>y", "p"), ["xy"]);
    assert_eq!(texts("<!-- <p>a --><title><p>b</title><textarea><p>c</textarea>", "p"), [""; 0]);
}

#[test]
fn end_tags_may_be_missing() {
    let list = "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e";
    assert_eq!(texts(list, "body > ul > li, ul > li"), ["a", "bc", "c", "d"]);
    assert_eq!(texts("<p>a<p>b<div>c</div>", "p"), ["a", "b"]);
    let table = "<table><tr><td>a<td><table><tr><td>b</table><th>c<tr><td>d</table>";
    assert_eq!(texts(table, "table > tr > td"), ["a", "b", "b", "d"]);
    assert_eq!(texts("<dl><dt>a<dd>b<dt>c</dl>", "dt"), ["a", "c"]);
    assert_eq!(texts("<select><option>a<option>b</select>", "option"), ["a", "b"]);
    assert_eq!(texts("<b>a<i>b</b>c", "b"), ["ab"]);
    assert_eq!(texts("</b><p>a</i>b</p>", "p"), ["ab"]);
    assert_eq!(texts("<table><tr><td><b>x</td><td>y</b></td></table>z", "td"), ["x", "y"]);
    assert_eq!(texts("<svg><path d=''/><g/></svg>a", "svg > *"), ["", ""]);
    assert_eq!(texts("<div/>a", "div"), ["a"]);
    assert_eq!(texts("<p>a<p></p>", "p:empty"), [""]);
}

#[test]
fn what_is_no_selector_is_told() {
    assert_eq!(code("", "p >", &[]), "InvalidSelector");
    assert_eq!(code("", &"a".repeat(5000), &[]), "InvalidSelector");
    assert_eq!(code("", "p", &[("limit", Value::Int(-1))]), "InvalidInput");
}

#[test]
fn hostile_pages_end() {
    assert_eq!(code(&"<div>".repeat(200_000), "div", &[]), "TooDeep");
    assert_eq!(code(&"<b x>".repeat(200_000), "b", &[]), "TooDeep");
    // Each paragraph would get all of the formatting again, were it carried over.
    let soup = format!("{}{}", "<b>".repeat(500), "<p>x".repeat(20_000));
    assert_eq!(select(&soup, "p")["count"], 20_000);
    // The same text in each of many elements.
    let nested = format!("{}{}", "<a>".repeat(500), "x".repeat(400_000));
    assert_eq!(code(&nested, "a", &[]), "TooLarge");
    let found = code(&"<i></i>".repeat(100_001), "i", &[]);
    assert_eq!(found, "TooLarge");
    let attributes: String = (0..20_000).map(|n| format!(" a{n}=1")).collect();
    assert_eq!(select(&format!("<a{attributes}>"), "[a19999]")["count"], 1);
    for text in ["\0", "<", "<!", "<a b='", "&#xfffffff;", "<p\u{fffd}>", "</", "<![CDATA[", "\r"] {
        select(text, "*");
    }
}

#[test]
fn a_limit_gives_the_first_ones() {
    let mut types = Types::new();
    let html = "<i>a</i><i>b</i>";
    let inputs = [("html", s(html)), ("selector", s("i")), ("limit", Value::Int(1))];
    let input = types.input(&inputs);
    let output = types.output(&["elements", "count", "success"]);
    let Ok(Answer::Json(text)) = types.call(input, output).run(&Select) else { panic!("JSON") };
    let found: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!((found["elements"].as_array().map(Vec::len), &found["count"]), (Some(1), &2.into()));
}
