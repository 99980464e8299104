//! The body of a request: a text, JSON, the fields of a form, or the parts of a multipart form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;
use serde_json::{Map, Value as Json};
use wf_vm::{NodeCall, NodeFailure, Value};

use super::request::entries;
use crate::call::{field, from_failure, input, invalid};

/// A body that is sent.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// JSON, written out.
    Json(String),
    /// Any text.
    Text(String),
    /// The parts of a form.
    Parts {
        /// The message.
        bytes: Vec<u8>,
        /// What recordings keep of it: `{"multipart": [...]}`, without the boundary.
        kept: Json,
    },
}

impl Body {
    /// What goes over the network.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(text) | Self::Text(text) => text.clone().into_bytes(),
            Self::Parts { bytes, .. } => bytes.clone(),
        }
    }

    /// The JSON text that stands for it in recordings.
    pub(super) fn kept(&self) -> String {
        match self {
            Self::Json(text) => text.clone(),
            Self::Text(text) => Json::String(text.clone()).to_string(),
            Self::Parts { kept, .. } => kept.to_string(),
        }
    }

    /// Reads the inputs `body`, `form` and `multipart` of a call, with the type of the content.
    pub(super) fn read(call: &NodeCall<'_>) -> Result<Option<(Self, String)>, NodeFailure> {
        let (body, form, parts) =
            (input(call, "body"), input(call, "form"), input(call, "multipart"));
        match (body, form, parts) {
            (None, None, None) => Ok(None),
            (Some(body), None, None) => plain(call, body).map(Some),
            (None, Some(fields), None) => form_of(fields).map(Some),
            (None, None, Some(Value::List(parts))) => multipart(call, parts.as_slice()).map(Some),
            _ => Err(invalid("a request has one of `body`, `form` and `multipart`, not several")),
        }
    }
}

fn plain(call: &NodeCall<'_>, body: &Value) -> Result<(Body, String), NodeFailure> {
    if let Value::String(text) = body {
        return Ok((Body::Text(text.to_string()), "text/plain; charset=utf-8".to_owned()));
    }
    let text = crate::json::write(body, call.program).map_err(|f| from_failure(call, f))?;
    Ok((Body::Json(text), "application/json".to_owned()))
}

fn form_of(fields: &Value) -> Result<(Body, String), NodeFailure> {
    // The query of a URL is written as forms are.
    let mut url = Url::parse("form:").map_err(|e| invalid(e.to_string()))?;
    url.query_pairs_mut().extend_pairs(entries(Some(fields)));
    let text = url.query().unwrap_or_default().to_owned();
    Ok((Body::Text(text), "application/x-www-form-urlencoded".to_owned()))
}

/// A part of a multipart form.
struct Part {
    name: String,
    filename: Option<String>,
    content_type: Option<String>,
    content: Vec<u8>,
}

fn multipart(call: &NodeCall<'_>, parts: &[Value]) -> Result<(Body, String), NodeFailure> {
    let (mut read, mut kept) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for part in parts.iter().map(Value::plain) {
        let (part, shown) = read_part(call, part)?;
        read.push(part);
        kept.push(shown);
    }
    // The same for all attempts, as the key is.
    let mut boundary = format!("wf-{}", call.key.simple());
    while read.iter().any(|part| holds(&part.content, boundary.as_bytes())) {
        boundary.push('-');
        boundary.push_str(&boundary.len().to_string());
        if boundary.len() > 70 {
            return Err(invalid("the parts of `multipart` hold what would part them"));
        }
    }
    let mut bytes = Vec::new();
    for part in &read {
        part.write(&boundary, &mut bytes);
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let kept = Json::Object(Map::from_iter([("multipart".to_owned(), Json::Array(kept))]));
    Ok((Body::Parts { bytes, kept }, format!("multipart/form-data; boundary={boundary}")))
}

fn holds(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

fn read_part(call: &NodeCall<'_>, part: &Value) -> Result<(Part, Json), NodeFailure> {
    let text = |name: &str| match field(call, part, name) {
        Some(Value::String(text)) => Some(text.to_string()),
        _ => None,
    };
    let name = text("name").ok_or_else(|| invalid("a part of `multipart` has no `name`"))?;
    let (filename, content_type) = (text("filename"), text("contentType"));
    let (kind, written) = match (text("text"), text("base64")) {
        (Some(text), None) => ("text", text),
        (None, Some(text)) => ("base64", text),
        _ => {
            let message = format!("the part `{name}` has a `text` or a `base64`, and one of them");
            return Err(invalid(message));
        }
    };
    let is_type =
        |text: &str| text.contains('/') && text.is_ascii() && HeaderValue::from_str(text).is_ok();
    if content_type.as_deref().is_some_and(|text| !is_type(text)) {
        return Err(invalid(format!("the `contentType` of the part `{name}` is none")));
    }
    let mut shown = Map::new();
    shown.insert("name".to_owned(), Json::from(name.clone()));
    for (key, value) in [("filename", &filename), ("contentType", &content_type)] {
        if let Some(value) = value {
            shown.insert(key.to_owned(), Json::from(value.clone()));
        }
    }
    shown.insert(kind.to_owned(), Json::from(written.clone()));
    let content = if kind == "text" {
        written.into_bytes()
    } else {
        STANDARD.decode(&written).map_err(|error| {
            invalid(format!("the `base64` of the part `{name}` is none: {error}"))
        })?
    };
    Ok((Part { name, filename, content_type, content }, Json::Object(shown)))
}

impl Part {
    fn write(&self, boundary: &str, out: &mut Vec<u8>) {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"");
        push_quoted(&self.name, &mut head);
        head.push('"');
        if let Some(filename) = &self.filename {
            head.push_str("; filename=\"");
            push_quoted(filename, &mut head);
            head.push('"');
        }
        head.push_str("\r\n");
        let content_type = match &self.content_type {
            Some(content_type) => Some(content_type.as_str()),
            None => self.filename.is_some().then_some("application/octet-stream"),
        };
        if let Some(content_type) = content_type {
            head.push_str("Content-Type: ");
            head.push_str(content_type);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(&self.content);
        out.extend_from_slice(b"\r\n");
    }
}

/// Names as browsers write them: what would end them is encoded.
fn push_quoted(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c => out.push(c),
        }
    }
}
