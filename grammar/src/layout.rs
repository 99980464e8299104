//! Layout: which line ends separate, and one letter for each of the tokens, which the parser reads.

mod limits;

use wf_diagnostics::{Diagnostic, Diagnostics, FileId, Span, codes::syntax};

use crate::token::{Kind, Token};
use limits::Limits;

/// The tokens with the line ends that matter, and their letters.
pub(crate) struct Layout {
    /// The tokens.
    pub(crate) tokens: Vec<Token>,
    /// One ASCII letter for each token.
    pub(crate) codes: String,
}

/// Adds the line ends that separate, drops commas that are too many, and cuts what is too long.
pub(crate) fn lay_out(
    file: FileId,
    mut tokens: Vec<Token>,
    diagnostics: &mut Diagnostics,
) -> Layout {
    let patterns = mark_lambdas(&mut tokens);
    let mut patterns = patterns.into_iter().peekable();
    let mut pass = Pass {
        file,
        out: Vec::with_capacity(tokens.len() + tokens.len() / 4),
        brackets: Vec::new(),
        limits: Limits::new(),
        skipping: None,
        cut_told: false,
        diagnostics,
    };
    for (at, token) in tokens.into_iter().enumerate() {
        pass.token(token, patterns.next_if_eq(&at).is_some());
    }
    let out = pass.out;
    let codes = out.iter().map(|token| token.kind.code()).collect();
    let codes = String::from_utf8(codes).expect("the letters are ASCII");
    Layout { tokens: out, codes }
}

/// Marks each `(` whose `)` is followed by `=>`, and each `match` that is a call of the function
/// of JSONPath: behind it stand parentheses with several arguments. Gives the places of each `{` that
/// begins a pattern, `{ kind: "a" } x =>`, in order.
fn mark_lambdas(tokens: &mut [Token]) -> Vec<usize> {
    let mut patterns = Vec::new();
    // Where each bracket stands that is open, and whether it holds a comma.
    let mut stack: Vec<(usize, bool)> = Vec::new();
    for at in 0..tokens.len() {
        let kind = tokens[at].kind;
        if kind.opens() {
            stack.push((at, false));
        } else if kind == Kind::Comma {
            stack.iter_mut().last().into_iter().for_each(|(_, comma)| *comma = true);
        } else if kind.closes()
            && let Some((open, comma)) = stack.pop()
        {
            if kind == Kind::RBrace && tokens[open].first && ends_pattern(tokens, at) {
                patterns.push(open);
            }
            if kind != Kind::RParen {
                continue;
            }
            let next = tokens.get(at + 1).map(|t| t.kind);
            if next == Some(Kind::FatArrow) {
                tokens[open].kind = Kind::LambdaParen;
            } else if comma
                && next != Some(Kind::LBrace)
                && let Some(before) = open.checked_sub(1)
                && tokens[before].kind == Kind::Match
            {
                tokens[before].kind = Kind::Word;
            }
        }
    }
    patterns.sort_unstable();
    patterns
}

/// Whether `=>` follows a `}`, or a name and `=>`.
fn ends_pattern(tokens: &[Token], close: usize) -> bool {
    let kind = |at: usize| tokens.get(at).map(|t| t.kind);
    let name = kind(close + 1).is_some_and(Kind::is_name);
    kind(close + 1 + usize::from(name)) == Some(Kind::FatArrow)
}

struct Pass<'a> {
    file: FileId,
    out: Vec<Token>,
    /// The open brackets around the current token, and their places in `out`.
    brackets: Vec<(Kind, usize)>,
    limits: Limits,
    /// The number of open brackets at which something too long began; what follows is left out.
    skipping: Option<usize>,
    /// Whether a cut is told: what is cut again is mostly the rest of the same expression.
    cut_told: bool,
    diagnostics: &'a mut Diagnostics,
}

