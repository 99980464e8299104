//! `csv.format`

use csv::{QuoteStyle, Terminator, WriterBuilder};
use indexmap::IndexSet;
use wf_vm::{Node, NodeCall, NodeFailure, Started, Value};

use super::delimiter;
use crate::call::{Outcome, flag, from_failure, input, invalid, output, text, texts};
use crate::functions::TEXT_LIMIT;

/// The byte order mark of UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

pub(super) struct Format;

impl Node for Format {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(format(call))
    }
}

fn format(call: &NodeCall<'_>) -> Outcome {
    let rows = match input(call, "rows") {
        Some(Value::List(rows)) => rows.as_slice(),
        _ => &[],
    };
    let columns: Vec<&str> = match texts(call, "columns") {
        Some(columns) => columns,
        None => {
            let maps = rows.iter().filter_map(|row| match row.plain() {
                Value::Map(map) => Some(map.entries().keys()),
                _ => None,
            });
            let names: IndexSet<&str> = maps.flatten().map(|name| name.as_str()).collect();
            names.into_iter().collect()
        }
    };
    let terminator = match text(call, "lineEnd") {
        Some("\r\n") => Terminator::CRLF,
        _ => Terminator::Any(b'\n'),
    };
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter(call)?)
        .terminator(terminator)
        .quote_style(QuoteStyle::Necessary)
        .flexible(true)
        .from_writer(if flag(call, "byteOrderMark") { MARK.into() } else { Vec::new() });
    let escape = flag(call, "escapeFormulas");
    let failed = |error: csv::Error| invalid(format!("the rows can't be written: {error}"));
    if flag(call, "header") && !columns.is_empty() {
        let names = columns.iter().map(|name| escaped((*name).to_owned(), escape));
        writer.write_record(names).map_err(failed)?;
    }
    let mut written = 0;
    for (index, row) in rows.iter().enumerate() {
        let cells = cells(call, row, &columns, index + 1, escape)?;
        written += cells.iter().map(|cell| cell.len() + 1).sum::<usize>();
        if written > TEXT_LIMIT {
            let message = format!("the text would be longer than {} MiB", TEXT_LIMIT >> 20);
            return Err(NodeFailure::new("TooLarge", message));
        }
        writer.write_record(cells).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|e| invalid(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|e| invalid(e.to_string()))?;
    output(call, vec![("text", Value::string(text)), ("success", Value::Bool(true))])
}

fn cells(
    call: &NodeCall<'_>,
    row: &Value,
    columns: &[&str],
    number: usize,
    escape: bool,
) -> Result<Vec<String>, NodeFailure> {
    match row.plain() {
        Value::Map(map) => {
            let entries = map.entries();
            columns.iter().map(|name| cell(call, entries.get(*name), escape)).collect()
        }
        Value::List(items) => {
            let items = items.as_slice();
            if !columns.is_empty() && items.len() > columns.len() {
                return Err(invalid(format!(
                    "row {number} has {} cells, but there are {} columns",
                    items.len(),
                    columns.len()
                )));
            }
            let length = items.len().max(columns.len());
            (0..length).map(|index| cell(call, items.get(index), escape)).collect()
        }
        _ => Err(invalid(format!("row {number} is no record, map or list"))),
    }
}

fn cell(call: &NodeCall<'_>, value: Option<&Value>, escape: bool) -> Result<String, NodeFailure> {
    match value.map(Value::plain) {
        None | Some(Value::Null | Value::Missing) => Ok(String::new()),
        Some(Value::String(text)) => Ok(escaped(text.to_string(), escape)),
        Some(value) => crate::json::write(value, call.program).map_err(|f| from_failure(call, f)),
    }
}

fn escaped(text: String, escape: bool) -> String {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r' | b'\n') if escape => format!("'{text}"),
        _ => text,
    }
}
