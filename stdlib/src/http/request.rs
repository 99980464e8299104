//! A request as the inputs of a node say it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use smol_str::SmolStr;
use wf_vm::bytecode::TypeDesc;
use wf_vm::{Mask, NodeCall, NodeFailure, Value};

use super::auth::{Auth, Grant, basic};
use super::body::Body;
use crate::call::{input, invalid, text};

/// How many headers a request may have.
const MAX_HEADERS: usize = 100;

/// How long the value of a header may be, in bytes.
const MAX_HEADER: usize = 16 << 10;

/// How long a URL may be, in bytes.
const MAX_URL: usize = 64 << 10;

/// The methods that nodes send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Options]
            .into_iter()
            .find(|m| m.name() == name)
    }

    /// Whether repeating it changes nothing, so that it needs no key.
    fn only_reads(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

/// What is shown of a URL that must not be.
pub(super) const HIDDEN: &str = "***";

/// What is read from the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A JSON document, or null for an empty body.
    Json,
    /// The text as it came; where it is empty, null if `null_for_empty`.
    Text { null_for_empty: bool },
    /// The bytes in base64; where there are none, null if `null_for_empty`.
    Base64 { null_for_empty: bool },
}

/// A request that can be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Without credentials: those are in the headers.
    pub(super) url: Url,
    /// Those that were given or follow from the call; what all calls send is put to them by
    /// [`sent_headers`](Self::sent_headers), so that a call that waits does not hold it.
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Box<Body>>,
    /// How a token is had that is sent as well.
    pub(super) grant: Option<Box<Grant>>,
    /// Statuses besides 2xx that are no failure.
    pub(super) accept: Box<[i64]>,
    pub(super) wanted: Wanted,
    /// Whether the program reads the body at all.
    pub(super) reads_body: bool,
    /// The name of the step.
    pub(super) step: SmolStr,
    pub(super) timeout: Option<Duration>,
    pub(super) connect_timeout: Option<Duration>,
    /// The secrets of the run.
    pub(super) mask: Arc<Mask>,
    /// Whether a secret in the URL no longer looks as it was given, so that none of it is shown.
    hides_url: bool,
}

impl Request {
    /// Reads the inputs of a call.
    pub(super) fn read(call: &NodeCall<'_>, method: Option<Method>) -> Result<Self, NodeFailure> {
        let method = match method.or_else(|| Method::of(text(call, "method")?)) {
            Some(method) => method,
            None => return Err(invalid("the method is none that can be sent")),
        };
        let (url, credentials) = read_url(call)?;
        let written = text(call, "url").unwrap_or_default();
        let hides_url = call.mask().finds(written) && !url.as_str().starts_with(written);
        let mut headers = read_headers(call)?;
        let wanted = wanted(call)?;
        let body = match Body::read(call)? {
            None => None,
            Some((body, content_type)) => {
                let content_type = header_value("Content-Type", &content_type)?;
                headers.entry(CONTENT_TYPE).or_insert(content_type);
                Some(Box::new(body))
            }
        };
        let grant = authorize(call, &mut headers, credentials)?;
        if !method.only_reads() {
            let key = header_value("Idempotency-Key", &call.key.to_string())?;
            headers.entry(HeaderName::from_static("idempotency-key")).or_insert(key);
        }
        let step = call.program.steps.get(usize::from(call.step));
        Ok(Self {
            method,
            url,
            headers,
            body,
            grant,
            accept: read_accept(call),
            wanted,
            reads_body: call.reads_output("body"),
            step: step.map(|s| s.name.clone()).unwrap_or_default(),
            timeout: call.timeout.map(micros),
            connect_timeout: call.connect_timeout.map(micros),
            mask: call.mask(),
            hides_url,
        })
    }

    /// The headers that are sent, with those that all calls have unless they were given.
    pub(super) fn sent_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        let accepted = match self.wanted {
            Wanted::Json => "application/json, */*;q=0.5",
            Wanted::Text { .. } | Wanted::Base64 { .. } => "*/*",
        };
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static(accepted));
        let agent = concat!("wf/", env!("CARGO_PKG_VERSION"));
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(agent));
        headers
    }

    /// The URL for people and for files: without fragment and secrets.
    pub(super) fn shown_url(&self) -> String {
        if self.hides_url {
            return HIDDEN.to_owned();
        }
        self.mask.text(&self.plain_url()).into_owned()
    }

    /// The URL without fragment.
    pub(super) fn plain_url(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.to_string()
    }

    /// Whether a status is no failure.
    pub(super) fn accepts(&self, status: u16) -> bool {
        self.accept.contains(&i64::from(status))
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn wanted(call: &NodeCall<'_>) -> Result<Wanted, NodeFailure> {
    let ty = |index: wf_vm::bytecode::TypeIdx| call.program.types.get(usize::from(index.0));
    let null_for_empty = match call.type_args.first().and_then(|i| ty(*i)) {
        Some(TypeDesc::String) => Some(false),
        Some(TypeDesc::Optional(inner)) if matches!(ty(*inner), Some(TypeDesc::String)) => {
            Some(true)
        }
        _ => None,
    };
    match (text(call, "as"), null_for_empty) {
        (Some("base64"), Some(null_for_empty)) => Ok(Wanted::Base64 { null_for_empty }),
        (Some("base64"), None) => Err(invalid(
            "an answer that is read `as: \"base64\"` is a text: the type of its body must be \
             `string` or `string?`",
        )),
        (_, Some(null_for_empty)) => Ok(Wanted::Text { null_for_empty }),
        (_, None) => Ok(Wanted::Json),
    }
}

/// Puts the header that says who asks to the others, or gives the grant by which it is had.
fn authorize(
    call: &NodeCall<'_>,
    headers: &mut HeaderMap,
    credentials: Option<HeaderValue>,
) -> Result<Option<Box<Grant>>, NodeFailure> {
    let auth = Auth::read(call)?;
    if auth.is_some() && (headers.contains_key(AUTHORIZATION) || credentials.is_some()) {
        let message = "a request has one of `auth`, the header `Authorization` and credentials in \
                       its URL, not several";
        return Err(invalid(message));
    }
    match auth {
        Some(Auth::Grant(grant)) => return Ok(Some(Box::new(grant))),
        Some(Auth::Header(header)) => {
            headers.insert(AUTHORIZATION, header);
        }
        None => {
            if let Some(credentials) = credentials {
                headers.entry(AUTHORIZATION).or_insert(credentials);
            }
        }
    }
    Ok(None)
}

/// The entries of a map of texts that are not null.
pub(super) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &str)> {
    let entries = match value {
        Some(Value::Map(map)) => Some(map.entries()),
        _ => None,
    };
    entries.into_iter().flatten().filter_map(|(key, value)| match value {
        Value::String(text) => Some((key.as_str(), text.as_str())),
        _ => None,
    })
}

