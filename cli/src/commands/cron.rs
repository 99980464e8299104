//! `wf cron`: when a cron text fires.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wf_cron::{Cron, Fault};

use crate::args::{CronArgs, ListFormat};
use crate::exit::Exit;

/// How many zones are proposed in place of an unknown one.
const MAX_PROPOSED: usize = 3;

/// Writes the next times to `out`. A wrong text or zone is told on `err`, and so is a text for which
/// there is no day.
pub fn cron(args: &CronArgs, out: &mut impl Write, err: &mut impl Write) -> io::Result<Exit> {
    let cron = match Cron::parse(&args.expression) {
        Ok(cron) => cron,
        Err(faults) => {
            for fault in faults {
                tell(&args.expression, &fault, err)?;
            }
            return Ok(Exit::Errors);
        }
    };
    let Some(zone) = wf_cron::zone(&args.zone) else {
        writeln!(err, "error: there is no time zone `{}`", args.zone.escape_debug())?;
        let near = near_zones(&args.zone);
        match near.is_empty() {
            true => {
                writeln!(err, "  help: zones are those of the IANA database, as `Europe/Berlin`")?
            }
            false => writeln!(err, "  help: did you mean {}?", near.join(" or "))?,
        }
        return Ok(Exit::Errors);
    };
    if cron.never_fires() {
        writeln!(err, "error: `{}` never fires: no such day exists", args.expression.trim())?;
        return Ok(Exit::Errors);
    }
    let from = args.from.unwrap_or_else(Timestamp::now);
    let times: Vec<Timestamp> =
        cron.fires(from, zone.clone()).take(usize::from(args.number)).collect();
    match args.format {
        ListFormat::Human => write_times(&times, &zone, out)?,
        ListFormat::Json => {
            let texts: Vec<String> = times.iter().map(Timestamp::to_string).collect();
            writeln!(out, "{}", serde_json::Value::from(texts))?;
        }
    }
    Ok(Exit::Good)
}

/// The times on the clock of the zone, and in UTC where that is another.
fn write_times(times: &[Timestamp], zone: &TimeZone, out: &mut impl Write) -> io::Result<()> {
    for at in times {
        let local = at.to_zoned(zone.clone());
        write!(out, "{}", local.strftime("%a %Y-%m-%d %H:%M %Z"))?;
        match zone.iana_name() {
            Some("UTC") | None => writeln!(out)?,
            Some(_) => writeln!(out, "  {at}")?,
        }
    }
    Ok(())
}

/// Shows the text with the wrong part marked below it.
fn tell(text: &str, fault: &Fault, err: &mut impl Write) -> io::Result<()> {
    let shown = |part: &str| part.escape_debug().to_string();
    let before = text.get(..fault.at.start).map_or(0, |part| shown(part).chars().count());
    let marked = text.get(fault.at.clone()).map_or(0, |part| shown(part).chars().count());
    writeln!(err, "error: {}", shown(&fault.message))?;
    writeln!(err, "    {}", shown(text))?;
    writeln!(err, "    {}{}", " ".repeat(before), "^".repeat(marked.max(1)))?;
    writeln!(err, "  help: {}", shown(&fault.help))
}

/// Zones that may be meant: written nearly so, or of this city.
fn near_zones(name: &str) -> Vec<String> {
    // Nobody takes a long text for a zone; comparing it would only cost time.
    if name.len() > 40 {
        return Vec::new();
    }
    let wanted = name.to_lowercase().replace(' ', "_");
    let distance = |known: &str| {
        let known = known.to_lowercase();
        match known.ends_with(&format!("/{wanted}")) {
            true => 0,
            false => strsim::damerau_levenshtein(&known, &wanted),
        }
    };
    let mut near: Vec<(usize, String)> = wf_cron::zone_names()
        .map(|known| (distance(&known), known))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    near.sort();
    near.into_iter().take(MAX_PROPOSED).map(|(_, known)| format!("`{known}`")).collect()
}
