//! From text to a selector.

use std::fmt;

use crate::{Combinator, Compound, MAX_COMPOUNDS, MAX_LENGTH, Place, Selector, Simple, Test};

/// How deep `:not(…)` and `:is(…)` nest.
const MAX_DEPTH: u8 = 4;

/// What is wrong with the text of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    /// The byte of the text where it is seen.
    pub at: usize,
    /// What is wrong, in lower case.
    pub message: String,
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SelectorError {}

type Result<T> = std::result::Result<T, SelectorError>;

pub(crate) fn parse(text: &str) -> Result<Selector> {
    let mut parser = Parser { text, at: 0, compounds: 0 };
    if text.len() > MAX_LENGTH {
        return parser.wrong(format!("a selector has {MAX_LENGTH} bytes at most"));
    }
    let mut compounds = Vec::new();
    loop {
        parser.skip_blanks();
        let mut combinator = None;
        loop {
            let compound = parser.compound(MAX_DEPTH)?;
            let next = parser.combinator();
            compounds.push(Place { compound, combinator, last: next.is_none() });
            combinator = next;
            if combinator.is_none() {
                break;
            }
        }
        if parser.take(',') {
            continue;
        }
        return match parser.peek() {
            None => Ok(Selector { compounds }),
            Some(other) => parser.wrong(format!("`{other}` is not expected here")),
        };
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// All that were read, also those in `:not(…)`.
    compounds: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Takes a word whatever its case; it is of ASCII.
    fn take_word(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..self.at + word.len());
        let found = found.is_some_and(|found| found.eq_ignore_ascii_case(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r' | '\u{c}')) {
            self.at += 1;
        }
        self.at > start
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(SelectorError { at: self.at.min(self.text.len()), message: message.into() })
    }

    /// What stands between two compounds; none where a selector ends.
    fn combinator(&mut self) -> Option<Combinator> {
        let blank = self.skip_blanks();
        let combinator = match self.peek() {
            Some('>') => Combinator::Child,
            Some('+') => Combinator::Next,
            Some('~') => Combinator::Later,
            Some(',' | ')') | None => return None,
            Some(_) if blank => return Some(Combinator::Descendant),
            Some(_) => return None,
        };
        self.at += 1;
        self.skip_blanks();
        Some(combinator)
    }

    fn compound(&mut self, depth: u8) -> Result<Compound> {
        self.compounds += 1;
        if self.compounds > MAX_COMPOUNDS {
            return self.wrong(format!("a selector has {MAX_COMPOUNDS} parts at most"));
        }
        let mut compound = Vec::new();
        match self.peek() {
            Some('*') => {
                self.at += 1;
                compound.push(Simple::Any);
            }
            Some(c) if is_start(c) => {
                compound.push(Simple::Tag(self.name()?.to_ascii_lowercase()));
            }
            _ => {}
        }
        loop {
            let simple = match self.peek() {
                Some('#') => {
                    self.at += 1;
                    Simple::Id(self.name()?)
                }
                Some('.') => {
                    self.at += 1;
                    Simple::Class(self.name()?)
                }
                Some('[') => {
                    self.at += 1;
                    self.attribute()?
                }
                Some(':') => {
                    self.at += 1;
                    self.pseudo(depth)?
                }
                _ => break,
            };
            compound.push(simple);
        }
        match (compound.is_empty(), self.peek()) {
            (false, _) => Ok(compound),
            (true, None) => self.wrong("a selector is missing"),
            (true, Some(found)) => self.wrong(format!("`{found}` begins no selector")),
        }
    }

    /// An identifier, with its escapes undone.
    fn name(&mut self) -> Result<String> {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.at += 1;
                name.push(self.escape()?);
            } else if is_part(c) && !(name.is_empty() && c.is_ascii_digit()) {
                self.at += c.len_utf8();
                name.push(c);
            } else {
                break;
            }
        }
        match name.is_empty() {
            true => self.wrong("a name is missing"),
            false => Ok(name),
        }
    }

    /// Behind a `\`: up to six hexadecimal digits, or the character itself.
    fn escape(&mut self) -> Result<char> {
        let mut digits = String::new();
        while digits.len() < 6 && self.peek().is_some_and(|c| c.is_ascii_hexdigit()) {
            digits.extend(self.next());
        }
        if !digits.is_empty() {
            if matches!(self.peek(), Some(' ' | '\t' | '\n')) {
                self.at += 1;
            }
            let code = u32::from_str_radix(&digits, 16).ok().filter(|code| *code != 0);
            return Ok(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
        }
        match self.next() {
            Some(c) if c != '\n' => Ok(c),
            _ => self.wrong("`\\` stands before nothing"),
        }
    }

    fn attribute(&mut self) -> Result<Simple> {
        self.skip_blanks();
        let name = self.name()?.to_ascii_lowercase();
        self.skip_blanks();
        let test = match self.peek() {
            Some(']') => {
                self.at += 1;
                let (value, any_case) = (String::new(), false);
                return Ok(Simple::Attribute { name, test: Test::Exists, value, any_case });
            }
            Some('=') => Test::Equals,
            Some('~') => Test::Word,
            Some('|') => Test::Dash,
            Some('^') => Test::Starts,
            Some('$') => Test::Ends,
            Some('*') => Test::Contains,
            _ => return self.wrong("`]` or `=` is missing"),
        };
        if test != Test::Equals {
            self.at += 1;
        }
        if !self.take('=') {
            return self.wrong("`=` is missing");
        }
        self.skip_blanks();
        let value = match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                self.string(quote)?
            }
            _ => self.name()?,
        };
        self.skip_blanks();
        let any_case = self.take('i') || self.take('I');
        if !any_case && !self.take('s') {
            self.take('S');
        }
        self.skip_blanks();
        match self.take(']') {
            true => Ok(Simple::Attribute { name, test, value, any_case }),
            false => self.wrong("`]` is missing"),
        }
    }

    fn string(&mut self, quote: char) -> Result<String> {
        let mut string = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote => return Ok(string),
                Some('\\') => string.push(self.escape()?),
                Some('\n') | None => return self.wrong("a text in quotes is not closed"),
                Some(c) => string.push(c),
            }
        }
    }

    fn pseudo(&mut self, depth: u8) -> Result<Simple> {
        let start = self.at;
        let name = self.name()?.to_ascii_lowercase();
        let nth = |a, b, from_end, of_type| Simple::Nth { a, b, from_end, of_type };
        let simple = match &*name {
            "first-child" => nth(0, 1, false, false),
            "last-child" => nth(0, 1, true, false),
            "first-of-type" => nth(0, 1, false, true),
            "last-of-type" => nth(0, 1, true, true),
            "only-child" => {
                // First and last: the one is the other's only reading.
                Simple::Not(vec![vec![Simple::Not(vec![vec![
                    nth(0, 1, false, false),
                    nth(0, 1, true, false),
                ]])]])
            }
            "empty" => Simple::Empty,
            "root" => Simple::Root,
            "not" => Simple::Not(self.list(depth)?),
            "is" | "where" => Simple::Is(self.list(depth)?),
            "nth-child" => self.nth(false, false)?,
            "nth-last-child" => self.nth(true, false)?,
            "nth-of-type" => self.nth(false, true)?,
            "nth-last-of-type" => self.nth(true, true)?,
            _ => {
                self.at = start;
                return self.wrong(format!("`:{name}` is not known here"));
            }
        };
        Ok(simple)
    }

    /// `(a, b)`: compounds, without combinators.
    fn list(&mut self, depth: u8) -> Result<Vec<Compound>> {
        let Some(depth) = depth.checked_sub(1) else {
            return self.wrong("`:not(…)` and `:is(…)` nest too deep");
        };
        if !self.take('(') {
            return self.wrong("`(` is missing");
        }
        let mut list = Vec::new();
        loop {
            self.skip_blanks();
            list.push(self.compound(depth)?);
            self.skip_blanks();
            if self.take(')') {
                return Ok(list);
            }
            if !self.take(',') {
                return self.wrong("`)` is missing: in it there is one element each");
            }
        }
    }

    /// `(odd)`, `(even)`, `(3)`, `(2n+1)`, `(-n+3)`
    fn nth(&mut self, from_end: bool, of_type: bool) -> Result<Simple> {
        if !self.take('(') {
            return self.wrong("`(` is missing");
        }
        self.skip_blanks();
        let (a, b) = if self.take_word("odd") {
            (2, 1)
        } else if self.take_word("even") {
            (2, 0)
        } else {
            let sign = self.sign();
            let number = self.number()?;
            if self.take('n') || self.take('N') {
                let a = sign.unwrap_or(1) * number.unwrap_or(1);
                self.skip_blanks();
                let b = match self.sign() {
                    None => 0,
                    Some(sign) => {
                        self.skip_blanks();
                        match self.number()? {
                            Some(number) => sign * number,
                            None => return self.wrong("a number is missing"),
                        }
                    }
                };
                (a, b)
            } else {
                match number {
                    Some(number) => (0, sign.unwrap_or(1) * number),
                    None => return self.wrong("`odd`, `even`, a number or `2n+1` is missing"),
                }
            }
        };
        self.skip_blanks();
        match self.take(')') {
            true => Ok(Simple::Nth { a, b, from_end, of_type }),
            false => self.wrong("`)` is missing"),
        }
    }

    fn sign(&mut self) -> Option<i32> {
        match self.peek() {
            Some('+') => self.at += 1,
            Some('-') => {
                self.at += 1;
                return Some(-1);
            }
            _ => return None,
        }
        Some(1)
    }

    fn number(&mut self) -> Result<Option<i32>> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = self.text.get(start..self.at).unwrap_or_default();
        match digits.parse::<i32>() {
            _ if digits.is_empty() => Ok(None),
            Ok(number) => Ok(Some(number)),
            Err(_) => self.wrong("the number is too large"),
        }
    }
}

