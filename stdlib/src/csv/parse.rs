//! `csv.parse`

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Terminator, Trim};
use wf_vm::bytecode::{FieldDesc, Program, ShapeIdx, TypeDesc, TypeIdx};
use wf_vm::{Node, NodeCall, NodeFailure, RecordRef, Started, Value};

use super::delimiter;
use crate::call::{Outcome, flag, invalid, output, text, texts};
use crate::functions::LIST_LIMIT;
use crate::textual::{json_of, quote};

/// How many columns a table may have.
const MAX_COLUMNS: usize = 10_000;

/// How many cells a table may have, also where rows are short.
const MAX_CELLS: usize = 20_000_000;

pub(super) struct Parse;

impl Node for Parse {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(parse(call))
    }
}

fn parse(call: &NodeCall<'_>) -> Outcome {
    let given = text(call, "text").unwrap_or_default();
    let given = given.strip_prefix('\u{feff}').unwrap_or(given);
    let delimiter = delimiter(call)?;
    check_form(given, delimiter)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .terminator(Terminator::CRLF)
        .trim(if flag(call, "trim") { Trim::All } else { Trim::None })
        .from_reader(given.as_bytes());
    let mut record = StringRecord::new();
    let columns: Vec<String> = match texts(call, "columns") {
        Some(columns) => columns.into_iter().map(str::to_owned).collect(),
        None => match reader.read_record(&mut record).map_err(|e| broken(&e))? {
            true => record.iter().map(str::to_owned).collect(),
            false => Vec::new(),
        },
    };
    if columns.len() > MAX_COLUMNS {
        return Err(invalid(format!("there are more than {MAX_COLUMNS} columns")));
    }
    let table = Table::new(call, &columns)?;
    let mut rows = Vec::new();
    let mut cells = 0;
    while reader.read_record(&mut record).map_err(|e| broken(&e))? {
        let line = record.position().map_or(0, csv::Position::line);
        cells += record.len();
        if rows.len() >= LIST_LIMIT || cells > MAX_CELLS {
            let message = format!("there are more than {LIST_LIMIT} rows or {MAX_CELLS} cells");
            return Err(NodeFailure::new("TooLarge", message));
        }
        if record.len() != columns.len() {
            let (has, columns) = (count(record.len(), "cell"), count(columns.len(), "column"));
            let message = format!("line {line} has {has}, but there are {columns}");
            return Err(NodeFailure::new("InvalidCsv", message));
        }
        rows.push(table.row(&record, line)?);
    }
    let columns = columns.iter().map(Value::string).collect();
    output(
        call,
        vec![
            ("rows", Value::list(rows)),
            ("columns", Value::list(columns)),
            ("success", Value::Bool(true)),
        ],
    )
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn broken(error: &csv::Error) -> NodeFailure {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => format!(
            "line {} has {}, but the one before has {expected_len}",
            pos.as_ref().map_or(0, csv::Position::line),
            count(usize::try_from(*len).unwrap_or(usize::MAX), "cell")
        ),
        _ => format!("the text is no CSV: {error}"),
    };
    NodeFailure::new("InvalidCsv", message)
}

/// The reader takes a quote that is not closed, or text behind one, as it comes; in a table that is
/// most often a row swallowed by another one. And it would keep a row of any width.
fn check_form(text: &str, delimiter: u8) -> Result<(), NodeFailure> {
    let mut line = 1_u64;
    let mut opened = 0;
    let mut cells = 1;
    let (mut quoted, mut fresh) = (false, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\n' {
            line += 1;
        }
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => drop(bytes.next()),
            b'"' if quoted => {
                quoted = false;
                let next = bytes.peek().copied();
                if next.is_some_and(|next| next != delimiter && !matches!(next, b'\r' | b'\n')) {
                    let message = format!("line {line} has text behind a closing quote");
                    return Err(NodeFailure::new("InvalidCsv", message));
                }
            }
            _ if quoted => {}
            b'"' if fresh => (quoted, fresh, opened) = (true, false, line),
            b'\r' | b'\n' => (fresh, cells) = (true, 1),
            _ if byte == delimiter => {
                (fresh, cells) = (true, cells + 1);
                if cells > MAX_COLUMNS {
                    let message = format!("line {line} has more than {MAX_COLUMNS} cells");
                    return Err(NodeFailure::new("TooLarge", message));
                }
            }
            _ => fresh = false,
        }
    }
    match quoted {
        false => Ok(()),
        true => {
            let message = format!("the quote that begins in line {opened} is not closed");
            Err(NodeFailure::new("InvalidCsv", message))
        }
    }
}

/// How rows become values.
struct Table<'a> {
    program: &'a Program,
    columns: &'a [String],
    row: Row<'a>,
}

enum Row<'a> {
    Record {
        shape: ShapeIdx,
        fields: &'a [FieldDesc],
        slots: Vec<Slot>,
    },
    Map(TypeIdx),
    List(TypeIdx),
    One(TypeIdx),
    /// The program reads how many there are and nothing of them.
    Unread,
}

/// Where a field of a record comes from.
enum Slot {
    Column(usize),
    Missing,
}

