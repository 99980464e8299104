//! Building an engine: what it runs on, what its programs may call.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use wf_stdlib::{EntityStore, FileAccess, HttpPolicy};
use wf_vm::{Event, Limits, Node};

use crate::node::{self, AsyncFunction, HostNode, SyncFunction};
use crate::{Engine, Profile};

/// Where entities are kept.
#[derive(Clone, Default)]
pub enum Entities {
    /// In memory, as long as the engine lives.
    #[default]
    Memory,
    /// In a store of the host's own, or one of another crate.
    Store(Arc<dyn EntityStore>),
    /// In an SQLite database in this file, which is made where it is not there.
    File(PathBuf),
}

impl fmt::Debug for Entities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Store(_) => f.write_str("Store"),
        }
    }
}

/// Where answers over HTTP come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Http {
    /// From the network.
    #[default]
    Live,
    /// From the network; requests and answers are written to this file.
    Record(PathBuf),
    /// From this file, without a network.
    Replay(PathBuf),
}

/// Why an engine could not be built.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The signature of a node of the host is wrong.
    #[error("the signature of a node is wrong:\n{0}")]
    Signature(String),
    /// The entity store can't be opened.
    #[error("the entity store can't be used: {0}")]
    Entities(String),
    /// The file of recorded answers can't be used.
    #[error("the recorded answers can't be used: {0}")]
    Http(String),
    /// A folder whose files may be used can't be used.
    #[error("a folder of files can't be used: {0}")]
    Files(String),
    /// A program that may be run is not there.
    #[error("a program that may be run is not found: {0}")]
    Programs(String),
}

/// How the machine runs fibers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduling {
    /// On this many threads; as many as there are cores where it is `None`.
    Workers(Option<usize>),
    /// One after another on the calling thread, in an order that follows from the seed.
    Serial(u64),
}

/// Makes a node around another one.
pub(crate) type Around = Box<dyn Fn(&str, Arc<dyn Node>) -> Arc<dyn Node>>;

/// Gathers what an [`Engine`] is made of.
pub struct EngineBuilder {
    pub(crate) scheduling: Scheduling,
    pub(crate) entities: Entities,
    pub(crate) http: Http,
    pub(crate) http_policy: HttpPolicy,
    pub(crate) files: FileAccess,
    pub(crate) programs: Vec<String>,
    pub(crate) nodes: Vec<HostNode>,
    pub(crate) around: Option<Around>,
    pub(crate) observer: Option<wf_vm::Observer>,
    pub(crate) profile: Option<Arc<Profile>>,
    pub(crate) limits: Limits,
}

impl EngineBuilder {
    pub(crate) fn new() -> Self {
        Self {
            scheduling: Scheduling::Workers(None),
            entities: Entities::Memory,
            http: Http::Live,
            http_policy: HttpPolicy::new(),
            files: FileAccess::default(),
            programs: Vec::new(),
            nodes: Vec::new(),
            around: None,
            observer: None,
            profile: None,
            limits: Limits::default(),
        }
    }

    /// Runs fibers on this many threads; the default is one for each core.
    pub fn workers(mut self, count: usize) -> Self {
        self.scheduling = Scheduling::Workers(Some(count.max(1)));
        self
    }

    /// Runs fibers one after another on the calling thread, in an order that follows from `seed`:
    /// for tests that must be repeatable.
    pub fn serial(mut self, seed: u64) -> Self {
        self.scheduling = Scheduling::Serial(seed);
        self
    }

    /// Keeps entities there.
    pub fn entities(mut self, entities: Entities) -> Self {
        self.entities = entities;
        self
    }

    /// Takes answers over HTTP from there.
    pub fn http(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// Binds HTTP to a policy: what may be reached, through which proxy, and how long answers may
    /// be. A host that runs programs of others denies private addresses:
    ///
    /// ```
    /// use wf_engine::{Engine, HttpPolicy};
    ///
    /// let policy = HttpPolicy::new().deny_private().allow_host("intranet.example:8080".parse()?);
    /// let engine = Engine::builder().http_policy(policy).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http_policy(mut self, policy: HttpPolicy) -> Self {
        self.http_policy = policy;
        self
    }

    /// Lets workflows read and write files in these folders (`file.read`, `file.write` and the like);
    /// without it they can use none.
    pub fn files(mut self, access: FileAccess) -> Self {
        self.files = access;
        self
    }

    /// Lets workflows run this program (`process.run`), a path or a name that is looked up in `PATH`;
    /// may be called several times. Without it they can run none.
    pub fn program(mut self, program: impl Into<String>) -> Self {
        self.programs.push(program.into());
        self
    }

