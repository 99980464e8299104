//! `file.list`

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cap_std::fs::Dir;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started};

use super::folders::{Folders, Purpose};
use super::{failure, kind, modified, quote};
use crate::call::{Outcome, blocking, flag, text};
use crate::io::Waiting;

/// How many entries are listed.
const MAX_ENTRIES: usize = 10_000;

/// How deep folders are opened.
const MAX_DEPTH: usize = 64;

pub(super) struct List {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

impl Node for List {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let path = text(call, "path").unwrap_or_default().to_owned();
        let recursive = flag(call, "recursive");
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |cancelled| list(&folders, &path, recursive, cancelled))
    }
}

fn list(folders: &Folders, path: &str, recursive: bool, cancelled: &AtomicBool) -> Outcome {
    let place = folders.place(path, Purpose::Read)?;
    let root = match place.path.as_os_str().is_empty() {
        true => place.dir.try_clone(),
        false => {
            let there = place.dir.metadata(&place.path).map_err(|e| failure(path, &e))?;
            if !there.is_dir() {
                let message = format!("`{path}` is no folder");
                return Err(NodeFailure::new("NotAFolder", message));
            }
            place.dir.open_dir(&place.path)
        }
    };
    let root = root.map_err(|e| failure(path, &e))?;
    let mut listing = Listing { path, entries: Vec::new(), seen: 0 };
    // Relative to the root: as many handles as folders would be too many.
    let mut waiting = vec![(PathBuf::new(), 0)];
    while let Some((inner, depth)) = waiting.pop() {
        if cancelled.load(Ordering::Acquire) {
            return Err(NodeFailure::new("Cancelled", "the call was given up"));
        }
        let at = Path::new(path).join(&inner);
        let dir = match inner.as_os_str().is_empty() {
            true => root.try_clone(),
            false => root.open_dir(&inner),
        };
        let dir = dir.map_err(|e| failure(&at.to_string_lossy(), &e))?;
        for folder in listing.add(&dir, &at)? {
            if recursive && depth < MAX_DEPTH {
                waiting.push((inner.join(folder), depth + 1));
            }
        }
    }
    listing.entries.sort_unstable();
    let entries: Vec<String> = listing.entries.into_iter().map(|(_, json)| json).collect();
    Ok(Answer::Json(format!("{{\"entries\":[{}],\"success\":true}}", entries.join(","))))
}

struct Listing<'a> {
    path: &'a str,
    /// Path and entry as JSON.
    entries: Vec<(String, String)>,
    seen: usize,
}

impl Listing<'_> {
    /// Adds what is in a folder, and gives the folders among it.
    fn add(&mut self, dir: &Dir, at: &Path) -> Result<Vec<PathBuf>, NodeFailure> {
        let told = |error| failure(&at.to_string_lossy(), &error);
        let mut folders = Vec::new();
        for entry in dir.entries().map_err(told)? {
            let entry = entry.map_err(told)?;
            self.seen += 1;
            if self.seen > MAX_ENTRIES {
                let message = format!("`{}` has more than {MAX_ENTRIES} entries", self.path);
                return Err(NodeFailure::new("TooMany", message));
            }
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = at.join(&name);
            let Some(path) = path.to_str() else { continue };
            // It may be gone again.
            let Ok(metadata) = entry.metadata() else { continue };
            let kind = kind(metadata.file_type());
            if kind == "folder" {
                folders.push(PathBuf::from(&name));
            }
            let json = format!(
                "{{\"path\":{},\"name\":{},\"kind\":\"{kind}\",\"size\":{},\"modifiedAt\":{}}}",
                quote(path),
                quote(&name),
                metadata.len(),
                modified(&metadata)
            );
            self.entries.push((path.to_owned(), json));
        }
        Ok(folders)
    }
}
