//! The time of day and waiting, for the machine and its nodes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::runtime::{Builder, Handle, Runtime};
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

/// The IO runtime. It is started when something waits for the first time: most compilations and many
/// runs wait for nothing.
#[derive(Clone, Default)]
pub(crate) struct IoRuntime(Arc<Mutex<State>>);

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Running(Runtime),
    Ended,
}

impl IoRuntime {
    /// The runtime, started if need be; `None` where it has ended, or the system gives no threads.
    pub(crate) fn handle(&self) -> Option<Handle> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Idle) {
            let runtime = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("wf-io")
                .enable_time()
                .enable_io()
                .build();
            *state = State::Running(runtime.ok()?);
        }
        match &*state {
            State::Running(runtime) => Some(runtime.handle().clone()),
            State::Idle | State::Ended => None,
        }
    }

    /// Ends it, and with it all that still waits. It must not be waited for inside of another
    /// runtime.
    pub(crate) fn end(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *state, State::Ended);
        drop(state);
        if let State::Running(runtime) = before {
            runtime.shutdown_background();
        }
    }
}

/// The timers of the IO runtime.
pub(crate) struct RuntimeTimer(pub(crate) IoRuntime);

impl Timer for RuntimeTimer {
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) {
        let wait = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        match self.0.handle() {
            Some(handle) => drop(handle.spawn(async move {
                tokio::time::sleep(wait).await;
                wake();
            })),
            // Nothing could wake it later.
            None => wake(),
        }
    }

    fn alarm(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) -> Box<dyn Send> {
        let wait = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        let Some(handle) = self.0.handle() else {
            // Nothing could wake it later.
            wake();
            return Box::new(());
        };
        let task = handle.spawn(async move {
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

/// A duration as the language writes it, `1h30m`, in microseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    wf_vm::value::time::parse_duration(text)
}

/// The text of a duration in microseconds, as the language writes it.
pub fn duration_text(micros: i64) -> String {
    let mut text = String::new();
    wf_vm::value::time::push_duration(micros, &mut text);
    text
}

/// A time in microseconds since 1970 as RFC 3339 text.
pub(crate) fn instant_text(micros: i64) -> String {
    let mut text = String::new();
    // Only years that RFC 3339 can't write fail; no clock shows them.
    drop(wf_vm::value::time::push_instant(micros, &mut text));
    text
}
