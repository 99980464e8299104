//! The nodes of entities, over rows that are plain lists.

use wf_compiler::typed::{Lambda, NodeStep, StepTarget};
use wf_types::{DefId, Type};

use super::read;
use super::state::{Evaluator, Kind, Outcome, Stop};
use super::text::json_text;
use super::value::{Val, compare};
use crate::soak::world::NOW;

/// The rows of one entity.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    entity: DefId,
    rows: Vec<Val>,
}

/// What a node gives: its output, or the code of its failure.
type Answer = Result<Val, String>;

impl<'p> Evaluator<'p> {
    /// Fills an entity with rows, the oldest first; `None` where one does not fit.
    pub fn load(&mut self, entity: &str, rows: &[String]) -> Option<()> {
        let def = self.program.entities.iter().map(|e| e.def);
        let entity = def.into_iter().find(|d| self.program.defs.get(*d).name == entity)?;
        let ty = Type::Named(entity);
        let read = |text: &String| {
            let json = add_type_id(read::parse(text)?);
            read::decode(&json, &ty, &self.program.defs, true)
        };
        let rows = rows.iter().map(read).collect::<Option<_>>()?;
        self.entities.push(Rows { entity, rows });
        Some(())
    }

    /// Carries out a node of entities.
    pub(super) fn entity_node(&mut self, step: &'p NodeStep, input: &Val) -> Outcome<Answer> {
        let StepTarget::Node { name, type_args, .. } = &step.target else {
            return Err(self.broken("no node"));
        };
        let Some(Type::Named(entity)) = type_args.first() else {
            return Err(self.broken("no entity is given"));
        };
        let place = match self.entities.iter().position(|r| r.entity == *entity) {
            Some(place) => place,
            None => {
                self.entities.push(Rows { entity: *entity, rows: Vec::new() });
                self.entities.len() - 1
            }
        };
        let mut rows = self.entities.get(place).map(|r| r.rows.clone()).unwrap_or_default();
        let answer = match name.as_str() {
            "entity.query" => self.query(&rows, input),
            "entity.get" => {
                let found = row_of(&rows, input).and_then(|at| rows.get(at).cloned());
                Ok(Ok(output(vec![("entity", found.unwrap_or(Val::Null))])))
            }
            "entity.update" => self.update(*entity, &mut rows, input),
            "entity.delete" => {
                let found = row_of(&rows, input);
                if let Some(at) = found {
                    rows.remove(at);
                }
                let id = input.field("id").cloned().unwrap_or(Val::Null);
                Ok(Ok(output(vec![("entityId", id), ("deleted", Val::Bool(found.is_some()))])))
            }
            "entity.create" => {
                let row = self.new_row(*entity, input)?;
                rows.push(row.clone());
                let id = row.field("id").cloned().unwrap_or(Val::Null);
                Ok(Ok(output(vec![
                    ("entityId", id),
                    ("entityTypeId", Val::Uuid(0)),
                    ("payload", row),
                ])))
            }
            "entity.upsert" => self.upsert(*entity, &mut rows, input),
            _ => return Err(self.broken("no node of entities")),
        };
        let answer = match answer {
            Ok(answer) => answer,
            // A failure of a lambda is the failure of the node.
            Err(Stop::Fault(fault)) if fault.kind == Kind::Pure => Err(fault.code),
            Err(stop) => return Err(stop),
        };
        if let (Ok(_), Some(place)) = (&answer, self.entities.get_mut(place)) {
            place.rows = rows;
        }
        Ok(answer)
    }

    /// Calls the lambda of an input, where there is one.
    fn call_lambda(&mut self, input: &Val, name: &str, row: &Val) -> Outcome<Option<Val>> {
        let Some(Val::Lambda(at)) = input.field(name) else { return Ok(None) };
        let Some(lambda) = self.lambdas.get(*at).copied() else {
            return Err(self.broken("no such lambda"));
        };
        let Lambda { params, body } = lambda;
        if let Some(param) = params.first() {
            self.set_local(*param, row.clone())?;
        }
        self.eval(body).map(Some)
    }

    fn query(&mut self, rows: &[Val], input: &Val) -> Outcome<Answer> {
        let number = |name: &str| match input.field(name) {
            Some(Val::Int(n)) => Some(*n),
            _ => None,
        };
        let (limit, offset) = (number("limit").unwrap_or(i64::MAX), number("offset").unwrap_or(0));
        if limit < 0 || offset < 0 {
            return Ok(Err("InvalidInput".to_owned()));
        }
        let mut found = Vec::new();
        for row in rows {
            if !matches!(self.call_lambda(input, "where", row)?, Some(Val::Bool(false))) {
                found.push(row.clone());
            }
        }
        let descending = matches!(input.field("descending"), Some(Val::Bool(true)));
        if matches!(input.field("orderBy"), Some(Val::Lambda(_))) {
            let mut sorted: Vec<(Val, Val)> = Vec::new();
            for row in found {
                let key = self.call_lambda(input, "orderBy", &row)?.unwrap_or(Val::Null);
                let behind = |(other, _): &(Val, Val)| match compare(other, &key) {
                    Some(order) if descending => order.is_lt(),
                    Some(order) => order.is_gt(),
                    None => false,
                };
                let at = sorted.iter().position(behind).unwrap_or(sorted.len());
                sorted.insert(at, (key, row));
            }
            found = sorted.into_iter().map(|(_, row)| row).collect();
        } else if descending {
            found.reverse();
        }
        let total = found.len();
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(total);
        let end = start.saturating_add(usize::try_from(limit).unwrap_or(usize::MAX)).min(total);
        let entities = found.get(start..end).unwrap_or_default().to_vec();
        Ok(Ok(output(vec![
            ("entities", Val::list(entities)),
            ("totalCount", Val::Int(total as i64)),
            ("hasMore", Val::Bool(end < total)),
        ])))
    }

