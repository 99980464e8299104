//! Locks, atomics, threads and channels of the machine. Models of its protocols run the same code
//! on those of `shuttle` and `loom`, which try out orders of what threads do.

#[cfg(not(any(feature = "shuttle", feature = "loom")))]
mod of_system {
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic, mpsc};
    pub(crate) use std::thread;

    pub(crate) use crossbeam::sync::{Parker, Unparker};
}

#[cfg(feature = "shuttle")]
mod of_system {
    pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic, mpsc};
    pub(crate) use shuttle::thread;

    pub(crate) use super::modelled::{Parker, Unparker};
}

#[cfg(all(feature = "loom", not(feature = "shuttle")))]
mod of_system {
    pub(crate) use std::sync::mpsc;

    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(crate) use loom::thread;

    pub(crate) use super::modelled::{Parker, Unparker};
}

pub(crate) use of_system::*;

/// Parking by a lock and a condition, for models.
#[cfg(any(feature = "shuttle", feature = "loom"))]
mod modelled {
    use std::sync::{Arc, PoisonError};

    use super::{Condvar, Mutex};

    /// Waits for its [`Unparker`]s.
    pub(crate) struct Parker(Unparker);

    /// Wakes a [`Parker`], or keeps it from waiting the next time.
    #[derive(Clone)]
    pub(crate) struct Unparker(Arc<(Mutex<bool>, Condvar)>);

    impl Parker {
        pub(crate) fn new() -> Self {
            Self(Unparker(Arc::new((Mutex::new(false), Condvar::new()))))
        }

        pub(crate) fn unparker(&self) -> &Unparker {
            &self.0
        }

        pub(crate) fn park(&self) {
            let (woken, news) = &*self.0.0;
            let mut woken = woken.lock().unwrap_or_else(PoisonError::into_inner);
            while !*woken {
                woken = news.wait(woken).unwrap_or_else(PoisonError::into_inner);
            }
            *woken = false;
        }
    }

    impl Unparker {
        pub(crate) fn unpark(&self) {
            let (woken, news) = &*self.0;
            *woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
            news.notify_one();
        }
    }
}
