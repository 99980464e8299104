//! The CPU time of this thread, which other programs on the machine do not lengthen.

use std::fs;
use std::time::{Duration, Instant};

/// Measures from its making on.
pub struct CpuTimer {
    wall: Instant,
    cpu: Option<Duration>,
}

impl CpuTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self { wall: Instant::now(), cpu: cpu_time() }
    }

    /// The CPU time of this thread since then; where the system does not tell it, the time that
    /// has passed.
    pub fn elapsed(&self) -> Duration {
        match (self.cpu, cpu_time()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.wall.elapsed(),
        }
    }
}

/// Linux counts the nanoseconds that a thread was on a processor.
fn cpu_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}
