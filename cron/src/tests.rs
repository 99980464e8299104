//! The rules of the Open Cron Pattern Specification 1.0, by its sections, and what goes beyond it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::{Cron, zone};

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

/// The next times in UTC, without the seconds.
fn next(text: &str, from: &str, count: usize) -> Vec<String> {
    next_in(text, from, "UTC", count)
}

fn next_in(text: &str, from: &str, name: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let from: Timestamp = from.parse().unwrap();
    let fires = cron.fires(from, zone(name).unwrap()).take(count);
    fires.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).collect()
}

/// The parts of the text that are wrong.
fn wrong(text: &str) -> Vec<&str> {
    let faults = Cron::parse(text).map(|_| ()).unwrap_err();
    assert!(!faults.is_empty() && faults.iter().all(|f| !f.help.is_empty()), "{text}");
    faults.into_iter().map(|fault| &text[fault.at]).collect()
}

#[test]
fn section_4_1_five_fields_between_blanks_and_tabs() {
    for text in ["", "*", "* * * *", "* * * * * *", "0 0 9 * * * 2026", "*\u{a0}* * * *"] {
        assert_eq!(wrong(text), [text]);
    }
    let plain = next("0 9 * * *", NEW_YEAR, 2);
    assert_eq!(plain, ["2026-01-01 09:00", "2026-01-02 09:00"]);
    for text in ["  0 9 * * *  ", "\t0\t9 \t * *\t\t*\t"] {
        assert_eq!(next(text, NEW_YEAR, 2), plain, "{text:?}");
    }
    assert_eq!(wrong("0\n9 * * * *"), ["0\n9"]);
    assert_eq!(wrong("0 9\r * * *"), ["9\r"]);
}

#[test]
fn section_4_2_values_of_the_fields() {
    assert_eq!(wrong("60 24 32 13 8"), ["60", "24", "32", "13", "8"]);
    assert_eq!(wrong("* * 0 0 *"), ["0", "0"]);
    assert_eq!(wrong("-1 * * * *"), ["-1"]);
    assert_eq!(next("59 23 31 12 *", NEW_YEAR, 1), ["2026-12-31 23:59"]);
}

