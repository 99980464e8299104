//! Functions of moments and calendars. Time zones are those of the database that is compiled in.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Unit, Zoned};
use wf_vm::bytecode::Program;
use wf_vm::value::time::{MAX_INSTANT, MIN_INSTANT};
use wf_vm::{Failure, FailureKind, NativeFn, Value};

use super::args::{Outcome, instant, int, optional_text, overflow, string, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("addDays", |_, a| add(a, |n| Span::new().try_days(n))),
    ("addMonths", |_, a| add(a, |n| Span::new().try_months(n))),
    ("startOfDay", start_of_day),
    ("startOfHour", start_of_hour),
    ("startOfWeek", |_, a| {
        let back = local(a, 0, 1)?.weekday().to_monday_zero_offset();
        start_of(a, Span::new().days(back))
    }),
    ("startOfMonth", |_, a| {
        let back = local(a, 0, 1)?.day() - 1;
        start_of(a, Span::new().days(back))
    }),
    ("format", format),
    ("parse", parse),
    ("diff", |_, a| {
        let between = instant(a, 0)?.checked_sub(instant(a, 1)?);
        between.map(Value::Duration).ok_or_else(|| overflow("a duration"))
    }),
    ("daysBetween", |_, a| {
        let (from, to) = (local(a, 0, 2)?.date(), local(a, 1, 2)?.date());
        let span = from.until((Unit::Day, to)).map_err(|_| overflow("an int"))?;
        Ok(Value::Int(i64::from(span.get_days())))
    }),
    ("date", |_, a| Ok(string(local(a, 0, 1)?.date().to_string()))),
    ("year", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.year())))),
    ("month", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.month())))),
    ("day", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.day())))),
    ("hour", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.hour())))),
    ("minute", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.minute())))),
    ("second", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.second())))),
    ("weekday", |_, a| {
        let weekday = local(a, 0, 1)?.weekday().to_monday_one_offset();
        Ok(Value::Int(i64::from(weekday)))
    }),
    ("dayOfYear", |_, a| Ok(Value::Int(i64::from(local(a, 0, 1)?.day_of_year())))),
    ("toUnix", |_, a| Ok(Value::Int(instant(a, 0)?.div_euclid(1_000_000)))),
    ("fromUnix", |_, a| {
        let micros = int(a, 0)?.checked_mul(1_000_000);
        let there = micros.filter(|micros| (MIN_INSTANT..=MAX_INSTANT).contains(micros));
        Ok(there.map_or(Value::Null, Value::Instant))
    }),
];

/// The value of a moment in the years 0000 to 9999, which all instants are in.
fn in_range(at: Timestamp) -> Option<Value> {
    let micros = at.as_microsecond();
    (MIN_INSTANT..=MAX_INSTANT).contains(&micros).then_some(Value::Instant(micros))
}

/// Says whether a time zone is known, for those who check it before a program runs.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn check_zone(name: &str) -> Result<(), String> {
    TimeZone::get(name).map(drop).map_err(|_| format!("there is no time zone `{name}`"))
}

/// Says what is wrong with a pattern of `format`, for those who check it before a program runs.
///
/// # Errors
/// What is wrong, as a sentence.
pub fn check_format(pattern: &str) -> Result<(), String> {
    let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    strtime::format(pattern, &sample).map(drop).map_err(|e| e.to_string())
}

fn zone(args: &[Value], index: usize) -> Result<TimeZone, Failure> {
    let name = text(args, index)?;
    TimeZone::get(name).map_err(|_| {
        let message = format!("there is no time zone `{name}`");
        Failure::new(FailureKind::Pure, "InvalidZone", message)
    })
}

/// The moment at a place among the arguments, in the time zone at another.
fn zoned(args: &[Value], at: usize, zone_at: usize) -> Result<Zoned, Failure> {
    let timestamp = Timestamp::from_microsecond(instant(args, at)?);
    let timestamp = timestamp.map_err(|_| overflow("an instant"))?;
    Ok(timestamp.to_zoned(zone(args, zone_at)?))
}

/// The last moment that the library of calendars knows, to the second: the last day of the year
/// 9999 lies behind it in part.
fn last_known() -> Timestamp {
    Timestamp::from_second(Timestamp::MAX.as_second()).unwrap_or(Timestamp::MAX)
}

/// Date and time of day of the moment at a place among the arguments, in the time zone at another.
fn local(args: &[Value], at: usize, zone_at: usize) -> Result<DateTime, Failure> {
    let (micros, zone) = (instant(args, at)?, zone(args, zone_at)?);
    if let Ok(timestamp) = Timestamp::from_microsecond(micros) {
        return Ok(timestamp.to_zoned(zone).datetime());
    }
    // No clock is changed in these last hours.
    let last = last_known();
    let rest = SignedDuration::from_micros(micros - last.as_microsecond());
    zone.to_datetime(last).checked_add(rest).map_err(|_| overflow("an instant"))
}

