//! Answering from a file of recorded exchanges; the rules are at [`HttpMode::Replay`].
//!
//! [`HttpMode::Replay`]: super::HttpMode::Replay

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use serde_json::Value as Json;
use uuid::Uuid;

use super::entry::{Entry, ErrorEntry, ResponseEntry};
use super::request::{HIDDEN, Request};
use super::send::{Response, Trouble};
use crate::IoError;

/// The largest file of recorded exchanges that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// The entries of a file, and which of them were used.
pub(super) struct Replayer {
    name: String,
    entries: Vec<Prepared>,
    used: Mutex<Used>,
}

/// An entry that can be compared with requests.
struct Prepared {
    method: String,
    url: String,
    body: Option<Json>,
    step: Option<String>,
    attempt: Option<u32>,
    times: Option<u32>,
    required: bool,
    call: Option<Uuid>,
    outcome: Result<Response, Trouble>,
    delay: Duration,
}

#[derive(Default)]
struct Used {
    /// For each set of entries that may answer a call, how many of them are used.
    counts: HashMap<Vec<usize>, usize>,
    /// For each call, the entry that its next attempt begins at.
    next: HashMap<Uuid, usize>,
    /// How many calls each entry has answered.
    answered: HashMap<usize, u32>,
}

/// An entry of a file of recorded exchanges that answered fewer calls than it is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedRecording {
    /// Which entry of the file it is, from 1.
    pub entry: usize,
    /// Its request: `GET https://api.example.com/`.
    pub request: String,
    /// How many calls it answered.
    pub answered: u32,
    /// How many it is there for.
    pub times: u32,
    /// Whether the file asks for it to be used.
    pub required: bool,
}

/// What answers a call.
pub(super) struct Replayed {
    pub(super) outcome: Result<Response, Trouble>,
    pub(super) delay: Duration,
}

/// The text of a file; a device may have no end.
fn read_limited(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        let message = format!("it is larger than {} MiB", MAX_BYTES >> 20);
        return Err(std::io::Error::other(message));
    }
    Ok(text)
}

impl Replayer {
    pub(super) fn open(path: &Path) -> Result<Self, IoError> {
        let name = path.display().to_string();
        let error = |message: String| IoError::File { path: name.clone(), message };
        let text = read_limited(path).map_err(|e| error(format!("can't be read: {e}")))?;
        let entries = parse(&text).map_err(error)?;
        Ok(Self { name, entries, used: Mutex::default() })
    }

    /// The name of the file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The entries that answered fewer calls than they are there for, in the order of the file.
    pub(super) fn unused(&self) -> Vec<UnusedRecording> {
        let used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = |(index, entry): (usize, &Prepared)| {
            let answered = used.answered.get(&index).copied().unwrap_or(0);
            let times = entry.times.unwrap_or(1);
            (answered < times).then(|| UnusedRecording {
                entry: index + 1,
                request: format!("{} {}", entry.method, entry.url),
                answered,
                times,
                required: entry.required,
            })
        };
        self.entries.iter().enumerate().filter_map(unused).collect()
    }

    /// The entry that answers a call.
    pub(super) fn find(&self, request: &Request, call: Uuid, attempt: u32) -> Option<Replayed> {
        // Recordings hold no secrets; files that are written by hand may.
        let (url, masked_url) = (request.plain_url(), request.shown_url());
        let body = request.body.as_ref().map(|body| {
            let kept = body.kept();
            serde_json::from_str(&kept).unwrap_or(Json::String(kept))
        });
        let masked_body = body.clone().map(|body| request.mask.json(body));
        let fits = |entry: &Prepared| {
            entry.method == request.method.name()
                && (entry.url == url || entry.url == masked_url)
                && entry
                    .body
                    .as_ref()
                    .is_none_or(|b| Some(b) == body.as_ref() || Some(b) == masked_body.as_ref())
                && entry.step.as_ref().is_none_or(|s| *s == *request.step)
        };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = || self.entries.iter().enumerate().filter(|(_, e)| fits(e));
        let is_left = |index: usize| self.is_left(index, &used);
        let own = fitting().find(|(i, e)| {
            e.call == Some(call) && e.attempt.unwrap_or(1) == attempt && is_left(*i)
        });
        let index = match own {
            Some((index, _)) => index,
            None => {
                let mut candidates: Vec<usize> =
                    fitting().filter(|(_, e)| e.attempt == Some(attempt)).map(|(i, _)| i).collect();
                if candidates.is_empty() {
                    let any = fitting().filter(|(_, e)| e.attempt.is_none());
                    candidates = any.map(|(i, _)| i).collect();
                }
                self.take(&mut used, candidates, call, attempt)?
            }
        };
        *used.answered.entry(index).or_default() += 1;
        let entry = self.entries.get(index)?;
        Some(Replayed { outcome: entry.outcome.clone(), delay: entry.delay })
    }

