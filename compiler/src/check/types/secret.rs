//! Secrets: which types hold one, and what is told where one may not flow.

use wf_diagnostics::codes::{types as codes, warnings};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Type, TypeDefs};

use crate::check::body::Body;
use crate::check::types::relate;
use crate::typed::{Expr, ExprKind};

/// Where secrets may flow.
const FLOWS: &str = "a `secret` may be given to `url`, `headers`, `queryParams`, `body` and `form` of HTTP \
     nodes, to `hmacSha256`, `base64Encode` and `secureEquals`, and to functions of your own with a \
     parameter of type `secret`; a `let` and a template may hold one";

/// How long an expression may be that a message repeats.
const SHOWN: usize = 40;

/// Whether values of a type hold a secret, at any depth.
pub(crate) fn holds(defs: &TypeDefs, ty: &Type) -> bool {
    relate::holds(defs, ty, &|t| matches!(t, Type::Secret))
}

/// Whether a type is `json | secret`: any value that can be sent as JSON, secrets included. Only
/// signatures have it.
pub(crate) fn is_json_with_secrets(ty: &Type) -> bool {
    match ty {
        Type::Union(members) => members.contains(&Type::Json) && members.contains(&Type::Secret),
        _ => false,
    }
}

/// What is expected of the parts of a literal where any JSON is taken: `json`, or `json | secret`.
pub(crate) fn any_json(ty: &Type) -> Option<Type> {
    (matches!(ty, Type::Json) || is_json_with_secrets(ty)).then(|| ty.clone())
}

/// A secret in a place that does not take it.
pub(crate) fn refused(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(&codes::SECRET, span, message).help(FLOWS)
}

/// What is expected of a value that is no secret, where a signature takes either.
pub(crate) fn without_secret(ty: &Type) -> Type {
    match ty {
        Type::Optional(inner) => Type::Optional(without_secret(inner).into()),
        Type::Union(members) => match &**members {
            [other, Type::Secret] | [Type::Secret, other] => other.clone(),
            _ => ty.clone(),
        },
        _ => ty.clone(),
    }
}

/// The type that the values of a map have in common where some are secrets and some are texts: all
/// are kept as secrets then.
pub(crate) fn join(defs: &TypeDefs, a: &Type, b: &Type) -> Option<Type> {
    let nullable = relate::is_nullable(defs, a) || relate::is_nullable(defs, b);
    let (x, y) = (relate::non_null(defs, a), relate::non_null(defs, b));
    let both = matches!((defs.peel(&x), defs.peel(&y)), (Type::Secret, _) if is_text(defs, &y))
        || matches!((defs.peel(&x), defs.peel(&y)), (_, Type::Secret) if is_text(defs, &x));
    let joined = if nullable { Type::Secret.optional() } else { Type::Secret };
    both.then_some(joined)
}

fn is_text(defs: &TypeDefs, ty: &Type) -> bool {
    matches!(defs.peel(ty), Type::Secret) || relate::base(defs, ty) == Type::String
}

/// Whether values of a type are texts or maps of texts that are kept as secrets where this is
/// expected.
pub(crate) fn keeps(defs: &TypeDefs, from: &Type, to: &Type) -> bool {
    match (defs.peel(from), defs.peel(to)) {
        (Type::Null, Type::Optional(_)) => true,
        (Type::Optional(from), Type::Optional(to)) => keeps(defs, from, to),
        (_, Type::Optional(to)) => keeps(defs, from, to),
        (Type::Map(from), Type::Map(to)) => keeps(defs, from, to),
        (_, Type::Secret) => is_text(defs, from),
        _ => false,
    }
}

impl Body<'_> {
    /// Whether values of a type hold a secret.
    pub(crate) fn is_secret(&self, ty: &Type) -> bool {
        holds(&self.g.defs, ty)
    }

    /// Tells that a value holds a secret, if it does; `why` says what that place would do with it.
    pub(crate) fn refuse_secret(&mut self, value: &Expr, why: &str) -> bool {
        if !self.is_secret(&value.ty) {
            return false;
        }
        let value = self.secret_part(value);
        let message = format!("{}, and {why}", self.secret_subject(value));
        self.tell(refused(value.span, message));
        true
    }

    /// A secret is given where another type is expected.
    pub(crate) fn secret_mismatch(&self, value: &Expr, wanted: &Type) -> Diagnostic {
        let value = self.secret_part(value);
        let subject = self.secret_subject(value);
        refused(value.span, format!("{subject}, and `{}` takes none", self.show(wanted)))
    }

    /// In a literal the field that is the secret is what is wrong.
    fn secret_part<'e>(&self, mut value: &'e Expr) -> &'e Expr {
        while let ExprKind::Record { fields, .. } = &value.kind {
            match fields.iter().flatten().find(|field| self.is_secret(&field.ty)) {
                Some(field) => value = field,
                None => break,
            }
        }
        value
    }

    /// An operator stands on a secret.
    pub(crate) fn secret_operand(&mut self, symbol: &str, operand: &Expr, span: Span) {
        let message = format!("`{symbol}` does not work on a `secret`");
        let diagnostic = Diagnostic::new(&codes::SECRET, span, message)
            .with(operand.span, format!("this is `{}`", self.show(&operand.ty)));
        self.tell(match symbol {
            "==" | "!=" | "in" => diagnostic.help(
                "compare it with `secureEquals(secret, text)`, which takes the same time whatever the answer",
            ),
            "+" => diagnostic.help(
                "put it into a template, which is a `secret` as well: `\"Bearer {{ config.token }}\"`",
            ),
            _ => diagnostic.help(FLOWS),
        });
    }

    fn secret_subject(&self, value: &Expr) -> String {
        let shown = self.source(value.span);
        let shown = match shown.len() <= SHOWN && !shown.contains('\n') {
            true => format!("`{shown}`"),
            false => "this".to_owned(),
        };
        match self.g.defs.peel(&self.non_null(&value.ty)) {
            Type::Secret => format!("{shown} is a `secret`"),
            _ => format!("{shown} holds a `secret`"),
        }
    }
}

/// Fields that hold what nobody else may know, and headers that do.
const SENSITIVE: [&str; 4] = ["password", "token", "clientsecret", "key"];
const HEADERS: [&str; 4] = ["authorization", "x-api-key", "x-auth-token", "cookie"];

impl Body<'_> {
    /// A password, or the like, that is written out where a `secret` can be given; `ty` is the type of
    /// the field, or of the entries of a map.
    pub(crate) fn written_secret(&mut self, name: &str, ty: &Type, value: &ast::Expr) {
        let ast::ExprKind::String(template) = &value.kind else { return };
        let is_one_of = |names: &[&str]| names.iter().any(|n| n.eq_ignore_ascii_case(name));
        let headers = is_one_of(&HEADERS);
        if !headers && !is_one_of(&SENSITIVE) || !holds(&self.g.defs, ty) {
            return;
        }
        let text = template.as_text();
        let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) else { return };
        // What everybody may know is no secret.
        if text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN CERTIFICATE") {
            return;
        }
        let message = format!("`{name}` is written in the program, where everybody can read it");
        let (field, mend) = match text.strip_prefix("Bearer ") {
            Some(_) if headers => ("token", "\"Bearer {{ config.token }}\"".to_owned()),
            _ if headers => ("key", "config.key".to_owned()),
            _ => (name, format!("config.{name}")),
        };
        self.tell(
            Diagnostic::new(&warnings::WRITTEN_SECRET, value.span, message)
                .help(format!("declare it, as `config {{ {field}: secret }}`, and give `{mend}`")),
        );
    }
}
