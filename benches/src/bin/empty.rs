//! Does nothing: what a process costs at least.

fn main() {}
