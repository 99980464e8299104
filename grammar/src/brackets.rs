//! Brackets: matching them, and telling which one is to blame where they do not match.

use wf_diagnostics::{Diagnostic, Diagnostics, FileId, Span, codes::syntax};

use crate::MAX_NESTING;
use crate::token::{Kind, Token};

/// An open bracket.
struct Open {
    /// Its token.
    at: usize,
    /// The indentation of its line.
    indent: u32,
    /// The first token of the first line that is indented no deeper than the line of the bracket.
    dedent: Option<usize>,
}

/// Makes the brackets match: closers that are missing are added, those too many taken out, both
/// told. A group nested too deeply becomes one unreadable token. Where a part of the text was
/// swallowed already, missing closers are added without a word.
pub(crate) fn balance(
    file: FileId,
    text: &str,
    tokens: &mut Vec<Token>,
    swallowed: bool,
    diagnostics: &mut Diagnostics,
) {
    let told = diagnostics.len();
    let mut deep = None;
    let nesting = matches(tokens);
    if nesting.is_some_and(|deepest| deepest <= MAX_NESTING) {
        return;
    }
    if nesting.is_none() {
        let mut repair = Repair {
            file,
            stack: Vec::new(),
            close: Vec::new(),
            drop: Vec::new(),
            forgiven: Vec::new(),
            silent: swallowed,
            deep: None,
            diagnostics,
        };
        repair.run(text, tokens);
        let (close, drop) = (repair.close, repair.drop);
        deep = repair.deep;
        *tokens = rebuild(tokens, close, &drop);
    }
    cut_deep(file, tokens, diagnostics);
    if diagnostics.len() == told {
        diagnostics.extend(deep);
    }
}

/// How deep the deepest bracket is; `None` where one has no partner.
fn matches(tokens: &[Token]) -> Option<usize> {
    let (mut stack, mut deepest) = (Vec::new(), 0);
    for token in tokens {
        if token.kind.opens() {
            stack.push(token.kind.closer());
            deepest = deepest.max(stack.len());
        } else if token.kind.closes() {
            if stack.pop() != Some(token.kind) {
                return None;
            }
        } else if token.kind == Kind::Middle && stack.last() != Some(&Kind::Tail) {
            return None;
        }
    }
    stack.is_empty().then_some(deepest)
}

struct Repair<'a> {
    file: FileId,
    stack: Vec<Open>,
    /// Closers to be added: in front of which token, and of which kind.
    close: Vec<(usize, Kind)>,
    /// Closers to be taken out.
    drop: Vec<usize>,
    /// Kinds that were added; a closer too many of such a kind is no news.
    forgiven: Vec<Kind>,
    silent: bool,
    /// What is told of brackets that are too deep, unless that they are so is told.
    deep: Option<Diagnostic>,
    diagnostics: &'a mut Diagnostics,
}

