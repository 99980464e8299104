//! The verifier: after it the machine may trust every index, register and jump of a program.
//!
//! What it does not prove is the kind of the value in a value register: an instruction that finds
//! another kind than it wants is an internal failure of the run.

mod code;
mod forks;
mod pipelines;
mod pushdowns;
mod tables;
#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::{FunctionKind, Program};

/// Why a program is inconsistent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the program is corrupt: {place}: {reason}")]
pub struct VerifyError {
    /// Where: `function 3 "fib", instruction 7`, or the table and the index.
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

/// How many loops of one function may nest.
pub const MAX_LOOP_DEPTH: u16 = 1024;

/// How deep optional types and unions may nest in each other without a list, map or record.
pub const MAX_TYPE_DEPTH: usize = 64;

type Verified = Result<(), VerifyError>;

/// Checks every index, register, jump, table and frame of a program.
///
/// # Errors
/// The first inconsistency, in the order of the tables and of the instructions.
pub fn verify(program: &Program) -> Verified {
    let verifier = Verifier { program, owners: forks::owners(program)? };
    verifier.tables()?;
    verifier.pushdowns()?;
    for (index, function) in program.functions.iter().enumerate() {
        verifier.function(index, function)?;
    }
    verifier.forks()
}

/// The fork, and the function that runs it, of which a function is a region.
#[derive(Clone, Copy)]
struct Owner {
    fork: usize,
    parent: usize,
}

struct Verifier<'a> {
    program: &'a Program,
    /// By function: whose region it is.
    owners: Vec<Option<Owner>>,
}

impl Verifier<'_> {
    fn function_kind(&self, index: u16) -> Option<&FunctionKind> {
        self.program.functions.get(usize::from(index)).map(|f| &f.kind)
    }

    /// That an index is a closure of this many parameters without captures.
    fn plain_closure(&self, index: Option<u16>, params: u16) -> Result<(), String> {
        let Some(index) = index else { return Ok(()) };
        match self.function_kind(index) {
            Some(FunctionKind::Closure { params: p, captures: 0 }) if *p == params => Ok(()),
            _ => Err(format!("function {index} is no closure of {params} parameters")),
        }
    }
}

/// `Ok` where `index` is inside a table of this length.
fn inside(what: &str, index: impl Into<u64>, len: usize) -> Result<(), String> {
    let index = index.into();
    if index < len as u64 { Ok(()) } else { Err(format!("there is no {what} {index}, only {len}")) }
}

/// Turns a reason into an error at a place, which is written only then.
fn at(place: impl FnOnce() -> String) -> impl FnOnce(String) -> VerifyError {
    move |reason| VerifyError { place: place(), reason }
}
