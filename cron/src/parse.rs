//! From text to fields: every field is judged by itself, so that each mistake has its place.

use croner::parser::{CronParser, Seconds, Year};

use crate::Fault;

/// A field of a cron text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: &'static str,
    /// The least and the greatest number it takes.
    pub range: (u8, u8),
    /// What it takes beside `*`, as a reader is told.
    pub values: &'static str,
    /// Words that stand for numbers, in upper case, and the letters of extensions.
    words: &'static [&'static str],
}

/// The five fields, in their order.
pub const FIELDS: [Field; 5] = [
    Field { name: "minute", range: (0, 59), values: "0-59", words: &[] },
    Field { name: "hour", range: (0, 23), values: "0-23", words: &[] },
    Field {
        name: "day of the month",
        range: (1, 31),
        values: "1-31, `L`, `15W`",
        words: &["L", "W", "LW"],
    },
    Field {
        name: "month",
        range: (1, 12),
        values: "1-12 or `JAN`-`DEC`",
        words: &[
            "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
        ],
    },
    Field {
        name: "day of the week",
        range: (0, 7),
        values: "0-7 or `SUN`-`SAT`, `MON#1`, `FRI#L`",
        words: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"],
    },
];

/// The longest text that is looked at; nobody writes longer ones, and a list has no end.
const MAX_LENGTH: usize = 1_000;

/// A cron text that is right.
#[derive(Clone, Debug)]
pub struct Cron {
    pub(crate) pattern: croner::Cron,
}

impl Cron {
    /// Reads a cron text.
    ///
    /// # Errors
    ///
    /// A fault for every field that is wrong, or one for the whole text where it has not five fields.
    pub fn parse(text: &str) -> Result<Cron, Vec<Fault>> {
        let fields = split(text);
        if text.len() > MAX_LENGTH || fields.len() != FIELDS.len() {
            return Err(vec![wrong_count(text, fields.len())]);
        }
        let faults: Vec<Fault> = fields
            .iter()
            .zip(FIELDS.iter().enumerate())
            .filter_map(|((start, text), (index, _))| field_fault(index, *start, text))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let plain: Vec<&str> = fields.iter().map(|(_, field)| *field).collect();
        match parser().parse(&plain.join(" ")) {
            Ok(pattern) => Ok(Cron { pattern }),
            Err(error) => Err(vec![Fault {
                at: 0..text.len(),
                message: format!("this is no cron text: {error}"),
                help: "five fields, as in `0 9 * * MON-FRI`".to_owned(),
            }]),
        }
    }

    /// Whether no day at all fits, as with 31 February.
    pub fn never_fires(&self) -> bool {
        let start = jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        self.pattern.find_next_occurrence(&start, true).is_err()
    }
}

fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

/// The fields with the place where each begins. Only blanks and tabs part them (4.3).
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut fields = Vec::new();
    let mut start = 0;
    for part in text.split([' ', '\t']) {
        if !part.is_empty() {
            fields.push((start, part));
        }
        start += part.len() + 1;
    }
    fields
}

fn wrong_count(text: &str, count: usize) -> Fault {
    let help = match count {
        6 | 7 => "seconds and years are not taken: leave out the first or the last field",
        _ => "they are minute, hour, day of the month, month, day of the week: `0 9 * * MON-FRI`",
    };
    let message = match text.len() > MAX_LENGTH {
        true => format!("a cron text has at most {MAX_LENGTH} characters"),
        false => format!("a cron text has five fields, this one has {count}"),
    };
    Fault { at: 0..text.len(), message, help: help.to_owned() }
}

/// What is wrong with one field, if anything is.
fn field_fault(index: usize, start: usize, text: &str) -> Option<Fault> {
    let field = &FIELDS[index];
    let (message, help) = if let Some(step) = loose_step(text) {
        (format!("`{text}` is no {}", field.name), format!("a step needs a range: `*/{step}`"))
    } else if let Some((from, to)) = backward_range(field, text) {
        let (least, greatest) = field.range;
        let message = format!("the range `{from}-{to}` goes backwards");
        (
            message,
            format!(
                "a range is written from less to more; in two: `{from}-{greatest},{least}-{to}`"
            ),
        )
    } else if !text.split(',').all(|part| part_fits(field, part)) || !parses_alone(index, text) {
        let help =
            format!("it may be `*`, {}, ranges `1-5`, lists `1,3` and steps `*/2`", field.values);
        (format!("`{text}` is no {}", field.name), help)
    } else {
        return None;
    };
    Some(Fault { at: start..start + text.len(), message, help })
}

/// The step behind a bare number or behind nothing (6.2: a step needs `*` or a full range).
fn loose_step(text: &str) -> Option<&str> {
    text.split(',').find_map(|part| {
        let (left, step) = part.split_once('/')?;
        let loose = left != "*" && !left.contains('-');
        (loose && left.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(if step.is_empty() {
            "5"
        } else {
            step
        })
    })
}

/// A range whose end is before its beginning (6.2), as it was written.
fn backward_range<'t>(field: &Field, text: &'t str) -> Option<(&'t str, &'t str)> {
    text.split(',').find_map(|part| {
        let (from, to) = part.split('/').next()?.split_once('-')?;
        (number(field, from)? > number(field, to)?).then_some((from, to))
    })
}

/// The number that a word or digits stand for.
fn number(field: &Field, text: &str) -> Option<u32> {
    digits(text).or_else(|| {
        let upper = text.to_ascii_uppercase();
        let place = field.words.iter().position(|word| word.len() == 3 && *word == upper)?;
        Some(u32::from(field.range.0) + u32::try_from(place).ok()?)
    })
}

fn parses_alone(index: usize, text: &str) -> bool {
    let mut all = ["*"; FIELDS.len()];
    all[index] = text;
    parser().parse(&all.join(" ")).is_ok()
}

/// Whether a part of a list is a value, a range or a step as in section 5; the parser is more
/// liberal. What has `L`, `W` or `#` is left to the parser, where the field knows the letters.
fn part_fits(field: &Field, part: &str) -> bool {
    let upper = part.to_ascii_uppercase();
    let names = field.words.iter().filter(|word| word.len() == 3);
    let without_names = names.fold(upper.clone(), |text, name| text.replace(name, ""));
    if without_names.contains(['L', 'W', '#']) {
        let mut words = upper.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty());
        return words.all(|word| field.words.contains(&word)) && !upper.contains('/');
    }
    let (base, step) = match upper.split_once('/') {
        Some((base, step)) => (base, Some(step)),
        None => (upper.as_str(), None),
    };
    let value = |text: &str| number(field, text).is_some();
    base_fits(base, value) && step.is_none_or(|step| digits(step).is_some())
}

fn base_fits(base: &str, value: impl Fn(&str) -> bool) -> bool {
    match base.split_once('-') {
        Some((from, to)) => value(from) && value(to),
        None => base == "*" || value(base),
    }
}

/// A number of digits alone: no sign.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
