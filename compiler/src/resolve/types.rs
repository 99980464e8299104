//! Types as written become types.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use wf_diagnostics::codes::{names, types as codes, warnings};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{self, TypeExpr, TypeExprKind};
use wf_types::{Bound, DefId, Field, LambdaType, Literal, RecordType, Type, TypeDefs, TypeFn};

use super::scope::{Named, Scope, duplicate};
use super::seen::Seen;
use super::union::{Wrong, flatten};
use crate::check::expr::record::{MAX_FIELDS, too_many_fields};
use crate::check::hints::suggest::{Suggest, listed};
use crate::check::types::relate;

/// The types that need no declaration.
const PRIMITIVES: [(&str, Type); 10] = [
    ("bool", Type::Bool),
    ("int", Type::Int),
    ("float", Type::Float),
    ("string", Type::String),
    ("uuid", Type::Uuid),
    ("instant", Type::Instant),
    ("duration", Type::Duration),
    ("json", Type::Json),
    ("decimal", Type::Decimal),
    ("secret", Type::Secret),
];

/// What other languages call our types.
const FOREIGN: [(&str, &str); 55] = [
    ("str", "string"),
    ("text", "string"),
    ("String", "string"),
    ("number", "int`, `float` or `decimal"),
    ("money", "decimal"),
    ("numeric", "decimal"),
    ("BigDecimal", "decimal"),
    ("integer", "int"),
    ("Int", "int"),
    ("i64", "int"),
    ("long", "int"),
    ("double", "float"),
    ("f64", "float"),
    ("boolean", "bool"),
    ("Boolean", "bool"),
    ("any", "json"),
    ("object", "json"),
    ("unknown", "json"),
    ("Date", "instant"),
    ("datetime", "instant"),
    ("timestamp", "instant"),
    ("array", "list<T>"),
    ("dict", "map<T>"),
    ("Str", "string"),
    ("char", "string"),
    ("varchar", "string"),
    ("Number", "int`, `float` or `decimal"),
    ("Integer", "int"),
    ("int32", "int"),
    ("int64", "int"),
    ("i32", "int"),
    ("bigint", "int"),
    ("Float", "float"),
    ("Double", "float"),
    ("real", "float"),
    ("Bool", "bool"),
    ("Any", "json"),
    ("Object", "json"),
    ("mixed", "json"),
    ("JSON", "json"),
    ("date", "instant"),
    ("time", "instant"),
    ("DateTime", "instant"),
    ("Instant", "instant"),
    ("Timestamp", "instant"),
    ("timedelta", "duration"),
    ("Duration", "duration"),
    ("UUID", "uuid"),
    ("guid", "uuid"),
    ("Array", "list<T>"),
    ("List", "list<T>"),
    ("Dict", "map<T>"),
    ("Map", "map<T>"),
    ("Record", "map<T>"),
    ("password", "secret"),
];

/// What a type of another language is called here.
fn ours(name: &str) -> Option<&'static str> {
    FOREIGN.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours)
}

/// What is written for a type with arguments that another language has.
fn foreign_generic(name: &str, args: &[String]) -> Option<String> {
    let args: Vec<String> = args.iter().map(|arg| ours(arg).unwrap_or(arg).to_owned()).collect();
    let last = args.last().map_or("T", String::as_str);
    let args = args.as_slice();
    Some(match (name, args) {
        (
            "Array" | "List" | "Set" | "set" | "array" | "Sequence" | "Iterable" | "Vec" | "tuple"
            | "Tuple",
            _,
        ) => {
            format!("list<{last}>")
        }
        ("Record" | "Map" | "Dict" | "dict" | "object" | "HashMap" | "Mapping" | "map", _) => {
            format!("map<{last}>")
        }
        ("Optional" | "Option" | "Maybe" | "Nullable", _) => format!("{last}?"),
        ("Promise" | "Future" | "Awaitable" | "Partial" | "Readonly", _) => last.to_owned(),
        ("Union", _) => args.join(" | "),
        _ => return None,
    })
}

/// How deep a type may be nested.
const DEPTH: usize = 150;

/// Where the names of types are looked up.
pub(crate) struct TypeEnv<'a> {
    /// The named types.
    pub(crate) defs: &'a TypeDefs,
    /// The names of the file.
    pub(crate) scope: &'a Scope,
    /// The names that every program knows.
    pub(crate) prelude: &'a FxHashMap<SmolStr, DefId>,
    /// The parameters of a signature.
    pub(crate) params: &'a [SmolStr],
    /// The type parameters of the function whose body this is.
    pub(crate) opaque: &'a [(SmolStr, DefId)],
    /// Whether this is a signature, which may compute types and have lambdas.
    pub(crate) signature: bool,
    /// Whether all named types are known by now, so that unions can be flattened.
    pub(crate) complete: bool,
    /// For "did you mean".
    pub(crate) suggest: &'a Suggest,
}

