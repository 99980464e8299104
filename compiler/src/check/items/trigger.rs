//! What starts a workflow, and the type of `trigger`.

use smol_str::SmolStr;
use wf_diagnostics::codes::{names, nodes, paths, types};
use wf_diagnostics::{Diagnostic, Diagnostics, Span};
use wf_grammar::ast::{self, EntityEvent, TriggerKind};
use wf_types::{Bound, DefKind, Field, Literal, RecordType, Type};

use crate::check::body::Body;
use crate::check::expr::lambda::Wanted;
use crate::check::expr::record::{MAX_FIELDS, too_many_fields};
use crate::check::globals::{Globals, TriggerCase};
use crate::check::items::{border_type, schedule};
use crate::check::types::{relate, secret};
use crate::resolve::scope::{Named, duplicate};
use crate::resolve::seen::Seen;
use crate::typed;

/// What starts a workflow: for each trigger its name, the type of `trigger`, and the arguments of
/// a function trigger.
pub(crate) fn cases(
    globals: &Globals<'_>,
    unit: usize,
    workflow: &ast::Workflow,
    out: &mut Diagnostics,
) -> Vec<TriggerCase> {
    if workflow.triggers.is_empty() {
        let message = format!("nothing starts the workflow `{}`", workflow.name.text);
        out.push(
            Diagnostic::new(&nodes::NO_TRIGGER, workflow.name.span, message)
                .help("begin it with a trigger, as in `trigger function(name: string)`"),
        );
        let name = SmolStr::default();
        return vec![TriggerCase { name, context: Type::Error, arguments: None }];
    }
    let several = workflow.triggers.len() > 1;
    let mut seen: Seen<&str> = Seen::default();
    let mut cases = Vec::with_capacity(workflow.triggers.len());
    for trigger in &workflow.triggers {
        match &trigger.alias {
            Some(name) => {
                if let Some(first) = seen.insert(&name.text, name.span) {
                    out.push(duplicate("trigger", &name.text, name.span, first));
                }
            }
            None if several && !matches!(trigger.kind, TriggerKind::Error) => {
                out.push(unnamed(trigger));
            }
            None => {}
        }
        let (context, arguments) = context(globals, unit, trigger, out);
        let name = trigger.alias.as_ref().map(|name| name.text.clone()).unwrap_or_default();
        cases.push(TriggerCase { name, context, arguments });
    }
    cases
}

fn unnamed(trigger: &ast::Trigger) -> Diagnostic {
    let example = match &trigger.kind {
        TriggerKind::Entity { .. } => "changed",
        TriggerKind::Webhook { .. } => "received",
        TriggerKind::Schedule { .. } => "daily",
        TriggerKind::Function { .. } | TriggerKind::Error => "asked",
    };
    let message = "a trigger among several needs a name";
    Diagnostic::new(&nodes::UNNAMED_TRIGGER, trigger.span, message)
        .help(format!("write one behind it, as in `as {example}`: `match trigger` takes the names"))
}

/// The type of `trigger`, and the arguments of a function trigger.
fn context(
    globals: &Globals<'_>,
    unit: usize,
    trigger: &ast::Trigger,
    out: &mut Diagnostics,
) -> (Type, Option<RecordType>) {
    match &trigger.kind {
        TriggerKind::Error => (Type::Error, None),
        TriggerKind::Entity { entity, events, .. } => {
            (entity_context(globals, unit, entity, events, out), None)
        }
        TriggerKind::Webhook { method, path, parts } => {
            (webhook_context(globals, unit, method, path, parts, out), None)
        }
        TriggerKind::Schedule { cron, zone } => {
            schedule::check_schedule(globals, cron, zone.as_ref(), out);
            let fields = vec![
                Field::new("scheduledAt", Type::Instant),
                Field::new("cronExpression", Type::String),
            ];
            (Type::record(fields), None)
        }
        TriggerKind::Function { params } => {
            let arguments = arguments(globals, unit, params, out);
            let plain = arguments.fields.iter().map(|f| Field { has_default: false, ..f.clone() });
            let fields = vec![Field::new("arguments", Type::record(plain.collect()))];
            (Type::record(fields), Some(arguments))
        }
    }
}

fn arguments(
    globals: &Globals<'_>,
    unit: usize,
    params: &[ast::Param],
    out: &mut Diagnostics,
) -> RecordType {
    let mut seen: Seen<&str> = Seen::default();
    let mut record = RecordType::default();
    if let Some(extra) = params.get(MAX_FIELDS) {
        out.push(too_many_fields(extra.name.span));
    }
    for param in params.iter().take(MAX_FIELDS) {
        let mut ty = globals.types(unit).resolve(&param.ty, out);
        if secret::holds(&globals.defs, &ty) {
            let message = format!("the argument `{}` can't be a `secret`", param.name.text);
            let help = "a trigger is kept and shown: declare it in `config { … }`, whose values are given when a run starts";
            out.push(Diagnostic::new(&types::SECRET, param.ty.span, message).help(help));
            ty = Type::Error;
        }
        crate::check::types::union::border::check(globals, &ty, param.ty.span, out);
        if let Some(first) = seen.insert(&param.name.text, param.name.span) {
            out.push(duplicate("argument", &param.name.text, param.name.span, first));
            continue;
        }
        record.fields.push(Field {
            has_default: param.default.is_some(),
            ..Field::new(param.name.text.clone(), ty)
        });
    }
    record
}

