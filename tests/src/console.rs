//! Markdown with commands and what they print.
//!
//! A `console` block holds commands, each behind `$ `, and what they print: standard output, then
//! standard error. `? N` right behind a command is its exit status (0 where it is left out), a
//! line `...` stands for any lines, `[..]` in a line for any characters.

use std::path::Path;

use crate::binary;

/// A fenced block of a Markdown file.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    /// What stands behind the backticks.
    pub(crate) info: String,
    /// Its text.
    pub(crate) text: String,
    /// The line (from 1) of the backticks.
    pub(crate) line: usize,
}

/// The fenced blocks of a text.
pub(crate) fn fences(text: &str) -> Vec<Fence> {
    let mut found = Vec::new();
    let mut open: Option<Fence> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let (info, text) = (info.trim().to_owned(), String::new());
                open = Some(Fence { info, text, line: number + 1 });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(fence), None) => {
                fence.text.push_str(line);
                fence.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// A command with what it is expected to print.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// Its words, without `wf`.
    pub(crate) args: Vec<String>,
    /// The exit status, where it is said.
    pub(crate) status: Option<i32>,
    /// The lines.
    pub(crate) output: Vec<String>,
}

/// The commands of a `console` block that run `wf`; others are for people only.
pub(crate) fn commands(text: &str) -> Vec<Command> {
    let mut found: Vec<Option<Command>> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            let args = command.strip_prefix("wf ").or_else(|| {
                command.strip_prefix("cargo run -- ").or(command.strip_prefix("cargo run -q -- "))
            });
            found.push(args.map(|args| Command {
                args: words(args),
                status: None,
                output: Vec::new(),
            }));
        } else if let Some(Some(command)) = found.last_mut() {
            let status = line.strip_prefix("? ").and_then(|status| status.parse().ok());
            match status {
                Some(status) if command.output.is_empty() => command.status = Some(status),
                _ => command.output.push(line.to_owned()),
            }
        }
    }
    found.into_iter().flatten().collect()
}

/// The words of a command line; quotes hold words together.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote, mut started) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '"' | '\'') => (quote, started) = (Some(c), true),
            (Some(q), _) if q == c => quote = None,
            (None, ' ') => {
                if started || !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
                started = false;
            }
            _ => word.push(c),
        }
    }
    if started || !word.is_empty() {
        found.push(word);
    }
    found
}

/// Runs a command and compares.
///
/// # Errors
/// What is different.
pub(crate) fn run(command: &Command, folder: &Path, strict: bool) -> Result<(), String> {
    let args: Vec<&str> = command.args.iter().map(String::as_str).collect();
    let done = binary::wf(folder, &args)?;
    let printed = format!("{}{}", done.stdout, done.stderr);
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let expected: Vec<&str> = command.output.iter().map(|l| l.trim_end()).collect();
    let name = format!("$ wf {}", command.args.join(" "));
    let status = command.status.or(if strict { Some(0) } else { None });
    if status.is_some_and(|status| done.status != Some(status)) {
        let found = done.status.unwrap_or(-1);
        return Err(format!("{name}\n? {found}\n{printed}\n(expected the status {status:?})"));
    }
    if fits(trimmed(&expected), trimmed(&lines)) {
        Ok(())
    } else {
        let expected = expected.join("\n");
        Err(format!("{name}\nexpected:\n{expected}\nfound:\n{printed}"))
    }
}

/// Without the blank lines at both ends.
fn trimmed<'a, 'b>(mut lines: &'b [&'a str]) -> &'b [&'a str] {
    while let [first, rest @ ..] = lines
        && first.is_empty()
    {
        lines = rest;
    }
    while let [rest @ .., last] = lines
        && last.is_empty()
    {
        lines = rest;
    }
    lines
}

fn fits(expected: &[&str], lines: &[&str]) -> bool {
    match (expected, lines) {
        ([], []) => true,
        (["...", rest @ ..], _) => (0..=lines.len()).any(|skip| fits(rest, &lines[skip..])),
        ([wanted, expected @ ..], [line, lines @ ..]) => {
            fits_line(wanted, line) && fits(expected, lines)
        }
        _ => false,
    }
}

fn fits_line(wanted: &str, line: &str) -> bool {
    let Some((before, after)) = wanted.split_once("[..]") else { return wanted == line };
    let Some(rest) = line.strip_prefix(before) else { return false };
    rest.char_indices()
        .map(|(at, _)| at)
        .chain([rest.len()])
        .any(|at| rest.get(at..).is_some_and(|rest| fits_line(after, rest)))
}
