//! Sending a request over the network and reading the whole answer.

use std::collections::HashMap;
use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::redirect::Hop;
use super::request::{Body, Method, Request};
use super::{DEFAULT_TIMEOUT, GRACE};

/// How many bytes an answer may have, after decompression.
pub(super) const MAX_BODY: usize = 64 << 20;

/// How long connecting may take where nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// An answer as it came.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Lower-case names, each once.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    /// The code of the failure.
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) transient: bool,
}

impl Trouble {
    pub(super) fn lasting(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), transient: false }
    }

    fn connect(message: String) -> Self {
        Self { code: "connect", message, transient: true }
    }
}

/// The trouble of an attempt that took too long, in the words of the machine.
pub(super) fn timed_out(after: Duration) -> Trouble {
    let mut message = "the node gave no answer within ".to_owned();
    let micros = i64::try_from(after.as_micros()).unwrap_or(i64::MAX);
    wf_vm::value::time::push_duration(micros, &mut message);
    Trouble { code: "timeout", message, transient: true }
}

/// The clients, one for each time that connecting may take.
pub(super) struct Clients(Mutex<HashMap<Duration, Client>>);

impl Clients {
    pub(super) fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn get(&self, connect_timeout: Option<Duration>) -> Result<Client, Trouble> {
        let connect_timeout = connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&connect_timeout) {
            return Ok(client.clone());
        }
        install_provider();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(connect_timeout)
            .build()
            .map_err(|e| Trouble::lasting("connect", format!("no client: {}", why(&e))))?;
        // Programs with many different times are rare; they must not fill the memory.
        if clients.len() >= 16 {
            clients.clear();
        }
        clients.insert(connect_timeout, client.clone());
        Ok(client)
    }

    /// Sends a request, follows redirects and reads the answer.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, Trouble> {
        let client = self.get(request.connect_timeout)?;
        let timeout = request.timeout.unwrap_or(DEFAULT_TIMEOUT);
        match tokio::time::timeout(timeout + GRACE, follow(&client, request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out(timeout)),
        }
    }
}

/// Makes ring the provider of cryptography, unless the process has chosen one.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that there is one already, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

async fn follow(client: &Client, request: &Request) -> Result<Response, Trouble> {
    let mut hop = Hop::first(request);
    loop {
        let response = exchange(client, hop.method, &hop.url, &hop.headers, hop.body).await?;
        if request.accepts(response.status().as_u16()) || !hop.redirect(&response)? {
            return read(response).await;
        }
    }
}

async fn exchange(
    client: &Client,
    method: Method,
    url: &Url,
    headers: &HeaderMap,
    body: Option<&Body>,
) -> Result<reqwest::Response, Trouble> {
    let name = reqwest::Method::from_bytes(method.name().as_bytes())
        .map_err(|e| Trouble::lasting("InvalidInput", e.to_string()))?;
    let mut message = reqwest::Request::new(name, url.clone());
    *message.headers_mut() = headers.clone();
    *message.body_mut() = body.map(|b| b.text.clone().into());
    client.execute(message).await.map_err(trouble)
}

async fn read(mut response: reqwest::Response) -> Result<Response, Trouble> {
    let status = response.status().as_u16();
    let headers = join_headers(response.headers());
    let too_large = || {
        let message = format!("the answer is longer than {} MiB", MAX_BODY >> 20);
        Trouble::lasting("TooLarge", message)
    };
    if response.content_length().is_some_and(|n| n > MAX_BODY as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(trouble)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, headers, body })
}

/// The headers by their lower-case names; the values of a repeated one joined by `, `. Bytes that
/// are no UTF-8 are read as Latin-1, which is what they once were.
fn join_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for name in headers.keys() {
        let texts = headers.get_all(name).iter().map(|value| {
            let bytes = value.as_bytes();
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().copied().map(char::from).collect(),
            }
        });
        joined.push((name.as_str().to_owned(), texts.collect::<Vec<_>>().join(", ")));
    }
    joined
}

fn trouble(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    if error.is_timeout() {
        let message = format!("connecting took too long: {}", why(&error));
        return Trouble { code: "timeout", message, transient: true };
    }
    if error.is_builder() {
        return Trouble::lasting("InvalidInput", format!("no request: {}", why(&error)));
    }
    if error.is_decode() && is_garbled(&error) {
        return Trouble::lasting(
            "InvalidText",
            format!("the answer can't be read: {}", why(&error)),
        );
    }
    let what = if error.is_connect() { "no connection" } else { "the connection broke" };
    Trouble::connect(format!("{what}: {}", why(&error)))
}

/// Whether a body could not be decompressed; what else goes wrong while it is read is the
/// connection's fault.
fn is_garbled(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The innermost reason, which says the most.
fn why(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
