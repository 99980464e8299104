//! Keys of calls: stable, cheap, and the same however the work was scheduled.
//!
//! A key says where in which run a call stands. It is no secret and no checksum; it has to be
//! spread well, so that two places never share one by accident.

use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

use uuid::Uuid;

use crate::LoopPlace;
use crate::interp::LinkedStep;

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// A key under way: what the parts so far gave.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    words: [u64; 2],
    /// The two parts of a step that are still to be added: what keys are read for, as ids of nodes and of
    /// requests, most steps are not asked for.
    step: Option<[u64; 2]>,
}

impl Key {
    /// The key of the parts that are in `base` already.
    pub(crate) const fn from(base: [u64; 2]) -> Self {
        Self { words: base, step: None }
    }

    /// Adds a part.
    #[inline]
    pub(super) fn add(self, part: u64) -> Self {
        let [a, b] = self.words();
        let a = spread(a ^ part.wrapping_mul(FIRST));
        let b = spread(b.wrapping_add(part.wrapping_mul(SECOND)) ^ a);
        Self::from([a, b])
    }

    /// Adds a step.
    #[inline]
    pub(super) fn step(self, step: &LinkedStep) -> Self {
        Self { words: self.words(), step: Some(step.seed) }
    }

    /// Adds iterations of loops.
    pub(super) fn loops(self, loops: &[LoopPlace], steps: &[LinkedStep]) -> Self {
        loops.iter().fold(self, |key, place| {
            let seed = steps.get(usize::from(place.step)).map_or(0, |step| step.seed[0]);
            key.add(seed).add(place.index.cast_unsigned())
        })
    }

    /// The parts so far.
    #[inline]
    pub(super) fn words(self) -> [u64; 2] {
        match self.step {
            None => self.words,
            Some([first, second]) => Self::from(self.words).add(first).add(second).words,
        }
    }

    /// The key as a uuid of version 8.
    pub(crate) fn uuid(self) -> Uuid {
        let [high, low] = self.words();
        let high = (high & !0xf000) | 0x8000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        Uuid::from_u64_pair(high, low)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uuid().fmt(f)
    }
}

/// The key of a call, which is read as the [`Uuid`] that it is; worked out when it is read first.
#[derive(Debug)]
pub struct CallKey {
    parts: Key,
    made: OnceCell<Uuid>,
}

impl CallKey {
    #[inline]
    pub(crate) fn new(parts: Key) -> Self {
        Self { parts, made: OnceCell::new() }
    }
}

impl Deref for CallKey {
    type Target = Uuid;

    fn deref(&self) -> &Uuid {
        self.made.get_or_init(|| self.parts.uuid())
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl From<Uuid> for CallKey {
    fn from(key: Uuid) -> Self {
        Self { parts: Key::from([0; 2]), made: OnceCell::from(key) }
    }
}

/// What the keys of a run are derived from.
pub(crate) fn base_of(run: Uuid) -> [u64; 2] {
    let (high, low) = run.as_u64_pair();
    Key::from([FIRST, SECOND]).add(high).add(low).words()
}

/// Spreads every bit over all others; no two numbers give the same one.
#[inline]
pub(super) fn spread(mut x: u64) -> u64 {
    x ^= x >> 32;
    x = x.wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^= x >> 32;
    x = x.wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Key, base_of};
    use uuid::Uuid;

    #[test]
    fn a_key_is_a_uuid_of_version_8() {
        for number in 0..1_000 {
            let key = Key::from(base_of(Uuid::from_u128(number)));
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&key.words()[0].to_be_bytes());
            bytes[8..].copy_from_slice(&key.words()[1].to_be_bytes());
            assert_eq!(key.uuid(), uuid::Builder::from_custom_bytes(bytes).into_uuid());
        }
    }

    #[test]
    fn places_have_keys_of_their_own() {
        let mut seen = HashSet::new();
        for run in 0..10_u128 {
            for step in 0..10 {
                for index in 0..1_000 {
                    let key = Key::from(base_of(Uuid::from_u128(run)));
                    assert!(seen.insert(key.add(step).add(index).uuid()));
                    assert!(seen.insert(key.add(step).add(index).add(0).uuid()));
                }
            }
        }
    }
}
