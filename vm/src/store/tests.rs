//! Tests of the store, its snapshot and its paths.
