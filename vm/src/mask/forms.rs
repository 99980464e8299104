//! The forms in which a secret may stand in a text.

use std::fmt::Write;

use crate::value::json::push_string;

/// A text that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needle {
    /// It is masked where it stands.
    Plain(String),
    /// The word of base64 around it is masked: the letters at its ends hold bits of the secret too.
    Base64(String),
}

impl Needle {
    pub(super) fn text(&self) -> &str {
        match self {
            Needle::Plain(text) | Needle::Base64(text) => text,
        }
    }

    /// Where it stands in a text: starts and ends, in order. Places may overlap.
    pub(super) fn places(&self, text: &str) -> Vec<(usize, usize)> {
        let needle = self.text();
        let step = needle.chars().next().map_or(1, char::len_utf8);
        let (mut places, mut from) = (Vec::new(), 0);
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(needle)) {
            let (start, end) = (from + at, from + at + needle.len());
            from = start + step;
            if let Needle::Base64(_) = self {
                let (start, end) = word(text, start, end);
                from = from.max(end);
                places.push((start, end));
            } else {
                places.push((start, end));
            }
        }
        places
    }
}

/// The word of base64 around a place.
fn word(text: &str, start: usize, end: usize) -> (usize, usize) {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
    let bytes = text.as_bytes();
    let before = bytes[..start].iter().rev().take_while(|b| is_letter(b)).count();
    let after = bytes[end..].iter().take_while(|b| is_letter(b) || **b == b'=').count();
    (start - before, end + after)
}

/// The forms of a secret; those of base64 where they have so many letters at least.
pub(super) fn of(secret: &str, min: usize) -> Vec<Needle> {
    let mut escaped = String::new();
    push_string(secret, &mut escaped);
    let escaped = escaped[1..escaped.len() - 1].to_owned();
    let mut forms = vec![Needle::Plain(secret.to_owned()), Needle::Plain(escaped)];
    // As `urlEncode` writes it, and as forms and queries do.
    for (kept, plus) in [(&b"-._~"[..], false), (&b"*-._"[..], true)] {
        forms.push(Needle::Plain(percent(secret, kept, plus)));
    }
    // Where the secret begins within three bytes decides about its letters.
    for offset in 0..3 {
        for last in ["+/", "-_"] {
            let core = base64_core(secret.as_bytes(), offset, last);
            if core.len() >= min {
                forms.push(Needle::Base64(core));
            }
        }
    }
    forms
}

fn percent(text: &str, kept: &[u8], plus: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' if plus => out.push('+'),
            _ if byte.is_ascii_alphanumeric() || kept.contains(&byte) => {
                out.push(char::from(byte));
            }
            // Writing to a string does not fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

/// The letters of base64 that bytes alone decide about, where so many others stand before them.
fn base64_core(bytes: &[u8], offset: usize, last: &str) -> String {
    let bits = offset * 8..(offset + bytes.len()) * 8;
    let bit = |at: usize| {
        let at = at - bits.start;
        bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1)
    };
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |place: usize| {
        let six = (place * 6..place * 6 + 6).fold(0, |all, at| all << 1 | bit(at));
        let all = letters.iter().chain(last.as_bytes());
        char::from(all.copied().nth(usize::from(six)).unwrap_or(b'A'))
    };
    (bits.start.div_ceil(6)..bits.end / 6).map(letter).collect()
}
