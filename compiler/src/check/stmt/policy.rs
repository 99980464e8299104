//! Policies of steps: what stands in `with { … }`, and the codes that are worth another try.

use wf_diagnostics::codes::{nodes, types};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, EntryKey, ExprKind as Ast};
use wf_types::{RecordType, Type, TypeDefs};

use crate::check::body::Body;
use crate::check::hints::suggest::listed;
use crate::typed::{Const, Expr, ExprKind, RecordEntry};

/// The field of a policy that is a record.
const RETRY: &str = "retry";

/// The codes that the machine itself gives to failures of any node.
const OF_ANY_NODE: [&str; 3] = ["timeout", "Failed", "NoAnswer"];

impl<'g> Body<'g> {
    /// `with { timeout: …, retry: { … } }`
    pub(crate) fn policy(&mut self, step: &ast::Step, policy: &ast::Expr) -> Expr {
        let ty = self.g.policy.clone();
        let written = self.written_out(policy, &ty);
        let outer = std::mem::replace(&mut self.in_policy, true);
        let value = self.expect(written.as_ref().unwrap_or(policy), &ty);
        self.in_policy = outer;
        if let Some(on) = input(policy, "retry").and_then(|retry| input(retry, "on"))
            && let Ast::List(items) = &on.kind
        {
            self.check_codes(&step.node, items);
        }
        value
    }

    /// The policy with what it takes from elsewhere written out: a record given for `retry` need not
    /// have all of its fields, so `retry: r` is `retry: { ...r }`, and `...p` brings
    /// `retry: { ...p.retry }`.
    fn written_out(&mut self, policy: &ast::Expr, ty: &Type) -> Option<ast::Expr> {
        let Ast::Braces(entries) = &policy.kind else { return None };
        let retry = self.g.defs.record(ty)?.field(RETRY)?.1.ty.clone();
        let mut out: Vec<ast::Entry> = Vec::with_capacity(entries.len());
        let mut changed = false;
        for (place, entry) in entries.iter().enumerate() {
            let mut entry = entry.clone();
            match &entry.key {
                EntryKey::Name(name) if name.text == RETRY => {
                    if let Some(given) = self.whole_record(&entry.value) {
                        self.only_known(&given, &retry, entry.value.span);
                        entry.value = spread_of(entry.value);
                        changed = true;
                    }
                    out.push(entry);
                }
                EntryKey::Spread => {
                    let given = self.whole_record(&entry.value);
                    let field = given.as_ref().and_then(|given| given.field(RETRY));
                    let inner = field.and_then(|(_, field)| self.g.defs.record(&field.ty).cloned());
                    let is_last = !entries[place + 1..].iter().any(|later| match &later.key {
                        EntryKey::Name(name) => name.text == RETRY,
                        _ => false,
                    });
                    let (span, base) = (entry.span, entry.value.clone());
                    out.push(entry);
                    if let Some(inner) = inner.filter(|_| is_last) {
                        self.only_known(&inner, &retry, base.span);
                        let name = ast::Name { text: RETRY.into(), span: base.span };
                        let at = base.span;
                        let kind =
                            Ast::Field { base: base.into(), name: name.clone(), safe: false };
                        let value = spread_of(ast::Expr { kind, span: at });
                        out.push(ast::Entry { key: EntryKey::Name(name), value, span });
                        changed = true;
                    }
                }
                _ => out.push(entry),
            }
        }
        changed.then_some(ast::Expr { kind: Ast::Braces(out), span: policy.span })
    }

    /// The fields of a record that is no literal and not null.
    fn whole_record(&mut self, value: &ast::Expr) -> Option<RecordType> {
        if matches!(value.kind, Ast::Braces(_) | Ast::Null) {
            return None;
        }
        let (told, locals) = (self.out.len(), self.locals.len());
        let ty = self.infer(value).ty;
        self.out.truncate(told);
        self.forget_locals(locals);
        self.g.defs.record(&ty).cloned()
    }

    /// A field that `retry` does not have is a mistake in a record that is given for it, too.
    fn only_known(&mut self, given: &RecordType, retry: &Type, span: Span) {
        let retry = self.non_null(retry);
        let Some(known) = self.g.defs.record(&retry).cloned() else { return };
        for field in given.fields.iter().filter(|f| known.field(&f.name).is_none()) {
            let names = known.fields.iter().map(|f| f.name.as_str());
            let message = format!("`retry` has no field `{}`", field.name);
            let told = Diagnostic::new(&types::UNKNOWN_FIELD, span, message);
            let told = match self.g.suggest.nearest(&field.name, names.clone()) {
                Some(near) => told.help(format!("did you mean `{near}`?")),
                None => told.help(format!("it has {}", listed(names))),
            };
            self.tell(told);
        }
    }

