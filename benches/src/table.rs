//! The table of what wf is measured by: each row against hand-written Rust or a floor measured in
//! the same run.

pub mod data;
pub mod floors;
pub mod instructions;
pub mod measure;
pub mod native;
#[cfg(feature = "peers")]
mod peers;
pub mod process;
pub mod report;
pub mod rows;
pub mod wf;

use self::data::Sizes;
use self::measure::{Contender, interleave, median};

/// What a row is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Times the CPU time of hand-written Rust.
    Ratio,
    /// Nanoseconds of CPU time for each unit of work.
    Nanos,
    /// Microseconds of CPU time.
    Micros,
    /// Milliseconds of CPU time above the baseline.
    MillisAbove,
    /// Units of work per second of CPU time: more is better.
    PerSecond,
}

/// A row of the table.
pub struct Row {
    /// The name for `--only`.
    pub name: &'static str,
    /// What is done.
    pub title: &'static str,
    /// What the value is.
    pub measure: Measure,
    /// What must be reached.
    pub must: f64,
    /// What is aimed at.
    pub aim: f64,
    /// Prepares the work.
    pub prepare: fn(&Sizes) -> Result<Work, String>,
}

/// The work of a row, ready to be measured.
pub struct Work {
    /// How many units it is.
    pub units: f64,
    /// Hand-written Rust, or the floor.
    pub baseline: Option<Contender>,
    /// wf.
    pub wf: Contender,
    /// Others, who are only shown.
    pub others: Vec<Contender>,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The value in the row's measure.
    pub value: f64,
    /// Nanoseconds of CPU time of wf for each unit of work.
    pub wf: f64,
    /// The same of the baseline.
    pub baseline: Option<f64>,
    /// The median over the rounds of wf's time divided by the baseline's.
    pub ratio: Option<f64>,
    /// The others: name, nanoseconds for each unit, ratio to the baseline.
    pub others: Vec<(String, f64, Option<f64>)>,
}

impl Row {
    /// Measures the row.
    ///
    /// # Errors
    /// A contender fails or gives a wrong result.
    pub fn run(&self, sizes: &Sizes, rounds: usize) -> Result<Outcome, String> {
        let Work { units, baseline, wf, others } = (self.prepare)(sizes)?;
        let has_baseline = baseline.is_some();
        let contenders = baseline.into_iter().chain([wf]).chain(others).collect();
        let mut samples = interleave(contenders, rounds)?.into_iter();
        let baseline = has_baseline.then(|| samples.next()).flatten();
        let wf = samples.next().ok_or("nothing was measured")?;
        let base = baseline.as_ref();
        let others = samples
            .map(|other| {
                let ratio = base.map(|base| other.ratio(base));
                (other.name.clone(), other.median(units), ratio)
            })
            .collect();
        let nanos = wf.median(units);
        let ratio = base.map(|base| wf.ratio(base));
        let value = match self.measure {
            Measure::Ratio => ratio.unwrap_or_default(),
            Measure::Nanos => nanos,
            Measure::Micros => nanos / 1e3,
            Measure::MillisAbove => {
                let times = base.map_or(&[][..], |base| &base.times).iter().zip(&wf.times);
                median(times.map(|(a, b)| (b.as_secs_f64() - a.as_secs_f64()) * 1e3).collect())
            }
            Measure::PerSecond => 1e9 / nanos,
        };
        let baseline = base.map(|base| base.median(units));
        Ok(Outcome { value, wf: nanos, baseline, ratio, others })
    }

    /// Whether a value reaches a goal.
    pub fn reaches(&self, value: f64, goal: f64) -> bool {
        if self.measure == Measure::PerSecond { value >= goal } else { value <= goal }
    }
}

#[cfg(test)]
mod tests {
    use super::data::Sizes;
    use super::report;
    use super::rows::ROWS;

    #[test]
    fn every_row_runs_and_gives_what_rust_gives() {
        for row in ROWS {
            // The binaries of whole processes are there only where they have been built.
            if row.name == "process" {
                continue;
            }
            let outcome = row.run(&Sizes::TINY, 1).unwrap_or_else(|e| panic!("{}: {e}", row.name));
            assert!(outcome.wf > 0.0, "{}", row.name);
            let line = report::line(row, &outcome);
            assert!(line.contains(row.title), "{line}");
        }
    }
}