impl Pass<'_> {
    /// Takes the next token; `pattern` says that it is the `{` of a pattern.
    fn token(&mut self, token: Token, pattern: bool) {
        let last = self.out.last().map(|t| t.kind);
        if token.kind == Kind::Newline {
            // A semicolon, already told.
            if last.is_some_and(|kind| !kind.wants_more()) && self.skipping.is_none() {
                self.push(token);
            }
            return;
        }
        if token.first && self.separates(token.kind, pattern, last) {
            let at = self.out.last().map_or(0, |t| t.end);
            let newline =
                Token { kind: Kind::Newline, first: false, told: false, start: at, end: at };
            self.end_skip(Kind::Newline);
            self.push(newline);
        }
        self.end_skip(token.kind);
        if token.kind == Kind::Comma && self.is_doubled(&token) {
            return;
        }
        self.push(token);
    }

    /// Whether the line end in front of a token begins something new.
    fn separates(&self, kind: Kind, pattern: bool, last: Option<Kind>) -> bool {
        let Some(last) = last else { return false };
        if kind.closes() || last.wants_more() {
            return false;
        }
        if matches!(last, Kind::Return | Kind::Yield | Kind::Fail) {
            return true;
        }
        if kind == Kind::LBrace {
            return pattern
                || matches!(
                    self.brackets.last(),
                    Some((Kind::LBracket | Kind::LParen | Kind::LambdaParen, _))
                );
        }
        !kind.goes_on()
    }

    /// Something too long ends where its run ends.
    fn end_skip(&mut self, kind: Kind) {
        let Some(level) = self.skipping else { return };
        let ends = matches!(kind, Kind::Newline | Kind::Comma) || kind.closes();
        if ends && self.brackets.len() == level {
            self.skipping = None;
        }
    }

    fn is_doubled(&mut self, token: &Token) -> bool {
        let doubled = self.skipping.is_none()
            && self.out.last().is_some_and(|t| {
                matches!(
                    t.kind,
                    Kind::Comma | Kind::LBrace | Kind::LBracket | Kind::LParen | Kind::LambdaParen
                )
            });
        if doubled && self.diagnostics.len() < 200 {
            let span = Span::new(self.file, token.start, token.end);
            let diagnostic = Diagnostic::new(
                &syntax::EXTRA_COMMA,
                span,
                "nothing stands in front of this comma",
            );
            self.diagnostics.push(diagnostic.help("remove it"));
        }
        doubled
    }

    fn push(&mut self, token: Token) {
        let mut group = None;
        if token.kind.opens() {
            self.brackets.push((token.kind, self.out.len()));
        } else if token.kind.closes() {
            group = self.brackets.pop().map(|(_, at)| at);
        }
        let last = self.out.last().map(|t| t.kind);
        let too_long = self.limits.token(token.kind, last);
        if self.skipping.is_some() {
            return;
        }
        match too_long {
            None => self.out.push(token),
            Some(message) => self.cut(token, group, message),
        }
    }

    /// Leaves out what is too long: the group that a closer ends, or what follows an operator.
    fn cut(&mut self, token: Token, group: Option<usize>, message: String) {
        let span = Span::new(self.file, token.start, token.end);
        let diagnostic = Diagnostic::new(&syntax::TOO_DEEP, span, message)
            .help("give parts of it names with `let`, or move them to a `fn`");
        if !std::mem::replace(&mut self.cut_told, true) {
            self.diagnostics.push(diagnostic);
        }
        let error = Token { kind: Kind::Error, told: true, first: false, ..token };
        if let Some(group) = group {
            let start = self.out.get(group).map_or(token.start, |open| open.start);
            self.out.truncate(group);
            self.out.push(Token { start, ..error });
            return;
        }
        if token.kind.opens() {
            self.skipping = Some(self.brackets.len() - 1);
        } else {
            self.out.push(Token { told: true, ..token });
            self.skipping = Some(self.brackets.len());
        }
        self.out.push(error);
    }
}
