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
    /// `coefficient * 10^exponent`, exactly. The coefficient has 38 digits at most.
    Decimal {
        /// The digits.
        coefficient: i128,
        /// Where the point is.
        exponent: i32,
    },
}

impl Number {
    /// The order by mathematical value; `None` where one is no number.
    pub fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b),
            (Self::Int(a), Self::Float(b)) => mixed(a, b),
            (Self::Float(a), Self::Int(b)) => mixed(b, a).map(Ordering::reverse),
            (Self::Decimal { .. }, _) | (_, Self::Decimal { .. }) => {
                Some(order_digits(self.digits()?, other.digits()?))
            }
        }
    }

    /// The coefficient and the exponent; of a float those of its shortest text.
    fn digits(self) -> Option<(i128, i32)> {
        match self {
            Self::Int(number) => Some((number, 0)),
            Self::Decimal { coefficient, exponent } => Some((coefficient, exponent)),
            Self::Float(number) => {
                let text = format!("{number:e}");
                let (digits, exponent) = text.split_once('e')?;
                let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
                let coefficient = digits.replace('.', "").parse().ok()?;
                Some((coefficient, exponent.parse::<i32>().ok()?.checked_sub(places as i32)?))
            }
        }
    }
}

/// The order of two numbers by their digits. Where both have as many digits before the point, the
/// shorter one is filled up with zeros, which 38 digits leave room for.
fn order_digits(a: (i128, i32), b: (i128, i32)) -> Ordering {
    let sign = a.0.signum().cmp(&b.0.signum());
    if sign.is_ne() || a.0 == 0 {
        return sign;
    }
    let size = |(coefficient, exponent): (i128, i32)| {
        i64::from(coefficient.unsigned_abs().ilog10()) + i64::from(exponent)
    };
    let magnitude = size(a).cmp(&size(b)).then_with(|| {
        let least = i64::from(a.1.min(b.1));
        let filled = |(coefficient, exponent): (i128, i32)| {
            let zeros = u32::try_from(i64::from(exponent) - least).unwrap_or(u32::MAX);
            let tens = 10_u128.checked_pow(zeros);
            tens.and_then(|tens| coefficient.unsigned_abs().checked_mul(tens)).unwrap_or(u128::MAX)
        };
        filled(a).cmp(&filled(b))
    });
    if a.0 < 0 { magnitude.reverse() } else { magnitude }
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
        ] {
            assert_eq!(a.order(b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(a), Some(order.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(Int(0).order(Float(f64::NAN)), None);
        let decimal = |coefficient, exponent| Decimal { coefficient, exponent };
        for (a, b, order) in [
            (decimal(10, -2), Float(0.1), Equal),
            (decimal(100, 0), Int(100), Equal),
            (decimal(0, 7), Int(0), Equal),
            (decimal(-15, -1), Int(-1), Less),
            (decimal(9_007_199_254_740_993, 0), Float(9_007_199_254_740_992.0), Greater),
            (decimal(1, 6111), Float(1e300), Greater),
            (decimal(1, -6176), Float(1e-300), Less),
            (decimal(1_234_567_890_123_456_789_012_345_678_901_234, -33), Float(1.25), Less),
        ] {
            assert_eq!(a.order(b), Some(order), "{a:?} {b:?}");
            assert_eq!(b.order(a), Some(order.reverse()), "{b:?} {a:?}");
        }
    }
}
