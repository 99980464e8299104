//! The conditions of filters, and the types of functions.

use super::{ParseError, Parser, Read};
use crate::json::Number;
use crate::query::{Call, Condition, Operand, Order, Query, Root};
use crate::regexp::Pattern;

/// Something in a filter, before it is known what is asked of it.
enum Part {
    Literal(Operand),
    Query(Query),
    /// A function that gives a value.
    Value(Call),
    /// A function that gives a truth.
    Truth(Call),
}

impl Parser<'_> {
    /// `a || b`
    pub(super) fn condition(&mut self) -> Read<Condition> {
        let first = self.all_of()?;
        let mut parts = vec![first];
        while self.operator("||") {
            parts.push(self.all_of()?);
        }
        Ok(one_or(parts, Condition::Or))
    }

    /// `a && b`
    fn all_of(&mut self) -> Read<Condition> {
        let mut parts = vec![self.basic()?];
        while self.operator("&&") {
            parts.push(self.basic()?);
        }
        Ok(one_or(parts, Condition::And))
    }

    /// Takes an operator with the blanks around it.
    fn operator(&mut self, text: &str) -> bool {
        let before = self.at;
        self.blanks();
        let found = self.eat(text);
        if found {
            self.blanks()
        } else {
            self.at = before
        }
        found
    }

    fn basic(&mut self) -> Read<Condition> {
        if self.peek() == Some('!') {
            let start = self.at;
            self.at += 1;
            self.blanks();
            self.deeper()?;
            let inner = match self.peek() {
                Some('(') => self.parenthesised()?,
                _ => {
                    let inner = self.basic_part()?;
                    if matches!(inner, Condition::Compare(..)) {
                        let message = "`!` stands before a query, a function or `(`";
                        return Err(ParseError {
                            range: start..start + 1,
                            message: message.into(),
                        });
                    }
                    inner
                }
            };
            self.depth -= 1;
            return Ok(Condition::Not(Box::new(inner)));
        }
        if self.peek() == Some('(') { self.parenthesised() } else { self.basic_part() }
    }

    fn parenthesised(&mut self) -> Read<Condition> {
        let start = self.at;
        self.at += 1;
        self.deeper()?;
        self.blanks();
        let inner = self.condition()?;
        self.blanks();
        self.depth -= 1;
        if self.eat(")") {
            return Ok(inner);
        }
        Err(match self.peek() {
            None => self.wrong_from(start, "this `(` is never closed"),
            Some(_) => self.wrong("`)` is expected here"),
        })
    }

    /// A comparison, or a test.
    fn basic_part(&mut self) -> Read<Condition> {
        let start = self.at;
        let left = self.part()?;
        let end = self.at;
        self.blanks();
        let Some(order) = self.order() else {
            if self.peek() == Some('=') {
                return Err(self.wrong("values are compared by `==`"));
            }
            self.at = end;
            return match left {
                Part::Query(query) => Ok(Condition::Exists(query)),
                Part::Truth(call) => Ok(Condition::Holds(call)),
                Part::Literal(_) => {
                    Err(self.wrong_from(start, "a literal alone is no condition: compare it"))
                }
                Part::Value(_) => {
                    let message = "this function gives a value, no truth: compare it";
                    Err(self.wrong_from(start, message))
                }
            };
        };
        let left = self.comparable(left, start, end)?;
        self.blanks();
        let start = self.at;
        let right = self.part()?;
        let right = self.comparable(right, start, self.at)?;
        Ok(Condition::Compare(left, order, right))
    }

    fn order(&mut self) -> Option<Order> {
        let all = [
            ("==", Order::Eq),
            ("!=", Order::Ne),
            ("<=", Order::Le),
            (">=", Order::Ge),
            ("<", Order::Lt),
            (">", Order::Gt),
        ];
        all.into_iter().find(|(text, _)| self.eat(text)).map(|(_, order)| order)
    }

    fn comparable(&self, part: Part, start: usize, end: usize) -> Read<Operand> {
        let wrong = |message: &str| ParseError { range: start..end, message: message.into() };
        match part {
            Part::Literal(literal) => Ok(literal),
            Part::Query(query) if query.is_singular() => Ok(Operand::Query(query)),
            Part::Query(_) => Err(wrong(
                "only a query with one result at most can be compared: one of names and indexes",
            )),
            Part::Value(call) => Ok(Operand::Call(Box::new(call))),
            Part::Truth(_) => Err(wrong("what this function says can't be compared")),
        }
    }

    fn part(&mut self) -> Read<Part> {
        match self.peek() {
            Some('@') => {
                self.at += 1;
                Ok(Part::Query(Query { root: Root::Current, segments: self.segments()? }))
            }
            Some('$') => {
                self.at += 1;
                Ok(Part::Query(Query { root: Root::Document, segments: self.segments()? }))
            }
            Some('%') if self.params > 0 => {
                let root = Root::Param(self.param()?);
                Ok(Part::Query(Query { root, segments: self.segments()? }))
            }
            Some('\'' | '"') => Ok(Part::Literal(Operand::Text(self.string()?))),
            Some(c) if c == '-' || c.is_ascii_digit() => {
                self.number().map(|number| Part::Literal(Operand::Number(number)))
            }
            Some(c) if c.is_ascii_lowercase() => self.word(),
            _ => Err(self.wrong("a query (`@` or `$`), a literal or a function is expected here")),
        }
    }

    fn number(&mut self) -> Read<Number> {
        let start = self.at;
        let negative = self.eat("-");
        let digits = self.digits();
        if digits.is_empty() {
            return Err(self.wrong("a number is expected here"));
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return Err(self.wrong_from(start, "a number has no leading zeros"));
        }
        let mut whole = true;
        if self.eat(".") {
            whole = false;
            if self.digits().is_empty() {
                return Err(self.wrong("a digit is expected behind the point"));
            }
        }
        if self.eat("e") || self.eat("E") {
            whole = false;
            if !self.eat("-") {
                self.eat("+");
            }
            if self.digits().is_empty() {
                return Err(self.wrong("a digit is expected in the exponent"));
            }
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if whole && let Ok(number) = text.parse() {
            return Ok(Number::Int(number));
        }
        let number = text.parse::<f64>().unwrap_or(f64::NAN);
        if !number.is_finite() {
            return Err(self.wrong_from(start, "this number is too large"));
        }
        Ok(Number::Float(if negative { number + 0.0 } else { number }))
    }

    /// `true`, `false`, `null`, or a function.
    fn word(&mut self) -> Read<Part> {
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_')
            .unwrap_or(rest.len());
        self.at += end;
        let name = rest.get(..end).unwrap_or_default();
        if self.peek() == Some('(') {
            return self.call(name, start);
        }
        match name {
            "true" => Ok(Part::Literal(Operand::Bool(true))),
            "false" => Ok(Part::Literal(Operand::Bool(false))),
            "null" => Ok(Part::Literal(Operand::Null)),
            _ => Err(self.wrong_from(
                start,
                format!("`{name}` is no literal; texts are quoted, paths begin with `@` or `$`"),
            )),
        }
    }

    fn call(&mut self, name: &str, start: usize) -> Read<Part> {
        let count = match name {
            "length" | "count" | "value" => 1,
            "match" | "search" => 2,
            _ => {
                let message = format!(
                    "there is no function `{name}`: there are `length`, `count`, `match`, `search` and `value`"
                );
                return Err(self.wrong_from(start, message));
            }
        };
        self.at += 1;
        self.deeper()?;
        let mut args = Vec::new();
        self.blanks();
        while self.peek() != Some(')') {
            let at = self.at;
            let part = self.part()?;
            args.push((part, at..self.at));
            self.blanks();
            if !self.eat(",") {
                break;
            }
            self.blanks();
            if self.peek() == Some(')') {
                return Err(self.wrong("an argument is expected here"));
            }
        }
        if !self.eat(")") {
            return Err(self.wrong("`,` or `)` is expected here"));
        }
        self.depth -= 1;
        if args.len() != count {
            let plural = if count == 1 { "argument" } else { "arguments" };
            let message = format!("`{name}` takes {count} {plural}, {} are given", args.len());
            return Err(self.wrong_from(start, message));
        }
        let mut args = args.into_iter();
        let mut next = || args.next().ok_or_else(|| self.wrong("an argument is missing"));
        Ok(match name {
            "count" | "value" => {
                let (part, range) = next()?;
                let Part::Query(query) = part else {
                    let message = format!("`{name}` takes a query");
                    return Err(ParseError { range, message });
                };
                Part::Value(if name == "count" { Call::Count(query) } else { Call::Value(query) })
            }
            "length" => {
                let (part, range) = next()?;
                Part::Value(Call::Length(self.comparable(part, range.start, range.end)?))
            }
            _ => {
                let (text, text_range) = next()?;
                let (pattern, range) = next()?;
                let text = self.comparable(text, text_range.start, text_range.end)?;
                let pattern = self.comparable(pattern, range.start, range.end)?;
                let whole = name == "match";
                let compiled = match &pattern {
                    Operand::Text(pattern) => Some(Pattern::new(pattern, whole)),
                    _ => None,
                };
                Part::Truth(Call::Regex { whole, text, pattern, compiled })
            }
        })
    }
}

fn one_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
