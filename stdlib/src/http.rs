//! The nodes that speak HTTP.

mod address;
mod answer;
mod auth;
mod body;
mod entry;
mod policy;
mod record;
mod redirect;
mod replay;
mod request;
mod send;
mod token;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wf_vm::{Node, NodeCall, NodeFailure, Nodes, Started};

use crate::IoError;
use crate::call::Promise;
use crate::io::Waiting;
use answer::answer;
use record::{Recorder, Recording};
pub use replay::UnusedRecording;
use replay::{Replayed, Replayer};
use request::{Method, Request};
use send::Clients;

pub use policy::{AllowedHost, HttpPolicy, Proxy};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("http/request.wf", include_str!("http/request.wf")),
    ("http/get.wf", include_str!("http/get.wf")),
    ("http/head.wf", include_str!("http/head.wf")),
    ("http/post.wf", include_str!("http/post.wf")),
    ("http/put.wf", include_str!("http/put.wf")),
    ("http/patch.wf", include_str!("http/patch.wf")),
    ("http/delete.wf", include_str!("http/delete.wf")),
];

/// Where the answers to HTTP requests come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpMode {
    /// From the network.
    Live,
    /// From the network, and every exchange is written to a file, which is overwritten.
    Record(PathBuf),
    /// From a file that was recorded or written by hand; nothing is sent.
    ///
    /// The file is an array of entries, or entries one after another:
    ///
    /// ```json
    /// {
    ///   "request": { "method": "GET", "url": "https://api.example.com/people/1" },
    ///   "response": { "status": 200, "headers": { "x-page": "1" }, "body": { "name": "Ada" } }
    /// }
    /// ```
    ///
    /// A response has a `body` (JSON), a `text` or a `base64`, or none; instead of a `response` there may be
    /// an `error`, `"connect"` or `"timeout"`; `delayMs` makes the answer wait. The method is GET
    /// where it is left out.
    ///
    /// Which entry answers a call:
    ///
    /// 1. Those of its method and URL (with the query), and, where an entry has them, of its body
    ///    (`request.body`, JSON or text), its step (`step`) and its attempt (`attempt`, from 1).
    /// 2. Of these, the entry that was recorded at just this place (`call`: the step, the loops
    ///    around it with their iterations), whatever the order in which calls are made.
    /// 3. Where there is none, they answer in order, each once, and the last one stays. A retry
    ///    takes the entry behind the one that its previous attempt got. Calls that a parallel loop
    ///    makes at the same time should therefore differ in URL, body or step, or get equal answers.
    ///
    /// An entry with `times` answers so many calls, and no more. [`Io::unused_recordings`] tells which
    /// were used less; `required` makes that a failure for who asks.
    ///
    /// [`Io::unused_recordings`]: crate::Io::unused_recordings
    Replay(PathBuf),
}

/// Sends requests for all nodes of this family.
pub(crate) struct Http {
    waiting: Waiting,
    clients: Clients,
    source: Source,
}

enum Source {
    Live,
    Record(Arc<Recorder>),
    Replay(Replayer),
}

impl Http {
    pub(crate) fn new(
        waiting: impl Into<Waiting>,
        mode: HttpMode,
        policy: HttpPolicy,
    ) -> Result<Arc<Self>, IoError> {
        let source = match mode {
            HttpMode::Live => Source::Live,
            HttpMode::Record(path) => Source::Record(Arc::new(Recorder::create(&path)?)),
            HttpMode::Replay(path) => Source::Replay(Replayer::open(&path)?),
        };
        Ok(Arc::new(Self { waiting: waiting.into(), clients: Clients::new(policy), source }))
    }

    /// The entries of the file that is replayed which were used less than they are there for.
    pub(crate) fn unused(&self) -> Vec<UnusedRecording> {
        match &self.source {
            Source::Replay(replayer) => replayer.unused(),
            Source::Live | Source::Record(_) => Vec::new(),
        }
    }
}

