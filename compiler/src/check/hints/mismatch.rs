//! A value of another type than is expected: what to write instead.

use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_types::{Literal, Type};

use crate::check::body::Body;
use crate::check::expr::decimal;
use crate::check::hints::mend;
use crate::check::types::relate;
use crate::check::types::secret::without_secret;
use crate::typed::{BinaryOp, Expr, ExprKind};

impl Body<'_> {
    /// A value of another type than is expected, with the mend where there is one.
    pub(crate) fn mismatch(&self, value: &Expr, ty: &Type) -> Diagnostic {
        let defs = &self.g.defs;
        if self.is_secret(&value.ty) && !self.is_secret(ty) {
            return self.secret_mismatch(value, ty);
        }
        let ty = &without_secret(ty);
        let shown = self.source(value.span);
        let message =
            format!("`{}` is expected here, not `{}`", self.show(ty), self.show(&value.ty));
        let diagnostic = Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message);
        let from = relate::base(defs, &self.non_null(&value.ty));
        let to = relate::base(defs, &self.non_null(ty));
        if let Type::Literal(Literal::String(text)) = &value.ty {
            let texts = self.all_texts(ty);
            if let Some(near) = self.g.suggest.nearest(text, texts.iter().map(String::as_str)) {
                return diagnostic.help(format!("did you mean `\"{near}\"`?"));
            }
        }
        if let Some((mend, help)) = mend::literal(value, &to) {
            return diagnostic.edit(value.span, mend, help);
        }
        if let Some(mend) = self.wrapped(value, &to) {
            let help = format!("write `{mend}`");
            return diagnostic.edit(value.span, mend, help);
        }
        if let Some(help) = self.record_help(&from, &to, &shown) {
            return diagnostic.help(help);
        }
        if let (Type::String, Type::Duration, Some(mend)) = (&from, &to, duration(&value.ty)) {
            let help = format!("a duration is written without quotes: `{mend}`");
            return diagnostic.edit(value.span, mend, help);
        }
        match self.conversion(value, &from, &to, &shown) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// How a value of one type becomes one of the other.
    fn conversion(&self, value: &Expr, from: &Type, to: &Type, shown: &str) -> Option<String> {
        let defs = &self.g.defs;
        Some(match (from, to) {
            (Type::List(given), Type::List(wanted))
                if relate::fits(defs, &self.non_null(given), wanted) =>
            {
                "leave out what is null with `| compact`, or say what it counts as: \
                 `| map(x => x ?? …)`"
                    .to_owned()
            }
            (Type::String, Type::Duration) => {
                "a duration is written without quotes, as `5s` or `1h`".to_owned()
            }
            (Type::Int, Type::Duration) => match &value.ty {
                Type::Literal(Literal::Int(n)) => {
                    format!("a duration has a unit: `{n}s` is in seconds, `{n}ms` in milliseconds")
                }
                _ => format!("a duration has a unit: write `{shown} * 1s`"),
            },
            (Type::String, Type::Instant) => instant(&value.ty, shown),
            (Type::String, Type::Uuid) => {
                format!("read it as one: `decode<{}>({shown})`", self.show(to))
            }
            (_, Type::String) if self.non_null(&value.ty) == self.g.failure => {
                format!("its text is `{shown}.message`")
            }
            (Type::Json, _) => {
                format!("read it as one: `decode<{}>({shown})`", self.show(to))
            }
            (Type::String, Type::Int | Type::Float | Type::Decimal)
                if mend::is_plain_text(value) =>
            {
                return None;
            }
            (Type::String, Type::Int) => format!(
                "a text is read by `parseInt({shown})`, which is null where it is no number"
            ),
            (Type::String, Type::Float) => format!(
                "a text is read by `parseFloat({shown})`, which is null where it is no number"
            ),
            (Type::Int, Type::Float) => match int_quotient(value) {
                Some((left, right)) => {
                    let (left, right) = (self.source(left), self.source(right));
                    let exact = format!("toFloat({left}) / toFloat({right})");
                    format!("`{left} / {right}` drops the fraction: write `{exact}`")
                }
                None => format!("write `toFloat({shown})`"),
            },
            (Type::Decimal, _) | (_, Type::Decimal) => {
                return decimal::conversion(from, to, shown);
            }
            (Type::Float, Type::Int) => {
                format!("write `toInt({shown})`, which is null where it does not fit")
            }
            (
                Type::Int | Type::Float | Type::Bool | Type::Uuid | Type::Instant | Type::Duration,
                Type::String,
            ) => format!("make it a text: `\"{{{{ {shown} }}}}\"`"),
            (_, Type::Named(_)) if relate::is_entity(defs, to) => {
                "entities come only from entity nodes, entity triggers and arguments".to_owned()
            }
            (_, Type::Lambda(lambda)) => {
                let result = self.show(&lambda.result);
                format!("write a lambda that gives `{result}`, as `x => …`")
            }
            (Type::Record(_), Type::String) if self.origin.is_none() && value.span.start > 0 => {
                "write a text; values are put into it by `{{ }}`".to_owned()
            }
            (Type::List(items), Type::Map(_)) if relate::holds_pairs(defs, items) => {
                "a map is written with its keys in front: `{\"a\": \"b\"}`".to_owned()
            }
            (item, Type::List(wanted)) if relate::fits(defs, item, wanted) => {
                format!("make it a list: `[{shown}]`")
            }
            _ => return None,
        })
    }

    /// What a record lacks where another one, or a map, is expected.
    fn record_help(&self, from: &Type, to: &Type, shown: &str) -> Option<String> {
        let defs = &self.g.defs;
        let given = defs.record(from)?;
        if let Type::Map(item) = to {
            let fits = given.fields.iter().all(|f| relate::fits(defs, &f.ty, item));
            let help = "a record is no map; a literal whose names are in quotes is one";
            return fits.then(|| help.to_owned());
        }
        let mut left_out = None;
        for field in &defs.record(to)?.fields {
            let name = &field.name;
            match given.field(name) {
                None if relate::is_nullable(defs, &field.ty) => left_out = left_out.or(Some(name)),
                None => return Some(format!("it has no field `{name}`")),
                Some((_, f)) if !relate::fits(defs, &f.ty, &field.ty) => {
                    let (is, wanted) = (self.show(&f.ty), self.show(&field.ty));
                    return Some(format!("its field `{name}` is `{is}`, not `{wanted}`"));
                }
                Some(_) => {}
            }
        }
        left_out.map(|name| {
            format!(
                "it has no field `{name}`, which only a literal may leave out: `{{ ...{shown} }}`"
            )
        })
    }
}

