//! `file.read`

use std::io::Read as _;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cap_std::fs::{File, OpenOptions};
use serde_json::value::RawValue;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started};

use super::folders::{Folders, Place, Purpose};
use super::{MAX_FILE, failure, modified, no_file, quote};
use crate::call::{Outcome, blocking, text, wants_text};
use crate::io::Waiting;

pub(super) struct Read {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

/// How the bytes of a file become the content.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Base64,
    Json,
    /// The program does not read it.
    Nothing,
}

impl Node for Read {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let path = text(call, "path").unwrap_or_default().to_owned();
        let is_text = call.type_args.first().is_some_and(|ty| wants_text(call, *ty));
        let wanted = match text(call, "encoding") {
            _ if !call.reads_output("content") => Wanted::Nothing,
            Some("base64") => Wanted::Base64,
            _ if is_text => Wanted::Text,
            _ => Wanted::Json,
        };
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |_| read(&folders, &path, wanted))
    }
}

fn read(folders: &Folders, path: &str, wanted: Wanted) -> Outcome {
    let place = folders.place(path, Purpose::Read)?;
    let file = open(&place, path)?;
    let metadata = file.metadata().map_err(|e| failure(path, &e))?;
    if !metadata.is_file() {
        return Err(no_file(path));
    }
    let too_large = || {
        let message = format!("`{path}` is larger than {} MiB", MAX_FILE >> 20);
        NodeFailure::new("TooLarge", message)
    };
    if metadata.len() > MAX_FILE {
        return Err(too_large());
    }
    let mut size = metadata.len();
    let content = match wanted {
        Wanted::Nothing => "null".to_owned(),
        _ => {
            let mut bytes = Vec::new();
            // It may grow while it is read.
            file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|e| failure(path, &e))?;
            if bytes.len() as u64 > MAX_FILE {
                return Err(too_large());
            }
            size = bytes.len() as u64;
            content(path, bytes, wanted)?
        }
    };
    Ok(Answer::Json(format!(
        "{{\"content\":{content},\"size\":{size},\"modifiedAt\":{},\"success\":true}}",
        modified(&metadata)
    )))
}

/// Opens what is a file: opening a pipe would wait for its other end.
fn open(place: &Place<'_>, path: &str) -> Result<File, NodeFailure> {
    if place.path.as_os_str().is_empty() {
        return Err(no_file(path));
    }
    let metadata = place.dir.metadata(&place.path).map_err(|e| failure(path, &e))?;
    if !metadata.is_file() {
        return Err(no_file(path));
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        // It may have become a pipe since.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    place.dir.open_with(&place.path, &options).map_err(|e| failure(path, &e))
}

/// The content as JSON text.
fn content(path: &str, bytes: Vec<u8>, wanted: Wanted) -> Result<String, NodeFailure> {
    if matches!(wanted, Wanted::Base64) {
        return Ok(quote(&STANDARD.encode(bytes)));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        let message =
            format!("`{path}` is no text in UTF-8; `encoding: \"base64\"` takes any file");
        NodeFailure::new("InvalidText", message)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if matches!(wanted, Wanted::Text) {
        return Ok(quote(text));
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => Ok(raw.get().to_owned()),
        Err(error) => {
            let message = format!("`{path}` is no JSON: {error}");
            Err(NodeFailure::new("InvalidJson", message))
        }
    }
}
