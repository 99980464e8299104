//! Access tokens: asked for with client credentials, and used until shortly before they expire.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;

use super::auth::{Grant, bearer};
use super::request::{Method, Request};
use super::send::{Clients, Message, Response, Trouble};

/// How many tokens are kept.
const MAX_TOKENS: usize = 256;

/// How many bytes the answer of a token endpoint may have.
const MAX_ANSWER: usize = 1 << 20;

/// How long before its end a token is no longer used, if it lives long enough.
const MARGIN: Duration = Duration::from_secs(30);

/// A token and how long it is used.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) header: HeaderValue,
    /// What must not be shown.
    pub(super) text: String,
    /// `None` where nobody said when it expires: it is used until it is refused.
    until: Option<Instant>,
}

/// What is known of the token of a grant. It is locked while the token is asked for, so that it is
/// asked for once.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// The tokens of this process.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<Grant, Slot>>);

impl Tokens {
    /// The token of a grant, other than the one that was refused.
    pub(super) async fn get(
        &self,
        clients: &Clients,
        grant: &Grant,
        request: &Request,
        refused: Option<&Token>,
    ) -> Result<Token, Trouble> {
        let slot = self.slot(grant);
        let mut slot = slot.lock().await;
        let kept = slot.clone().filter(|token| {
            token.until.is_none_or(|until| Instant::now() < until)
                && refused.is_none_or(|refused| refused.text != token.text)
        });
        if let Some(token) = kept {
            return Ok(token);
        }
        let token = ask(clients, grant, request).await?;
        *slot = Some(token.clone());
        Ok(token)
    }

    fn slot(&self, grant: &Grant) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_TOKENS && !slots.contains_key(grant) {
            slots.clear();
        }
        Arc::clone(slots.entry(grant.clone()).or_default())
    }
}

/// What a token endpoint answers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    /// In seconds; some services write the number as a text.
    #[serde(default)]
    expires_in: Option<serde_json::Value>,
}

/// Why it gives no token, in the words of RFC 6749.
#[derive(Deserialize)]
struct Denied {
    error: String,
}

async fn ask(clients: &Clients, grant: &Grant, request: &Request) -> Result<Token, Trouble> {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, grant.client.0.clone());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(CONTENT_TYPE, form);
    let fields = [("grant_type", Some("client_credentials")), ("scope", grant.scope.as_deref())];
    let mut url = Url::parse("form:").map_err(|e| no_token(grant, &e.to_string(), false))?;
    url.query_pairs_mut().extend_pairs(fields.into_iter().filter_map(|(k, v)| Some((k, v?))));
    let message = Message {
        method: Method::Post,
        url: &grant.token_url,
        headers,
        body: url.query().map(|text| text.as_bytes().to_vec()),
    };
    let limit = clients.max_answer().min(MAX_ANSWER);
    let answered = clients.exchange(message, request.connect_timeout).await;
    let answered = match answered {
        Ok(mut response) => super::send::read(&mut response, limit).await,
        Err(trouble) => Err(trouble),
    };
    let response = answered.map_err(|trouble| Trouble {
        message: format!("no access token from {}: {}", shown(grant), trouble.message),
        ..trouble
    })?;
    read(grant, &response)
}

fn read(grant: &Grant, response: &Response) -> Result<Token, Trouble> {
    let status = response.status;
    if status != 200 {
        let denied: Option<Denied> = serde_json::from_slice(&response.body).ok();
        // The codes of the protocol only: nobody knows what else may stand there.
        let is_code = |code: &String| {
            code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let why = denied.map(|denied| denied.error).filter(is_code);
        let why = why.map(|code| format!(" ({code})")).unwrap_or_default();
        let transient = matches!(status, 408 | 429 | 500..=599);
        return Err(no_token(grant, &format!("it answered {status}{why}"), transient));
    }
    let Ok(granted) = serde_json::from_slice::<Granted>(&response.body) else {
        return Err(no_token(grant, "its answer has no `access_token`", false));
    };
    if granted.token_type.is_some_and(|name| !name.eq_ignore_ascii_case("bearer")) {
        return Err(no_token(grant, "its token is no bearer token", false));
    }
    let Some(header) = bearer(&granted.access_token) else {
        return Err(no_token(grant, "its token has characters that no token has", false));
    };
    let seconds = granted.expires_in.and_then(|value| match value {
        serde_json::Value::String(text) => text.trim().parse::<f64>().ok(),
        value => value.as_f64(),
    });
    let life = seconds.and_then(|s| Duration::try_from_secs_f64(s.max(0.0)).ok());
    let used = life.map(|life| life - MARGIN.min(life / 4));
    let until = used.and_then(|used| Instant::now().checked_add(used));
    Ok(Token { header, text: granted.access_token, until })
}

fn no_token(grant: &Grant, why: &str, transient: bool) -> Trouble {
    let message = format!("no access token from {}: {why}", shown(grant));
    Trouble { code: "NoToken", message, transient }
}

/// Where the token is asked for, without a query.
fn shown(grant: &Grant) -> String {
    let mut url = grant.token_url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}
