//! What the nodes need of the outside: a runtime, the network, a store.

use std::sync::Arc;

use tokio::runtime::Handle;
use wf_vm::Nodes;

use crate::entity::{Entities, EntityStore};
use crate::http::{Http, HttpMode, HttpPolicy};

/// The outside, shared by all nodes of a host.
pub struct Io {
    handle: Handle,
    http: Arc<Http>,
    entities: Arc<Entities>,
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
    /// Prepares the outside. Waiting nodes run on the runtime of the handle, which needs its timer
    /// and its network.
    ///
    /// # Errors
    /// Where the file of the mode can't be read or written, or holds no recording.
    pub fn new(
        handle: Handle,
        mode: HttpMode,
        store: Arc<dyn EntityStore>,
    ) -> Result<Self, IoError> {
        Self::with_policy(handle, mode, HttpPolicy::new(), store)
    }

    /// The same where HTTP is bound to a policy.
    ///
    /// # Errors
    /// As [`Io::new`].
    pub fn with_policy(
        handle: Handle,
        mode: HttpMode,
        policy: HttpPolicy,
        store: Arc<dyn EntityStore>,
    ) -> Result<Self, IoError> {
        let http = Http::new(handle.clone(), mode, policy)?;
        Ok(Self { handle, http, entities: Entities::new(store) })
    }
}

/// All nodes of the library but `workflow.call`, which the machine runs itself.
pub fn nodes(io: &Io) -> Nodes {
    let mut nodes = Nodes::new();
    crate::condition::add_nodes(&mut nodes);
    crate::entity::add_nodes(&io.entities, &mut nodes);
    crate::http::add_nodes(&io.http, &mut nodes);
    crate::log::add_nodes(&mut nodes);
    crate::random::add_nodes(&mut nodes);
    crate::time::add_nodes(&io.handle, &mut nodes);
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::SqliteStore;

    #[test]
    fn every_signature_has_its_node() {
        let runtime = crate::test_support::runtime();
        let store = Arc::new(SqliteStore::in_memory(&[]).expect("a store in memory"));
        let io = Io::new(runtime.handle().clone(), HttpMode::Live, store).expect("an outside");
        let nodes = nodes(&io);
        let declared = crate::test_support::declared("node ");
        assert_eq!(declared.len(), 21, "{declared:?}");
        for name in declared {
            assert_eq!(nodes.get(&name).is_some(), name != "workflow.call", "{name}");
        }
    }
}