fn is_start(c: char) -> bool {
    c == '\\' || c == '-' || (is_part(c) && !c.is_ascii_digit())
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use crate::Selector;

    #[test]
    fn what_is_no_selector_is_told_with_its_place() {
        for (text, at, words) in [
            ("", 0, "missing"),
            ("a,", 2, "missing"),
            ("a >", 3, "missing"),
            ("> a", 0, "`>` begins no selector"),
            ("a > > b", 4, "`>` begins"),
            ("a..b", 2, "name is missing"),
            ("a.1", 2, "name is missing"),
            ("#", 1, "name is missing"),
            ("a[", 2, "name is missing"),
            ("a[b", 3, "`]` or `=`"),
            ("a[b~c]", 4, "`=` is missing"),
            ("a[b=c", 5, "`]` is missing"),
            ("a[b='c]", 7, "not closed"),
            ("a:hover", 2, "`:hover` is not known"),
            ("a::before", 2, "name is missing"),
            ("a:not(b c)", 8, "`)` is missing"),
            ("a:not()", 6, "begins no selector"),
            ("a:nth-child", 11, "`(` is missing"),
            ("a:nth-child(x)", 12, "`odd`"),
            ("a:nth-child(2n+)", 15, "number is missing"),
            ("a:nth-child(99999999999)", 23, "too large"),
            ("a)", 1, "`)` is not expected"),
            ("a$", 1, "`$` is not expected"),
            ("a\\", 2, "before nothing"),
        ] {
            let error = Selector::parse(text).expect_err(text);
            assert_eq!(error.at, at, "{text}: {error}");
            assert!(error.message.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn hostile_texts_end() {
        for text in [
            &":not(".repeat(800),
            &"a ".repeat(2000),
            &"a".repeat(100_000),
            &"\\".repeat(3999),
            &"[".repeat(4000),
            &",".repeat(4000),
        ] {
            assert!(Selector::parse(text).is_err());
        }
        assert!(Selector::parse("é.ü#ö").is_ok());
    }
}
