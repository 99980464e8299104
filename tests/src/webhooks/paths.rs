//! Checks the paths of one action: one program in which each path stands in a line of its own, and
//! one that is run on the payloads.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use wf_diagnostics::Diagnostic;

use super::SCHEMA;
use super::rows::{Group, Row, Suite, Verdict};
use crate::drive::{self, DoesNotCompile, Job, Ran, Ready, Schedule, Sources};

/// What came of each row of the group, in their order.
pub(super) fn check(suite: &Suite, group: &Group) -> Result<Vec<Result<(), String>>, String> {
    let guards = Guards::of(group);
    let mut outcomes: Vec<Result<(), String>> = vec![Ok(()); group.rows.len()];
    let mut lines = Lines::new(group);
    let mut found = Vec::new();
    for (i, row) in group.rows.iter().enumerate() {
        match row.verdict {
            Verdict::Ok => {
                let path = guards.expression(&row.path, Guard::No);
                found.push((i, lines.push(&path, ": json"), Expected::Clean));
            }
            Verdict::Optional => {
                // Read alone, a field that may be absent is only null: a text can't hold that.
                let plain = guards.expression(&row.path, Guard::Text);
                found.push((i, lines.push(&plain, ""), Expected::Refused));
                let guarded = guards.expression(&row.path, Guard::Yes);
                found.push((i, lines.push(&guarded, ": json"), Expected::Clean));
            }
            Verdict::Missing => {
                let path = guards.expression(&row.path, Guard::Names);
                let (start, end) = path.place(row.bad);
                let line = lines.push(&path, "");
                found.push((i, line, Expected::At((line.1 + start, line.1 + end))));
            }
            Verdict::Open => {
                let path = guards.expression(guards.closed(&row.path), Guard::Yes);
                found.push((i, lines.push(&path, ": json"), Expected::Clean));
            }
        }
    }
    let text = lines.program("  return 1\n");
    let sources = sources(suite, &text);
    let checked = drive::check(&sources);
    let mut by_line: HashMap<u32, Vec<(&Diagnostic, u32, u32)>> = HashMap::new();
    for told in checked.diagnostics.iter().filter(|d| d.is_error() || d.code.id == "WF0910") {
        let Some(file) = checked.sources.get(told.span.file) else { continue };
        let start = file.line_column(told.span.start);
        let end = file.line_column(told.span.end);
        by_line.entry(start.line).or_default().push((told, start.column, end.column));
    }
    let mut good = HashSet::new();
    for (row, (line, _), expected) in found {
        let told = by_line.remove(&line).unwrap_or_default();
        let outcome = expected.compare(&told);
        if outcome.is_ok() && expected == Expected::Clean {
            good.insert(row);
        }
        if let (Some(slot @ Ok(())), Err(why)) = (outcomes.get_mut(row), outcome) {
            *slot = Err(why);
        }
    }
    // What is told of no path is wrong with the import itself.
    if let Some((told, _, _)) = by_line.values().flatten().next() {
        return Err(format!("{}: {} {}", group.name(), told.code.id, told.message));
    }
    run(suite, group, &guards, &good, &mut outcomes)?;
    Ok(outcomes)
}

/// What must be told of a line.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Clean,
    Refused,
    /// One error, at these columns.
    At((u32, u32)),
}

impl Expected {
    fn compare(&self, told: &[(&Diagnostic, u32, u32)]) -> Result<(), String> {
        let shown = || match told.first() {
            Some((d, start, end)) => format!("{} at {start}-{end}: {}", d.code.id, d.message),
            None => "nothing is told".to_owned(),
        };
        match (self, told) {
            (Expected::Clean, []) => Ok(()),
            (Expected::Clean, _) => Err(format!("refused: {}", shown())),
            (Expected::Refused, [_, ..]) => Ok(()),
            (Expected::Refused, []) => Err("accepted without a guard".to_owned()),
            (Expected::At((start, end)), [(_, a, b)]) if (a, b) == (start, end) => Ok(()),
            (Expected::At((start, end)), _) => {
                Err(format!("expected one error at {start}-{end}: {}", shown()))
            }
        }
    }
}

