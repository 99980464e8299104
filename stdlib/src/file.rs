//! The nodes that read and write files, inside of allowed folders only.

mod delete;
mod exists;
mod folders;
mod list;
mod moving;
mod read;
mod write;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use wf_vm::{NodeFailure, Nodes};

use crate::io::Waiting;

pub(crate) use folders::Folders;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("file/read.wf", include_str!("file/read.wf")),
    ("file/write.wf", include_str!("file/write.wf")),
    ("file/list.wf", include_str!("file/list.wf")),
    ("file/exists.wf", include_str!("file/exists.wf")),
    ("file/move.wf", include_str!("file/move.wf")),
    ("file/delete.wf", include_str!("file/delete.wf")),
];

/// The folders whose files workflows may use, with all that is below them. By default none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileAccess {
    /// Folders that may be read.
    pub read: Vec<PathBuf>,
    /// Folders that may be written; they can be read only where they are among those as well.
    pub write: Vec<PathBuf>,
}

/// How many bytes a file may have.
const MAX_FILE: u64 = 64 << 20;

/// Adds the nodes of this family.
pub(crate) fn add_nodes(waiting: &Waiting, folders: &Arc<Folders>, nodes: &mut Nodes) {
    let (waiting, folders) = (|| waiting.clone(), || Arc::clone(folders));
    nodes.add("file.read", Arc::new(read::Read { waiting: waiting(), folders: folders() }));
    nodes.add("file.write", Arc::new(write::Write { waiting: waiting(), folders: folders() }));
    nodes.add("file.list", Arc::new(list::List { waiting: waiting(), folders: folders() }));
    nodes.add("file.exists", Arc::new(exists::Exists { waiting: waiting(), folders: folders() }));
    nodes.add("file.move", Arc::new(moving::Move { waiting: waiting(), folders: folders() }));
    nodes.add("file.delete", Arc::new(delete::Delete { waiting: waiting(), folders: folders() }));
}

/// The failure of a path, for what the system said about it.
fn failure(path: &str, error: &io::Error) -> NodeFailure {
    let (code, why) = match error.kind() {
        io::ErrorKind::NotFound => ("NotFound", "there is no such file or folder"),
        io::ErrorKind::NotADirectory => ("NotFound", "a part of the path is no folder"),
        io::ErrorKind::IsADirectory => ("NotAFile", "it is a folder"),
        io::ErrorKind::AlreadyExists => ("Exists", "it is there already"),
        io::ErrorKind::DirectoryNotEmpty => ("NotEmpty", "the folder is not empty"),
        io::ErrorKind::CrossesDevices => ("File", "both places are on two disks"),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename => {
            ("InvalidPath", "the system does not take the path")
        }
        // Not the system says so, but who keeps paths in their folder.
        io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
            ("File", "a link leads out of the folder that is allowed")
        }
        io::ErrorKind::PermissionDenied => ("File", "it may not be used"),
        _ => return NodeFailure::new("File", format!("`{path}` can't be used: {error}")),
    };
    NodeFailure::new(code, format!("`{path}` can't be used: {why}"))
}

/// The failure of something that is no file.
fn no_file(path: &str) -> NodeFailure {
    NodeFailure::new("NotAFile", format!("`{path}` is no file"))
}

/// What something is called.
fn kind(ty: cap_std::fs::FileType) -> &'static str {
    match ty {
        ty if ty.is_file() => "file",
        ty if ty.is_dir() => "folder",
        ty if ty.is_symlink() => "link",
        _ => "other",
    }
}

/// A text in JSON.
fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// When it was changed, as JSON: not every system knows.
fn modified(metadata: &cap_std::fs::Metadata) -> String {
    let micros = metadata.modified().ok().and_then(|at| {
        let since = at.into_std().duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_micros()).ok()
    });
    micros.map_or_else(|| "null".to_owned(), |at| quote(&crate::functions::rfc3339(at)))
}

#[cfg(test)]
mod tests;
