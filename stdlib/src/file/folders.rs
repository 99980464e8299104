//! The folders that may be used: which of them a path is in.

use std::io;
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use wf_vm::NodeFailure;

use super::FileAccess;
use crate::IoError;

/// How long a path may be, in bytes.
const MAX_PATH: usize = 4096;

/// The allowed folders, opened. What is done in one goes through its handle, which lets no path and
/// no link out of it, whoever changes the folder meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Folders {
    read: Vec<Folder>,
    write: Vec<Folder>,
    /// Where relative paths begin.
    start: PathBuf,
}

#[derive(Debug)]
struct Folder {
    /// Its absolute path as it was given, and the one without links.
    names: [PathBuf; 2],
    dir: Dir,
}

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Read,
    Write,
}

/// A place in an allowed folder.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) dir: &'a Dir,
    /// Relative to the folder; empty for the folder itself.
    pub(super) path: PathBuf,
}

impl Folders {
    /// Opens the folders.
    ///
    /// # Errors
    /// One is not there or no folder.
    pub(crate) fn open(access: &FileAccess) -> Result<Self, IoError> {
        let told = |path: &Path, error: io::Error| IoError::File {
            path: path.display().to_string(),
            message: error.to_string(),
        };
        let start = std::env::current_dir().map_err(|e| told(Path::new("."), e))?;
        let open = |folders: &[PathBuf]| {
            let open = |path: &PathBuf| {
                let real = std::fs::canonicalize(start.join(path)).map_err(|e| told(path, e))?;
                let absolute = plain(&start.join(path)).unwrap_or_else(|_| real.clone());
                let dir = Dir::open_ambient_dir(&real, ambient_authority());
                Ok(Folder { names: [absolute, real], dir: dir.map_err(|e| told(path, e))? })
            };
            folders.iter().map(open).collect::<Result<Vec<_>, IoError>>()
        };
        Ok(Self { read: open(&access.read)?, write: open(&access.write)?, start: start.clone() })
    }

    /// The place that a path means.
    ///
    /// # Errors
    /// The path can't be one, or is in no folder that is allowed for this.
    pub(super) fn place(&self, path: &str, purpose: Purpose) -> Result<Place<'_>, NodeFailure> {
        let wrong = |why: &str| {
            let shown: String = path.chars().take(200).collect();
            NodeFailure::new("InvalidPath", format!("`{shown}` can't be used as a path: {why}"))
        };
        if path.is_empty() {
            return Err(wrong("it is empty"));
        }
        if path.len() > MAX_PATH {
            return Err(wrong("it is too long"));
        }
        if path.contains('\0') {
            return Err(wrong("it holds a zero byte"));
        }
        let absolute = self.start.join(path);
        // `..` is judged in what was written only: where the program was started is trusted.
        plain(Path::new(path)).map_err(&wrong)?;
        let absolute = plain(&absolute).map_err(wrong)?;
        let folders = match purpose {
            Purpose::Read => &self.read,
            Purpose::Write => &self.write,
        };
        let places = folders.iter().flat_map(|folder| {
            folder.names.iter().filter_map(|name| {
                let rest = absolute.strip_prefix(name).ok()?;
                Some(Place { dir: &folder.dir, path: rest.to_owned() })
            })
        });
        // The innermost folder; the rest of the path is shortest there.
        places.min_by_key(|place| place.path.components().count()).ok_or_else(|| {
            let (flag, word) = match purpose {
                Purpose::Read => ("--allow-read", "read"),
                Purpose::Write => ("--allow-write", "written"),
            };
            let message = format!(
                "`{path}` is in no folder whose files may be {word}: `wf run {flag} DIR` allows one"
            );
            NodeFailure::new("NotAllowed", message)
        })
    }
}

/// A path without `.`; one with `..` could mean something else behind a link, and is none.
fn plain(path: &Path) -> Result<PathBuf, &'static str> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => return Err("`..` may not be in it"),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    Ok(plain)
}
