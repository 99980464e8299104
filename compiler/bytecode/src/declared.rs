//! Where the types of borders are declared: what failures at run time point at.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use wf_diagnostics::Span;

/// The declarations that the types of a program's borders come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declarations {
    /// All declarations: named types, their fields, types as they are written.
    pub all: Vec<Declaration>,
    /// The borders by the characters that failures at them name (a step's node, a `decode`, a
    /// trigger), each with the declaration of the whole.
    pub borders: Vec<(Span, u32)>,
}

/// A declaration. The others that it names are indices into [`Declarations::all`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Its characters; `None` where nobody wrote it, as the output of a node.
    pub span: Option<Span>,
    /// The fields of a record.
    pub fields: Vec<(SmolStr, u32)>,
    /// The items of a list, the values of a map.
    pub item: Option<u32>,
    /// What it stands for: the type of a field, what is behind a name, the members of a union.
    pub of: Vec<u32>,
}

/// How many declarations are looked at for one part of a path.
const MOST: usize = 1_000;

impl Declarations {
    /// Where that is declared which a path leads to, beginning at a border: the field itself, or
    /// what is nearest around it. A path is as failures show it: `$.body.items[3].name`.
    pub fn find(&self, border: Span, path: &str) -> Option<Span> {
        let (_, start) = self.borders.iter().find(|(span, _)| *span == border)?;
        let mut at = *start;
        let mut found = self.span_of(at);
        for part in parts(path) {
            let Some(next) = self.part(at, &part) else { break };
            at = next;
            found = self.span_of(at).or(found);
        }
        found
    }

    /// The characters of a declaration, or of what it stands for.
    fn span_of(&self, at: u32) -> Option<Span> {
        let declaration = self.all.get(at as usize)?;
        let of = || self.all.get(*declaration.of.first()? as usize)?.span;
        declaration.span.or_else(of)
    }

    fn part(&self, at: u32, part: &Part) -> Option<u32> {
        let mut open = vec![at];
        let mut seen = 0;
        while let Some(declaration) = open.pop().and_then(|at| self.all.get(at as usize)) {
            let found = match part {
                Part::Item => declaration.item,
                // A value of a map is named as a field is.
                Part::Field(name) => {
                    let field = declaration.fields.iter().find(|(known, _)| known == name);
                    field.map(|(_, field)| *field).or(declaration.item)
                }
            };
            if found.is_some() {
                return found;
            }
            seen += 1;
            if seen > MOST {
                return None;
            }
            open.extend(declaration.of.iter().rev());
        }
        None
    }
}

enum Part {
    Field(String),
    Item,
}

/// The parts of a path that the decoder wrote.
fn parts(path: &str) -> impl Iterator<Item = Part> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    std::iter::from_fn(move || {
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            rest = name.get(end..)?;
            return Some(Part::Field(name.get(..end)?.to_owned()));
        }
        let inside = rest.strip_prefix('[')?;
        if !inside.starts_with('"') {
            rest = inside.get(inside.find(']')? + 1..)?;
            return Some(Part::Item);
        }
        let (name, length) = quoted(inside)?;
        rest = inside.get(length..)?.strip_prefix(']')?;
        Some(Part::Field(name))
    })
}

/// A name in quotes, and the bytes that it takes with them.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((name, at + 1)),
            '\\' => name.push(chars.next()?.1),
            c => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use wf_diagnostics::FileId;

    fn span(at: u32) -> Span {
        Span::new(FileId(0), at, at + 1)
    }

    /// `{ body: Person }` where `Person` is `{ name, "a b": list<Person> }`.
    fn declarations() -> Declarations {
        let at = |at, of: &[u32]| Declaration {
            span: Some(span(at)),
            of: of.to_vec(),
            ..Declaration::default()
        };
        let all = vec![
            Declaration { fields: vec![("body".into(), 1)], ..Declaration::default() },
            at(10, &[2]),
            Declaration {
                span: Some(span(20)),
                fields: vec![("name".into(), 3), ("a b".into(), 4)],
                ..Declaration::default()
            },
            at(30, &[]),
            Declaration { span: Some(span(40)), item: Some(1), ..Declaration::default() },
        ];
        Declarations { all, borders: vec![(span(0), 0)] }
    }

    #[test]
    fn paths_lead_to_declarations() {
        let declarations = declarations();
        for (path, at) in [
            ("$.body", 10),
            ("$.body.name", 30),
            ("$.body[\"a b\"]", 40),
            ("$.body[\"a b\"][3].name", 30),
            ("$.body[\"a b\"][3][\"a b\"][0]", 10),
            // What is declared nowhere is in what is around it.
            ("$.body.name.first", 30),
            ("$.body.unknown", 10),
        ] {
            assert_eq!(declarations.find(span(0), path), Some(span(at)), "{path}");
        }
        assert_eq!(declarations.find(span(0), "$"), None);
        assert_eq!(declarations.find(span(1), "$.body"), None);
    }

    #[test]
    fn broken_paths_and_tables_do_not_hurt() {
        let mut declarations = declarations();
        declarations.all[2].of = vec![2, 99];
        for path in ["", "$[", "$[\"", "$[\"a", "$[\"a\\", "$.", "$..", "$[x", "$.body.é[é", "é"]
        {
            declarations.find(span(0), path);
        }
        declarations.borders[0].1 = 99;
        assert_eq!(declarations.find(span(0), "$.body"), None);
    }
}
