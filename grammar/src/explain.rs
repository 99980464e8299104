//! What to tell of a part that can't be read: the habit behind it, or what was expected.

mod assignments;
mod expected;
mod foreign;
mod foreign_statements;
mod forms;
mod habits;
mod patterns;
mod tools;

use wf_diagnostics::{Diagnostic, Span, codes::syntax};

use crate::grammar::{Chunk, Expected, Rule};
use crate::source::Source;
use crate::token::Kind;

/// The place of an error.
struct Failure<'a> {
    source: &'a Source<'a>,
    rule: Rule,
    /// The first token of the chunk.
    start: usize,
    /// The token at fault; where the chunk ended too early, the one behind it.
    at: usize,
    /// The token before it in the chunk.
    before: usize,
    /// The token behind the last one of the chunk.
    end: usize,
    /// Whether the chunk ended too early, and a line with it.
    ended: bool,
    expected: Vec<Expected>,
}

/// Why a chunk can't be read by a rule; `None` where something in it is told already.
pub(crate) fn explain(source: &Source<'_>, chunk: &Chunk, rule: Rule) -> Option<Diagnostic> {
    let length = chunk.codes.len();
    let told = (0..length).any(|letter| source.token(chunk.map.token(letter)).told);
    if told || length == 0 {
        return None;
    }
    let (letter, expected) = chunk.diagnose(rule);
    let before = chunk.map.token(letter.min(length).saturating_sub(1));
    let at = if letter < length { chunk.map.token(letter) } else { before + 1 };
    let start = chunk.map.token(0);
    let ended = letter >= length && (source.token(at).first || source.token(at).told);
    let end = chunk.map.token(length - 1) + 1;
    let failure = Failure { source, rule, start, at, before, end, ended, expected };
    let told = assignments::assignment(&failure)
        .or_else(|| forms::form(&failure))
        .or_else(|| foreign::form(&failure))
        .or_else(|| habits::habit(&failure))
        .or_else(|| patterns::pattern(&failure));
    Some(told.unwrap_or_else(|| failure.plain()))
}

impl Failure<'_> {
    fn kind(&self) -> Kind {
        if self.ended { Kind::Newline } else { self.source.kind(self.at) }
    }

    fn kind_before(&self) -> Kind {
        if self.at == self.start { Kind::Newline } else { self.source.kind(self.before) }
    }

    fn text(&self) -> &str {
        self.source.token_text(self.at)
    }

    /// Whether a token with this letter would have been right.
    fn expects(&self, letter: u8) -> bool {
        self.expected.contains(&Expected::Letter(letter))
    }

    /// Whether an operand would have been right: only operands can be floats.
    fn expects_operand(&self) -> bool {
        self.expects(b'2')
    }

    /// Whether an operator would have been right.
    fn expects_operator(&self) -> bool {
        self.expects(b'~')
    }

    /// The characters at fault; at the end of a line the place behind its last character.
    fn span(&self) -> Span {
        if self.kind() == Kind::Newline {
            return self.source.span(self.before).at_end();
        }
        self.source.span(self.at)
    }

    /// What is there.
    fn found(&self) -> String {
        let kind = self.kind();
        match kind {
            Kind::Newline if self.at >= self.source.tokens.len() => "the end of the file".into(),
            Kind::Newline => "the end of the line".into(),
            Kind::Str | Kind::Head => "a string".into(),
            Kind::Middle | Kind::Tail => "`}}`".into(),
            _ if self.text().is_empty() || self.text().len() > 40 => kind.human().into(),
            _ => format!("`{}`", self.text()),
        }
    }

    /// The text from one token to another, both included, on one line and not too long.
    fn slice(&self, first: usize, last: usize) -> String {
        if last < first {
            return "…".to_owned();
        }
        self.short(self.source.span(first).to(self.source.span(last)))
    }

    /// The text of a span, on one line and not too long.
    fn short(&self, span: Span) -> String {
        let text = self.source.slice(span);
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() > 60 {
            true => line.chars().take(59).chain(['…']).collect(),
            false => line,
        }
    }

    /// The first token of the path that ends with this one, as `a.b[0].c`.
    fn path_start(&self, last: usize) -> usize {
        let mut at = last;
        while at >= self.start + 2
            && matches!(self.source.kind(at - 1), Kind::Dot | Kind::SafeDot)
            && self.source.kind(at).is_word()
        {
            at -= 2;
        }
        at
    }

    /// The text from the token at fault to the end of the chunk.
    fn rest(&self) -> &str {
        let last = self.end.saturating_sub(1).max(self.at);
        self.source.slice(self.source.span(self.at).to(self.source.span(last)))
    }

    fn plain(&self) -> Diagnostic {
        let found = self.found();
        let message = match expected::list(&self.expected, self.rule) {
            Some(expected) => format!("expected {expected}, found {found}"),
            None => format!("{found} can't stand here"),
        };
        let mut diagnostic = Diagnostic::new(&syntax::EXPECTED, self.span(), message);
        if let Some(help) = self.help() {
            diagnostic = diagnostic.help(help);
        }
        diagnostic
    }

    /// `{{ if c }}a{{ end }}` and `{{ for x in xs }}`, as templates of other languages have them.
    fn template_help(&self) -> Option<&'static str> {
        let opens = |at: usize| matches!(self.source.kind(at), Kind::Head | Kind::Middle);
        let begin = (self.start..self.at).rev().find(|at| opens(*at))? + 1;
        match self.source.kind(begin) {
            Kind::If if matches!(self.source.kind(self.at), Kind::Middle | Kind::Tail) => {
                Some("a template holds an expression: `{{ if c { \"a\" } else { \"b\" } }}`")
            }
            Kind::For if begin == self.at => Some(
                "a template holds an expression: a list is joined by `{{ xs | map(x => \"…\") | join(\"\") }}`",
            ),
            _ => None,
        }
    }

    /// How the statement or item at hand is written.
    fn help(&self) -> Option<&'static str> {
        if let Some(help) = self.template_help() {
            return Some(help);
        }
        if self.at == self.start && self.expects(b'B') {
            return Some("what runs side by side stands in branches: `branch a { … }`");
        }
        if let Some(help) = patterns::help(self) {
            return Some(help);
        }
        Some(match self.source.kind(self.start) {
            Kind::Step if self.at > self.start && self.source.kind(self.at - 1) == Kind::With => {
                "a policy stands in braces: `with { timeout: 5s, retry: { attempts: 3 } }`, or `with { ...policy }`"
            }
            Kind::Step => {
                "a step is written `step NAME = node<T> { input: value } with { timeout: 5s }`"
            }
            Kind::Let => "a local is written `let name = value`, or `let name: type = value`",
            Kind::If => "a condition is written `if c { … } else if d { … } else { … }`",
            Kind::For => "a loop is written `for x in xs as NAME parallel 8 { … }`",
            Kind::While => "a bounded loop is written `while c as NAME max 10 { … }`",
            Kind::Match => "a match is written `match v { \"a\" | \"b\" => { … } _ => { … } }`",
            Kind::Parallel => {
                "parallel branches are written `parallel as NAME { branch a { … } branch b { … } }`"
            }
            Kind::Branch => "a branch is written `branch a { … }`",
            Kind::Try if self.source.kind(self.at) == Kind::Step => {
                "a step that may fail is `step NAME = try node { … }`; several stand in `try { … } catch err { … }`"
            }
            Kind::Try => "written `try { … } catch err { … } finally { … }`",
            Kind::Trigger => {
                "a trigger is written `trigger entity Lead on created`, `trigger webhook POST \"/path\" { body: T }`, \
                              `trigger schedule \"0 9 * * *\" in \"Europe/Berlin\"` or `trigger function(name: string)`"
            }
            Kind::Workflow => "a workflow is written `workflow name -> R { trigger … }`",
            Kind::Fn if self.at == self.start => {
                "functions stand outside of workflows and of other functions"
            }
            Kind::Fn => "a function is written `fn name(a: int, b: string = \"x\") -> R { … }`",
            Kind::Type => "a type is named by `type Name = T`",
            Kind::Entity => "an entity is written `entity Name { field: T }`",
            Kind::Node => "a node is written `node a.b<T> { input { … } output T }`",
            Kind::Use => {
                "written `use \"path.wf\"`, `use { A, b } from \"path.wf\"` or `use schema \"file.json\" as Name`"
            }
            Kind::Config => "written `config { name: type = default }`",
            Kind::Variables if self.at == self.start + 1 => {
                "variables are written `variables { name: type = value }`"
            }
            _ => return None,
        })
    }
}

