//! Record literals, with and without spreads.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::types as codes;
use wf_diagnostics::{Code, Diagnostic, Span};
use wf_grammar::ast::{self, Entry, EntryKey};
use wf_types::{Field, RecordType, Type};

use crate::check::body::Body;
use crate::check::expr::chain::Val;
use crate::check::expr::lambda::Wanted;
use crate::check::hints::foreign;
use crate::check::hints::origin::{Declares, Origin};
use crate::check::hints::suggest::listed;
use crate::check::types::relate;
use crate::resolve::scope::given_twice;
use crate::resolve::seen::Seen;
use crate::typed::{Expr, ExprKind, RecordEntry};

/// How many fields a record may have.
pub(crate) const MAX_FIELDS: usize = 2_000;

/// A record with more fields than that.
pub(crate) fn too_many_fields(span: Span) -> Diagnostic {
    let message = format!("a record has at most {MAX_FIELDS} fields");
    Diagnostic::new(&codes::TOO_DEEP, span, message).help("use a `map` or a `list`")
}

/// What a record literal is, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Wording {
    /// The code of an unknown field.
    pub(crate) unknown: &'static Code,
    /// The code of a missing field.
    pub(crate) missing: &'static Code,
    /// What a field is called.
    pub(crate) field: &'static str,
}

/// The wording of plain records.
pub(crate) const RECORD: Wording =
    Wording { unknown: &codes::UNKNOWN_FIELD, missing: &codes::MISSING_FIELD, field: "field" };

impl<'g> Body<'g> {
    /// The name of an entry of a record.
    fn entry_name(&mut self, entry: &Entry) -> Option<ast::Name> {
        match &entry.key {
            EntryKey::Name(name) => Some(name.clone()),
            EntryKey::String(template) => match template.as_text() {
                Some(text) => Some(ast::Name { text, span: template.span }),
                None => {
                    let message = "a field of a record has a fixed name";
                    self.tell(Diagnostic::new(&codes::TYPE_MISMATCH, template.span, message));
                    None
                }
            },
            EntryKey::Computed(key) => {
                let message = "a field of a record has a fixed name";
                self.tell(
                    Diagnostic::new(&codes::TYPE_MISMATCH, key.span, message)
                        .help("computed keys are for maps"),
                );
                None
            }
            EntryKey::None | EntryKey::Spread => None,
        }
    }

    /// A record literal of a known type.
    pub(crate) fn record(
        &mut self,
        entries: &[Entry],
        record: &RecordType,
        ty: Type,
        wording: Wording,
        span: Span,
    ) -> Expr {
        let spreads = entries.iter().any(|e| matches!(e.key, EntryKey::Spread));
        // One of these two is filled.
        let places = if spreads { 0 } else { record.fields.len() };
        let mut fields: Vec<Option<Expr>> = (0..places).map(|_| None).collect();
        let mut parts: Vec<RecordEntry> = Vec::new();
        let mut order = Vec::with_capacity(places);
        // Where each field is written, and names that are none of them.
        let mut written: Vec<Option<Span>> = vec![None; record.fields.len()];
        let mut others: Seen<SmolStr> = Seen::default();
        let mut given = vec![false; record.fields.len()];
        let mut unsure = false;
        // The field whose parts are given beside it instead of in it.
        let mut unwrapped: Option<&str> = None;
        for (i, entry) in entries.iter().enumerate() {
            if matches!(entry.key, EntryKey::Spread) {
                let later = names_of(&entries[i + 1..]);
                let around = Around { later: &later, written: &written, wording };
                match self.spread(&entry.value, record, &around) {
                    Some((value, slots)) => {
                        let of = self.g.defs.record(&value.ty).cloned().unwrap_or_default();
                        for (field, slot) in of.fields.iter().zip(&slots) {
                            if let Some(slot) = slot
                                && !relate::is_nullable(&self.g.defs, &field.ty)
                            {
                                given[*slot as usize] = true;
                            }
                        }
                        parts.push(RecordEntry::Spread(value, slots));
                    }
                    None => unsure = true,
                }
                continue;
            }
            let Some(name) = self.entry_name(entry) else {
                self.infer(&entry.value);
                unsure = true;
                continue;
            };
            let field = record.field(&name.text);
            let first = match field {
                Some((slot, _)) => written[slot].replace(name.span),
                None => others.insert(name.text.clone(), name.span),
            };
            if let Some(first) = first {
                self.tell(given_twice(wording.field, &name.text, name.span, first));
                self.infer(&entry.value);
                continue;
            }
            let Some((slot, field)) = field else {
                let told = self.out.len();
                let ty = self.skip(&entry.value);
                let around = self.holder_of(&name.text, record, wording);
                if around.is_none() || around != unwrapped {
                    let unknown = self.unknown_entry(&name, record, wording, &ty, around);
                    self.out.insert(told, unknown);
                }
                unwrapped = around;
                // What was meant may be the field that is missing.
                unsure = true;
                continue;
            };
            let value = self.field_from(&entry.value, field, &ty, wording, name.span);
            given[slot] = true;
            match fields.get_mut(slot) {
                Some(place) => {
                    order.push(slot as u16);
                    *place = Some(value);
                }
                None => parts.push(RecordEntry::Field(slot as u16, value)),
            }
        }
        if !unsure {
            self.missing_fields(record, &given, wording, &ty, span);
        }
        let kind = match spreads {
            true => ExprKind::RecordSpread(parts),
            false => ExprKind::Record { fields, order },
        };
        Expr { kind, ty, span }
    }

