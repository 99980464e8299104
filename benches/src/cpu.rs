//! CPU time, which other programs on the machine do not lengthen.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The CPU time of this thread from its making on.
pub struct CpuTimer(Duration);

impl CpuTimer {
    /// Begins to measure.
    pub fn start() -> Self {
        Self(read(ClockId::CLOCK_THREAD_CPUTIME_ID))
    }

    /// The CPU time of this thread since then.
    pub fn elapsed(&self) -> Duration {
        read(ClockId::CLOCK_THREAD_CPUTIME_ID).saturating_sub(self.0)
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
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

/// A clock that can't be read stands still.
fn read(clock: ClockId) -> Duration {
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}
