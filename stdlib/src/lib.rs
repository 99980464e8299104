//! What workflows can call: the nodes and the functions of the standard library.
//!
//! | | |
//! | --- | --- |
//! | [`SIGNATURES`] | the `.wf` texts that declare all of it, for the compiler |
//! | [`functions`] | the library functions; [`INLINED`] names those that the compiler makes itself |
//! | [`nodes`] | the nodes, over an [`Io`]; where they wait: [`Waiting`] |
//! | [`HttpMode`] | whether HTTP is live, recorded or replayed |
//! | [`HttpPolicy`], [`AllowedHost`], [`Proxy`] | what HTTP may reach, and how |
//! | [`FileAccess`] | the folders whose files workflows may use |
//! | [`EntityStore`], [`MemoryStore`], [`SqliteStore`], [`load`] | what keeps entities, and how it is filled |
//! | [`stores`] | what other stores are made of |
//! | [`check_pattern`], [`check_zone`], [`check_format`] | checks of literals before a program runs |

mod call;
mod condition;
mod crypto;
mod csv;
mod email;
mod entity;
mod file;
mod functions;
mod html;
mod http;
mod io;
mod json;
mod jwt;
mod log;
mod process;
mod random;
mod signatures;
mod template;
mod textual;
mod time;
mod workflow;
mod xml;

#[cfg(test)]
mod test_support;

pub use call::Promise;
pub use entity::{
    Bound, Change, Counted, EntityStore, Found, LoadError, MemoryStore, Question, Reader, Row,
    Seen, SqliteStore, StoreError, entity_type_id, load, load_all, stores,
};
pub use file::FileAccess;
pub use functions::{INLINED, check_format, check_pattern, check_zone, functions};
pub use http::{AllowedHost, HttpMode, HttpPolicy, Proxy, UnusedRecording};
pub use io::{Io, IoError, Waiting, nodes};
pub use signatures::SIGNATURES;
