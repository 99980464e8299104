//! What makes a message one to act on: where a type comes from, what was meant, and what is left
//! unsaid.

pub(crate) mod allow;
pub(crate) mod foreign;
pub(crate) mod mend;
pub(crate) mod mismatch;
pub(crate) mod no_lambda;
pub(crate) mod origin;
pub(crate) mod quiet;
pub(crate) mod root_place;
pub(crate) mod show;
pub(crate) mod suggest;
pub(crate) mod swapped;
pub(crate) mod unused;
pub(crate) mod why_not;
