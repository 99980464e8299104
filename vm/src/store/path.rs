//! Reading the data store, or its snapshot, by a path that is given as text.

use serde_json::Value as Tree;
use thiserror::Error;
use wf_bytecode::{Program, RunField, StepField, StepKind, TypeDesc, TypeIdx};
use wf_jsonpath::{Limits, Query};

use super::DataStore;
use crate::Value;
use crate::value::json::json_of;

/// Why a path can't be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// The text is no path.
    #[error("the path has {expected} missing at character {at}")]
    Syntax {
        /// The character, from 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// The path ends in selectors, which are no JSONPath.
    #[error("the path is no JSONPath at character {at}: {why}")]
    Selector {
        /// The character, from 1.
        at: usize,
        /// What is wrong.
        why: String,
    },
    /// The selectors are more work than is done for one path.
    #[error("{why}")]
    TooMuch {
        /// What is too much.
        why: String,
    },
    /// There is nothing of this name.
    #[error("`{path}` has no `{name}`; it has {}", listed(.known))]
    Unknown {
        /// What was read so far; `the store` at the start.
        path: String,
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The program never reads the field, so that its value is not kept.
    #[error("`{path}` is not read by this program, so its value is not kept")]
    NotRead {
        /// The field.
        path: String,
    },
    /// The path goes on behind null.
    #[error("`{path}` is null, so nothing in it can be read")]
    Null {
        /// What is null.
        path: String,
    },
    /// The path goes on as if it were something else.
    #[error("`{path}` is {found}, which has no {part}")]
    Kind {
        /// What was read.
        path: String,
        /// What it is.
        found: &'static str,
        /// What the path asks it for.
        part: &'static str,
    },
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 20;
    if names.is_empty() {
        return "nothing".into();
    }
    let quoted = names.iter().take(MOST).map(|name| format!("`{name}`"));
    let mut text = quoted.collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(", …");
    }
    text
}

/// Reads a path against a snapshot of a store, as [`DataStore::read`] does against the store. A
/// field that is absent from a value reads as null; an unknown step or variable is an error. From its
/// first JSONPath selector on (`[*]`, `[?@.n > 5]`, `..name`) a path gives the list of all results.
///
/// # Errors
/// As [`DataStore::read`]; a snapshot does not tell which fields a program never reads.
pub fn read_json(snapshot: &Tree, path: &str) -> Result<Tree, PathError> {
    let (parts, query) = parse(path)?;
    // The names of these are the store's and not of some value.
    let fixed = match parts.first() {
        Some(Part { segment: Segment::Name(root), .. }) if root == "steps" => 3,
        Some(Part { segment: Segment::Name(root), .. }) if root == "variables" => 2,
        _ => 1,
    };
    let mut tree = snapshot;
    for (count, part) in parts.iter().enumerate() {
        let before = || before(path, part);
        let next = match (&part.segment, tree) {
            (_, Tree::Null) => return Err(PathError::Null { path: before() }),
            (Segment::Name(name), Tree::Object(entries)) => match entries.get(name.as_str()) {
                None if count < fixed => {
                    let known = entries.keys().cloned().collect();
                    return Err(PathError::Unknown { path: before(), name: name.clone(), known });
                }
                next => next,
            },
            (Segment::Index(index), Tree::Array(items)) => {
                position(*index, items.len()).and_then(|index| items.get(index))
            }
            (segment, tree) => {
                let found = match tree {
                    Tree::Object(_) => "an object",
                    Tree::Array(_) => "a list",
                    Tree::String(_) => "a string",
                    Tree::Number(_) => "a number",
                    Tree::Bool(_) | Tree::Null => "a bool",
                };
                return Err(PathError::Kind { path: before(), found, part: segment.kind() });
            }
        };
        tree = next.unwrap_or(&Tree::Null);
    }
    match query {
        Some(query) => selected(&query, tree),
        None => Ok(tree.clone()),
    }
}

/// What the selectors at the end of a path take of what stands before them.
fn selected(query: &Query, tree: &Tree) -> Result<Tree, PathError> {
    let found = query
        .select(tree, &[], Limits::default())
        .map_err(|much| PathError::TooMuch { why: much.to_string() })?;
    if query.is_singular() {
        return Ok(found.first().map_or(Tree::Null, |one| (*one).clone()));
    }
    Ok(found.into_iter().cloned().collect())
}