/// The duration that a text says, as it is written without quotes.
pub(crate) fn duration(ty: &Type) -> Option<String> {
    let Type::Literal(Literal::String(text)) = ty else { return None };
    let plain = text.trim();
    let iso = plain.strip_prefix("PT").map(str::to_ascii_lowercase);
    let text = iso.as_deref().unwrap_or(plain);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match text.get(digits..)?.trim().trim_end_matches('s') {
        "" if text.ends_with('s') => "s",
        "m" if text.ends_with("ms") => "ms",
        "m" | "min" | "minute" => "m",
        "sec" | "second" => "s",
        "h" | "hour" | "hr" => "h",
        "d" | "day" => "d",
        _ => return None,
    };
    (digits > 0 && digits < 10).then(|| format!("{}{unit}", &text[..digits]))
}

/// How a text becomes a time: a date alone is none.
fn instant(ty: &Type, shown: &str) -> String {
    match ty {
        Type::Literal(Literal::String(text))
            if text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2 =>
        {
            format!("a date alone is no time: write `decode<instant>(\"{text}T00:00:00Z\")`")
        }
        _ => format!("read it as one: `decode<instant>({shown})`"),
    }
}

/// The sides of the first quotient of whole numbers in a calculation.
fn int_quotient(value: &Expr) -> Option<(Span, Span)> {
    let mut open = vec![value];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Binary { op: BinaryOp::Div, left, right } if !is_number(left) => {
                return Some((left.span, right.span));
            }
            ExprKind::Binary { left, right, .. } => open.extend([&**right, &**left]),
            ExprKind::Unary { operand, .. } | ExprKind::Coerce(operand) => open.push(operand),
            ExprKind::CallNative { args, .. } => open.extend(args.first()),
            _ => {}
        }
    }
    None
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(_))
}