/// Adds the nodes of this family.
pub(crate) fn add_nodes(http: &Arc<Http>, nodes: &mut Nodes) {
    let methods = [
        ("http.request", None),
        ("http.get", Some(Method::Get)),
        ("http.head", Some(Method::Head)),
        ("http.post", Some(Method::Post)),
        ("http.put", Some(Method::Put)),
        ("http.patch", Some(Method::Patch)),
        ("http.delete", Some(Method::Delete)),
    ];
    for (name, method) in methods {
        nodes.add(name, Arc::new(HttpNode { http: Arc::clone(http), method }));
    }
}

struct HttpNode {
    http: Arc<Http>,
    /// `None` takes it from the input.
    method: Option<Method>,
}

impl Node for HttpNode {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        match Request::read(call, self.method) {
            Ok(request) => self.begin(call, request),
            Err(failure) => Started::Ready(Err(failure)),
        }
    }
}

impl HttpNode {
    fn begin(&self, call: &NodeCall<'_>, request: Request) -> Started {
        let now = call.now();
        match &self.http.source {
            Source::Replay(replayer) => match replayer.find(&request, call.place(), call.attempt) {
                None => Started::Ready(Err(no_recording(&request, replayer))),
                Some(Replayed { outcome, delay }) => {
                    let (delay, outcome) = match request.timeout.filter(|t| *t <= delay) {
                        Some(timeout) => (timeout + GRACE, Err(send::timed_out(timeout))),
                        None => (delay, outcome),
                    };
                    let outcome = match (request.timeout, outcome) {
                        // In the machine's words, as when it was recorded.
                        (Some(timeout), Err(send::Trouble { code: "timeout", .. })) => {
                            let mut failure =
                                NodeFailure::new("timeout", send::timed_out(timeout).message);
                            failure.transient = true;
                            Err(failure)
                        }
                        (_, outcome) => answer(&request, outcome, now),
                    };
                    if delay.is_zero() {
                        return Started::Ready(outcome);
                    }
                    let promise = Promise::new(call.completion());
                    self.http.waiting.spawn(async move {
                        tokio::time::sleep(delay).await;
                        promise.keep(outcome);
                    })
                }
            },
            Source::Live => {
                let http = Arc::clone(&self.http);
                let promise = Promise::new(call.completion());
                self.http.waiting.spawn(live(http, request, now, promise))
            }
            Source::Record(recorder) => {
                let http = Arc::clone(&self.http);
                let recorder = Arc::clone(recorder);
                let recording = Recording::begin(recorder, request, call.place(), call.attempt);
                let promise = Promise::new(call.completion());
                self.http.waiting.spawn(async move {
                    let outcome = http.clients.send(recording.request()).await;
                    promise.keep(match recording.end(&outcome) {
                        Ok(request) => answer(&request, outcome, now),
                        Err(failure) => Err(failure),
                    });
                })
            }
        }
    }
}

/// A call over the network, to its end. Thousands of them may wait at once: what this future holds it
/// holds in one place, so it must not be put into another one.
#[expect(clippy::manual_async_fn, reason = "an `async fn` may hold its arguments twice")]
fn live(
    http: Arc<Http>,
    request: Request,
    now: i64,
    promise: Promise,
) -> impl Future<Output = ()> + Send + 'static {
    async move {
        let outcome = http.clients.send(&request).await;
        promise.keep(answer(&request, outcome, now));
    }
}

fn no_recording(request: &Request, replayer: &Replayer) -> NodeFailure {
    let message = format!(
        "`{}` has no entry for {} {}{}",
        replayer.name(),
        request.method.name(),
        request.shown_url(),
        if request.body.is_some() { " with this body" } else { "" },
    );
    NodeFailure::new("NoRecording", message)
}

/// How much later than its time an attempt is given up here. The machine gives it up in time; this
/// is for hosts that do not.
const GRACE: Duration = Duration::from_millis(500);

/// How long an attempt may take where nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
