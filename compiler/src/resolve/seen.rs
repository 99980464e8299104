//! Which names were met before, and where.

use std::hash::Hash;

use rustc_hash::FxHashMap;
use wf_diagnostics::Span;

/// How many names are compared one by one: most records and lists of parameters have fewer, and a table
/// costs more to make than they take to compare.
const FEW: usize = 8;

/// The names that were met, each with its last place.
#[derive(Debug)]
pub(crate) struct Seen<K> {
    few: Vec<(K, Span)>,
    many: FxHashMap<K, Span>,
}

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self { few: Vec::new(), many: FxHashMap::default() }
    }
}

impl<K: Eq + Hash> Seen<K> {
    /// Notes a name, and gives the place where it was met last.
    pub(crate) fn insert(&mut self, name: K, span: Span) -> Option<Span> {
        if !self.many.is_empty() {
            return self.many.insert(name, span);
        }
        if let Some((_, last)) = self.few.iter_mut().find(|(known, _)| *known == name) {
            return Some(std::mem::replace(last, span));
        }
        if self.few.len() < FEW {
            self.few.push((name, span));
            return None;
        }
        self.many.extend(self.few.drain(..));
        self.many.insert(name, span)
    }
}

#[cfg(test)]
mod tests {
    use wf_diagnostics::{FileId, Span};

    use super::Seen;

    #[test]
    fn few_and_many_names_are_found_again() {
        let at = |place: u32| Span::new(FileId(0), place, place + 1);
        for count in [1, 8, 9, 100] {
            let mut seen = Seen::default();
            for name in 0..count {
                assert_eq!(seen.insert(name, at(name)), None, "{count}");
            }
            for name in 0..count {
                assert_eq!(seen.insert(name, at(500)), Some(at(name)), "{count}");
                assert_eq!(seen.insert(name, at(501)), Some(at(500)), "{count}");
            }
        }
    }
}
