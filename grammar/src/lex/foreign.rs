//! What only other languages write, told as a whole where it stands: tags, foreign roots, prefixes
//! of strings, comments, regular expressions, counting loops.

use wf_diagnostics::codes::{syntax, warnings};

use super::Lexer;
use crate::token::Kind;

/// What is written for the roots of other tools.
const ROOTS: [(&str, &str); 14] = [
    ("$json", "what a step gave is `steps.NAME.output`, what the run was started with `trigger`"),
    ("$node", "what a step gave is `steps.NAME.output`"),
    ("$items", "what a step gave is `steps.NAME.output`"),
    ("$input", "what a step gave is `steps.NAME.output`, what the run was started with `trigger`"),
    ("$item", "the item of a loop is `loop.NAME.item`, or the name behind its `for`"),
    ("$index", "the index of a loop is `loop.NAME.index`"),
    ("$env", "values from outside are declared in `config { … }` and read as `config.NAME`"),
    ("$vars", "values from outside are declared in `config { … }` and read as `config.NAME`"),
    ("$secrets", "declare `config { NAME: secret }`, and read `config.NAME`"),
    ("$now", "the time is read by a step: `step t = time.now { }`"),
    ("$today", "the time is read by a step: `step t = time.now { }`"),
    ("$workflow", "it is `run.workflow`"),
    ("$execution", "it is `run.id`"),
    ("$self", "a value is read by its name"),
];

/// How far a line is looked ahead, in bytes: longer forms are not worth the time.
const NEAR: usize = 300;

