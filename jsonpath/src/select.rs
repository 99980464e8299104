//! Evaluates queries over values, within limits.

mod filter;

use std::collections::HashMap;

use thiserror::Error;

use crate::json::{Json, View};
use crate::query::{Query, Root, Segment, Selector};
use crate::regexp::Pattern;

/// How much work a query may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many values it may look at, as often as it does.
    pub steps: u64,
    /// How many results it may have, also in between.
    pub results: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 20_000_000, results: 1_000_000 }
    }
}

/// A query is too much work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TooMuch {
    /// It looks at too many values.
    #[error("the query looks at more than {0} values")]
    Steps(u64),
    /// It has too many results.
    #[error("the query has more than {0} results")]
    Results(usize),
}

impl Query {
    /// The parts of a value that the query selects, in the order of the RFC: members of objects in
    /// the order that the value has. `params` are what `%0`, `%1` … stand for.
    ///
    /// # Errors
    /// Where it is more work than the limits allow.
    pub fn select<'n, N: Json>(
        &self,
        value: &'n N,
        params: &'n [N],
        limits: Limits,
    ) -> Result<Vec<&'n N>, TooMuch> {
        self.select_counted(value, params, limits).0
    }

    /// The same, with the number of values that were looked at.
    pub fn select_counted<'n, N: Json>(
        &self,
        value: &'n N,
        params: &'n [N],
        limits: Limits,
    ) -> (Result<Vec<&'n N>, TooMuch>, u64) {
        let steps = Steps { left: limits.steps, limits };
        let mut run = Run { value, params, steps, patterns: HashMap::new() };
        let found = run.query(self, value);
        (found, limits.steps - run.steps.left)
    }
}

/// The work that is left.
pub(crate) struct Steps {
    left: u64,
    limits: Limits,
}

impl Steps {
    /// Notes that so many values are looked at.
    pub(crate) fn take(&mut self, count: u64) -> Result<(), TooMuch> {
        match self.left.checked_sub(count) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(TooMuch::Steps(self.limits.steps)),
        }
    }

    /// Notes that so many bytes of a text are looked at.
    pub(crate) fn text(&mut self, bytes: usize) -> Result<(), TooMuch> {
        self.take(bytes as u64 / 32)
    }
}

/// The evaluation of a query.
struct Run<'n, N> {
    value: &'n N,
    params: &'n [N],
    steps: Steps,
    /// Regular expressions that are no literals, with whether they match the whole text.
    patterns: HashMap<(String, bool), Pattern>,
}

/// The results of a segment.
struct Results<'n, N> {
    found: Vec<&'n N>,
    most: usize,
}

impl<'n, N> Results<'n, N> {
    fn push(&mut self, node: &'n N) -> Result<(), TooMuch> {
        if self.found.len() >= self.most {
            return Err(TooMuch::Results(self.most));
        }
        self.found.push(node);
        Ok(())
    }
}

