//! Collects the cases of `suite/`.

use crate::case::{self, Case, Stage};
use crate::harness::Test;
use crate::{check, files_below, root, run};

/// Adds a test for each case; files that can't be read are problems.
pub(crate) fn collect(tests: &mut Vec<Test>, problems: &mut Vec<String>) {
    for case in cases(problems) {
        tests.push(Test::new(case.full_name(), move |context| match case.stage {
            Stage::Parse | Stage::Check => check::run(&case, context),
            Stage::Run => run::run(&case, context),
        }));
    }
}

/// All cases of the suite.
pub(crate) fn cases(problems: &mut Vec<String>) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in files_below(&root().join("tests/suite"), "wf") {
        let parsed = std::fs::read_to_string(&path)
            .map_err(|e| format!("{}: {e}", path.display()))
            .and_then(|text| case::parse(&path, &text));
        match parsed {
            Ok(found) => cases.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    cases
}
