//! The numbers of `decimal`: exact, of 34 digits, with their trailing zeros.

mod arith;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod text;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

pub use arith::{NoQuotient, Rounding};
pub use text::NoDecimal;

/// How many significant digits a decimal has at most.
pub const DIGITS: u32 = 34;
/// The least power of ten that the last digit of a decimal can count.
pub const MIN_EXPONENT: i32 = -6176;
/// The greatest power of ten that the last digit of a decimal can count: the largest number is
/// 34 nines followed by so many zeros.
pub const MAX_EXPONENT: i32 = 6111;

/// 10^34, the first whole number with too many digits.
const TOO_MANY: u128 = 10_u128.pow(DIGITS);

/// The powers of ten that are floats.
const EXACT: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A `decimal`: `coefficient * 10^exponent`, exactly. The digits and the exponents are those of
/// IEEE 754 `decimal128`; there is no infinity, no NaN and no `-0`.
///
/// Rust's `==` asks for the same digits as well (`1.50` is not `1.5`), for tables of constants.
/// [`Decimal::compare`] is the equality and the order of the language, which are by value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i128, i32)", into = "(i128, i32)")]
pub struct Decimal {
    /// At most 34 digits and a sign.
    coefficient: i128,
    /// From [`MIN_EXPONENT`] to [`MAX_EXPONENT`].
    exponent: i32,
}

impl Decimal {
    /// `0`
    pub const ZERO: Self = Self { coefficient: 0, exponent: 0 };

    /// `coefficient * 10^exponent`, where a decimal holds it. Zeros at the end are given up only
    /// where there are too many digits, and added in place of a positive exponent where there is
    /// room for them.
    pub fn new(coefficient: i128, exponent: i32) -> Option<Self> {
        Self::fit(coefficient, i64::from(exponent))
    }

    fn fit(mut coefficient: i128, mut exponent: i64) -> Option<Self> {
        let (min, max) = (i64::from(MIN_EXPONENT), i64::from(MAX_EXPONENT));
        if coefficient == 0 {
            return Some(Self { coefficient, exponent: exponent.clamp(min, 0) as i32 });
        }
        let digits = digits(coefficient);
        let surplus = i64::from(digits.saturating_sub(DIGITS)).max(min.saturating_sub(exponent));
        if surplus > 0 {
            let unit = power(surplus)?;
            if coefficient % unit != 0 {
                return None;
            }
            coefficient /= unit;
            exponent += surplus;
        }
        let room = i64::from(DIGITS.saturating_sub(digits));
        if exponent > 0 && exponent <= room {
            coefficient *= power(exponent)?;
            exponent = 0;
        } else if exponent > max && exponent - max <= room {
            coefficient *= power(exponent - max)?;
            exponent = max;
        }
        let fits = coefficient.unsigned_abs() < TOO_MANY && (min..=max).contains(&exponent);
        fits.then_some(Self { coefficient, exponent: exponent as i32 })
    }

    /// The decimal of a whole number.
    pub fn from_int(number: i64) -> Self {
        Self { coefficient: i128::from(number), exponent: 0 }
    }

    /// The decimal of the digits that a float is written with: the shortest ones that read back as
    /// the same float. `None` where it is not finite.
    pub fn from_float(number: f64) -> Option<Self> {
        if let Some(short) = Self::short(number) {
            return Some(short);
        }
        if number.is_finite() { Self::parse(&format!("{number:e}")).ok() } else { None }
    }

    /// A float that is written with up to 15 digits, none of them behind the tenth of the fraction:
    /// a thirtieth of what reading its text takes. Numbers of 15 digits are told apart by floats, so
    /// that the first one that gives the float again is the one that is written.
    fn short(number: f64) -> Option<Self> {
        if number == 0.0 || number.abs() >= 1e15 {
            return None;
        }
        EXACT.iter().take(11).zip(0..).find_map(|(power, places)| {
            let digits = (number * power).round();
            let is_it = digits.abs() < 1e15 && digits / power == number;
            is_it.then_some(Self { coefficient: digits as i128, exponent: -places })
        })
    }

