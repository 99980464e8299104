//! Cron texts: what they mean, where they are wrong, and when they fire.
//!
//! The five fields are those of the [Open Cron Pattern Specification 1.0](https://github.com/open-source-cron/ocps);
//! beyond it `L`, `W` and `#` are taken. Fields are matched against the clock of a time zone. Where
//! this clock is put forward, a schedule with one fixed time fires at the first instant behind the
//! hole; where it is put back, such a schedule fires once. Any other schedule fires by what the
//! clock shows, so nothing is made up for, and what is shown twice fires twice.
//!
//! ```
//! use jiff::{Timestamp, tz::TimeZone};
//! use wf_cron::Cron;
//!
//! let cron = Cron::parse("30 2 * * *").unwrap();
//! let berlin = TimeZone::get("Europe/Berlin").unwrap();
//! let from: Timestamp = "2026-03-28T12:00:00Z".parse().unwrap();
//! let next: Vec<String> = cron.fires(from, berlin).take(2).map(|at| at.to_string()).collect();
//! // On the 29th there is no 02:30 in Berlin: 01:59 is followed by 03:00.
//! assert_eq!(next, ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]);
//! ```

mod fault;
mod fires;
mod holes;
mod parse;
mod zone;

pub use fault::Fault;
pub use fires::Fires;
pub use holes::Hole;
pub use parse::{Cron, FIELDS, Field};
pub use zone::{zone, zone_names};

#[cfg(test)]
mod tests;
