//! List, map and record literals.

use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{Entry, EntryKey};
use wf_types::Type;

use crate::check::body::Body;
use crate::check::expr::constant;
use crate::check::expr::record::RECORD;
use crate::check::types::{relate, secret};
use crate::resolve::scope::given_twice;
use crate::resolve::seen::Seen;
use crate::typed::{Const, Expr, ExprKind, ListEntry, MapEntry};

impl<'g> Body<'g> {
    /// A list literal.
    pub(crate) fn list(&mut self, entries: &[Entry], hint: Option<&Type>, span: Span) -> Expr {
        let (open, mark) = (std::mem::take(&mut self.open), self.open_literals.len());
        let hint = hint.map(|t| self.non_null(t));
        if let Some(members) = hint.as_ref().and_then(|t| self.union_members(t))
            && let Some(list) = self.list_of_union(entries, &members, span)
        {
            return list;
        }
        let wanted = match hint.as_ref().map(|t| self.g.defs.peel(t)) {
            Some(Type::List(item)) => Some(Type::clone(item)),
            Some(other) => secret::any_json(other),
            None => None,
        };
        if entries.is_empty() {
            let Some(item) = wanted else {
                if open {
                    self.open_literal("[]", "let xs: list<string> = []", span);
                    let kind = ExprKind::List(Vec::new());
                    return Expr { kind, ty: Type::Never.list(), span };
                }
                return self.unknown_type("[]", "let xs: list<string> = []", span);
            };
            return Expr { kind: ExprKind::List(Vec::new()), ty: item.list(), span };
        }
        let wanted = wanted.filter(|t| !matches!(t, Type::Never));
        let mut items = Vec::with_capacity(entries.len());
        let mut joined = Type::Never;
        let mut wrong = false;
        for entry in entries {
            let spread = matches!(entry.key, EntryKey::Spread);
            self.open = wanted.is_none() && (open || entries.len() > 1);
            let value = match (&wanted, spread) {
                (Some(item), false) => self.expect(&entry.value, item),
                (Some(item), true) => self.expect(&entry.value, &item.clone().list()),
                // Beside a decimal a literal is one, too.
                (None, _) if self.is_decimal(Some(&joined)) => {
                    self.expr(&entry.value, Some(&joined))
                }
                (None, _) => self.infer(&entry.value),
            };
            wrong |= value.ty.is_error();
            if wanted.is_none() && !wrong {
                let ty = match (spread, self.g.defs.peel(&value.ty)) {
                    (false, _) => value.ty.clone(),
                    (true, Type::List(item)) => Type::clone(item),
                    (true, other) => {
                        let message =
                            format!("`...` takes a list here, not `{}`", self.show(other));
                        self.tell(Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message));
                        return self.error(span);
                    }
                };
                match relate::join_values(&self.g.defs, &joined, &ty) {
                    Some(ty) => joined = ty,
                    None => {
                        wrong = true;
                        self.no_common("items of a list", &value, &joined, entries[0].span);
                    }
                }
            }
            items.push((spread, value));
        }
        if wrong {
            return self.error(span);
        }
        let item = wanted.unwrap_or(joined);
        if self.close_literals(open, mark, &item) {
            return self.error(span);
        }
        let list = item.clone().list();
        let first = items.iter().find(|(_, v)| relate::fits(&self.g.defs, &v.ty, &item));
        let first = first.map_or(span, |(_, value)| value.span);
        let mut adapted = Vec::with_capacity(items.len());
        for (spread, value) in items {
            let adapt = match spread {
                true => self.adapt(value, &list).map(ListEntry::Spread),
                false => self.adapt(value, &item).map(ListEntry::Item),
            };
            match adapt {
                Ok(entry) => adapted.push(entry),
                Err(part) => {
                    self.no_common("items of a list", &part, &item, first);
                    return self.error(span);
                }
            }
        }
        let items = adapted;
        Expr { kind: ExprKind::List(items), ty: list, span }
    }

    /// Values that should have one type do not.
    pub(crate) fn no_common(&mut self, what: &str, value: &Expr, other: &Type, first: Span) {
        let message = format!(
            "{what} have one type: this is `{}`, before it was `{}`",
            self.show(&value.ty),
            self.show(other)
        );
        let diagnostic = Diagnostic::new(&codes::NO_COMMON_TYPE, value.span, message)
            .with(first, format!("the first is `{}`", self.show(other)));
        let (x, y) = (relate::base(&self.g.defs, &value.ty), relate::base(&self.g.defs, other));
        let (shown, before) = (self.source(value.span), self.source(first));
        let diagnostic = match (&x, &y, &value.ty, other) {
            (Type::Float, Type::Int, _, Type::Literal(_)) => {
                diagnostic.help(format!("write `{before}.0`: then all are `float`"))
            }
            (Type::Float, Type::Int, ..) => diagnostic.help(format!("write `toFloat({before})`")),
            (Type::Int, Type::Float, Type::Literal(_), _)
                if matches!(value.kind, ExprKind::Const(_)) =>
            {
                diagnostic.edit(value.span, format!("{shown}.0"), format!("write `{shown}.0`"))
            }
            (Type::Int, Type::Float, ..) => diagnostic.help(format!("write `toFloat({shown})`")),
            (_, Type::String, ..) if what.contains("list") => {
                diagnostic.help(format!("make it a text: `\"{{{{ {shown} }}}}\"`"))
            }
            _ => diagnostic.help("give all of them one type; what may be anything is `json`"),
        };
        self.tell(diagnostic);
    }

    /// A literal in braces: a record or a map, by what is expected, else by its keys.
    pub(crate) fn braces(&mut self, entries: &[Entry], hint: Option<&Type>, span: Span) -> Expr {
        let open = std::mem::take(&mut self.open);
        let hint = hint.map(|t| self.non_null(t));
        if let Some(members) = hint.as_ref().and_then(|t| self.union_members(t))
            && let Some(value) = self.braces_of_union(entries, &members, span)
        {
            return value;
        }
        let peeled = hint.as_ref().map(|t| self.g.defs.peel(t).clone());
        match &peeled {
            Some(Type::Map(item)) => return self.map(entries, Some(item), span),
            Some(Type::Record(record)) => {
                let ty = hint.clone().unwrap_or(Type::Error);
                return self.record(entries, record, ty, RECORD, span);
            }
            Some(Type::Json) if entries.is_empty() => {
                return Expr { kind: ExprKind::Map(Vec::new()), ty: Type::Json.map(), span };
            }
            Some(ty) if entries.is_empty() && secret::is_json_with_secrets(ty) => {
                return Expr { kind: ExprKind::Map(Vec::new()), ty: ty.clone().map(), span };
            }
            _ => {}
        }
        let json = peeled.as_ref().and_then(secret::any_json);
        let named = entries.iter().any(|e| matches!(e.key, EntryKey::Name(_)));
        let keyed =
            entries.iter().any(|e| matches!(e.key, EntryKey::String(_) | EntryKey::Computed(_)));
        match (named, keyed) {
            (true, true) => {
                let message = "some keys are names and some are quoted: is it a record or a map?";
                self.tell(Diagnostic::new(&codes::TYPE_UNKNOWN, span, message).help(
                    "quote all keys for a map, none for a record, or say the type: `let x: T = …`",
                ));
                self.error(span)
            }
            (false, true) => {
                self.open = open;
                self.map(entries, json.as_ref(), span)
            }
            (true, false) => {
                self.open = open;
                self.open_record(entries, json.as_ref(), span)
            }
            (false, false) if entries.is_empty() && open => {
                self.open_literal("{}", "let m: map<int> = {}", span);
                Expr { kind: ExprKind::Map(Vec::new()), ty: Type::Never.map(), span }
            }
            (false, false) if entries.is_empty() => {
                self.unknown_type("{}", "let m: map<int> = {}", span)
            }
            (false, false) => self.only_spreads(entries, span),
        }
    }

    fn only_spreads(&mut self, entries: &[Entry], span: Span) -> Expr {
        if !self.again(span) {
            return self.error(span);
        }
        let before = self.out.len();
        let first = entries.first().map(|e| self.infer(&e.value).ty);
        self.out.truncate(before);
        self.repeats -= 1;
        match first.as_ref().map(|t| self.g.defs.peel(t).clone()) {
            Some(Type::Map(item)) => self.map(entries, Some(&item), span),
            _ => self.open_record(entries, None, span),
        }
    }

    fn map(&mut self, entries: &[Entry], item: Option<&Type>, span: Span) -> Expr {
        let wanted = item.filter(|t| !matches!(t, Type::Never)).cloned();
        if entries.is_empty() {
            let item = item.cloned().unwrap_or(Type::Never);
            return Expr { kind: ExprKind::Map(Vec::new()), ty: item.map(), span };
        }
        let (open, mark) = (std::mem::take(&mut self.open), self.open_literals.len());
        let mut joined = Type::Never;
        let mut out = Vec::with_capacity(entries.len());
        let mut seen: Seen<SmolStr> = Seen::default();
        let mut wrong = false;
        for entry in entries {
            let key = match &entry.key {
                EntryKey::None | EntryKey::Spread => None,
                EntryKey::Name(name) => {
                    Some(constant(Const::String(name.text.clone()), Type::String, name.span))
                }
                EntryKey::String(template) => {
                    let key = self.template(template, template.span);
                    Some(self.give(key, &Type::String))
                }
                EntryKey::Computed(key) => Some(self.expect(key, &Type::String)),
            };
            if let Some(Expr { kind: ExprKind::Const(Const::String(text)), span, .. }) = &key
                && let Some(first) = seen.insert(text.clone(), *span)
            {
                self.tell(given_twice("key", text, *span, first));
            }
            if let (Some(item), Some(Expr { kind: ExprKind::Const(Const::String(text)), .. })) =
                (&wanted, &key)
            {
                self.written_secret(text, item, &entry.value);
            }
            self.open = wanted.is_none() && (open || entries.len() > 1);
            let value = match (&wanted, &key) {
                // Beside a secret a text is kept as one.
                (Some(item), _) if self.g.defs.peel(&self.non_null(item)) == &Type::Secret => {
                    let whole = if key.is_some() { item.clone() } else { item.clone().map() };
                    self.kept_secret(&entry.value, &whole)
                }
                (Some(item), Some(_)) => self.expect(&entry.value, item),
                (Some(item), None) => self.expect(&entry.value, &item.clone().map()),
                // Beside a decimal a literal is one, too.
                (None, _) if self.is_decimal(Some(&joined)) => {
                    self.expr(&entry.value, Some(&joined))
                }
                (None, _) => self.infer(&entry.value),
            };
            wrong |= value.ty.is_error();
            if wanted.is_none() && !wrong {
                let ty = match (&key, self.g.defs.peel(&value.ty)) {
                    (Some(_), _) => value.ty.clone(),
                    (None, Type::Map(item)) => Type::clone(item),
                    (None, other) => {
                        let message = format!("`...` takes a map here, not `{}`", self.show(other));
                        self.tell(Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message));
                        return self.error(span);
                    }
                };
                let defs = &self.g.defs;
                let common = relate::join_values(defs, &joined, &ty);
                match common.or_else(|| secret::join(defs, &joined, &ty)) {
                    Some(ty) => joined = ty,
                    None => {
                        wrong = true;
                        self.no_common("values of a map", &value, &joined, entries[0].span);
                    }
                }
            }
            out.push((key, value));
        }
        if wrong {
            return self.error(span);
        }
        let item = wanted.unwrap_or(joined);
        if self.close_literals(open, mark, &item) {
            return self.error(span);
        }
        let map = item.clone().map();
        let first = out.iter().find(|(_, v)| relate::fits(&self.g.defs, &v.ty, &item));
        let first = first.map_or(span, |(_, value)| value.span);
        let mut adapted = Vec::with_capacity(out.len());
        for (key, value) in out {
            let adapt = match key {
                Some(key) => self.adapt(value, &item).map(|value| MapEntry::Pair(key, value)),
                None => self.adapt(value, &map).map(MapEntry::Spread),
            };
            match adapt {
                Ok(entry) => adapted.push(entry),
                Err(part) => {
                    self.no_common("values of a map", &part, &item, first);
                    return self.error(span);
                }
            }
        }
        Expr { kind: ExprKind::Map(adapted), ty: map, span }
    }
}
