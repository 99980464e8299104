//! JSON text as typed values: the evaluator's own border.

use std::rc::Rc;

use wf_bytecode::Decimal;
use wf_types::{Literal, Type, TypeDefs};

use super::text::{DAY, days};
use super::value::Val;

/// JSON as it was written: numbers are texts.
#[derive(Clone, Debug)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number.
    Number(String),
    /// A float that is there already.
    Float(f64),
    /// A decimal that is there already.
    Decimal(Decimal),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

/// Reads JSON text.
pub fn parse(text: &str) -> Option<Json> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    reader.blanks();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: &str) -> Option<()> {
        self.blanks();
        self.text.get(self.at..)?.starts_with(wanted).then(|| self.at += wanted.len())
    }

    fn value(&mut self) -> Option<Json> {
        self.blanks();
        match self.peek()? {
            b'n' => self.take("null").map(|()| Json::Null),
            b't' => self.take("true").map(|()| Json::Bool(true)),
            b'f' => self.take("false").map(|()| Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                self.take("[")?;
                let mut items = Vec::new();
                if self.take("]").is_some() {
                    return Some(Json::List(items));
                }
                loop {
                    items.push(self.value()?);
                    if self.take("]").is_some() {
                        return Some(Json::List(items));
                    }
                    self.take(",")?;
                }
            }
            b'{' => {
                self.take("{")?;
                let mut fields = Vec::new();
                if self.take("}").is_some() {
                    return Some(Json::Object(fields));
                }
                loop {
                    self.blanks();
                    let key = self.string()?;
                    self.take(":")?;
                    fields.push((key, self.value()?));
                    if self.take("}").is_some() {
                        return Some(Json::Object(fields));
                    }
                    self.take(",")?;
                }
            }
            _ => {
                let start = self.at;
                while self
                    .peek()
                    .is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e'))
                {
                    self.at += 1;
                }
                let text = self.text.get(start..self.at).unwrap_or_default();
                is_number(text).then(|| Json::Number(text.to_owned()))
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let mut out = String::new();
        let mut chars = rest.char_indices();
        if chars.next()?.1 != '"' {
            return None;
        }
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += at + 1;
                    return Some(out);
                }
                '\\' => match chars.next()?.1 {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    'u' => {
                        let digits: String =
                            (0..4).filter_map(|_| chars.next()).map(|c| c.1).collect();
                        out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                    }
                    other => out.push(other),
                },
                c => out.push(c),
            }
        }
        None
    }
}

