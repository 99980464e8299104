//! Tests of single schemas: JSON in, a type and what is told out.

mod combined;
mod files;
mod hostile;
mod plain;
mod vendors;

use std::collections::BTreeMap;

use wf_diagnostics::{Diagnostics, SourceMap};
use wf_types::{Def, DefId, DefKind, Literal, Type, TypeDefs};

use super::{import, load};
use crate::load::{LoadError, Loader};

/// Files in memory.
struct Memory(BTreeMap<String, String>);

impl Loader for Memory {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        self.0.get(path).cloned().ok_or_else(|| LoadError::Unreadable("no such file".to_owned()))
    }

    fn resolve(&self, from: &str, path: &str) -> Result<String, LoadError> {
        Ok(super::uri::join(from, path))
    }
}

/// What came of a program that uses schemas.
struct Imported {
    defs: TypeDefs,
    told: Diagnostics,
    types: Vec<DefId>,
}

/// Imports `used`, the path and the pointer of one schema or more, as `T`, `T2`, ….
fn import_all(used: &[&str], files: &[(&str, &str)]) -> Imported {
    let mut all: BTreeMap<String, String> =
        files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let line = |(i, used): (usize, &&str)| match i {
        0 => format!("use schema \"{used}\" as T\n"),
        _ => format!("use schema \"{used}\" as T{}\n", i + 1),
    };
    all.insert("dir/main.wf".to_owned(), used.iter().enumerate().map(line).collect());
    let memory = Memory(all);
    let loaded = crate::load::load(&["dir/main.wf"], &memory);
    let (mut sources, mut told): (SourceMap, _) = (loaded.sources, loaded.diagnostics);
    let schemas = load(&loaded.units, &memory, &mut sources, &mut told);
    let mut defs = TypeDefs::new();
    let mut types = Vec::new();
    let mut items = Vec::new();
    for (item, _) in used.iter().enumerate() {
        let name = if item == 0 { "T".to_owned() } else { format!("T{}", item + 1) };
        let kind = DefKind::Alias(Type::Error);
        let id = defs.add(Def { name: name.into(), doc: "".into(), kind });
        types.push(id);
        items.push((0, item, id));
    }
    import(&schemas, &items, &mut defs, &mut told);
    assert_eq!(crate::resolve::finite::infinite(&defs), [], "all types are finite");
    Imported { defs, told, types }
}

impl Imported {
    /// The type of the first `use schema`, with records written out once.
    fn text(&self) -> String {
        self.types.first().map_or(String::new(), |id| self.written(*id))
    }

    fn written(&self, id: DefId) -> String {
        let mut out = String::new();
        crate::room::with_room(|| write(&self.defs, &Type::Named(id), &mut vec![], &mut out));
        out
    }

    /// What was told: the code and the message.
    fn told(&self) -> Vec<String> {
        self.told.iter().map(|d| format!("{} {}", d.code.id, d.message)).collect()
    }
}

/// Imports one whole schema, of which nothing may be told, and gives its type.
fn shape(schema: &str) -> String {
    let imported = import_all(&["s.json"], &[("dir/s.json", schema)]);
    assert_eq!(imported.told(), Vec::<String>::new(), "{schema}");
    imported.text()
}

/// Imports one whole schema, and gives its type and what is told.
fn shape_told(schema: &str) -> (String, Vec<String>) {
    let imported = import_all(&["s.json"], &[("dir/s.json", schema)]);
    (imported.text(), imported.told())
}

fn write(defs: &TypeDefs, ty: &Type, open: &mut Vec<DefId>, out: &mut String) {
    match ty {
        Type::Named(_) if open.len() > 200 => out.push('…'),
        Type::Named(id) if open.contains(id) => out.push_str(&defs.get(*id).name),
        Type::Named(id) => {
            open.push(*id);
            if let DefKind::Alias(target) = &defs.get(*id).kind {
                write(defs, target, open, out);
            }
            open.pop();
        }
        Type::Optional(inner) => {
            let group = matches!(**inner, Type::Union(_));
            out.push_str(if group { "(" } else { "" });
            write(defs, inner, open, out);
            out.push_str(if group { ")?" } else { "?" });
        }
        Type::List(inner) | Type::Map(inner) => {
            out.push_str(if matches!(ty, Type::List(_)) { "list<" } else { "map<" });
            write(defs, inner, open, out);
            out.push('>');
        }
        Type::Record(record) => {
            out.push('{');
            for (i, field) in record.fields.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(&field.name);
                out.push_str(": ");
                write(defs, &field.ty, open, out);
            }
            out.push('}');
        }
        Type::Union(members) => {
            for (i, member) in members.iter().enumerate() {
                out.push_str(if i > 0 { " | " } else { "" });
                write(defs, member, open, out);
            }
        }
        Type::Literal(Literal::String(text)) => out.push_str(&format!("'{text}'")),
        _ => out.push_str(&crate::check::hints::show::show(defs, ty)),
    }
}
