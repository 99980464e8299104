//! The server that takes an email, as the inputs of a node say it.

use std::net::IpAddr;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use wf_vm::{NodeCall, NodeFailure, Value};

use crate::call::{field, input, invalid};

/// How long one answer of the server may take.
const ANSWER: Duration = Duration::from_secs(60);

/// How the connection becomes safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Safety {
    StartTls,
    Implicit,
    /// It need not: it does not leave this machine.
    None,
}

/// Where an email is handed in.
pub(super) struct Server {
    host: String,
    port: u16,
    safety: Safety,
    credentials: Option<Credentials>,
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
            (Some(user), Some(password)) => {
                Some(Credentials::new(user.to_owned(), password.to_owned()))
            }
            _ => return Err(invalid("`server` has a `user` and a `password`, or neither")),
        };
        Ok(Self { host: host.to_owned(), port, safety, credentials })
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, NodeFailure> {
        let parameters = || {
            let parameters = TlsParameters::builder(self.host.clone());
            #[cfg(test)]
            let parameters = super::tests::trusting(parameters);
            parameters.build().map_err(|e| NodeFailure::new("tls", format!("{}: {e}", self.name())))
        };
        let tls = match self.safety {
            Safety::StartTls => Tls::Required(parameters()?),
            Safety::Implicit => Tls::Wrapper(parameters()?),
            Safety::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .timeout(Some(ANSWER));
        if let Some(credentials) = &self.credentials {
            builder = builder.credentials(credentials.clone());
        }
        Ok(builder.build())
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
