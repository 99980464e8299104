//! Regular expressions of filters: I-Regexp, RFC 9485.

use regex::{Regex, RegexBuilder};

/// How large a compiled expression may be, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// How deep groups may be nested.
const NEST_LIMIT: u32 = 50;

/// A regular expression; one that is none never matches.
#[derive(Clone, Debug)]
pub struct Pattern(Option<Regex>);

impl Pattern {
    /// Compiles an expression that must match the whole text, or any part of it.
    pub fn new(pattern: &str, whole: bool) -> Self {
        let translated = translate(pattern);
        let regex = translated.and_then(|inner| {
            let text = if whole { format!(r"\A(?:{inner})\z") } else { inner };
            RegexBuilder::new(&text).size_limit(SIZE_LIMIT).nest_limit(NEST_LIMIT).build().ok()
        });
        Self(regex)
    }

    /// Whether the text was a regular expression.
    pub fn is_valid(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// The expression in the words of the library; `None` where I-Regexp has no such expression.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                let escaped = characters.next()?;
                if !r"()*+-.?[\]^nrt{|}pP$".contains(escaped) {
                    return None;
                }
                out.push('\\');
                out.push(escaped);
                if matches!(escaped, 'p' | 'P') {
                    if characters.next()? != '{' {
                        return None;
                    }
                    out.push('{');
                    loop {
                        match characters.next()? {
                            '}' => break,
                            letter if letter.is_ascii_alphabetic() => out.push(letter),
                            _ => return None,
                        }
                    }
                    out.push('}');
                }
            }
            // A group has no flags and no name.
            '(' if !in_class && characters.peek() == Some(&'?') => return None,
            // A dot is any character but the ends of lines.
            '.' if !in_class => out.push_str(r"[^\n\r]"),
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                if characters.peek() == Some(&'^') {
                    out.push('^');
                    characters.next();
                }
                if characters.peek() == Some(&']') {
                    return None;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // The library has operators between classes, I-Regexp has none.
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    (!in_class).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn what_matches() {
        for (pattern, text, whole, part) in [
            ("a.c", "abc", true, true),
            ("a.c", "xabcx", false, true),
            ("a.c", "a\nc", false, false),
            ("a.c", "a\u{2028}c", true, true),
            ("a|bc", "xbc", false, true),
            ("[.b]", ".", true, true),
            ("[.b]", "x", false, false),
            ("[a&&b]", "&", true, true),
            ("[^a]", "b", true, true),
            (r"\p{Lu}+", "ÄÖ", true, true),
            (r"\P{Lu}", "a", true, true),
            ("a{2,3}", "aaa", true, true),
        ] {
            assert_eq!(Pattern::new(pattern, true).matches(text), whole, "{pattern} {text}");
            assert_eq!(Pattern::new(pattern, false).matches(text), part, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_expression_never_matches() {
        let deep = "(".repeat(100_000);
        let nested = format!("{}a{}", "(".repeat(1000), ")".repeat(1000));
        for pattern in
            ["(", "[", "[]", "a**b{", r"\d", "(?i)a", r"a\", "a{1000}{1000}{1000}", &deep, &nested]
        {
            let pattern = Pattern::new(pattern, false);
            assert!(!pattern.is_valid() && !pattern.matches("a"), "{pattern:?}");
        }
    }
}
