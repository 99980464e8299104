//! The time of day and waiting, for the machine.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use wf_vm::{Clock, Timer};

/// The clocks of the operating system.
pub(crate) struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    }

    fn monotonic(&self) -> i64 {
        let since = self.origin.elapsed();
        since.as_secs().cast_signed() * 1_000_000 + i64::from(since.subsec_micros())
    }
}

/// The timers of the IO runtime.
pub(crate) struct RuntimeTimer(pub(crate) Handle);

impl Timer for RuntimeTimer {
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) {
        let wait = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        self.0.spawn(async move {
            tokio::time::sleep(wait).await;
            wake();
        });
    }

    fn alarm(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) -> Box<dyn Send> {
        let wait = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        let task = self.0.spawn(async move {
            tokio::time::sleep(wait).await;
            wake();
        });
        Box::new(Alarm(task.abort_handle()))
    }
}

/// Gives up a timer when it is dropped.
struct Alarm(AbortHandle);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A time in microseconds since 1970 as RFC 3339 text.
pub(crate) fn instant_text(micros: i64) -> String {
    let mut text = String::new();
    // Only years that RFC 3339 can't write fail; no clock shows them.
    drop(wf_vm::value::time::push_instant(micros, &mut text));
    text
}
