//! Queries of RFC 9535 as the language writes them.

use wf_jsonpath::{Call, Condition, Number, Operand, Order, Query, Root, Segment, Selector};

/// A query over the `json` of this name; `None` where the language can't say it.
pub(super) fn query(query: &Query, document: &str) -> Option<String> {
    let mut out = match query.root {
        Root::Document => document.to_owned(),
        Root::Current => "@".to_owned(),
        Root::Param(_) => return None,
    };
    for segment in &query.segments {
        out.push_str(&self::segment(segment, document)?);
    }
    Some(out)
}

fn segment(segment: &Segment, document: &str) -> Option<String> {
    let selectors: Option<Vec<String>> =
        segment.selectors.iter().map(|one| selector(one, document)).collect();
    let dots = if segment.descendants { ".." } else { "" };
    Some(format!("{dots}[{}]", selectors?.join(", ")))
}

fn selector(selector: &Selector, document: &str) -> Option<String> {
    let number = |n: &Option<i64>| n.map_or(String::new(), |n| n.to_string());
    Some(match selector {
        Selector::Name(name) => string(name),
        Selector::All => "*".to_owned(),
        Selector::Index(index) => index.to_string(),
        Selector::Slice { start, end, step } => {
            let step = step.map_or(String::new(), |step| format!(":{step}"));
            format!("{}:{}{step}", number(start), number(end))
        }
        Selector::Filter(inner) => format!("? {}", condition(inner, document)?),
        Selector::Param(_) => return None,
    })
}

fn condition(condition: &Condition, document: &str) -> Option<String> {
    let joined = |parts: &[Condition], between: &str| {
        let parts: Option<Vec<String>> =
            parts.iter().map(|part| self::condition(part, document)).collect();
        Some(format!("({})", parts?.join(between)))
    };
    Some(match condition {
        Condition::Or(parts) => joined(parts, " or ")?,
        Condition::And(parts) => joined(parts, " and ")?,
        Condition::Not(inner) => format!("not ({})", self::condition(inner, document)?),
        Condition::Exists(inner) => query(inner, document)?,
        Condition::Compare(left, order, right) => {
            let order = match order {
                Order::Eq => "==",
                Order::Ne => "!=",
                Order::Lt => "<",
                Order::Le => "<=",
                Order::Gt => ">",
                Order::Ge => ">=",
            };
            format!("{} {order} {}", operand(left, document)?, operand(right, document)?)
        }
        Condition::Holds(inner) => call(inner, document)?,
    })
}

fn operand(operand: &Operand, document: &str) -> Option<String> {
    Some(match operand {
        Operand::Null => "null".to_owned(),
        Operand::Bool(truth) => truth.to_string(),
        Operand::Number(Number::Int(number)) => number.to_string(),
        Operand::Number(Number::Float(number)) => format!("{number:?}"),
        Operand::Number(Number::Decimal(..)) => return None,
        Operand::Text(text) => string(text),
        Operand::Query(inner) => query(inner, document)?,
        Operand::Call(inner) => call(inner, document)?,
    })
}

fn call(call: &Call, document: &str) -> Option<String> {
    Some(match call {
        Call::Length(of) => format!("length({})", operand(of, document)?),
        Call::Count(of) => format!("count({})", query(of, document)?),
        Call::Value(of) => format!("value({})", query(of, document)?),
        Call::Regex { whole, text, pattern, .. } => {
            let name = if *whole { "match" } else { "search" };
            format!("{name}({}, {})", operand(text, document)?, operand(pattern, document)?)
        }
    })
}

fn string(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '{' | '}' | '$' => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out + "\""
}