    fn update(&mut self, entity: DefId, rows: &mut [Val], input: &Val) -> Outcome<Answer> {
        let Some(row) = row_of(rows, input).and_then(|at| rows.get_mut(at)) else {
            return Ok(Err("NotFound".to_owned()));
        };
        let previous = row.clone();
        if let Some(at @ Val::Instant(_)) = input.field("ifUpdatedAt")
            && previous.field("updatedAt").and_then(|u| compare(u, at))
                != Some(std::cmp::Ordering::Equal)
        {
            return Ok(Err("Conflict".to_owned()));
        }
        let applied = !matches!(self.call_lambda(input, "if", &previous)?, Some(Val::Bool(false)));
        if applied {
            *row = self.kept(entity, &changed(&previous, input.field("set")))?;
        }
        Ok(Ok(output(vec![
            ("entity", row.clone()),
            ("previousEntity", previous),
            ("applied", Val::Bool(applied)),
        ])))
    }

    fn upsert(&mut self, entity: DefId, rows: &mut Vec<Val>, input: &Val) -> Outcome<Answer> {
        let mut found = None;
        for (at, row) in rows.iter().enumerate() {
            if matches!(self.call_lambda(input, "where", row)?, Some(Val::Bool(true))) {
                if found.is_some() {
                    return Ok(Err("Conflict".to_owned()));
                }
                found = Some(at);
            }
        }
        let previous = found.and_then(|at| rows.get(at).cloned());
        let row = match &previous {
            Some(previous) => self.kept(entity, &changed(previous, input.field("payload")))?,
            None => self.new_row(entity, input)?,
        };
        match found.and_then(|at| rows.get_mut(at)) {
            Some(place) => *place = row.clone(),
            None => rows.push(row.clone()),
        }
        let id = row.field("id").cloned().unwrap_or(Val::Null);
        let created = Val::Bool(previous.is_none());
        Ok(Ok(output(vec![
            ("entityId", id),
            ("entity", row),
            ("previousEntity", previous.unwrap_or(Val::Null)),
            ("created", created),
        ])))
    }

    fn new_row(&self, entity: DefId, input: &Val) -> Outcome<Val> {
        let ty = Type::Named(entity);
        let Some(record) = self.program.defs.record(&ty) else {
            return Err(self.broken("an entity is no record"));
        };
        let payload = input.field("payload").cloned().unwrap_or(Val::Null);
        let fields = record.fields.iter().map(|field| {
            let value = match field.name.as_str() {
                "id" | "typeId" => Val::Uuid(0),
                "createdAt" | "updatedAt" => Val::Instant(NOW),
                name => payload.field(name).cloned().unwrap_or(Val::Missing),
            };
            (field.name.clone(), value)
        });
        self.kept(entity, &Val::rec(fields.collect()))
    }

    /// A row as it comes back from the store, which keeps it as the text of JSON.
    fn kept(&self, entity: DefId, row: &Val) -> Outcome<Val> {
        let json = read::parse(&json_text(row));
        let kept =
            json.and_then(|j| read::decode(&j, &Type::Named(entity), &self.program.defs, true));
        kept.ok_or_else(|| self.broken("a row does not come back from the store"))
    }
}

/// A row with the attributes that are given; what is missing stays, null clears.
fn changed(row: &Val, set: Option<&Val>) -> Val {
    let Val::Rec(fields) = row else { return row.clone() };
    let fields = fields.iter().map(|(name, old)| {
        let given = set.and_then(|set| set.field(name)).filter(|v| !matches!(v, Val::Missing));
        let value = match (name.as_str(), old, given) {
            ("updatedAt", Val::Instant(old), _) => Val::Instant(NOW.max(old + 1)),
            (_, _, Some(given)) => given.clone(),
            _ => old.clone(),
        };
        (name.clone(), value)
    });
    Val::rec(fields.collect())
}

fn output(mut fields: Vec<(&str, Val)>) -> Val {
    fields.push(("success", Val::Bool(true)));
    Val::rec(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn row_of(rows: &[Val], input: &Val) -> Option<usize> {
    let Some(Val::Uuid(id)) = input.field("id") else { return None };
    rows.iter().position(|row| matches!(row.field("id"), Some(Val::Uuid(other)) if other == id))
}

/// Rows are written without what follows from the entity.
fn add_type_id(json: read::Json) -> read::Json {
    match json {
        read::Json::Object(mut fields) => {
            let id = "00000000-0000-0000-0000-000000000000".to_owned();
            fields.push(("typeId".to_owned(), read::Json::Text(id)));
            read::Json::Object(fields)
        }
        other => other,
    }
}
