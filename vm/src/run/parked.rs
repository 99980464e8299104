//! What the fibers of a run wait for, so that it can be given up.

use std::sync::{Arc, PoisonError};

use crate::sync::{Mutex, MutexGuard};

/// The things that are waited for.
pub(crate) struct Parked<T>(Mutex<Slots<T>>);

struct Slots<T> {
    places: Vec<Option<Arc<T>>>,
    free: Vec<usize>,
}

impl<T> Default for Parked<T> {
    fn default() -> Self {
        Self(Mutex::new(Slots { places: Vec::new(), free: Vec::new() }))
    }
}

impl<T> Parked<T> {
    fn lock(&self) -> MutexGuard<'_, Slots<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes something that a fiber is about to wait for; gives its place.
    pub(crate) fn register(&self, item: &Arc<T>) -> usize {
        let mut slots = self.lock();
        let slot = slots.free.pop().unwrap_or(slots.places.len());
        if slot == slots.places.len() {
            slots.places.push(None);
        }
        if let Some(place) = slots.places.get_mut(slot) {
            *place = Some(Arc::clone(item));
        }
        slot
    }

    /// Forgets it.
    pub(crate) fn unregister(&self, slot: usize, item: &T) {
        let mut slots = self.lock();
        let Some(place) = slots.places.get_mut(slot) else { return };
        if place.as_ref().is_some_and(|known| std::ptr::eq(&**known, item)) {
            *place = None;
            slots.free.push(slot);
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.lock().places.iter().flatten().cloned().collect()
    }
}
