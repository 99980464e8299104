//! Cron texts and zones, checked field by field.

use croner::parser::{CronParser, Seconds, Year};
use wf_diagnostics::codes::nodes;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{Template, TemplatePart};

use super::globals::Globals;

/// The names of the fields and what they may hold.
const FIELDS: [(&str, &str); 5] = [
    ("minute", "0-59"),
    ("hour", "0-23"),
    ("day of the month", "1-31, `L`, `15W`"),
    ("month", "1-12 or `JAN`-`DEC`"),
    ("day of the week", "0-7 or `SUN`-`SAT`, `MON#1`, `FRI#L`"),
];

/// Checks a cron text: five fields as in OCPS 1.0, and `L`, `W` and `#`.
pub(crate) fn check_cron(cron: &Template, out: &mut Diagnostics) {
    let Some(text) = cron.as_text() else {
        let message = "the cron text of a schedule is a text without `{{ }}`";
        out.push(Diagnostic::new(&nodes::BAD_CRON, cron.span, message));
        return;
    };
    let mut fields: Vec<(usize, &str)> = Vec::new();
    let mut offset = 0;
    for part in text.split([' ', '\t']) {
        if !part.is_empty() {
            fields.push((offset, part));
        }
        offset += part.len() + 1;
    }
    if fields.len() != FIELDS.len() {
        let message = format!("a cron text has five fields, this one has {}", fields.len());
        let help = match fields.len() {
            6 => "seconds and years are not taken: leave out the first or the last field",
            _ => {
                "they are minute, hour, day of the month, month, day of the week: `0 9 * * MON-FRI`"
            }
        };
        out.push(Diagnostic::new(&nodes::BAD_CRON, cron.span, message).help(help));
        return;
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    for (i, (start, field)) in fields.iter().enumerate() {
        let (name, values) = FIELDS[i];
        let mut all = ["*"; 5];
        all[i] = field;
        let stepped = field.split(',').any(|part| {
            part.split_once('/').is_some_and(|(left, _)| left.bytes().all(|b| b.is_ascii_digit()))
        });
        if !stepped && words_fit(i, field) && parser.parse(&all.join(" ")).is_ok() {
            continue;
        }
        let span = part_span(cron, *start, field.len());
        let message = format!("`{field}` is no {name}");
        let help = match stepped {
            true => {
                format!("a step needs a range: `*/{}`", field.rsplit('/').next().unwrap_or("5"))
            }
            false => format!("it may be `*`, {values}, ranges `1-5`, lists `1,3` and steps `*/2`"),
        };
        out.push(Diagnostic::new(&nodes::BAD_CRON, span, message).help(help));
    }
}

/// Whether the letters of a field are those that the field knows: the parser takes `MON` anywhere.
fn words_fit(index: usize, field: &str) -> bool {
    const MONTHS: &str = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC";
    const DAYS: &str = "SUN MON TUE WED THU FRI SAT L";
    let known = ["", "", "L W LW", MONTHS, DAYS][index];
    let upper = field.to_uppercase();
    !upper.contains(['?', '@', '+'])
        && upper
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .all(|word| known.split(' ').any(|k| k == word))
}

/// The characters of a part of a text, where they are the same in the source.
pub(crate) fn part_span(template: &Template, start: usize, length: usize) -> Span {
    match template.parts.as_slice() {
        [TemplatePart::Text(text, span)] if (span.end - span.start) as usize == text.len() => {
            let from = span.start + start as u32;
            Span::new(span.file, from, from + length as u32)
        }
        _ => template.span,
    }
}

/// Checks the name of a time zone.
pub(crate) fn check_zone(globals: &Globals<'_>, zone: &Template, out: &mut Diagnostics) {
    let Some(text) = zone.as_text() else {
        let message = "the zone of a schedule is a text without `{{ }}`";
        out.push(Diagnostic::new(&nodes::BAD_ZONE, zone.span, message));
        return;
    };
    if let Some(help) = wrong_zone(globals, &text) {
        let message = format!("there is no time zone `{text}`");
        out.push(Diagnostic::new(&nodes::BAD_ZONE, zone.span, message).help(help));
    }
}

/// The mend, where there is no zone of this name.
pub(crate) fn wrong_zone(globals: &Globals<'_>, name: &str) -> Option<String> {
    let known: Vec<String> =
        jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    if known.iter().any(|k| k == name) {
        return None;
    }
    let all = known.iter().map(String::as_str);
    Some(match globals.suggest.nearest(name, all.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match all.into_iter().find(|k| k.ends_with(&format!("/{name}"))) {
            Some(full) => format!("did you mean `{full}`?"),
            None => "zones are those of the IANA database, as `Europe/Berlin` or `UTC`".to_owned(),
        },
    })
}
