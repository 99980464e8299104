//! Reading JSON text piece by piece, as RFC 8259 has it.

use std::borrow::Cow;
use std::ops::Range;

use super::special::{self, Specials};

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

/// The name of the next entry of an object.
pub(super) enum Named<'t> {
    /// There is none.
    End,
    /// The one that was expected.
    Expected,
    Other(Cow<'t, str>),
}

/// A place in a text.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    specials: Specials,
}

/// A bookmark.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    at: usize,
    specials: special::Mark,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, specials: Specials::default() }
    }

    /// A bookmark where it is.
    pub(super) fn mark(&self) -> Mark {
        Mark { at: self.at, specials: self.specials.mark() }
    }

    /// Goes back to a bookmark.
    pub(super) fn reset(&mut self, mark: Mark) {
        self.at = mark.at;
        self.specials.reset(mark.specials, mark.at);
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

    /// The whole number that is next, if it has few digits and nothing else.
    #[inline]
    pub(super) fn short_int(&mut self) -> Option<i64> {
        /// All numbers of so many digits are an `i64`.
        const DIGITS: usize = 18;
        let rest = self.text.as_bytes().get(self.at..)?;
        let (negative, rest) = match rest {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (mut number, mut count) = (0, 0);
        while let Some(digit) = rest.get(count).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
            && count < DIGITS
        {
            number = number * 10 + i64::from(digit);
            count += 1;
        }
        let zero = rest.first() == Some(&b'0') && count > 1;
        let more = matches!(rest.get(count), Some(b'.' | b'e' | b'E' | b'0'..=b'9'));
        if count == 0 || zero || more {
            return None;
        }
        self.at += count + usize::from(negative);
        Some(if negative { -number } else { number })
    }

    /// Reads a string.
    #[inline]
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

    /// As [`next_entry`](Self::next_entry), where a name is expected that is next in most objects.
    pub(super) fn next_entry_or(
        &mut self,
        first: bool,
        expected: Option<&str>,
    ) -> Result<Named<'t>, Syntax> {
        if !self.next_part(first, b'}', "`,` or `}`")? {
            return Ok(Named::End);
        }
        if self.next_byte() != Some(b'"') {
            return Err(self.wrong("a name in quotes"));
        }
        let (bytes, start) = (self.text.as_bytes(), self.at + 1);
        if let Some(end) = self.specials.from(bytes, start)
            && bytes.get(end..).is_some_and(|rest| rest.starts_with(b"\":"))
            && let Some(name) = self.text.get(start..end)
        {
            self.at = end + 2;
            return Ok(if expected == Some(name) {
                Named::Expected
            } else {
                Named::Other(Cow::Borrowed(name))
            });
        }
        let name = self.string()?;
        self.colon()?;
        Ok(Named::Other(name))
    }

    /// The plain string that is next under a name, where nothing is between what must be there, the
    /// comma before it included. Goes on only where all that is so.
    #[inline]
    pub(super) fn plain_string_of(&mut self, first: bool, name: &str) -> Option<&'t str> {
        let bytes = self.text.as_bytes();
        let at = self.at + usize::from(!first);
        if (!first && self.byte() != Some(b','))
            || bytes.get(at) != Some(&b'"')
            || self.specials.from(bytes, at) != Some(at)
        {
            return None;
        }
        let (start, ahead) = self.specials.ahead();
        let [_, close, third, fourth] =
            ahead.first_chunk::<4>()?.map(|place| start + usize::from(place));
        if bytes.get(at + 1..close)? != name.as_bytes()
            || !bytes.get(close..)?.starts_with(b"\":\"")
            || bytes.get(fourth) != Some(&b'"')
        {
            return None;
        }
        let text = self.text.get(third + 1..fourth)?;
        self.at = fourth + 1;
        self.specials.pass(4);
        Some(text)
    }

    /// Passes over a value of any depth.
    #[inline]
    pub(super) fn skip(&mut self) -> Result<(), Syntax> {
        if self.next_byte() == Some(b'"') { self.pass_string().map(drop) } else { self.skip_any() }
    }

    fn skip_any(&mut self) -> Result<(), Syntax> {
        let mut around = Around::default();
        loop {
            match self.next_byte() {
                Some(b'"') => _ = self.pass_string()?,
                Some(open @ (b'{' | b'[')) => {
                    self.at += 1;
                    let object = open == b'{';
                    if self.next_byte() == Some(if object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        around.push(object);
                        if object {
                            self.pass_plain();
                            self.pass_name()?;
                        }
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => _ = self.number()?,
                Some(b't' | b'f') => _ = self.bool()?,
                Some(b'n') => self.null()?,
                _ => return Err(self.wrong("a value")),
            }
            loop {
                let Some(object) = around.last() else { return Ok(()) };
                let (end, or) = if object { (b'}', "`,` or `}`") } else { (b']', "`,` or `]`") };
                if self.next_part(false, end, or)? {
                    if object {
                        self.pass_plain();
                        self.pass_name()?;
                    }
                    break;
                }
                around.pop();
            }
        }
    }

    /// Passes over entries of an object that have no parts, where nothing is between what must be
    /// there, up to the name of another entry. Most payloads have mostly such.
    fn pass_plain(&mut self) {
        self.pass_plain_until(self.at, |_| false);
    }

    /// The same from the part before the next entry on, and up to a name that is read; says
    /// whether what is next is the first one again, without a comma before it.
    #[inline]
    pub(super) fn pass_others(&mut self, first: bool, read: impl Fn(&[u8]) -> bool) -> bool {
        if !first && self.byte() != Some(b',') {
            return false;
        }
        let bytes = self.text.as_bytes();
        let read = |name: Range<usize>| bytes.get(name).is_none_or(&read);
        self.pass_plain_until(self.at + usize::from(!first), read) || first
    }

    #[inline(always)]
    fn pass_plain_until(&mut self, at: usize, read: impl Fn(Range<usize>) -> bool) -> bool {
        let bytes = self.text.as_bytes();
        let three = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<3>());
        if self.specials.from(bytes, at) != Some(at) || bytes.get(at) != Some(&b'"') {
            return false;
        }
        let (start, mut ahead) = self.specials.ahead();
        let mut passed = 0;
        while let Some(places) = ahead.first_chunk::<4>() {
            // The quotes around the name, and the two places behind them.
            let [open, close, third, fourth] = places.map(|place| start + usize::from(place));
            let count = match three(close) {
                // A quote that follows a quote after one other byte is the next place.
                Some(b"\":\"") if three(fourth) == Some(b"\",\"") => 4,
                Some([b'"', b':', _]) if is_plain(bytes, close + 2, third) => 2,
                _ => break,
            };
            if read(open + 1..close) {
                break;
            }
            self.at = if count == 4 { fourth + 2 } else { third };
            passed += count;
            ahead = ahead.get(count..).unwrap_or_default();
        }
        self.specials.pass(passed);
        passed > 0
    }

    /// Passes over the name of an entry and its colon.
    fn pass_name(&mut self) -> Result<(), Syntax> {
        if self.next_byte() != Some(b'"') {
            return Err(self.wrong("a name in quotes"));
        }
        self.pass_string()?;
        self.colon()
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
    #[inline]
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            // Most texts have no white space, and every other byte of it is larger.
            if byte > b' ' || !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
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
        let start = self.at;
        let escaped = self.pass_string()?;
        Ok((&self.text[start..self.at], escaped))
    }

    /// Passes over a string, and says whether it has escapes.
    #[inline]
    fn pass_string(&mut self) -> Result<bool, Syntax> {
        let mut escaped = false;
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            let Some(place) = self.specials.from(bytes, self.at) else {
                self.at = bytes.len();
                return Err(self.wrong("the end of a string"));
            };
            self.at = place;
            match bytes.get(place) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    let escape = bytes.get(place + 1..).and_then(escape_length);
                    self.at += escape.ok_or(self.wrong("a valid escape"))?;
                }
                _ => return Err(self.wrong("no control character in a string")),
            }
        }
    }
}

