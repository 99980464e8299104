//! The parser reads what `wf.pest` describes, and nothing else.

use wf_diagnostics::{Diagnostics, FileId};

use super::hostile::Numbers;
use crate::grammar::{Chunk, Rule};
use crate::parser::{Fills, Parser};
use crate::source::Source;
use crate::token::{Kind, Token};

/// One item each, with every form of the language among them.
const ITEMS: [&str; 10] = [
    r#"workflow w -> { total: float, tags: list<string> } {
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
}"#,
    r#"workflow v {
  trigger entity Lead on created, updated
    where l => l.score > 3 or l.open
    including own as a or webhook POST "/a" { body: json } as b or schedule "0 9 * * *" in "UTC"
  step t = try file.read { path: "a" } with { timeout: 5s, ...policy }
  while x < 3 as loop max 10 { x = x + 1 break }
  parallel as both { branch a { yield 1 } branch b { fail "x" } }
  try { } catch err { return } finally { variables.x max= 3 }
  if a as one { } else if b { } else { continue }
  for x in xs as NAME
    parallel { }
}"#,
    r#"fn f<T: entity, U = int>(a: int, g: (int, T) -> int = x => x, h: () -> U) -> list<int>? {
  let mut x: { a: int, "+1": T? } | null = { a: -1, "b": [1, ...ys], [k]: 2m, ...r }
  let y = payload..["price"][? @.a > 3, 0, -1, ::2, *][a:b]
  let z = f<list<T>>(1)(2) | g<int>() | h as list<int>? ?? "a" in [b]
  return match v { "a" | -1 | null => (x, y) => x .. y, T t => not x, true => a < b, _ => 0..=9 }
}"#,
    "type T = | \"Open\" | 7 | -7 | true | null | (list<int>) | (a) -> b | { a: T?, }",
    "entity Lead { name: string unique, status: \"a\" | \"b\" = \"a\" index\n  score: int index }",
    "config { url: string = \"a\", key: secret, }",
    "node a.b<T: entity> { input { x: T = 1 } output { y: list<T> } }",
    "use { A, b, } from \"path.wf\"",
    "use schema \"file.json#/pointer\" as Name",
    "use \"path.wf\"",
];

/// How many changed items are read.
const ROUNDS: usize = 30_000;

/// What a chunk of these tokens is for the parser and for the grammar.
fn both(text: &str, tokens: &[Token], rule: Rule) -> (bool, bool) {
    let codes = tokens.iter().map(|token| char::from(token.kind.code())).collect();
    let source = Source { file: FileId(0), text, tokens: tokens.to_vec(), codes, docs: Vec::new() };
    let chunk = Chunk::range(&source, 0, source.tokens.len());
    let (mut fills, mut told) = (Fills::new(), Diagnostics::new());
    let parser = Parser::new(&source, &chunk, &mut fills, &mut told, false);
    let read = match rule {
        Rule::item_chunk => parser.whole(|p| p.item()).is_some(),
        Rule::stmt_chunk => parser.whole(|p| p.stmt()).is_some(),
        Rule::trigger_chunk => parser.whole(|p| p.trigger_clause(&mut Vec::new())).is_some(),
        Rule::case_chunk => parser.whole(|p| p.case()).is_some(),
        Rule::branch_chunk => parser.whole(|p| p.branch()).is_some(),
        Rule::field_chunk => parser.whole(|p| p.field()).is_some(),
        _ => parser.whole(|p| p.expr()).is_some(),
    };
    assert!(read || told.is_empty(), "what can't be read tells nothing");
    (read, chunk.fits(rule))
}

fn tokens_of(text: &str) -> Vec<Token> {
    let (source, _, told) = crate::prepare(FileId(0), text);
    assert!(told.is_empty(), "{text}: {told:?}");
    source.tokens
}

#[test]
fn items_with_changed_tokens_are_the_same_to_both() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut readable = 0;
    for round in 0..ROUNDS {
        let text = ITEMS[round % ITEMS.len()];
        let whole = tokens_of(text);
        let mut tokens = whole.clone();
        for _ in 0..=numbers.next(2) {
            let (at, other) = (numbers.next(tokens.len()), numbers.next(tokens.len()));
            let one = whole[numbers.next(whole.len())];
            match numbers.next(5) {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, one),
                2 => tokens[at] = one,
                3 => tokens.swap(at, other),
                _ => tokens.insert(at, Token { kind: Kind::Newline, ..one }),
            }
        }
        let (read, fits) = both(text, &tokens, Rule::item_chunk);
        assert_eq!(read, fits, "{:?}", tokens.iter().map(|t| t.kind).collect::<Vec<_>>());
        readable += usize::from(read);
    }
    assert!((ROUNDS / 20..ROUNDS).contains(&readable), "{readable} of {ROUNDS} can be read");
}

#[test]
fn any_part_is_the_same_to_both_by_any_rule() {
    let rules = [
        Rule::item_chunk,
        Rule::stmt_chunk,
        Rule::trigger_chunk,
        Rule::case_chunk,
        Rule::branch_chunk,
        Rule::field_chunk,
        Rule::expr_chunk,
    ];
    let mut readable = [0; 7];
    for text in ITEMS {
        let tokens = tokens_of(text);
        for start in 0..tokens.len() {
            for end in start + 1..=tokens.len().min(start + 40) {
                // A part of which a bracket is open is read by none.
                let open = |t: &&Token| t.kind.opens();
                let part = &tokens[start..end];
                if part.iter().filter(open).count()
                    != part.iter().filter(|t| t.kind.closes()).count()
                {
                    continue;
                }
                for (count, rule) in readable.iter_mut().zip(rules) {
                    let (read, fits) = both(text, part, rule);
                    assert_eq!(
                        read,
                        fits,
                        "{rule:?} {:?}",
                        part.iter().map(|t| t.kind).collect::<Vec<_>>()
                    );
                    *count += usize::from(read);
                }
            }
        }
    }
    assert!(readable.iter().all(|count| *count > 0), "{readable:?}");
}