impl Lexer<'_> {
    /// The text from an offset to the end of its line, at most [`NEAR`] bytes.
    fn near(&self, start: usize) -> &'_ str {
        let end = self.text.floor_char_boundary((start + NEAR).min(self.text.len()));
        let text = self.text.get(start..end).unwrap_or("");
        text.split('\n').next().unwrap_or(text)
    }

    /// `$json`, `$.a`, `${x}`, `${{ x }}` outside of strings; false where it is something else.
    pub(super) fn dollar_root(&mut self) -> bool {
        let start = self.pos;
        match self.peek(1) {
            Some(b'{') => self.dollar_template(start),
            Some(b'.' | b'[' | b'$') => {
                self.pos += 1 + usize::from(self.peek(1) == Some(b'$'));
                let name = &self.text[start..self.pos];
                let diagnostic = self
                    .diagnostic(
                        &syntax::DOLLAR_NAME,
                        start,
                        self.pos,
                        format!("`{name}` is no beginning of a path"),
                    )
                    .help(
                        "a path begins with `trigger`, `steps.NAME.output`, `loop.NAME`, \
                         `variables` or `config`",
                    );
                self.tell(diagnostic);
                self.push_told(Kind::Error, start);
                true
            }
            Some(b'(') if matches!(self.peek(2), Some(b'\'' | b'"')) => self.dollar_call(start),
            _ => false,
        }
    }

    /// `$('Name of a node')`
    fn dollar_call(&mut self, start: usize) -> bool {
        let line = &self.text[start..self.line_end()];
        let Some(length) = line.find("')").or_else(|| line.find("\")")) else { return false };
        self.pos = start + length + 2;
        let message = format!("`{}` is no beginning of a path", &self.text[start..self.pos]);
        let diagnostic = self
            .diagnostic(&syntax::DOLLAR_NAME, start, self.pos, message)
            .help("what a step gave is `steps.NAME.output`");
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// What is written for a root of another tool.
    pub(super) fn root_help(name: &str) -> &'static str {
        ROOTS.iter().find(|(theirs, _)| *theirs == name).map_or(
            "what a run was started with is `trigger`, what a step gave `steps.NAME.output`, \
             the item of a loop `loop.NAME.item`",
            |(_, help)| help,
        )
    }

    fn dollar_template(&mut self, start: usize) -> bool {
        let line = self.near(start);
        let double = line.starts_with("${{");
        let (open, close) = if double { (3, "}}") } else { (2, "}") };
        let Some(length) = line[open..].find(close) else { return false };
        let inner = line[open..open + length].trim().to_owned();
        self.pos = start + open + length + close.len();
        let message = if double {
            "`${{ }}` is no expression of the language"
        } else {
            "`${ }` is no expression of the language"
        };
        let help = format!("write the expression itself: `{inner}`");
        let span = self.span(start, self.pos);
        let diagnostic = self
            .diagnostic(&syntax::TEMPLATE_OUTSIDE, start, self.pos, message)
            .edit(span, inner, help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// `{% if c %}`, `{# a comment #}`: told once for what is opened and closed.
    pub(super) fn tag(&mut self) -> bool {
        let start = self.pos;
        let (close, is_comment) = match self.peek(1) {
            Some(b'%') => ("%}", false),
            Some(b'#') => ("#}", true),
            _ => return false,
        };
        let line = self.near(start);
        let Some(length) = line.get(2..).and_then(|rest| rest.find(close)) else { return false };
        let inner = line[2..2 + length].trim_matches(|c: char| c == '-' || c.is_whitespace());
        let (help, silent) = tag_help(inner);
        let help = if is_comment { "a comment begins with `//`" } else { help };
        let message = match is_comment {
            true => "`{# #}` is no comment of the language".to_owned(),
            false => "`{% %}` is no statement of the language".to_owned(),
        };
        self.pos = start + 2 + length + close.len();
        if !silent || is_comment {
            let diagnostic = self.diagnostic(&syntax::TAG, start, self.pos, message).help(help);
            self.tell(diagnostic);
        }
        true
    }

    /// `{% if c %}` in a string is text, but hardly meant so.
    pub(super) fn tag_in_string(&mut self) {
        let start = self.pos;
        let line = self.near(start);
        let behind = line.get(2..).unwrap_or_default();
        let end = behind.find("%}").filter(|at| !behind[..*at].contains('"'));
        let Some(length) = end else {
            self.pos += 2;
            return;
        };
        let inner = behind[..length].trim_matches(|c: char| c == '-' || c.is_whitespace());
        let silent = tag_help(inner).1;
        self.pos = start + 2 + length + 2;
        if !silent {
            let help = "a template holds an expression: `{{ if c { \"a\" } else { \"b\" } }}`; \
                        a list is joined by `{{ xs | map(x => \"…\") | join(\"\") }}`";
            let diagnostic = self
                .diagnostic(
                    &warnings::FOREIGN_TEMPLATE,
                    start,
                    self.pos,
                    format!("`{}` is text here, no template", &self.text[start..self.pos]),
                )
                .help(help);
            self.tell(diagnostic);
        }
    }

    /// `f"…"`, `r"…"`: a string with a prefix.
    pub(super) fn string_prefix(&mut self, start: usize) -> bool {
        let word = &self.text[start..self.pos];
        let known = ["f", "F", "r", "R", "b", "B", "u", "U", "rb", "fr", "rf", "s", "q"];
        if self.peek(0) != Some(b'"') || !known.contains(&word) {
            return false;
        }
        let help = match word {
            "f" | "F" | "s" | "fr" | "rf" => {
                "leave it out: every string holds templates, as in `\"a {{ x }}\"`"
            }
            _ => "leave it out, and write a backslash as `\\\\`",
        };
        let message = format!("a string has no `{word}` in front of it");
        let span = self.span(start, self.pos);
        let rest = self.near(self.pos + 1).as_bytes();
        let mut length = 0;
        while let Some(byte) = rest.get(length) {
            match byte {
                b'\\' => length += 1,
                b'"' => break,
                _ => {}
            }
            length += 1;
        }
        if rest.get(length) != Some(&b'"') {
            return false;
        }
        let diagnostic = self.diagnostic(&syntax::STRING_PREFIX, start, self.pos, message);
        self.tell(diagnostic.edit(span, "", help));
        let end = self.pos + 2 + length;
        self.pos = self.text.ceil_char_boundary(end);
        self.push_told(Kind::Error, start);
        true
    }

    /// `-- a comment`, `<!-- a comment -->` on a line of its own.
    pub(super) fn line_of_comment(&mut self) -> bool {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let own_line = self.first || self.out.tokens.is_empty();
        let sign = if rest.starts_with(b"<!--") {
            "<!--"
        } else if own_line && rest.starts_with(b"--") && rest.get(2).is_none_or(|b| *b == b' ') {
            "--"
        } else {
            return false;
        };
        let message = format!("`{sign}` begins no comment of the language");
        let end = start + sign.len();
        let span = self.span(start, end);
        let diagnostic = self.diagnostic(&syntax::BAD_CHARACTER, start, end, message).edit(
            span,
            "//",
            "a comment begins with `//`",
        );
        self.tell(diagnostic);
        self.pos = self.line_end();
        true
    }

    /// `/^a+$/` where a value is needed.
    pub(super) fn regular_expression(&mut self) -> bool {
        let start = self.pos;
        let operand = self.last().is_some_and(|t| t.kind.ends_operand()) && !self.first;
        let line = self.near(start + 1);
        let Some(length) = line.find('/').filter(|at| *at > 0 && !operand) else { return false };
        let inner = &line[..length];
        let help = format!("write `\"{}\"`", inner.replace('\\', "\\\\").replace('"', "\\\""));
        self.pos = start + length + 2;
        let diagnostic = self
            .diagnostic(
                &syntax::FOREIGN_QUOTES,
                start,
                self.pos,
                "a regular expression stands in a string",
            )
            .help(help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    /// `x!`, `x!!`: the assertion that a value is there.
    pub(super) fn assertion(&mut self) -> bool {
        let start = self.pos;
        let touches = self.last().is_some_and(|t| t.kind.ends_operand() && t.end as usize == start);
        if !touches {
            return false;
        }
        while self.peek(0) == Some(b'!') {
            self.pos += 1;
        }
        let text = &self.text[start..self.pos];
        let diagnostic = self
            .diagnostic(
                &syntax::FOREIGN_OPERATOR,
                start,
                self.pos,
                format!(
                    "`{text}` is no operator of the language: nothing asserts that a value is there"
                ),
            )
            .help("check `if x != null { … }` first, or give a value for null with `x ?? …`");
        self.tell(diagnostic);
        true
    }

    /// `for (let i = 0; i < 10; i++) {`: told as a whole, and read as a loop over something.
    pub(super) fn counting_loop(&mut self, start: usize) -> bool {
        let line = self.near(self.pos);
        let trimmed = line.trim_start();
        let close = line.rfind(')');
        let Some(close) = close.filter(|at| trimmed.starts_with('(') && line[..*at].contains(';'))
        else {
            return false;
        };
        let open = line.len() - trimmed.len();
        let (head, end) = (self.pos + open, self.pos + close + 1);
        let message = "a loop goes over a list: there is none with a counter";
        let help = "write `for i in 0..10 as NAME { … }`";
        let diagnostic = self.diagnostic(&syntax::LOOP_FORM, head, end, message).help(help);
        self.tell(diagnostic);
        let words = ["let ", "var ", "const ", "int "];
        let inner = self.text[head + 1..end].trim_start();
        let inner = words.iter().find_map(|word| inner.strip_prefix(word)).unwrap_or(inner);
        let from = end - inner.len();
        self.push_told(Kind::For, start);
        self.pos = from;
        while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.pos += 1;
        }
        if self.pos > from {
            self.push_told(Kind::Word, from);
        } else {
            self.push_told(Kind::Error, from);
        }
        let at = self.pos;
        self.push_told(Kind::In, at);
        self.pos = end;
        self.push_told(Kind::Error, at);
        true
    }
}

/// What is written for a tag, and whether it belongs to one that is told already.
fn tag_help(inner: &str) -> (&'static str, bool) {
    let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    match word {
        "if" | "unless" => ("write `if c { … } else { … }`", false),
        "for" => ("write `for x in xs as NAME { … }`", false),
        "set" | "assign" | "capture" => ("write `let x = …`", false),
        "else" | "elif" | "elsif" => ("", true),
        _ if word.starts_with("end") => ("", true),
        _ => ("statements stand as they are: `if`, `for`, `let`", false),
    }
}
