//! The table as Markdown or JSON.

use serde_json::{Value, json};

use super::{Measure, Outcome, Row};

/// The head of the table.
pub const HEAD: &str = "| row | wf | Rust or floor | value | must | aim | met |\n\
                        | --- | ---: | ---: | ---: | ---: | ---: | --- |";

/// The line of a row, and one for each of the others behind it.
pub fn line(row: &Row, outcome: &Outcome) -> String {
    let baseline = outcome.baseline.map_or("".into(), time);
    let mut text = format!(
        "| {} | {} | {baseline} | {} | {} | {} | {} |",
        row.title,
        time(outcome.wf),
        value(row, outcome),
        goal(row.measure, row.must),
        goal(row.measure, row.aim),
        met(row, outcome),
    );
    for (name, nanos, ratio) in &outcome.others {
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2} ×"));
        text.push_str(&format!("\n| … {name} | {} | | {ratio} | | | |", time(*nanos)));
    }
    text
}

/// The same as JSON.
pub fn json(row: &Row, outcome: &Outcome) -> Value {
    let other = |(name, nanos, ratio): &(String, f64, Option<f64>)| json!({ "name": name, "nanos": nanos, "ratio": ratio });
    json!({
        "row": row.name,
        "value": outcome.value,
        "wfNanos": outcome.wf,
        "baselineNanos": outcome.baseline,
        "ratio": outcome.ratio,
        "must": row.must,
        "aim": row.aim,
        "met": met(row, outcome),
        "others": outcome.others.iter().map(other).collect::<Vec<_>>(),
    })
}

fn met(row: &Row, outcome: &Outcome) -> &'static str {
    if row.reaches(outcome.value, row.aim) {
        "aim"
    } else if row.reaches(outcome.value, row.must) {
        "must"
    } else {
        "no"
    }
}

fn value(row: &Row, outcome: &Outcome) -> String {
    let value = goal(row.measure, outcome.value);
    match (row.measure, outcome.ratio) {
        (Measure::Nanos, Some(ratio)) => format!("{value}, {ratio:.2} × the floor"),
        _ => value,
    }
}

fn goal(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Ratio => format!("{value:.2} ×"),
        Measure::Nanos => format!("{value:.1} ns"),
        Measure::Micros => format!("{value:.0} µs"),
        Measure::MillisAbove => format!("{value:.2} ms"),
        Measure::PerSecond => format!("{value:.0}"),
    }
}

fn time(nanos: f64) -> String {
    match nanos {
        n if n < 1e4 => format!("{n:.1} ns"),
        n if n < 1e7 => format!("{:.1} µs", n / 1e3),
        n => format!("{:.1} ms", n / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::ROWS;
    use super::{Outcome, json, line};

    #[test]
    fn a_row_says_whether_it_is_met() {
        let row = |name| ROWS.iter().find(|row| row.name == name).unwrap();
        let outcome = |value| Outcome {
            value,
            wf: 20.0,
            baseline: Some(2.0),
            ratio: Some(10.0),
            others: vec![("another".to_owned(), 60.0, Some(30.0))],
        };
        assert_eq!(
            line(row("fib"), &outcome(10.0)),
            "| calls: `fib(27)` | 20.0 ns | 2.0 ns | 10.00 × | 12.00 × | 8.00 × | must |\n\
             | … another | 60.0 ns | | 30.00 × | | | |"
        );
        assert_eq!(json(row("fib"), &outcome(7.0))["met"], "aim");
        assert_eq!(json(row("check"), &outcome(7.0))["met"], "no");
        assert_eq!(json(row("check"), &outcome(600_000.0))["met"], "aim");
        assert!(line(row("steps"), &outcome(90.0)).contains("90.0 ns, 10.00 × the floor"));
    }
}