/// How a path is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// As if nothing were null.
    No,
    /// The same, in a text.
    Text,
    /// With `?.` and `??`.
    Yes,
    /// The same, but for names in brackets.
    Names,
}

/// An expression, with the columns of its segments in it.
struct Path {
    text: String,
    places: Vec<(u32, u32)>,
}

impl Path {
    /// The columns of a segment in its line.
    fn place(&self, segment: usize) -> (u32, u32) {
        self.places.get(segment).copied().unwrap_or_default()
    }
}

/// The lines of a program that reads paths.
struct Lines {
    head: String,
    lines: Vec<String>,
}

impl Lines {
    fn new(group: &Group) -> Self {
        let name = group.name();
        let mut head = format!("use schema \"{SCHEMA}#/definitions/{name}\" as Event\n");
        if let Some((_, place)) = part_of(&name) {
            head.push_str(&format!("use schema \"{SCHEMA}#/definitions/{place}\" as Part\n"));
        }
        head.push_str("\nworkflow w {\n  trigger webhook POST \"/hook\" { body: Event }\n");
        Self { head, lines: Vec::new() }
    }

    /// Adds a line and gives its number in the program, and the column that the path begins in.
    fn push(&mut self, path: &Path, ty: &str) -> (u32, u32) {
        let start = format!("  let _{}{ty} = ", self.lines.len());
        self.lines.push(format!("{start}{}\n", path.text));
        ((self.head.lines().count() + self.lines.len()) as u32, start.len() as u32 + 1)
    }

    fn program(&self, end: &str) -> String {
        format!("{}{}{end}}}\n", self.head, self.lines.concat())
    }
}

/// A path whose value is one of several types, and where the schema of the one stands that has
/// fields of its own: it is read by `match`.
fn part_of(group: &str) -> Option<(&'static str, &'static str)> {
    Some(match group {
        "package$published" => (
            "package/package_version/body",
            "package$published/properties/package/properties/package_version/oneOf/0/properties/body/oneOf/1",
        ),
        "package$updated" => (
            "package/package_version/body",
            "package$updated/properties/package/properties/package_version/oneOf/0/properties/body/oneOf/1",
        ),
        "registry_package$published" => (
            "registry_package/package_version/body",
            "registry_package$published/properties/registry_package/properties/package_version/oneOf/0/properties/body/oneOf/1",
        ),
        "registry_package$updated" => (
            "registry_package/package_version/body",
            "registry_package$updated/properties/registry_package/properties/package_version/oneOf/0/properties/body/oneOf/1",
        ),
        name if name.starts_with("deployment_review$") => ("reviewers/*/reviewer", "team"),
        _ => return None,
    })
}

/// How the paths of a group are read.
struct Guards<'a> {
    /// The path that is read by `match`.
    part: Option<Vec<&'static str>>,
    /// The fields that the other types have as well.
    shared: HashSet<&'a str>,
    open: HashSet<&'a [String]>,
}

impl<'a> Guards<'a> {
    fn of(group: &'a Group) -> Self {
        let rows = group.rows.iter().filter(|row| row.verdict == Verdict::Open);
        let part: Option<Vec<&str>> =
            part_of(&group.name()).map(|(path, _)| path.split('/').collect());
        let deeper = |row: &&Row| {
            let part = part.as_deref().unwrap_or_default();
            row.verdict == Verdict::Ok && row.path.iter().zip(part).all(|(a, b)| a == b)
        };
        let at = part.as_ref().map_or(usize::MAX, Vec::len);
        let shared = group.rows.iter().filter(deeper).filter_map(|row| row.path.get(at));
        Self {
            shared: shared.map(String::as_str).collect(),
            part,
            open: rows.map(|row: &Row| row.path.as_slice()).collect(),
        }
    }

