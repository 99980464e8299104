//! Numbers and durations: from their digits to their values.

use smol_str::SmolStr;
use wf_diagnostics::codes::syntax;

use super::Parser;
use crate::ast::ExprKind;

impl Parser<'_> {
    /// A whole number without its sign; told and `None` where it is too large.
    pub(super) fn int(&mut self, at: usize) -> Option<u64> {
        let text = self.source.token_text(at);
        let value = match text.contains('_') {
            true => text.replace('_', "").parse(),
            false => text.parse(),
        };
        let value = value.ok().filter(|n| *n <= 1 << 63);
        if value.is_none() {
            let message = format!("`{text}` is too large for an `int`");
            self.tell(
                &syntax::BAD_NUMBER,
                self.source.span(at),
                message,
                "an `int` has 64 bits: at most 9223372036854775807; write `.0` behind it for a `float` or `decimal`",
            );
        }
        value
    }

    /// The number of a token, behind a `-` or not.
    pub(super) fn signed_at(&mut self, negative: bool, at: usize) -> Option<i64> {
        let value = self.int(at)?;
        if negative {
            return 0_i64.checked_sub_unsigned(value);
        }
        let value = i64::try_from(value).ok();
        if value.is_none() {
            let message = format!("`{}` is too large for an `int`", self.source.token_text(at));
            let help = "an `int` has 64 bits: at most 9223372036854775807";
            self.tell(&syntax::BAD_NUMBER, self.source.span(at), message, help);
        }
        value
    }

    /// A number with a point or an exponent, as written.
    pub(super) fn float(&self, at: usize) -> ExprKind {
        let text = self.source.token_text(at);
        ExprKind::Float(if text.contains('_') {
            SmolStr::from(text.replace('_', ""))
        } else {
            SmolStr::new(text)
        })
    }

    /// A duration in microseconds.
    pub(super) fn duration(&mut self, at: usize) -> ExprKind {
        let text = self.source.token_text(at);
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit: i64 = match &text[digits.len()..] {
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            _ => 86_400_000_000,
        };
        let value = digits.replace('_', "").parse::<i64>().ok().and_then(|n| n.checked_mul(unit));
        match value {
            Some(value) => ExprKind::Duration(value),
            None => {
                let message = format!("the duration `{text}` is too long");
                let help = "a duration is at most 106751991 days";
                self.tell(&syntax::BAD_NUMBER, self.source.span(at), message, help);
                ExprKind::Error
            }
        }
    }
}
