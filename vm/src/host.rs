//! What the machine needs of its surroundings.

use std::sync::Arc;

use crate::{Event, NativeFns, Nodes};

/// The surroundings of a machine: nodes, library functions, time and observers.
#[derive(Clone)]
pub struct Host {
    /// The nodes that programs may run.
    pub nodes: Arc<Nodes>,
    /// The functions that programs may call.
    pub functions: Arc<NativeFns>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Waiting without a thread.
    pub timer: Arc<dyn Timer>,
    /// Gets every event, on the worker where it happens: it must be quick.
    pub observer: Option<Observer>,
}

/// Is told what happens in runs.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time of day in microseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Microseconds since some fixed moment; never goes back.
    fn monotonic(&self) -> i64;
}

/// Calls back after a time.
pub trait Timer: Send + Sync {
    /// Calls `wake` once, on any thread, when `micros` microseconds have passed.
    fn after(&self, micros: i64, wake: Box<dyn FnOnce() + Send>);

    /// The same, given up when what is returned is dropped, so that nothing is held for longer than
    /// somebody waits. A timer that can't give up rings all the same.
    fn alarm(&self, micros: i64, wake: Box<dyn FnOnce() + Send>) -> Box<dyn Send> {
        self.after(micros, wake);
        Box::new(())
    }
}
