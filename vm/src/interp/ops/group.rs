//! Groups of items by a string.

use arcstr::ArcStr;
use indexmap::IndexSet;

use crate::{ListRef, MapRef, Value};

/// How many keys are found without hashing their bytes.
const RECENT: usize = 32;

/// Groups of rows of a list, while they are made.
#[derive(Default)]
pub(crate) struct Groups {
    keys: IndexSet<ArcStr, foldhash::quality::RandomState>,
    rows: Vec<Vec<u32>>,
    /// Keys of up to 16 bytes that were seen, at the place that their words give. There are few
    /// groups mostly: looking a key up by its hash took 170 instructions.
    recent: [Recent; RECENT],
}

#[derive(Clone, Copy, Default)]
struct Recent {
    words: (u64, u64),
    length: usize,
    /// The group, from 1; 0 where nothing is here.
    group: usize,
}

impl Groups {
    /// Puts a row into the group of a key. A key that is there already is not copied: copying and
    /// dropping a shared string costs as much as finding it. `None` where the list is too long.
    #[inline(always)]
    pub(crate) fn push(&mut self, key: &ArcStr, row: usize) -> Option<()> {
        let group = self.group(key);
        self.rows.get_mut(group)?.push(u32::try_from(row).ok()?);
        Some(())
    }

    #[inline(always)]
    fn group(&mut self, key: &ArcStr) -> usize {
        let bytes = key.as_bytes();
        let Some((first, last)) = words(bytes) else { return self.find(key) };
        // The multiplier is that of Fibonacci hashing.
        let mixed =
            (first ^ last.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (mixed >> 32) as usize % RECENT;
        let recent = &self.recent[place];
        // Without jumps between the comparisons, which would cost more than they leave out.
        let other = (recent.words.0 ^ first) | (recent.words.1 ^ last);
        if other | (recent.length ^ bytes.len()) as u64 == 0 && recent.group > 0 {
            return recent.group - 1;
        }
        let group = self.find(key);
        self.recent[place] = Recent { words: (first, last), length: bytes.len(), group: group + 1 };
        group
    }

    #[inline(never)]
    fn find(&mut self, key: &ArcStr) -> usize {
        if let Some(group) = self.keys.get_index_of(key.as_str()) {
            return group;
        }
        self.rows.push(Vec::new());
        self.keys.insert_full(key.clone()).0
    }

    /// The map from the keys to the lists of their items, of this list.
    pub(crate) fn finish(self, list: &ListRef) -> Value {
        let entries = self.keys.into_iter().zip(self.rows);
        let entries = entries.map(|(key, rows)| (key, Value::List(ListRef::chosen(list, rows))));
        Value::Map(MapRef::new(entries.collect()))
    }
}

/// Up to 16 bytes as two words, which differ for different bytes of the same length.
#[inline(always)]
pub(crate) fn words(bytes: &[u8]) -> Option<(u64, u64)> {
    Some(match bytes.len() {
        8..=16 => {
            (u64::from_le_bytes(*bytes.first_chunk()?), u64::from_le_bytes(*bytes.last_chunk()?))
        }
        4..=7 => {
            let first = u32::from_le_bytes(*bytes.first_chunk()?);
            (first.into(), u32::from_le_bytes(*bytes.last_chunk()?).into())
        }
        1..=3 => {
            let middle = bytes.get(bytes.len() / 2)?;
            let first = u64::from(*bytes.first()?) | u64::from(*middle) << 8;
            (first, (*bytes.last()?).into())
        }
        0 => (0, 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arcstr::ArcStr;

    use super::{Groups, words};
    use crate::{ListRef, Value};

    #[test]
    fn words_tell_texts_of_a_length_apart() {
        for length in 0..=16 {
            let base = vec![b'a'; length];
            let mut seen = HashMap::from([(words(&base), base.clone())]);
            for place in 0..length {
                let mut other = base.clone();
                other[place] = b'b';
                assert_eq!(seen.insert(words(&other), other), None, "{length}");
            }
        }
        assert_eq!(words(&[0; 17]), None);
    }

    #[test]
    fn items_are_found_in_the_groups_of_their_keys_in_order() {
        // More keys than are known at once, of all lengths.
        let keys: Vec<String> = (0..200).map(|i| "k".repeat(i % 23) + &i.to_string()).collect();
        let mut groups = Groups::default();
        for i in 0..2_000 {
            groups.push(&ArcStr::from(keys[(i * 7) % 200].as_str()), i);
        }
        let list = ListRef::new((0..2_000).map(Value::Int).collect());
        let Value::Map(map) = groups.finish(&list) else { panic!("groups are a map") };
        let first: Vec<_> = map.entries().keys().take(3).map(ArcStr::to_string).collect();
        assert_eq!(first, [keys[0].clone(), keys[7].clone(), keys[14].clone()]);
        for (key, items) in map.entries() {
            let expected = (0..2_000).filter(|i| keys[(*i as usize * 7) % 200] == key.as_str());
            let expected = Value::list(expected.map(Value::Int).collect());
            assert!(items.equal(&expected), "{key}");
        }
    }
}
