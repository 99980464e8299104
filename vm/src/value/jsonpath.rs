//! JSONPath over values.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use wf_bytecode::Program;
use wf_jsonpath::{Json, Limits, Number, ParseError, Query, View};

use super::{Value, json::to_json};
use crate::{Failure, FailureKind, work};

/// How many queries a thread keeps.
const KEPT: usize = 64;

thread_local! {
    static PARSED: RefCell<HashMap<(String, usize), Rc<Query>>> = RefCell::new(HashMap::new());
}

impl Json for Value {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Bool(truth) => View::Bool(*truth),
            Self::Int(number) => View::Number(Number::Int((*number).into())),
            Self::Float(number) => View::Number(Number::Float(*number)),
            Self::Decimal(number) => {
                View::Number(Number::Decimal(number.coefficient(), number.exponent()))
            }
            Self::String(text) => View::Text(text),
            Self::List(items) => View::List(items.as_slice()),
            Self::Map(map) => View::Object(map.entries().len()),
            // Nothing else is in the form of `json`.
            _ => View::Null,
        }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        if let Self::Map(map) = self { map.entries().get(name) } else { None }
    }

    fn each_member<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a Self) -> bool) {
        if let Self::Map(map) = self {
            for (name, value) in map.entries() {
                if !visit(name, value) {
                    return;
                }
            }
        }
    }
}

pub use wf_jsonpath::slice;

/// Reads a query as in RFC 9535.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<Query, ParseError> {
    Query::parse(text)
}

/// The parts of a value that a query selects; what it looks at counts as work of the run. `params` are what `%0`, `%1` … in it stand for.
///
/// # Errors
/// `TooLarge` where it is too much work; `TooDeep` and `TooLarge` where the value has no JSON.
pub fn select(
    query: &Query,
    value: Value,
    params: &[Value],
    program: &Program,
) -> Result<Vec<Value>, Failure> {
    let value = to_json(value, program)?;
    let (found, steps) = query.select_counted(&value, params, Limits::default());
    work::spend(steps);
    let found =
        found.map_err(|much| Failure::new(FailureKind::Pure, "TooLarge", much.to_string()))?;
    Ok(found.into_iter().cloned().collect())
}

/// The same by the text of the query, which is read once for many values.
///
/// # Errors
/// As [`select`]; `InvalidPath` where the text is no query.
pub fn select_by_text(
    text: &str,
    value: Value,
    params: &[Value],
    program: &Program,
) -> Result<Vec<Value>, Failure> {
    let query = PARSED.with_borrow_mut(|parsed| {
        let key = (text.to_owned(), params.len());
        if let Some(query) = parsed.get(&key) {
            return Ok(Rc::clone(query));
        }
        let query = Query::parse_with_params(text, params.len()).map_err(|error| {
            let message = format!("`{text}` is no JSONPath: {error}");
            Failure::new(FailureKind::Pure, "InvalidPath", message)
        })?;
        let query = Rc::new(query);
        if parsed.len() >= KEPT {
            parsed.clear();
        }
        parsed.insert(key, Rc::clone(&query));
        Ok(query)
    })?;
    select(&query, value, params, program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> Value {
        (0..levels).fold(Value::Int(1), |value, _| Value::list(vec![value, Value::Int(2)]))
    }

    fn failure(text: &str, value: Value) -> String {
        let program = Program::default();
        select_by_text(text, value, &[], &program).expect_err(text).code.to_string()
    }

    #[test]
    fn values_are_selected() {
        let program = Program::default();
        let item = |n| Value::map([("n", Value::Int(n)), ("ok", Value::Bool(n > 1))]);
        let value = Value::map([("items", Value::list(vec![item(1), item(2), item(3)]))]);
        for (text, count) in [
            ("$.items[*].n", 3),
            ("$.items[?@.n > 1.5 && @.ok == true]", 2),
            ("$..n", 3),
            ("$.items[::-1]", 3),
            ("$.items[-1].n", 1),
            ("$.none", 0),
        ] {
            let found = select_by_text(text, value.clone(), &[], &program).expect(text);
            assert_eq!(found.len(), count, "{text}");
        }
        let query = "$.items[?@.n == %0]";
        let found = select_by_text(query, value, &[Value::Int(3)], &program).expect(query);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn too_much_work_is_a_failure() {
        let wide = Value::list((0..3_000).map(Value::Int).collect());
        assert_eq!(failure("$[?count($[?count($[*]) > 1]) > 1]", wide.clone()), "TooLarge");
        assert_eq!(failure("$..[?$..[?$..[?@ == 9]]]", wide), "TooLarge");
        let deep = nested(200);
        assert_eq!(failure("$..*..*..*..*..*", deep), "TooLarge");
        assert_eq!(failure("$[", Value::Null), "InvalidPath");
    }
}
