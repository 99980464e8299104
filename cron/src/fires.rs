//! When a schedule fires.

use croner::errors::CronError;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::Cron;

/// How many days in a row may be missing from a calendar. One was (Samoa, 30 December 2011), when
/// an island changed sides of the date line.
const MAX_MISSING: usize = 4;

/// The instants at which a schedule fires, in order; ends where there is none any more.
#[derive(Debug)]
pub struct Fires<'c> {
    cron: &'c Cron,
    last: Timestamp,
    zone: TimeZone,
}

impl Cron {
    /// The instants behind `from` at which the clock of `zone` shows what the text says.
    pub fn fires(&self, from: Timestamp, zone: TimeZone) -> Fires<'_> {
        Fires { cron: self, last: from, zone }
    }

    /// The first instant behind `from`; none where no day fits at all, or only one behind the end of
    /// the calendar.
    fn next(&self, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut start = from.to_zoned(zone.clone());
        let mut inclusive = false;
        for _ in 0..MAX_MISSING {
            match self.pattern.find_next_occurrence(&start, inclusive) {
                Ok(at) => return Some(at.timestamp()),
                // Also told for a day that the calendar of the zone leaves out.
                Err(CronError::TimeSearchLimitExceeded) => {}
                Err(_) => return None,
            }
            start = self.behind_missing_day(&start)?;
            inclusive = true;
        }
        None
    }

    /// The beginning of the day behind the next one that fits but does not exist in the zone.
    fn behind_missing_day(&self, start: &Zoned) -> Option<Zoned> {
        let civil = start.datetime().to_zoned(TimeZone::UTC).ok()?;
        let wanted = self.pattern.find_next_occurrence(&civil, false).ok()?;
        let next = wanted.datetime().date().tomorrow().ok()?;
        next.to_zoned(start.time_zone().clone()).ok()
    }
}

impl Iterator for Fires<'_> {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        let at = self.cron.next(self.last, &self.zone)?;
        self.last = at;
        Some(at)
    }
}
