//! An email as the inputs of a node say it.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use wf_vm::{NodeCall, NodeFailure, Value};

use crate::call::{field, input, invalid, text, texts};

/// How many recipients an email may have.
const MAX_RECIPIENTS: usize = 500;

/// How many bytes an email may have.
const MAX_EMAIL: usize = 32 << 20;

/// How long a line of a header may be as it is given, in bytes.
const MAX_HEADER: usize = 2000;

/// An email that can be sent.
pub(super) struct Email {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    pub(super) message_id: String,
}

impl Email {
    pub(super) fn read(call: &NodeCall<'_>) -> Result<Self, NodeFailure> {
        let from = mailbox("from", text(call, "from").unwrap_or_default())?;
        let message_id = format!("<{}@{}>", call.key, from.email.domain());
        let now = Duration::from_micros(u64::try_from(call.now()).unwrap_or(0));
        let mut builder = Message::builder()
            .from(from)
            .date(UNIX_EPOCH + now)
            .message_id(Some(message_id.clone()))
            .subject(line("subject", text(call, "subject").unwrap_or_default())?);
        if let Some(reply_to) = text(call, "replyTo") {
            builder = builder.reply_to(mailbox("replyTo", reply_to)?);
        }
        let mut recipients = 0;
        for name in ["to", "cc", "bcc"] {
            for address in texts(call, name).unwrap_or_default() {
                recipients += 1;
                if recipients > MAX_RECIPIENTS {
                    return Err(invalid(format!(
                        "there are more than {MAX_RECIPIENTS} recipients"
                    )));
                }
                let address = mailbox(name, address)?;
                builder = match name {
                    "to" => builder.to(address),
                    "cc" => builder.cc(address),
                    _ => builder.bcc(address),
                };
            }
        }
        if recipients == 0 {
            return Err(invalid("there is nobody in `to`, `cc` and `bcc`"));
        }
        let message = match body(call)? {
            Body::Single(part) => builder.singlepart(part),
            Body::Multi(parts) => builder.multipart(parts),
        };
        let message = message.map_err(|e| invalid(format!("the email can't be made: {e}")))?;
        let bytes = message.formatted();
        if bytes.len() > MAX_EMAIL {
            return Err(too_large());
        }
        Ok(Self { envelope: message.envelope().clone(), bytes, message_id })
    }
}

fn too_large() -> NodeFailure {
    NodeFailure::new("TooLarge", format!("the email has more than {} MiB", MAX_EMAIL >> 20))
}

/// A text that stands in a header. A line end in it would begin another header.
fn line<'a>(name: &str, text: &'a str) -> Result<&'a str, NodeFailure> {
    if text.chars().any(char::is_control) {
        return Err(invalid(format!("`{name}` has a line end or another control character")));
    }
    if text.len() > MAX_HEADER {
        return Err(invalid(format!("`{name}` is longer than {MAX_HEADER} bytes")));
    }
    Ok(text)
}

fn mailbox(name: &str, written: &str) -> Result<Mailbox, NodeFailure> {
    let wrong = |why: &str| {
        let shown: String = written.chars().take(200).collect();
        let message = format!("{} in `{name}` is no address: {why}", crate::textual::quote(&shown));
        NodeFailure::new("InvalidAddress", message)
    };
    let written = line(name, written).map_err(|_| wrong("it is no single short line"))?;
    written
        .trim()
        .parse()
        .map_err(|_| wrong("it should be `ada@example.com` or `Ada Lovelace <ada@example.com>`"))
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

fn body(call: &NodeCall<'_>) -> Result<Body, NodeFailure> {
    let (plain, html) = (text(call, "text"), text(call, "html"));
    let length = plain.map_or(0, str::len) + html.map_or(0, str::len);
    if length > MAX_EMAIL {
        return Err(too_large());
    }
    let body = match (plain.map(str::to_owned), html.map(str::to_owned)) {
        (None, None) => return Err(invalid("an email has a `text` or an `html`, or both")),
        (Some(plain), None) => Body::Single(SinglePart::plain(plain)),
        (None, Some(html)) => Body::Single(SinglePart::html(html)),
        (Some(plain), Some(html)) => Body::Multi(MultiPart::alternative_plain_html(plain, html)),
    };
    let attachments = match input(call, "attachments") {
        Some(Value::List(attachments)) => attachments.as_slice(),
        _ => &[],
    };
    if attachments.is_empty() {
        return Ok(body);
    }
    let mut all = match body {
        Body::Single(part) => MultiPart::mixed().singlepart(part),
        Body::Multi(parts) => MultiPart::mixed().multipart(parts),
    };
    let mut size = length;
    for attachment in attachments {
        let text = |name: &str| match field(call, attachment, name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let name = line("attachments.name", text("name").unwrap_or_default())?;
        let content = text("content").unwrap_or_default().trim();
        size = size.saturating_add(content.len());
        if size > MAX_EMAIL {
            return Err(too_large());
        }
        let content = STANDARD.decode(content).map_err(|e| {
            invalid(format!("the content of the attachment `{name}` is no base64: {e}"))
        })?;
        let written = line("attachments.type", text("type").unwrap_or(OCTETS))?;
        let ty = ContentType::parse(written)
            .map_err(|_| invalid(format!("`{written}` is no type of content, as text/plain")))?;
        all = all.singlepart(Attachment::new(name.to_owned()).body(content, ty));
    }
    Ok(Body::Multi(all))
}

/// What is said of bytes of which nothing is known.
const OCTETS: &str = "application/octet-stream";