fn start_of_day(_: &Program, args: &mut [Value]) -> Outcome {
    if let Ok(at) = zoned(args, 0, 1) {
        let start = at.start_of_day().map_err(|_| overflow("an instant"))?;
        return in_range(start.timestamp()).ok_or_else(|| overflow("an instant"));
    }
    let at = local(args, 0, 1)?;
    let since = at.duration_since(at.start_of_day()).as_micros();
    let since = i64::try_from(since).map_err(|_| overflow("an instant"))?;
    Ok(Value::Instant(instant(args, 0)? - since))
}

/// The first moment of the day that lies so far before that of the moment.
fn start_of(args: &mut [Value], back: Span) -> Outcome {
    let day = local(args, 0, 1)?.date().checked_sub(back);
    let zoned = day.and_then(|day| day.to_zoned(zone(args, 1).unwrap_or(TimeZone::UTC)));
    let start = zoned.map_err(|_| overflow("an instant"))?;
    in_range(start.timestamp()).ok_or_else(|| overflow("an instant"))
}

/// The clock is put back and forth at other minutes of the hour in some zones, but never within
/// the hour that it shows.
fn start_of_hour(_: &Program, args: &mut [Value]) -> Outcome {
    let at = local(args, 0, 1)?;
    let minutes = i64::from(at.minute()) * 60_000_000 + i64::from(at.second()) * 1_000_000;
    let since = minutes + i64::from(at.subsec_nanosecond()) / 1_000;
    Ok(Value::Instant(instant(args, 0)?.saturating_sub(since)))
}

fn add(args: &[Value], span: fn(i64) -> Result<Span, jiff::Error>) -> Outcome {
    let at = zoned(args, 0, 2)?;
    let later = span(int(args, 1)?).and_then(|span| at.checked_add(span));
    let later = later.map_err(|_| overflow("an instant"))?;
    in_range(later.timestamp()).ok_or_else(|| overflow("an instant"))
}

fn format(_: &Program, args: &mut [Value]) -> Outcome {
    let at = zoned(args, 0, 2)?;
    let pattern = text(args, 1)?;
    strtime::format(pattern, &at).map(string).map_err(|error| {
        let message = format!("`{pattern}` is no pattern for times: {error}");
        Failure::new(FailureKind::Pure, "InvalidPattern", message)
    })
}

fn parse(_: &Program, args: &mut [Value]) -> Outcome {
    let (s, zone) = (text(args, 0)?, zone(args, 2)?);
    let parsed = match optional_text(args, 1)? {
        None => parse_plain(s, &zone),
        Some(pattern) => parse_pattern(s, pattern, &zone),
    };
    Ok(parsed.and_then(in_range).unwrap_or_default())
}

fn parse_plain(s: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = s.parse::<Timestamp>() {
        return Some(at);
    }
    let local = s.parse::<DateTime>().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}

fn parse_pattern(s: &str, pattern: &str, zone: &TimeZone) -> Option<Timestamp> {
    let parsed = strtime::parse(pattern, s).ok()?;
    if parsed.offset().is_some() || parsed.timestamp().is_some() {
        return parsed.to_timestamp().ok();
    }
    let local = parsed.to_datetime().or_else(|_| {
        parsed.to_date().map(|date: Date| date.to_datetime(jiff::civil::Time::midnight()))
    });
    Some(local.ok()?.to_zoned(zone.clone()).ok()?.timestamp())
}

/// A moment as in RFC 3339, UTC; one that no calendar here reaches is at its end.
pub(crate) fn rfc3339(micros: i64) -> String {
    let end = if micros < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(micros).unwrap_or(end).to_string()
}

/// The microseconds that a service asks to wait by `Retry-After`: seconds or a date. A day at most.
pub(crate) fn retry_after(value: &str, now: i64) -> Option<i64> {
    const DAY: i64 = 86_400_000_000;
    let micros = match value.trim().parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1_000_000,
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
            date.timestamp().as_microsecond().saturating_sub(now).max(0)
        }
    };
    Some(micros.min(DAY))
}

#[cfg(test)]
mod tests {
    use super::retry_after;
    use crate::test_support::{call, code, s};
    use wf_vm::Value::{self, Duration, Instant, Int, Null};

    fn at(text: &str) -> Value {
        Instant(text.parse::<jiff::Timestamp>().expect("an instant").as_microsecond())
    }

