//! What HTTP may reach, and how: for hosts that run programs they did not write.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{is_inner_name, kind};
use super::send::{MAX_BODY, Trouble};

/// Finds the addresses of a name.
type Lookup = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// What HTTP may reach, and how. It holds for every request of a program and for every redirect.
///
/// The default reaches everything that this machine reaches, without a proxy.
#[derive(Clone, Default)]
pub struct HttpPolicy {
    denies_private: bool,
    https_only: bool,
    allowed: Vec<AllowedHost>,
    proxy: Proxy,
    max_answer: Option<usize>,
    lookup: Option<Lookup>,
}

impl Debug for HttpPolicy {
    /// Without the proxy, whose URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpPolicy")
            .field("denies_private", &self.denies_private)
            .field("https_only", &self.https_only)
            .field("allowed", &self.allowed)
            .field("max_answer", &self.max_answer())
            .finish_non_exhaustive()
    }
}

impl HttpPolicy {
    /// The default policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses addresses that are none of the public internet, with the code `"PrivateAddress"`:
    /// loopback, private, link-local, multicast, reserved ones, and the names of this machine and of
    /// clouds' metadata services. A name is refused where it resolves to no other address; what is
    /// connected to is one of the addresses that were checked.
    #[must_use]
    pub fn deny_private(mut self) -> Self {
        self.denies_private = true;
        self
    }

    /// Lets requests reach this host although it has a private address.
    #[must_use]
    pub fn allow_host(mut self, host: AllowedHost) -> Self {
        self.allowed.push(host);
        self
    }

    /// Refuses URLs of `http`.
    #[must_use]
    pub fn https_only(mut self) -> Self {
        self.https_only = true;
        self
    }

    /// Sends requests through a proxy. Where private addresses are denied, a name that this machine
    /// can't resolve is left to the proxy.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// How many bytes an answer may have, after decompression; 64 MiB where nothing is said.
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.max_answer = Some(bytes);
        self
    }

    /// Finds the addresses of names by `lookup` instead of the system; it may block.
    #[must_use]
    pub fn lookup(mut self, lookup: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        self.lookup = Some(Arc::new(lookup));
        self
    }

    /// That many.
    pub fn max_answer(&self) -> usize {
        self.max_answer.unwrap_or(MAX_BODY)
    }

    pub(super) fn proxy_of(&self) -> &Proxy {
        &self.proxy
    }

    /// Whether a URL may be asked, and what the names on the way to it may resolve to.
    pub(super) fn check(&self, url: &Url) -> Result<Access, Trouble> {
        if self.https_only && url.scheme() != "https" {
            return Err(Trouble::lasting("InvalidUrl", "only https URLs may be called here"));
        }
        if !self.denies_private || self.allowed.iter().any(|host| host.fits(url)) {
            return Ok(Access::Any);
        }
        let host = url.host_str().unwrap_or_default();
        let reason = match literal(host) {
            Some(ip) => kind(ip),
            None => is_inner_name(host).then_some("a name inside of the network"),
        };
        match reason {
            Some(reason) => Err(private(url, &format!("`{host}` is {reason}"))),
            None => Ok(Access::Public),
        }
    }

    /// Checks a name that a proxy will resolve, as far as this machine can resolve it too.
    pub(super) async fn check_behind_proxy(&self, url: &Url) -> Result<(), Trouble> {
        let host = url.host_str().unwrap_or_default();
        if matches!(self.proxy, Proxy::None) || literal(host).is_some() {
            return Ok(());
        }
        let found = find(self.lookup.clone(), host.to_owned()).await.unwrap_or_default();
        match public(host, found) {
            Err(Refused { reason: Some(reason) }) => Err(private(url, &reason)),
            _ => Ok(()),
        }
    }

    /// Resolves names for a client that may reach this.
    pub(super) fn resolver(&self, access: Access) -> Resolver {
        let mut trusted = Vec::new();
        match &self.proxy {
            Proxy::None => {}
            Proxy::Url(url) => trusted.extend(url.host_str().map(str::to_owned)),
            Proxy::Environment => trusted.extend(proxies_of_environment()),
        }
        Resolver { access, trusted, lookup: self.lookup.clone() }
    }
}

/// What a client may connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Any,
    Public,
}

/// A host that may be reached although its address is private: `HOST` or `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// As URLs have it: in lower case, addresses in their one form.
    host: String,
    port: Option<u16>,
}

impl AllowedHost {
    fn fits(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        host.trim_end_matches('.') == self.host
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

impl FromStr for AllowedHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write HOST or HOST:PORT".to_owned();
        // An address of version 6 needs no brackets where it stands alone.
        let text = match text.parse::<std::net::Ipv6Addr>() {
            Ok(ip) => format!("[{ip}]"),
            Err(_) => text.to_owned(),
        };
        if text.contains(['/', '@', '?', '#', '\\']) || text.trim().is_empty() {
            return Err(wrong());
        }
        let behind = text.rsplit_once(']').map_or(text.as_str(), |(_, behind)| behind);
        let port = match behind.rsplit_once(':') {
            Some((_, port)) => Some(port.parse().map_err(|_| wrong())?),
            None => None,
        };
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?.trim_end_matches('.').to_owned();
        Ok(Self { host, port })
    }
}

/// Through which proxy requests are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Proxy {
    /// Through none, whatever the environment says.
    #[default]
    None,
    /// Through those that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name.
    Environment,
    /// All of them through this one.
    Url(Url),
}

