//! The library functions: pure, total but for overflow and the limits on sizes.
//!
//! Their signatures are in the `.wf` files of this folder. A name with several signatures is one
//! function here, which looks at the kinds of its arguments.

mod args;
mod coding;
#[cfg(test)]
mod hostile;
mod jsonpath;
mod link;
mod list;
mod map;
mod number;
mod pattern;
mod text;
mod time;

use wf_vm::NativeFns;

pub(crate) use args::{LIST_LIMIT, TEXT_LIMIT};
pub use pattern::check_pattern;
pub use time::{check_format, check_zone};
pub(crate) use time::{retry_after, rfc3339};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("functions/text.wf", include_str!("functions/text.wf")),
    ("functions/pattern.wf", include_str!("functions/pattern.wf")),
    ("functions/list.wf", include_str!("functions/list.wf")),
    ("functions/map.wf", include_str!("functions/map.wf")),
    ("functions/number.wf", include_str!("functions/number.wf")),
    ("functions/time.wf", include_str!("functions/time.wf")),
    ("functions/coding.wf", include_str!("functions/coding.wf")),
    ("functions/jsonpath.wf", include_str!("functions/jsonpath.wf")),
    ("functions/link.wf", include_str!("functions/link.wf")),
];

/// The functions that have a signature here and no implementation: the compiler makes their code
/// where they are called, because they take lambdas or types.
pub const INLINED: &[&str] = &[
    "map",
    "filter",
    "filterMap",
    "flatMap",
    "reduce",
    "sortBy",
    "groupBy",
    "any",
    "all",
    "count",
    "find",
    "decode",
];

/// All library functions but the [`INLINED`] ones.
pub fn functions() -> NativeFns {
    let mut functions = NativeFns::new();
    for family in [
        text::FUNCTIONS,
        pattern::FUNCTIONS,
        list::FUNCTIONS,
        map::FUNCTIONS,
        number::FUNCTIONS,
        time::FUNCTIONS,
        coding::FUNCTIONS,
        jsonpath::FUNCTIONS,
        jsonpath::HIDDEN,
        link::FUNCTIONS,
    ] {
        for (name, function) in family {
            functions.add(*name, *function);
        }
    }
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signature_has_its_function() {
        let functions = functions();
        let declared = crate::test_support::declared("fn ");
        assert!(declared.len() > 70, "{declared:?}");
        for name in &declared {
            let inlined = INLINED.contains(&name.as_str());
            assert_eq!(functions.get(name).is_none(), inlined, "{name}");
        }
        for name in INLINED {
            assert!(declared.iter().any(|n| n == name), "{name} has no signature");
        }
    }

    #[test]
    fn every_function_has_its_signature() {
        let declared = crate::test_support::declared("fn ");
        for family in [
            text::FUNCTIONS,
            pattern::FUNCTIONS,
            list::FUNCTIONS,
            map::FUNCTIONS,
            number::FUNCTIONS,
            time::FUNCTIONS,
            coding::FUNCTIONS,
            jsonpath::FUNCTIONS,
        ] {
            for (name, _) in family {
                assert!(declared.iter().any(|n| n == name), "{name} has no signature");
            }
        }
    }

    #[test]
    fn wrong_arguments_are_failures() {
        let program = wf_vm::bytecode::Program::default();
        let functions = functions();
        let samples = crate::test_support::samples();
        for name in crate::test_support::declared("fn ") {
            let Some(function) = functions.get(&name) else { continue };
            // Whatever comes, it answers or fails: it never panics.
            let _ = function(&program, &mut []);
            for a in &samples {
                let _ = function(&program, &mut [a.clone()]);
                for b in &samples {
                    let _ = function(&program, &mut [a.clone(), b.clone()]);
                    for c in &samples {
                        let _ = function(&program, &mut [a.clone(), b.clone(), c.clone()]);
                    }
                }
            }
        }
    }
}