fn entity_context(
    globals: &Globals<'_>,
    unit: usize,
    name: &ast::Name,
    events: &[(EntityEvent, Span)],
    out: &mut Diagnostics,
) -> Type {
    let entity = find_entity(globals, unit, name, out);
    let mut kinds: Vec<EntityEvent> = Vec::new();
    for (event, span) in events {
        if kinds.contains(event) {
            let first = events.iter().find(|(e, _)| e == event).map_or(*span, |(_, s)| *s);
            out.push(duplicate("event", event_name(*event), *span, first));
        } else {
            kinds.push(*event);
        }
    }
    let context = |kinds: &[EntityEvent]| {
        let names = kinds.iter().map(|e| Literal::String(event_name(*e).into()));
        let event = relate::of_literals(names.collect());
        let mut fields = vec![Field::new("eventType", event), Field::new("entity", entity.clone())];
        if kinds == [EntityEvent::Updated] {
            fields.push(Field::new("previousEntity", entity.clone()));
        }
        Type::record(fields)
    };
    // Only an update has a previous entity; all others look the same.
    let others: Vec<EntityEvent> =
        kinds.iter().copied().filter(|e| *e != EntityEvent::Updated).collect();
    if others.is_empty() || others.len() == kinds.len() {
        return context(&kinds);
    }
    let mut members = vec![context(&others), context(&[EntityEvent::Updated])];
    if kinds.first() == Some(&EntityEvent::Updated) {
        members.reverse();
    }
    Type::Union(members.into())
}

/// The word of an event.
pub(crate) fn event_name(event: EntityEvent) -> &'static str {
    match event {
        EntityEvent::Created => "created",
        EntityEvent::Updated => "updated",
        EntityEvent::Deleted => "deleted",
    }
}

fn find_entity(
    globals: &Globals<'_>,
    unit: usize,
    name: &ast::Name,
    out: &mut Diagnostics,
) -> Type {
    let is_entity = |n: &str| match globals.scopes[unit].get(n).map(|e| e.named) {
        Some(Named::Type(id)) => {
            matches!(globals.defs.get(id).kind, DefKind::Entity(_)).then_some(id)
        }
        _ => None,
    };
    if let Some(id) = is_entity(&name.text) {
        return Type::Named(id);
    }
    let message = match globals.scopes[unit].get(&name.text) {
        Some(_) => format!("`{}` is not an entity", name.text),
        None => format!("there is no entity `{}`", name.text),
    };
    let all = globals.scopes[unit].types().filter(|n| is_entity(n).is_some());
    let help = match globals.suggest.nearest(&name.text, all) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it with `entity {} {{ … }}`", name.text),
    };
    out.push(Diagnostic::new(&names::UNKNOWN_ENTITY, name.span, message).help(help));
    Type::Error
}

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
const PARTS: [&str; 5] = ["body", "queryParams", "headers", "pathParams", "strict"];

