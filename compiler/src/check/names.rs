//! The names that are in scope, with what each of them hides.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// How many names there is room for at once.
const SOME: usize = 7;

/// What the names in scope stand for. All scopes share one list and one table, so that a block without
/// names costs nothing.
#[derive(Clone, Debug)]
pub(crate) struct Names<T> {
    known: FxHashMap<SmolStr, Named<T>>,
    /// In the order of their declaration, each with what it hides.
    declared: Vec<(SmolStr, Option<Named<T>>)>,
    /// Where the scopes begin in the list, but for the outermost one.
    scopes: Vec<usize>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named<T> {
    /// What it stands for.
    pub(crate) id: T,
    /// How many scopes are around its own.
    pub(crate) depth: usize,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { known: FxHashMap::default(), declared: Vec::new(), scopes: Vec::new() }
    }
}

impl<T: Copy> Names<T> {
    /// Opens a scope.
    pub(crate) fn open(&mut self) {
        self.scopes.push(self.declared.len());
    }

    /// Closes the scope on top: its names are forgotten, and what they hid is seen again.
    pub(crate) fn close(&mut self) {
        let start = self.scopes.pop().unwrap_or_default();
        for (name, hidden) in self.declared.drain(start..).rev() {
            match hidden {
                Some(hidden) => self.known.insert(name, hidden),
                None => self.known.remove(&name),
            };
        }
    }

    /// How many scopes are around the one on top.
    pub(crate) fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Declares a name in the scope on top.
    pub(crate) fn declare(&mut self, name: &SmolStr, id: T) {
        let named = Named { id, depth: self.depth() };
        if self.known.is_empty() {
            self.known.reserve(SOME);
            self.declared.reserve(SOME);
        }
        let hidden = self.known.insert(name.clone(), named);
        self.declared.push((name.clone(), hidden));
    }

    /// Enters a name that is always known: it is in no scope and in no list.
    pub(crate) fn enter(&mut self, name: &SmolStr, id: T) {
        self.known.insert(name.clone(), Named { id, depth: usize::MAX });
    }

    /// What a name stands for, and where it is declared.
    pub(crate) fn find(&self, name: &str) -> Option<Named<T>> {
        // Defaults and constants see no names at all.
        if self.known.is_empty() { None } else { self.known.get(name).copied() }
    }

    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<T> {
        self.find(name).map(|named| named.id)
    }

    /// All names, the latest first.
    pub(crate) fn latest_first(&self) -> impl Iterator<Item = &SmolStr> {
        self.declared.iter().rev().map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, Names};

    #[test]
    fn a_name_hides_another_until_its_scope_is_closed() {
        let mut names = Names::default();
        names.declare(&"a".into(), 1);
        names.open();
        names.declare(&"b".into(), 2);
        names.declare(&"a".into(), 3);
        names.open();
        assert_eq!(names.find("a"), Some(Named { id: 3, depth: 1 }));
        assert_eq!(names.latest_first().collect::<Vec<_>>(), ["a", "b", "a"]);
        names.close();
        names.close();
        assert_eq!((names.get("a"), names.get("b"), names.depth()), (Some(1), None, 0));
    }

    #[test]
    fn one_scope_may_have_a_name_twice() {
        let mut names = Names::default();
        names.open();
        names.declare(&"a".into(), 1);
        names.declare(&"a".into(), 2);
        assert_eq!(names.get("a"), Some(2));
        names.close();
        assert_eq!(names.get("a"), None);
    }
}
