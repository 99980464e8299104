//! Reads queries: the grammar of RFC 9535.

mod filter;
mod string;

use std::ops::Range;

use thiserror::Error;

use crate::query::{Query, Root, Segment, Selector};

/// How deep filters, parentheses and calls may be nested in each other.
pub const MAX_DEPTH: u32 = 100;

/// The largest index, 2^53 - 1.
const MAX_INDEX: i64 = (1 << 53) - 1;

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct ParseError {
    /// The bytes of the text that are wrong; at its end nothing.
    pub range: Range<usize>,
    /// What is wrong, in lower case.
    pub message: String,
}

impl ParseError {
    /// The byte of the text at which it goes wrong.
    pub fn offset(&self) -> usize {
        self.range.start
    }
}

type Read<T> = Result<T, ParseError>;

pub(crate) fn query(text: &str, params: usize) -> Read<Query> {
    let mut parser = Parser { text, at: 0, depth: 0, params };
    let root = match parser.peek() {
        Some('$') => Root::Document,
        Some('%') if params > 0 => Root::Param(0),
        _ => return Err(parser.wrong("a query begins with `$`")),
    };
    let root = if root == Root::Document {
        parser.at += 1;
        root
    } else {
        Root::Param(parser.param()?)
    };
    let segments = parser.segments()?;
    match parser.peek() {
        None => Ok(Query { root, segments }),
        Some(c) if c.is_ascii_whitespace() => {
            Err(parser.wrong("a query has no blanks in front of it or behind it"))
        }
        Some(_) => Err(parser.wrong("a segment is expected here: `.name`, `[…]` or `..`")),
    }
}

