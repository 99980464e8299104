//! What the nodes need of the outside: a runtime, the network, a store.

use std::sync::Arc;

use tokio::runtime::Handle;
use wf_vm::{Cancel, Nodes, Started};

use crate::call::Abort;
use crate::entity::{Entities, EntityStore};
use crate::file::{FileAccess, Folders};
use crate::http::{Http, HttpMode, HttpPolicy, UnusedRecording};
use crate::process::Programs;

/// Where nodes wait: a runtime with its timer and its network, which may be started only when the
/// first of them does.
#[derive(Clone)]
pub struct Waiting(Arc<dyn Fn() -> Option<Handle> + Send + Sync>);

impl Waiting {
    /// On the runtime that `handle` gives; `None` where there is none any more.
    pub fn on(handle: impl Fn() -> Option<Handle> + Send + Sync + 'static) -> Self {
        Self(Arc::new(handle))
    }

    /// Begins to do something. Without a runtime it is dropped, which gives up the call.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> Started {
        match (self.0)() {
            Some(handle) => Started::Pending(Box::new(Abort(handle.spawn(work).abort_handle()))),
            None => Started::Pending(Box::new(GivenUp)),
        }
    }

    /// Begins to do something that may block, on a thread of its own.
    pub(crate) fn block(&self, work: impl FnOnce() + Send + 'static) {
        if let Some(handle) = (self.0)() {
            handle.spawn_blocking(work);
        }
    }
}

/// What is left of work that could not begin.
struct GivenUp;

impl Cancel for GivenUp {
    fn cancel(self: Box<Self>) {}
}

impl From<Handle> for Waiting {
    fn from(handle: Handle) -> Self {
        Self::on(move || Some(handle.clone()))
    }
}

/// The outside, shared by all nodes of a host.
pub struct Io {
    waiting: Waiting,
    http: Arc<Http>,
    entities: Arc<Entities>,
    folders: Arc<Folders>,
    programs: Arc<Programs>,
}

/// Why the outside can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IoError {
    /// A file can't be read or written, or holds something else than it should.
    #[error("`{path}`: {message}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, with line and column where it is what the file holds.
        message: String,
    },
}

impl Io {
    /// Prepares the outside. Nodes that wait do it on this runtime.
    ///
    /// # Errors
    /// Where the file of the mode can't be read or written, or holds no recording.
    pub fn new(
        waiting: impl Into<Waiting>,
        mode: HttpMode,
        store: Arc<dyn EntityStore>,
    ) -> Result<Self, IoError> {
        Self::with_policy(waiting, mode, HttpPolicy::new(), store)
    }

    /// The same where HTTP is bound to a policy.
    ///
    /// # Errors
    /// As [`Io::new`].
    pub fn with_policy(
        waiting: impl Into<Waiting>,
        mode: HttpMode,
        policy: HttpPolicy,
        store: Arc<dyn EntityStore>,
    ) -> Result<Self, IoError> {
        let waiting = waiting.into();
        let http = Http::new(waiting.clone(), mode, policy)?;
        let (folders, programs) = Default::default();
        Ok(Self { waiting, http, entities: Entities::new(store), folders, programs })
    }

    /// The entries of the file of recorded exchanges that were used less than they are there for.
    pub fn unused_recordings(&self) -> Vec<UnusedRecording> {
        self.http.unused()
    }

    /// Lets workflows use the files of these folders; without it they can use none.
    ///
    /// # Errors
    /// Where a folder is not there or can't be opened.
    pub fn with_files(mut self, access: &FileAccess) -> Result<Self, IoError> {
        self.folders = Arc::new(Folders::open(access)?);
        Ok(self)
    }

    /// Lets workflows run these programs; without it they can run none. A program is a path, or a
    /// name that is looked up in `PATH` now.
    ///
    /// # Errors
    /// Where a program is not found.
    pub fn with_programs(mut self, programs: &[String]) -> Result<Self, IoError> {
        self.programs = Arc::new(Programs::find(programs)?);
        Ok(self)
    }
}

/// All nodes of the library but `workflow.call`, which the machine runs itself.
pub fn nodes(io: &Io) -> Nodes {
    let mut nodes = Nodes::new();
    crate::condition::add_nodes(&mut nodes);
    crate::crypto::add_nodes(&mut nodes);
    crate::csv::add_nodes(&mut nodes);
    crate::email::add_nodes(&io.waiting, &mut nodes);
    crate::entity::add_nodes_on(&io.entities, &io.waiting, &mut nodes);
    crate::file::add_nodes(&io.waiting, &io.folders, &mut nodes);
    crate::html::add_nodes(&mut nodes);
    crate::http::add_nodes(&io.http, &mut nodes);
    crate::jwt::add_nodes(&mut nodes);
    crate::log::add_nodes(&mut nodes);
    crate::process::add_nodes(&io.waiting, &io.programs, &mut nodes);
    crate::random::add_nodes(&mut nodes);
    crate::template::add_nodes(&mut nodes);
    crate::time::add_nodes(&io.waiting, &mut nodes);
    crate::xml::add_nodes(&mut nodes);
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::MemoryStore;

    #[test]
    fn every_signature_has_its_node() {
        let runtime = crate::test_support::runtime();
        let store = Arc::new(MemoryStore::new());
        let io = Io::new(runtime.handle().clone(), HttpMode::Live, store).expect("an outside");
        let nodes = nodes(&io);
        let declared = crate::test_support::declared("node ");
        assert_eq!(declared.len(), 43, "{declared:?}");
        for name in declared {
            assert_eq!(nodes.get(&name).is_some(), name != "workflow.call", "{name}");
        }
    }
}
