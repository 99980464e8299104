//! The nodes and the store, in memory and in a file.

mod nodes;
mod off;
mod stores;

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::bytecode::{EntityInfo, TypeDesc, TypeIdx};
use wf_vm::testing::TestCall;
use wf_vm::{Node, Nodes, Value};

use super::{Entities, EntityStore, MemoryStore, Question, Row, SqliteStore, add_nodes};
use crate::test_support::{Types, answered, fields, s};

/// A program with `entity Lead { name: string, email: string? unique, score: int }`.
struct World {
    types: Types,
    lead: TypeIdx,
    payload: TypeIdx,
    partial: TypeIdx,
    store: Arc<dyn EntityStore>,
    nodes: Nodes,
}

impl World {
    fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()))
    }

    fn in_file(path: &std::path::Path) -> Self {
        Self::on(Arc::new(SqliteStore::open(path).expect("a store")))
    }

    fn on(store: Arc<dyn EntityStore>) -> Self {
        Self::with(store, add_nodes)
    }

    fn with(store: Arc<dyn EntityStore>, add: impl FnOnce(&Arc<Entities>, &mut Nodes)) -> Self {
        let mut types = Types::new();
        let [string, int, uuid, instant] =
            [TypeDesc::String, TypeDesc::Int, TypeDesc::Uuid, TypeDesc::Instant]
                .map(|desc| types.add(desc));
        let optional = types.add(TypeDesc::Optional(string));
        let attributes = [("name", string), ("email?", optional), ("score", int)];
        let mut whole =
            vec![("id", uuid), ("typeId", uuid), ("createdAt", instant), ("updatedAt", instant)];
        whole.extend(attributes);
        let lead = types.record("Lead", &whole);
        let payload = types.record("", &attributes);
        let partial = types.record("", &attributes.map(|(name, ty)| (name, ty)));
        let unique = vec!["email".into()];
        let mut info = entity("Lead", lead, unique);
        info.describe(&types.program);
        types.program.entities.push(info);
        let mut nodes = Nodes::new();
        add(&Entities::new(Arc::clone(&store)), &mut nodes);
        Self { types, lead, payload, partial, store, nodes }
    }

    fn node(&self, name: &str) -> &dyn Node {
        &**self.nodes.get(name).expect("a node of this name")
    }

    fn info(&self) -> &EntityInfo {
        &self.types.program.entities[0]
    }

    fn rows(&self) -> Vec<Row> {
        self.store.find(&Question::all(self.info())).expect("rows").rows
    }

    fn call(&mut self, input: &[(&str, Value)], output: &[&str]) -> TestCall {
        let input = self.types.input(input);
        let output = self.types.output(output);
        let mut call = self.types.call(input, output);
        call.type_args = vec![self.lead];
        call
    }

    fn create(&mut self, key: u128, attributes: &[(&str, Value)]) -> TestCall {
        let payload = self.types.value(self.payload, attributes);
        let output = ["entityId", "entityTypeId", "payload", "success"];
        let mut call = self.call(&[("payload", payload)], &output);
        call.key = Uuid::from_u128(key);
        call
    }

    fn add(&mut self, key: u128, name: &str, email: Option<&str>, score: i64) -> Uuid {
        let email = email.map_or(Value::Missing, s);
        let call =
            self.create(key, &[("name", s(name)), ("email", email), ("score", Value::Int(score))]);
        id(&answered(&call, self.node("entity.create"))["entityId"])
    }

    fn get(&mut self, id: Uuid) -> Value {
        let call = self.call(&[("id", Value::uuid(id))], &["entity", "success"]);
        answered(&call, self.node("entity.get"))["entity"].clone()
    }

    fn update(&mut self, id: Uuid, set: &[(&str, Value)], more: &[(&str, Value)]) -> TestCall {
        let set = self.types.value(self.partial, set);
        let mut input = vec![("id", Value::uuid(id)), ("set", set)];
        input.extend(more.iter().cloned());
        self.call(&input, &["entity", "previousEntity", "applied", "success"])
    }

    /// The names that a query gives, with `totalCount` and `hasMore`.
    fn query(&mut self, call: &TestCall) -> (Vec<String>, i64, bool) {
        let found = answered(call, self.node("entity.query"));
        let Value::List(entities) = &found["entities"] else { panic!("{found:?}") };
        let names = entities.as_slice().iter().map(|e| self.text(e, "name")).collect();
        let (Value::Int(total), Value::Bool(more)) = (&found["totalCount"], &found["hasMore"])
        else {
            panic!("{found:?}")
        };
        (names, *total, *more)
    }

    fn query_call(&mut self, input: &[(&str, Value)]) -> TestCall {
        self.call(input, &["entities", "totalCount", "hasMore", "success"])
    }

    fn field(&self, record: &Value, name: &str) -> Value {
        fields(&self.types.program, record)[name].clone()
    }

    fn text(&self, record: &Value, name: &str) -> String {
        match self.field(record, name) {
            Value::String(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

/// An entity without indexes and defaults, whose attributes are not described yet.
fn entity(name: &str, ty: TypeIdx, unique: Vec<smol_str::SmolStr>) -> EntityInfo {
    let (index, defaults, attributes, types) = Default::default();
    EntityInfo { name: name.into(), ty, unique, index, defaults, attributes, types }
}

/// The same call with one input more.
fn with_input(world: &mut World, mut call: TestCall, name: &str, value: &Value) -> TestCall {
    let fields = crate::test_support::fields(&call.program, &call.input);
    let mut input: Vec<(&str, Value)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    input.push((name, value.clone()));
    call.input = world.types.input(&input);
    call.program = Arc::new(world.types.program.clone());
    call
}

fn id(value: &Value) -> Uuid {
    match value {
        Value::Uuid(id) => **id,
        other => panic!("{other:?}"),
    }
}

impl World {
    fn delete(&mut self, id: Uuid) -> bool {
        let call = self.call(&[("id", Value::uuid(id))], &["entityId", "deleted", "success"]);
        answered(&call, self.node("entity.delete"))["deleted"].equal(&Value::Bool(true))
    }
}