pub(super) fn read_store(store: &DataStore, path: &str) -> Result<Tree, PathError> {
    let (parts, query) = parse(path)?;
    let mut place = Place::Store;
    for part in &parts {
        place = place.step(store, part, path)?;
    }
    if let Place::Value { value, .. } = &place
        && is_list_unread(value)
    {
        return Err(PathError::NotRead { path: path.to_owned() });
    }
    let tree = place.tree(store);
    match query {
        Some(query) => selected(&query, &tree),
        None => Ok(tree),
    }
}

/// Whether it is a list or map whose items the program does not read.
fn is_list_unread(value: &Value) -> bool {
    !matches!(value, Value::Missing) && value.is_unread()
}

/// How far a path has been read.
enum Place {
    Store,
    Steps,
    Variables,
    Run,
    Value { value: Value, ty: Option<TypeIdx> },
}

impl Place {
    fn step(self, store: &DataStore, part: &Part, path: &str) -> Result<Self, PathError> {
        let unknown = |known: Vec<&str>| PathError::Unknown {
            path: before(path, part),
            name: part.segment.name(),
            known: known.into_iter().map(str::to_owned).collect(),
        };
        let untyped = |value| Self::Value { value, ty: None };
        let name = match (&self, &part.segment) {
            (Self::Value { value, ty }, _) => return inside(value, *ty, store, part, path),
            (_, Segment::Name(name)) => name.as_str(),
            (_, Segment::Index(_)) => {
                let (path, found) = (before(path, part), "an object");
                return Err(PathError::Kind { path, found, part: "items" });
            }
        };
        match self {
            Self::Store => Ok(match name {
                "trigger" => Self::Value {
                    value: store.trigger().clone(),
                    ty: store.fired().map(|trigger| trigger.context),
                },
                "steps" => Self::Steps,
                "variables" => Self::Variables,
                "run" => Self::Run,
                _ => return Err(unknown(vec!["trigger", "steps", "variables", "run"])),
            }),
            Self::Steps => match store.named_steps().find(|(n, _)| *n == name) {
                Some((_, slot)) => {
                    Ok(untyped(store.step(slot).map_or(Value::Null, |s| Value::Step(s.clone()))))
                }
                None => Err(unknown(store.named_steps().map(|(n, _)| n).collect())),
            },
            Self::Variables => match store.variable_names().position(|n| n == name) {
                Some(slot) => Ok(untyped(store.variables().get(slot).cloned().unwrap_or_default())),
                None => Err(unknown(store.variable_names().collect())),
            },
            Self::Run | Self::Value { .. } => match RUN.iter().find(|(n, _)| *n == name) {
                Some((_, field)) => Ok(untyped(store.run_field(*field))),
                None => Err(unknown(RUN.iter().map(|(n, _)| *n).collect())),
            },
        }
    }

    fn tree(self, store: &DataStore) -> Tree {
        let whole = || match store.snapshot_json() {
            Tree::Object(snapshot) => snapshot,
            _ => serde_json::Map::new(),
        };
        match self {
            Self::Store => Tree::Object(whole()),
            Self::Steps => whole().remove("steps").unwrap_or_default(),
            Self::Variables => whole().remove("variables").unwrap_or_default(),
            Self::Run => RUN
                .iter()
                .map(|(name, field)| {
                    ((*name).to_owned(), json_of(&store.run_field(*field), store.program()))
                })
                .collect(),
            Self::Value { value, .. } => json_of(&value, store.program()),
        }
    }
}

/// The fields of `run`.
const RUN: [(&str, RunField); 4] = [
    ("id", RunField::Id),
    ("workflow", RunField::Workflow),
    ("startedAt", RunField::StartedAt),
    ("attempt", RunField::Attempt),
];

