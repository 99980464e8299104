//! Text made safe for a terminal: what would steer it is shown as a picture or an escape.

/// Adds `c` to `out` so that it can't steer a terminal or reorder what is read on it.
pub(super) fn push_char(c: char, unicode: bool, out: &mut String) {
    match c {
        '\0'..='\x1f' if unicode => out.push(picture(0x2400 + c as u32)),
        '\x7f' if unicode => out.push('␡'),
        '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
        '\u{80}'..='\u{9f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
        _ if reorders(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
        _ => out.push(c),
    }
}

fn picture(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether this character makes a terminal show the text in another order or on another line.
fn reorders(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}')
}

/// A text of one or several lines made safe; line ends stay, tabs become spaces.
pub(super) fn clean(text: &str, unicode: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push(' '),
            _ => push_char(c, unicode, &mut out),
        }
    }
    out
}