/// The value of a type that some JSON is, or `None` where it does not fit. Unless it is `strict`, a
/// field of a record need not: what it is then is not known, and nothing may read it. What is in a
/// union has to fit, but for records that their literals tell from the other members.
pub fn decode(json: &Json, ty: &Type, defs: &TypeDefs, strict: bool) -> Option<Val> {
    let decode = |json: &Json, ty: &Type| decode(json, ty, defs, strict);
    Some(match (defs.peel(ty), json) {
        (Type::Json, json) => any(json)?,
        (Type::Optional(_) | Type::Null, Json::Null) => Val::Null,
        (Type::Optional(inner), json) => decode(json, inner)?,
        (Type::Bool, Json::Bool(b)) => Val::Bool(*b),
        (Type::Int, Json::Number(text)) => Val::Int(int(text)?),
        (Type::Int, Json::Float(x)) => Val::Int(whole(*x)?),
        (Type::Float, Json::Number(text)) => Val::Float(float(text)?),
        (Type::Float, Json::Float(x)) => Val::Float(*x),
        (Type::Int, Json::Decimal(d)) => Val::Int(d.to_int()?),
        (Type::Float, Json::Decimal(d)) => Val::Float(d.to_float()?),
        (Type::Decimal, Json::Number(text) | Json::Text(text)) => {
            Val::Dec(Decimal::parse(text).ok()?)
        }
        (Type::Decimal, Json::Float(x)) => Val::Dec(Decimal::from_float(*x)?),
        (Type::Decimal, Json::Decimal(d)) => Val::Dec(*d),
        (Type::String | Type::Secret, Json::Text(text)) => Val::str(text),
        (Type::Uuid, Json::Text(text)) => {
            let hex: String = text.chars().filter(|c| *c != '-').collect();
            if text.len() != 36 || hex.len() != 32 {
                return None;
            }
            Val::Uuid(u128::from_str_radix(&hex, 16).ok()?)
        }
        (Type::Instant, Json::Text(text)) => Val::Instant(instant(text)?),
        (Type::Duration, Json::Text(text)) => Val::Duration(duration(text)?),
        (Type::Literal(literal), json) => {
            let value = match (literal, json) {
                (Literal::Bool(a), Json::Bool(b)) if a == b => Val::Bool(*b),
                (Literal::Int(a), Json::Number(text)) if int(text) == Some(*a) => Val::Int(*a),
                (Literal::Int(a), Json::Float(x)) if whole(*x) == Some(*a) => Val::Int(*a),
                (Literal::Int(a), Json::Decimal(d)) if d.to_int() == Some(*a) => Val::Int(*a),
                (Literal::String(a), Json::Text(b)) if a == b => Val::str(b),
                _ => return None,
            };
            return Some(value);
        }
        (union @ Type::Union(members), json) => {
            let read = |m: &Type| Some((m.clone(), self::decode(json, m, defs, true)?));
            let (member, value) = match members.iter().find_map(read) {
                Some(found) => found,
                // A member that its literals tell from the others need not fit as a whole.
                None if !strict => {
                    let mut meant = members.iter().filter(|m| is_meant(json, m, members, defs));
                    let member = meant.next().filter(|_| meant.next().is_none())?;
                    (member.clone(), decode(json, member)?)
                }
                None => return None,
            };
            if super::coerce::is_tagged(union, defs) { Val::of(member, value) } else { value }
        }
        (Type::List(of), Json::List(items)) => {
            Val::list(items.iter().map(|i| decode(i, of)).collect::<Option<_>>()?)
        }
        (Type::Map(of), Json::Object(fields)) => {
            unique(fields)?;
            let decoded = fields.iter().map(|(k, v)| Some((Rc::from(k.as_str()), decode(v, of)?)));
            Val::map(decoded.collect::<Option<Vec<_>>>()?)
        }
        (ty, Json::Object(given)) => {
            let record = defs.record(ty)?;
            unique(given)?;
            let mut fields = Vec::new();
            for field in &record.fields {
                let found = given.iter().find(|(name, _)| *name == field.name.as_str());
                let optional = field.may_be_missing
                    || field.has_default
                    || matches!(defs.peel(&field.ty), Type::Optional(_) | Type::Json | Type::Null);
                let value = match found {
                    Some((_, json)) => match decode(json, &field.ty) {
                        Some(value) => value,
                        None if strict => return None,
                        None => Val::Unread,
                    },
                    None if optional => Val::Missing,
                    None if strict => return None,
                    None => Val::Unread,
                };
                fields.push((field.name.clone(), value));
            }
            Val::rec(fields)
        }
        _ => return None,
    })
}

/// Whether JSON is an object that says by a field of literals, which tells all members of a union
/// apart, that it is of this one.
fn is_meant(json: &Json, member: &Type, members: &[Type], defs: &TypeDefs) -> bool {
    let (Json::Object(given), Some(record)) = (json, defs.record(member)) else { return false };
    let literals = |m: &Type, name: &str| -> Option<Vec<Type>> {
        match defs.peel(&defs.record(m)?.field(name)?.1.ty) {
            one @ Type::Literal(_) => Some(vec![one.clone()]),
            Type::Union(all) if all.iter().all(|m| matches!(m, Type::Literal(_))) => {
                Some(all.to_vec())
            }
            _ => None,
        }
    };
    let tells = |name: &str| {
        let all: Option<Vec<Vec<Type>>> = members.iter().map(|m| literals(m, name)).collect();
        all.is_some_and(|all| {
            let all: Vec<&Type> = all.iter().flatten().collect();
            all.iter().all(|l| all.iter().filter(|other| *other == l).count() == 1)
        })
    };
    let tag = record.fields.iter().find(|f| tells(&f.name));
    tag.is_some_and(|field| {
        let found = given.iter().find(|(name, _)| *name == field.name.as_str());
        found.is_some_and(|(_, json)| decode(json, &field.ty, defs, true).is_some())
    })
}

/// Whether a text is a number of JSON.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let zero = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && !zero && digits(fraction) && digits(exponent)
}

/// The int that a float is.
fn whole(x: f64) -> Option<i64> {
    let there = x.fract() == 0.0 && x.abs() < 1e19;
    if there { i64::try_from(x as i128).ok() } else { None }
}

