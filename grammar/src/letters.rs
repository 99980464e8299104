//! Second letters: for some tokens, the letter that pest reads also says what stands behind them.

use crate::token::{Kind, Token};

/// A name that is an operand by itself: neither `(` nor `<` nor `=>` stands behind it.
const NAME: u8 = b'a';
/// A name with `(` behind it.
const CALLED: u8 = b'b';
/// A name behind which no expression and no type goes on.
const LAST_NAME: u8 = b'e';
/// A word behind a point, without a `(` behind it.
const MEMBER: u8 = b'd';
/// A word behind a point behind which no expression goes on.
const LAST_MEMBER: u8 = b'm';
/// A whole number behind which no expression goes on.
const LAST_INT: u8 = b'%';
/// A string without expressions behind which no expression goes on.
const LAST_STR: u8 = b'+';

/// The letters of tokens, one for each.
pub(crate) fn of(tokens: &[Token]) -> String {
    let mut before = Kind::Newline;
    let letters = tokens.iter().enumerate().map(|(at, token)| {
        let kind = std::mem::replace(&mut before, token.kind);
        let next = || tokens.get(at + 1).map_or(Kind::Newline, |next| next.kind);
        char::from(match token.kind {
            Kind::Word => word(kind, next()),
            Kind::Int if ends(next()) => LAST_INT,
            Kind::Str if ends(next()) => LAST_STR,
            // What begins a path of the data store.
            Kind::Trigger | Kind::Variables | Kind::Config
                if matches!(next(), Kind::Dot | Kind::SafeDot) =>
            {
                NAME
            }
            kind => kind.code(),
        })
    });
    let mut codes = String::with_capacity(tokens.len());
    codes.extend(letters);
    codes
}

/// The letter of a word between these.
fn word(before: Kind, next: Kind) -> u8 {
    let behind_point = matches!(before, Kind::Dot | Kind::SafeDot);
    match next {
        Kind::LParen if !behind_point => CALLED,
        Kind::LParen | Kind::Lt | Kind::FatArrow => Kind::Word.code(),
        next => match (behind_point, ends(next)) {
            (false, false) => NAME,
            (false, true) => LAST_NAME,
            (true, false) => MEMBER,
            (true, true) => LAST_MEMBER,
        },
    }
}

/// Whether no expression and no type goes on with it.
fn ends(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Newline
            | Kind::Comma
            | Kind::RParen
            | Kind::RBracket
            | Kind::RBrace
            | Kind::LBrace
            | Kind::Middle
            | Kind::Tail
    )
}

/// The letters without second ones.
pub(crate) fn plain(letters: &str) -> String {
    let plain = letters.chars().map(|letter| match u8::try_from(letter).unwrap_or(b'#') {
        NAME | CALLED | LAST_NAME | MEMBER | LAST_MEMBER => 'i',
        LAST_INT => '1',
        LAST_STR => '"',
        _ => letter,
    });
    plain.collect()
}

/// Whether this text of the grammar holds a second letter, or is one of two letters that are there for
/// the sake of speed: what stands beside it says what is expected.
pub(crate) fn is_second(shown: &[u8]) -> bool {
    let second =
        [NAME, CALLED, LAST_NAME, MEMBER, LAST_MEMBER, LAST_INT, LAST_STR].map(|letter| [letter]);
    match shown {
        [letter] => second.contains(&[*letter]),
        [b'.' | b';', letter] => second.contains(&[*letter]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use wf_diagnostics::FileId;

    use super::plain;
    use crate::parser::{Chunk, Map, Rule};

    const ITEM: &str = r#"workflow w -> { total: float, tags: list<string> } {
  trigger function(count: int = 5, name: string?)
  variables { sum: int = 0, texts: list<string> = [] }
  for id in 0..trigger.arguments.count as each parallel 8 {
    let made = order(id, id + 1)
    let total = made.lines | map((line, at) => cost(line) * at) | sum
    if total > 20.0 and not made.done { variables.sum += made?.size ?? 1 }
    variables.texts += ["{{ made.name }} of {{ total | round(2) }}", name]
  }
  step known = http.get<list<Line>> { url: "https://a.b/{{ known }}", limit: max(1, -2) }
  match steps.known.output["a"] { "x" => { } "y" | 7 => { } Circle c => { return c } }
  return { total: xs[0].a[1:3][*], tags: if a { "b" } else { c as int? }, ...rest }
}"#;

    #[test]
    fn second_letters_change_nothing_but_the_speed() {
        let (source, _, told) = crate::prepare(FileId(0), ITEM);
        assert!(told.is_empty(), "{told:?}");
        let chunk = Chunk::range(&source, 0, source.tokens.len());
        let slow = Chunk { codes: plain(&chunk.codes), map: Map::Base(0) };
        assert_ne!(chunk.codes, slow.codes);
        let read = |chunk: &Chunk| -> Vec<(Rule, usize, usize)> {
            let pairs = chunk.parse(Rule::item_chunk).expect("it can be read").flatten();
            pairs.map(|p| (p.as_rule(), p.as_span().start(), p.as_span().end())).collect()
        };
        assert_eq!(read(&chunk), read(&slow));
    }
}
