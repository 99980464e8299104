//! Rust types written as types of wf.

use std::any::type_name;

use indexmap::IndexMap;

use super::{Data, Record};

/// The named types that others use, each declared once.
#[derive(Clone, Debug, Default)]
pub struct Types {
    declared: IndexMap<String, Declared>,
    /// The names of those whose text is there, in the order in which they can be read.
    order: Vec<String>,
    conflicts: Vec<String>,
}

#[derive(Clone, Debug)]
struct Declared {
    rust: &'static str,
    text: String,
}

impl Types {
    /// Declares `T` by a name, unless it is declared already: a type may hold itself. `write` gives what
    /// stands behind `type NAME = `.
    pub fn declare<T>(
        &mut self,
        name: &str,
        doc: &str,
        write: impl FnOnce(&mut Types) -> String,
    ) -> String {
        let rust = type_name::<T>();
        match self.declared.get(name) {
            Some(known) if known.rust == rust => {}
            Some(known) => {
                let first = known.rust;
                self.conflicts.push(format!(
                    "`{first}` and `{rust}` are both `{name}`: rename one by `#[wf(rename = \"…\")]`"
                ));
            }
            None => {
                self.declared.insert(name.to_owned(), Declared { rust, text: String::new() });
                let body = write(self);
                let text = format!("{}type {name} = {body}\n", doc_lines(doc, ""));
                if let Some(declared) = self.declared.get_mut(name) {
                    declared.text = text;
                }
                self.order.push(name.to_owned());
            }
        }
        name.to_owned()
    }

    /// The declarations as wf text.
    pub fn text(&self) -> String {
        let texts = self.order.iter().filter_map(|name| self.declared.get(name));
        texts.map(|declared| declared.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The first of the names that two Rust types have.
    pub(crate) fn conflict(&self) -> Option<&str> {
        self.conflicts.first().map(String::as_str)
    }
}

/// A field as it stands in a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldText {
    name: String,
    ty: String,
    doc: &'static str,
    default: Option<&'static str>,
}

impl FieldText {
    /// A field of this type.
    pub fn of<T: Data>(
        types: &mut Types,
        name: &str,
        doc: &'static str,
        default: Option<&'static str>,
    ) -> Self {
        Self { name: name.to_owned(), ty: T::wf_type(types), doc, default }
    }

    /// The field that says which variant a record is.
    pub fn tag(name: &str, literal: &str) -> Self {
        Self { name: name.to_owned(), ty: literal_text(literal), doc: "", default: None }
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// A string literal.
pub fn literal_text(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '{' => out.push_str("\\u{7b}"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A record of these fields, without their defaults, which only inputs have.
pub fn record_text(fields: &[FieldText]) -> String {
    braces(fields, false)
}

/// The record of a variant that holds a struct: its fields behind the one that tells it apart.
pub fn tagged_text<T: Record>(types: &mut Types, tag: &str, name: &str) -> String {
    let mut fields = vec![FieldText::tag(tag, name)];
    fields.extend(T::fields(types).into_iter().filter(|field| field.name != tag));
    record_text(&fields)
}

/// The signature of a node.
pub(crate) fn signature_text<I: Record, O: Record>(name: &str, types: &mut Types) -> String {
    let input = braces(&I::fields(types), true).replace('\n', "\n  ");
    let mut output = O::fields(types);
    if output.iter().all(|field| field.name() != SUCCESS) {
        let (name, ty) = (SUCCESS.to_owned(), "bool".to_owned());
        output.push(FieldText { name, ty, doc: "", default: None });
    }
    let output = braces(&output, false).replace('\n', "\n  ");
    format!("{}node {name} {{\n  input {input}\n  output {output}\n}}\n", doc_lines(I::DOC, ""))
}

/// The field that every output has.
pub(crate) const SUCCESS: &str = "success";

fn braces(fields: &[FieldText], defaults: bool) -> String {
    if fields.is_empty() {
        return "{ }".to_owned();
    }
    let mut text = String::from("{\n");
    for field in fields {
        let plain = field.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && field.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let name = if plain { field.name.clone() } else { literal_text(&field.name) };
        let default = field.default.filter(|_| defaults);
        let default = default.map(|default| format!(" = {default}")).unwrap_or_default();
        let doc = doc_lines(field.doc, "  ");
        text.push_str(&format!("{doc}  {name}: {}{default}\n", field.ty));
    }
    text.push('}');
    text
}

fn doc_lines(doc: &str, indent: &str) -> String {
    let line = |line: &str| format!("{}\n", format!("{indent}/// {line}").trim_end());
    doc.lines().map(line).collect()
}
