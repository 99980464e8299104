//! Writing exchanges to a file.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use uuid::Uuid;
use wf_vm::NodeFailure;

use super::entry::{Entry, ErrorEntry, RequestEntry, ResponseEntry};
use super::request::{Request, Wanted};
use super::send::{Response, Trouble, timed_out};
use crate::IoError;

/// A file that gets every exchange as soon as it is over. It is a JSON array at every moment.
pub(super) struct Recorder {
    path: PathBuf,
    file: Mutex<(File, bool)>,
}

/// What stands behind the last entry.
const END: &[u8] = b"\n]\n";

impl Recorder {
    pub(super) fn create(path: &Path) -> Result<Self, IoError> {
        let error = |error: std::io::Error| IoError::File {
            path: path.display().to_string(),
            message: format!("can't be written: {error}"),
        };
        let mut file = File::create(path).map_err(error)?;
        file.write_all(b"[").and_then(|()| file.write_all(END)).map_err(error)?;
        Ok(Self { path: path.to_owned(), file: Mutex::new((file, true)) })
    }

    /// Adds an exchange. Trouble that a replay can't make, as an answer that is too long, is left
    /// out.
    pub(super) fn write(
        &self,
        request: &Request,
        outcome: &Result<Response, Trouble>,
        key: Uuid,
        attempt: u32,
    ) -> Result<(), NodeFailure> {
        let failure = |why: String| {
            let message = format!("`{}` can't be written: {why}", self.path.display());
            NodeFailure::new("Recording", message)
        };
        let (response, error) = match outcome {
            Ok(response) => (Some(response_entry(request, response)), None),
            Err(Trouble { code: "connect", .. }) => (None, Some(ErrorEntry::Connect)),
            Err(Trouble { code: "timeout", .. }) => (None, Some(ErrorEntry::Timeout)),
            Err(_) => return Ok(()),
        };
        let entry = Entry {
            request: RequestEntry {
                method: request.method.name().to_owned(),
                url: request.shown_url(),
                body: request.body.as_ref().and_then(|body| {
                    let json = request.mask.json_text(&body.kept()).into_owned();
                    RawValue::from_string(json).ok()
                }),
            },
            response,
            error,
            delay_ms: None,
            step: Some(request.step.to_string()).filter(|s| !s.is_empty()),
            attempt: (attempt > 1).then_some(attempt),
            times: None,
            required: false,
            call: Some(key),
        };
        let text = serde_json::to_string_pretty(&entry).map_err(|e| failure(e.to_string()))?;
        self.append(&text).map_err(|e| failure(e.to_string()))
    }

    fn append(&self, entry: &str) -> std::io::Result<()> {
        let mut guard = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, is_empty) = &mut *guard;
        file.seek(SeekFrom::End(-(END.len() as i64)))?;
        let mut text = Vec::with_capacity(entry.len() + 8);
        text.extend_from_slice(if *is_empty { b"\n" } else { b",\n" });
        text.extend_from_slice(entry.as_bytes());
        text.extend_from_slice(END);
        *is_empty = false;
        file.write_all(&text)?;
        file.flush()
    }
}

/// An exchange that is under way.
pub(super) struct Recording {
    recorder: Arc<Recorder>,
    request: Arc<Request>,
    key: Uuid,
    attempt: u32,
    began: Instant,
    is_over: bool,
}

impl Recording {
    pub(super) fn begin(
        recorder: Arc<Recorder>,
        request: Request,
        key: Uuid,
        attempt: u32,
    ) -> Self {
        let (request, began) = (Arc::new(request), Instant::now());
        Self { recorder, request, key, attempt, began, is_over: false }
    }

    pub(super) fn request(&self) -> &Request {
        &self.request
    }

    /// Writes what came of it, and gives the request back.
    pub(super) fn end(
        mut self,
        outcome: &Result<Response, Trouble>,
    ) -> Result<Arc<Request>, NodeFailure> {
        self.is_over = true;
        self.recorder.write(&self.request, outcome, self.key, self.attempt)?;
        Ok(Arc::clone(&self.request))
    }
}

impl Drop for Recording {
    /// An exchange that was given up because its time had run out belongs to the recording; one
    /// that was given up because its run was cancelled does not.
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Some(timeout) = self.request.timeout.filter(|t| *t <= self.began.elapsed()) {
            // Nobody is left to be told of a file that can't be written.
            let outcome = Err(timed_out(timeout));
            let _ = self.recorder.write(&self.request, &outcome, self.key, self.attempt);
        }
    }
}

fn response_entry(request: &Request, response: &Response) -> ResponseEntry {
    let mask = &request.mask;
    let text = || mask.text(&String::from_utf8_lossy(&response.body)).into_owned();
    let as_text = !matches!(request.wanted, Wanted::Json);
    // What is no UTF-8 is kept byte for byte, if no secret stands in it.
    let lossy = std::str::from_utf8(&response.body).is_err();
    let is_safe = || !mask.finds(&String::from_utf8_lossy(&response.body));
    let base64 = (lossy && is_safe()).then(|| STANDARD.encode(&response.body));
    let json = match std::str::from_utf8(&response.body) {
        Ok(text) if !as_text => {
            let text = text.trim();
            // What is no JSON before is none after.
            let json = serde_json::from_str::<&RawValue>(text).is_ok();
            json.then(|| RawValue::from_string(mask.json_text(text).into_owned()).ok()).flatten()
        }
        _ => None,
    };
    // Cookies are secrets. Length and coding were those of the message, not of the text kept here.
    let dropped = ["set-cookie", "content-length", "content-encoding", "transfer-encoding"];
    let headers = response.headers.iter().filter(|(name, _)| !dropped.contains(&name.as_str()));
    ResponseEntry {
        status: response.status,
        headers: headers.map(|(name, v)| (name.clone(), mask.text(v).into_owned())).collect(),
        text: (json.is_none() && base64.is_none() && !response.body.is_empty()).then(text),
        body: json,
        base64,
    }
}
