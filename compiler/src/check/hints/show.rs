//! Types as messages say them.

use std::fmt::Write;

use wf_types::{DefKind, Literal, Type, TypeDefs};

/// How long the text of a type may become before it is cut.
const LENGTH: usize = 120;

/// The text of a type, as it is written in the language.
pub(crate) fn show(defs: &TypeDefs, ty: &Type) -> String {
    let mut out = String::new();
    write_type(defs, ty, &mut out, 0);
    if out.len() > LENGTH {
        let end = out.floor_char_boundary(LENGTH);
        out.truncate(end);
        out.push('…');
    }
    out
}

/// The text of a literal.
pub(crate) fn show_literal(literal: &Literal) -> String {
    match literal {
        Literal::Bool(b) => b.to_string(),
        Literal::Int(i) => i.to_string(),
        Literal::String(s) => format!("{s:?}"),
    }
}

/// Types of policies.
const UNNAMED: [&str; 2] = ["StepRetry", "StepPolicy"];

fn write_type(defs: &TypeDefs, ty: &Type, out: &mut String, depth: usize) {
    if depth > 8 || out.len() > LENGTH {
        out.push('…');
        return;
    }
    let simple = match ty {
        Type::List(item) if **item == Type::Never => "[]",
        Type::Map(item) if **item == Type::Never => "{}",
        Type::Error => "?",
        Type::Never => "nothing",
        Type::Null => "null",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Float => "float",
        Type::Decimal => "decimal",
        Type::String => "string",
        Type::Uuid => "uuid",
        Type::Instant => "instant",
        Type::Duration => "duration",
        Type::Json => "json",
        Type::Secret => "secret",
        Type::Literal(literal) => return out.push_str(&show_literal(literal)),
        // Nobody can name these, so they are written out.
        Type::Named(id) if UNNAMED.contains(&defs.get(*id).name.as_str()) => {
            return match &defs.get(*id).kind {
                DefKind::Alias(record) => write_type(defs, record, out, depth + 1),
                _ => out.push_str(&defs.get(*id).name),
            };
        }
        Type::Named(id) => defs.get(*id).name.as_str(),
        Type::Param(_) => "T",
        _ => return write_compound(defs, ty, out, depth),
    };
    out.push_str(simple);
}

fn write_compound(defs: &TypeDefs, ty: &Type, out: &mut String, depth: usize) {
    match ty {
        Type::Optional(inner) => {
            let group = matches!(**inner, Type::Union(_) | Type::Lambda(_));
            out.push_str(if group { "(" } else { "" });
            write_type(defs, inner, out, depth + 1);
            out.push_str(if group { ")?" } else { "?" });
        }
        Type::List(inner) | Type::Map(inner) => {
            out.push_str(if matches!(ty, Type::List(_)) { "list<" } else { "map<" });
            write_type(defs, inner, out, depth + 1);
            out.push('>');
        }
        Type::Record(record) => {
            out.push_str("{ ");
            for (i, field) in record.fields.iter().enumerate() {
                let _ = write!(out, "{}{}: ", if i > 0 { ", " } else { "" }, field.name);
                write_type(defs, &field.ty, out, depth + 1);
            }
            out.push_str(if record.fields.is_empty() { "}" } else { " }" });
        }
        Type::Union(members) => {
            for (i, member) in members.iter().enumerate() {
                out.push_str(if i > 0 { " | " } else { "" });
                write_type(defs, member, out, depth + 1);
            }
        }
        Type::Lambda(lambda) => {
            out.push('(');
            for (i, param) in lambda.params.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write_type(defs, param, out, depth + 1);
            }
            out.push_str(") -> ");
            write_type(defs, &lambda.result, out, depth + 1);
        }
        Type::Apply(_, inner) => write_type(defs, inner, out, depth + 1),
        _ => {}
    }
}