/// A text that is being read.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
    params: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes a text, if it stands here.
    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// What is wrong with the character here.
    fn wrong(&self, message: impl Into<String>) -> ParseError {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        ParseError { range: self.at..end, message: message.into() }
    }

    /// What is wrong from a place to here.
    fn wrong_from(&self, start: usize, message: impl Into<String>) -> ParseError {
        ParseError { range: start..self.at, message: message.into() }
    }

    fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong(format!("this is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    /// `%0`
    fn param(&mut self) -> Read<usize> {
        let start = self.at;
        if self.params == 0 || !self.eat("%") {
            return Err(self.wrong("a selector is expected here"));
        }
        let digits = self.digits();
        match digits.parse() {
            Ok(param) if param < self.params => Ok(param),
            _ => Err(self.wrong_from(start, "there is no such value")),
        }
    }

    fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// The segments that stand here; blanks behind the last one are left.
    fn segments(&mut self) -> Read<Vec<Segment>> {
        let mut segments = Vec::new();
        loop {
            let before = self.at;
            self.blanks();
            let segment = if self.eat("..") {
                let selectors = match self.peek() {
                    Some('[') => self.bracketed()?,
                    _ => vec![self.shorthand()?],
                };
                Segment { descendants: true, selectors }
            } else if self.eat(".") {
                Segment { descendants: false, selectors: vec![self.shorthand()?] }
            } else if self.peek() == Some('[') {
                Segment { descendants: false, selectors: self.bracketed()? }
            } else {
                self.at = before;
                return Ok(segments);
            };
            segments.push(segment);
        }
    }

    /// `name` or `*`, behind a dot.
    fn shorthand(&mut self) -> Read<Selector> {
        if self.eat("*") {
            return Ok(Selector::All);
        }
        let rest = self.rest();
        let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{80}';
        if !rest.starts_with(first) {
            return Err(self.wrong("a name is expected here; other keys are written `['key']`"));
        }
        let end = rest.find(|c: char| !first(c) && !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        Ok(Selector::Name(rest.get(..end).unwrap_or_default().to_owned()))
    }

    /// `[…]`
    fn bracketed(&mut self) -> Read<Vec<Selector>> {
        let start = self.at;
        self.at += 1;
        let mut selectors = Vec::new();
        loop {
            self.blanks();
            selectors.push(self.selector()?);
            self.blanks();
            if self.eat("]") {
                return Ok(selectors);
            }
            if !self.eat(",") {
                return Err(match self.peek() {
                    None => ParseError {
                        range: start..start + 1,
                        message: "this `[` is never closed".into(),
                    },
                    Some(_) => self.wrong("`,` or `]` is expected here"),
                });
            }
        }
    }

    fn selector(&mut self) -> Read<Selector> {
        match self.peek() {
            Some('\'' | '"') => Ok(Selector::Name(self.string()?)),
            Some('*') => {
                self.at += 1;
                Ok(Selector::All)
            }
            Some('?') => {
                self.at += 1;
                self.blanks();
                self.deeper()?;
                let condition = self.condition()?;
                self.depth -= 1;
                Ok(Selector::Filter(Box::new(condition)))
            }
            Some('%') => Ok(Selector::Param(self.param()?)),
            Some(c) if c == '-' || c == ':' || c.is_ascii_digit() => self.index_or_slice(),
            _ => Err(self.wrong(
                "a selector is expected here: a name in quotes, an index, a slice, `*` or `?`",
            )),
        }
    }

    fn index_or_slice(&mut self) -> Read<Selector> {
        let start = match self.peek() {
            Some(':') => None,
            _ => Some(self.index()?),
        };
        let before = self.at;
        self.blanks();
        if !self.eat(":") {
            self.at = before;
            return start.map(Selector::Index).ok_or_else(|| self.wrong("an index is expected"));
        }
        self.blanks();
        let end = self.optional_index()?;
        let before = self.at;
        self.blanks();
        let mut step = None;
        if self.eat(":") {
            let before = self.at;
            self.blanks();
            step = self.optional_index()?;
            if step.is_none() {
                self.at = before;
            }
        } else {
            self.at = before;
        }
        Ok(Selector::Slice { start, end, step })
    }

    fn optional_index(&mut self) -> Read<Option<i64>> {
        match self.peek() {
            Some(c) if c == '-' || c.is_ascii_digit() => self.index().map(Some),
            _ => Ok(None),
        }
    }

    /// A whole number as the RFC has them: without `+`, leading zeros and `-0`.
    fn index(&mut self) -> Read<i64> {
        let start = self.at;
        let negative = self.eat("-");
        let digits = self.digits();
        if digits.is_empty() {
            return Err(self.wrong("a number is expected here"));
        }
        if digits.starts_with('0') && (digits.len() > 1 || negative) {
            return Err(self.wrong_from(start, "a number has no leading zeros, and `-0` is none"));
        }
        match digits.parse::<i64>() {
            Ok(number) if number <= MAX_INDEX => Ok(if negative { -number } else { number }),
            _ => Err(self.wrong_from(start, format!("an index is at most {MAX_INDEX}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Query;

    #[test]
    fn errors_have_their_places() {
        for (text, start, end, words) in [
            ("", 0, 0, "begins with `$`"),
            ("a", 0, 1, "begins with `$`"),
            ("$ ", 1, 2, "no blanks"),
            ("$.a.", 4, 4, "a name"),
            ("$.ä.1", 5, 6, "a name"),
            ("$[01]", 2, 4, "leading zeros"),
            ("$[0", 1, 2, "never closed"),
            ("$[9007199254740992]", 2, 18, "at most"),
            ("$['a]", 2, 5, "never closed"),
            ("$['\\x']", 3, 5, "escape"),
            ("$[?@.a = 1]", 7, 8, "`==`"),
            ("$[?@[*] == 1]", 3, 7, "one result"),
            ("$[?lenght(@) > 1]", 3, 9, "no function `lenght`"),
            ("$[?length(@)]", 3, 12, "compare"),
            ("$[?match(@, 'a') == true]", 3, 16, "compared"),
            ("$[?'a']", 3, 6, "compare"),
            ("$.a%0", 3, 4, "segment"),
        ] {
            let error = Query::parse(text).expect_err(text);
            assert_eq!((error.range.start, error.range.end), (start, end), "{text}: {error}");
            assert!(error.message.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn deep_queries_are_errors() {
        for (open, inner, close) in
            [("[?@", "", "]"), ("[?(", "@", ")]"), ("[?!(", "@", ")]"), ("[?length(", "@", ")>1]")]
        {
            let text = format!("${}{inner}{}", open.repeat(100_000), close.repeat(100_000));
            assert!(Query::parse(&text).is_err());
        }
        let parens = format!("$[?{}@{}]", "(".repeat(50), ")".repeat(50));
        assert!(Query::parse(&parens).is_ok());
        let long = format!("${}", "[0]".repeat(100_000));
        assert_eq!(Query::parse(&long).map(|q| q.segments.len()), Ok(100_000));
        let or = format!("$[?{}@]", "@||".repeat(100_000));
        assert!(Query::parse(&or).is_ok());
    }
}
