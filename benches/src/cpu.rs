//! The CPU time of this thread or process, which other programs on the machine do not lengthen.

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
    time_of(ClockId::ThreadCPUTime)
}

/// The CPU time of all threads of this process so far.
pub fn process_cpu_time() -> Duration {
    time_of(ClockId::ProcessCPUTime)
}

fn time_of(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
