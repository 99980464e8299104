//! `wf check --explain-queries`: what the store works out of each lookup of entities, and what is left.

use std::io::{self, Write};

use serde_json::{Value, json};
use wf_diagnostics::{SourceMap, Span};
use wf_engine::Checked;
use wf_engine::pushdown::{Explained, Left, Lookup, explain};

/// Writes what the steps of a program ask stores: text for people, or one JSON object on one line.
/// Nothing where the program has errors.
pub(super) fn write_queries(out: &mut impl Write, checked: &Checked, json: bool) -> io::Result<()> {
    let Some(program) = &checked.program else { return Ok(()) };
    let sources = &checked.sources;
    let queries = explain(program, sources);
    if json {
        let queries: Vec<Value> = queries.iter().map(|query| query_json(query, sources)).collect();
        return writeln!(out, "{}", json!({ "queries": queries }));
    }
    if queries.is_empty() {
        return writeln!(out, "no step looks entities up by a lambda");
    }
    for (i, query) in queries.iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        write_query(out, query, sources)?;
    }
    Ok(())
}

fn write_query(out: &mut impl Write, query: &Explained, sources: &SourceMap) -> io::Result<()> {
    let Explained { workflow, step, node, entity, .. } = query;
    writeln!(
        out,
        "{}: step `{step}` of `{workflow}`: {node}<{entity}>",
        place(query.span, sources)
    )?;
    for lookup in &query.lookups {
        let Lookup { input, pushed, exact, left } = lookup;
        match (pushed, exact) {
            (Some(pushed), true) => writeln!(out, "  {input}: the store: {pushed}")?,
            (Some(pushed), false) => writeln!(out, "  {input}: the store, at least: {pushed}")?,
            (None, _) => writeln!(out, "  {input}: the machine")?,
        }
        for part in left {
            write_left(out, part, sources)?;
        }
    }
    if node == "entity.query" {
        let by = if query.by_store { "the store" } else { "the machine" };
        writeln!(out, "  page: {by}")?;
    }
    if !query.indexes.is_empty() {
        writeln!(out, "  index: {}", names(&query.indexes))?;
    }
    if !query.hints.is_empty() {
        writeln!(out, "  hint: mark {} with `index`", names(&query.hints))?;
    }
    Ok(())
}

fn write_left(out: &mut impl Write, part: &Left, sources: &SourceMap) -> io::Result<()> {
    let (at, text) = (place(part.span, sources), sources.slice(part.span));
    writeln!(out, "    {at}: the machine: `{text}` {}", part.why.text())?;
    match part.why.help() {
        "" => Ok(()),
        help => writeln!(out, "      help: {help}"),
    }
}

fn names(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// `file:line:column`
fn place(span: Span, sources: &SourceMap) -> String {
    let Some(file) = sources.get(span.file) else { return String::new() };
    let at = file.line_column(span.start);
    format!("{}:{}:{}", file.name(), at.line, at.column)
}

fn query_json(query: &Explained, sources: &SourceMap) -> Value {
    json!({
        "workflow": query.workflow.as_str(),
        "step": query.step.as_str(),
        "node": query.node.as_str(),
        "entity": query.entity.as_str(),
        "place": place_json(query.span, sources),
        "inputs": query.lookups.iter().map(|l| lookup_json(l, sources)).collect::<Vec<_>>(),
        "page": if query.by_store { "store" } else { "machine" },
        "indexes": query.indexes.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "hints": query.hints.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
    })
}

fn lookup_json(lookup: &Lookup, sources: &SourceMap) -> Value {
    let left = |part: &Left| {
        json!({
            "place": place_json(part.span, sources),
            "text": sources.slice(part.span),
            "why": part.why.text(),
        })
    };
    json!({
        "input": lookup.input.as_str(),
        "pushed": lookup.pushed,
        "exact": lookup.exact,
        "left": lookup.left.iter().map(left).collect::<Vec<_>>(),
    })
}

fn place_json(span: Span, sources: &SourceMap) -> Value {
    let Some(file) = sources.get(span.file) else { return Value::Null };
    let (start, end) = (file.line_column(span.start), file.line_column(span.end));
    json!({
        "file": file.name(),
        "line": start.line, "column": start.column,
        "endLine": end.line, "endColumn": end.column,
    })
}
