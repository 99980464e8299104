//! What is wrong with a cron text, and where.

use std::ops::Range;

/// A mistake in a cron text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes of the text that are wrong: a field, or the whole text.
    pub at: Range<usize>,
    /// What is wrong, in one sentence without a capital letter and a full stop.
    pub message: String,
    /// How it can be mended.
    pub help: String,
}
