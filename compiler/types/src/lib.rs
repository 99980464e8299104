//! The types of wf, and the signatures of nodes and functions that a program is compiled against.

mod defs;
mod registry;
mod table;
mod ty;

pub use defs::{Def, DefId, DefKind, TypeDefs};
pub use registry::{Bound, FnParam, FnSignature, NodeSignature, Registry, TypeParam};
pub use table::Table;
pub use ty::{Field, LambdaType, Literal, RecordType, Type, TypeFn};
