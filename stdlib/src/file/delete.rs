//! `file.delete`

use std::io;
use std::sync::Arc;

use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started};

use super::failure;
use super::folders::{Folders, Purpose};
use crate::call::{Outcome, blocking, text};
use crate::io::Waiting;

pub(super) struct Delete {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

impl Node for Delete {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let path = text(call, "path").unwrap_or_default().to_owned();
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |_| delete(&folders, &path))
    }
}

fn delete(folders: &Folders, path: &str) -> Outcome {
    let place = folders.place(path, Purpose::Write)?;
    if place.path.as_os_str().is_empty() {
        let message = format!("`{path}` is a folder that is allowed, which is not deleted");
        return Err(NodeFailure::new("NotEmpty", message));
    }
    let gone = match place.dir.symlink_metadata(&place.path) {
        Ok(there) if there.is_dir() => place.dir.remove_dir(&place.path),
        Ok(_) => place.dir.remove_file(&place.path),
        Err(error) => Err(error),
    };
    let deleted = match gone {
        Ok(()) => true,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            false
        }
        Err(error) => return Err(failure(path, &error)),
    };
    Ok(Answer::Json(format!("{{\"deleted\":{deleted},\"success\":true}}")))
}
