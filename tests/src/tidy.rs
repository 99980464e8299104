//! Housekeeping as tests: the shape of the workspace, its sources, its codes and its documents.

mod codes;
mod crates;
mod docs;
mod rules;
mod sources;

use std::collections::BTreeSet;

use crate::harness::{Outcome, Test};

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    let mut add = |name: &str, test: fn() -> Vec<String>| {
        tests.push(Test::new(format!("tidy {name}"), move |_| none(&test())));
    };
    add("crates depend only on what they may", crates::dependencies);
    add("libraries are used in one place", crates::only_users);
    add("crates are in ARCHITECTURE.md", crates::named);
    add("crates take the lints of the workspace", crates::lints);
    add("what is fuzzed is locked to what the crates depend on", crates::fuzz_lock);
    add("sources are small and say what they are for", sources::check);
    add("codes have their cases", codes::check);
    add("links resolve", docs::links);
    add("programs in documents are right", docs::programs);
}

/// Adds the test of the table of rules, which names any of the tests so far.
pub(crate) fn collect_rules(tests: &mut Vec<Test>) {
    let names: BTreeSet<String> = tests.iter().map(|test| test.name().to_owned()).collect();
    tests.push(Test::new("tidy rules have their tests", move |_| none(&rules::check(&names))));
}

fn none(problems: &[String]) -> Outcome {
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
