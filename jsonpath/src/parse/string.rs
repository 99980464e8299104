//! Strings in quotes.

use super::{Parser, Read};

impl Parser<'_> {
    /// A string in single or double quotes.
    pub(super) fn string(&mut self) -> Read<String> {
        let start = self.at;
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(self.wrong("a string in quotes is expected here"));
        };
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(self.wrong_from(start, "this string is never closed"));
            };
            match c {
                _ if c == quote => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => out.push(self.escape(quote)?),
                '\0'..='\u{1f}' => {
                    return Err(self.wrong("a control character is written as an escape, `\\n`"));
                }
                _ => {
                    out.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, quote: char) -> Read<char> {
        let start = self.at;
        self.at += 1;
        let Some(c) = self.peek() else {
            return Err(self.wrong_from(start, "an escape ends with the text"));
        };
        self.at += c.len_utf8();
        Ok(match c {
            _ if c == quote => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' | '\\' => c,
            'u' => self.unicode(start)?,
            _ => return Err(self.wrong_from(start, "there is no such escape")),
        })
    }

    /// `\u00e4`, or two of them for a character beyond 16 bits.
    fn unicode(&mut self, start: usize) -> Read<char> {
        let first = self.hex(start)?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.eat("\\u") {
                    return Err(
                        self.wrong_from(start, "the second half of a surrogate pair is missing")
                    );
                }
                let second = self.hex(start)?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.wrong_from(start, "these are no surrogate pair"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            _ => first,
        };
        char::from_u32(code)
            .ok_or_else(|| self.wrong_from(start, "half of a surrogate pair is no character"))
    }

    fn hex(&mut self, start: usize) -> Read<u32> {
        let digits = self.rest().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.wrong_from(start, "`\\u` is followed by four hexadecimal digits")),
        }
    }
}