    /// The nearest float, where it is finite.
    pub fn to_float(self) -> Option<f64> {
        // Both are floats without any loss, so that their quotient or product is rounded once.
        if self.coefficient.unsigned_abs() < 1 << 53
            && let Some(power) = EXACT.get(self.exponent.unsigned_abs() as usize)
        {
            let digits = self.coefficient as f64;
            return Some(if self.exponent < 0 { digits / power } else { digits * power });
        }
        let text = format!("{}e{}", self.coefficient, self.exponent);
        text.parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// All its digits, as a whole number.
    pub fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// The power of ten that the [coefficient](Self::coefficient) is multiplied by.
    pub fn exponent(self) -> i32 {
        self.exponent
    }

    /// Whether a float is written as the same number.
    pub fn is_float(self) -> bool {
        let near = self.to_float().and_then(Self::from_float);
        near.is_some_and(|near| near.compare(self) == Ordering::Equal)
    }

    /// The `int` of the same value, where there is one.
    pub fn to_int(self) -> Option<i64> {
        let whole = self.round(0, Rounding::Down)?;
        if whole.compare(self) != Ordering::Equal {
            return None;
        }
        let zeros = power(i64::from(whole.exponent))?;
        i64::try_from(whole.coefficient.checked_mul(zeros)?).ok()
    }

    /// The same value without zeros at the end: equal decimals have one such form.
    pub fn normalized(self) -> Self {
        let Self { mut coefficient, mut exponent } = self;
        while coefficient != 0 && coefficient % 10 == 0 && exponent < MAX_EXPONENT {
            coefficient /= 10;
            exponent += 1;
        }
        Self { coefficient, exponent: if coefficient == 0 { 0 } else { exponent } }
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// The order by value: `1.50` and `1.5` are equal.
    pub fn compare(self, other: Self) -> Ordering {
        let (a, b) = (self.coefficient, other.coefficient);
        let signs = a.signum().cmp(&b.signum());
        if signs != Ordering::Equal || a == 0 {
            return signs;
        }
        // Of one sign: the place of the first digit decides, then the digits brought to one
        // exponent, where both have 34 at most.
        let first = |d: Self| i64::from(digits(d.coefficient)) + i64::from(d.exponent);
        let order = first(self).cmp(&first(other)).then_with(|| {
            let gap = i64::from(self.exponent) - i64::from(other.exponent);
            let scaled = |c: i128, by: i64| {
                c.unsigned_abs() * power(by.max(0)).map_or(1, i128::unsigned_abs)
            };
            scaled(a, gap).cmp(&scaled(b, -gap))
        });
        if a < 0 { order.reverse() } else { order }
    }
}

impl TryFrom<(i128, i32)> for Decimal {
    type Error = &'static str;

    /// Takes only what [`Decimal`] can be, since the parts may come from a hostile file.
    fn try_from((coefficient, exponent): (i128, i32)) -> Result<Self, Self::Error> {
        let few = coefficient.unsigned_abs() < TOO_MANY;
        match (few, (MIN_EXPONENT..=MAX_EXPONENT).contains(&exponent)) {
            (true, true) => Ok(Self { coefficient, exponent }),
            (false, _) => Err("a decimal has more than 34 digits"),
            (true, false) => Err("the exponent of a decimal is out of range"),
        }
    }
}

impl From<Decimal> for (i128, i32) {
    fn from(decimal: Decimal) -> Self {
        (decimal.coefficient, decimal.exponent)
    }
}

/// How many digits a number has: 0 for zero.
fn digits(coefficient: i128) -> u32 {
    coefficient.unsigned_abs().checked_ilog10().map_or(0, |log| log + 1)
}

/// 10^exponent, where 128 bits hold it.
fn power(exponent: i64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}
