//! The server that takes an email, as the inputs of a node say it.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wf_vm::{NodeCall, NodeFailure, Value};

use super::talk::Stream;
use crate::call::{field, input, invalid};

/// How long making the connection may take.
const CONNECT: Duration = Duration::from_secs(60);

/// How the connection becomes safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Safety {
    StartTls,
    Implicit,
    /// It need not: it does not leave this machine.
    None,
}

/// Who hands an email in.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

/// Where an email is handed in.
pub(super) struct Server {
    host: String,
    port: u16,
    pub(super) safety: Safety,
    pub(super) credentials: Option<Credentials>,
}

impl Server {
    pub(super) fn read(call: &NodeCall<'_>) -> Result<Self, NodeFailure> {
        let server = input(call, "server").ok_or_else(|| invalid("`server` is missing"))?;
        let text = |name: &str| match field(call, server, name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        let host = text("host").unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(is_name) {
            return Err(invalid("`server.host` is no name of a host"));
        }
        let safety = match text("tls") {
            Some("implicit") => Safety::Implicit,
            Some("none") => Safety::None,
            _ => Safety::StartTls,
        };
        if safety == Safety::None && !is_here(host) {
            return Err(invalid(
                "`tls: \"none\"` is for a server on this machine: everybody on the way could read \
                 the email",
            ));
        }
        let port = match field(call, server, "port") {
            Some(Value::Int(port)) => u16::try_from(*port)
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| invalid(format!("`server.port` is {port}: no port")))?,
            _ => match safety {
                Safety::StartTls => 587,
                Safety::Implicit => 465,
                Safety::None => 25,
            },
        };
        let credentials = match (text("user"), text("password")) {
            (None, None) => None,
            (Some(_), Some(_)) if safety == Safety::None => {
                return Err(invalid(
                    "a password is not sent in the clear: `tls` must not be \"none\"",
                ));
            }
            (Some(user), Some(password)) if [user, password].iter().any(|t| t.contains('\0')) => {
                // It parts them where both are sent.
                return Err(invalid("`server.user` or `server.password` holds a zero byte"));
            }
            (Some(user), Some(password)) => {
                Some(Credentials { user: user.to_owned(), password: password.to_owned() })
            }
            _ => return Err(invalid("`server` has a `user` and a `password`, or neither")),
        };
        Ok(Self { host: host.to_owned(), port, safety, credentials })
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Connects, in the clear.
    pub(super) async fn connect(&self) -> Result<Box<dyn Stream>, NodeFailure> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(Ok(stream)) => {
                // Small commands are waited for.
                drop(stream.set_nodelay(true));
                Ok(Box::new(stream))
            }
            Ok(Err(error)) => Err(self.broken(&error)),
            Err(_) => {
                let message = format!("{} took no connection within {CONNECT:?}", self.name());
                Err(NodeFailure { transient: true, ..NodeFailure::new("timeout", message) })
            }
        }
    }

    /// The same connection over TLS.
    pub(super) async fn secure(
        &self,
        stream: Box<dyn Stream>,
    ) -> Result<Box<dyn Stream>, NodeFailure> {
        let unsafe_now = |why: String| NodeFailure::new("tls", format!("{}: {why}", self.name()));
        let config = tls().map_err(|error| unsafe_now(error.to_string()))?;
        let name = ServerName::try_from(self.host.clone());
        let name = name.map_err(|error| unsafe_now(error.to_string()))?;
        match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(self.broken(&error)),
        }
    }

    /// A connection that can't be made, or that ended.
    pub(super) fn broken(&self, error: &io::Error) -> NodeFailure {
        let message = format!("{}: {error}", self.name());
        if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
            return NodeFailure::new("tls", message);
        }
        NodeFailure { transient: true, ..NodeFailure::new("connect", message) }
    }
}

/// Certificates are checked against those that the system trusts.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let verifier = Verifier::new_with_extra_roots(also_trusted(), provider)?;
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_no_client_auth())
}

#[cfg(not(test))]
fn also_trusted() -> Vec<rustls::pki_types::CertificateDer<'static>> {
    Vec::new()
}

#[cfg(test)]
use super::tests::also_trusted;

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