impl FromStr for Proxy {
    type Err = String;

    /// A URL of `http` or `https`, or `env`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "env" {
            return Ok(Self::Environment);
        }
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.map(Self::Url).ok_or_else(|| "write http://HOST:PORT or env".to_owned())
    }
}

/// The names of the proxies in the environment.
fn proxies_of_environment() -> Vec<String> {
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let values = names.iter().flat_map(|name| [(*name).to_owned(), name.to_ascii_lowercase()]);
    let values = values.filter_map(|name| std::env::var(name).ok());
    let host = |value: String| {
        let url = Url::parse(&value).ok().filter(Url::has_host);
        let url = url.or_else(|| Url::parse(&format!("http://{value}")).ok())?;
        url.host_str().map(str::to_owned)
    };
    values.filter_map(host).collect()
}

/// The address that the host of a URL is written as.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn private(url: &Url, reason: &str) -> Trouble {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let message = format!(
        "{reason}, and private addresses are denied here; `--allow-host {host}{port}` (for programs \
         that embed wf, `HttpPolicy::allow_host`) allows it"
    );
    Trouble::lasting("PrivateAddress", message)
}

/// Resolves names to addresses that may be connected to.
pub(super) struct Resolver {
    access: Access,
    /// The proxies that the host chose.
    trusted: Vec<String>,
    lookup: Option<Lookup>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let is_free = self.access == Access::Any || self.trusted.contains(&name);
        let lookup = self.lookup.clone();
        Box::pin(async move {
            let found = find(lookup, name.clone()).await?;
            let found = if is_free { found } else { public(&name, found)? };
            Ok(Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}

async fn find(lookup: Option<Lookup>, name: String) -> std::io::Result<Vec<IpAddr>> {
    match lookup {
        Some(lookup) => {
            let found = tokio::task::spawn_blocking(move || lookup(&name)).await;
            found.map_err(std::io::Error::other)
        }
        None => {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
    }
}

/// The public ones of the addresses of a name.
fn public(name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Refused> {
    let Some(first) = found.first().copied() else { return Err(Refused { reason: None }) };
    let checked: Vec<IpAddr> = found.into_iter().filter(|ip| kind(*ip).is_none()).collect();
    if checked.is_empty() {
        let kind = kind(first).unwrap_or_default();
        return Err(Refused { reason: Some(format!("`{name}` resolves to {kind} ({first})")) });
    }
    Ok(checked)
}

/// A name that is not connected to.
#[derive(Debug)]
pub(super) struct Refused {
    /// Why; `None` where the name has no address.
    reason: Option<String>,
}

impl Refused {
    /// The trouble that it is for a request of this URL, where it is found among the causes of an
    /// error.
    pub(super) fn find(error: &(dyn Error + 'static), url: &Url) -> Option<Trouble> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(Self { reason: Some(reason) }) = error.downcast_ref() {
                return Some(private(url, reason));
            }
            cause = error.source();
        }
        None
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.as_deref().unwrap_or("the name has no address"))
    }
}

impl Error for Refused {}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn hosts_are_written_in_any_form() {
        let table = [
            ("localhost", "http://localhost:8080/", true),
            ("LOCALHOST.", "http://localhost/", true),
            ("localhost:8080", "http://localhost:8080/", true),
            ("localhost:8080", "http://localhost:8081/", false),
            ("localhost:80", "http://localhost/", true),
            ("localhost:443", "https://localhost/", true),
            ("127.1", "http://127.0.0.1:9/", true),
            ("::1", "http://[::1]:9/", true),
            ("[::1]:9", "http://[::1]:9/", true),
            ("[::1]:9", "http://[::1]:8/", false),
            ("a.example", "http://b.a.example/", false),
            ("a.example", "http://a.example.evil.example/", false),
        ];
        for (host, to, fits) in table {
            let host: AllowedHost = host.parse().expect("a host");
            assert_eq!(host.fits(&url(to)), fits, "{host:?} {to}");
        }
        for text in ["", " ", "a/b", "http://a", "a:b", "a:99999", "u@a", "a b", "[::1"] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn proxies_are_urls_or_those_of_the_environment() {
        assert_eq!("env".parse(), Ok(Proxy::Environment));
        assert!(matches!("http://proxy:3128".parse(), Ok(Proxy::Url(_))));
        for text in ["", "proxy:3128", "ftp://proxy", "socks5://proxy"] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_checked_addresses_are_connected_to() {
        let ips = |texts: &[&str]| -> Vec<IpAddr> {
            texts.iter().map(|text| text.parse().expect("an address")).collect()
        };
        let mixed = ips(&["127.0.0.1", "8.8.8.8", "::1", "2606:4700::1111"]);
        let checked = public("mixed.example", mixed).expect("some are public");
        assert_eq!(checked, ips(&["8.8.8.8", "2606:4700::1111"]));
        let refused = public("inner.example", ips(&["10.0.0.7", "::1"])).expect_err("none is");
        assert_eq!(refused.to_string(), "`inner.example` resolves to a private address (10.0.0.7)");
        assert!(public("none.example", vec![]).is_err());
    }

    #[test]
    fn the_scheme_may_be_bound() {
        let policy = HttpPolicy::new().https_only();
        assert_eq!(policy.check(&url("http://a.example/")).expect_err("no").code, "InvalidUrl");
        assert_eq!(policy.check(&url("https://a.example/")).expect("yes"), Access::Any);
    }
}
