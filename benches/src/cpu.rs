//! CPU time, which other programs on the machine do not lengthen.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The CPU time of this thread from its making on.
pub struct CpuTimer(Duration);

impl CpuTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(read(ClockId::ThreadCPUTime))
    }

    /// The CPU time of this thread since then.
    pub fn elapsed(&self) -> Duration {
        read(ClockId::ThreadCPUTime).saturating_sub(self.0)
    }
}

/// The CPU time of all threads of this process from its making on.
pub struct ProcessTimer(Duration);

impl ProcessTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(process_time())
    }

    /// The CPU time of the process since then.
    pub fn elapsed(&self) -> Duration {
        process_time().saturating_sub(self.0)
    }
}

/// The CPU time that this process has used so far.
pub fn process_time() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}