/// A part of a value. `ty` is its type where it is known, which tells what the program reads.
fn inside(
    value: &Value,
    ty: Option<TypeIdx>,
    store: &DataStore,
    part: &Part,
    path: &str,
) -> Result<Place, PathError> {
    let program = store.program();
    let unknown = |name: &str, known: Vec<String>| PathError::Unknown {
        path: before(path, part),
        name: name.to_owned(),
        known,
    };
    let found = |value: Option<&Value>, ty| {
        Ok(Place::Value { value: value.cloned().unwrap_or_default(), ty })
    };
    let not_read = || PathError::NotRead { path: upto(path, part) };
    let desc = ty.and_then(|ty| peeled(ty, program));
    let (desc, value) = match (desc, value) {
        (union, Value::Member(member)) => {
            let read = union.and_then(|union| member_read(union, member.ty(), program));
            (peeled(read.unwrap_or(member.ty()), program), member.value())
        }
        known => known,
    };
    match (&part.segment, value) {
        (_, Value::Null | Value::Missing) => Err(PathError::Null { path: before(path, part) }),
        (Segment::Name(name), Value::Record(record)) => {
            let shape = record.shape();
            let names = program.shapes.get(usize::from(shape.0)).map_or(&[][..], |s| &s.fields);
            let Some(slot) = names.iter().position(|n| n == name.as_str()) else {
                return Err(unknown(name, names.iter().map(|name| name.to_string()).collect()));
            };
            let field = desc.and_then(|desc| record_of(desc, shape, program)?.get(slot));
            match (record.fields().get(slot), field) {
                (None | Some(Value::Missing), Some(field)) if !field.demanded => Err(not_read()),
                (None | Some(Value::Missing), _) => found(None, None),
                (value, field) => found(value, field.map(|field| field.ty)),
            }
        }
        (Segment::Name(name), Value::Map(map)) => {
            let ty = match desc {
                Some(TypeDesc::Map(item)) => Some(*item),
                _ => None,
            };
            match map.entries().get(name.as_str()) {
                Some(Value::Missing) => Err(not_read()),
                value => found(value, ty),
            }
        }
        (Segment::Name(name), Value::Step(step)) => {
            let entries = step.entries(program);
            let Some((_, value)) = entries.iter().find(|(n, _)| n == name) else {
                return Err(unknown(name, entries.iter().map(|(n, _)| (*n).to_owned()).collect()));
            };
            let output = name == "output" && step.field(StepField::Output, program).is_container();
            found(Some(value), output.then(|| output_type(step.step, program)).flatten())
        }
        (Segment::Index(index), Value::List(items)) => {
            let ty = match desc {
                Some(TypeDesc::List(item)) => Some(*item),
                _ => None,
            };
            let items = items.as_slice();
            match position(*index, items.len()).and_then(|index| items.get(index)) {
                Some(Value::Missing) => Err(not_read()),
                value => found(value, ty),
            }
        }
        (segment, value) => Err(PathError::Kind {
            path: before(path, part),
            found: value.kind_name(),
            part: segment.kind(),
        }),
    }
}

/// The type of a step's output.
fn output_type(step: u16, program: &Program) -> Option<TypeIdx> {
    match &program.steps.get(usize::from(step))?.kind {
        StepKind::Node { output, .. } => Some(*output),
        StepKind::Call { workflow, .. } => {
            Some(program.workflows.get(usize::from(*workflow))?.result)
        }
        _ => None,
    }
}

/// What is read of a member of a union.
fn member_read(union: &TypeDesc, of: TypeIdx, program: &Program) -> Option<TypeIdx> {
    let TypeDesc::Union(members) = union else { return None };
    members.iter().find_map(|member| match program.types.get(usize::from(member.0))? {
        TypeDesc::Reduced { of: whole, read } => (*whole == of).then_some(*read),
        _ => (*member == of).then_some(of),
    })
}

/// A type without the optional around it.
fn peeled(ty: TypeIdx, program: &Program) -> Option<&TypeDesc> {
    match program.types.get(usize::from(ty.0))? {
        TypeDesc::Optional(inner) => program.types.get(usize::from(inner.0)),
        desc => Some(desc),
    }
}

/// The fields of the record of this shape that the type is, or has as a member.
fn record_of<'p>(
    desc: &'p TypeDesc,
    wanted: wf_bytecode::ShapeIdx,
    program: &'p Program,
) -> Option<&'p [wf_bytecode::FieldDesc]> {
    match desc {
        TypeDesc::Record { shape, fields, .. } if *shape == wanted => Some(fields),
        TypeDesc::Union(members) => {
            members.iter().find_map(|member| match read_of(*member, program) {
                Some(TypeDesc::Record { shape, fields, .. }) if *shape == wanted => {
                    Some(fields.as_slice())
                }
                _ => None,
            })
        }
        _ => None,
    }
}

