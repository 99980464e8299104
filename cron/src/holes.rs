//! Schedules with a fixed time that some days do not have.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use crate::Cron;

/// The years whose changes of clocks are looked at: no clock is asked, so that the same text is
/// always told the same.
const YEARS: (&str, &str) = ("2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z");

/// A time that a schedule asks for and that the clocks of a zone leave out on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The date and time that there is not.
    pub wanted: DateTime,
    /// What the clock shows behind the hole: then the schedule fires.
    pub fires: DateTime,
}

impl Cron {
    /// The first hole that the schedule falls into in `zone`, of ten years. Only schedules with one
    /// fixed time of day have holes: the others fire by what the clock shows, hole or not.
    pub fn hole(&self, zone: &TimeZone) -> Option<Hole> {
        if self.pattern.determine_job_type() != croner::JobType::FixedTime {
            return None;
        }
        let (from, to): (Timestamp, Timestamp) = (YEARS.0.parse().ok()?, YEARS.1.parse().ok()?);
        let mut before = zone.to_offset(from);
        for change in zone.following(from).take_while(|change| change.timestamp() < to) {
            let after = change.offset();
            if let Some(hole) = self.hole_at(change.timestamp(), before, after) {
                return Some(hole);
            }
            before = after;
        }
        None
    }

    fn hole_at(&self, at: Timestamp, before: Offset, after: Offset) -> Option<Hole> {
        let (from, to) = (before.to_datetime(at), after.to_datetime(at));
        if to <= from {
            return None;
        }
        let clock = from.to_zoned(TimeZone::UTC).ok()?;
        let wanted = self.pattern.find_next_occurrence(&clock, true).ok()?.datetime();
        (wanted < to).then_some(Hole { wanted, fires: to })
    }
}
