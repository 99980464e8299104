//! `file.write`

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cap_std::fs::{Dir, File, OpenOptions};
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started, Value};

use super::folders::{Folders, Purpose};
use super::{MAX_FILE, failure, no_file, quote};
use crate::call::{Outcome, blocking, flag, from_failure, input, invalid, text};
use crate::io::Waiting;

pub(super) struct Write {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

/// What is to be written.
struct Order {
    path: String,
    bytes: Vec<u8>,
    mode: Mode,
    make_folders: bool,
    /// The name of the file that is moved to its place at the end.
    draft: String,
}

/// What becomes of a file that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Replace,
    Append,
    Create,
}

impl Node for Write {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let order = match order(call) {
            Ok(order) => order,
            Err(failure) => return Started::Ready(Err(failure)),
        };
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |cancelled| write(&folders, &order, cancelled))
    }
}

fn order(call: &NodeCall<'_>) -> Result<Order, NodeFailure> {
    let content = match input(call, "content") {
        Some(Value::String(text)) => text.to_string(),
        Some(value) => {
            crate::json::write(value, call.program).map_err(|f| from_failure(call, f))?
        }
        None => "null".to_owned(),
    };
    let bytes = if text(call, "encoding") == Some("base64") {
        let bytes = STANDARD.decode(content.trim());
        bytes.map_err(|e| invalid(format!("`content` is no base64: {e}")))?
    } else {
        content.into_bytes()
    };
    Ok(Order {
        path: text(call, "path").unwrap_or_default().to_owned(),
        bytes,
        mode: match text(call, "mode") {
            Some("create") => Mode::Create,
            Some("append") => Mode::Append,
            _ => Mode::Replace,
        },
        make_folders: flag(call, "makeFolders"),
        draft: format!(".wf-{}-{}.tmp", call.key.simple(), call.attempt),
    })
}

fn write(folders: &Folders, order: &Order, cancelled: &AtomicBool) -> Outcome {
    let path = order.path.as_str();
    let place = folders.place(path, Purpose::Write)?;
    let told = |error: io::Error| failure(path, &error);
    let Some(name) = place.path.file_name().map(PathBuf::from) else {
        return Err(no_file(path));
    };
    let parent = place.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = match parent {
        None => place.dir.try_clone().map_err(told)?,
        Some(parent) => {
            if order.make_folders {
                place.dir.create_dir_all(parent).map_err(told)?;
            }
            place.dir.open_dir(parent).map_err(told)?
        }
    };
    if order.mode == Mode::Append {
        return append(&folder, &name, order);
    }
    let replace = order.mode == Mode::Replace;
    let before = match folder.symlink_metadata(&name) {
        Ok(_) if !replace => {
            return Err(failure(path, &io::ErrorKind::AlreadyExists.into()));
        }
        Ok(there) if there.is_file() => Some(there.permissions()),
        // The link is replaced, and what it leads to stays.
        Ok(there) if there.is_symlink() => None,
        Ok(_) => return Err(no_file(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(told(error)),
    };
    let draft = Draft::create(&folder, Path::new(&order.draft)).map_err(told)?;
    draft.fill(&order.bytes, before, cancelled).map_err(told)?;
    if cancelled.load(Ordering::Acquire) {
        return Err(NodeFailure::new("Cancelled", "the call was given up"));
    }
    draft.publish(&name, replace).map_err(told)?;
    Ok(done(path, order.bytes.len() as u64))
}

fn done(path: &str, size: u64) -> Answer {
    let path = quote(path);
    Answer::Json(format!("{{\"path\":{path},\"size\":{size},\"success\":true}}"))
}

/// Adds to the file of this name, and makes it where it is not there.
fn append(folder: &Dir, name: &Path, order: &Order) -> Outcome {
    let path = order.path.as_str();
    let told = |error: io::Error| failure(path, &error);
    match folder.metadata(name) {
        Ok(there) if !there.is_file() => return Err(no_file(path)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(told(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        // It may have become a pipe since.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    let mut file = folder.open_with(name, &options).map_err(told)?;
    let before = file.metadata().map_err(told)?;
    if !before.is_file() {
        return Err(no_file(path));
    }
    let size = before.len().saturating_add(order.bytes.len() as u64);
    if size > MAX_FILE {
        let message = format!("`{path}` would be longer than {} MiB", MAX_FILE >> 20);
        return Err(NodeFailure::new("TooLarge", message));
    }
    // One call to the system, so that what others append does not come in between.
    file.write_all(&order.bytes).map_err(told)?;
    file.sync_all().map_err(told)?;
    Ok(done(path, size))
}

/// A file that goes away again unless it is published.
struct Draft<'a> {
    folder: &'a Dir,
    name: &'a Path,
    file: File,
}

impl<'a> Draft<'a> {
    fn create(folder: &'a Dir, name: &'a Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let file = match folder.open_with(name, &options) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // Of a process that was killed: nobody else makes this name.
                folder.remove_file(name)?;
                folder.open_with(name, &options)?
            }
            other => other?,
        };
        Ok(Self { folder, name, file })
    }

    fn fill(
        &self,
        bytes: &[u8],
        permissions: Option<cap_std::fs::Permissions>,
        cancelled: &AtomicBool,
    ) -> io::Result<()> {
        for part in bytes.chunks(1 << 20) {
            if cancelled.load(Ordering::Acquire) {
                return Ok(());
            }
            (&self.file).write_all(part)?;
        }
        if let Some(permissions) = permissions {
            self.file.set_permissions(permissions)?;
        }
        self.file.sync_all()
    }

    fn publish(self, name: &Path, replace: bool) -> io::Result<()> {
        match replace {
            true => self.folder.rename(self.name, self.folder, name),
            // Fails where the name has come into being meanwhile; dropping removes the draft.
            false => self.folder.hard_link(self.name, self.folder, name),
        }
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // Where it was moved to its place there is nothing left to remove.
        drop(self.folder.remove_file(self.name));
    }
}