    /// The longest beginning of a path that is not inside of an object of any fields.
    fn closed<'p>(&self, path: &'p [String]) -> &'p [String] {
        let before = (1..=path.len()).filter_map(|end| path.get(..end));
        before.take_while(|before| !self.open.contains(before)).last().unwrap_or_default()
    }

    /// The path that is read for a row.
    fn read<'p>(&self, row: &'p Row) -> &'p [String] {
        if row.verdict == Verdict::Open { self.closed(&row.path) } else { &row.path }
    }

    /// The expression that reads a path, with or without guards.
    fn expression(&self, path: &[String], guard: Guard) -> Path {
        let mut out = Path { text: String::new(), places: Vec::new() };
        self.write(path, 0, "trigger.body", guard, &mut out);
        out
    }

    /// Writes what reads the segments from `at` on of a value.
    fn write(&self, path: &[String], at: usize, value: &str, guard: Guard, out: &mut Path) {
        let stars = path.iter().skip(at).position(|name| name == "*");
        let stop = self.match_at(path, at, guard);
        let stars = stars.filter(|n| stop.is_none_or(|stop| at + n < stop));
        let stop = stop.filter(|_| stars.is_none());
        let end = stars.map_or(stop.unwrap_or(path.len()), |n| at + n);
        let guarded = matches!(guard, Guard::Yes | Guard::Names);
        out.text.push_str(match (stars, guard) {
            (Some(_), Guard::Yes | Guard::Names) => "(",
            (None, Guard::Text) => "\"{{ ",
            _ => "",
        });
        out.text.push_str(if stop.is_some() { "(match " } else { "" });
        let begin = out.text.len();
        out.text.push_str(value);
        for name in path.iter().take(end).skip(at) {
            let is_name = !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !name.starts_with(|c: char| c.is_ascii_digit());
            if is_name {
                out.text.push_str(if guarded { "?." } else { "." });
            } else if guard == Guard::Yes {
                // There is no `?[`.
                let before = out.text.split_off(begin);
                out.text.push_str(&format!(
                    "(if {before} != null {{ {before}[{name:?}] }} else {{ null }})"
                ));
                out.places.push((0, 0));
                continue;
            } else {
                out.text.push('[');
            }
            let start = out.text.chars().count() as u32;
            out.text.push_str(&if is_name { name.clone() } else { format!("{name:?}") });
            out.places.push((start, out.text.chars().count() as u32));
            out.text.push_str(if is_name { "" } else { "]" });
        }
        if stop.is_some() {
            out.text.push_str(" { Part part => ");
            self.write(path, end, "part", guard, out);
            out.text.push_str(", _ => null })");
            return;
        }
        if stars.is_none() {
            out.text.push_str(if guard == Guard::Text { " }}\"" } else { "" });
            return;
        }
        if guarded {
            // A list that may be null is empty then; of one that can't be null it is a warning.
            out.text.push_str(" ?? [])");
        }
        out.places.push((0, 0));
        let item = format!("x{end}");
        out.text.push_str(&format!(" | map({item} => ("));
        self.write(path, end + 1, &item, guard, out);
        out.text.push_str("))");
    }

    /// Where in the segments from `at` on a value is taken apart by `match`.
    fn match_at(&self, path: &[String], at: usize, guard: Guard) -> Option<usize> {
        let part = self.part.as_ref()?;
        let is_there = path.len() > part.len() && path.iter().zip(part).all(|(a, b)| a == b);
        let guarded = matches!(guard, Guard::Yes | Guard::Names);
        let is_shared = path.get(part.len()).is_some_and(|name| self.shared.contains(&**name));
        (is_there && guarded && !is_shared && at < part.len()).then_some(part.len())
    }
}

fn sources(suite: &Suite, text: &str) -> Sources {
    Sources::new(vec![
        ("main.wf".to_owned(), text.to_owned()),
        (SCHEMA.to_owned(), suite.schema.clone()),
    ])
}

