//! Arithmetic of decimals. Nothing here panics or takes long, whatever the exponents are.

use super::{DIGITS, Decimal, MAX_EXPONENT, MIN_EXPONENT, TOO_MANY, digits, power};

/// How many digits a sum may have before it is brought to 34: as many as 128 bits hold for sure.
const WIDE: u32 = 38;
/// Half of the digits of a decimal: products are made of four products of halves.
const HALF: u128 = 10_u128.pow(DIGITS / 2);

/// Why there is no quotient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoQuotient {
    /// The divisor is zero.
    ByZero,
    /// The quotient is too large, or too small to be told from zero.
    Range,
}

/// How digits are cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, halves away from zero.
    HalfUp,
    /// Toward zero.
    Down,
    /// To the next number below.
    Floor,
    /// To the next number above.
    Ceil,
}

impl Decimal {
    /// `self + other`, where 34 digits hold it.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (high, low) =
            if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let mut gap = i64::from(high.exponent) - i64::from(low.exponent);
        let (mut coefficient, mut exponent) = (low.coefficient, i64::from(low.exponent));
        if high.coefficient == 0 {
            return Self::fit(coefficient, exponent);
        }
        // Where the digits of both lie so far apart that 128 bits don't hold them, the sum has too
        // many, unless the lower ones are zeros.
        let surplus = gap - i64::from(WIDE - digits(high.coefficient));
        if surplus > 0 {
            if coefficient != 0 {
                let unit = power(surplus)?;
                if coefficient % unit != 0 {
                    return None;
                }
                coefficient /= unit;
            }
            exponent += surplus;
            gap -= surplus;
        }
        Self::fit(high.coefficient.checked_mul(power(gap)?)?.checked_add(coefficient)?, exponent)
    }

    /// `self - other`, where 34 digits hold it.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// `-self`
    pub fn negated(self) -> Self {
        Self { coefficient: -self.coefficient, ..self }
    }

    /// The number without its sign.
    pub fn absolute(self) -> Self {
        Self { coefficient: self.coefficient.abs(), ..self }
    }

    /// `self * other`, where 34 digits hold it.
    pub fn times(self, other: Self) -> Option<Self> {
        let exponent = i64::from(self.exponent) + i64::from(other.exponent);
        let (a, b) = (self.coefficient.unsigned_abs(), other.coefficient.unsigned_abs());
        // The product is `high * 10^34 + low`.
        let (a_high, a_low, b_high, b_low) = (a / HALF, a % HALF, b / HALF, b % HALF);
        let middle = a_high * b_low + a_low * b_high;
        let low = a_low * b_low + middle % HALF * HALF;
        let high = a_high * b_high + middle / HALF + low / TOO_MANY;
        let low = (low % TOO_MANY) as i128;
        // As many zeros as `high` has digits must stand at the end.
        let surplus = i64::from(digits(high as i128));
        let unit = power(surplus)?;
        if low % unit != 0 {
            return None;
        }
        let size = high as i128 * power(i64::from(DIGITS) - surplus)? + low / unit;
        let negative = (self.coefficient < 0) != (other.coefficient < 0);
        Self::fit(if negative { -size } else { size }, exponent + surplus)
    }

    /// `self / other`, rounded half to even to 34 digits where it has more.
    ///
    /// # Errors
    /// Division by zero, and a quotient that is out of range.
    pub fn divided_by(self, other: Self) -> Result<Self, NoQuotient> {
        if other.coefficient == 0 {
            return Err(NoQuotient::ByZero);
        }
        let ideal = i64::from(self.exponent) - i64::from(other.exponent);
        let (a, b) = (self.coefficient.unsigned_abs(), other.coefficient.unsigned_abs());
        let (mut quotient, mut rest, mut exponent) = (a / b, a % b, ideal);
        // Long division, four digits at a time: `rest * 10^4` is below 10^38.
        while rest != 0 {
            let count = (DIGITS - digits(quotient as i128)).min(4);
            if count == 0 {
                break;
            }
            let unit = 10_u128.pow(count);
            rest *= unit;
            quotient = quotient * unit + rest / b;
            rest %= b;
            exponent -= i64::from(count);
        }
        if rest == 0 {
            // An exact quotient has no zeros at the end that the division made up.
            while exponent < ideal && quotient % 10 == 0 {
                quotient /= 10;
                exponent += 1;
            }
        } else {
            let up = (2 * rest).cmp(&b).then(if quotient % 2 == 1 {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Less
            });
            quotient += u128::from(up == std::cmp::Ordering::Greater);
        }
        let negative = (self.coefficient < 0) != (other.coefficient < 0);
        let quotient = quotient as i128;
        Self::fit(if negative { -quotient } else { quotient }, exponent).ok_or(NoQuotient::Range)
    }

    /// `self % other`, with the sign of `self`; `None` where `other` is zero.
    pub fn remainder(self, other: Self) -> Option<Self> {
        if other.coefficient == 0 {
            return None;
        }
        let gap = i64::from(self.exponent) - i64::from(other.exponent);
        let (a, b) = (self.coefficient.unsigned_abs(), other.coefficient.unsigned_abs());
        let rest = if gap >= 0 {
            // `a * 10^gap % b`, four digits at a time.
            let (mut rest, mut left) = (a % b, gap);
            while left > 0 && rest != 0 {
                let count = left.min(4);
                rest = rest * 10_u128.pow(count as u32) % b;
                left -= count;
            }
            rest
        } else {
            // A divisor beyond 34 digits is larger than what it divides.
            match power(-gap).and_then(|unit| b.checked_mul(unit.unsigned_abs())) {
                Some(b) => a % b,
                None => a,
            }
        };
        let rest = rest as i128;
        let exponent = self.exponent.min(other.exponent);
        Self::fit(if self.coefficient < 0 { -rest } else { rest }, i64::from(exponent))
    }

    /// The number with so many digits behind the point at most; negative counts go to tens,
    /// hundreds and so on. `None` where the result is too large.
    pub fn round(self, places: i64, rounding: Rounding) -> Option<Self> {
        let places = places.clamp(-i64::from(MAX_EXPONENT), -i64::from(MIN_EXPONENT));
        let cut = -i64::from(self.exponent) - places;
        if cut <= 0 {
            return Some(self);
        }
        // Beyond the digits there are, everything is cut off, and it is less than a half.
        let (whole, rest, half) = match power(cut) {
            Some(unit) => {
                let rest = self.coefficient % unit;
                (self.coefficient / unit, rest, rest.unsigned_abs() * 2 >= unit.unsigned_abs())
            }
            None => (0, self.coefficient, false),
        };
        let away = match rounding {
            Rounding::HalfUp => half,
            Rounding::Down => false,
            Rounding::Floor => rest < 0,
            Rounding::Ceil => rest > 0,
        };
        let whole = if away { whole + self.coefficient.signum() } else { whole };
        Self::fit(whole, -places)
    }
}
