//! Functions with regular expressions.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Captures, Regex, RegexBuilder};
use wf_vm::bytecode::Program;
use wf_vm::{Failure, FailureKind, ListRef, NativeFn, Value};

use super::args::{LIST_LIMIT, Outcome, check_length, string, text, too_large};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("matches", |_, a| Ok(Value::Bool(compile(text(a, 1)?)?.is_match(text(a, 0)?)))),
    ("capture", capture),
    ("captureAll", capture_all),
    ("replaceAll", replace_all),
];

/// How large a compiled expression may be, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// How many compiled expressions a thread keeps.
const KEPT: usize = 64;

thread_local! {
    static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

/// Says what is wrong with a regular expression, for those who check it before a program runs.
///
/// # Errors
/// What is wrong, in several lines that show the place.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    build(pattern).map(drop).map_err(|e| e.to_string())
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).nest_limit(100).build()
}

fn compile(pattern: &str) -> Result<Regex, Failure> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = build(pattern).map_err(|error| {
            let message = format!("`{pattern}` is no regular expression: {error}");
            Failure::new(FailureKind::Pure, "InvalidPattern", message)
        })?;
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    })
}

fn groups(captures: &Captures<'_>) -> Value {
    let group = |m: Option<regex::Match<'_>>| m.map_or(Value::Null, |m| string(m.as_str()));
    Value::List(ListRef::new(captures.iter().map(group).collect()))
}

fn capture(_: &Program, args: &mut [Value]) -> Outcome {
    let found = compile(text(args, 1)?)?.captures(text(args, 0)?).map(|c| groups(&c));
    Ok(found.unwrap_or_default())
}

fn capture_all(_: &Program, args: &mut [Value]) -> Outcome {
    let regex = compile(text(args, 1)?)?;
    let most = LIST_LIMIT / regex.captures_len().max(1);
    let mut all = Vec::new();
    for captures in regex.captures_iter(text(args, 0)?) {
        if all.len() >= most {
            return Err(too_large(format!("there are more than {most} matches")));
        }
        all.push(groups(&captures));
    }
    Ok(Value::List(ListRef::new(all)))
}

fn replace_all(_: &Program, args: &mut [Value]) -> Outcome {
    let (s, replacement) = (text(args, 0)?, text(args, 2)?);
    let regex = compile(text(args, 1)?)?;
    let mut replaced = String::new();
    let mut done = 0;
    for captures in regex.captures_iter(s) {
        let whole = captures.get_match();
        replaced.push_str(s.get(done..whole.start()).unwrap_or_default());
        captures.expand(replacement, &mut replaced);
        check_length(Some(replaced.len()))?;
        done = whole.end();
    }
    replaced.push_str(s.get(done..).unwrap_or_default());
    Ok(string(replaced))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, code, list, s};
    use wf_vm::Value::{self, Bool, Null};

    #[test]
    fn patterns() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            ("matches", vec![s("AB-1234"), s("^[A-Z]{2}-[0-9]+$")], Bool(true)),
            ("matches", vec![s("ab"), s("^b")], Bool(false)),
            ("capture", vec![s("x1"), s("([a-z])|([0-9])")], list([s("x"), s("x"), Null])),
            ("capture", vec![s("x1"), s("y")], Null),
            (
                "captureAll",
                vec![s("a=1 b=2"), s("([a-z])=")],
                list([list([s("a="), s("a")]), list([s("b="), s("b")])]),
            ),
            ("captureAll", vec![s("ä"), s("")], list([list([s("")]), list([s("")])])),
            ("replaceAll", vec![s("ab ü"), s("[a-zü]"), s("<$0>")], s("<a><b> <ü>")),
            ("replaceAll", vec![s("ab"), s("(?<x>a)"), s("${x}${x}$$$9")], s("aa$b")),
            ("replaceAll", vec![s("ab"), s("c*"), s("-")], s("-a-b-")),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn hostile_patterns_are_failures() {
        let deep = "(".repeat(100_000);
        for pattern in ["(", "[", "a{1000}{1000}{1000}", r"(?<n>a)\k<n>", &deep] {
            assert_eq!(code("matches", vec![s("a"), s(pattern)]), "InvalidPattern");
            assert!(super::check_pattern(pattern).is_err());
        }
        let long = "a".repeat(1_000_000);
        assert_eq!(code("captureAll", vec![s(&long), s("(a)(b)?")]), "TooLarge");
        let args = vec![s(&long), s("a"), s(&"b".repeat(1000))];
        assert_eq!(code("replaceAll", args), "TooLarge");
    }
}
