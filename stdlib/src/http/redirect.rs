//! Following redirects.

use reqwest::Url;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION,
    PROXY_AUTHORIZATION,
};

use super::body::Body;
use super::request::{Method, Request};
use super::send::Trouble;
use super::token::Token;

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 10;

/// The request that is sent next.
pub(super) struct Hop<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<&'a Body>,
    followed: u32,
    /// Whether the body holds a secret of the run.
    is_secret: bool,
}

impl<'a> Hop<'a> {
    pub(super) fn first(request: &'a Request, token: Option<&Token>) -> Self {
        let mut headers = request.headers.clone();
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.header.clone());
        }
        let body = request.body.as_ref();
        Self {
            method: request.method,
            url: request.url.clone(),
            headers,
            body,
            followed: 0,
            is_secret: body.is_some_and(|body| request.mask.finds(&body.kept())),
        }
    }

    /// Goes on to where an answer sends the request, if it does.
    pub(super) fn redirect(&mut self, response: &reqwest::Response) -> Result<bool, Trouble> {
        let status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(false);
        }
        let Some(location) = response.headers().get(LOCATION) else { return Ok(false) };
        let wrong = |why: String| Trouble::lasting("InvalidRedirect", why);
        let location = std::str::from_utf8(location.as_bytes())
            .map_err(|_| wrong("a redirect names no URL".to_owned()))?;
        let next = self.url.join(location);
        let mut next = next.map_err(|e| wrong(format!("a redirect names no URL: {e}")))?;
        if !matches!(next.scheme(), "http" | "https") || !next.has_host() {
            return Err(wrong(format!("a redirect leads to a `{}` URL", next.scheme())));
        }
        self.followed += 1;
        if self.followed > MAX_REDIRECTS {
            return Err(wrong(format!("there are more than {MAX_REDIRECTS} redirects")));
        }
        // Credentials in a URL that a service sends are not ours.
        if next.set_username("").and_then(|()| next.set_password(None)).is_err() {
            return Err(wrong("a redirect names no URL with a host".to_owned()));
        }
        let is_elsewhere = next.origin() != self.url.origin();
        if is_elsewhere {
            for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
                self.headers.remove(name);
            }
            let others = self.headers.iter().filter(|(_, value)| value.is_sensitive());
            let others: Vec<HeaderName> = others.map(|(name, _)| name.clone()).collect();
            for name in others {
                self.headers.remove(name);
            }
        }
        let becomes_get = match status {
            303 => self.method != Method::Head,
            301 | 302 => self.method == Method::Post,
            _ => false,
        };
        if is_elsewhere && self.is_secret && !becomes_get {
            let to = next.host_str().unwrap_or_default();
            return Err(wrong(format!("a redirect would send a secret of the body to `{to}`")));
        }
        if becomes_get {
            self.method = Method::Get;
            self.body = None;
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove(CONTENT_ENCODING);
        }
        self.url = next;
        Ok(true)
    }
}
