//! The limits of a run on the command line: each with its default, which is that of the engine.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use wf_engine::{HttpPolicy, Limits};

/// What a run may use. Those up to `--max-output` end it; the others are failures of one value or call,
/// which a `catch` takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// Instructions of the whole run; work on collections counts by size
    #[arg(long, value_name = "N", default_value_t = Limits::default().instructions)]
    pub max_instructions: u64,
    /// Memory that the values of the whole run hold
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().memory))]
    pub max_memory: Bytes,
    /// Time of the whole run, as 30s or 10m
    #[arg(long, value_name = "TIME", default_value_t = Time(Limits::default().run_time))]
    pub max_time: Time,
    /// What all steps of the run answer and log together
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().output))]
    pub max_output: Bytes,
    /// How deep calls of functions nest
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth)]
    pub max_depth: u32,
    /// Items of a list or map, bytes of a string
    #[arg(long, value_name = "N", default_value_t = Limits::default().collection)]
    pub max_size: usize,
    /// How deep calls of workflows nest
    #[arg(long, value_name = "N", default_value_t = Limits::default().call_depth)]
    pub max_call_depth: u32,
    /// Rounds under way at once of a parallel loop that names no number
    #[arg(long, value_name = "N", default_value_t = Limits::default().in_flight)]
    pub max_in_flight: usize,
    /// One answer of HTTP, decompressed
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(HttpPolicy::new().max_answer() as u64))]
    pub max_answer: Bytes,
}

impl Default for LimitArgs {
    /// As where no option is given.
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            max_instructions: limits.instructions,
            max_memory: Bytes(limits.memory),
            max_time: Time(limits.run_time),
            max_output: Bytes(limits.output),
            max_depth: limits.depth,
            max_size: limits.collection,
            max_call_depth: limits.call_depth,
            max_in_flight: limits.in_flight,
            max_answer: Bytes(HttpPolicy::new().max_answer() as u64),
        }
    }
}

impl LimitArgs {
    /// The limits of the engine.
    pub fn limits(&self) -> Limits {
        Limits {
            instructions: self.max_instructions,
            memory: self.max_memory.0,
            run_time: self.max_time.0,
            output: self.max_output.0,
            depth: self.max_depth,
            collection: self.max_size,
            call_depth: self.max_call_depth,
            in_flight: self.max_in_flight,
            ..Limits::default()
        }
    }

    /// How many bytes an answer of HTTP may have.
    pub fn answer_limit(&self) -> usize {
        usize::try_from(self.max_answer.0).unwrap_or(usize::MAX)
    }
}

/// A number of bytes: `1000`, `64KiB`, `1GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// The units by the power of two that they are.
const UNITS: [(&str, u32); 5] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, shift) = UNITS
            .iter()
            .find_map(|(unit, shift)| text.strip_suffix(unit).map(|number| (number, *shift)))
            .unwrap_or((text, 0));
        let number: Option<u64> = number.trim_end().parse().ok();
        let bytes = number.and_then(|number| number.checked_mul(1 << shift));
        bytes
            .map(Self)
            .ok_or_else(|| "write a number of bytes, as `1000`, `64KiB` or `1GiB`".into())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |shift: u32| self.0 >> shift << shift == self.0 && self.0 >> shift > 0;
        match UNITS.iter().find(|(_, shift)| *shift > 0 && whole(*shift)) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

/// A time in microseconds as the language writes it, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub Option<i64>);

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let micros = wf_engine::parse_duration(text).filter(|micros| *micros > 0);
        micros
            .map(|micros| Self(Some(micros)))
            .ok_or_else(|| "write a time, as `500ms`, `30s` or `1h30m`, or `none`".into())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(micros) => f.write_str(&wf_engine::duration_text(micros)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Bytes, Time};

    #[test]
    fn bytes_are_read_and_shown() {
        for (text, bytes) in [("0", 0), ("1000", 1000), ("64KiB", 65_536), ("1GiB", 1 << 30)] {
            assert_eq!(text.parse(), Ok(Bytes(bytes)));
            assert_eq!(Bytes(bytes).to_string(), text);
        }
        assert_eq!("2 MiB".parse(), Ok(Bytes(2 << 20)));
        assert_eq!("7B".parse(), Ok(Bytes(7)));
        for text in ["", "x", "-1", "1.5GiB", "1GB", "99999999999TiB", "KiB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_and_shown() {
        for text in ["none", "500ms", "30s", "1h30m"] {
            assert_eq!(text.parse::<Time>().map(|time| time.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "30", "0s", "-1s", "soon"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
