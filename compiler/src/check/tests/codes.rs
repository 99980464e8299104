//! Every code has a page whose wrong example gives exactly that code and whose right one nothing.

use wf_diagnostics::{Code, codes};

use super::{check_text, places, told};

/// The codes that the checker gives.
fn own() -> impl Iterator<Item = &'static Code> {
    codes::all()
        .filter(|c| !c.id.starts_with("WF00") && !c.id.starts_with("WF07"))
        .filter(|c| !["WF0523", "WF0915"].contains(&c.id))
}

fn block(page: &'static str, heading: &str) -> &'static str {
    let (_, after) = page.split_once(heading).expect("the page has the heading");
    let (_, block) = after.split_once("```wf\n").expect("the heading has a block");
    block.split_once("```").expect("the block ends").0
}

#[test]
fn wrong_examples_give_their_code() {
    let mut failures = String::new();
    for code in own() {
        let checked = check_text(block(code.explain, "## Wrong"));
        let ids: Vec<&str> = checked.diagnostics.iter().map(|d| d.code.id).collect();
        if ids != [code.id] {
            failures.push_str(&format!("{}:\n{}", code.id, told(&checked)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn right_examples_give_nothing() {
    let mut failures = String::new();
    for code in own() {
        let checked = check_text(block(code.explain, "## Right"));
        if !checked.diagnostics.is_empty() || checked.program.is_none() {
            failures.push_str(&format!("{}:\n{}", code.id, told(&checked)));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn wrong_examples_are_marked_at_the_exact_place() {
    let mut found = String::new();
    for code in own() {
        let checked = check_text(block(code.explain, "## Wrong"));
        for (diagnostic, place) in checked.diagnostics.iter().zip(places(&checked)) {
            let mut text = checked.sources.slice(diagnostic.span).replace('\n', " ");
            text.truncate(text.floor_char_boundary(40));
            found.push_str(&format!("{place} {text}\n"));
        }
    }
    assert_eq!(found, include_str!("places.txt"));
}