    /// Adds a node of this name: an async function over structs of the host. Its signature follows from
    /// them, its documentation is that of the input.
    ///
    /// ```
    /// use wf_engine::{Context, Data, Engine, NodeError};
    ///
    /// /// Finds a lead by its address.
    /// ///
    /// /// Codes: `"NotFound"`.
    /// #[derive(Data)]
    /// struct FindLead {
    ///     /// The whole address.
    ///     email: String,
    ///     /// Whether closed leads count.
    ///     #[wf(default = "false")]
    ///     with_closed: bool,
    /// }
    ///
    /// #[derive(Data)]
    /// struct Lead { name: String, score: i64 }
    ///
    /// let engine = Engine::builder()
    ///     .node("crm.find_lead", async |input: FindLead, context: Context| -> Result<Lead, NodeError> {
    ///         context.info(format!("looking for {}", input.email));
    ///         tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    ///         match input.email.as_str() {
    ///             "ada@example.com" => Ok(Lead { name: "Ada".into(), score: 90 }),
    ///             other => Err(NodeError::new("NotFound", format!("nobody has the address {other}"))),
    ///         }
    ///     })
    ///     .build()?;
    /// let node = engine.node("crm.find_lead").ok_or("it is there")?;
    /// assert_eq!(node.text, r#"node crm.find_lead {
    ///   input {
    ///     /// The whole address.
    ///     email: string
    ///     /// Whether closed leads count.
    ///     withClosed: bool = false
    ///   }
    ///   output {
    ///     name: string
    ///     score: int
    ///     success: bool
    ///   }
    /// }"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The function runs on the engine's own runtime, so that it needs none of the host; timers and
    /// sockets of tokio work in it. It is dropped where it waits when the run is cancelled or the attempt
    /// takes too long. A panic in it fails the step with the code `Panic`, and nothing else. What it uses
    /// of its surroundings it clones, as many calls may be under way at once:
    ///
    /// ```
    /// # use wf_engine::{Data, Engine, NodeError};
    /// # use std::sync::{Arc, atomic::{AtomicI64, Ordering}};
    /// # #[derive(Data)] struct Next {}
    /// # #[derive(Data)] struct Number { number: i64 }
    /// let counter = Arc::new(AtomicI64::new(0));
    /// let engine = Engine::builder().node("counter.next", move |_: Next| {
    ///     let counter = counter.clone();
    ///     async move { Ok::<_, NodeError>(Number { number: counter.fetch_add(1, Ordering::Relaxed) }) }
    /// });
    /// # engine.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn node<M: 'static>(
        mut self,
        name: impl Into<String>,
        function: impl AsyncFunction<M>,
    ) -> Self {
        self.nodes.push(node::waiting(name.into(), function));
        self
    }

    /// Adds a node that blocks: files, databases, long computations. Each call has a thread of its own,
    /// and so never holds up a worker. A call that nobody waits for any more is let go; the function
    /// sees it by [`Context::is_cancelled`](crate::Context::is_cancelled).
    pub fn blocking_node<M: 'static>(
        mut self,
        name: impl Into<String>,
        function: impl SyncFunction<M>,
    ) -> Self {
        self.nodes.push(node::blocking(name.into(), function));
        self
    }

    /// Adds a node that answers at once: it runs on the worker that calls it, without a hand-over, and
    /// must neither wait nor compute for long.
    pub fn sync_node<M: 'static>(
        mut self,
        name: impl Into<String>,
        function: impl SyncFunction<M>,
    ) -> Self {
        self.nodes.push(node::immediate(name.into(), function));
        self
    }

    /// Adds a node that works on values of the machine itself, as those of the library do: generic ones,
    /// and ones that take lambdas. The signature is `.wf` text with one `node`, whose name it gets:
    ///
    /// ```text
    /// /// Says how a text feels.
    /// node mood.score {
    ///   input { text: string }
    ///   output { score: float, success: bool }
    /// }
    /// ```
    pub fn raw_node(mut self, signature: impl Into<String>, node: Arc<dyn Node>) -> Self {
        self.nodes.push(HostNode::Signed(signature.into(), node));
        self
    }

    /// Puts a node around each node, those of the library too: to trace calls, or to disturb them in
    /// tests. `around` gets the name and the node.
    pub fn around(
        mut self,
        around: impl Fn(&str, Arc<dyn Node>) -> Arc<dyn Node> + 'static,
    ) -> Self {
        self.around = Some(Box::new(around));
        self
    }

    /// Tells `observer` everything that happens in runs, on the thread where it happens: it must be
    /// quick. May be called several times; all are told.
    /// [`RunOptions::observer`](crate::RunOptions::observer) is for one run.
    pub fn observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = match self.observer.take() {
            None => Some(Arc::new(observer)),
            Some(first) => Some(Arc::new(move |event: &Event| {
                first(event);
                observer(event);
            })),
        };
        self
    }

    /// Measures where the time of runs goes; beside an observer, if there is one.
    pub fn profile(mut self, profile: &Arc<Profile>) -> Self {
        self.profile = Some(Arc::clone(profile));
        self
    }

    /// Who is told of events: the observer, the profile, or both.
    pub(crate) fn watcher(&mut self) -> Option<wf_vm::Observer> {
        let Some(profile) = self.profile.take() else { return self.observer.take() };
        let observer = self.observer.take();
        Some(Arc::new(move |event| {
            profile.observe(event);
            if let Some(observer) = &observer {
                observer(event);
            }
        }))
    }

    /// Sets the limits of each run.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes the engine.
    ///
    /// # Errors
    /// A signature is wrong, or a store or file can't be used.
    pub fn build(self) -> Result<Engine, EngineError> {
        Engine::new(self)
    }
}
