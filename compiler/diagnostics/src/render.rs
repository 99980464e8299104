//! Diagnostics on a terminal.
