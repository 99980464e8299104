//! CPU time, which other programs on the machine do not lengthen.

use std::time::Duration;

use cpu_time::{ProcessTime, ThreadTime};

/// The CPU time of this thread from its making on.
pub struct CpuTimer(Duration);

impl CpuTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(thread_time())
    }

    /// The CPU time of this thread since then.
    pub fn elapsed(&self) -> Duration {
        thread_time().saturating_sub(self.0)
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
    ProcessTime::try_now().map_or(Duration::ZERO, |time| time.as_duration())
}

fn thread_time() -> Duration {
    ThreadTime::try_now().map_or(Duration::ZERO, |time| time.as_duration())
}
