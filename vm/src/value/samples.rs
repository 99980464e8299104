//! Programs and values for tests: a table of types and shapes without code.

use wf_bytecode::{FieldDesc, Program, Shape, ShapeIdx, TypeDesc, TypeIdx};

use super::Value;

/// A program under construction that has nothing but types.
pub(crate) struct Types {
    pub(crate) program: Program,
}

impl Types {
    pub(crate) fn new() -> Self {
        Self { program: Program::default() }
    }

    /// Adds a type.
    pub(crate) fn add(&mut self, desc: TypeDesc) -> TypeIdx {
        self.program.types.push(desc);
        TypeIdx(self.program.types.len() as u16 - 1)
    }

    /// Adds a shape.
    pub(crate) fn shape(&mut self, names: &[&str]) -> ShapeIdx {
        let fields = names.iter().map(|name| (*name).into()).collect();
        self.program.shapes.push(Shape { fields });
        ShapeIdx(self.program.shapes.len() as u16 - 1)
    }

    pub(crate) fn list(&mut self, item: TypeIdx) -> TypeIdx {
        self.add(TypeDesc::List(item))
    }

    pub(crate) fn map(&mut self, item: TypeIdx) -> TypeIdx {
        self.add(TypeDesc::Map(item))
    }

    pub(crate) fn optional(&mut self, inner: TypeIdx) -> TypeIdx {
        self.add(TypeDesc::Optional(inner))
    }

    pub(crate) fn literal(&mut self, text: &str) -> TypeIdx {
        self.add(TypeDesc::LiteralString(text.into()))
    }

    /// A union of these strings.
    pub(crate) fn literals(&mut self, texts: &[&str]) -> TypeIdx {
        let members = texts.iter().map(|text| self.literal(text)).collect();
        self.add(TypeDesc::Union(members))
    }

    /// A record. A name that ends in `?` may be missing, one that begins with `-` is not demanded.
    pub(crate) fn record(&mut self, name: &str, fields: &[(&str, TypeIdx)]) -> TypeIdx {
        let bare = |name: &str| name.trim_start_matches('-').trim_end_matches('?').to_owned();
        let names: Vec<String> = fields.iter().map(|(name, _)| bare(name)).collect();
        let shape = self.shape(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let fields = fields
            .iter()
            .map(|(name, ty)| FieldDesc {
                ty: *ty,
                optional: name.ends_with('?'),
                demanded: !name.starts_with('-'),
            })
            .collect();
        self.add(TypeDesc::Record { name: name.into(), shape, fields })
    }
}

/// A value with a field of each type, its type, and the JSON text that it has.
pub(crate) struct Sample {
    pub(crate) program: Program,
    pub(crate) ty: TypeIdx,
    pub(crate) value: Value,
    pub(crate) json: &'static str,
}

pub(crate) fn one_of_each() -> Sample {
    let mut types = Types::new();
    let (null, bool) = (types.add(TypeDesc::Null), types.add(TypeDesc::Bool));
    let (int, float) = (types.add(TypeDesc::Int), types.add(TypeDesc::Float));
    let decimal = types.add(TypeDesc::Decimal);
    let (string, uuid) = (types.add(TypeDesc::String), types.add(TypeDesc::Uuid));
    let (instant, duration) = (types.add(TypeDesc::Instant), types.add(TypeDesc::Duration));
    let json = types.add(TypeDesc::Json);
    let (list, map) = (types.list(int), types.map(string));
    let inner = types.record("", &[("x", int), ("y?", int)]);
    let status = types.literals(&["Open", "Closed"]);
    let ty = types.record(
        "All",
        &[
            ("null", null),
            ("bool", bool),
            ("int", int),
            ("float", float),
            ("decimal", decimal),
            ("string", string),
            ("uuid", uuid),
            ("instant", instant),
            ("duration", duration),
            ("json", json),
            ("list", list),
            ("map", map),
            ("inner", inner),
            ("status", status),
        ],
    );
    let TypeDesc::Record { shape: inner, .. } = types.program.types[usize::from(inner.0)] else {
        panic!("a record")
    };
    let TypeDesc::Record { shape, .. } = types.program.types[usize::from(ty.0)] else {
        panic!("a record")
    };
    let value = Value::record(
        shape,
        vec![
            Value::Null,
            Value::Bool(true),
            Value::Int(-7),
            Value::Float(2.0),
            Value::decimal(wf_bytecode::Decimal::parse("12.50").unwrap()),
            Value::string("a \"b\"\n"),
            Value::uuid(uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef)),
            Value::Instant(1_700_000_000_500_000),
            Value::Duration(5_400_000_000),
            Value::map([("k", Value::list(vec![Value::Int(1), Value::Null]))]),
            Value::list(vec![Value::Int(1), Value::Int(2)]),
            Value::map([("b", Value::string("x")), ("a", Value::string(""))]),
            Value::record(inner, vec![Value::Int(1), Value::Missing]),
            Value::string("Open"),
        ],
    );
    let json = r#"{"null":null,"bool":true,"int":-7,"float":2.0,"decimal":12.50,"string":"a \"b\"\n","uuid":"01234567-89ab-cdef-0123-456789abcdef","instant":"2023-11-14T22:13:20.5Z","duration":"1h30m","json":{"k":[1,null]},"list":[1,2],"map":{"b":"x","a":""},"inner":{"x":1},"status":"Open"}"#;
    Sample { program: types.program, ty, value, json }
}
