//! `wf build`: from source to a program file.

use std::io::{self, Write};

use wf_diagnostics::render::RenderOptions;

use crate::args::BuildArgs;
use crate::commands::plain_engine;
use crate::commands::program::{Told, load};
use crate::exit::Exit;

/// Compiles a file and writes the program.
pub fn build(
    args: &BuildArgs,
    out: &mut impl Write,
    err: &mut impl Write,
    options: &RenderOptions,
) -> io::Result<Exit> {
    let engine = match plain_engine(err)? {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let mut told = Told { out, err, format: args.format, options };
    let program = match load(&engine, &args.file, &mut told)? {
        Ok((program, _)) => program,
        Err(exit) => return Ok(exit),
    };
    let bytes = wf_bytecode::file::write(&program);
    if let Err(error) = std::fs::write(&args.output, bytes) {
        writeln!(err, "error: `{}` can't be written: {error}", args.output.display())?;
        return Ok(Exit::Usage);
    }
    Ok(Exit::Good)
}
