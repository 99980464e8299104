//! Comparisons as the RFC has them: between values, some of which may be absent.

use std::cmp::Ordering;

use crate::json::{Json, Number, View};
use crate::query::Order;
use crate::select::{Steps, TooMuch};

/// A side of a comparison.
pub(crate) enum Item<'a, N> {
    /// No value.
    Nothing,
    /// `null`
    Null,
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(&'a str),
    /// An array or an object.
    Whole(&'a N),
}

impl<'a, N: Json> Item<'a, N> {
    /// A value of the document, or none.
    pub(crate) fn of(value: Option<&'a N>) -> Self {
        let Some(value) = value else { return Self::Nothing };
        match value.view() {
            View::Null => Self::Null,
            View::Bool(truth) => Self::Bool(truth),
            View::Number(number) => Self::Number(number),
            View::Text(text) => Self::Text(text),
            View::List(_) | View::Object(_) => Self::Whole(value),
        }
    }

    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Whether a comparison holds.
pub(crate) fn holds<N: Json>(
    a: &Item<'_, N>,
    order: Order,
    b: &Item<'_, N>,
    steps: &mut Steps,
) -> Result<bool, TooMuch> {
    Ok(match order {
        Order::Eq => equal(a, b, steps)?,
        Order::Ne => !equal(a, b, steps)?,
        Order::Lt => less(a, b, steps)?,
        Order::Gt => less(b, a, steps)?,
        Order::Le => less(a, b, steps)? || equal(a, b, steps)?,
        Order::Ge => less(b, a, steps)? || equal(a, b, steps)?,
    })
}

/// Only numbers and strings have an order.
fn less<N>(a: &Item<'_, N>, b: &Item<'_, N>, steps: &mut Steps) -> Result<bool, TooMuch> {
    Ok(match (a, b) {
        (Item::Number(a), Item::Number(b)) => a.order(*b) == Some(Ordering::Less),
        (Item::Text(a), Item::Text(b)) => {
            steps.text(a.len().min(b.len()))?;
            a < b
        }
        _ => false,
    })
}

fn equal<N: Json>(a: &Item<'_, N>, b: &Item<'_, N>, steps: &mut Steps) -> Result<bool, TooMuch> {
    Ok(match (a, b) {
        (Item::Nothing, Item::Nothing) | (Item::Null, Item::Null) => true,
        (Item::Bool(a), Item::Bool(b)) => a == b,
        (Item::Number(a), Item::Number(b)) => a.order(*b) == Some(Ordering::Equal),
        (Item::Text(a), Item::Text(b)) => {
            steps.text(a.len().min(b.len()))?;
            a == b
        }
        (Item::Whole(a), Item::Whole(b)) => same(*a, *b, steps)?,
        _ => false,
    })
}

/// Whether two arrays or objects are equal: arrays in order, objects without. Values of any depth
/// can be compared.
fn same<N: Json>(a: &N, b: &N, steps: &mut Steps) -> Result<bool, TooMuch> {
    let mut open = vec![(a, b)];
    while let Some((a, b)) = open.pop() {
        steps.take(1)?;
        if std::ptr::eq(a, b) {
            continue;
        }
        match (a.view(), b.view()) {
            (View::List(a), View::List(b)) => {
                if a.len() != b.len() {
                    return Ok(false);
                }
                open.extend(a.iter().zip(b));
            }
            (View::Object(size), View::Object(other)) => {
                if size != other {
                    return Ok(false);
                }
                let mut missing = false;
                a.each_member(&mut |name, value| {
                    match b.member(name) {
                        Some(other) => open.push((value, other)),
                        None => missing = true,
                    }
                    !missing
                });
                if missing {
                    return Ok(false);
                }
            }
            (View::List(_) | View::Object(_), _) | (_, View::List(_) | View::Object(_)) => {
                return Ok(false);
            }
            _ => {
                if !equal(&Item::of(Some(a)), &Item::of(Some(b)), steps)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}
