//! `email.send`

mod message;
mod server;
mod talk;

use std::sync::Arc;
use std::time::Duration;

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
    talk::send(server, email).await?;
    Ok(Answer::Json(format!(
        "{{\"messageId\":{},\"recipients\":{},\"success\":true}}",
        quote(&email.message_id),
        email.envelope.to().len()
    )))
}

#[cfg(test)]
mod tests;
