//! What the nodes need of the outside: a runtime, the network, a store.

use std::sync::Arc;

use tokio::runtime::Handle;
use wf_vm::Nodes;

use crate::entity::{Entities, EntityStore};
use crate::file::{FileAccess, Folders};
use crate::http::{Http, HttpMode};
use crate::process::Programs;

/// The outside, shared by all nodes of a host.
pub struct Io {
    handle: Handle,
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
        let http = Http::new(handle.clone(), mode)?;
        let (folders, programs) = Default::default();
        Ok(Self { handle, http, entities: Entities::new(store), folders, programs })
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
    crate::email::add_nodes(&io.handle, &mut nodes);
    crate::entity::add_nodes(&io.entities, &mut nodes);
    crate::file::add_nodes(&io.handle, &io.folders, &mut nodes);
    crate::html::add_nodes(&mut nodes);
    crate::http::add_nodes(&io.http, &mut nodes);
    crate::jwt::add_nodes(&mut nodes);
    crate::log::add_nodes(&mut nodes);
    crate::process::add_nodes(&io.handle, &io.programs, &mut nodes);
    crate::random::add_nodes(&mut nodes);
    crate::time::add_nodes(&io.handle, &mut nodes);
    crate::xml::add_nodes(&mut nodes);
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
        assert_eq!(declared.len(), 36, "{declared:?}");
        for name in declared {
            assert_eq!(nodes.get(&name).is_some(), name != "workflow.call", "{name}");
        }
    }
}