fn webhook_context(
    globals: &Globals<'_>,
    unit: usize,
    method: &ast::Name,
    path: &ast::Template,
    parts: &[ast::FieldType],
    out: &mut Diagnostics,
) -> Type {
    if !METHODS.contains(&method.text.as_str()) {
        let message = format!("there is no method `{}`", method.text);
        let help = format!("methods are {}", crate::check::hints::suggest::listed(METHODS));
        out.push(Diagnostic::new(&nodes::BAD_WEBHOOK, method.span, message).help(help));
    }
    let path_names = path_params(path, out);
    let declared = globals.types(unit).record(parts, out);
    for (part, field) in parts.iter().zip(&declared.fields) {
        if !PARTS.contains(&part.name.text.as_str()) {
            let message = format!("a webhook has no part `{}`", part.name.text);
            let help = match globals.suggest.nearest(&part.name.text, PARTS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its parts are {}", crate::check::hints::suggest::listed(PARTS)),
            };
            out.push(Diagnostic::new(&nodes::BAD_WEBHOOK, part.name.span, message).help(help));
        } else if part.name.text == "strict" {
            if !matches!(part.ty.kind, ast::TypeExprKind::Bool(_)) {
                let message = "`strict` is neither `true` nor `false` here";
                out.push(Diagnostic::new(&nodes::BAD_WEBHOOK, part.ty.span, message));
            }
        } else if !relate::allows(&globals.defs, Bound::Border, &field.ty) {
            out.push(border_type(globals, &field.ty, part.ty.span));
        } else if part.name.text != "body" {
            text_part(globals, part, &field.ty, out);
        } else {
            crate::check::types::union::border::check(globals, &field.ty, part.ty.span, out);
        }
    }
    let part = |name: &str| declared.field(name).map(|(_, f)| f.ty.clone());
    let path_type = part("pathParams").unwrap_or_else(|| {
        let fields = path_names.iter().map(|n| Field::new(n.clone(), Type::String));
        Type::record(fields.collect())
    });
    if let Some(at) = parts.iter().find(|p| p.name.text == "pathParams")
        && let Some(record) = globals.defs.record(&path_type)
    {
        for field in record.fields.iter().filter(|f| !path_names.contains(&f.name)) {
            let names: Vec<String> = path_names.iter().map(|n| format!("`{n}`")).collect();
            let help = match globals
                .suggest
                .nearest(&field.name, path_names.iter().map(SmolStr::as_str))
            {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => {
                    format!("the path has no parts at all: write `…/{{{}}}`", field.name)
                }
                None => format!("its parts are {}", names.join(", ")),
            };
            let message = format!("the path has no part `{{{}}}`", field.name);
            out.push(
                Diagnostic::new(&nodes::BAD_WEBHOOK, at.ty.span, message)
                    .with(path.span, "the path is this")
                    .help(help),
            );
        }
    }
    Type::record(vec![
        Field::new("headers", part("headers").map_or_else(|| Type::String.map(), lower_names)),
        Field::new("body", part("body").unwrap_or(Type::Json)),
        Field::new("queryParams", part("queryParams").unwrap_or_else(|| Type::String.map())),
        Field::new("pathParams", path_type),
        Field::new("rawBody", Type::String),
    ])
}

/// The headers with the names that they have: that they are written otherwise is told already.
fn lower_names(headers: Type) -> Type {
    let Type::Record(record) = &headers else { return headers };
    let lower = |field: &Field| Field { name: field.name.to_lowercase().into(), ..field.clone() };
    Type::record(record.fields.iter().map(lower).collect())
}

/// Headers and parameters are texts: a record of what texts can be read as.
fn text_part(globals: &Globals<'_>, part: &ast::FieldType, ty: &Type, out: &mut Diagnostics) {
    let Some(record) = globals.defs.record(ty) else {
        if !matches!(globals.defs.peel(ty), Type::Map(_) | Type::Error) {
            let message = format!("`{}` is a record of its values", part.name.text);
            let help = format!("write it as `{}: {{ name: string }}`", part.name.text);
            out.push(Diagnostic::new(&nodes::BAD_WEBHOOK, part.ty.span, message).help(help));
        }
        return;
    };
    for field in &record.fields {
        let plain = relate::base(&globals.defs, &relate::non_null(&globals.defs, &field.ty));
        let fits = matches!(
            plain,
            Type::String
                | Type::Int
                | Type::Float
                | Type::Decimal
                | Type::Bool
                | Type::Uuid
                | Type::Instant
                | Type::Duration
                | Type::Error
        );
        if !fits {
            let message = format!(
                "`{}` can't be read from a text as `{}`",
                field.name,
                globals.show(&field.ty)
            );
            let span = match &part.ty.kind {
                ast::TypeExprKind::Record(fields) => fields
                    .iter()
                    .find(|written| written.name.text == field.name)
                    .map_or(part.ty.span, |written| written.ty.span),
                _ => part.ty.span,
            };
            out.push(
                Diagnostic::new(&nodes::BAD_WEBHOOK, span, message)
                    .help("take a `string`, and read it with `split`, `parseJson` or `decode`"),
            );
        }
        if part.name.text == "headers" && field.name.chars().any(char::is_uppercase) {
            let lower = field.name.to_lowercase();
            let message =
                format!("received headers have lower-case names, `{}` has capitals", field.name);
            let span = match &part.ty.kind {
                ast::TypeExprKind::Record(fields) => fields
                    .iter()
                    .find(|f| f.name.text == field.name)
                    .map_or(part.ty.span, |f| f.name.span),
                _ => part.ty.span,
            };
            out.push(
                Diagnostic::new(&paths::HEADER_CASE, span, message)
                    .help(format!("write it as `\"{lower}\"`")),
            );
        }
    }
}