/// Something between the items of a file that is none.
pub(crate) fn no_item(source: &Source<'_>, start: usize, end: usize) -> Option<Diagnostic> {
    if (start..end).any(|at| source.token(at).told) {
        return None;
    }
    let text = source.token_text(start);
    let kind = source.kind(start);
    let statement = kind.begins_statement()
        || matches!(kind, Kind::Variables | Kind::Trigger | Kind::Else | Kind::Catch);
    let help = match text {
        "import" if source.kind(start + 1) == Kind::LBrace => {
            let names = (start + 1..end).find(|at| source.kind(*at) == Kind::RBrace);
            let names =
                names.map_or(source.span(start), |at| source.span(start + 1).to(source.span(at)));
            let help = format!("write `use {} from \"path.wf\"`", source.slice(names));
            let message = "`import` begins no item of a file";
            return Some(Diagnostic::new(&syntax::NO_ITEM, source.span(start), message).help(help));
        }
        "import" | "from" | "require" | "include" => {
            "another file is taken in by `use \"path.wf\"`, or `use { a, b } from \"path.wf\"`"
        }
        "enum" => "one of several texts is `type Name = \"a\" | \"b\"`",
        "async" => "leave it out: functions never wait, and steps wait by themselves",
        "export" | "public" | "pub" | "static" | "private" | "default" => {
            "leave it out: what a file declares can be used by others"
        }
        "const" | "let" | "var" | "variable" | "param" | "parameter" | "locals" => {
            "what a run is given is declared in `config { name: T }`; a value to share is a `fn`"
        }
        "interface" | "struct" | "class" | "record" | "model" => {
            "a record type is `type Name = { field: T }`, what the entity store keeps `entity Name { field: T }`"
        }
        "flow" | "pipeline" | "job" | "task" | "jobs" | "steps" | "resource" => {
            "a workflow is written `workflow name { trigger … }`"
        }
        "{" if source.kind(start + 1) == Kind::Str => {
            "JSON describes no workflow here: write `workflow name { trigger function() … }`"
        }
        "-" if source.token_text(start + 1) == "-" => "leave the line out",
        "@" => "leave it out: functions and workflows have no decorators",
        _ if kind == Kind::Later => "the word is reserved for later",
        _ if statement => "statements stand inside of a `workflow` or a `fn`",
        _ => "a file holds `use`, `type`, `entity`, `fn`, `config`, `node` and `workflow`",
    };
    let span = source.span(start);
    let shown = if text.len() > 40 || text.is_empty() {
        kind.human().to_owned()
    } else {
        format!("`{text}`")
    };
    let message = if statement {
        format!("the statement {shown} stands outside of a workflow")
    } else {
        format!("{shown} begins no item of a file")
    };
    Some(Diagnostic::new(&syntax::NO_ITEM, span, message).help(help))
}