impl Repair<'_> {
    fn run(&mut self, text: &str, tokens: &[Token]) {
        let mut indent = 0;
        for (at, token) in tokens.iter().enumerate() {
            let leads = token.first || at == 0;
            if leads {
                indent = indent_of(text, token.start);
                self.note_dedent(at, indent, token.kind);
            }
            let ahead = tokens.get(at + 1).is_some_and(|t| t.kind.is_name() && !t.first);
            if leads && indent == 0 && token.kind.begins_item() && ahead {
                self.close_above(0, at, tokens);
            } else if token.kind.opens() {
                self.stack.push(Open { at, indent, dedent: None });
            } else if token.kind == Kind::Middle {
                self.close_template(at, tokens);
            } else if token.kind.closes() {
                self.closer(at, indent, leads, tokens);
            }
        }
        self.close_above(0, tokens.len(), tokens);
    }

    /// Notes for the innermost bracket that a line is indented no deeper than its own.
    fn note_dedent(&mut self, at: usize, indent: u32, kind: Kind) {
        if let Some(top) = self.stack.last_mut()
            && top.dedent.is_none()
            && indent <= top.indent
            && !kind.closes()
        {
            top.dedent = Some(at);
        }
    }

    fn close_template(&mut self, at: usize, tokens: &[Token]) {
        if let Some(head) = self.stack.iter().rposition(|o| tokens[o.at].kind == Kind::Head) {
            self.close_above(head + 1, at, tokens);
        }
    }

    fn closer(&mut self, at: usize, indent: u32, leads: bool, tokens: &[Token]) {
        let kind = tokens[at].kind;
        let floor = if kind == Kind::Tail {
            0
        } else {
            self.stack
                .iter()
                .rposition(|o| tokens[o.at].kind == Kind::Head)
                .map_or(0, |head| head + 1)
        };
        let fits = |o: &Open| tokens[o.at].kind.closer() == kind;
        let mut found = self.stack[floor..].iter().rposition(fits).map(|i| i + floor);
        // A closer that begins its line belongs to a bracket whose line is indented like it.
        if leads && kind != Kind::Tail && self.stack.last().is_some_and(|o| o.indent > indent) {
            let aligned = self.stack[floor..].iter().rposition(|o| fits(o) && o.indent == indent);
            found = aligned.map(|i| i + floor).or(found);
        }
        match found {
            Some(index) => {
                self.close_above(index + 1, at, tokens);
                self.stack.pop();
            }
            None if self.closes_other(at, floor, tokens) => {}
            None => self.too_many(at, tokens),
        }
    }

    /// A closer of another kind on the line of what it closes, as in `[1, 2)`: one mistake.
    fn closes_other(&mut self, at: usize, floor: usize, tokens: &[Token]) -> bool {
        let Some(top) = self.stack.get(floor..).and_then(|open| open.last()) else { return false };
        let (open, closer) = (tokens[top.at], tokens[at]);
        let on_one_line = tokens[top.at + 1..=at].iter().all(|token| !token.first);
        if !on_one_line || self.silent || open.kind == Kind::Head {
            return false;
        }
        let right = open.kind.closer();
        let span = Span::new(self.file, closer.start, closer.end);
        let message = format!("this {} does not close {}", closer.kind.human(), open.kind.human());
        let diagnostic = Diagnostic::new(&syntax::UNOPENED_BRACKET, span, message)
            .with(Span::new(self.file, open.end - 1, open.end), "opened here")
            .help(format!("write {}", right.human()));
        self.diagnostics.push(diagnostic);
        self.stack.pop();
        self.drop.push(at);
        self.close.push((at, right));
        true
    }

    /// Closes all brackets from `index` on in front of the token `at`.
    fn close_above(&mut self, index: usize, at: usize, tokens: &[Token]) {
        if self.stack.len() <= index {
            return;
        }
        let open = self.stack.split_off(index);
        let deep = index + open.len() > MAX_NESTING;
        if !self.silent {
            let blamed = open.iter().rev().find(|o| o.dedent.is_some()).or(open.last());
            if let Some(blamed) = blamed {
                let token = tokens[blamed.at];
                let mut diagnostic = Diagnostic::new(
                    &syntax::UNCLOSED_BRACKET,
                    Span::new(self.file, token.end - 1, token.end),
                    format!("this {} is never closed", token.kind.human()),
                )
                .label("opened here");
                if let Some(next) = blamed.dedent.or(Some(at)).and_then(|i| tokens.get(i)) {
                    diagnostic = diagnostic.with(
                        Span::new(self.file, next.start, next.end),
                        format!("{} is missing before this", token.kind.closer().human()),
                    );
                }
                let help = format!("add the missing {}", token.kind.closer().human());
                let diagnostic = diagnostic.help(help);
                if deep {
                    self.deep.get_or_insert(diagnostic);
                } else {
                    self.diagnostics.push(diagnostic);
                }
            }
        }
        // None may close behind one further out; at the same place the inner ones close first.
        let mut limit = at;
        let mut places = Vec::new();
        for o in &open {
            let kind = tokens[o.at].kind.closer();
            limit = limit.min(o.dedent.unwrap_or(at));
            self.forgiven.push(kind);
            places.push((limit, kind));
        }
        self.close.extend(places.into_iter().rev());
    }

    fn too_many(&mut self, at: usize, tokens: &[Token]) {
        let token = tokens[at];
        self.drop.push(at);
        if let Some(i) = self.forgiven.iter().rposition(|kind| *kind == token.kind) {
            self.forgiven.remove(i);
            return;
        }
        if self.silent || self.diagnostics.len() > 200 {
            return;
        }
        let span = Span::new(self.file, token.start, token.end);
        let name = token.kind.human();
        let diagnostic =
            Diagnostic::new(&syntax::UNOPENED_BRACKET, span, format!("this {name} closes nothing"));
        self.diagnostics.push(diagnostic.help("remove it, or add the bracket that it closes"));
    }
}

/// How far the line of this token is indented, in bytes.
fn indent_of(text: &str, start: u32) -> u32 {
    let before = text.get(..start as usize).unwrap_or("");
    let blanks = before.bytes().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    blanks as u32
}

fn rebuild(tokens: &[Token], mut close: Vec<(usize, Kind)>, drop: &[usize]) -> Vec<Token> {
    close.sort_by_key(|(at, _)| *at);
    let mut out = Vec::with_capacity(tokens.len() + close.len());
    let (mut close, mut drop) = (close.into_iter().peekable(), drop.iter().peekable());
    for (at, token) in tokens.iter().enumerate() {
        while let Some((_, kind)) = close.next_if(|(place, _)| *place == at) {
            add_closer(&mut out, kind);
        }
        if drop.next_if(|place| **place == at).is_some() {
            continue;
        }
        out.push(*token);
    }
    for (_, kind) in close {
        add_closer(&mut out, kind);
    }
    out
}

/// A closer that is not in the text, behind the last token.
fn add_closer(out: &mut Vec<Token>, kind: Kind) {
    let end = out.last().map_or(0, |t| t.end);
    out.push(Token { kind, first: false, told: true, start: end, end });
}

/// Replaces each group that is nested too deeply by one unreadable token.
fn cut_deep(file: FileId, tokens: &mut Vec<Token>, diagnostics: &mut Diagnostics) {
    let mut depth = 0_usize;
    let mut deepest = 0_usize;
    for token in tokens.iter() {
        if token.kind.opens() {
            depth += 1;
            deepest = deepest.max(depth);
        } else if token.kind.closes() {
            depth = depth.saturating_sub(1);
        }
    }
    if deepest <= MAX_NESTING {
        return;
    }
    depth = 0;
    let mut told = false;
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.iter() {
        if token.kind.opens() {
            depth += 1;
            if depth == MAX_NESTING + 1 {
                out.push(Token { kind: Kind::Error, told: true, ..*token });
                if !told {
                    told = true;
                    let span = Span::new(file, token.start, token.end);
                    let message = format!("brackets are nested more than {MAX_NESTING} deep");
                    diagnostics.push(
                        Diagnostic::new(&syntax::TOO_DEEP, span, message)
                            .help("give the inner parts names with `let`, or move them to a `fn`"),
                    );
                }
            }
        }
        if depth <= MAX_NESTING {
            out.push(*token);
        } else if let Some(last) = out.last_mut() {
            last.end = token.end.max(last.end);
        }
        if token.kind.closes() {
            depth = depth.saturating_sub(1);
        }
    }
    *tokens = out;
}
