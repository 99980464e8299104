//! Schemas made at random, each with values that it accepts by the way they were made: each value is
//! read as the type of the schema, and comes out as it went in.

use serde_json::{Map, Value, json};

use crate::drive::{DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::harness::{Outcome, Test};

/// How many schemas are tried, and how many values of each.
const SCHEMAS: u64 = 400;
const VALUES: usize = 4;

/// Adds the test.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    tests.push(Test::new("schema values that are accepted are read", |_| {
        (0..SCHEMAS).try_for_each(one)
    }));
}

fn one(seed: u64) -> Outcome {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut maker = Maker { random: &mut random, defs: Map::new() };
    let made = maker.schema(0);
    let values: Vec<Value> = (0..VALUES).map(|_| maker.value(&made)).collect();
    let schema = json!({ "type": "object", "required": ["v"], "properties": { "v": made.schema }, "$defs": maker.defs });
    let text = "use schema \"s.json\" as T\n\nworkflow w {\n  trigger webhook POST \"/hook\" { body: T }\n  return trigger.body.v\n}\n";
    let sources = Sources::new(vec![
        ("main.wf".to_owned(), text.to_owned()),
        ("s.json".to_owned(), schema.to_string()),
    ]);
    let job = Job::of(sources);
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| {
        let told = told.first().map(|d| d.message.clone()).unwrap_or_default();
        format!("seed {seed}: {schema}\n{told}")
    })?;
    if let Some(told) = ready.diagnostics.first() {
        return Err(format!("seed {seed}: {schema}\n{}", told.message));
    }
    for value in values {
        let trigger = json!({
            "headers": {}, "queryParams": {}, "pathParams": {}, "body": { "v": value },
        });
        let ran = ready.run_on(Schedule::Workers(1), Some(trigger.to_string()), None)?;
        if let Some(failure) = ran.failure {
            return Err(format!("seed {seed}: {schema}\n{value}\n{}", failure.message));
        }
        if !same(&value, &ran.result) {
            return Err(format!("seed {seed}: {schema}\n{value} came out as {}", ran.result));
        }
    }
    Ok(())
}

