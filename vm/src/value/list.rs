//! Lists: of items that are there, or chosen of another list.
//!
//! A group of `groupBy` is mostly asked for its length only, or not at all. Copying an item raises
//! the count of who holds it, and dropping the copy lowers it: the row `records` of the benchmarks took
//! 416 instructions for each record with copies, and took 309 without. So a group knows the rows of
//! its items in the list that they come from, and copies the items when they are first looked at. What
//! a filter gives does the same.

use std::sync::OnceLock;

use triomphe::Arc;

use super::Value;

/// A group shares the memory of the whole list for as long as it lives. So that a few items do not
/// keep many alive, they are chosen only where they are one of so many at least.
const LEAST_SHARE: usize = 16;

/// A shared list.
#[derive(Clone, Default)]
pub struct ListRef(pub(crate) Arc<Items>);

/// The items of a list.
#[derive(Default)]
pub(crate) struct Items {
    made: OnceLock<Vec<Value>>,
    chosen: Option<Box<Chosen>>,
}

/// Items of another list.
pub(crate) struct Chosen {
    /// The other list, whose items are its own.
    pub(crate) list: Value,
    /// Where the items are in it.
    pub(crate) rows: Vec<u32>,
}

impl ListRef {
    /// A list of these items.
    pub fn new(items: Vec<Value>) -> Self {
        Self(Arc::new(Items { made: OnceLock::from(items), chosen: None }))
    }

    /// The items of another list at these rows, all of which it has; they ascend.
    pub(crate) fn chosen(list: &Self, rows: Vec<u32>) -> Self {
        let items = list.as_slice();
        let (whole, rows) = match &list.0.chosen {
            // What was chosen of a list is never chosen of again, so that none keeps a chain alive.
            Some(of) => {
                let rows = rows.iter().filter_map(|row| of.rows.get(*row as usize).copied());
                (of.list.clone(), rows.collect())
            }
            None => (Value::List(list.clone()), rows),
        };
        let whole_length = if let Value::List(whole) = &whole { whole.len() } else { items.len() };
        let is_large = rows.len().saturating_mul(LEAST_SHARE) >= whole_length;
        let chosen = Chosen { list: whole, rows };
        if is_large {
            Self(Arc::new(Items { made: OnceLock::new(), chosen: Some(Box::new(chosen)) }))
        } else {
            Self::new(chosen.items())
        }
    }

    /// The items.
    #[inline]
    pub fn as_slice(&self) -> &[Value] {
        match self.0.made.get() {
            Some(items) => items,
            None => self.0.make(),
        }
    }

    /// How many items there are.
    #[inline]
    pub fn len(&self) -> usize {
        match (self.0.made.get(), &self.0.chosen) {
            (Some(items), _) => items.len(),
            (None, Some(chosen)) => chosen.rows.len(),
            (None, None) => 0,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items to change; copied first where the list is shared.
    pub fn make_mut(&mut self) -> &mut Vec<Value> {
        self.as_slice();
        let items = Arc::make_mut(&mut self.0);
        items.chosen = None;
        items.made.get_mut().expect("the items were made above")
    }

    /// The items to change, where nobody else holds the list and its items are made.
    #[inline]
    pub(crate) fn own_mut(&mut self) -> Option<&mut Vec<Value>> {
        let items = Arc::get_mut(&mut self.0)?;
        if items.chosen.is_some() { None } else { items.made.get_mut() }
    }

    /// What it was chosen of, where its items have not been looked at.
    pub(crate) fn unmade(&self) -> Option<&Chosen> {
        if self.0.made.get().is_some() { None } else { self.0.chosen.as_deref() }
    }
}

impl Items {
    #[cold]
    #[inline(never)]
    fn make(&self) -> &[Value] {
        self.made.get_or_init(|| self.chosen.as_ref().map(|c| c.items()).unwrap_or_default())
    }

    /// Takes everything out that is inside.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Value> + use<> {
        let whole = self.chosen.take().map(|chosen| chosen.list);
        self.made.take().into_iter().flatten().chain(whole)
    }
}

impl Clone for Items {
    fn clone(&self) -> Self {
        Self { made: OnceLock::from(self.make().to_vec()), chosen: None }
    }
}

impl Chosen {
    fn items(&self) -> Vec<Value> {
        let Value::List(list) = &self.list else { return Vec::new() };
        let items = list.as_slice();
        self.rows.iter().map(|row| items.get(*row as usize).cloned().unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: i64) -> ListRef {
        ListRef::new((0..count).map(Value::Int).collect())
    }

    fn ints(list: &ListRef) -> Vec<i64> {
        list.as_slice().iter().filter_map(Value::as_int).collect()
    }

    #[test]
    fn chosen_items_are_made_when_they_are_looked_at() {
        let whole = numbers(8);
        let some = ListRef::chosen(&whole, vec![1, 3, 6]);
        assert!(some.unmade().is_some());
        assert_eq!((some.len(), some.is_empty()), (3, false));
        let copy = some.clone();
        assert_eq!(ints(&some), [1, 3, 6]);
        assert!(copy.unmade().is_none());
        let none = ListRef::chosen(&numbers(0), vec![]);
        assert_eq!((none.len(), ints(&none)), (0, vec![]));
    }

    #[test]
    fn what_is_chosen_twice_is_of_the_whole() {
        let whole = numbers(8);
        let some = ListRef::chosen(&whole, vec![1, 3, 6]);
        let fewer = ListRef::chosen(&some, vec![0, 2]);
        let chosen = fewer.unmade().map(|c| (c.rows.clone(), c.list.clone()));
        let Some((rows, Value::List(list))) = chosen else { panic!("it is not made") };
        assert_eq!(rows, [1, 6]);
        assert!(Arc::ptr_eq(&list.0, &whole.0));
        assert_eq!(ints(&fewer), [1, 6]);
    }

    #[test]
    fn a_few_items_do_not_keep_many_alive() {
        let few = ListRef::chosen(&numbers(100), vec![99]);
        assert!(few.unmade().is_none());
        assert_eq!(ints(&few), [99]);
    }

    #[test]
    fn a_list_that_is_changed_is_its_own() {
        let whole = numbers(4);
        let mut some = ListRef::chosen(&whole, vec![0, 2]);
        let other = some.clone();
        some.make_mut().push(Value::Int(9));
        assert_eq!((ints(&some), ints(&other)), (vec![0, 2, 9], vec![0, 2]));
        let third = ListRef::chosen(&some, vec![2, 1]);
        assert_eq!(ints(&third), [9, 2]);
    }

    #[test]
    fn chosen_lists_inside_each_other_are_dropped() {
        let mut list = numbers(1);
        for _ in 0..100_000 {
            let around = ListRef::new(vec![Value::List(list)]);
            list = ListRef::chosen(&around, vec![0]);
        }
        drop(list);
    }
}
