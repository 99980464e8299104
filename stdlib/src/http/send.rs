//! Sending a request over the network and reading the whole answer.

use std::collections::HashMap;
use std::error::Error;
use std::io::ErrorKind;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use wf_vm::Mask;

use super::auth::Grant;
use super::policy::{Access, HttpPolicy, Proxy, Refused};
use super::redirect::Hop;
use super::request::{Method, Request};
use super::token::{Token, Tokens};
use super::{DEFAULT_TIMEOUT, GRACE};

/// How many bytes an answer may have, after decompression, where nothing else is said.
pub(super) const MAX_BODY: usize = 64 << 20;

/// How long connecting may take where nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer as it came.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Lower-case names, each once.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    /// Without a token that the program does not know, should the service repeat it.
    fn without(mut self, token: &Token) -> Self {
        let mask = Mask::new([&token.text]);
        if mask.is_empty() {
            return self;
        }
        for (_, value) in &mut self.headers {
            if mask.finds(value) {
                *value = mask.text(value).into_owned();
            }
        }
        if let Ok(text) = std::str::from_utf8(&self.body)
            && mask.finds(text)
        {
            self.body = mask.json_text(text).into_owned().into_bytes();
        }
        self
    }
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

/// A message to a server.
pub(super) struct Message<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
}

/// The clients, one for each time that connecting may take and for what they may reach.
pub(super) struct Clients {
    policy: HttpPolicy,
    clients: Mutex<HashMap<(Duration, Access), Client>>,
    tokens: Tokens,
}

impl Clients {
    pub(super) fn new(policy: HttpPolicy) -> Self {
        Self { policy, clients: Mutex::default(), tokens: Tokens::default() }
    }

    pub(super) fn max_answer(&self) -> usize {
        self.policy.max_answer()
    }

    fn get(&self, connect_timeout: Option<Duration>, access: Access) -> Result<Client, Trouble> {
        let connect_timeout = connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&(connect_timeout, access)) {
            return Ok(client.clone());
        }
        let client = build(&self.policy, connect_timeout, access)
            .map_err(|e| Trouble::lasting("connect", format!("no client: {}", why(&e))))?;
        // Programs with many different times are rare; they must not fill the memory.
        if clients.len() >= 16 {
            clients.clear();
        }
        clients.insert((connect_timeout, access), client.clone());
        Ok(client)
    }

    /// Sends a request, follows redirects and reads the answer.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, Trouble> {
        let timeout = request.timeout.unwrap_or(DEFAULT_TIMEOUT);
        match tokio::time::timeout(timeout + GRACE, self.authorized(request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(timed_out(timeout)),
        }
    }

    /// With a token where one is needed. What is rare is a future of its own: a call that waits has
    /// the size of the largest that it may come to.
    async fn authorized(&self, request: &Request) -> Result<Response, Trouble> {
        match &request.grant {
            None => self.follow(request, None).await,
            Some(grant) => Box::pin(self.with_token(request, grant)).await,
        }
    }

    /// With a token; where it is refused, once more with a new one.
    async fn with_token(&self, request: &Request, grant: &Grant) -> Result<Response, Trouble> {
        let token = self.tokens.get(self, grant, request, None).await?;
        let response = self.follow(request, Some(&token)).await?;
        if response.status != 401 {
            return Ok(response.without(&token));
        }
        let token = self.tokens.get(self, grant, request, Some(&token)).await?;
        Ok(self.follow(request, Some(&token)).await?.without(&token))
    }

    async fn follow(&self, request: &Request, token: Option<&Token>) -> Result<Response, Trouble> {
        let mut hop = Hop::first(request, token);
        loop {
            let mut response = self.exchange(hop.message(), request.connect_timeout).await?;
            let is_accepted = request.accepts(response.status().as_u16());
            if is_accepted || !hop.redirect(&response)? {
                return read(&mut response, self.max_answer()).await;
            }
        }
    }

    /// Sends one message, if its URL may be asked.
    pub(super) async fn exchange(
        &self,
        message: Message<'_>,
        connect_timeout: Option<Duration>,
    ) -> Result<reqwest::Response, Trouble> {
        let url = message.url;
        let access = self.policy.check(url)?;
        if access == Access::Public {
            Box::pin(self.policy.check_behind_proxy(url)).await?;
        }
        let sending = self.get(connect_timeout, access)?.execute(sent(message)?);
        sending.await.map_err(|e| Refused::find(&e, url).unwrap_or_else(|| trouble(e)))
    }
}

/// A message as the client takes it.
fn sent(message: Message<'_>) -> Result<reqwest::Request, Trouble> {
    let name = reqwest::Method::from_bytes(message.method.name().as_bytes())
        .map_err(|e| Trouble::lasting("InvalidInput", e.to_string()))?;
    let mut sent = reqwest::Request::new(name, message.url.clone());
    *sent.headers_mut() = message.headers;
    *sent.body_mut() = message.body.map(Into::into);
    Ok(sent)
}

fn build(
    policy: &HttpPolicy,
    connect_timeout: Duration,
    access: Access,
) -> Result<Client, reqwest::Error> {
    install_provider();
    let builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(connect_timeout)
        .dns_resolver(policy.resolver(access));
    match policy.proxy_of() {
        Proxy::None => builder.no_proxy(),
        Proxy::Environment => builder,
        Proxy::Url(url) => builder.proxy(reqwest::Proxy::all(url.clone())?),
    }
    .build()
}

/// Makes ring the provider of cryptography, unless the process has chosen one.
fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that there is one already, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Reads an answer of so many bytes at most, counted as they come.
pub(super) async fn read(
    response: &mut reqwest::Response,
    limit: usize,
) -> Result<Response, Trouble> {
    let status = response.status().as_u16();
    let headers = join_headers(response.headers());
    let too_large = || {
        let size = match limit {
            bytes if bytes >= 1 << 20 && bytes % (1 << 20) == 0 => format!("{} MiB", bytes >> 20),
            bytes => format!("{bytes} bytes"),
        };
        Trouble::lasting("TooLarge", format!("the answer is longer than {size}"))
    };
    if response.content_length().is_some_and(|n| n > limit as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(trouble)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    // What the client knows it has decoded, and then the header is gone.
    let coding = headers.iter().find(|(name, _)| name == "content-encoding");
    if let Some((_, coding)) = coding
        && !coding.eq_ignore_ascii_case("identity")
        && !body.is_empty()
    {
        let message = format!("the answer is coded as `{coding}`, which it was not asked for");
        return Err(Trouble::lasting("InvalidText", message));
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
/// connection's fault. Errors of the connection have one of its own kind among their causes.
fn is_garbled(error: &(dyn Error + 'static)) -> bool {
    let (mut cause, mut is_garbled) = (Some(error), false);
    while let Some(error) = cause {
        match error.downcast_ref::<std::io::Error>() {
            Some(io) => {
                is_garbled |= matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput);
            }
            None if error.is::<reqwest::Error>() => {}
            None => return false,
        }
        cause = error.source();
    }
    is_garbled
}

/// The innermost reason, which says the most.
fn why(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
