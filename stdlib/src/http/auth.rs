//! Who asks: the input `auth`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;
use wf_vm::{NodeCall, NodeFailure, Value};

use super::request::header_value;
use crate::call::{field, input, invalid};

/// Who asks.
#[derive(Debug)]
pub(super) enum Auth {
    /// Says it in the header `Authorization`.
    Header(HeaderValue),
    /// Asks for an access token first.
    Grant(Grant),
}

/// The client credentials of OAuth 2.0, with which a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Grant {
    pub(super) token_url: Url,
    /// The value of the header `Authorization` with client id and secret.
    pub(super) client: ClientId,
    pub(super) scope: Option<String>,
}

/// A header that is not shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ClientId(pub(super) HeaderValue);

impl std::fmt::Debug for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientId")
    }
}

impl Auth {
    /// Reads the input `auth` of a call.
    pub(super) fn read(call: &NodeCall<'_>) -> Result<Option<Self>, NodeFailure> {
        let Some(auth) = input(call, "auth").map(Value::plain) else { return Ok(None) };
        let text = |name: &str| match field(call, auth, name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        if let (Some(user), Some(password)) = (text("user"), text("password")) {
            if user.contains(':') {
                return Err(invalid("the `user` of `auth` has a colon, which would end it"));
            }
            return basic(user, password).map(|header| Some(Self::Header(header)));
        }
        if let Some(token) = text("token") {
            let token = bearer(token)
                .ok_or_else(|| invalid("the `token` of `auth` has characters that no token has"))?;
            return Ok(Some(Self::Header(token)));
        }
        if let (Some(token_url), Some(id), Some(secret)) =
            (text("tokenUrl"), text("clientId"), text("clientSecret"))
        {
            let url = Url::parse(token_url).ok();
            let url = url.filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
            let url = url.filter(|u| u.username().is_empty() && u.password().is_none());
            let Some(token_url) = url else {
                let message = "the `tokenUrl` of `auth` is no http or https URL";
                return Err(NodeFailure::new("InvalidUrl", message));
            };
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            };
            let client = ClientId(basic(encode(id), encode(secret))?);
            let scope = text("scope").map(str::to_owned);
            return Ok(Some(Self::Grant(Grant { token_url, client, scope })));
        }
        Err(invalid("the `auth` is none that can be sent"))
    }
}

/// The header of a user with a password.
pub(super) fn basic(
    user: impl AsRef<[u8]>,
    password: impl AsRef<[u8]>,
) -> Result<HeaderValue, NodeFailure> {
    let pair = [user.as_ref(), b":", password.as_ref()].concat();
    header_value("Authorization", &format!("Basic {}", STANDARD.encode(pair)))
}

/// The header of a token; `None` where it holds what no token has.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let is_token = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    let header = is_token.then(|| header_value("Authorization", &format!("Bearer {token}")).ok());
    header.flatten()
}
