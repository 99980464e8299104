//! Numbers and strings of JSON as the types that they stand for.

use uuid::Uuid;
use wf_bytecode::decimal::NoDecimal;
use wf_bytecode::{Decimal, TypeDesc};

use crate::value::{Value, time};

/// The `int` that a number's text stands for, where it is whole and fits: `5`, `5.0`, `5e0`.
pub(super) fn int_of(text: &str) -> Result<i64, NoInt> {
    if let Ok(number) = text.parse() {
        return Ok(number);
    }
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    // The number is `digits * 10^shift`, where the digits have no zeros around them.
    let digits: String = [whole, fraction].concat();
    let behind = digits.len() - digits.trim_end_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return Ok(0);
    }
    // An exponent that no i64 holds is far beyond what the digits could make up for.
    let exponent = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') {
        i64::MIN / 2
    } else {
        i64::MAX / 2
    });
    let shift = exponent.saturating_add(behind as i64).saturating_sub(fraction.len() as i64);
    if shift < 0 {
        return Err(NoInt::Fraction);
    }
    // No i64 has more than 19 digits.
    if (digits.len() as i64).saturating_add(shift) > 19 {
        return Err(NoInt::Range);
    }
    let number = digits.parse::<i128>().map_err(|_| NoInt::Range)? * 10_i128.pow(shift as u32);
    i64::try_from(if negative { -number } else { number }).map_err(|_| NoInt::Range)
}

/// Why a number is no `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoInt {
    Fraction,
    Range,
}

/// The nearest `float`, where there is one.
pub(super) fn float_of(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    // Adding zero makes `-0` zero.
    number.is_finite().then_some(number + 0.0)
}

/// A number of `json`: an `int` where it is written as an integer, else a float; but a whole
/// number that no float holds exactly stays an `int`, however it is written, and a number with
/// digits that neither would keep, zeros at the end too, is a decimal.
pub(super) fn json_number(text: &str) -> Option<Value> {
    /// Up to here every whole number is a float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let decimal = || Decimal::parse(text).ok();
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        let int = text.parse().ok().map(Value::Int);
        return int.or_else(|| decimal().map(Value::decimal));
    }
    let Some(number) = float_of(text) else { return decimal().map(Value::decimal) };
    if number.abs() >= EXACT
        && let Ok(int) = int_of(text)
    {
        return Some(Value::Int(int));
    }
    if loses_digits(text, number)
        && let Some(decimal) = decimal()
        && Decimal::from_float(number) != Some(decimal)
    {
        return Some(Value::decimal(decimal));
    }
    Some(Value::Float(number))
}

/// Whether the float of a text may be written in other digits: where there are many, or zeros at
/// the end, or where the float is so small that it has fewer digits itself.
fn loses_digits(text: &str, number: f64) -> bool {
    /// So many digits every float keeps that is not that small.
    const KEPT: usize = 15;
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let fraction = mantissa.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = mantissa.trim_start_matches(['-', '0', '.']);
    digits.len() > KEPT
        || (!digits.is_empty() && number.abs() < f64::MIN_POSITIVE)
        || (mantissa.len() == text.len() && fraction.len() > 1 && fraction.ends_with('0'))
}

/// The decimal of a text, or what to say behind the text.
pub(super) fn decimal_of(text: &str) -> Result<Value, &'static str> {
    Decimal::parse(text).map(Value::decimal).map_err(|why| match why {
        NoDecimal::NoNumber => "",
        NoDecimal::Digits => ", which has more than 34 digits",
        NoDecimal::Range => ", which is out of range",
    })
}

/// A float that is whole and in range, as an `int`.
pub(super) fn whole(number: f64) -> Option<i64> {
    const ABOVE: f64 = 9_223_372_036_854_775_808.0;
    let fits = number.fract() == 0.0 && (-ABOVE..ABOVE).contains(&number);
    fits.then_some(number as i64)
}

/// The value of a type that JSON writes as a string; `None` where the text is none of this type.
pub(super) fn from_string(desc: &TypeDesc, text: &str) -> Option<Value> {
    match desc {
        TypeDesc::String | TypeDesc::Secret | TypeDesc::Json => Some(Value::string(text)),
        TypeDesc::Uuid => uuid_of(text).map(Value::uuid),
        TypeDesc::Instant => time::parse_instant(text).map(Value::Instant),
        TypeDesc::Duration => time::parse_duration(text).map(Value::Duration),
        TypeDesc::LiteralString(literal) => (text == literal.as_str()).then(|| Value::string(text)),
        _ => None,
    }
}

/// A uuid with hyphens, in either case; not one of the other forms that the library reads.
fn uuid_of(text: &str) -> Option<Uuid> {
    const LENGTH: usize = 36;
    if text.len() == LENGTH { Uuid::try_parse(text).ok() } else { None }
}
