//! `file.exists`

use std::io;
use std::sync::Arc;

use wf_vm::{Answer, Node, NodeCall, Started};

use super::folders::{Folders, Purpose};
use super::{failure, kind, modified};
use crate::call::{Outcome, blocking, text};
use crate::io::Waiting;

pub(super) struct Exists {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

impl Node for Exists {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let path = text(call, "path").unwrap_or_default().to_owned();
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |_| exists(&folders, &path))
    }
}

fn exists(folders: &Folders, path: &str) -> Outcome {
    let place = folders.place(path, Purpose::Read)?;
    let found = match place.path.as_os_str().is_empty() {
        true => place.dir.dir_metadata(),
        false => place.dir.symlink_metadata(&place.path),
    };
    let metadata = match found {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            let nothing = "{\"exists\":false,\"kind\":null,\"size\":null,\"modifiedAt\":null,\
                           \"success\":true}";
            return Ok(Answer::Json(nothing.to_owned()));
        }
        Err(error) => return Err(failure(path, &error)),
    };
    let size = match metadata.is_file() {
        true => metadata.len().to_string(),
        false => "null".to_owned(),
    };
    Ok(Answer::Json(format!(
        "{{\"exists\":true,\"kind\":\"{}\",\"size\":{size},\"modifiedAt\":{},\"success\":true}}",
        kind(metadata.file_type()),
        modified(&metadata)
    )))
}
