//! Reading JSON text piece by piece, as RFC 8259 has it.

use std::borrow::Cow;

/// What kind of JSON value stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    List,
    Object,
}

/// The text is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// The byte where it stops to be.
    pub(super) at: usize,
    /// What could stand there.
    pub(super) expected: &'static str,
}

/// A place in a text. Copying it is a bookmark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The byte that is next.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The kind of the value that is next.
    pub(super) fn kind(&mut self) -> Result<Kind, Syntax> {
        Ok(match self.next_byte() {
            Some(b'"') => Kind::String,
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::List,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => return Err(self.wrong("a value")),
        })
    }

    /// Reads `null`.
    pub(super) fn null(&mut self) -> Result<(), Syntax> {
        self.word("null")
    }

    /// Reads `true` or `false`.
    pub(super) fn bool(&mut self) -> Result<bool, Syntax> {
        let truth = self.next_byte() == Some(b't');
        self.word(if truth { "true" } else { "false" })?;
        Ok(truth)
    }

    /// Reads a number and gives its text.
    pub(super) fn number(&mut self) -> Result<&'t str, Syntax> {
        self.next_byte();
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Reads a string.
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>, Syntax> {
        let (raw, escaped) = self.raw_string()?;
        if !escaped {
            return Ok(Cow::Borrowed(&raw[1..raw.len() - 1]));
        }
        match serde_json::from_str(raw) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => Err(Syntax { at: self.at - raw.len(), expected: "valid escapes" }),
        }
    }

    /// Goes into a list or an object, whose kind was seen before.
    pub(super) fn enter(&mut self) {
        self.at += 1;
    }

    /// Goes on to the next item of a list, or behind its end: `false`.
    pub(super) fn next_item(&mut self, first: bool) -> Result<bool, Syntax> {
        self.next_part(first, b']', "`,` or `]`")
    }

    /// Goes on to the value of the next entry of an object, past its name, or behind the object's
    /// end: `None`.
    pub(super) fn next_entry(&mut self, first: bool) -> Result<Option<Cow<'t, str>>, Syntax> {
        if !self.next_part(first, b'}', "`,` or `}`")? {
            return Ok(None);
        }
        if self.next_byte() != Some(b'"') {
            return Err(self.wrong("a name in quotes"));
        }
        let name = self.string()?;
        self.colon()?;
        Ok(Some(name))
    }

    /// Passes over a value of any depth.
    pub(super) fn skip(&mut self) -> Result<(), Syntax> {
        // Whether each container around the place is an object.
        let mut around: Vec<bool> = Vec::new();
        loop {
            let mut first = false;
            match self.kind()? {
                Kind::Null => self.null()?,
                Kind::Bool => _ = self.bool()?,
                Kind::Number => _ = self.number()?,
                Kind::String => _ = self.raw_string()?,
                kind @ (Kind::List | Kind::Object) => {
                    self.enter();
                    around.push(kind == Kind::Object);
                    first = true;
                }
            }
            loop {
                let Some(object) = around.last().copied() else { return Ok(()) };
                let more = if object {
                    self.next_part(first, b'}', "`,` or `}`")?
                } else {
                    self.next_item(first)?
                };
                if more {
                    if object {
                        if self.next_byte() != Some(b'"') {
                            return Err(self.wrong("a name in quotes"));
                        }
                        self.raw_string()?;
                        self.colon()?;
                    }
                    break;
                }
                around.pop();
                first = false;
            }
        }
    }

    /// Sees to it that nothing follows.
    pub(super) fn finish(&mut self) -> Result<(), Syntax> {
        match self.next_byte() {
            None => Ok(()),
            Some(_) => Err(self.wrong("nothing more")),
        }
    }

    /// What stands at a byte of a text, for messages.
    pub(super) fn found_at(text: &str, at: usize) -> String {
        match text.get(at..).and_then(|rest| rest.chars().next()) {
            None => "the end of the text".into(),
            Some(c) if c.is_control() => format!("U+{:04X}", u32::from(c)),
            Some(c) => format!("`{c}`"),
        }
    }

    /// Line and column of a byte of a text, from 1, in characters.
    pub(super) fn place_of(text: &str, at: usize) -> (usize, usize) {
        let before = text.get(..at).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (line, before[start..].chars().count() + 1)
    }

    fn wrong(&self, expected: &'static str) -> Syntax {
        Syntax { at: self.at, expected }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn next_byte(&mut self) -> Option<u8> {
        while let Some(byte) = self.byte() {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn digits(&mut self) -> Result<(), Syntax> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &'static str) -> Result<(), Syntax> {
        self.next_byte();
        if self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.wrong("a value"))
    }

    fn colon(&mut self) -> Result<(), Syntax> {
        if self.next_byte() == Some(b':') {
            self.at += 1;
            return Ok(());
        }
        Err(self.wrong("`:`"))
    }

    fn next_part(&mut self, first: bool, end: u8, or: &'static str) -> Result<bool, Syntax> {
        match self.next_byte() {
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                if self.next_byte() == Some(end) {
                    return Err(self.wrong("something behind the `,`"));
                }
                Ok(true)
            }
            _ => Err(self.wrong(or)),
        }
    }

    /// Reads a string as it stands, with its quotes, and says whether it has escapes.
    fn raw_string(&mut self) -> Result<(&'t str, bool), Syntax> {
        let (start, mut escaped) = (self.at, false);
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            let rest = &bytes[self.at..];
            let Some(length) = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f))
            else {
                self.at = bytes.len();
                return Err(self.wrong("the end of a string"));
            };
            self.at += length;
            match bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Ok((&self.text[start..self.at], escaped));
                }
                b'\\' => {
                    escaped = true;
                    self.at +=
                        escape_length(&bytes[self.at + 1..]).ok_or(self.wrong("a valid escape"))?;
                }
                _ => return Err(self.wrong("no control character in a string")),
            }
        }
    }
}

/// The bytes of an escape, its backslash included, by what stands behind the backslash.
fn escape_length(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => {
            Some(6)
        }
        _ => None,
    }
}
