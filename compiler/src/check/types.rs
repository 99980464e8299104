//! How types relate: what fits where, unions, generic functions, and types that hold secrets.

pub(crate) mod generic;
pub(crate) mod instantiate;
pub(crate) mod relate;
pub(crate) mod secret;
mod time_format;
pub(crate) mod unify;
pub(crate) mod union;
pub(crate) mod wish;
