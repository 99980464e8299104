//! `wf disasm`: the listing of a program.

use std::io::{self, Write};

use wf_diagnostics::render::RenderOptions;

use crate::args::{DisasmArgs, Format};
use crate::commands::plain_engine;
use crate::commands::program::{Told, load};
use crate::exit::Exit;

/// Lists the bytecode of a source file or of a built program.
pub fn disasm(
    args: &DisasmArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let engine = match plain_engine(err)? {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let mut told = Told { out, err, format: Format::Human, options };
    match load(&engine, &args.file, &mut told)? {
        Ok((program, _)) => {
            write!(told.out, "{}", wf_bytecode::disassemble(&program))?;
            Ok(Exit::Good)
        }
        Err(exit) => Ok(exit),
    }
}
