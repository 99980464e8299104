//! What must hold of every formatted text, and texts to try it on: programs with blanks, line ends
//! and comments put between their tokens.

use std::fmt::Write;

use wf_diagnostics::{Diagnostic, FileId};
use wf_grammar::ast::{Comment, File};
use wf_grammar::{Lexeme, LexemeKind, lexemes};

use crate::soak::choices::Choices;

/// How much stack is there for showing a tree that is as deep as it may be.
const STACK: usize = 256 << 20;

/// Formats a text, unless it has syntax errors, and looks at the result: the same tree, the same
/// comments in the same order, one line end at the end, nothing changed by formatting it again.
/// `false` where there are syntax errors.
///
/// # Errors
/// Something does not hold, with the texts.
pub fn holds(text: &str) -> Result<bool, String> {
    let text = text.to_owned();
    let work = std::thread::Builder::new().stack_size(STACK).spawn(move || check(&text));
    let work = work.map_err(|e| e.to_string())?;
    work.join().unwrap_or_else(|_| Err("the formatter panicked".to_owned()))
}

fn check(text: &str) -> Result<bool, String> {
    let parsed = wf_grammar::parse(FileId(0), text);
    let formatted = wf_format::format(FileId(0), text);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        let told = formatted.err().ok_or("a text with errors is formatted")?;
        return if told == parsed.diagnostics { Ok(false) } else { Err("other errors".into()) };
    }
    let out = formatted.map_err(|told| format!("refused: {}\n{text}", told[0].message))?;
    let fails = |what: &str| Err(format!("{what}\n---- before\n{text}\n---- formatted\n{out}"));
    let again = wf_grammar::parse(FileId(0), &out);
    if let Some(error) = again.diagnostics.iter().find(|d| d.is_error()) {
        return fails(&format!("the formatted text has an error: {}", error.message));
    }
    if tree(&parsed.file) != tree(&again.file) {
        return fails("the tree is another one");
    }
    let (before, after) = (comments(text, &parsed.file), comments(&out, &again.file));
    if before != after {
        return fails(&format!("the comments are others: {before:?} and {after:?}"));
    }
    let ends = out.len() - out.trim_end_matches(['\n', '\r']).len();
    let end = if out.ends_with("\r\n") { 2 } else { 1 };
    if ends != end.min(out.len()) {
        return fails("it does not end in one line end");
    }
    match wf_format::format(FileId(0), &out) {
        Ok(twice) if twice == out => Ok(true),
        Ok(twice) => fails(&format!("formatted again it is\n{twice}")),
        Err(told) => fails(&format!("refused: {}", told[0].message)),
    }
}

/// The tree as text, without places.
fn tree(file: &File) -> String {
    let shown = format!("{:?}{:?}", file.items, file.unread);
    let mut out = String::with_capacity(shown.len() / 2);
    let mut rest = shown.as_str();
    while let Some(at) = rest.find("Span { file") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = rest.find(" }").map_or("", |end| &rest[end + 2..]);
    }
    out.push_str(rest);
    out
}

/// The comments with their kinds, without blanks at the ends of their lines.
fn comments(text: &str, file: &File) -> Vec<String> {
    let show = |comment: &Comment| {
        let span = comment.span.start as usize..comment.span.end as usize;
        let lines = text[span].lines().map(str::trim);
        format!("{:?} {}", comment.kind, lines.collect::<Vec<_>>().join("\n"))
    };
    file.comments.iter().map(show).collect()
}

/// The same program with blanks, comments and line ends between its tokens, drawn from a seed.
pub fn scattered(text: &str, seed: u64) -> String {
    let mut choices = Choices::new(seed);
    let tokens: Vec<Lexeme> = lexemes(FileId(0), text);
    let mut tokens: Vec<&Lexeme> =
        tokens.iter().filter(|token| token.kind != LexemeKind::LineEnd).collect();
    tokens.sort_by_key(|token| token.start);
    let often = 1 + choices.below(40);
    let mut out = String::with_capacity(text.len() * 2);
    let mut behind = 0;
    let mut before: Option<&Lexeme> = None;
    for token in tokens {
        let gap = text.get(behind..token.start as usize).unwrap_or("");
        out.push_str(gap);
        let joins = before.is_none_or(|before| before.wants_more);
        let free = joins || token.goes_on || token.kind == LexemeKind::Close;
        // A comment may be cut from its line end by what is put behind it.
        if choices.chance(often) && !gap.trim_end_matches(' ').ends_with(|c: char| c != '\n') {
            scatter(&mut out, free || gap.contains('\n'), &mut choices);
        }
        out.push_str(text.get(token.start as usize..token.end as usize).unwrap_or(""));
        behind = token.end as usize;
        before = Some(token);
    }
    out.push_str(text.get(behind..).unwrap_or(""));
    if choices.chance(10) { out.replace("\r\n", "\n").replace('\n', "\r\n") } else { out }
}

fn scatter(out: &mut String, line_ends: bool, choices: &mut Choices) {
    for _ in 0..1 + choices.below(3) {
        let number = choices.below(1000);
        let kinds = if line_ends { 10 } else { 3 };
        let written = match choices.below(kinds) {
            0 => write!(out, "  "),
            1 => write!(out, " /* c{number} */"),
            2 => write!(out, "\t/*{number}*/ "),
            3 => writeln!(out),
            4 => write!(out, "\n\n\n "),
            5 => writeln!(out, " // c{number}"),
            6 => write!(out, "\n   // c{number}\n  "),
            7 => write!(out, "\n/// d{number}\n"),
            8 => write!(out, "\n  /* c{number}\n     more */\n"),
            _ => write!(out, " /* c{number}\n   * more\n   */ "),
        };
        written.expect("a text takes what is written");
    }
}
