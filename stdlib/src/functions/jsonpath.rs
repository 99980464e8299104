//! JSONPath: the function, and what paths into `json` and slices in programs become.

use wf_vm::bytecode::Program;
use wf_vm::value::jsonpath::select_by_text;
use wf_vm::{ListRef, NativeFn, Value};

use super::args::{self, Outcome, optional_int, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[("jsonpath", all)];

/// What only the compiler calls, by names that no program can write.
pub(crate) const HIDDEN: &[(&str, NativeFn)] =
    &[("$.all", all), ("$.one", one), ("$.slice", slice)];

/// The results of the query that is the second argument; what stands behind are its parameters.
fn select(program: &Program, args: &mut [Value]) -> Result<Vec<Value>, wf_vm::Failure> {
    let value = args::any(args, 0)?;
    let query = text(args, 1)?;
    select_by_text(query, value, args.get(2..).unwrap_or_default(), program)
}

fn all(program: &Program, args: &mut [Value]) -> Outcome {
    select(program, args).map(Value::list)
}

fn one(program: &Program, args: &mut [Value]) -> Outcome {
    Ok(select(program, args)?.into_iter().next().unwrap_or_default())
}

/// A slice as by RFC 9535: with a step, the ends clamped.
fn slice(_: &Program, args: &mut [Value]) -> Outcome {
    let (start, end) = (optional_int(args, 1)?, optional_int(args, 2)?);
    let step = optional_int(args, 3)?;
    let items = args::list(args, 0)?;
    let all = items.as_slice();
    let taken = wf_vm::value::jsonpath::slice(start, end, step, all.len());
    Ok(Value::List(ListRef::new(taken.filter_map(|index| all.get(index).cloned()).collect())))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, code, list, map, s};
    use wf_vm::Value::{Int, Null};

    #[test]
    fn queries() {
        let data = || map([("a", list([map([("b", Int(1))]), map([("b", Int(2))])]))]);
        assert!(call("jsonpath", vec![data(), s("$.a[?@.b > 1].b")]).equal(&list([Int(2)])));
        assert!(call("$.one", vec![data(), s("$.a[%0].b"), Int(1)]).equal(&Int(2)));
        assert!(call("$.one", vec![data(), s("$.a[%0].b"), Int(-1)]).equal(&Null));
        assert_eq!(code("jsonpath", vec![data(), s("$.")]), "InvalidPath");
    }

    #[test]
    fn slices() {
        let items = || list([Int(0), Int(1), Int(2), Int(3)]);
        for (start, end, step, expected) in [
            (Int(1), Int(3), Null, vec![1, 2]),
            (Null, Null, Int(2), vec![0, 2]),
            (Null, Null, Int(-1), vec![3, 2, 1, 0]),
            (Int(-2), Null, Null, vec![2, 3]),
            (Int(9), Int(-9), Int(-2), vec![3, 1]),
            (Null, Null, Int(0), vec![]),
            (Int(i64::MIN), Int(i64::MAX), Int(i64::MAX), vec![0]),
        ] {
            let found = call("$.slice", vec![items(), start, end, step]);
            assert!(
                found.equal(&list(expected.into_iter().map(Int).collect::<Vec<_>>())),
                "{found:?}"
            );
        }
    }
}
