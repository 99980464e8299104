//! The names of types, for messages.

use std::fmt::Write;

use wf_bytecode::{Program, TypeDesc, TypeIdx};

use crate::value::json::push_string;

/// How deep a type is written before the rest is an ellipsis.
const LEVELS: u32 = 5;
/// How many fields or members of one type are written.
const PARTS: usize = 8;

/// A type as the source writes it: `string`, `list<int>`, `"Open" | "Closed"`, `Lead`. Large types
/// are shortened with `…`.
pub fn type_name(ty: TypeIdx, program: &Program) -> String {
    let mut out = String::new();
    push(ty, program, &mut out, 0);
    out
}

fn push(ty: TypeIdx, program: &Program, out: &mut String, level: u32) {
    let Some(desc) = program.types.get(usize::from(ty.0)).filter(|_| level < LEVELS) else {
        out.push('…');
        return;
    };
    let plain = match desc {
        TypeDesc::Null => "null",
        TypeDesc::Bool => "bool",
        TypeDesc::Int => "int",
        TypeDesc::Float => "float",
        TypeDesc::Decimal => "decimal",
        TypeDesc::String => "string",
        TypeDesc::Uuid => "uuid",
        TypeDesc::Instant => "instant",
        TypeDesc::Duration => "duration",
        TypeDesc::Json => "json",
        TypeDesc::Secret => "secret",
        TypeDesc::Lambda => "lambda",
        TypeDesc::LiteralBool(true) => "true",
        TypeDesc::LiteralBool(false) => "false",
        _ => return push_compound(desc, program, out, level),
    };
    out.push_str(plain);
}

fn push_compound(desc: &TypeDesc, program: &Program, out: &mut String, level: u32) {
    match desc {
        TypeDesc::LiteralInt(number) => _ = write!(out, "{number}"),
        TypeDesc::LiteralString(text) => push_string(text, out),
        TypeDesc::Optional(inner) => {
            let union = matches!(
                program.types.get(usize::from(inner.0)),
                Some(TypeDesc::Union(members)) if members.len() > 1
            );
            out.push_str(if union { "(" } else { "" });
            push(*inner, program, out, level + 1);
            out.push_str(if union { ")?" } else { "?" });
        }
        TypeDesc::Unread(ty) | TypeDesc::Reduced { of: ty, .. } => {
            push(*ty, program, out, level + 1)
        }
        TypeDesc::List(item) => {
            out.push_str("list<");
            push(*item, program, out, level + 1);
            out.push('>');
        }
        TypeDesc::Map(item) => {
            out.push_str("map<");
            push(*item, program, out, level + 1);
            out.push('>');
        }
        TypeDesc::Record { name, .. } if !name.is_empty() => out.push_str(name),
        TypeDesc::Record { shape, fields, .. } => {
            let names = program.shapes.get(usize::from(shape.0)).map_or(&[][..], |s| &s.fields);
            out.push_str("{ ");
            for (index, (name, field)) in names.iter().zip(fields).enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if index == PARTS {
                    out.push('…');
                    break;
                }
                out.push_str(name);
                out.push_str(": ");
                push(field.ty, program, out, level + 1);
            }
            out.push_str(" }");
        }
        TypeDesc::Union(members) => {
            for (index, member) in members.iter().enumerate() {
                if index > 0 {
                    out.push_str(" | ");
                }
                if index == PARTS {
                    out.push('…');
                    break;
                }
                push(*member, program, out, level + 1);
            }
        }
        _ => out.push('…'),
    }
}
