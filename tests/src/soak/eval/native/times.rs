//! Time, in UTC.

use super::Given;
use crate::soak::eval::text::{DAY, civil, days};
use crate::soak::eval::value::Val;

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    let at = match args.first() {
        Some(Val::Instant(at)) => *at,
        Some(Val::Int(seconds)) if name == "fromUnix" => {
            let micros = i128::from(*seconds) * 1_000_000;
            let range = -62_167_219_200_000_000..=253_402_300_799_999_999_i128;
            let there = range.contains(&micros);
            return Some(Ok(if there { Val::Instant(micros as i64) } else { Val::Null }));
        }
        _ => return None,
    };
    let day = at.div_euclid(DAY);
    let (year, month, of_month) = civil(day);
    let seconds = at.rem_euclid(DAY) / 1_000_000;
    if let Some(zone) = zone(name, args)
        && zone != "UTC"
    {
        return None;
    }
    Some(Ok(Val::Int(match name {
        "year" => year,
        "month" => month,
        "day" => of_month,
        "hour" => seconds / 3_600,
        "minute" => seconds / 60 % 60,
        "second" => seconds % 60,
        // 1970 began on a Thursday; Monday is 1.
        "weekday" => (day + 3).rem_euclid(7) + 1,
        "dayOfYear" => day - days(year, 1, 1) + 1,
        "toUnix" => at.div_euclid(1_000_000),
        "diff" => match args {
            [_, Val::Instant(earlier)] => return Some(Ok(Val::Duration(at - earlier))),
            _ => return None,
        },
        "daysBetween" => match args {
            [_, Val::Instant(to), ..] => to.div_euclid(DAY) - day,
            _ => return None,
        },
        "startOfDay" => return Some(Ok(Val::Instant(day * DAY))),
        _ => return None,
    })))
}

fn zone<'a>(name: &str, args: &'a [Val]) -> Option<&'a str> {
    let at = if matches!(name, "daysBetween" | "addDays") { 2 } else { 1 };
    match args.get(at) {
        Some(Val::Str(zone)) => Some(zone),
        _ => None,
    }
}
