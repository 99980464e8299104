//! `email.send`

mod message;
mod server;

use std::sync::Arc;
use std::time::Duration;

use lettre::AsyncTransport;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Nodes, Started};

use crate::call::{Outcome, Promise};
use crate::io::Waiting;
use crate::textual::quote;
use message::Email;
use server::Server;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("email/send.wf", include_str!("email/send.wf"))];

/// How long an attempt may take where nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// Adds the node.
pub(crate) fn add_nodes(waiting: &Waiting, nodes: &mut Nodes) {
    nodes.add("email.send", Arc::new(Send { waiting: waiting.clone() }));
}

struct Send {
    waiting: Waiting,
}

impl Node for Send {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let read = Server::read(call).and_then(|server| Ok((server, Email::read(call)?)));
        let (server, email) = match read {
            Ok(read) => read,
            Err(failure) => return Started::Ready(Err(failure)),
        };
        let timeout = call.timeout.and_then(|micros| u64::try_from(micros).ok());
        let timeout = timeout.map_or(DEFAULT_TIMEOUT, Duration::from_micros);
        let promise = Promise::new(call.completion());
        self.waiting.spawn(async move {
            let sent = tokio::time::timeout(timeout, send(&server, &email)).await;
            promise.keep(sent.unwrap_or_else(|_| {
                let message = format!("{} did not answer within {timeout:?}", server.name());
                Err(NodeFailure { transient: true, ..NodeFailure::new("timeout", message) })
            }));
        })
    }
}

async fn send(server: &Server, email: &Email) -> Outcome {
    let transport = server.transport()?;
    match transport.send_raw(&email.envelope, &email.bytes).await {
        Ok(_) => Ok(Answer::Json(format!(
            "{{\"messageId\":{},\"recipients\":{},\"success\":true}}",
            quote(&email.message_id),
            email.envelope.to().len()
        ))),
        Err(error) => Err(failure(server, &error)),
    }
}

fn failure(server: &Server, error: &lettre::transport::smtp::Error) -> NodeFailure {
    let message = format!("{}: {error}", server.name());
    if let Some(status) = error.status() {
        let code = status.to_string();
        return NodeFailure {
            status_code: code.parse().ok(),
            transient: error.is_transient(),
            ..NodeFailure::new(code, message)
        };
    }
    let (code, transient) = if error.is_timeout() {
        ("timeout", true)
    } else if error.is_tls() || is_tls(error) {
        ("tls", false)
    } else if error.is_client() {
        ("Unsupported", false)
    } else {
        // Also where the connection ends within an answer.
        ("connect", true)
    };
    NodeFailure { transient, ..NodeFailure::new(code, message) }
}

/// Whether a connection failed because it would not be safe.
fn is_tls(error: &lettre::transport::smtp::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests;