/// What other languages call the type of null.
const NOTHING: [&str; 8] = ["undefined", "None", "nil", "Null", "NULL", "void", "never", "Void"];

impl TypeEnv<'_> {
    /// The type that is written; what is wrong with it is told and is [`Type::Error`].
    pub(crate) fn resolve(&self, ty: &TypeExpr, diagnostics: &mut Diagnostics) -> Type {
        self.resolve_at(ty, diagnostics, 0)
    }

    fn resolve_at(&self, ty: &TypeExpr, out: &mut Diagnostics, depth: usize) -> Type {
        if depth > DEPTH {
            out.push(too_deep(ty.span));
            return Type::Error;
        }
        match &ty.kind {
            TypeExprKind::Error => Type::Error,
            TypeExprKind::Null => Type::Null,
            TypeExprKind::String(template) => match template.as_text() {
                Some(text) => Type::Literal(Literal::String(text)),
                None => {
                    let message = "a literal type is a text without `{{ }}`";
                    out.push(Diagnostic::new(&codes::NOT_CONSTANT, ty.span, message));
                    Type::Error
                }
            },
            TypeExprKind::Int(value) => Type::Literal(Literal::Int(*value)),
            TypeExprKind::Bool(value) => Type::Literal(Literal::Bool(*value)),
            TypeExprKind::Paren(inner) => self.resolve_at(inner, out, depth + 1),
            TypeExprKind::Optional(inner) => {
                let inner = self.resolve_at(inner, out, depth + 1);
                if self.complete { relate::optional(self.defs, &inner) } else { inner.optional() }
            }
            TypeExprKind::Union(members) if self.unquoted(members).is_some() => {
                let (name, mend) = self.unquoted(members).unwrap_or_default();
                let message = format!("there is no type `{name}`");
                let help = format!("one of several texts is written in quotes: `{mend}`");
                let told = Diagnostic::new(&names::UNKNOWN_TYPE, ty.span, message);
                out.push(told.edit(ty.span, mend, help));
                Type::Error
            }
            TypeExprKind::Union(members) => {
                let members: Vec<_> =
                    members.iter().map(|m| (self.resolve_at(m, out, depth + 1), m.span)).collect();
                repeated(&members, out);
                self.union(members, ty.span, out)
            }
            TypeExprKind::Record(fields) => {
                Type::Record(Arc::new(self.record_at(fields, out, depth + 1)))
            }
            TypeExprKind::Lambda(params, result) => {
                let params = params.iter().map(|p| self.resolve_at(p, out, depth + 1)).collect();
                let result = self.resolve_at(result, out, depth + 1);
                if !self.signature {
                    let message = "a lambda can only be an argument, so no value has its type";
                    out.push(
                        Diagnostic::new(&codes::BAD_LAMBDA, ty.span, message)
                            .help("declare a `fn`, or pass the lambda where it is used"),
                    );
                    return Type::Error;
                }
                Type::Lambda(Arc::new(LambdaType { params, result }))
            }
            TypeExprKind::Name(name, args) => self.named(name, args, ty.span, out, depth),
        }
    }

    /// The fields of a record type, as written.
    pub(crate) fn record(&self, fields: &[ast::FieldType], out: &mut Diagnostics) -> RecordType {
        self.record_at(fields, out, 0)
    }

    fn record_at(
        &self,
        fields: &[ast::FieldType],
        out: &mut Diagnostics,
        depth: usize,
    ) -> RecordType {
        let mut seen: Seen<&str> = Seen::default();
        let mut record = RecordType { fields: Vec::with_capacity(fields.len().min(MAX_FIELDS)) };
        if let Some(extra) = fields.get(MAX_FIELDS) {
            out.push(too_many_fields(extra.name.span));
        }
        for field in fields.iter().take(MAX_FIELDS) {
            if let Some(first) = seen.insert(&field.name.text, field.name.span) {
                out.push(duplicate("field", &field.name.text, field.name.span, first));
                continue;
            }
            let ty = self.resolve_at(&field.ty, out, depth);
            record
                .fields
                .push(Field { doc: field.doc.clone(), ..Field::new(field.name.text.clone(), ty) });
        }
        record
    }

    fn union(&self, members: Vec<(Type, Span)>, span: Span, out: &mut Diagnostics) -> Type {
        let types: Vec<Type> = members.iter().map(|(ty, _)| ty.clone()).collect();
        if types.iter().any(Type::is_error) {
            return Type::Error;
        }
        if !self.complete {
            // Told here, where the place is known.
            if !self.signature && types.contains(&Type::Secret) {
                out.push(Wrong::Secret.diagnostic(span));
                return Type::Error;
            }
            return Type::Union(types.into());
        }
        match flatten(self.defs, &types, self.signature) {
            Ok(ty) => ty,
            Err(wrong) => {
                out.push(wrong.diagnostic(span));
                Type::Error
            }
        }
    }

    fn named(
        &self,
        name: &ast::Name,
        args: &[TypeExpr],
        span: Span,
        out: &mut Diagnostics,
        depth: usize,
    ) -> Type {
        let text = name.text.as_str();
        if let Some(i) = self.params.iter().position(|p| p == text) {
            return Type::Param(i as u16);
        }
        if let Some((_, id)) = self.opaque.iter().find(|(name, _)| name == text) {
            return Type::Named(*id);
        }
        let one = |out: &mut Diagnostics| match args {
            [arg] => Some(self.resolve_at(arg, out, depth + 1)),
            _ => {
                let message = format!("`{text}` takes one type, as in `{text}<string>`");
                let told = Diagnostic::new(&codes::TYPE_ARGUMENTS, span, message);
                out.push(match (text, args) {
                    ("map", [_, value]) => told.help(format!(
                        "the keys of a map are texts: write `map<{}>`",
                        written(value)
                    )),
                    _ => told.help(format!("write `{text}<T>`")),
                });
                None
            }
        };
        match text {
            "list" => return one(out).map_or(Type::Error, Type::list),
            "map" => return one(out).map_or(Type::Error, Type::map),
            _ => {}
        }
        if self.signature {
            let function = match text {
                "attributes" => Some(TypeFn::Attributes),
                "partial" => Some(TypeFn::Partial),
                "arguments" => Some(TypeFn::Arguments),
                "result" => Some(TypeFn::Result),
                _ => None,
            };
            if let Some(function) = function {
                return one(out).map_or(Type::Error, |t| Type::Apply(function, Arc::new(t)));
            }
        }
        if !args.is_empty() {
            let shown: Vec<String> = args.iter().map(written).collect();
            if self.scope.get(text).is_none()
                && let Some(mend) = foreign_generic(text, &shown)
            {
                let message = format!("there is no type `{text}`");
                let told = Diagnostic::new(&names::UNKNOWN_TYPE, span, message);
                out.push(told.edit(span, mend.clone(), format!("write `{mend}`")));
                return Type::Error;
            }
            let message = format!("the type `{text}` takes no type arguments");
            out.push(
                Diagnostic::new(&codes::TYPE_ARGUMENTS, span, message)
                    .help(format!("write `{text}`")),
            );
            return Type::Error;
        }
        match self.scope.get(text).map(|e| e.named) {
            Some(Named::Type(id)) => return Type::Named(id),
            Some(_) => {
                let message = format!("`{text}` is not a type");
                out.push(Diagnostic::new(&names::UNKNOWN_TYPE, name.span, message));
                return Type::Error;
            }
            None => {}
        }
        if let Some((_, ty)) = PRIMITIVES.iter().find(|(n, _)| *n == text) {
            return ty.clone();
        }
        if let Some(id) = self.prelude.get(text) {
            return Type::Named(*id);
        }
        out.push(self.unknown(name));
        Type::Error
    }

    /// `Open | Closed` where neither is a type: the first of them, and the union of texts.
    fn unquoted(&self, members: &[ast::TypeExpr]) -> Option<(SmolStr, String)> {
        let mut first = None;
        let mut texts = Vec::new();
        for member in members {
            match &member.kind {
                TypeExprKind::String(text) => {
                    let text = text.as_text().filter(|t| !t.contains(['"', '\\', '\n']))?;
                    texts.push(format!("\"{text}\""));
                }
                TypeExprKind::Name(name, args) if args.is_empty() => {
                    let known = PRIMITIVES.iter().map(|(n, _)| *n).chain(["list", "map"]);
                    let text = name.text.as_str();
                    let there = self.scope.get(text).is_some()
                        || self.prelude.contains_key(text)
                        || known.clone().any(|n| n == text)
                        || NOTHING.contains(&text)
                        || ours(text).is_some()
                        || self.scope.left_out(text).is_some()
                        || self.suggest.nearest(text, self.scope.types().chain(known)).is_some();
                    if there {
                        return None;
                    }
                    first.get_or_insert_with(|| name.text.clone());
                    texts.push(format!("\"{text}\""));
                }
                _ => return None,
            }
        }
        first.map(|name| (name, texts.join(" | ")))
    }

    fn unknown(&self, name: &ast::Name) -> Diagnostic {
        let message = format!("there is no type `{}`", name.text);
        let diagnostic = Diagnostic::new(&names::UNKNOWN_TYPE, name.span, message);
        if NOTHING.contains(&name.text.as_str()) {
            return diagnostic.help("what may be null is written with a `?`: `string?`");
        }
        if let Some(ours) = ours(&name.text) {
            return diagnostic.help(format!("it is called `{ours}` here"));
        }
        if let Some(left) = self.scope.left_out(&name.text) {
            return left.tell(diagnostic, &name.text);
        }
        let known = PRIMITIVES.iter().map(|(n, _)| *n).chain(["list", "map"]);
        match self.suggest.nearest(&name.text, self.scope.types().chain(known)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!(
                "declare it with `type {} = …`, or use one of {}",
                name.text,
                listed(PRIMITIVES.iter().map(|(n, _)| *n).filter(|n| *n != "secret"))
            )),
        }
    }
}

