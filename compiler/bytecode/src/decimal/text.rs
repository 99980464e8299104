//! Decimals as text, which is JSON as well.

use std::fmt;
use std::str::FromStr;

use super::{DIGITS, Decimal, Rounding};

/// How many digits a number may take to be written without an exponent.
const PLAIN: usize = 64;

/// Why a text is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDecimal {
    /// It is no number.
    NoNumber,
    /// It has more than 34 significant digits.
    Digits,
    /// It is too large, or too small to be told from zero.
    Range,
}

impl Decimal {
    /// The decimal that a text writes: digits, perhaps with a sign, a fraction and an exponent.
    /// Takes time in proportion to the text, whatever the exponent is.
    ///
    /// # Errors
    /// Where the text is nothing but a number that a decimal holds exactly.
    pub fn parse(text: &str) -> Result<Self, NoDecimal> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(NoDecimal::NoNumber),
            None => (mantissa, ""),
        };
        if whole.is_empty() {
            return Err(NoDecimal::NoNumber);
        }
        let (mut coefficient, mut count, mut surplus, mut long) = (0_i128, 0, 0_i64, false);
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(NoDecimal::NoNumber);
            }
            if count == DIGITS {
                // Zeros behind the last digit that there is room for are given up.
                surplus += 1;
                long |= byte != b'0';
                continue;
            }
            coefficient = coefficient * 10 + i128::from(byte - b'0');
            count += u32::from(coefficient != 0);
        }
        if long {
            return Err(NoDecimal::Digits);
        }
        let fraction = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let exponent = exponent.saturating_sub(fraction).saturating_add(surplus);
        let signed = if negative { -coefficient } else { coefficient };
        Self::fit(signed, exponent).ok_or(NoDecimal::Range)
    }

    /// The text with so many digits behind the point: rounded, halves away from zero, or filled up
    /// with zeros.
    pub fn fixed(self, places: u32) -> String {
        let rounded = self.round(i64::from(places), Rounding::HalfUp).unwrap_or(self);
        let sign = if rounded.coefficient < 0 { "-" } else { "" };
        let mut digits = rounded.coefficient.unsigned_abs().to_string();
        let places = places as usize;
        let zeros = places as i64 + i64::from(rounded.exponent);
        digits.push_str(&"0".repeat(usize::try_from(zeros).unwrap_or(0)));
        if digits.trim_start_matches('0').is_empty() {
            digits = "0".to_owned();
        }
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }
}

fn read_exponent(text: &str) -> Result<i64, NoDecimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NoDecimal::NoNumber);
    }
    // What is too large for this is far beyond every range.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(i64::MAX / 4);
    Ok(if text.starts_with('-') { -size } else { size })
}

impl FromStr for Decimal {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Self, NoDecimal> {
        Self::parse(text)
    }
}

impl fmt::Display for NoDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoNumber => "it is no number",
            Self::Digits => "it has more than 34 digits",
            Self::Range => "it is out of range",
        })
    }
}

impl fmt::Display for Decimal {
    /// All digits, the zeros at the end too: `12.50`. Without an exponent where that takes 64
    /// digits at most, else as `1.25e-100`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.coefficient < 0 {
            f.write_str("-")?;
        }
        let digits = self.coefficient.unsigned_abs().to_string();
        let behind = usize::try_from(-self.exponent).unwrap_or(0);
        let zeros = usize::try_from(self.exponent).unwrap_or(0);
        if digits.len() + zeros <= PLAIN && behind < PLAIN {
            let padded = format!("{digits:0>width$}", width = behind + 1);
            let (whole, fraction) = padded.split_at(padded.len() - behind);
            let point = if fraction.is_empty() { "" } else { "." };
            return write!(f, "{whole}{:0<zeros$}{point}{fraction}", "");
        }
        let (first, others) = digits.split_at(1);
        let point = if others.is_empty() { "" } else { "." };
        let exponent = i64::from(self.exponent) + others.len() as i64;
        write!(f, "{first}{point}{others}e{exponent}")
    }
}
