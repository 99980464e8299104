//! Strings: their text, their escapes, and where templates begin and end.

use wf_diagnostics::codes::{syntax, warnings};

use super::{Lexer, Mode};
use crate::token::Kind;

impl Lexer<'_> {
    /// A string from its first quote.
    pub(super) fn string(&mut self) {
        let start = self.pos;
        let multi = self.bytes[start..].starts_with(b"\"\"\"");
        self.pos += if multi { 3 } else { 1 };
        self.string_text(start, start, multi, true);
    }

    /// The `}}` of a template: the string goes on.
    pub(super) fn end_template(&mut self) {
        let piece = self.pos;
        self.pos += 2;
        if let Some(mode) = self.modes.last() {
            self.string_text(mode.string_start, piece, mode.multi, false);
        }
    }

    /// The text of a string up to its end or to the next `{{`. `piece` is where the token begins.
    fn string_text(&mut self, start: usize, piece: usize, multi: bool, begins: bool) {
        loop {
            match self.peek(0) {
                Some(b'"') if !multi || self.bytes[self.pos..].starts_with(b"\"\"\"") => {
                    self.pos += if multi { 3 } else { 1 };
                    if begins {
                        return self.push(Kind::Str, piece);
                    }
                    self.modes.pop();
                    return self.push(Kind::Tail, piece);
                }
                Some(b'\\') => self.escape(),
                Some(b'{') if self.peek(1) == Some(b'{') => {
                    return self.begin_template(start, piece, multi, begins);
                }
                Some(b'$') if self.peek(1) == Some(b'{') => self.dollar(),
                Some(b'{') if self.peek(1) == Some(b'%') => self.tag_in_string(),
                Some(b'{') => self.half_template(),
                Some(b'\n') if !multi => return self.open_string(start, multi, begins),
                None => return self.open_string(start, multi, begins),
                Some(_) => {
                    self.pos += 1;
                    self.skip(|b| !matches!(b, b'"' | b'\\' | b'{' | b'$' | b'\n'));
                }
            }
        }
    }

    fn begin_template(&mut self, start: usize, piece: usize, multi: bool, begins: bool) {
        let template_start = self.pos;
        self.pos += 2;
        if begins {
            let tokens = self.out.tokens.len();
            self.modes.push(Mode { multi, string_start: start, template_start, tokens, braces: 0 });
            self.push(Kind::Head, piece);
        } else {
            if let Some(mode) = self.modes.last_mut() {
                mode.template_start = template_start;
            }
            self.push(Kind::Middle, piece);
        }
    }

    /// A string that is not closed: told at its opening, and one unreadable token.
    fn open_string(&mut self, start: usize, multi: bool, begins: bool) {
        let quotes = if multi { 3 } else { 1 };
        let template = self.modes.last().filter(|mode| begins && !multi && !mode.multi);
        if let (false, Some(template)) = (self.line_told, template.map(|m| m.template_start)) {
            // The quote that ends the outer string opens one in its template.
            let message = "this `{{` is never closed";
            let code = &syntax::UNTERMINATED_STRING;
            let diagnostic = self.diagnostic(code, template, template + 2, message);
            self.tell(diagnostic.label("opened here").help("add the missing `}}`"));
        } else if !self.line_told {
            let diagnostic = self.diagnostic(
                &syntax::UNTERMINATED_STRING,
                start,
                start + quotes,
                "this string is never closed",
            );
            let diagnostic = diagnostic.label("opened here").help(if multi {
                "add the missing `\"\"\"`"
            } else {
                "add the missing `\"`; a text of several lines stands in `\"\"\"`"
            });
            self.tell(diagnostic);
        }
        self.line_told = true;
        if !begins && let Some(mode) = self.modes.pop() {
            self.first = self.out.tokens.get(mode.tokens).is_some_and(|t| t.first);
            self.out.tokens.truncate(mode.tokens);
        }
        if multi {
            self.out.swallowed = true;
            self.resume_at_item(start);
        }
        self.push_told(Kind::Error, start);
        if multi {
            self.first = true;
        } else {
            self.trim_closers();
        }
    }

    /// After an open `"""` reading goes on at the next line that begins with an item.
    fn resume_at_item(&mut self, start: usize) {
        let rest = &self.text[start..];
        let items = ["\nworkflow ", "\nfn ", "\nentity ", "\ntype ", "\nnode ", "\n/// "];
        if let Some(at) = items.iter().filter_map(|item| rest.find(item)).min() {
            self.pos = start + at;
        }
    }

    fn escape(&mut self) {
        let start = self.pos;
        match self.peek(1) {
            Some(b'n' | b't' | b'r' | b'"' | b'\\' | b'$') => self.pos += 2,
            Some(b'{') if self.peek(2) == Some(b'{') => self.pos += 3,
            Some(b'u') if self.unicode_escape() => {}
            _ => {
                let c = self.text[start + 1..].chars().next();
                let shown = c.filter(|c| !c.is_control()).unwrap_or(' ');
                let skip = c.filter(|c| *c != '\n').map_or(0, char::len_utf8);
                self.pos += 1 + skip;
                let diagnostic = self
                    .diagnostic(
                        &syntax::BAD_ESCAPE,
                        start,
                        self.pos,
                        format!("`\\{}` is no escape", shown.to_string().trim()),
                    )
                    .help(
                        "the escapes are `\\n`, `\\t`, `\\r`, `\\\"`, `\\\\`, `\\$`, `\\u{1F600}` \
                         and `\\{{`; a backslash itself is `\\\\`",
                    );
                self.tell(diagnostic);
            }
        }
    }

    /// `\u{…}`: one to six hexadecimal digits that are a character.
    fn unicode_escape(&mut self) -> bool {
        if self.peek(2) != Some(b'{') {
            return false;
        }
        let digits =
            self.bytes[self.pos + 3..].iter().take(7).take_while(|b| b.is_ascii_hexdigit()).count();
        let text = &self.text[self.pos + 3..self.pos + 3 + digits];
        let fine = (1..=6).contains(&digits)
            && self.peek(3 + digits) == Some(b'}')
            && u32::from_str_radix(text, 16).ok().and_then(char::from_u32).is_some();
        if fine {
            self.pos += digits + 4;
        }
        fine
    }

    /// `${x}` in a string is text, but hardly meant so.
    fn dollar(&mut self) {
        let start = self.pos;
        if self.peek(2) == Some(b'{') {
            self.pos += 1;
            let diagnostic = self
                .diagnostic(&warnings::FOREIGN_TEMPLATE, start, start + 1, "this `$` is text")
                .help("leave it out: a template is `{{ … }}`; a dollar that is meant is `\\$`");
            return self.tell(diagnostic);
        }
        self.pos += 2;
        let rest = &self.bytes[self.pos..];
        let inner = rest.iter().take_while(|b| !matches!(b, b'}' | b'"' | b'\n' | b'{')).count();
        if rest.get(inner) != Some(&b'}') {
            return;
        }
        let expression = self.text[self.pos..self.pos + inner].trim();
        let diagnostic = self
            .diagnostic(
                &warnings::FOREIGN_TEMPLATE,
                start,
                self.pos + inner + 1,
                format!("`${{{expression}}}` is text here, no template"),
            )
            .help(format!(
                "write `{{{{ {expression} }}}}`; where the text itself is meant, write `\\${{`"
            ));
        self.tell(diagnostic);
    }

    /// `{ x }}` is text, but hardly meant so.
    fn half_template(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let rest = &self.bytes[self.pos..];
        let inner = rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b' '))
            .count();
        let double = rest[inner..].starts_with(b"}}") && !rest[inner..].starts_with(b"}}}");
        let expression = self.text[self.pos..self.pos + inner].trim();
        // `{ trigger.body }` names a path; other braces are mostly those of JSON.
        let single = rest[inner..].starts_with(b"}")
            && expression.split_once('.').is_some_and(|(root, _)| crate::ROOTS.contains(&root));
        let half = double || single;
        if half && !expression.is_empty() {
            let end = self.pos + inner + if double { 2 } else { 1 };
            let diagnostic = self
                .diagnostic(
                    &warnings::FOREIGN_TEMPLATE,
                    start,
                    end,
                    format!("`{}` is text here, no template", &self.text[start..end]),
                )
                .help(format!("write `{{{{ {expression} }}}}`"));
            self.tell(diagnostic);
        }
    }
}
