//! From text to the syntax tree. The only user of pest.

pub mod ast;