/// The names of the `{parameters}` of a path.
fn path_params(path: &ast::Template, out: &mut Diagnostics) -> Vec<SmolStr> {
    let wrong = |message: String| {
        Diagnostic::new(&nodes::BAD_WEBHOOK, path.span, message)
            .help("a path is written as `\"/leads/{source}\"`")
    };
    let Some(text) = path.as_text() else {
        out.push(wrong("the path of a webhook is a text without `{{ }}`".to_owned()));
        return Vec::new();
    };
    if !text.starts_with('/') {
        out.push(wrong(format!("the path `{text}` does not begin with `/`")));
    }
    if text.contains([' ', '?', '#', '\n']) {
        out.push(wrong(format!("the path `{text}` holds a blank, `?` or `#`")));
    }
    let mut names: Vec<SmolStr> = Vec::new();
    for segment in text.split('/') {
        let inner = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
        let good = |n: &str| {
            !n.is_empty()
                && !n.starts_with(|c: char| c.is_ascii_digit())
                && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        match inner {
            Some(name) if !good(name) => {
                out.push(wrong(format!("`{{{name}}}` is not a name in braces")));
            }
            Some(name) if names.iter().any(|n| n == name) => {
                out.push(wrong(format!("the path has two parameters `{name}`")));
            }
            Some(name) => names.push(name.into()),
            None if segment.len() > 1 && segment.starts_with(':') && good(&segment[1..]) => {
                let name = &segment[1..];
                let mend = text.replacen(&format!("/{segment}"), &format!("/{{{name}}}"), 1);
                out.push(
                    Diagnostic::new(
                        &nodes::BAD_WEBHOOK,
                        path.span,
                        format!("a part of a path is written in braces, not `{segment}`"),
                    )
                    .edit(
                        path.span,
                        format!("\"{mend}\""),
                        format!("write `\"{mend}\"`"),
                    ),
                );
                names.push(name.into());
            }
            None if segment.contains(['{', '}']) => {
                out.push(wrong(format!(
                    "a parameter is a whole part of the path, not in `{segment}`"
                )));
            }
            None => {}
        }
    }
    names
}

impl<'g> Body<'g> {
    /// The typed triggers of a workflow, with their defaults and filters checked.
    pub(crate) fn check_triggers(
        &mut self,
        workflow: &'g ast::Workflow,
    ) -> Option<Vec<typed::WorkflowTrigger>> {
        let info = self.workflow_info()?;
        let mut typed = Vec::with_capacity(workflow.triggers.len());
        for (trigger, case) in workflow.triggers.iter().zip(&info.triggers) {
            let kind = self.check_trigger(trigger, case);
            typed.push(kind.map(|kind| typed::WorkflowTrigger {
                name: case.name.clone(),
                kind,
                context: case.context.clone(),
            }));
        }
        let typed: Option<Vec<_>> = typed.into_iter().collect();
        typed.filter(|triggers| !triggers.is_empty())
    }

    fn check_trigger(
        &mut self,
        trigger: &'g ast::Trigger,
        case: &TriggerCase,
    ) -> Option<typed::Trigger> {
        let span = trigger.span;
        match &trigger.kind {
            TriggerKind::Error => None,
            TriggerKind::Entity { entity, events, filter, including_own } => {
                let named = self.g.scopes[self.unit].get(&entity.text)?.named;
                let Named::Type(def) = named else { return None };
                let filter = filter.as_ref().map(|lambda| {
                    self.isolated(|body| {
                        let params = [Type::Named(def)];
                        body.in_filter = true;
                        let typed = body.lambda(lambda, &params, Wanted::Type(&Type::Bool)).0;
                        body.in_filter = false;
                        typed
                    })
                });
                let events = events.iter().map(|(e, _)| event_name(*e).into()).collect();
                let including_own = *including_own;
                Some(typed::Trigger::Entity { def, events, filter, including_own, span })
            }
            TriggerKind::Webhook { method, path, parts } => Some(typed::Trigger::Webhook {
                method: method.text.clone(),
                path: path.as_text()?,
                strict: parts.iter().any(|part| {
                    part.name.text == "strict"
                        && matches!(part.ty.kind, ast::TypeExprKind::Bool(true))
                }),
                span,
            }),
            TriggerKind::Schedule { cron, zone } => Some(typed::Trigger::Schedule {
                cron: cron.as_text()?,
                zone: zone.as_ref().map_or(Some("UTC".into()), ast::Template::as_text)?,
                span,
            }),
            TriggerKind::Function { params } => {
                let record = case.arguments.as_ref()?;
                let mut arguments = Vec::new();
                for field in &record.fields {
                    let param = params.iter().find(|p| p.name.text == field.name)?;
                    let what = format!("the argument `{}`", field.name);
                    let at = param.ty.span;
                    let default = param.default.as_ref().map(|default| {
                        self.isolated(|body| body.default_from(default, &field.ty, at, &what))
                    });
                    let (name, ty) = (field.name.clone(), field.ty.clone());
                    arguments.push(typed::Argument { name, ty, default });
                }
                Some(typed::Trigger::Function { arguments, span })
            }
        }
    }
}
