//! Queries of RFC 9535. They are read and evaluated by the project's own crate: it has the
//! compliance suite as its test, and a second implementation would have no other. What is told
//! here anew is what a query sees of the evaluator's values.

use wf_bytecode::Decimal;
use wf_jsonpath::{Json, Limits, Number, Query, View};

use super::Given;
use crate::soak::eval::coerce::to_json;
use crate::soak::eval::value::Val;

impl Json for Val {
    fn view(&self) -> View<'_, Self> {
        match self {
            Val::Bool(b) => View::Bool(*b),
            Val::Int(n) => View::Number(Number::Int(i128::from(*n))),
            Val::Float(x) => View::Number(Number::Float(*x)),
            Val::Dec(d) => View::Number(number(*d)),
            Val::Str(text) => View::Text(text),
            Val::List(items) => View::List(items),
            Val::Map(entries) => View::Object(entries.len()),
            _ => View::Null,
        }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        self.get(name)
    }

    fn each_member<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a Self) -> bool) {
        if let Val::Map(entries) = self {
            let _ = entries.iter().all(|(name, value)| visit(name, value));
        }
    }
}

fn number(decimal: Decimal) -> Number {
    Number::Decimal(decimal.coefficient(), decimal.exponent())
}

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    let one = match name {
        "$.one" => true,
        "$.all" | "jsonpath" => false,
        _ => return None,
    };
    let (Some(value), Some(Val::Str(text))) = (args.first(), args.get(1)) else { return None };
    let params = args.get(2..).unwrap_or_default();
    let Ok(query) = Query::parse_with_params(text, params.len()) else {
        return Some(Err("InvalidPath"));
    };
    let value = to_json(value);
    let Ok(found) = query.select(&value, params, Limits::default()) else {
        return Some(Err("TooLarge"));
    };
    let mut found = found.into_iter().cloned();
    Some(Ok(if one { found.next().unwrap_or(Val::Null) } else { Val::list(found.collect()) }))
}
