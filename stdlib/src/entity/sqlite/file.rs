//! The file that a store has opened, and whether it still stands in its place.

use std::path::{Path, PathBuf};

/// A file that was there, by what tells it from one that takes its name later.
pub(super) struct File {
    path: PathBuf,
    identity: Identity,
}

/// The device and the number of the file there.
#[cfg(unix)]
type Identity = (u64, u64);

/// Whether it is there must do.
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    std::fs::metadata(path).ok().map(|_| ())
}

impl File {
    /// The file at a path; `None` where there is none, as for a store in memory.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        let identity = identity(&path)?;
        Some(Self { path, identity })
    }

    /// Whether it was removed, or another one has its name.
    pub(super) fn is_lost(&self) -> bool {
        identity(&self.path) != Some(self.identity)
    }
}