    /// Checks a value that belongs nowhere, for what is wrong in itself.
    pub(crate) fn skip(&mut self, value: &ast::Expr) -> Type {
        let mut ty = Type::Error;
        if !matches!(value.kind, ast::ExprKind::Lambda(_)) {
            let before = self.out.len();
            ty = self.without_origin(|body| body.infer(value)).ty;
            // Not knowing its type is no mistake of its own.
            let kept: Vec<_> =
                self.out.drain(before..).filter(|d| d.code != &codes::TYPE_UNKNOWN).collect();
            self.out.extend(kept);
        }
        ty
    }

    /// The value of a field, with where its type comes from: the declaration of the field, or the
    /// node that takes it.
    fn field_from(
        &mut self,
        value: &ast::Expr,
        field: &Field,
        ty: &Type,
        wording: Wording,
        at: Span,
    ) -> Expr {
        let name = &field.name;
        self.written_secret(name, &field.ty, value);
        let declared = match self.non_null(ty) {
            Type::Named(id) => self.g.field_spans.get(&(id, name.clone())).copied(),
            _ => None,
        };
        let (span, what) = match (declared, &self.node) {
            (Some(span), _) => (span, Declares::Field(name.clone())),
            (None, Some(node)) if wording.field == "input" => {
                (node.span, Declares::Input(name.clone()))
            }
            _ if self.in_policy => (at, Declares::Policy(name.clone())),
            _ => return self.field_value(name, value, &field.ty),
        };
        let outer = self.origin.replace(Origin { span, what, ty: field.ty.clone(), fixed: None });
        let value = self.field_value(name, value, &field.ty);
        self.origin = outer;
        value
    }

    fn field_value(&mut self, name: &str, value: &ast::Expr, ty: &Type) -> Expr {
        let inner = self.non_null(ty);
        let Type::Lambda(expected) = &inner else { return self.expect(value, ty) };
        match &value.kind {
            ast::ExprKind::Lambda(lambda) => {
                let (typed, _) =
                    self.lambda(lambda, &expected.params, Wanted::Type(&expected.result));
                Expr { kind: ExprKind::Lambda(typed), ty: inner.clone(), span: value.span }
            }
            ast::ExprKind::Null | ast::ExprKind::Error => self.expect(value, ty),
            _ => {
                self.no_lambda(name, value, &expected.params);
                self.error(value.span)
            }
        }
    }

    fn unknown_entry(
        &self,
        name: &ast::Name,
        record: &RecordType,
        wording: Wording,
        ty: &Type,
        holder: Option<&str>,
    ) -> Diagnostic {
        let names = record.fields.iter().map(|f| f.name.as_str());
        let message = format!("there is no {} `{}`", wording.field, name.text);
        let is_input = wording.field == "input";
        let fits = |f: &Field| relate::fits(&self.g.defs, ty, &f.ty);
        let typed = record.fields.iter().map(|f| (f.name.as_str(), fits(f)));
        let is_policy = record.field("connectTimeout").is_some();
        let help = match self.g.suggest.nearest_fitting(&name.text, typed) {
            Some(near) => format!("did you mean `{near}`?"),
            None if is_policy && ["retries", "attempts", "maxRetries"].contains(&&*name.text) => {
                "write `retry: { attempts: 3 }`".to_owned()
            }
            None if let Some(holder) = holder => {
                format!("it is a part of `{holder}`: write `{holder}: {{ {}: … }}`", name.text)
            }
            None if (is_input || is_policy)
                && let Some(help) = foreign::input(&name.text, |n| record.field(n).is_some()) =>
            {
                help.to_owned()
            }
            None if is_input && ["timeout", "connectTimeout", "retry"].contains(&&*name.text) => {
                format!("it stands behind the inputs: `}} with {{ {}: … }}`", name.text)
            }
            None if record.fields.is_empty() => "nothing is given here".to_owned(),
            None => format!("there are {}", listed(names)),
        };
        Diagnostic::new(wording.unknown, name.span, message).help(help)
    }