/// A value in the form of `json`, to be decoded.
pub fn of_value(value: &Val) -> Json {
    match value.plain() {
        Val::Null | Val::Missing | Val::Lambda(_) | Val::Unread => Json::Null,
        Val::Bool(b) => Json::Bool(*b),
        Val::Int(n) => Json::Number(n.to_string()),
        Val::Float(x) => Json::Float(*x),
        Val::Dec(d) => Json::Decimal(*d),
        Val::Str(text) => Json::Text(text.to_string()),
        Val::List(items) => Json::List(items.iter().map(of_value).collect()),
        Val::Map(entries) => {
            Json::Object(entries.iter().map(|(k, v)| (k.to_string(), of_value(v))).collect())
        }
        value @ (Val::Rec(_) | Val::Uuid(_) | Val::Instant(_) | Val::Duration(_) | Val::Of(_)) => {
            of_value(&super::coerce::to_json(value))
        }
    }
}

fn unique(fields: &[(String, Json)]) -> Option<()> {
    let twice = |i: usize, name: &str| fields.iter().take(i).any(|(other, _)| other == name);
    (!fields.iter().enumerate().any(|(i, (name, _))| twice(i, name))).then_some(())
}

/// JSON of which nothing is known.
pub fn any(json: &Json) -> Option<Val> {
    Some(match json {
        Json::Null => Val::Null,
        Json::Bool(b) => Val::Bool(*b),
        Json::Number(text) => number(text)?,
        Json::Decimal(d) => Val::Dec(*d),
        Json::Float(x) => Val::Float(*x),
        Json::Text(text) => Val::str(text),
        Json::List(items) => Val::list(items.iter().map(any).collect::<Option<_>>()?),
        Json::Object(fields) => {
            unique(fields)?;
            let read = fields.iter().map(|(k, v)| Some((Rc::from(k.as_str()), any(v)?)));
            Val::map(read.collect::<Option<Vec<_>>>()?)
        }
    })
}

/// A number of which nothing is known: an int where it is written as one or no float holds it
/// exactly, a decimal where a float would be written in other digits, else a float.
fn number(text: &str) -> Option<Val> {
    let decimal = Decimal::parse(text).ok();
    if !text.contains(['.', 'e', 'E']) {
        return text.parse().ok().map(Val::Int).or(decimal.map(Val::Dec));
    }
    let Some(near) = float(text) else { return decimal.map(Val::Dec) };
    if let (true, Some(n)) = (near.abs() >= 9_007_199_254_740_992.0, int(text)) {
        return Some(Val::Int(n));
    }
    let Some(decimal) = decimal else { return Some(Val::Float(near)) };
    let written = Decimal::from_float(near);
    let same = written.is_some_and(|w| w.compare(decimal).is_eq());
    // `1.0` is a float, `1.00` and `1.50` keep their zeros; behind an exponent, where there are many.
    let mantissa = text.split('e').next().unwrap_or(text);
    let many = mantissa.trim_start_matches(['-', '0', '.']).len() > 15;
    let zeros = (many && written != Some(decimal))
        || text.contains('.')
            && !text.contains(['e', 'E'])
            && text.ends_with('0')
            && text.split('.').nth(1).is_none_or(|part| part.len() != 1);
    Some(if same && !zeros { Val::Float(near) } else { Val::Dec(decimal) })
}

/// A number without a fraction that fits in 64 bits.
fn int(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let zeros = usize::try_from(exponent - i32::try_from(part.len()).ok()?).ok()?;
    if zeros > 30 {
        return None;
    }
    format!("{whole}{part}{}", "0".repeat(zeros)).parse().ok()
}

fn float(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite()).map(|x| x + 0.0)
}

/// RFC 3339 in UTC.
pub fn instant(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let day = days(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    let rest = text.get(19..)?.strip_suffix('Z')?;
    let micros = match rest.strip_prefix('.') {
        Some(digits) => format!("{digits:0<6}").get(..6)?.parse::<i64>().ok()?,
        None => 0,
    };
    Some(day * DAY + seconds * 1_000_000 + micros)
}

/// `1h30m` and the like.
pub fn duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_i128;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (whole, part) = match rest.get(..digits)?.split_once('.') {
            Some((whole, part)) => (whole, part),
            None => (rest.get(..digits)?, "0"),
        };
        let number: i128 = whole.parse().ok()?;
        let part_of: i128 = part.parse().ok()?;
        let scale = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        rest = rest.get(digits..)?;
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit_of = match rest.get(..unit)? {
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return None,
        };
        total += number * unit_of + part_of * unit_of / scale;
        rest = rest.get(unit..)?;
    }
    i64::try_from(sign * total).ok()
}
