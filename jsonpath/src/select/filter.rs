//! The conditions of filters.

use super::Run;
use crate::TooMuch;
use crate::compare::{Item, holds};
use crate::json::{Json, Number, View};
use crate::query::{Call, Condition, Operand};
use crate::regexp::Pattern;

/// What it costs to compile a regular expression, besides its length.
const COMPILING: u64 = 2_000;

/// How many compiled expressions are kept.
const KEPT: usize = 64;

impl<'n, N: Json> Run<'n, N> {
    pub(super) fn condition(
        &mut self,
        condition: &Condition,
        current: &'n N,
    ) -> Result<bool, TooMuch> {
        self.steps.take(1)?;
        match condition {
            Condition::Or(parts) => {
                for part in parts {
                    if self.condition(part, current)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::And(parts) => {
                for part in parts {
                    if !self.condition(part, current)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Not(inner) => Ok(!self.condition(inner, current)?),
            Condition::Exists(query) if query.is_singular() => {
                Ok(self.single(query, current)?.is_some())
            }
            Condition::Exists(query) => Ok(!self.query(query, current)?.is_empty()),
            Condition::Compare(left, order, right) => {
                let left = self.operand(left, current)?;
                let right = self.operand(right, current)?;
                holds(&left, *order, &right, &mut self.steps)
            }
            Condition::Holds(call) => self.regex(call, current),
        }
    }

    fn operand<'a>(&mut self, operand: &'a Operand, current: &'n N) -> Result<Item<'a, N>, TooMuch>
    where
        'n: 'a,
    {
        Ok(match operand {
            Operand::Null => Item::Null,
            Operand::Bool(truth) => Item::Bool(*truth),
            Operand::Number(number) => Item::Number(*number),
            Operand::Text(text) => Item::Text(text),
            Operand::Query(query) => Item::of(self.single(query, current)?),
            Operand::Call(call) => match &**call {
                Call::Length(operand) => self.length(operand, current)?,
                Call::Count(query) => {
                    let count = self.query(query, current)?.len();
                    Item::Number(Number::Int(count as i128))
                }
                Call::Value(query) => match self.query(query, current)?.as_slice() {
                    [one] => Item::of(Some(*one)),
                    _ => Item::Nothing,
                },
                Call::Regex { .. } => Item::Nothing,
            },
        })
    }

    fn length<'a>(&mut self, operand: &'a Operand, current: &'n N) -> Result<Item<'a, N>, TooMuch>
    where
        'n: 'a,
    {
        let length = match self.operand(operand, current)? {
            Item::Text(text) => {
                self.steps.text(text.len())?;
                text.chars().count()
            }
            Item::Whole(value) => match value.view() {
                View::List(items) => items.len(),
                View::Object(size) => size,
                _ => return Ok(Item::Nothing),
            },
            _ => return Ok(Item::Nothing),
        };
        Ok(Item::Number(Number::Int(length as i128)))
    }

    fn regex(&mut self, call: &Call, current: &'n N) -> Result<bool, TooMuch> {
        let Call::Regex { whole, text, pattern, compiled } = call else { return Ok(false) };
        let Some(text) = self.operand(text, current)?.text() else { return Ok(false) };
        self.steps.text(text.len())?;
        if let Some(pattern) = compiled {
            return Ok(pattern.matches(text));
        }
        let Some(pattern) = self.operand(pattern, current)?.text() else { return Ok(false) };
        let key = (pattern.to_owned(), *whole);
        if let Some(pattern) = self.patterns.get(&key) {
            return Ok(pattern.matches(text));
        }
        self.steps.take(COMPILING + pattern.len() as u64)?;
        let pattern = Pattern::new(pattern, *whole);
        let found = pattern.matches(text);
        if self.patterns.len() >= KEPT {
            self.patterns.clear();
        }
        self.patterns.insert(key, pattern);
        Ok(found)
    }
}
