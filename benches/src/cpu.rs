//! The CPU time of this thread, which other programs on the machine do not lengthen.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Measures from its making on.
pub struct CpuTimer(Duration);

impl CpuTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(cpu_time())
    }

    /// The CPU time of this thread since then.
    pub fn elapsed(&self) -> Duration {
        cpu_time().saturating_sub(self.0)
    }
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
