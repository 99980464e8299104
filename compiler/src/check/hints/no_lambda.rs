//! Something else where a lambda is expected: the lambda that was meant.

use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, EntryKey, ExprKind, visit};
use wf_types::{RecordType, Type};

use crate::check::body::Body;

/// What other languages call the value that a lambda is given.
const IMPLICIT: &[&str] = &["it", "_", "this", "self", "item", "row", "record", "value"];

/// A mend of more characters is none that anybody reads.
const MAX_LENGTH: usize = 80;

impl Body<'_> {
    /// `filter(score > 3)`, `sortBy("score")`, `where: { status: "open" }`: tells that `taker` takes
    /// a lambda over parameters of these types.
    pub(crate) fn no_lambda(&mut self, taker: &str, given: &ast::Expr, params: &[Type]) {
        let message = format!("`{taker}` takes a lambda here");
        let help = match self.meant_lambda(given, params) {
            Some(lambda) => format!("write `{lambda}`"),
            None if matches!(given.kind, ExprKind::String(_)) => {
                "write `x => …`, without quotes".to_owned()
            }
            None if params.len() == 1 => {
                let shown = self.source(given.span);
                format!("write `x => …` in front of it: `x => {shown}`")
            }
            None => "write it as `(a, b) => …`".to_owned(),
        };
        let told = Diagnostic::new(&codes::BAD_LAMBDA, given.span, message).help(help);
        let told = self.with_origin(told);
        self.tell(told);
    }

    fn meant_lambda(&self, given: &ast::Expr, params: &[Type]) -> Option<String> {
        let [param] = params else { return None };
        // A parameter of the name of a local would hide it.
        let x = ["x", "y", "z"].into_iter().find(|name| self.local(name).is_none())?;
        let (param, none) = (self.non_null(param), RecordType::default());
        let record = self.g.defs.record(&param).unwrap_or(&none);
        let value = match &given.kind {
            ExprKind::Name(name) if record.field(name).is_none() => format!("{name}({x})"),
            ExprKind::String(template) => {
                // `"score desc"`: the order is an input of its own.
                let text = template.as_text()?;
                let field = text.split_whitespace().next()?;
                record.field(field)?;
                match text.strip_prefix(field)?.trim().to_ascii_lowercase().as_str() {
                    "" | "asc" => format!("{x}.{field}"),
                    "desc" => format!("{x}.{field}, descending: true"),
                    _ => return None,
                }
            }
            ExprKind::Braces(entries) if !entries.is_empty() => {
                self.meant_record(entries, record, x)?
            }
            _ => self.meant_value(given, record, x)?,
        };
        let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
        (line.chars().count() <= MAX_LENGTH).then(|| format!("{x} => {line}"))
    }

    /// `{ status: "open" }`: what each field must be.
    fn meant_record(&self, entries: &[ast::Entry], record: &RecordType, x: &str) -> Option<String> {
        let parts: Option<Vec<String>> = entries
            .iter()
            .map(|entry| match &entry.key {
                EntryKey::Name(name) => {
                    record.field(&name.text)?;
                    Some(format!("{x}.{} == {}", name.text, self.source(entry.value.span)))
                }
                _ => None,
            })
            .collect();
        Some(parts?.join(" and "))
    }

    /// `score > 3`, `it.score > 3`: with the names of fields read from the parameter.
    fn meant_value(&self, given: &ast::Expr, record: &RecordType, x: &str) -> Option<String> {
        let mut names = Names { body: self, record, found: Vec::new() };
        visit::Visit::expr(&mut names, given);
        let mut found = names.found;
        found.sort_by_key(|(span, _)| span.start);
        if found.is_empty() {
            return None;
        }
        let mut meant = String::new();
        let mut from = given.span.start;
        for (span, field) in found {
            meant.push_str(self.g.sources.slice(Span { start: from, end: span.start, ..span }));
            meant.push_str(x);
            if let Some(field) = field {
                meant.push('.');
                meant.push_str(&field);
            }
            from = span.end;
        }
        meant.push_str(self.g.sources.slice(Span { start: from, ..given.span }));
        Some(meant)
    }
}

/// Bare names that are fields of the parameter, or that other languages call the parameter.
struct Names<'b, 'g> {
    body: &'b Body<'g>,
    record: &'b RecordType,
    found: Vec<(Span, Option<String>)>,
}

impl visit::Visit for Names<'_, '_> {
    fn expr(&mut self, expr: &ast::Expr) {
        if let ExprKind::Name(name) = &expr.kind
            && self.body.local(name).is_none()
        {
            if self.record.field(name).is_some() {
                self.found.push((expr.span, Some(name.to_string())));
            } else if IMPLICIT.contains(&name.as_str()) {
                self.found.push((expr.span, None));
            }
        }
        visit::walk_expr(self, expr);
    }
}
