//! `table`: what wf is measured by, as a table in Markdown.
//!
//! `cargo run --release -p wf-benches -- table [--only NAME] [--rounds N] [--json] [--instructions]`

use std::error::Error;
use std::io::Write;

use wf_benches::table::data::Sizes;
use wf_benches::table::rows::ROWS;
use wf_benches::table::{instructions, report};

/// As in the `wf` program.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: table [--only NAME] [--rounds N] [--json] [--instructions]";

/// How often everything is measured, where the command line does not say; the median counts.
const ROUNDS: usize = 9;

/// What the command line wants.
struct Wanted {
    only: Option<String>,
    rounds: usize,
    json: bool,
    instructions: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("table") => table(&wanted(args)?),
        Some("once") => {
            let row = args.next().ok_or(USAGE)?;
            Ok(instructions::once(&row, args.next().ok_or(USAGE)?.parse()?)?)
        }
        _ => Err(USAGE.into()),
    }
}

fn wanted(mut args: impl Iterator<Item = String>) -> Result<Wanted, Box<dyn Error>> {
    let mut wanted = Wanted { only: None, rounds: ROUNDS, json: false, instructions: false };
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => wanted.only = Some(args.next().ok_or(USAGE)?),
            "--rounds" => wanted.rounds = args.next().ok_or(USAGE)?.parse::<usize>()?.max(1),
            "--json" => wanted.json = true,
            "--instructions" => wanted.instructions = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(wanted)
}

fn table(wanted: &Wanted) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let names =
        |name: &str| wanted.only.as_deref().is_none_or(|only| only.split(',').any(|o| o == name));
    if wanted.instructions {
        writeln!(out, "| row | instructions for each unit |\n| --- | ---: |")?;
        for row in instructions::COUNTED.into_iter().filter(|row| names(row)) {
            writeln!(out, "| {row} | {:.1} |", instructions::count(row)?)?;
        }
        return Ok(());
    }
    if !wanted.json {
        writeln!(out, "{}", report::HEAD)?;
    }
    for row in ROWS.iter().filter(|row| names(row.name)) {
        match row.run(&Sizes::FULL, wanted.rounds) {
            Ok(outcome) if wanted.json => writeln!(out, "{}", report::json(row, &outcome))?,
            Ok(outcome) => writeln!(out, "{}", report::line(row, &outcome))?,
            Err(problem) if wanted.json => return Err(problem.into()),
            Err(problem) => writeln!(out, "| {} | | | {problem} | | | |", row.title)?,
        }
        out.flush()?;
    }
    Ok(())
}
