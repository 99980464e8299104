//! Programs that are well typed by construction. Everything random in them is a choice, so that
//! a program can be made again and shrunk.

mod calls;
mod cond;
mod entity;
mod env;
mod expr;
mod function;
mod lists;
mod literal;
mod loops;
mod parallel;
mod program;
mod step;
mod stmt;
mod template;
mod ty;
mod variables;

pub use program::{Generated, program};
