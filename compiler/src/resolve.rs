//! Names of a file: what they stand for, and the types written with them.

pub(crate) mod finite;
pub(crate) mod scope;
pub(crate) mod seen;
pub(crate) mod types;
pub(crate) mod union;