fn read_url(call: &NodeCall<'_>) -> Result<(Url, Option<HeaderValue>), NodeFailure> {
    let written = text(call, "url").unwrap_or_default();
    let wrong = |why: String| Err(NodeFailure::new("InvalidUrl", why));
    if written.len() > MAX_URL {
        return wrong(format!("the URL is longer than {MAX_URL} bytes"));
    }
    let mut url = match Url::parse(written) {
        Ok(url) => url,
        Err(error) => return wrong(format!("`{}` is no URL: {error}", anonymous(written))),
    };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return wrong(format!("`{}` is no http or https URL", anonymous(written)));
    }
    let mut params = entries(input(call, "queryParams")).peekable();
    if params.peek().is_some() {
        url.query_pairs_mut().extend_pairs(params);
    }
    if url.as_str().len() > MAX_URL {
        return wrong(format!("the URL with its parameters is longer than {MAX_URL} bytes"));
    }
    let mut credentials = None;
    if !url.username().is_empty() || url.password().is_some() {
        let decode = |s: &str| percent_encoding::percent_decode_str(s).collect::<Vec<u8>>();
        let (user, password) = (decode(url.username()), url.password().unwrap_or_default());
        credentials = Some(basic(user, decode(password))?);
        let stripped = url.set_username("").and_then(|()| url.set_password(None));
        if stripped.is_err() {
            return wrong("the URL has credentials and no host".to_owned());
        }
    }
    Ok((url, credentials))
}

/// A text that is no URL without what may be credentials in it.
fn anonymous(written: &str) -> String {
    let slashes = ['/', '\\'];
    let behind = match written.split_once(':') {
        Some((scheme, rest)) if !scheme.contains(['@', '/', '\\']) => rest,
        _ => written,
    };
    let behind = behind.trim_start_matches(slashes);
    let end = behind.find(['/', '\\', '?', '#']).unwrap_or(behind.len());
    let Some(at) = behind.get(..end).and_then(|authority| authority.rfind('@')) else {
        return written.to_owned();
    };
    let start = written.len() - behind.len();
    let (before, host) = (written.get(..start), written.get(start + at..));
    format!("{}{HIDDEN}{}", before.unwrap_or_default(), host.unwrap_or_default())
}

pub(super) fn header_value(name: &str, value: &str) -> Result<HeaderValue, NodeFailure> {
    if value.len() > MAX_HEADER {
        let message = format!("the value of the header `{name}` is longer than {MAX_HEADER} bytes");
        return Err(NodeFailure::new("InvalidHeader", message));
    }
    // Other bytes could be put on the wire, and each server would read them in its own way.
    let header = if value.is_ascii() { HeaderValue::from_str(value).ok() } else { None };
    let mut header = header.ok_or_else(|| {
        let message = format!(
            "the value of the header `{name}` can't be sent: only visible ASCII characters and \
             spaces can"
        );
        NodeFailure::new("InvalidHeader", message)
    })?;
    header.set_sensitive(name.eq_ignore_ascii_case("authorization"));
    Ok(header)
}

fn read_headers(call: &NodeCall<'_>) -> Result<HeaderMap, NodeFailure> {
    let mut headers = HeaderMap::new();
    for (name, value) in entries(input(call, "headers")) {
        let wrong = |why: &str| {
            Err(NodeFailure::new("InvalidHeader", format!("the header `{name}` {why}")))
        };
        let Ok(key) = HeaderName::from_bytes(name.as_bytes()) else {
            return wrong("has a name that can't be sent");
        };
        // These describe the connection and the message, which the client makes.
        const OWN: [&str; 6] =
            ["connection", "content-length", "keep-alive", "te", "transfer-encoding", "upgrade"];
        if OWN.contains(&key.as_str()) {
            return wrong("is set by the client and can't be given");
        }
        if headers.len() >= MAX_HEADERS {
            return wrong(&format!("is one too many: a request may have {MAX_HEADERS}"));
        }
        let mut header = header_value(name, value)?;
        if call.mask().finds(value) {
            header.set_sensitive(true);
        }
        headers.insert(key, header);
    }
    Ok(headers)
}

fn read_accept(call: &NodeCall<'_>) -> Box<[i64]> {
    let Some(Value::List(statuses)) = input(call, "accept") else { return Box::default() };
    let status = |value: &Value| match value {
        Value::Int(status) => Some(*status),
        _ => None,
    };
    statuses.as_slice().iter().filter_map(status).collect()
}