    /// Whether an entry may answer one call more.
    fn is_left(&self, index: usize, used: &Used) -> bool {
        let times = self.entries.get(index).and_then(|entry| entry.times);
        times.is_none_or(|times| used.answered.get(&index).copied().unwrap_or(0) < times)
    }

    /// The first of these entries that is not used; or the last one, unless it says how often it may
    /// be.
    fn take(
        &self,
        used: &mut Used,
        candidates: Vec<usize>,
        call: Uuid,
        attempt: u32,
    ) -> Option<usize> {
        let after = used.next.get(&call).filter(|_| attempt > 1);
        let from = match after {
            Some(after) => candidates.partition_point(|i| i < after),
            None => used.counts.get(&candidates).copied().unwrap_or(0),
        };
        let behind = candidates.get(from..).unwrap_or_default();
        let place = behind.iter().position(|index| self.is_left(*index, used));
        let (place, index) = match place {
            Some(place) => (from + place, *candidates.get(from + place)?),
            None => {
                let last = *candidates.last()?;
                (candidates.len(), Some(last).filter(|last| self.is_left(*last, used))?)
            }
        };
        // One that answers several calls is not over yet.
        let answered = used.answered.get(&index).copied().unwrap_or(0) + 1;
        let times = self.entries.get(index).and_then(|entry| entry.times).unwrap_or(1);
        let is_over = usize::from(answered >= times);
        used.next.insert(call, index + is_over);
        let count = used.counts.entry(candidates).or_default();
        *count = (*count).max(place + is_over);
        Some(index)
    }
}

/// Reads an array of entries, or entries one after another.
fn parse(text: &str) -> Result<Vec<Prepared>, String> {
    let entries: Vec<Entry> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|e| e.to_string())?
    } else {
        let stream = serde_json::Deserializer::from_str(text).into_iter::<Entry>();
        stream.collect::<Result<_, _>>().map_err(|e| e.to_string())?
    };
    let numbered = entries.into_iter().enumerate();
    numbered.map(|(i, e)| prepare(e).map_err(|why| format!("entry {}: {why}", i + 1))).collect()
}

fn prepare(entry: Entry) -> Result<Prepared, String> {
    let written = &entry.request.url;
    let url = match Url::parse(written) {
        Ok(mut url) => {
            url.set_fragment(None);
            url.to_string()
        }
        // Of a URL that is a secret as a whole, or from its beginning on, no URL is left.
        Err(_) if written.starts_with(HIDDEN) => written.clone(),
        Err(e) => return Err(format!("`{written}` is no URL: {e}")),
    };
    let outcome = match (entry.response, entry.error) {
        (Some(response), None) => Ok(read_response(response)?),
        (None, Some(ErrorEntry::Connect)) => {
            let message = "no connection, says the recording".to_owned();
            Err(Trouble { code: "connect", message, transient: true })
        }
        (None, Some(ErrorEntry::Timeout)) => {
            let message = "there was no answer in time, says the recording".to_owned();
            Err(Trouble { code: "timeout", message, transient: true })
        }
        _ => return Err("it needs a `response` or an `error`, not both".to_owned()),
    };
    let body = match &entry.request.body {
        Some(raw) => Some(serde_json::from_str(raw.get()).map_err(|e| e.to_string())?),
        None => None,
    };
    if entry.times == Some(0) {
        return Err("`times` is at least 1".to_owned());
    }
    Ok(Prepared {
        method: entry.request.method.to_ascii_uppercase(),
        url,
        body,
        step: entry.step,
        attempt: entry.attempt,
        times: entry.times,
        required: entry.required,
        call: entry.call,
        outcome,
        delay: Duration::from_millis(entry.delay_ms.unwrap_or(0)),
    })
}

fn read_response(response: ResponseEntry) -> Result<Response, String> {
    if !(100..1000).contains(&response.status) {
        return Err(format!("{} is no status", response.status));
    }
    let body = match (response.body, response.text, response.base64) {
        (Some(body), None, None) => body.get().as_bytes().to_vec(),
        (None, None, Some(base64)) => {
            STANDARD.decode(base64).map_err(|e| format!("its `base64` is none: {e}"))?
        }
        (None, text, None) => text.unwrap_or_default().into_bytes(),
        (Some(_), Some(_), None) => {
            return Err("a response has a `body` or a `text`, not both".to_owned());
        }
        (_, _, Some(_)) => {
            return Err("a response with `base64` has no `body` and no `text`".to_owned());
        }
    };
    let headers = response.headers.into_iter().map(|(k, v)| (k.to_ascii_lowercase(), v));
    Ok(Response { status: response.status, headers: headers.collect(), body })
}