impl<'a> Table<'a> {
    fn new(call: &NodeCall<'a>, columns: &'a [String]) -> Result<Self, NodeFailure> {
        let program: &Program = call.program;
        let row = match item(call) {
            None => Row::Unread,
            Some(ty) => match desc(program, ty) {
                Some(TypeDesc::Record { shape, fields, .. }) => {
                    let names = program.shapes.get(usize::from(shape.0));
                    let names = names.map_or(&[][..], |shape| &shape.fields);
                    let columns = by_name(columns)?;
                    let slots = names.iter().zip(fields).map(|(name, field)| {
                        match columns.get(name.as_str()) {
                            _ if !field.demanded => Ok(Slot::Missing),
                            Some(column) => Ok(Slot::Column(*column)),
                            None if field.optional => Ok(Slot::Missing),
                            None => Err(missing(name, &columns)),
                        }
                    });
                    let slots = slots.collect::<Result<_, NodeFailure>>()?;
                    Row::Record { shape: *shape, fields, slots }
                }
                Some(TypeDesc::Map(value)) => {
                    by_name(columns)?;
                    Row::Map(*value)
                }
                Some(TypeDesc::Json) => {
                    by_name(columns)?;
                    Row::Map(ty)
                }
                Some(TypeDesc::List(value)) => Row::List(*value),
                _ if columns.len() > 1 => {
                    let message = "a row has several cells: its type is a record, a map or a list";
                    return Err(NodeFailure::new("InvalidCsv", message));
                }
                _ => Row::One(ty),
            },
        };
        Ok(Self { program, columns, row })
    }

    fn row(&self, record: &StringRecord, line: u64) -> Result<Value, NodeFailure> {
        let cell = |index: usize, ty: TypeIdx| {
            let text = record.get(index).unwrap_or_default();
            self.cell(text, ty).map_err(|why| self.wrong(index, line, &why))
        };
        match &self.row {
            Row::Unread => Ok(Value::Missing),
            Row::One(ty) => cell(0, *ty),
            Row::List(ty) => {
                let cells = (0..record.len()).map(|index| cell(index, *ty));
                Ok(Value::list(cells.collect::<Result<_, _>>()?))
            }
            Row::Map(ty) => {
                let cells = self.columns.iter().enumerate();
                let cells = cells.map(|(index, name)| Ok((name.as_str(), cell(index, *ty)?)));
                Ok(Value::map(cells.collect::<Result<Vec<_>, NodeFailure>>()?))
            }
            Row::Record { shape, fields, slots } => {
                let values = slots.iter().zip(*fields).map(|(slot, field)| match slot {
                    Slot::Missing => Ok(Value::Missing),
                    // An empty cell of a field that may be missing.
                    Slot::Column(index) if field.optional && record.get(*index) == Some("") => {
                        Ok(cell(*index, field.ty).unwrap_or(Value::Missing))
                    }
                    Slot::Column(index) => cell(*index, field.ty),
                });
                let values = values.collect::<Result<Vec<_>, NodeFailure>>()?;
                Ok(Value::Record(RecordRef::new(*shape, values)))
            }
        }
    }

    fn cell(&self, text: &str, ty: TypeIdx) -> Result<Value, String> {
        match desc(self.program, ty) {
            // Most cells: no way through JSON.
            Some(TypeDesc::String | TypeDesc::Json) => Ok(Value::string(text)),
            _ => {
                let json = json_of(text, ty, self.program);
                crate::json::decode(&json, ty, self.program).map_err(|error| {
                    format!("should be {}, but is {}", error.expected, error.found)
                })
            }
        }
    }

    fn wrong(&self, index: usize, line: u64, why: &str) -> NodeFailure {
        let column = self.columns.get(index).map_or("", String::as_str);
        let message = format!("line {line}, column `{column}` {why}");
        let details = format!("{{\"line\":{line},\"column\":{}}}", quote(column));
        NodeFailure { details: Some(details), ..NodeFailure::new("InvalidCell", message) }
    }
}

fn desc(program: &Program, ty: TypeIdx) -> Option<&TypeDesc> {
    program.types.get(usize::from(ty.0))
}

/// The type of a row, as far as the program reads it.
fn item(call: &NodeCall<'_>) -> Option<TypeIdx> {
    let program: &Program = call.program;
    let rows = match desc(program, call.output_type)? {
        TypeDesc::Record { shape, fields, .. } => {
            let names = &program.shapes.get(usize::from(shape.0))?.fields;
            let slot = names.iter().position(|name| name == "rows")?;
            fields.get(slot).filter(|field| field.demanded)?.ty
        }
        _ => return None,
    };
    match desc(program, rows)? {
        TypeDesc::List(item) if !matches!(desc(program, *item), Some(TypeDesc::Unread(_))) => {
            Some(*item)
        }
        _ => None,
    }
}

/// The columns by their names.
fn by_name(columns: &[String]) -> Result<HashMap<&str, usize>, NodeFailure> {
    let mut found = HashMap::with_capacity(columns.len());
    for (index, name) in columns.iter().enumerate() {
        if found.insert(name.as_str(), index).is_some() {
            let message = format!("there are two columns named `{name}`");
            return Err(NodeFailure::new("InvalidCsv", message));
        }
    }
    Ok(found)
}

fn missing(name: &str, columns: &HashMap<&str, usize>) -> NodeFailure {
    let mut there: Vec<(&usize, &&str)> = columns.iter().map(|(name, at)| (at, name)).collect();
    there.sort_unstable();
    let there: Vec<String> = there.iter().take(20).map(|(_, name)| format!("`{name}`")).collect();
    let message = format!("there is no column `{name}`; there are {}", there.join(", "));
    NodeFailure::new("InvalidCsv", message)
}
