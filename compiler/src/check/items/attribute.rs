//! Defaults of attributes: values that are written out, kept as JSON beside the entity.

use std::fmt::Write;

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast;
use wf_types::{DefId, Type};

use crate::check::body::{Body, Kind};
use crate::check::globals::Globals;
use crate::typed::{Const, Entity, Expr, ExprKind, ListEntry, MapEntry, UnaryOp};

/// A default as it is declared.
#[derive(Debug)]
pub(crate) struct AttributeDefault<'a> {
    /// The entity.
    pub(crate) entity: DefId,
    /// The attribute.
    pub(crate) name: SmolStr,
    /// Its type.
    pub(crate) ty: Type,
    /// Where its type is written.
    pub(crate) declared: Span,
    /// What is written behind `=`.
    pub(crate) value: &'a ast::Expr,
    /// The file it is in.
    pub(crate) unit: usize,
}

/// The entities with the JSON of their defaults, which are checked here.
pub(crate) fn with_defaults(g: &Globals<'_>, out: &mut Diagnostics) -> Vec<Entity> {
    let mut entities = g.entities.clone();
    for default in &g.defaults_of_attributes {
        let mut body = Body::new(g, default.unit, Kind::Function);
        let what = format!("the attribute `{}`", default.name);
        let value = body.default_from(default.value, &default.ty, default.declared, &what);
        if value.ty.is_error() || body.out.iter().any(Diagnostic::is_error) {
            out.append(&mut body.out);
            continue;
        }
        let mut json = String::new();
        if !write_json(&value, &mut json) {
            let message = format!("the default of `{}` is not written out", default.name);
            out.push(
                Diagnostic::new(&codes::NOT_CONSTANT, default.value.span, message)
                    .help("a default of an attribute is a number, a text, `true`, `null`, a duration, or a list or record of these"),
            );
            continue;
        }
        if let Some(entity) = entities.iter_mut().find(|e| e.def == default.entity) {
            entity.defaults.push((default.name.clone(), json.into()));
        }
    }
    entities
}

/// Writes a value that is known without calculation; false where it is none.
fn write_json(value: &Expr, out: &mut String) -> bool {
    match &value.kind {
        ExprKind::Const(constant) => write_const(constant, out),
        ExprKind::Coerce(inner) => write_json(inner, out),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => match &operand.kind {
            ExprKind::Const(Const::Duration(micros)) => write_const(&Const::Duration(-micros), out),
            _ => false,
        },
        ExprKind::List(entries) => sequence(out, '[', ']', entries, |entry, out| match entry {
            ListEntry::Item(item) => write_json(item, out),
            ListEntry::Spread(_) => false,
        }),
        ExprKind::Map(entries) => sequence(out, '{', '}', entries, |entry, out| match entry {
            MapEntry::Pair(key, value) => member(key, value, out),
            MapEntry::Spread(_) => false,
        }),
        ExprKind::Record { fields, order } => {
            let Some(names) = record_names(value) else { return false };
            let given = order.iter().filter_map(|slot| {
                let slot = usize::from(*slot);
                Some((names.get(slot)?, fields.get(slot)?.as_ref()?))
            });
            let given: Vec<_> = given.collect();
            sequence(out, '{', '}', &given, |(name, value), out| {
                write_string(name, out);
                out.push(':');
                write_json(value, out)
            })
        }
        _ => false,
    }
}

fn record_names(value: &Expr) -> Option<Vec<SmolStr>> {
    match &value.ty {
        Type::Record(record) => Some(record.fields.iter().map(|f| f.name.clone()).collect()),
        _ => None,
    }
}

fn member(key: &Expr, value: &Expr, out: &mut String) -> bool {
    let ExprKind::Const(Const::String(_)) = &key.kind else { return false };
    let written = write_json(key, out);
    out.push(':');
    written && write_json(value, out)
}

fn sequence<T>(
    out: &mut String,
    open: char,
    close: char,
    entries: &[T],
    mut write: impl FnMut(&T, &mut String) -> bool,
) -> bool {
    out.push(open);
    for (i, entry) in entries.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if !write(entry, out) {
            return false;
        }
    }
    out.push(close);
    true
}

fn write_const(constant: &Const, out: &mut String) -> bool {
    let written = match constant {
        Const::Null => write!(out, "null"),
        Const::Bool(value) => write!(out, "{value}"),
        Const::Int(value) => write!(out, "{value}"),
        Const::Decimal(value) => write!(out, "{value}"),
        // The shortest digits that mean this number, with a point or an exponent.
        Const::Float(value) => write!(out, "{value:?}"),
        Const::String(text) => {
            write_string(text, out);
            Ok(())
        }
        Const::Duration(micros) if micros % 1_000 == 0 => write!(out, "\"{}ms\"", micros / 1_000),
        Const::Duration(_) => return false,
    };
    written.is_ok()
}

fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\u{0}'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}
