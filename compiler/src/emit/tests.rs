//! Programs built by hand, emitted and looked at.
