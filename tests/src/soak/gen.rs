//! Programs that are well typed by construction. Everything random in them is a choice, so that
//! a program can be made again and shrunk.

mod calls;
mod cond;
mod entity;
mod env;
mod expr;
mod function;
mod generic;
mod http;
mod lists;
mod literal;
mod loops;
mod parallel;
mod program;
mod row_test;
mod schema;
mod select;
mod step;
mod stmt;
mod template;
mod trigger;
mod ty;
mod union;
mod variables;

pub use program::{Generated, program};
