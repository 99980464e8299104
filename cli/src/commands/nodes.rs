//! `wf nodes`: what programs may call.

use std::io::{self, Write};

use wf_engine::Registry;

use crate::args::NodesArgs;
use crate::commands::plain_engine;
use crate::exit::Exit;

/// Lists all nodes and functions with the first line of their documentation, or shows one (or a
/// group, as `http`) with its signature and all of its documentation.
pub fn nodes(args: &NodesArgs, out: &mut impl Write, err: &mut impl Write) -> io::Result<Exit> {
    let engine = match plain_engine(err)? {
        Ok(engine) => engine,
        Err(exit) => return Ok(exit),
    };
    let registry = engine.registry();
    match &args.name {
        None => {
            list(registry, out)?;
            Ok(Exit::Good)
        }
        Some(name) => show(registry, name, out, err),
    }
}

fn list(registry: &Registry, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "Nodes:")?;
    let nodes = registry.nodes.values().map(|node| (node.name.as_str(), node.doc.as_str()));
    write_table(nodes, out)?;
    writeln!(out, "\nFunctions:")?;
    let functions = registry.functions.values().map(|f| (f.name.as_str(), f.doc.as_str()));
    write_table(functions, out)
}

fn write_table<'a>(
    rows: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    out: &mut impl Write,
) -> io::Result<()> {
    let width = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, doc) in rows {
        let first = doc.lines().next().unwrap_or("").trim();
        writeln!(out, "{}", format!("  {name:width$}  {first}").trim_end())?;
    }
    Ok(())
}

fn show(
    registry: &Registry,
    name: &str,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<Exit> {
    let in_group = |node: &str| {
        node.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let nodes = registry.nodes.values().filter(|node| in_group(&node.name));
    let nodes = nodes.map(|node| (&node.doc, node.text.trim().to_owned()));
    let functions = registry.functions.get(name).map(|f| (&f.doc, signatures(registry, name)));
    let found: Vec<_> = nodes.chain(functions).collect();
    if found.is_empty() {
        writeln!(err, "error: there is no node or function `{}`", name.escape_debug())?;
        match nearest(registry, name) {
            Some(near) => writeln!(err, "  help: did you mean `{near}`?")?,
            None => writeln!(err, "  help: `wf nodes` lists all of them")?,
        }
        return Ok(Exit::Usage);
    }
    for (i, (doc, text)) in found.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{text}")?;
        if !doc.trim().is_empty() {
            writeln!(out)?;
            for line in doc.trim().lines() {
                writeln!(out, "{}", format!("    {line}").trim_end())?;
            }
        }
    }
    Ok(Exit::Good)
}

/// All signatures of a function, a line each, the first one first.
fn signatures(registry: &Registry, name: &str) -> String {
    let first = registry.functions.get(name).into_iter();
    let all = first.chain(registry.overloads.get(name).into_iter().flatten());
    let texts: Vec<&str> = all.map(|function| function.text.trim()).collect();
    texts.join("\n")
}

/// The name that is written most like this one.
fn nearest<'a>(registry: &'a Registry, name: &str) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let names = registry.nodes.keys().chain(registry.functions.keys());
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    names
        .map(|known| (distance(known), known.as_str()))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 3)
        .min()
        .map(|(_, known)| known)
}