#[test]
fn section_4_2_names_in_any_case() {
    let months =
        ["jan", "FEB", "Mar", "aPR", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    for (i, month) in months.iter().enumerate() {
        let expected = format!("2026-{:02}-15 00:00", i + 1);
        assert_eq!(next(&format!("0 0 15 {month} *"), NEW_YEAR, 1), [expected]);
    }
    // 1 January 2026 is a Thursday.
    let days = ["fri", "SAT", "Sun", "mON", "tue", "WED", "Thu"];
    for (i, day) in days.iter().enumerate() {
        let expected = format!("2026-01-{:02} 00:00", i + 2);
        assert_eq!(next(&format!("0 0 * * {day}"), NEW_YEAR, 1), [expected]);
    }
    assert_eq!(next("0 0 1 JUL-JUL/1 *", NEW_YEAR, 1), ["2026-07-01 00:00"]);
    assert_eq!(next("0 0 * * MON-WED/2", NEW_YEAR, 2), ["2026-01-05 00:00", "2026-01-07 00:00"]);
    assert_eq!(wrong("MON * * FOO JAN"), ["MON", "FOO", "JAN"]);
}

#[test]
fn section_4_2_sunday_is_0_and_7() {
    let sundays = ["2026-01-04 00:00", "2026-01-11 00:00"];
    for text in ["0 0 * * 0", "0 0 * * 7", "0 0 * * SUN", "0 0 * * 0,7"] {
        assert_eq!(next(text, NEW_YEAR, 2), sundays);
    }
    assert_eq!(next("0 0 * * 5-7", NEW_YEAR, 3).last().unwrap(), "2026-01-04 00:00");
}

#[test]
fn section_4_3_no_other_characters() {
    for field in ["?", "@daily", "1;2", "1_0", "１", "H", "+1", "1.5", "0x1", "1|2", "*!", "~"] {
        assert_eq!(wrong(&format!("{field} * * * *")), [field]);
    }
}

#[test]
fn section_5_lists_ranges_and_steps() {
    assert_eq!(
        next("5-59/15 9 * * *", NEW_YEAR, 4),
        ["2026-01-01 09:05", "2026-01-01 09:20", "2026-01-01 09:35", "2026-01-01 09:50"]
    );
    assert_eq!(
        next("0 1,3-4,*/12 * * *", NEW_YEAR, 5),
        [
            "2026-01-01 01:00",
            "2026-01-01 03:00",
            "2026-01-01 04:00",
            "2026-01-01 12:00",
            "2026-01-02 00:00"
        ]
    );
    assert_eq!(next("*/40 0 * * *", NEW_YEAR, 2), ["2026-01-01 00:40", "2026-01-02 00:00"]);
    for field in [",", "1,", ",1", "1,,2", "1-", "-", "1-2-3", "*-5", "**", "*/", "1-5/", "*/2/3"] {
        assert_eq!(wrong(&format!("{field} * * * *")), [field]);
    }
}

#[test]
fn section_6_1_either_day_fits() {
    assert_eq!(
        next("0 12 1 * MON", NEW_YEAR, 6),
        [
            "2026-01-01 12:00",
            "2026-01-05 12:00",
            "2026-01-12 12:00",
            "2026-01-19 12:00",
            "2026-01-26 12:00",
            "2026-02-01 12:00"
        ]
    );
    assert_eq!(next("0 12 1 * *", NEW_YEAR, 2), ["2026-01-01 12:00", "2026-02-01 12:00"]);
    assert_eq!(next("0 12 * * MON", NEW_YEAR, 1), ["2026-01-05 12:00"]);
}

#[test]
fn section_6_2_ranges_do_not_go_backwards() {
    assert_eq!(wrong("50-10 22-2 * * *"), ["50-10", "22-2"]);
    assert_eq!(wrong("* * 20-10/2 DEC-JAN FRI-MON"), ["20-10/2", "DEC-JAN", "FRI-MON"]);
    let faults = Cron::parse("0 22-2 * * *").unwrap_err();
    assert_eq!(faults[0].help, "a range is written from less to more; in two: `22-23,0-2`");
    assert_eq!(next("0 9-9 * * *", NEW_YEAR, 1), ["2026-01-01 09:00"]);
}

#[test]
fn section_6_2_a_step_needs_a_range_and_is_not_zero() {
    for field in ["*/0", "0-9/0", "/30", "0/15", "10/10", "5,0/15", "*/-1", "*/x"] {
        assert_eq!(wrong(&format!("{field} * * * *")), [field]);
    }
    assert_eq!(wrong("* * * * SAT/2"), ["SAT/2"]);
    assert_eq!(Cron::parse("0/15 * * * *").unwrap_err()[0].help, "a step needs a range: `*/15`");
    assert_eq!(next("10-50/10 0 * * *", NEW_YEAR, 1), ["2026-01-01 00:10"]);
}

#[test]
fn section_6_2_a_day_that_never_comes_is_valid_and_found_out() {
    for text in ["* * 31 2 *", "0 0 30,31 2 *", "0 0 31 4,6,9,11 *"] {
        let cron = Cron::parse(text).unwrap();
        assert!(cron.never_fires(), "{text}");
        assert_eq!(cron.fires(NEW_YEAR.parse().unwrap(), TimeZone::UTC).count(), 0);
    }
    for text in ["0 0 29 2 *", "0 0 31 2 MON", "0 0 L 2 *", "0 0 * 2 MON#5"] {
        assert!(!Cron::parse(text).unwrap().never_fires(), "{text}");
    }
    assert_eq!(next("0 0 29 2 *", NEW_YEAR, 2), ["2028-02-29 00:00", "2032-02-29 00:00"]);
}

#[test]
fn section_6_4_the_clock_of_the_zone_counts() {
    let winter = "2026-01-15T00:00:00Z";
    assert_eq!(next_in("0 9 * * *", winter, "Asia/Kolkata", 1), ["2026-01-15 03:30"]);
    assert_eq!(next_in("0 9 * * *", winter, "America/New_York", 1), ["2026-01-15 14:00"]);
    assert!(zone("Europe/Atlantis").is_none() && zone("europe/berlin").is_none());
}

#[test]
fn beyond_it_last_days_weekdays_and_numbered_days() {
    assert_eq!(next("0 0 L * *", NEW_YEAR, 2), ["2026-01-31 00:00", "2026-02-28 00:00"]);
    // 15 August 2026 is a Saturday.
    assert_eq!(next("0 0 15W 8 *", NEW_YEAR, 1), ["2026-08-14 00:00"]);
    assert_eq!(next("0 0 * * MON#1", NEW_YEAR, 2), ["2026-01-05 00:00", "2026-02-02 00:00"]);
    assert_eq!(next("0 0 * * FRI#L", NEW_YEAR, 1), ["2026-01-30 00:00"]);
    assert_eq!(wrong("L L * L *"), ["L", "L", "L"]);
    assert_eq!(wrong("0 0 * * MON#6"), ["MON#6"]);
}

#[test]
fn clocks_put_forward_and_back() {
    // Berlin: 02:00-03:00 is left out on 29 March 2026, and shown twice on 25 October.
    let spring = "2026-03-28T12:00:00Z";
    assert_eq!(
        next_in("30 2 * * *", spring, "Europe/Berlin", 2),
        ["2026-03-29 01:00", "2026-03-30 00:30"]
    );
    assert_eq!(
        next_in("*/30 2 * * *", spring, "Europe/Berlin", 2),
        ["2026-03-30 00:00", "2026-03-30 00:30"]
    );
    let autumn = "2026-10-24T12:00:00Z";
    assert_eq!(
        next_in("30 2 * * *", autumn, "Europe/Berlin", 2),
        ["2026-10-25 00:30", "2026-10-26 01:30"]
    );
    assert_eq!(
        next_in("30 * * * *", "2026-10-24T23:00:00Z", "Europe/Berlin", 4),
        ["2026-10-24 23:30", "2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:30"]
    );
}

#[test]
fn a_day_that_a_calendar_leaves_out_does_not_end_a_schedule() {
    assert_eq!(
        next_in("0 12 * * *", "2011-12-29T00:00:00Z", "Pacific/Apia", 2),
        ["2011-12-29 22:00", "2011-12-30 22:00"]
    );
    assert_eq!(
        next_in("0 12 30 12 *", "2011-12-01T00:00:00Z", "Pacific/Apia", 1),
        ["2012-12-29 22:00"]
    );
}

#[test]
fn holes_are_found_where_one_time_a_day_falls_into_them() {
    let hole = |text: &str, name: &str| {
        let cron = Cron::parse(text).unwrap();
        cron.hole(&zone(name).unwrap()).map(|hole| format!("{} {}", hole.wanted, hole.fires.time()))
    };
    let berlin = "Europe/Berlin";
    assert_eq!(hole("30 2 * * *", berlin).unwrap(), "2026-03-29T02:30:00 03:00:00");
    assert_eq!(hole("0 2 * * SUN", berlin).unwrap(), "2026-03-29T02:00:00 03:00:00");
    // The clocks of New York change on 10 March in 2030.
    let new_york = "America/New_York";
    assert_eq!(hole("15 2 10 3 *", new_york).unwrap(), "2030-03-10T02:15:00 03:00:00");
    assert_eq!(hole("15 2 15 3 *", new_york), None);
    for text in ["0 3 * * *", "59 1 * * *", "30 2 * * MON", "*/5 2 * * *", "30 * * * *"] {
        assert_eq!(hole(text, berlin), None, "{text}");
    }
    assert_eq!(hole("30 2 * * *", "UTC"), None);
    assert_eq!(hole("15 2 * * *", "Australia/Lord_Howe").unwrap(), "2026-10-04T02:15:00 02:30:00");
}

#[test]
fn any_text_is_taken_or_refused() {
    let long = "*,".repeat(10_000);
    let commas = ",".repeat(900);
    for text in [
        long.as_str(),
        commas.as_str(),
        "99999999999999999999 * * * *",
        "1-99999999999999999999 * * * *",
        "*/99999999999999999999 * * * *",
        "\u{0}\u{0}\u{0}",
        "é à ü ß ñ",
        "0 0 W * *",
        "0 0 32W * *",
        "0 0 * * #",
        "0 0 * * L#",
        "ſun * * * *",
    ] {
        assert!(Cron::parse(text).is_err(), "{text:?}");
    }
    for text in ["*/100 * * * *", "0 0 31W 2 *", "0 0 1-31/31 2 7#5"] {
        if let Ok(cron) = Cron::parse(text) {
            let last: Timestamp = Timestamp::MAX;
            assert!(cron.fires(last, TimeZone::UTC).count() < 10);
            let early = cron.fires(Timestamp::MIN, TimeZone::UTC).take(3).count();
            assert!(early <= 3);
        }
    }
}
