//! Cron texts and zones, checked field by field.

use jiff::tz::TimeZone;
use wf_cron::Cron;
use wf_diagnostics::codes::{nodes, warnings};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{Template, TemplatePart};

use crate::check::globals::Globals;

/// Checks the cron text and the zone of a schedule, and whether they make sense together.
pub(crate) fn check_schedule(
    globals: &Globals<'_>,
    cron: &Template,
    zone: Option<&Template>,
    out: &mut Diagnostics,
) {
    let parsed = check_cron(cron, out);
    let zone = match zone {
        Some(zone) => check_zone(globals, zone, out),
        None => Some(TimeZone::UTC),
    };
    let Some(parsed) = parsed else { return };
    if parsed.never_fires() {
        let message = "this schedule never fires: no such day exists";
        let help = "the day of the month is in none of the months; leave one of the two fields `*`";
        out.push(Diagnostic::new(&warnings::NEVER_FIRES, cron.span, message).help(help));
        return;
    }
    let Some((zone, hole)) = zone.and_then(|zone| Some((zone.clone(), parsed.hole(&zone)?))) else {
        return;
    };
    let wanted = hole.wanted.time().strftime("%H:%M");
    let (date, fires) = (hole.wanted.date(), hole.fires.time().strftime("%H:%M"));
    let name = zone.iana_name().unwrap_or("UTC");
    let message = format!("on {date} there is no {wanted} in `{name}`: the clocks are put forward");
    let help =
        format!("on such days the schedule fires at {fires}; choose a time that every day has");
    out.push(Diagnostic::new(&warnings::CLOCK_CHANGE, cron.span, message).help(help));
}

/// Checks a cron text: five fields as in OCPS 1.0, and `L`, `W` and `#`.
fn check_cron(cron: &Template, out: &mut Diagnostics) -> Option<Cron> {
    let Some(text) = cron.as_text() else {
        let message = "the cron text of a schedule is a text without `{{ }}`";
        out.push(Diagnostic::new(&nodes::BAD_CRON, cron.span, message));
        return None;
    };
    match Cron::parse(&text) {
        Ok(parsed) => Some(parsed),
        Err(faults) => {
            for fault in faults {
                let span = match fault.at.len() == text.len() {
                    true => cron.span,
                    false => part_span(cron, fault.at.start, fault.at.len()),
                };
                out.push(Diagnostic::new(&nodes::BAD_CRON, span, fault.message).help(fault.help));
            }
            None
        }
    }
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
fn check_zone(globals: &Globals<'_>, zone: &Template, out: &mut Diagnostics) -> Option<TimeZone> {
    let Some(text) = zone.as_text() else {
        let message = "the zone of a schedule is a text without `{{ }}`";
        out.push(Diagnostic::new(&nodes::BAD_ZONE, zone.span, message));
        return None;
    };
    let found = wf_cron::zone(&text);
    if let Some(help) = wrong_zone(globals, &text) {
        let message = format!("there is no time zone `{text}`");
        out.push(Diagnostic::new(&nodes::BAD_ZONE, zone.span, message).help(help));
    }
    found
}

/// The mend, where there is no zone of this name.
pub(crate) fn wrong_zone(globals: &Globals<'_>, name: &str) -> Option<String> {
    let known: Vec<String> = wf_cron::zone_names().collect();
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
