//! The iterations of a fork that have not begun: ranges in ascending order.

use std::ops::Range;

/// Numbers that are still to be done.
#[derive(Debug, Default)]
pub(super) struct Todo {
    ranges: Vec<Range<u64>>,
}

impl Todo {
    /// All numbers below `count`.
    pub(super) fn new(count: u64) -> Self {
        let mut todo = Self::default();
        todo.give_back(0..count);
        todo
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many are left.
    pub(super) fn len(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Takes up to `want` numbers that follow one another, from the `skip`th on that is left.
    pub(super) fn take(&mut self, want: u64, mut skip: u64) -> Option<Range<u64>> {
        let place = self.ranges.iter().position(|range| {
            let len = range.end - range.start;
            let here = skip < len;
            if !here {
                skip -= len;
            }
            here
        })?;
        let range = self.ranges[place].clone();
        let start = range.start + skip;
        let end = start.saturating_add(want.max(1)).min(range.end);
        let rest = [range.start..start, end..range.end];
        self.ranges.splice(place..=place, rest.into_iter().filter(|range| !range.is_empty()));
        Some(start..end)
    }

    /// Puts numbers back that were taken.
    pub(super) fn give_back(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let place = self.ranges.partition_point(|other| other.start < range.start);
        match self.ranges.get_mut(place) {
            Some(next) if next.start == range.end => next.start = range.start,
            _ => self.ranges.insert(place, range),
        }
    }

    /// Forgets all numbers from `from` on.
    pub(super) fn cut(&mut self, from: u64) {
        self.ranges.retain_mut(|range| {
            range.end = range.end.min(from);
            !range.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Todo;

    #[test]
    fn takes_from_the_front_in_order() {
        let mut todo = Todo::new(10);
        assert_eq!(todo.take(4, 0), Some(0..4));
        assert_eq!(todo.take(100, 0), Some(4..10));
        assert_eq!(todo.take(1, 0), None);
    }

    #[test]
    fn what_is_given_back_comes_first() {
        let mut todo = Todo::new(10);
        assert_eq!(todo.take(4, 0), Some(0..4));
        todo.give_back(2..4);
        assert_eq!((todo.take(1, 0), todo.len()), (Some(2..3), 7));
        todo.give_back(1..2);
        assert_eq!(todo.take(5, 0), Some(1..2));
        assert_eq!(todo.take(5, 0), Some(3..8));
    }

    #[test]
    fn takes_from_the_middle() {
        let mut todo = Todo::new(5);
        assert_eq!(todo.take(1, 2), Some(2..3));
        assert_eq!(todo.take(1, 2), Some(3..4));
        assert_eq!(todo.take(9, 1), Some(1..2));
        assert_eq!((todo.take(9, 0), todo.take(9, 0)), (Some(0..1), Some(4..5)));
        assert!(todo.is_empty());
    }

    #[test]
    fn forgets_what_comes_after_a_failure() {
        let mut todo = Todo::new(10);
        assert_eq!(todo.take(1, 3), Some(3..4));
        todo.cut(5);
        assert_eq!(todo.len(), 4);
        todo.cut(2);
        assert_eq!(todo.take(9, 0), Some(0..2));
        assert!(todo.is_empty());
    }
}
