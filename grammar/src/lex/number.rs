//! Numbers and durations.

use wf_diagnostics::codes::syntax;

use super::Lexer;
use crate::token::Kind;

impl Lexer<'_> {
    /// A number: digits, then a fraction, an exponent or a unit, up to a word boundary.
    pub(super) fn number(&mut self) {
        let start = self.pos;
        let mut kind = Kind::Int;
        self.digits();
        if self.peek(0) == Some(b'.') && self.peek(1).is_some_and(|b| b.is_ascii_digit()) {
            kind = Kind::Float;
            self.pos += 1;
            self.digits();
        }
        let ends =
            |b: Option<u8>| b.is_none_or(|b| b.is_ascii_whitespace() || b",)]}".contains(&b));
        if kind == Kind::Int && self.peek(0) == Some(b'.') && ends(self.peek(1)) {
            self.pos += 1;
            return self.bare_point(start);
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
                kind = Kind::Float;
                self.pos += 1 + sign;
                self.digits();
            }
        }
        let number_end = self.pos;
        while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.pos += 1;
        }
        if self.peek(0) == Some(b'\'') && self.thousands(start) {
            return;
        }
        match &self.text[number_end..self.pos] {
            "" => self.push(kind, start),
            "ms" | "s" | "m" | "h" | "d" if kind == Kind::Int => self.push(Kind::Duration, start),
            suffix => {
                let suffix = suffix.to_owned();
                self.bad_suffix(start, number_end, &suffix, kind);
            }
        }
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(|b| b.is_ascii_digit())
            || (self.peek(0) == Some(b'_') && self.peek(1).is_some_and(|b| b.is_ascii_digit()))
        {
            self.pos += 1;
        }
    }

    /// `1'000`
    fn thousands(&mut self, start: usize) -> bool {
        let digits =
            |at: usize| (1..=3).all(|i| self.peek(at + i).is_some_and(|b| b.is_ascii_digit()));
        let mut length = 0;
        while self.peek(length) == Some(b'\'') && digits(length) {
            length += 4;
        }
        if length == 0 {
            return false;
        }
        self.pos += length;
        let mend = self.text[start..self.pos].replace('\'', "_");
        let span = self.span(start, self.pos);
        let help = format!("write `{mend}`");
        let diagnostic = self
            .diagnostic(&syntax::BAD_NUMBER, start, self.pos, "a number has no apostrophes")
            .edit(span, mend, help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
        true
    }

    fn bare_point(&mut self, start: usize) {
        let whole = &self.text[start..self.pos];
        let message = format!("`{whole}` has no digits behind its point");
        let help = format!("write `{whole}0`");
        let diagnostic = self.diagnostic(&syntax::BAD_NUMBER, start, self.pos, message).help(help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
    }

    fn bad_suffix(&mut self, start: usize, number_end: usize, suffix: &str, kind: Kind) {
        let whole = &self.text[start..self.pos];
        let number = &self.text[start..number_end];
        let units = "the units are `ms`, `s`, `m`, `h` and `d`";
        let (message, help) = if number == "0" && matches!(suffix.as_bytes()[0], b'x' | b'b' | b'o')
        {
            (format!("`{whole}` is no number"), "numbers are written in decimal digits".to_owned())
        } else if kind == Kind::Float && matches!(suffix, "ms" | "s" | "m" | "h" | "d") {
            (
                format!("the duration `{whole}` has a point"),
                "durations are whole: write `1500ms` for one second and a half".to_owned(),
            )
        } else if suffix.bytes().any(|b| b.is_ascii_digit()) {
            (
                format!("`{whole}` is no number"),
                format!("a duration has one unit: write `1h + 30m`; {units}"),
            )
        } else {
            let meant = match suffix.trim_end_matches('s') {
                "sec" | "second" => "s",
                "min" | "minute" => "m",
                "hour" | "hr" => "h",
                "day" => "d",
                "millisecond" | "milli" | "msec" => "ms",
                _ => "",
            };
            let help = if meant.is_empty() {
                format!("{units}; a name does not begin with a digit")
            } else {
                format!("write `{number}{meant}`; {units}")
            };
            (format!("`{suffix}` is no unit of a duration"), help)
        };
        let diagnostic = self.diagnostic(&syntax::BAD_NUMBER, start, self.pos, message).help(help);
        self.tell(diagnostic);
        self.push_told(Kind::Error, start);
    }
}