/// Runs a program that gives the values of all paths that lead to single values, on each payload of
/// the group. An object is not compared: of one only the declared fields are kept.
fn run(
    suite: &Suite,
    group: &Group,
    guards: &Guards<'_>,
    good: &HashSet<usize>,
    outcomes: &mut [Result<(), String>],
) -> Result<(), String> {
    let mut numbers: Vec<usize> = good.iter().copied().collect();
    numbers.retain(|number| group.rows.get(*number).is_some_and(|row| row.is_value));
    numbers.sort_unstable();
    for part in numbers.chunks(500) {
        let rows: Vec<(usize, &Row)> =
            part.iter().filter_map(|n| Some((*n, group.rows.get(*n)?))).collect();
        let job = job(suite, group, guards, &rows);
        let ready = ready(group, &job)?;
        for payload in suite.payloads(group) {
            let mut rows = rows.clone();
            let mut ran = on_payload(&ready, payload)?;
            // Where a payload lacks what its schema demands, or has another literal, the rest is
            // read without it.
            while let Some(failure) = &ran.failure
                && let Some(place) = place_of(&failure.message)
                && rows.iter().any(|(_, row)| row.path.starts_with(&place))
                && (value(payload, &place).is_null() || failure.message.contains("should be `\""))
            {
                rows.retain(|(_, row)| !row.path.starts_with(&place));
                let job = self::job(suite, group, guards, &rows);
                ran = on_payload(&self::ready(group, &job)?, payload)?;
            }
            let elsewhere = |place: Vec<String>| !rows.iter().any(|(_, row)| row.path == place);
            if let Some(failure) = &ran.failure
                && place_of(&failure.message).is_some_and(elsewhere)
            {
                continue;
            }
            for (number, row) in &rows {
                let expected = value(payload, guards.read(row));
                let given = &ran.result[format!("p{number}")];
                let why = match &ran.failure {
                    Some(failure) => failure.message.clone(),
                    None if same(&expected, given) => continue,
                    None => format!("it is {given}, in the payload {expected}"),
                };
                if let Some(slot @ Ok(())) = outcomes.get_mut(*number) {
                    *slot = Err(format!("on a payload: {why}"));
                }
            }
        }
    }
    Ok(())
}

/// A program that gives the values of some rows.
fn job(suite: &Suite, group: &Group, guards: &Guards<'_>, rows: &[(usize, &Row)]) -> Job {
    let mut end = "  return {\n".to_owned();
    for (number, row) in rows {
        let guard = if row.verdict == Verdict::Ok { Guard::No } else { Guard::Yes };
        let path = guards.expression(guards.read(row), guard);
        end.push_str(&format!("    p{number}: {}\n", path.text));
    }
    end.push_str("  }\n");
    Job::of(sources(suite, &Lines::new(group).program(&end)))
}

fn ready<'a>(group: &Group, job: &'a Job) -> Result<Ready<'a>, String> {
    Ready::new(job).map_err(|DoesNotCompile(told, _)| {
        let first = told.iter().find(|d| d.is_error());
        let text = first.map(|d| d.message.clone()).unwrap_or_default();
        format!("{}: what is read does not compile together: {text}", group.name())
    })
}

fn on_payload(ready: &Ready<'_>, payload: &Value) -> Result<Ran, String> {
    let none = json!({});
    let context = json!({
        "headers": none, "queryParams": none, "pathParams": none, "body": payload,
    });
    ready.run_on(Schedule::Workers(1), Some(context.to_string()), None)
}

/// The place in the payload where a body does not fit its type.
fn place_of(message: &str) -> Option<Vec<String>> {
    let (_, rest) = message.split_once("`$.body.")?;
    let (path, _) = rest.split_once('`')?;
    let name = |part: &str| if part.ends_with(']') { "*".to_owned() } else { part.to_owned() };
    Some(path.split(['.', '[']).map(name).collect())
}

/// Whether two values are equal, numbers by their mathematical value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        _ => a == b,
    }
}

/// What a payload holds at a path: null where it holds nothing, an empty list for a list.
fn value(payload: &Value, path: &[String]) -> Value {
    match path.split_first() {
        None => payload.clone(),
        Some((name, rest)) if name == "*" => {
            let items = payload.as_array().into_iter().flatten();
            Value::Array(items.map(|item| value(item, rest)).collect())
        }
        Some((name, rest)) => match payload.get(name) {
            Some(found) => value(found, rest),
            None if rest.iter().any(|name| name == "*") => value(&Value::Null, rest),
            None => Value::Null,
        },
    }
}