    /// The input that has this as one of its parts, where there is just one.
    fn holder_of<'r>(
        &self,
        name: &str,
        record: &'r RecordType,
        wording: Wording,
    ) -> Option<&'r str> {
        if wording.field != "input" {
            return None;
        }
        let mut holders = record.fields.iter().filter(|field| {
            let ty = self.non_null(&field.ty);
            let inside = self.g.defs.record(&ty);
            inside.is_some_and(|inside| inside.field(name).is_some())
        });
        let holder = holders.next()?;
        holders.next().is_none().then_some(holder.name.as_str())
    }

    fn missing_fields(
        &mut self,
        record: &RecordType,
        given: &[bool],
        wording: Wording,
        ty: &Type,
        span: Span,
    ) {
        let missing: Vec<&Field> = record
            .fields
            .iter()
            .zip(given)
            .filter(|(field, given)| {
                !**given
                    && !field.has_default
                    && !field.may_be_missing
                    && !relate::is_nullable(&self.g.defs, &field.ty)
                    && !field.ty.is_error()
            })
            .map(|(field, _)| field)
            .collect();
        let Some(first) = missing.first() else { return };
        let names = listed(missing.iter().map(|f| f.name.as_str()));
        let what = if missing.len() == 1 { "is" } else { "are" };
        let message =
            format!("the {} {names} {what} missing", plural(wording.field, missing.len()));
        let at = Span { end: span.start + 1, ..span };
        let help = format!("add `{}: …`, of type `{}`", first.name, self.show(&first.ty));
        let told = Diagnostic::new(wording.missing, at, message).help(help);
        let declared = match self.non_null(ty) {
            Type::Named(id) => self.g.field_spans.get(&(id, first.name.clone())).copied(),
            _ => None,
        };
        let told = match declared {
            Some(span) => told.with(span, format!("`{}` is declared here", first.name)),
            None if wording.field == "input" => told,
            None => self.with_origin(told),
        };
        self.tell(told);
    }

    /// A spread record, with the place of each of its fields in the whole; fields that are given
    /// later have none.
    fn spread(
        &mut self,
        value: &ast::Expr,
        whole: &RecordType,
        around: &Around<'_>,
    ) -> Option<(Expr, Vec<Option<u16>>)> {
        let val = match &value.kind {
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } | ast::ExprKind::Index { .. } => {
                self.chain(value)
            }
            _ => Val::plain(self.infer(value)),
        };
        if val.expr.ty.is_error() {
            return None;
        }
        if self.may_be_null(&val.expr.ty)
            && self.g.defs.record(&self.non_null(&val.expr.ty)).is_some()
        {
            let at = val.expr.span;
            self.tell_null(&val, at, "");
            return None;
        }
        let value = val.expr;
        let Some(record) = self.g.defs.record(&value.ty).cloned() else {
            let diagnostic = Diagnostic::new(
                &codes::TYPE_MISMATCH,
                value.span,
                format!("`...` takes a record here, not `{}`", self.show(&value.ty)),
            );
            let diagnostic = match self.may_be_null(&value.ty) {
                true => diagnostic.help("check that it is not null first"),
                false => diagnostic,
            };
            self.tell(diagnostic);
            return None;
        };
        let mut slots = Vec::with_capacity(record.fields.len());
        let mut target = record.clone();
        for field in &mut target.fields {
            let place =
                whole.field(&field.name).filter(|_| !around.later.contains(&field.name.as_str()));
            let Some((slot, wanted)) = place else {
                slots.push(None);
                continue;
            };
            if !relate::fits(&self.g.defs, &field.ty, &wanted.ty) {
                let message = format!(
                    "the field `{}` of this is `{}`, not `{}`",
                    field.name,
                    self.show(&field.ty),
                    self.show(&wanted.ty)
                );
                let told = Diagnostic::new(&codes::TYPE_MISMATCH, value.span, message)
                    .help(format!("a field that is written behind it wins: `{}: …`", field.name));
                let told = match &self.node {
                    Some(node) if around.wording.field == "input" => {
                        let wanted = self.show(&wanted.ty);
                        let name = &field.name;
                        told.with(node.span, format!("the input `{name}` of this is `{wanted}`"))
                    }
                    _ => self.with_origin(told),
                };
                let optional = relate::is_nullable(&self.g.defs, &field.ty);
                let told = match around.written[slot].filter(|_| optional) {
                    Some(first) => told.with(first, "where it is missing there, this stays"),
                    None => told,
                };
                self.tell(told);
                return None;
            }
            // An optional field stays one: what is missing does not win over what was there.
            let nullable = relate::is_nullable(&self.g.defs, &field.ty);
            field.ty = match nullable {
                true => relate::optional(&self.g.defs, &wanted.ty),
                false => self.non_null(&wanted.ty),
            };
            slots.push(Some(slot as u16));
        }
        let value = match target == record {
            true => value,
            false => self.coerce(value, &Type::record(target.fields)),
        };
        Some((value, slots))
    }

    /// A record literal of which nothing is expected: its type is that of its fields.
    pub(crate) fn open_record(
        &mut self,
        entries: &[Entry],
        hint: Option<&Type>,
        span: Span,
    ) -> Expr {
        if entries.len() > MAX_FIELDS {
            self.tell(too_many_fields(span));
            return self.error(span);
        }
        if entries.iter().any(|e| matches!(e.key, EntryKey::Spread)) {
            return self.open_spread(entries, span);
        }
        let open = std::mem::take(&mut self.open);
        let mut record = RecordType { fields: Vec::with_capacity(entries.len()) };
        let mut fields = Vec::with_capacity(entries.len());
        let mut seen: Seen<SmolStr> = Seen::default();
        for entry in entries {
            let Some(name) = self.entry_name(entry) else { continue };
            self.open = open;
            let value = self.expr(&entry.value, hint);
            if let Some(first) = seen.insert(name.text.clone(), name.span) {
                self.tell(given_twice("field", &name.text, name.span, first));
                continue;
            }
            record.fields.push(Field::new(name.text, value.ty.clone()));
            fields.push(Some(value));
        }
        let order = (0..fields.len() as u16).collect();
        let ty = Type::Record(record.into());
        Expr { kind: ExprKind::Record { fields, order }, ty, span }
    }

    /// A spread may or may not win over a field, and the two have no common type.
    fn no_common_field(&mut self, field: &Field, before: &Type, span: Span, first: Span) {
        let message = format!(
            "the field `{}` of this is `{}`, before it was `{}`",
            field.name,
            self.show(&field.ty),
            self.show(before)
        );
        self.tell(
            Diagnostic::new(&codes::NO_COMMON_TYPE, span, message)
                .with(first, format!("this is `{}`", self.show(before)))
                .help("where it is missing, what was there before stays: give both one type"),
        );
    }

    fn open_spread(&mut self, entries: &[Entry], span: Span) -> Expr {
        if !self.again(span) {
            return self.error(span);
        }
        let mut record = RecordType::default();
        let before = self.out.len();
        let mut wrong = false;
        // Where the value of a field stands that counts so far.
        let mut places: FxHashMap<SmolStr, Span> = FxHashMap::default();
        for entry in entries {
            let value = self.infer(&entry.value);
            wrong |= value.ty.is_error();
            let given: Vec<Field> = match &entry.key {
                EntryKey::Spread => match self.g.defs.record(&value.ty) {
                    Some(record) => record.fields.clone(),
                    None => Vec::new(),
                },
                _ => self
                    .entry_name(entry)
                    .map(|name| Field::new(name.text, value.ty.clone()))
                    .into_iter()
                    .collect(),
            };
            let spread = matches!(entry.key, EntryKey::Spread);
            for field in given {
                let first = *places.entry(field.name.clone()).or_insert(entry.value.span);
                let defs = &self.g.defs;
                match record.fields.iter_mut().find(|f| f.name == field.name) {
                    Some(known) if spread && relate::is_nullable(defs, &field.ty) => {
                        // What is missing in it leaves what was there.
                        let joined = relate::join(defs, &known.ty, &field.ty);
                        let before = std::mem::replace(&mut known.ty, Type::Error);
                        match joined {
                            Some(ty) => known.ty = ty,
                            None => {
                                wrong = true;
                                self.no_common_field(&field, &before, entry.value.span, first);
                            }
                        }
                    }
                    Some(known) => {
                        places.insert(field.name, entry.value.span);
                        known.ty = field.ty;
                    }
                    None => record.fields.push(Field { has_default: false, ..field }),
                }
            }
        }
        let value = if wrong {
            self.error(span)
        } else if record.fields.len() > MAX_FIELDS {
            self.tell(too_many_fields(span));
            self.error(span)
        } else {
            // The same again, now with a known type.
            self.out.truncate(before);
            let ty = Type::record(record.fields.clone());
            self.record(entries, &record, ty, RECORD, span)
        };
        self.repeats -= 1;
        value
    }
}

/// What stands around a spread in a record literal.
struct Around<'s> {
    /// The fields that are written behind it.
    later: &'s [&'s str],
    /// Where fields are written before it, by their slots.
    written: &'s [Option<Span>],
    /// What the fields are called.
    wording: Wording,
}

/// The names of the fields that are written out.
fn names_of(entries: &[Entry]) -> Vec<&str> {
    entries
        .iter()
        .filter_map(|entry| match &entry.key {
            EntryKey::Name(name) => Some(name.text.as_str()),
            _ => None,
        })
        .collect()
}

fn plural(word: &str, count: usize) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
