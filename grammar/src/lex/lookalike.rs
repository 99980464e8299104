//! Letters that look like ASCII letters and are others, and characters in names that nobody sees.

/// Pairs of a letter of another script and the ASCII letter that it looks like.
const LOOKALIKES: &[(char, char)] = &[
    // Cyrillic
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ӏ', 'l'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('у', 'y'),
    ('х', 'x'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('к', 'k'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('У', 'Y'),
    ('Х', 'X'),
    // Greek
    ('α', 'a'),
    ('ε', 'e'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
    // Others
    ('ı', 'i'),
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('օ', 'o'),
    ('ո', 'n'),
    ('ս', 'u'),
];

/// What is told of a name.
pub(super) struct Told {
    /// What is wrong with it.
    pub(super) message: String,
    /// The name that is meant, where that is clear.
    pub(super) mend: Option<String>,
}

/// Whether a character has no width, or is a blank that can stand inside of what looks like a name.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{180e}')
}

/// The ASCII letter that a letter looks like; letters of full width are those letters.
fn looks_like(c: char) -> Option<char> {
    let wide = u32::from(c).checked_sub(0xFF01).filter(|n| *n < 94);
    if let Some(ascii) = wide.and_then(|n| char::from_u32(0x21 + n)) {
        return ascii.is_ascii_alphanumeric().then_some(ascii);
    }
    LOOKALIKES.iter().find(|(other, _)| *other == c).map(|(_, ascii)| *ascii)
}

/// The bytes that go on with a name: letters of all scripts, their marks, and what nobody sees
/// where a letter follows.
pub(super) fn name_length(rest: &str) -> usize {
    let mut length = 0;
    let mut unseen = 0;
    for c in rest.chars() {
        if is_unseen(c) {
            unseen += c.len_utf8();
        } else if is_letter(c) {
            length += unseen + c.len_utf8();
            unseen = 0;
        } else {
            break;
        }
    }
    length
}

/// Whether a character goes on with a name in any script.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_mark(c)
}

/// Marks that combine with the letter before.
fn is_mark(c: char) -> bool {
    matches!(u32::from(c), 0x300..=0x36F | 0x483..=0x489 | 0x591..=0x5BD | 0x64B..=0x65F
        | 0x93A..=0x94F | 0xE31..=0xE4E | 0x1AB0..=0x1AFF | 0x20D0..=0x20FF)
}

/// What is wrong with a name that is not ASCII.
pub(super) fn explain(name: &str) -> Told {
    let number = |c: char| format!("U+{:04X}", u32::from(c));
    if let Some(unseen) = name.chars().find(|c| is_unseen(*c)) {
        let plain: String = name.chars().filter(|c| !is_unseen(*c)).collect();
        let message =
            format!("the name `{plain}` holds the invisible character {}", number(unseen));
        return Told { message, mend: plain.is_ascii().then_some(plain) };
    }
    let mend: String = name.chars().map(|c| looks_like(c).unwrap_or(c)).collect();
    let other = name.chars().find(|c| looks_like(*c).is_some());
    match other {
        Some(other) if mend.is_ascii() => {
            let like = looks_like(other).unwrap_or(other);
            let message = format!(
                "the `{other}` ({}) in the name `{name}` is not the letter `{like}`",
                number(other)
            );
            Told { message, mend: Some(mend) }
        }
        _ => {
            let first = name.chars().find(|c| !c.is_ascii());
            let shown = first.map_or(String::new(), |c| match is_mark(c) {
                true => format!(": {}", number(c)),
                false => format!(": `{c}` ({})", number(c)),
            });
            Told {
                message: format!("the name `{name}` has letters beyond ASCII{shown}"),
                mend: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_their_letters_end() {
        for (rest, expected) in [
            ("ме = 1", "ме"),
            ("\u{200b}me)", "\u{200b}me"),
            ("\u{200b} me", ""),
            ("é\u{301}x", "é\u{301}x"),
            ("名前.a", "名前"),
            ("", ""),
        ] {
            assert_eq!(&rest[..name_length(rest)], expected);
        }
    }

    #[test]
    fn what_is_meant_is_clear_only_where_all_letters_look_like_ascii() {
        assert_eq!(explain("nаme").mend.as_deref(), Some("name"));
        assert_eq!(explain("ｎａｍｅ１").mend.as_deref(), Some("name1"));
        assert_eq!(explain("na\u{200b}me").mend.as_deref(), Some("name"));
        assert_eq!(explain("größe").mend, None);
        assert_eq!(explain("имя").mend, None);
    }
}