    #[test]
    fn times() {
        let noon = || at("2026-11-23T12:34:56.5Z");
        let utc = || s("UTC");
        let table: &[(&str, Vec<Value>, Value)] = &[
            // Over the end of summer time the time of day stays.
            (
                "addDays",
                vec![at("2026-10-24T10:00:00Z"), Int(1), s("Europe/Berlin")],
                at("2026-10-25T11:00:00Z"),
            ),
            ("addDays", vec![noon(), Int(-1), utc()], at("2026-11-22T12:34:56.5Z")),
            (
                "addMonths",
                vec![at("2026-01-31T00:00:00Z"), Int(1), utc()],
                at("2026-02-28T00:00:00Z"),
            ),
            ("startOfDay", vec![noon(), s("America/Vancouver")], at("2026-11-23T07:00:00Z")),
            (
                "format",
                vec![noon(), s("%d.%m.%Y %H:%M %A"), s("Europe/Berlin")],
                s("23.11.2026 13:34 Monday"),
            ),
            ("parse", vec![s("2026-11-23T12:34:56.5Z"), Null, utc()], noon()),
            ("parse", vec![s("2026-11-23T13:34:56.5+01:00"), Null, utc()], noon()),
            ("parse", vec![s("2026-11-23"), Null, s("Europe/Berlin")], at("2026-11-22T23:00:00Z")),
            (
                "parse",
                vec![s("23.11.2026"), s("%d.%m.%Y"), s("Europe/Berlin")],
                at("2026-11-22T23:00:00Z"),
            ),
            (
                "parse",
                vec![s("23.11.2026 12:00 +0100"), s("%d.%m.%Y %H:%M %z"), utc()],
                at("2026-11-23T11:00:00Z"),
            ),
            ("parse", vec![s("tomorrow"), Null, utc()], Null),
            ("parse", vec![s("31.02.2026"), s("%d.%m.%Y"), utc()], Null),
            ("parse", vec![s("x"), s("%"), utc()], Null),
            (
                "diff",
                vec![at("2026-11-23T12:00:00Z"), at("2026-11-23T12:00:01Z")],
                Duration(-1_000_000),
            ),
            // 23:30 and 00:30 of the next day, in Berlin.
            (
                "daysBetween",
                vec![at("2026-11-23T22:30:00Z"), at("2026-11-23T23:30:00Z"), s("Europe/Berlin")],
                Int(1),
            ),
            ("date", vec![at("2026-11-23T23:30:00Z"), s("Europe/Berlin")], s("2026-11-24")),
            ("year", vec![noon(), utc()], Int(2026)),
            ("month", vec![noon(), utc()], Int(11)),
            ("day", vec![noon(), utc()], Int(23)),
            ("hour", vec![noon(), s("Asia/Kolkata")], Int(18)),
            ("minute", vec![noon(), s("Asia/Kolkata")], Int(4)),
            ("second", vec![noon(), utc()], Int(56)),
            ("weekday", vec![noon(), utc()], Int(1)),
            ("dayOfYear", vec![at("2024-12-31T00:00:00Z"), utc()], Int(366)),
            ("toUnix", vec![at("1969-12-31T23:59:59.5Z")], Int(-1)),
            ("fromUnix", vec![Int(1_700_000_000)], at("2023-11-14T22:13:20Z")),
            ("fromUnix", vec![Int(i64::MAX)], Null),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
    }

    #[test]
    fn failures() {
        let now = || Instant(0);
        assert_eq!(code("year", vec![now(), s("Mars/Olympus")]), "InvalidZone");
        assert_eq!(code("year", vec![now(), s("../../etc/passwd")]), "InvalidZone");
        assert_eq!(code("format", vec![now(), s("%!"), s("UTC")]), "InvalidPattern");
        assert_eq!(code("addDays", vec![now(), Int(i64::MAX), s("UTC")]), "Overflow");
        assert_eq!(code("addMonths", vec![Instant(i64::MIN), Int(1), s("UTC")]), "Overflow");
        assert_eq!(code("diff", vec![Instant(i64::MAX), Instant(i64::MIN)]), "Overflow");
        assert!(super::check_zone("Europe/Berlin").is_ok());
        assert!(super::check_zone("Europe/Berlim").is_err());
    }

    #[test]
    fn the_compiled_in_zones_are_used() {
        // British Columbia stays on summer time from 2026 on; older databases do not know it.
        let winter = at("2026-12-15T12:00:00Z");
        let hour = call("hour", vec![winter, s("America/Vancouver")]);
        assert!(hour.equal(&Int(5)), "{hour:?}");
    }

    #[test]
    fn waiting_times() {
        let now = 1_445_412_420_000_000; // 2015-10-21T07:27:00Z
        assert_eq!(retry_after("2", now), Some(2_000_000));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now), Some(60_000_000));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:20:00 GMT", now), Some(0));
        assert_eq!(retry_after("4000000000", now), Some(86_400_000_000));
        assert_eq!(retry_after("soon", now), None);
    }
}
