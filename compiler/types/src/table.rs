//! Tables of signatures that are read when they are first asked for.

use std::fmt;
use std::ops::Index;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

/// Reads what has a name: `None` where its text is wrong.
type Read<T> = Box<dyn Fn(&str) -> Option<T> + Send + Sync>;

/// Something by its name, in the order of declaration. Cheap to clone; clones share what was read.
pub struct Table<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    entries: IndexMap<SmolStr, OnceLock<Option<T>>, FxBuildHasher>,
    read: Option<Read<T>>,
}

impl<T> Table<T> {
    /// A table of names; what each stands for is read once, when it is first asked for.
    pub fn lazy(
        names: impl IntoIterator<Item = SmolStr>,
        read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        let entries = names.into_iter().map(|name| (name, OnceLock::new())).collect();
        Self { shared: Arc::new(Shared { entries, read: Some(Box::new(read)) }) }
    }

    /// What has this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        let (name, entry) = self.shared.entries.get_key_value(name)?;
        self.read(name, entry)
    }

    fn read<'a>(&'a self, name: &str, entry: &'a OnceLock<Option<T>>) -> Option<&'a T> {
        entry.get_or_init(|| self.shared.read.as_ref().and_then(|read| read(name))).as_ref()
    }

    /// Whether something has this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.shared.entries.contains_key(name)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.shared.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shared.entries.is_empty()
    }

    /// All names.
    pub fn keys(&self) -> impl Iterator<Item = &SmolStr> + Clone {
        self.shared.entries.keys()
    }

    /// All names with what they stand for. All of it is read.
    pub fn iter(&self) -> impl Iterator<Item = (&SmolStr, &T)> + Clone {
        let entries = self.shared.entries.iter();
        entries.filter_map(|(name, entry)| Some((name, self.read(name, entry)?)))
    }

    /// All that the names stand for. All of it is read.
    pub fn values(&self) -> impl Iterator<Item = &T> + Clone {
        self.iter().map(|(_, value)| value)
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl<T> FromIterator<(SmolStr, T)> for Table<T> {
    fn from_iter<I: IntoIterator<Item = (SmolStr, T)>>(all: I) -> Self {
        let known = |value| OnceLock::from(Some(value));
        let entries = all.into_iter().map(|(name, value)| (name, known(value))).collect();
        Self { shared: Arc::new(Shared { entries, read: None }) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<T> Index<&str> for Table<T> {
    type Output = T;

    /// What has this name.
    ///
    /// # Panics
    /// Where nothing has it.
    fn index(&self, name: &str) -> &T {
        self.get(name).expect("the table has this name")
    }
}
