//! What to write instead of a value of another type: where a literal only needs another form, or a
//! record around it.

use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::types::relate;
use crate::typed::{Const, Expr, ExprKind};

/// A literal of the wrong kind that says the right thing: its text in the form of the other type.
pub(crate) fn literal(value: &Expr, to: &Type) -> Option<(String, String)> {
    let written = match &value.kind {
        ExprKind::Const(Const::String(text)) => unquoted(text, to)?,
        ExprKind::Const(Const::Int(number)) if *to == Type::String => format!("\"{number}\""),
        ExprKind::Const(Const::Bool(truth)) if *to == Type::String => format!("\"{truth}\""),
        _ => return None,
    };
    let help = match to {
        Type::String => format!("a text stands in quotes: `{written}`"),
        Type::Bool => format!("a truth value is written `{written}`"),
        _ => format!("a number is written without quotes: `{written}`"),
    };
    Some((written, help))
}

/// What a text in quotes says, as a literal of another type.
pub(crate) fn unquoted(text: &str, to: &Type) -> Option<String> {
    let text = text.trim();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    match to {
        Type::Int => (digits(number) && text.parse::<i64>().is_ok()).then(|| text.to_owned()),
        Type::Float | Type::Decimal => {
            let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
            let fits = digits(whole) && digits(part) && number.len() <= 30;
            fits.then(|| text.to_owned())
        }
        Type::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a text has no value in another type that could be read from it.
pub(crate) fn is_plain_text(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Const(Const::String(_)))
}

impl Body<'_> {
    /// Where a record is expected, or one of several, that needs nothing but this value: the record
    /// around it, as `{ token: config.token }`.
    pub(crate) fn wrapped(&self, value: &Expr, to: &Type) -> Option<String> {
        let defs = &self.g.defs;
        let given = &value.ty;
        if defs.record(given).is_some() || matches!(given, Type::Map(_) | Type::Error) {
            return None;
        }
        let members = match defs.peel(to) {
            Type::Union(members) => members.to_vec(),
            other => vec![other.clone()],
        };
        let shown = self.source(value.span);
        // A header written out is what the record is made into.
        let inner = match shown.strip_prefix("\"Bearer ").and_then(|rest| rest.strip_suffix('"')) {
            Some(text) => match text.strip_prefix("{{").and_then(|t| t.strip_suffix("}}")) {
                Some(expression) if !expression.contains("{{") => expression.trim().to_owned(),
                _ => format!("\"{text}\""),
            },
            None => shown,
        };
        members.iter().find_map(|member| {
            let record = defs.record(member)?;
            let mut needed = record.fields.iter().filter(|f| !relate::is_nullable(defs, &f.ty));
            let (field, others) = (needed.next()?, needed.next());
            let fits = others.is_none() && relate::fits(defs, given, &field.ty);
            (fits && !inner.ends_with('…')).then(|| format!("{{ {}: {inner} }}", field.name))
        })
    }

    /// The literal types that a text is none of.
    pub(crate) fn all_texts(&self, ty: &Type) -> Vec<String> {
        let all = relate::literals(&self.g.defs, &self.non_null(ty)).unwrap_or_default();
        let texts = all.into_iter().filter_map(|literal| match literal {
            Literal::String(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    }
}
