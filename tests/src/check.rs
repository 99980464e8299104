//! Runs the cases of the stages `parse` and `check`.

use crate::bless;
use crate::case::{Case, Stage};
use crate::drive::{self, Sources};
use crate::expect::{self, Actual};
use crate::harness::{Context, Outcome};

/// Checks the case's program and compares what is told.
pub(crate) fn run(case: &Case, context: &Context) -> Outcome {
    let actual = diagnostics(case);
    let twice = diagnostics(case);
    if format!("{actual:?}") != format!("{twice:?}") {
        return Err("checked twice, it is told differently".to_owned());
    }
    match expect::compare(case, &actual) {
        None if !(context.blesses() && bless::has_wildcards(case)) => Ok(()),
        _ if context.blesses() => {
            bless::diagnostics(case, &actual, context);
            Ok(())
        }
        report => Err(report.unwrap_or_default()),
    }
}

/// What is told about the case's program, as far as its stage is concerned.
fn diagnostics(case: &Case) -> Vec<Actual> {
    let checked = drive::check(&Sources::of(case));
    let told = checked.diagnostics.iter();
    told.filter(|d| {
        case.stage != Stage::Parse || d.code.id.starts_with("WF00") || d.code.id == "WF0908"
    })
    .map(|d| Actual::new(d, &checked.sources))
    .collect()
}