/// Whether what came out is what went in, but for nulls that were missing and numbers' spelling.
fn same(given: &Value, found: &Value) -> bool {
    match (given, found) {
        (Value::Object(a), Value::Object(b)) => {
            let of = |name: &String| (a.get(name), b.get(name));
            a.keys().chain(b.keys()).all(|name| match of(name) {
                (Some(x), Some(y)) => same(x, y),
                (None, Some(other)) | (Some(other), None) => other.is_null(),
                (None, None) => true,
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => given == found,
    }
}

/// A schema with the shape that its values are made of.
struct Made {
    schema: Value,
    shape: Shape,
}

enum Shape {
    Null,
    Bool,
    Int,
    Number,
    Text,
    Any,
    OneOf(Vec<Value>),
    List(Box<Made>),
    Map(Box<Made>),
    /// Fields: name, whether it is required, what it holds.
    Object(Vec<(String, bool, Made)>),
    Either(Vec<Made>),
    /// An object that a literal tells apart.
    Kinds(Vec<Made>),
}

struct Maker<'a> {
    random: &'a mut Random,
    defs: Map<String, Value>,
}

impl Maker<'_> {
    fn schema(&mut self, depth: usize) -> Made {
        let kinds = if depth > 3 { 7 } else { 14 };
        let mut made = match self.random.below(kinds) {
            0 => simple("null", Shape::Null),
            1 => simple("boolean", Shape::Bool),
            2 => simple("integer", Shape::Int),
            3 => simple("number", Shape::Number),
            4 => simple("string", Shape::Text),
            5 => self.literals(),
            6 => Made { schema: json!({}), shape: Shape::Any },
            7 => {
                let inner = self.schema(depth + 1);
                let schema = json!({ "type": "array", "items": inner.schema });
                Made { schema, shape: Shape::List(Box::new(inner)) }
            }
            8 => {
                let inner = self.schema(depth + 1);
                let schema = json!({ "type": "object", "additionalProperties": inner.schema });
                Made { schema, shape: Shape::Map(Box::new(inner)) }
            }
            9 | 10 => self.object(depth, None),
            11 => {
                let first = self.schema(depth + 1);
                let second = simple("null", Shape::Null);
                either("oneOf", vec![first, second])
            }
            12 => {
                let all = vec![
                    simple("string", Shape::Text),
                    simple("integer", Shape::Int),
                    self.literals(),
                ];
                either("anyOf", all)
            }
            _ => {
                let count = 2 + self.random.below(3);
                let all: Vec<Made> = (0..count).map(|i| self.object(depth, Some(i))).collect();
                let made = either("oneOf", all);
                let Shape::Either(all) = made.shape else { return self.literals() };
                Made { schema: made.schema, shape: Shape::Kinds(all) }
            }
        };
        if self.random.below(4) == 0 {
            // The same by way of a reference.
            let name = format!("d{}", self.defs.len());
            self.defs.insert(name.clone(), made.schema);
            made.schema = json!({ "$ref": format!("#/$defs/{name}") });
        }
        made
    }

    fn literals(&mut self) -> Made {
        let all = [json!("a"), json!("b"), json!(7), json!(true), json!("")];
        let count = 1 + self.random.below(all.len());
        let values: Vec<Value> = all.into_iter().take(count).collect();
        Made { schema: json!({ "enum": values }), shape: Shape::OneOf(values) }
    }

    fn object(&mut self, depth: usize, kind: Option<usize>) -> Made {
        let mut fields = Vec::new();
        if let Some(kind) = kind {
            let values = vec![json!(format!("k{kind}"))];
            let made = Made { schema: json!({ "enum": values }), shape: Shape::OneOf(values) };
            fields.push(("kind".to_owned(), true, made));
        }
        for i in 0..1 + self.random.below(4) {
            let required = self.random.below(2) == 0;
            fields.push((format!("f{i}"), required, self.schema(depth + 1)));
        }
        let required: Vec<&String> =
            fields.iter().filter(|(_, required, _)| *required).map(|(name, _, _)| name).collect();
        let properties: Map<String, Value> =
            fields.iter().map(|(name, _, made)| (name.clone(), made.schema.clone())).collect();
        let schema = match self.random.below(3) {
            // In two halves.
            0 => json!({ "allOf": [
                { "type": "object", "properties": properties }, { "required": required },
            ] }),
            _ => json!({ "type": "object", "properties": properties, "required": required }),
        };
        Made { schema, shape: Shape::Object(fields) }
    }

    fn value(&mut self, made: &Made) -> Value {
        match &made.shape {
            Shape::Null => Value::Null,
            Shape::Bool => json!(self.random.below(2) == 0),
            Shape::Int => json!(self.random.below(1000) as i64 - 500),
            Shape::Number => json!(self.random.below(1000) as f64 / 8.0),
            Shape::Text => json!(["", "a", "k0", "7"][self.random.below(4)]),
            Shape::Any => [json!(null), json!([1, {"x": "y"}]), json!({"f0": 5})]
                [self.random.below(3)]
            .clone(),
            Shape::OneOf(values) => values[self.random.below(values.len())].clone(),
            Shape::List(inner) => (0..self.random.below(4)).map(|_| self.value(inner)).collect(),
            Shape::Map(inner) => {
                let names = 0..self.random.below(4);
                Value::Object(names.map(|i| (format!("n{i}"), self.value(inner))).collect())
            }
            Shape::Object(fields) => {
                let mut object = Map::new();
                for (name, required, made) in fields {
                    if *required || self.random.below(2) == 0 {
                        object.insert(name.clone(), self.value(made));
                    }
                }
                Value::Object(object)
            }
            Shape::Either(all) | Shape::Kinds(all) => {
                let one = self.random.below(all.len());
                self.value(&all[one])
            }
        }
    }
}

fn simple(name: &str, shape: Shape) -> Made {
    Made { schema: json!({ "type": name }), shape }
}

fn either(keyword: &str, all: Vec<Made>) -> Made {
    let schemas: Vec<Value> = all.iter().map(|made| made.schema.clone()).collect();
    Made { schema: json!({ keyword: schemas }), shape: Shape::Either(all) }
}

/// A small generator of numbers: the same seed gives the same schemas everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