/// Whether each container around a place is an object, the innermost last: a bit for each.
#[derive(Default)]
struct Around {
    bits: u64,
    /// How many of the bits count.
    count: u32,
    /// Those further out, 64 each.
    outer: Vec<u64>,
}

impl Around {
    fn push(&mut self, object: bool) {
        if self.count == u64::BITS {
            self.outer.push(std::mem::take(&mut self.bits));
            self.count = 0;
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.count += 1;
    }

    fn last(&self) -> Option<bool> {
        (self.count > 0).then_some(self.bits & 1 == 1)
    }

    fn pop(&mut self) {
        self.bits >>= 1;
        self.count = self.count.saturating_sub(1);
        if self.count == 0
            && let Some(outer) = self.outer.pop()
        {
            (self.bits, self.count) = (outer, u64::BITS);
        }
    }
}

/// Whether from a byte on there is a whole number, a bool or null, and then a comma just before a
/// quote.
#[inline(always)]
fn is_plain(bytes: &[u8], from: usize, quote: usize) -> bool {
    let Some([value @ .., b',', b'"']) = bytes.get(from..=quote) else { return false };
    match value {
        [b'0'] | b"null" | b"true" | b"false" => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
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

#[cfg(test)]
mod tests {
    use super::Around;

    #[test]
    fn containers_are_left_in_the_order_in_which_they_were_entered() {
        let mut around = Around::default();
        let entered: Vec<bool> = (0..200).map(|at| at % 3 == 0).collect();
        entered.iter().for_each(|object| around.push(*object));
        for object in entered.iter().rev() {
            assert_eq!(around.last(), Some(*object));
            around.pop();
        }
        assert_eq!(around.last(), None);
    }
}