impl<'n, N: Json> Run<'n, N> {
    /// All results of a query.
    fn query(&mut self, query: &Query, current: &'n N) -> Result<Vec<&'n N>, TooMuch> {
        let mut nodes: Vec<&'n N> = self.root(query.root, current).into_iter().collect();
        for segment in &query.segments {
            let most = self.steps.limits.results;
            let mut results = Results { found: Vec::new(), most };
            for node in nodes {
                self.segment(segment, node, &mut results)?;
            }
            nodes = results.found;
        }
        Ok(nodes)
    }

    /// The result of a query that has one at most.
    fn single(&mut self, query: &Query, current: &'n N) -> Result<Option<&'n N>, TooMuch> {
        self.steps.take(1 + query.segments.len() as u64)?;
        let mut node = self.root(query.root, current);
        for segment in &query.segments {
            let (Some(value), Some(selector)) = (node, segment.selectors.first()) else {
                return Ok(None);
            };
            node = match selector {
                Selector::Name(name) => value.member(name),
                Selector::Index(index) => item(value, *index),
                Selector::Param(param) => self.by_param(value, *param),
                _ => None,
            };
        }
        Ok(node)
    }

    fn root(&self, root: Root, current: &'n N) -> Option<&'n N> {
        match root {
            Root::Document => Some(self.value),
            Root::Current => Some(current),
            Root::Param(param) => self.params.get(param),
        }
    }

    fn segment(
        &mut self,
        segment: &Segment,
        node: &'n N,
        results: &mut Results<'n, N>,
    ) -> Result<(), TooMuch> {
        if !segment.descendants {
            return self.selectors(segment, node, results);
        }
        // Without recursion, so that no value is too deep.
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            self.selectors(segment, node, results)?;
            let before = open.len();
            match node.view() {
                View::List(items) => open.extend(items),
                View::Object(_) => node.each_member(&mut |_, value| {
                    open.push(value);
                    true
                }),
                _ => {}
            }
            self.steps.take((open.len() - before) as u64)?;
            if let Some(children) = open.get_mut(before..) {
                children.reverse();
            }
        }
        Ok(())
    }

    fn selectors(
        &mut self,
        segment: &Segment,
        node: &'n N,
        results: &mut Results<'n, N>,
    ) -> Result<(), TooMuch> {
        for selector in &segment.selectors {
            self.steps.take(1)?;
            let one = match selector {
                Selector::Name(name) => node.member(name),
                Selector::Index(index) => item(node, *index),
                Selector::Param(param) => self.by_param(node, *param),
                Selector::All => {
                    for child in children(node) {
                        self.steps.take(1)?;
                        results.push(child)?;
                    }
                    None
                }
                Selector::Slice { start, end, step } => {
                    if let View::List(items) = node.view() {
                        for index in slice(*start, *end, *step, items.len()) {
                            self.steps.take(1)?;
                            items.get(index).map_or(Ok(()), |item| results.push(item))?;
                        }
                    }
                    None
                }
                Selector::Filter(condition) => {
                    for child in children(node) {
                        if self.condition(condition, child)? {
                            results.push(child)?;
                        }
                    }
                    None
                }
            };
            if let Some(one) = one {
                results.push(one)?;
            }
        }
        Ok(())
    }

    /// The member or item that a given value names; an index below 0 names none.
    fn by_param(&self, node: &'n N, param: usize) -> Option<&'n N> {
        match self.params.get(param)?.view() {
            View::Text(name) => node.member(name),
            View::Number(crate::Number::Int(index)) if index >= 0 => {
                item(node, i64::try_from(index).ok()?)
            }
            _ => None,
        }
    }
}

/// The items of an array, the values of an object's members.
fn children<N: Json>(node: &N) -> Vec<&N> {
    match node.view() {
        View::List(items) => items.iter().collect(),
        View::Object(size) => {
            let mut members = Vec::with_capacity(size);
            node.each_member(&mut |_, value| {
                members.push(value);
                true
            });
            members
        }
        _ => Vec::new(),
    }
}

/// The item at an index; a negative one counts from the end.
fn item<N: Json>(node: &N, index: i64) -> Option<&N> {
    let View::List(items) = node.view() else { return None };
    let index = match index {
        0.. => usize::try_from(index).ok()?,
        _ => items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    items.get(index)
}

/// The indexes of a slice of an array of this length, as RFC 9535, section 2.3.4.2.2 has them: what is
/// beyond the ends is left out, and a step of 0 takes nothing.
pub fn slice(
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
    length: usize,
) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    let place = |index: i64| if index < 0 { length.saturating_add(index) } else { index };
    let (from, to) = if step >= 0 {
        let start = place(start.unwrap_or(0)).clamp(0, length);
        (start, end.map_or(length, place).clamp(0, length))
    } else {
        let start = start.map_or(length - 1, place).clamp(-1, length - 1);
        (start, end.map_or(-1, place).clamp(-1, length - 1))
    };
    let mut next = Some(from);
    std::iter::from_fn(move || {
        let index = next?;
        let inside = match step {
            0 => false,
            1.. => index < to,
            _ => index > to,
        };
        next = index.checked_add(step);
        inside.then(|| usize::try_from(index).ok()).flatten()
    })
}
