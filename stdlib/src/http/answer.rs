//! From what came over the network to the answer of the node.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use wf_vm::{Answer, NodeFailure};

use super::request::{Request, Wanted};
use super::send::{Response, Trouble};
use crate::call::Outcome;
use crate::functions::retry_after;

/// How many bytes of a failed answer go into the details of a failure.
const MAX_DETAILS: usize = 256 << 10;

/// The output of the node, or why it failed. `now` is the time when the call began.
pub(super) fn answer(request: &Request, outcome: Result<Response, Trouble>, now: i64) -> Outcome {
    let response = match outcome {
        Ok(response) => response,
        Err(trouble) => {
            let message =
                format!("{} {}: {}", request.method.name(), request.shown_url(), trouble.message);
            let failure = NodeFailure::new(trouble.code, message);
            return Err(NodeFailure { transient: trouble.transient, ..failure });
        }
    };
    let is_success = (200..300).contains(&response.status);
    if !is_success && !request.accepts(response.status) {
        return Err(failed(request, &response, now));
    }
    let (body, error_body) = if is_success {
        (read_body(request, &response)?, "null".to_owned())
    } else {
        ("null".to_owned(), details(&response).unwrap_or_else(|| "null".to_owned()))
    };
    let headers = quote_headers(&response.headers);
    Ok(Answer::Json(format!(
        "{{\"statusCode\":{},\"headers\":{headers},\"body\":{body},\"errorBody\":{error_body},\
         \"success\":true}}",
        response.status
    )))
}

fn failed(request: &Request, response: &Response, now: i64) -> NodeFailure {
    let status = response.status;
    let reason = reqwest::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    let message = format!(
        "{} {} answered {status}{}",
        request.method.name(),
        request.shown_url(),
        reason.map(|r| format!(" ({r})")).unwrap_or_default()
    );
    let header = |name: &str| response.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v);
    NodeFailure {
        status_code: Some(i64::from(status)),
        details: details(response),
        transient: matches!(status, 408 | 429 | 500..=599),
        retry_after: header("retry-after").and_then(|value| retry_after(value, now)),
        ..NodeFailure::new(status.to_string(), message)
    }
}

/// The body as JSON text, for the output.
fn read_body(request: &Request, response: &Response) -> Result<String, NodeFailure> {
    if !request.reads_body {
        return Ok("null".to_owned());
    }
    match request.wanted {
        Wanted::Text { null_for_empty: true } | Wanted::Base64 { null_for_empty: true }
            if response.body.is_empty() =>
        {
            Ok("null".to_owned())
        }
        Wanted::Base64 { .. } => Ok(quote(&STANDARD.encode(&response.body))),
        Wanted::Text { .. } => match text(response) {
            Some(text) => Ok(quote(&text)),
            None => Err(bad_body(
                request,
                "InvalidText",
                &no_text(response, "; `as: \"base64\"` reads any bytes"),
            )),
        },
        Wanted::Json => {
            let Some(text) = text(response) else {
                let why = no_text(response, "");
                return Err(bad_body(request, "InvalidJson", &format!("no JSON: it is {why}")));
            };
            if text.trim().is_empty() {
                return Ok("null".to_owned());
            }
            match serde_json::from_str::<&RawValue>(&text) {
                Ok(raw) => Ok(raw.get().to_owned()),
                Err(error) => {
                    let failure = bad_body(request, "InvalidJson", &no_json(response, &error));
                    Err(NodeFailure { details: details(response), ..failure })
                }
            }
        }
    }
}

fn bad_body(request: &Request, code: &str, why: &str) -> NodeFailure {
    let message = format!(
        "the body that {} {} answered is {why}",
        request.method.name(),
        request.shown_url()
    );
    NodeFailure::new(code, message)
}

/// What a body is called that is no JSON; where the service says that it sends something else, that
/// is the reason.
fn no_json(response: &Response, error: &serde_json::Error) -> String {
    let sent = content_type(response).and_then(|value| value.split(';').next()).map(str::trim);
    match sent {
        Some(sent) if !sent.is_empty() && !sent.to_ascii_lowercase().contains("json") => {
            format!("no JSON but `{sent}`: {error}")
        }
        _ => format!("no JSON: {error}"),
    }
}

fn no_text(response: &Response, help: &str) -> String {
    let charset = charset(response).unwrap_or_else(|| "UTF-8".to_owned());
    format!("no text in {charset}{help}")
}

fn content_type(response: &Response) -> Option<&str> {
    let header = response.headers.iter().find(|(name, _)| name == "content-type");
    header.map(|(_, value)| value.as_str())
}

/// The name of the encoding that the answer is said to have.
fn charset(response: &Response) -> Option<String> {
    let parameters = content_type(response)?.split(';').skip(1);
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let mut charsets = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let (_, value) = charsets.next()?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The body as text in the encoding that the answer names, else UTF-8. A byte order mark is left out.
fn text(response: &Response) -> Option<String> {
    let charset = charset(response);
    let encoding = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    if let Some(encoding) = encoding.filter(|e| *e != encoding_rs::UTF_8) {
        let marked = encoding_rs::Encoding::for_bom(&response.body);
        let (encoding, skip) = marked.unwrap_or((encoding, 0));
        let bytes = response.body.get(skip..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        return text.map(|text| text.into_owned());
    }
    let text = std::str::from_utf8(&response.body).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

/// A body as JSON text whatever it is: JSON as it is, text as a string, nothing for nothing.
fn details(response: &Response) -> Option<String> {
    if response.body.is_empty() {
        return None;
    }
    let text =
        text(response).unwrap_or_else(|| String::from_utf8_lossy(&response.body).into_owned());
    if text.len() <= MAX_DETAILS {
        // Only what the machine reads as well: numbers in range, no name twice.
        let is_json = crate::json::parse(&text).is_some();
        return Some(if is_json { text } else { quote(&text) });
    }
    let mut end = MAX_DETAILS;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Some(quote(text.get(..end).unwrap_or_default()))
}

fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

fn quote_headers(headers: &[(String, String)]) -> String {
    let pairs = headers.iter().map(|(name, value)| format!("{}:{}", quote(name), quote(value)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}
