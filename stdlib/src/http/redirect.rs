//! Following redirects.

use reqwest::Url;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, LOCATION,
    PROXY_AUTHORIZATION,
};

use super::body::Body;
use super::request::{Method, Request};
use super::send::{Message, Trouble};
use super::token::Token;

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 10;

/// The request that is sent next. While it waits for its answer it holds nothing that the request has.
pub(super) struct Hop<'a> {
    request: &'a Request,
    token: Option<&'a Token>,
    /// What redirects have made of it; none before the first of them.
    moved: Option<Box<Moved<'a>>>,
}

/// A request that a redirect has sent on.
struct Moved<'a> {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<&'a Body>,
    followed: u32,
}

impl<'a> Hop<'a> {
    pub(super) fn first(request: &'a Request, token: Option<&'a Token>) -> Self {
        Self { request, token, moved: None }
    }

    /// What is sent.
    pub(super) fn message(&self) -> Message<'_> {
        let (method, url, body, headers) = match &self.moved {
            Some(moved) => (moved.method, &moved.url, moved.body, moved.headers.clone()),
            None => {
                let request = self.request;
                (request.method, &request.url, request.body.as_deref(), self.first_headers())
            }
        };
        Message { method, url, headers, body: body.map(Body::bytes) }
    }

    fn first_headers(&self) -> HeaderMap {
        let mut headers = self.request.sent_headers();
        if let Some(token) = self.token {
            headers.insert(AUTHORIZATION, token.header.clone());
        }
        headers
    }

    /// The request as it was sent last.
    fn take(&mut self) -> Box<Moved<'a>> {
        self.moved.take().unwrap_or_else(|| {
            let request = self.request;
            let headers = self.first_headers();
            let (url, body) = (request.url.clone(), request.body.as_deref());
            Box::new(Moved { method: request.method, url, headers, body, followed: 0 })
        })
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
        let mut moved = self.take();
        let next = moved.url.join(location);
        let mut next = next.map_err(|e| wrong(format!("a redirect names no URL: {e}")))?;
        if !matches!(next.scheme(), "http" | "https") || !next.has_host() {
            return Err(wrong(format!("a redirect leads to a `{}` URL", next.scheme())));
        }
        moved.followed += 1;
        if moved.followed > MAX_REDIRECTS {
            return Err(wrong(format!("there are more than {MAX_REDIRECTS} redirects")));
        }
        // Credentials in a URL that a service sends are not ours.
        if next.set_username("").and_then(|()| next.set_password(None)).is_err() {
            return Err(wrong("a redirect names no URL with a host".to_owned()));
        }
        let is_elsewhere = next.origin() != moved.url.origin();
        if is_elsewhere {
            for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
                moved.headers.remove(name);
            }
            let others = moved.headers.iter().filter(|(_, value)| value.is_sensitive());
            let others: Vec<HeaderName> = others.map(|(name, _)| name.clone()).collect();
            for name in others {
                moved.headers.remove(name);
            }
        }
        let becomes_get = match status {
            303 => moved.method != Method::Head,
            301 | 302 => moved.method == Method::Post,
            _ => false,
        };
        let is_secret = |body: &Body| self.request.mask.finds(&body.kept());
        if is_elsewhere && !becomes_get && moved.body.is_some_and(is_secret) {
            let to = next.host_str().unwrap_or_default();
            return Err(wrong(format!("a redirect would send a secret of the body to `{to}`")));
        }
        if becomes_get {
            moved.method = Method::Get;
            moved.body = None;
            moved.headers.remove(CONTENT_TYPE);
            moved.headers.remove(CONTENT_ENCODING);
        }
        moved.url = next;
        self.moved = Some(moved);
        Ok(true)
    }
}
