//! The types that every program knows, read line by line: for a program that begins, the grammar costs
//! more than all else of its library.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_types::{Def, DefId, DefKind, Field, Type, TypeDefs};

/// The types, and which name stands for which.
pub(super) type Known = (TypeDefs, FxHashMap<SmolStr, DefId>);

/// Reads a text of `type Name = { … }`, each field and each line of documentation on a line of its own,
/// with types that have a name and at most a `?`, or that are lists of those; a type stands behind those that
/// it uses. `None` for any other text: a test reads the prelude of this version with the grammar, too.
pub(super) fn read(text: &'static str) -> Option<Known> {
    let (mut defs, mut names) = (TypeDefs::default(), FxHashMap::default());
    let mut doc = SmolStr::default();
    let mut open: Option<(&'static str, SmolStr, Vec<Field>)> = None;
    for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        if let Some(told) = line.strip_prefix("/// ") {
            doc = SmolStr::new_static(told);
        } else if let Some(name) = line.strip_prefix("type ") {
            open = Some((name.strip_suffix(" = {")?, std::mem::take(&mut doc), Vec::new()));
        } else if line == "}" {
            let (name, doc, fields) = open.take()?;
            let (name, kind) = (SmolStr::new_static(name), DefKind::Alias(Type::record(fields)));
            let id = defs.add(Def { name: name.clone(), doc, kind });
            names.insert(name, id);
        } else {
            let (name, ty) = line.split_once(": ")?;
            let field = Field::new(SmolStr::new_static(name), type_of(ty, &names)?);
            open.as_mut()?.2.push(Field { doc: std::mem::take(&mut doc), ..field });
        }
    }
    open.is_none().then_some((defs, names))
}

fn type_of(text: &str, names: &FxHashMap<SmolStr, DefId>) -> Option<Type> {
    if let Some(text) = text.strip_suffix('?') {
        return type_of(text, names).map(Type::optional);
    }
    if let Some(item) = text.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
        return type_of(item, names).map(Type::list);
    }
    Some(match text {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "string" => Type::String,
        "duration" => Type::Duration,
        "json" => Type::Json,
        name => Type::Named(*names.get(name)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_such_text_is_refused() {
        let right =
            "/// Told.\ntype A = {\n  /// One.\n  a: list<int>?\n}\ntype B = {\n  b: A?\n}\n";
        let (defs, names) = read(right).expect("it is right");
        assert_eq!((names.len(), defs.get(names["A"]).doc.as_str()), (2, "Told."));
        for wrong in [
            "type A = int",
            "type A = {",
            "a: int",
            "}",
            "type A = {\n  a: B\n}",
            "type A = {\n  a: { b: int }\n}",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
    }
}
