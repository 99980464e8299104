//! Where a fiber that waits meets the end of what it waits for, whichever comes first.

use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// The place of one wait. What comes after the first end is ignored.
pub(crate) struct Meeting<P, A>(Mutex<State<P, A>>);

enum State<P, A> {
    /// Nobody has come yet.
    Open,
    /// The end came before the fiber.
    Early(A),
    /// The fiber waits here.
    Parked(P),
    /// Both have gone.
    Over,
}

impl<P, A> Meeting<P, A> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::Open))
    }

    fn lock(&self) -> MutexGuard<'_, State<P, A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fiber comes. It is given back with the end, where that has come already.
    pub(super) fn park(&self, parked: P) -> Option<(P, A)> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Early(arrived) => Some((parked, arrived)),
            _ => {
                *state = State::Parked(parked);
                None
            }
        }
    }

    /// The end comes. Gives the fiber that goes on with it, where one waits.
    pub(super) fn arrive(&self, arrived: A) -> Option<(P, A)> {
        let mut state = self.lock();
        match std::mem::replace(&mut *state, State::Over) {
            State::Open => *state = State::Early(arrived),
            State::Early(first) => *state = State::Early(first),
            State::Over => {}
            State::Parked(parked) => return Some((parked, arrived)),
        }
        None
    }

    /// Takes the fiber that waits, where it is due.
    pub(super) fn take_if(&self, is_due: impl FnOnce(&P) -> bool) -> Option<P> {
        let mut state = self.lock();
        if !matches!(&*state, State::Parked(parked) if is_due(parked)) {
            return None;
        }
        match std::mem::replace(&mut *state, State::Over) {
            State::Parked(parked) => Some(parked),
            _ => None,
        }
    }
}

#[cfg(all(test, feature = "loom"))]
mod models {
    use std::sync::Arc;

    use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use loom::thread;

    use super::Meeting;
    use crate::run::Parked;

    /// Whoever gets the fiber counts it.
    fn count(went_on: &AtomicUsize, fiber: Option<((), u8)>) {
        went_on.fetch_add(usize::from(fiber.is_some()), Ordering::SeqCst);
    }

    #[test]
    fn of_a_fiber_and_two_ends_the_fiber_goes_on_once() {
        loom::model(|| {
            let meeting = Arc::new(Meeting::new());
            let went_on = Arc::new(AtomicUsize::new(0));
            let ends: Vec<_> = (1..=2)
                .map(|end| {
                    let (meeting, went_on) = (Arc::clone(&meeting), Arc::clone(&went_on));
                    thread::spawn(move || count(&went_on, meeting.arrive(end)))
                })
                .collect();
            count(&went_on, meeting.park(()));
            ends.into_iter().for_each(|end| end.join().unwrap());
            assert_eq!(went_on.load(Ordering::SeqCst), 1);
            assert!(meeting.take_if(|()| true).is_none(), "nobody is left behind");
        });
    }

    #[test]
    fn a_fiber_that_is_cancelled_while_it_parks_does_not_stay() {
        loom::model(|| {
            let meeting = Arc::new(Meeting::<(), u8>::new());
            let parked = Arc::new(Parked::default());
            let cancelled = Arc::new(AtomicBool::new(false));
            let went_on = Arc::new(AtomicUsize::new(0));
            let due = {
                let (cancelled, went_on) = (Arc::clone(&cancelled), Arc::clone(&went_on));
                move |meeting: &Meeting<(), u8>| {
                    let taken = meeting.take_if(|()| cancelled.load(Ordering::SeqCst));
                    went_on.fetch_add(usize::from(taken.is_some()), Ordering::SeqCst);
                }
            };
            // As a failing sibling does: the flag first, then those that wait.
            let canceller = {
                let (cancelled, parked, due) =
                    (Arc::clone(&cancelled), Arc::clone(&parked), due.clone());
                thread::spawn(move || {
                    cancelled.store(true, Ordering::SeqCst);
                    parked.all().iter().for_each(|meeting| due(meeting));
                })
            };
            // As a fiber does that parks: it can be found first, then it waits, then it looks.
            let slot = parked.register(&meeting);
            assert!(meeting.park(()).is_none());
            due(&meeting);
            canceller.join().unwrap();
            parked.unregister(slot, &meeting);
            assert_eq!(went_on.load(Ordering::SeqCst), 1);
            assert!(parked.all().is_empty());
        });
    }
}
