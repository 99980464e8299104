//! What a JSON value is to a query.

use std::cmp::Ordering;

/// A JSON value that queries read.
pub trait Json: Sized {
    /// What it is.
    fn view(&self) -> View<'_, Self>;

    /// The member of this name, where it is an object that has one.
    fn member(&self, name: &str) -> Option<&Self>;

    /// Visits the members of an object in their order, until the visitor says `false`.
    fn each_member<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a Self) -> bool);
}

/// A JSON value, one level of it.
#[derive(Debug)]
pub enum View<'a, N> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    Text(&'a str),
    /// An array.
    List(&'a [N]),
    /// An object, by the number of its members.
    Object(usize),
}

/// A number: whole ones exactly.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Int(i128),
    /// Any other, and whole ones that are too large.
    Float(f64),
}

impl Number {
    /// The order by mathematical value; `None` where one is no number.
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => mixed(a, b),
            (Self::Float(a), Self::Int(b)) => mixed(b, a).map(Ordering::reverse),
        }
    }
}

/// The order of a whole number and a float, without rounding either.
fn mixed(int: i128, float: f64) -> Option<Ordering> {
    // 2^127, the first number above all of `i128`; its negation is the least one.
    const ABOVE: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    if float.is_nan() {
        return None;
    }
    if float >= ABOVE {
        return Some(Ordering::Less);
    }
    if float < -ABOVE {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    // In range by now, and without a fraction: the conversion is exact.
    let order = int.cmp(&(whole as i128));
    Some(order.then_with(|| whole.partial_cmp(&float).unwrap_or(Ordering::Equal)))
}

impl Json for serde_json::Value {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Number(number) => View::Number(match (number.as_i64(), number.as_u64()) {
                (Some(int), _) => Number::Int(int.into()),
                (None, Some(int)) => Number::Int(int.into()),
                (None, None) => Number::Float(number.as_f64().unwrap_or(f64::NAN)),
            }),
            Self::String(text) => View::Text(text),
            Self::Array(items) => View::List(items),
            Self::Object(members) => View::Object(members.len()),
        }
    }

    fn member(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    fn each_member<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a Self) -> bool) {
        let members = self.as_object().into_iter().flatten();
        for (name, value) in members {
            if !visit(name, value) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::Number::{Float, Int};

    #[test]
    fn numbers_are_compared_exactly() {
        let big = 9_007_199_254_740_993;
        for (a, b, order) in [
            (Int(1), Float(1.0), Equal),
            (Int(-1), Float(-1.5), Greater),
            (Int(big), Float(9_007_199_254_740_992.0), Greater),
            (Int(i128::MAX), Float(1e300), Less),
            (Int(i128::MIN), Float(-1e300), Greater),
            (Float(0.1), Float(0.2), Less),
        ] {
            assert_eq!(a.order(b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(a), Some(order.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(Int(0).order(Float(f64::NAN)), None);
    }
}
