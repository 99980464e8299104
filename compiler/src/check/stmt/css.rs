//! CSS selectors that are given to nodes, checked where they are literals.

use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, EntryKey, ExprKind};
use wf_selector::Selector;

use crate::check::body::Body;
use crate::check::expr::bare;
use crate::check::expr::jsonpath::place_in_literal;

impl Body<'_> {
    /// The input `selector` of `html.select`; one that is made at run time is checked there.
    pub(crate) fn check_selector(&mut self, node: &str, entries: &[ast::Entry]) {
        if node != "html.select" {
            return;
        }
        let selector = entries
            .iter()
            .find(|entry| matches!(&entry.key, EntryKey::Name(name) if name.text == "selector"));
        let Some(value) = selector.map(|entry| bare(&entry.value)) else { return };
        let ExprKind::String(template) = &value.kind else { return };
        let Some(text) = template.as_text() else { return };
        let Err(error) = Selector::parse(&text) else { return };
        let source = self.g.sources.slice(value.span);
        let next = text.get(error.at..).and_then(|rest| rest.chars().next());
        let end = error.at + next.map_or(1, char::len_utf8);
        let place = |at| place_in_literal(source, &text, at);
        let span = match (place(error.at), place(end)) {
            (Some(start), Some(end)) => Span {
                start: value.span.start + start as u32,
                end: value.span.start + end as u32,
                ..value.span
            },
            _ => value.span,
        };
        let message = format!("this is no CSS selector: {error}");
        self.tell(
            Diagnostic::new(&codes::BAD_TEXT, span, message)
                .help("a selector is as `table.prices > tr:nth-child(2) a[href]`"),
        );
    }
}
