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
    /// A decimal one, exactly: the coefficient times ten to the power of the exponent.
    Decimal(i128, i32),
}

impl Number {
    /// The order by mathematical value; `None` where one is no number.
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => mixed(a, b),
            (Self::Float(a), Self::Int(b)) => mixed(b, a).map(Ordering::reverse),
            (Self::Decimal(..), _) | (_, Self::Decimal(..)) => {
                Some(by_digits(&self.digits()?, &other.digits()?))
            }
        }
    }

    /// The number by its digits; a float counts as the number that it is written as.
    fn digits(self) -> Option<Digits> {
        let (coefficient, exponent) = match self {
            Self::Int(number) => (number.to_string(), 0),
            Self::Decimal(coefficient, exponent) => (coefficient.to_string(), i64::from(exponent)),
            Self::Float(number) => {
                let text = format!("{number:e}");
                let (digits, exponent) = text.split_once('e')?;
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let exponent = exponent.parse::<i64>().ok()?;
                (format!("{whole}{fraction}"), exponent - fraction.len() as i64)
            }
        };
        let (negative, digits) = match coefficient.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, coefficient.as_str()),
        };
        let first = digits.trim_start_matches('0');
        let significant = first.trim_end_matches('0').to_owned();
        let sign = if significant.is_empty() { 0 } else { 1 - 2 * i8::from(negative) };
        Some(Digits { sign, point: exponent + first.len() as i64, significant })
    }
}

/// A number as 0.ddd times ten to the power of `point`; without zeros at either end.
struct Digits {
    sign: i8,
    point: i64,
    significant: String,
}

fn by_digits(a: &Digits, b: &Digits) -> Ordering {
    if a.sign != b.sign || a.sign == 0 {
        return a.sign.cmp(&b.sign);
    }
    let larger = a.point.cmp(&b.point).then_with(|| a.significant.cmp(&b.significant));
    if a.sign > 0 { larger } else { larger.reverse() }
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

    use super::Number::{Decimal, Float, Int};

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
            (Decimal(150, -2), Float(1.5), Equal),
            (Decimal(1, -1), Float(0.1), Equal),
            (Decimal(-150, -2), Int(-1), Less),
            (Decimal(5, 2), Int(500), Equal),
            (Decimal(0, -5), Int(0), Equal),
            (
                Decimal(12_345_678_901_234_567_891, -1),
                Decimal(12_345_678_901_234_567_892, -1),
                Less,
            ),
            (Decimal(9, -1), Decimal(11, -1), Less),
        ] {
            assert_eq!(a.order(b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(a), Some(order.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(Int(0).order(Float(f64::NAN)), None);
    }
}