/// What a member of a union is decoded as.
fn read_of(member: TypeIdx, program: &Program) -> Option<&TypeDesc> {
    match peeled(member, program)? {
        TypeDesc::Reduced { read, .. } => peeled(*read, program),
        desc => Some(desc),
    }
}

/// The place of an index in a list; negative ones count from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add_unsigned(length as u64)? } else { index };
    usize::try_from(index).ok()
}

/// A part of a path, with the bytes that it takes.
struct Part {
    segment: Segment,
    start: usize,
    end: usize,
}

enum Segment {
    Name(String),
    Index(i64),
}

impl Segment {
    /// What it asks a value for.
    fn kind(&self) -> &'static str {
        match self {
            Self::Name(_) => "fields",
            Self::Index(_) => "items",
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Index(index) => index.to_string(),
        }
    }
}

/// The path before a part.
fn before(path: &str, part: &Part) -> String {
    match path.get(..part.start) {
        None | Some("") => "the store".into(),
        Some(before) => before.into(),
    }
}

/// The path with a part.
fn upto(path: &str, part: &Part) -> String {
    path.get(..part.end).unwrap_or(path).into()
}

/// The parts of a path, and the selectors behind them.
fn parse(path: &str) -> Result<(Vec<Part>, Option<Query>), PathError> {
    let character = |at: usize| path.get(..at).map_or(0, |before| before.chars().count()) + 1;
    let wrong = |at, expected| PathError::Syntax { at: character(at), expected };
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < path.len() || parts.is_empty() {
        let start = at;
        let rest = &path[at..];
        if !parts.is_empty() && begins_selector(rest) {
            let query = Query::parse(&format!("${rest}")).map_err(|error| PathError::Selector {
                // The `$` stands in front of what the path has.
                at: character((start + error.offset()).saturating_sub(1).min(path.len())),
                why: error.message,
            })?;
            return Ok((parts, Some(query)));
        }
        let segment = if let Some(rest) = rest.strip_prefix('[') {
            let (segment, length) = parse_bracket(rest, at + 1, &wrong)?;
            at += 1 + length;
            segment
        } else {
            if !parts.is_empty() {
                if !rest.starts_with('.') {
                    return Err(wrong(at, "`.` or `[`"));
                }
                at += 1;
            }
            let name = &path[at..];
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &name[..end.unwrap_or(name.len())];
            if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(wrong(at, "a name"));
            }
            at += name.len();
            Segment::Name(name.to_owned())
        };
        parts.push(Part { segment, start, end: at });
    }
    Ok((parts, None))
}

/// Whether what is left of a path begins with something that only JSONPath has.
fn begins_selector(rest: &str) -> bool {
    if rest.starts_with("..") || rest.starts_with(".*") {
        return true;
    }
    let Some(inner) = rest.strip_prefix('[') else { return false };
    if inner.starts_with([':', '*', '?', '\'', ' ']) {
        return true;
    }
    let behind = match inner.starts_with('"') {
        true => {
            let mut names = serde_json::Deserializer::from_str(inner).into_iter::<String>();
            let valid = matches!(names.next(), Some(Ok(_)));
            valid.then(|| names.byte_offset())
        }
        false => inner.find(|c: char| !c.is_ascii_digit() && c != '-'),
    };
    let behind = behind.and_then(|end| inner.get(end..)).unwrap_or_default();
    behind.starts_with([':', ',', ' '])
}

/// What stands behind a `[`, and how many bytes it takes with its `]`.
fn parse_bracket(
    rest: &str,
    at: usize,
    wrong: &dyn Fn(usize, &'static str) -> PathError,
) -> Result<(Segment, usize), PathError> {
    let (segment, length) = if rest.starts_with('"') {
        let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let Some(Ok(name)) = names.next() else { return Err(wrong(at, "a string in quotes")) };
        (Segment::Name(name), names.byte_offset())
    } else {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        let index = rest[..end].parse().map_err(|_| wrong(at, "an index or a string in quotes"))?;
        (Segment::Index(index), end)
    };
    if rest[length..].starts_with(']') {
        Ok((segment, length + 1))
    } else {
        Err(wrong(at + length, "`]`"))
    }
}