    /// Whether a policy says `strict: true`. That decides what is compiled, so that it has to be
    /// written out.
    pub(crate) fn strict(&mut self, policy: &Expr) -> bool {
        let (value, span) = match strict_of(&self.g.defs, policy) {
            None => return false,
            Some(Ok(value)) => (&value.kind, value.span),
            Some(Err(span)) => (&policy.kind, span),
        };
        match value {
            ExprKind::Const(Const::Bool(strict)) => *strict,
            ExprKind::Const(Const::Null) => false,
            _ => {
                let message = "`strict` is neither `true` nor `false` here";
                let help = "write one of them out: it decides what is checked when the workflow is compiled";
                let told = Diagnostic::new(&types::NOT_CONSTANT, span, message).help(help);
                self.tell(told);
                false
            }
        }
    }

    /// Codes that are written out must be ones that the node can fail with.
    fn check_codes(&mut self, node: &ast::Name, items: &[ast::Entry]) {
        let Some(known) = self.codes_of(&node.text) else { return };
        for item in items {
            let Ast::String(text) = &item.value.kind else { continue };
            let Some(code) = text.as_text() else { continue };
            let fits =
                |k: &&str| k.eq_ignore_ascii_case(&code) || (is_status(k) && is_status(&code));
            if known.iter().chain(&OF_ANY_NODE).any(fits) {
                continue;
            }
            let message = format!("the node `{}` never fails with the code `{code}`", node.text);
            let told = Diagnostic::new(&nodes::UNKNOWN_CODE, item.value.span, message);
            let told =
                match self.g.suggest.nearest(&code, known.iter().chain(&OF_ANY_NODE).copied()) {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!("its codes are {}", listed(known.iter().copied()))),
                };
            self.tell(told);
        }
    }

    /// The codes that the documentation of a node lists; a node that is another one in short, as
    /// `http.get`, has those of the node that it names.
    fn codes_of(&self, node: &str) -> Option<Vec<&'g str>> {
        let nodes = &self.g.registry.nodes;
        let doc = nodes.get(node)?.doc.as_str();
        codes(doc).or_else(|| codes(nodes.get(doc.split('`').nth(1)?)?.doc.as_str()))
    }
}

/// `{ ...value }`
fn spread_of(value: ast::Expr) -> ast::Expr {
    let span = value.span;
    let entry = ast::Entry { key: EntryKey::Spread, value, span };
    ast::Expr { kind: Ast::Braces(vec![entry]), span }
}

/// The quoted words of the paragraph that begins with `Codes:`.
fn codes(doc: &str) -> Option<Vec<&str>> {
    let (_, list) = doc.split_once("Codes:")?;
    let list = list.split("\n\n").next().unwrap_or(list);
    Some(list.split('"').skip(1).step_by(2).collect())
}

/// The value of `strict` in a policy, or the characters of what it is hidden in.
fn strict_of<'e>(defs: &TypeDefs, policy: &'e Expr) -> Option<Result<&'e Expr, Span>> {
    let slot_in = |ty: &Type| {
        let record = defs.record(ty).or_else(|| match defs.peel(ty) {
            Type::Optional(inner) => defs.record(inner),
            _ => None,
        });
        record?.field("strict").map(|(slot, _)| slot)
    };
    let slot = slot_in(&policy.ty)?;
    match &policy.kind {
        ExprKind::Record { fields, .. } => Some(Ok(bare(fields.get(slot)?.as_ref()?))),
        ExprKind::RecordSpread(entries) => entries.iter().rev().find_map(|entry| match entry {
            RecordEntry::Field(at, value) => (usize::from(*at) == slot).then(|| Ok(bare(value))),
            RecordEntry::Spread(record, slots) => {
                let brings = slots.iter().flatten().any(|at| usize::from(*at) == slot);
                brings.then_some(Err(record.span))
            }
        }),
        ExprKind::Coerce(inner) => slot_in(&inner.ty).map(|_| Err(inner.span)),
        _ => Some(Err(policy.span)),
    }
}

/// An expression without the changes of its type.
fn bare(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Coerce(inner) | ExprKind::NonNull(inner) => bare(inner),
        _ => expr,
    }
}

/// `429`, `5xx`
fn is_status(code: &str) -> bool {
    let digits = code.strip_suffix("xx").unwrap_or(code);
    let count = if digits.len() == code.len() { 3 } else { 1 };
    digits.len() == count
        && digits.starts_with(['1', '2', '3', '4', '5'])
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The value of a field that is written in braces.
fn input<'e>(braces: &'e ast::Expr, name: &str) -> Option<&'e ast::Expr> {
    let Ast::Braces(entries) = &braces.kind else { return None };
    entries.iter().find(|e| matches!(&e.key, EntryKey::Name(n) if n.text == name)).map(|e| &e.value)
}
