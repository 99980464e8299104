//! Texts as values of a type: the cells of a table, the texts and attributes of a document.

use wf_vm::bytecode::{Program, TypeDesc, TypeIdx};

/// How many optionals and unions are looked through: a type made by hand could go in a circle.
const MAX_DEPTH: u8 = 8;

/// The JSON that a text stands for where a value of a type is wanted: a number where the text is
/// one, `true` and `1`, `false` and `0` for a `bool`, null for an empty text where the type is
/// optional, JSON for lists, maps and records, else a string. Whether it fits the type is for the
/// decoder to say.
pub(crate) fn json_of(text: &str, ty: TypeIdx, program: &Program) -> String {
    of_type(text, ty, program, MAX_DEPTH).unwrap_or_else(|| quote(text))
}

/// `None` where the text is none of the type's.
fn of_type(text: &str, ty: TypeIdx, program: &Program, depth: u8) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    let plain = text.trim();
    match program.types.get(usize::from(ty.0))? {
        TypeDesc::Null => plain.is_empty().then(|| "null".to_owned()),
        TypeDesc::Bool | TypeDesc::LiteralBool(_) => truth(plain),
        TypeDesc::Int | TypeDesc::LiteralInt(_) => {
            // Not through a float: all digits count.
            let digits = plain.strip_prefix('+').unwrap_or(plain);
            digits.parse::<i64>().ok().filter(|_| !digits.starts_with('+')).map(|n| n.to_string())
        }
        TypeDesc::Float | TypeDesc::Decimal => number(plain),
        TypeDesc::Optional(_) if text.is_empty() => Some("null".to_owned()),
        TypeDesc::Optional(inner) | TypeDesc::Unread(inner) => {
            of_type(text, *inner, program, depth)
        }
        TypeDesc::Union(members) => {
            // A number before the text that it is as well.
            let is_text = |ty: TypeIdx| {
                let desc = program.types.get(usize::from(ty.0));
                matches!(desc, Some(TypeDesc::String | TypeDesc::Json))
            };
            let (texts, others): (Vec<TypeIdx>, Vec<TypeIdx>) =
                members.iter().copied().partition(|ty| is_text(*ty));
            others.into_iter().chain(texts).find_map(|member| {
                let json = of_type(text, member, program, depth)?;
                crate::json::decode(&json, member, program).is_ok().then_some(json)
            })
        }
        TypeDesc::List(_) | TypeDesc::Map(_) | TypeDesc::Record { .. } => {
            serde_json::from_str::<&serde_json::value::RawValue>(plain).ok().map(|v| v.get().into())
        }
        _ => Some(quote(text)),
    }
}

fn truth(text: &str) -> Option<String> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    let truth = if is("true") || is("1") {
        "true"
    } else if is("false") || is("0") {
        "false"
    } else {
        return None;
    };
    Some(truth.to_owned())
}

/// A number as JSON writes it, with all its digits; `+1`, `007`, `.5` and `5.` are numbers, too.
fn number(text: &str) -> Option<String> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => ("-", text.get(1..)?),
        b'+' => ("", text.get(1..)?),
        _ => ("", text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let mut number = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if unsigned.is_empty() || !digits(unsigned) {
            return None;
        }
        number.push('e');
        number.push_str(exponent);
    }
    Some(number)
}

/// A text in JSON.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::json_of;
    use crate::test_support::Types;
    use wf_vm::bytecode::TypeDesc;

    #[test]
    fn texts_become_what_is_wanted() {
        let mut types = Types::new();
        let int = types.add(TypeDesc::Int);
        let decimal = types.add(TypeDesc::Decimal);
        let string = types.add(TypeDesc::String);
        let bool = types.add(TypeDesc::Bool);
        let maybe = types.add(TypeDesc::Optional(int));
        let either = types.add(TypeDesc::Union(vec![string, int]));
        let list = types.add(TypeDesc::List(int));
        for (text, ty, expected) in [
            ("7", int, "7"),
            (" +07 ", int, "7"),
            ("-0", int, "0"),
            ("9223372036854775808", int, "\"9223372036854775808\""),
            ("1.0", int, "\"1.0\""),
            ("++1", int, "\"++1\""),
            ("", int, "\"\""),
            ("0012.500", decimal, "12.500"),
            ("-.5e+3", decimal, "-0.5e+3"),
            ("5.", decimal, "5"),
            (".", decimal, "\".\""),
            ("1e", decimal, "\"1e\""),
            ("NaN", decimal, "\"NaN\""),
            ("1,5", decimal, "\"1,5\""),
            ("TRUE", bool, "true"),
            ("0", bool, "false"),
            ("yes", bool, "\"yes\""),
            ("", maybe, "null"),
            ("x", maybe, "\"x\""),
            ("7", either, "7"),
            ("x\"", either, "\"x\\\"\""),
            (" 7", string, "\" 7\""),
            ("[1]", list, "[1]"),
            ("[1", list, "\"[1\""),
        ] {
            assert_eq!(json_of(text, ty, &types.program), expected, "{text:?}");
        }
    }

    #[test]
    fn a_type_that_goes_in_a_circle_ends() {
        let mut types = Types::new();
        let first = types.add(TypeDesc::Json);
        let circle = types.add(TypeDesc::Optional(first));
        types.program.types[usize::from(first.0)] = TypeDesc::Union(vec![circle, circle]);
        assert_eq!(json_of("x", circle, &types.program), "\"x\"");
    }
}
