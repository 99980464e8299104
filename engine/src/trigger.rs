//! From what a run is started with to the typed context of its trigger.

use wf_bytecode::{Program, TriggerInfo, TriggerKind, TypeDesc, TypeIdx, WorkflowInfo};
use wf_diagnostics::{Diagnostic, codes::runs};
use wf_vm::value::decode::{decode_text, type_name};
use wf_vm::value::json::write_json;
use wf_vm::{Failure, Value};

use crate::clock::instant_text;
use crate::object::{Object, quoted};

/// What is known when a run starts.
pub(crate) struct Start<'a> {
    pub(crate) program: &'a std::sync::Arc<Program>,
    /// Calls a closure of the program that has no parameters.
    pub(crate) closures: &'a dyn Fn(u16) -> Result<Value, Failure>,
    pub(crate) run: uuid::Uuid,
    /// In microseconds since 1970.
    pub(crate) now: i64,
}

impl Start<'_> {
    /// The context of a trigger of a workflow, from JSON text and from arguments by name.
    ///
    /// What the kind of trigger can know is filled in: the single event of an entity trigger, the
    /// fields that every entity has, empty headers, the time and the cron text of a schedule, the
    /// defaults of arguments.
    pub(crate) fn context(
        &self,
        workflow: &WorkflowInfo,
        info: &TriggerInfo,
        trigger: Option<&str>,
        arguments: &[(String, String)],
    ) -> Result<Value, Box<Diagnostic>> {
        let bad =
            |message: String| Box::new(Diagnostic::new(&runs::BAD_TRIGGER, info.span, message));
        let mut object = match trigger {
            Some(text) => Object::parse(text)
                .map_err(|e| bad(format!("the trigger is not a JSON object: {e}")))
                .map_err(|e| Box::new(e.help(form(&info.kind))))?,
            None => Object::default(),
        };
        if !arguments.is_empty() && !matches!(info.kind, TriggerKind::Function { .. }) {
            return Err(bad(format!("`{}` is not started by a function call", workflow.name)));
        }
        match &info.kind {
            TriggerKind::Entity { entity, events, .. } => {
                self.complete_entity_event(&mut object, *entity, events)
            }
            TriggerKind::Webhook { .. } => self.complete_webhook(&mut object, info.context),
            TriggerKind::Schedule { cron, .. } => self.complete_schedule(&mut object, cron),
            TriggerKind::Function { .. } => self.complete_call(&mut object, info, arguments),
        }
        .map_err(bad)?;
        decode_text(&object.to_text(), info.context, self.program).map_err(|e| {
            let found = format!("the trigger does not fit: {e}");
            let label = "this is the type that it must have";
            let told = Diagnostic::new(&runs::BAD_TRIGGER, info.span, found).label(label);
            let told = match self.program.declarations.find(info.span, &e.path) {
                Some(declared) => told.with(declared, "declared here"),
                None => told,
            };
            Box::new(told.help(form(&info.kind)))
        })
    }

    fn complete_entity_event(
        &self,
        object: &mut Object,
        entity: u16,
        events: &[smol_str::SmolStr],
    ) -> Result<(), String> {
        if let ([only], None) = (events, object.get("eventType")) {
            object.set_string("eventType", only);
        }
        let Some(info) = self.program.entities.get(entity as usize) else {
            return Err("the program has no such entity".into());
        };
        for field in ["entity", "previousEntity"] {
            let Some(text) = object.get(field).filter(|text| text.trim_start().starts_with('{'))
            else {
                continue;
            };
            let mut row = Object::parse(text).map_err(|e| format!("`{field}`: {e}"))?;
            let now = instant_text(self.now);
            let type_id = wf_stdlib::entity_type_id(&info.name);
            let id = uuid::Uuid::new_v5(&self.run, field.as_bytes());
            for (name, value) in [
                ("id", id.to_string()),
                ("typeId", type_id.to_string()),
                ("createdAt", now.clone()),
                ("updatedAt", now),
            ] {
                if row.get(name).is_none() {
                    row.set_string(name, &value);
                }
            }
            for (name, json) in &info.defaults {
                if row.get(name).is_none() {
                    row.set(name, json.to_string()).map_err(|e| e.to_string())?;
                }
            }
            object.set(field, row.to_text()).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    fn complete_webhook(&self, object: &mut Object, context: TypeIdx) -> Result<(), String> {
        if object.get("rawBody").is_none() {
            let raw = object.get("body").unwrap_or("").to_owned();
            object.set_string("rawBody", &raw);
        }
        if object.get("body").is_none() {
            object.set("body", "null".into()).map_err(|e| e.to_string())?;
        }
        let headers = match object.get("headers") {
            Some(text) => lower_case_names(text).map_err(|e| format!("`headers`: {e}"))?,
            None => Object::default(),
        };
        object.set("headers", headers.to_text()).map_err(|e| e.to_string())?;
        for part in ["queryParams", "pathParams"] {
            let text = object.get(part).unwrap_or("{}");
            let mut params = Object::parse(text).map_err(|e| format!("`{part}`: {e}"))?;
            if let Some(ty) = self.field_type(context, part) {
                self.read_texts(&mut params, ty);
            }
            object.set(part, params.to_text()).map_err(|e| e.to_string())?;
        }
        if let (Some(text), Some(ty)) = (object.get("headers"), self.field_type(context, "headers"))
        {
            let mut headers = Object::parse(text).map_err(|e| e.to_string())?;
            self.read_texts(&mut headers, ty);
            object.set("headers", headers.to_text()).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Parameters come as text: where a number or a bool is declared, the text is read as one.
    fn read_texts(&self, params: &mut Object, record: TypeIdx) {
        let texts: Vec<(String, String)> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for (name, value) in texts {
            let Some(ty) = self.field_type(record, &name) else { continue };
            let Ok(text) = serde_json::from_str::<String>(&value) else { continue };
            if self.is_written_bare(ty) {
                // What is no number or bool stays a string, and the decoder says what is wrong.
                let _ = serde_json::from_str::<serde_json::Value>(&text)
                    .ok()
                    .filter(|v| v.is_number() || v.is_boolean())
                    .map(|_| params.set(&name, text));
            }
        }
    }

    fn complete_schedule(&self, object: &mut Object, cron: &str) -> Result<(), String> {
        if object.get("scheduledAt").is_none() {
            object.set_string("scheduledAt", &instant_text(self.now));
        }
        if object.get("cronExpression").is_none() {
            object.set_string("cronExpression", cron);
        }
        Ok(())
    }

    fn complete_call(
        &self,
        object: &mut Object,
        info: &TriggerInfo,
        given: &[(String, String)],
    ) -> Result<(), String> {
        let TriggerKind::Function { arguments } = &info.kind else { return Ok(()) };
        let text = object.get("arguments").unwrap_or("{}");
        let mut values = Object::parse(text).map_err(|e| format!("`arguments`: {e}"))?;
        for (name, text) in given {
            let argument = arguments.iter().find(|a| a.name == name.as_str());
            match argument {
                Some(argument) if self.is_read_as_json(argument.ty, text) => {
                    let set = values.set(name, text.clone());
                    set.map_err(|_| {
                        let wanted = type_name(argument.ty, self.program);
                        format!("argument `{name}` is `{wanted}`, but `{text}` was given")
                    })?;
                }
                _ => values.set_string(name, text),
            }
        }
        let unknown = values.names().find(|name| arguments.iter().all(|a| a.name != *name));
        if let Some(name) = unknown {
            let known: Vec<String> = arguments.iter().map(|a| format!("`{}`", a.name)).collect();
            return Err(match known.as_slice() {
                [] => format!("there is no argument `{name}`: the workflow takes none"),
                _ => {
                    format!("there is no argument `{name}`: the arguments are {}", known.join(", "))
                }
            });
        }
        for argument in arguments {
            if let (None, Some(function)) = (values.get(&argument.name), argument.default) {
                let json = self.closure_json(function)?;
                values.set(&argument.name, json).map_err(|e| e.to_string())?;
            }
        }
        object.set("arguments", values.to_text()).map_err(|e| e.to_string())
    }

    /// The JSON of what a closure without parameters gives.
    pub(crate) fn closure_json(&self, function: u16) -> Result<String, String> {
        let value = (self.closures)(function).map_err(|failure| failure.message)?;
        let mut json = String::new();
        write_json(&value, self.program, &mut json).map_err(|failure| failure.message)?;
        Ok(json)
    }

    fn field_type(&self, record: TypeIdx, name: &str) -> Option<TypeIdx> {
        match self.program.types.get(record.0 as usize)? {
            TypeDesc::Record { shape, fields, .. } => {
                let names = &self.program.shapes.get(shape.0 as usize)?.fields;
                let slot = names.iter().position(|field| field == name)?;
                fields.get(slot).map(|field| field.ty)
            }
            _ => None,
        }
    }

    /// Whether a text that is given for the type is JSON: always where the type has no strings, and
    /// where it has others too if the text is JSON of one of these.
    fn is_read_as_json(&self, ty: TypeIdx, text: &str) -> bool {
        let members = match self.program.types.get(usize::from(ty.0)) {
            Some(TypeDesc::Optional(inner)) => return self.is_read_as_json(*inner, text),
            Some(TypeDesc::Union(members)) => members,
            _ => return self.is_written_bare(ty),
        };
        let fits = |m: &&TypeIdx| decode_text(text, **m, self.program).is_ok();
        members.iter().all(|m| self.is_written_bare(*m))
            || members.iter().filter(|m| self.is_written_bare(**m)).any(|m| fits(&m))
    }

    /// Whether values of the type are JSON that is no string: a text given for one is read as JSON.
    fn is_written_bare(&self, ty: TypeIdx) -> bool {
        match self.program.types.get(ty.0 as usize) {
            Some(TypeDesc::Optional(inner)) => self.is_written_bare(*inner),
            Some(TypeDesc::Reduced { of, .. }) => self.is_written_bare(*of),
            Some(TypeDesc::Union(members)) => members.iter().all(|m| self.is_written_bare(*m)),
            Some(
                TypeDesc::String
                | TypeDesc::LiteralString(_)
                | TypeDesc::Uuid
                | TypeDesc::Instant
                | TypeDesc::Duration
                | TypeDesc::Secret,
            ) => false,
            _ => true,
        }
    }
}

/// Header names in lower case, values of a repeated name joined.
fn lower_case_names(text: &str) -> Result<Object, String> {
    let given = Object::parse(text).map_err(|e| e.to_string())?;
    let mut headers = Object::default();
    for (name, value) in given.iter() {
        let name = name.to_lowercase();
        let value = match headers.get(&name) {
            Some(before) => {
                let texts =
                    (serde_json::from_str::<String>(before), serde_json::from_str::<String>(value));
                let (Ok(before), Ok(value)) = texts else {
                    return Err(format!("`{name}` must be a string"));
                };
                quoted(&format!("{before}, {value}"))
            }
            None => value.to_owned(),
        };
        headers.set(&name, value).map_err(|e| e.to_string())?;
    }
    Ok(headers)
}

/// What a trigger of this kind looks like as JSON.
fn form(kind: &TriggerKind) -> String {
    match kind {
        TriggerKind::Entity { events, .. } => {
            let event = events.first().map_or("created", |e| e.as_str());
            format!("give `{{\"eventType\": \"{event}\", \"entity\": {{…}}}}`")
        }
        TriggerKind::Webhook { .. } => {
            "give `{\"headers\": {…}, \"body\": …, \"queryParams\": {…}, \"pathParams\": {…}}`"
                .into()
        }
        TriggerKind::Schedule { .. } => {
            "give `{\"scheduledAt\": \"2026-01-31T09:00:00Z\"}`, or nothing".into()
        }
        TriggerKind::Function { .. } => "give `{\"arguments\": {…}}`".into(),
    }
}