/// What a type given for a parameter must allow, by its word.
pub(crate) fn bound_of(word: &str) -> Option<Bound> {
    Some(match word {
        "ordered" => Bound::Ordered,
        "number" => Bound::Number,
        "entity" => Bound::Entity,
        "workflow" => Bound::Workflow,
        "border" => Bound::Border,
        "comparable" => Bound::Comparable,
        _ => return None,
    })
}

/// A type as it is written, where it is short.
fn written(ty: &ast::TypeExpr) -> String {
    match &ty.kind {
        ast::TypeExprKind::Name(name, args) if args.is_empty() => name.text.to_string(),
        ast::TypeExprKind::Name(name, args) => {
            let args: Vec<String> = args.iter().map(written).collect();
            format!("{}<{}>", name.text, args.join(", "))
        }
        ast::TypeExprKind::Optional(inner) => format!("{}?", written(inner)),
        _ => "T".to_owned(),
    }
}

/// Flattens the unions in a named type, once all of them are known.
pub(crate) fn complete(
    defs: &TypeDefs,
    ty: &Type,
    span: Span,
    out: &mut Diagnostics,
    depth: usize,
) -> Type {
    let mut again = |t: &Type| complete(defs, t, span, out, depth + 1);
    match ty {
        _ if depth > DEPTH * 2 => Type::Error,
        Type::Optional(t) => relate::optional(defs, &again(t)),
        Type::List(t) => again(t).list(),
        Type::Map(t) => again(t).map(),
        Type::Record(record) => Type::record(
            record.fields.iter().map(|f| Field { ty: again(&f.ty), ..f.clone() }).collect(),
        ),
        Type::Union(members) => match flatten(defs, members, false) {
            // What came out of other names is not complete in itself yet.
            Ok(flat) => members_of(&flat, &mut again),
            Err(wrong) => {
                out.push(wrong.diagnostic(span));
                Type::Error
            }
        },
        _ => ty.clone(),
    }
}

/// A flat type with each of its members changed.
fn members_of(ty: &Type, change: &mut dyn FnMut(&Type) -> Type) -> Type {
    match ty {
        Type::Optional(inner) => members_of(inner, change).optional(),
        Type::Union(members) => Type::Union(members.iter().map(change).collect()),
        other => change(other),
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(&codes::TOO_DEEP, span, "this type is nested too deeply")
        .help("give the inner parts names with `type Name = …`")
}

/// A literal that a union names twice.
fn repeated(members: &[(Type, Span)], out: &mut Diagnostics) {
    let mut seen: FxHashMap<&Literal, Span> = FxHashMap::default();
    for (ty, span) in members {
        if let Type::Literal(literal) = ty
            && let Some(first) = seen.insert(literal, *span)
        {
            let shown = match literal {
                Literal::String(text) => format!("\"{text}\""),
                Literal::Int(number) => number.to_string(),
                Literal::Bool(truth) => truth.to_string(),
            };
            let message = format!("`{shown}` is a choice already");
            out.push(
                Diagnostic::new(&warnings::REPEATED_CHOICE, *span, message)
                    .with(first, "it stands here")
                    .help("leave one of them out"),
            );
        }
    }
}
