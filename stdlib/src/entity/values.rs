//! Values of entities, made of the cells of rows as a store reads them: only of the fields that the
//! program reads, and without JSON in between.

use wf_vm::bytecode::pushdown::Kind;
use wf_vm::bytecode::{EntityInfo, Program, ShapeIdx, TypeDesc, TypeIdx};
use wf_vm::value::time;
use wf_vm::{RecordRef, Value};

use super::cell::Seen;
use super::entity_type_id;
use super::store::Reader;

/// The slot of `typeId`, which no store keeps.
const TYPE_ID: usize = 1;

/// Makes the values of an entity, one of each row. What is not as the type says it refuses; the reason
/// is found by decoding the row as JSON.
pub(super) struct Values<'a> {
    program: &'a Program,
    shape: ShapeIdx,
    fields: Vec<Field>,
    type_id: Value,
    /// The fields of the present row.
    row: Vec<Value>,
    /// Those that are done.
    pub(super) done: Vec<Value>,
}

/// What a field of the program is made of.
struct Field {
    make: Make,
    /// Whether it may be missing.
    optional: bool,
    /// Whether it may be null.
    nullable: bool,
}

enum Make {
    /// The program does not read it.
    Nothing,
    /// A value that the store compares.
    Plain(Kind),
    /// One of some texts.
    Text(Vec<Value>),
    /// Anything else.
    Decoded(TypeIdx),
}

impl<'a> Values<'a> {
    /// For the values of this type; `None` where the fields are not those of the entity.
    pub(super) fn new(entity: &EntityInfo, ty: TypeIdx, program: &'a Program) -> Option<Self> {
        let desc = |ty: TypeIdx| program.types.get(usize::from(ty.0));
        let TypeDesc::Record { shape, fields, .. } = desc(ty)? else { return None };
        if fields.len() != 4 + entity.attributes.len() {
            return None;
        }
        let made = fields.iter().map(|field| {
            let (inner, nullable) = match desc(field.ty)? {
                TypeDesc::Optional(inner) => (*inner, true),
                _ => (field.ty, false),
            };
            let make = match field.demanded {
                true => make(inner, program)?,
                false => Make::Nothing,
            };
            Some(Field { make, optional: field.optional, nullable })
        });
        let fields = made.collect::<Option<Vec<Field>>>()?;
        let type_id = match fields.get(TYPE_ID)?.make {
            Make::Nothing => Value::Missing,
            _ => Value::uuid(entity_type_id(&entity.name)),
        };
        let row = vec![Value::Missing; fields.len()];
        let mut values = Self { program, shape: *shape, fields, type_id, row, done: Vec::new() };
        values.begin();
        Some(values)
    }

    fn begin(&mut self) {
        if let Some(slot) = self.row.get_mut(TYPE_ID) {
            slot.clone_from(&self.type_id);
        }
    }

    fn value(&self, field: &Field, cell: Seen<'_>) -> Option<Value> {
        Some(match (&field.make, cell) {
            (Make::Nothing, _) => Value::Missing,
            (_, Seen::Missing) => field.optional.then_some(Value::Missing)?,
            (Make::Plain(_) | Make::Text(_), Seen::Null) => {
                field.nullable.then_some(Value::Null)?
            }
            (Make::Plain(Kind::String), Seen::String(text)) => Value::string(text),
            (Make::Plain(Kind::Int), Seen::Int(number)) => Value::Int(number),
            (Make::Plain(Kind::Bool), Seen::Bool(truth)) => Value::Bool(truth),
            (Make::Plain(Kind::Float), Seen::Float(number)) => Value::float(number),
            (Make::Plain(Kind::Decimal), Seen::Decimal(number)) => Value::decimal(number),
            (Make::Plain(Kind::Uuid), Seen::Uuid(id)) => Value::uuid(id),
            (Make::Plain(Kind::Duration), Seen::Duration(micros)) => Value::Duration(micros),
            (Make::Plain(Kind::Instant), Seen::Instant(micros)) => {
                let range = time::MIN_INSTANT..=time::MAX_INSTANT;
                range.contains(&micros).then_some(Value::Instant(micros))?
            }
            (Make::Text(texts), Seen::String(text)) => {
                texts.iter().find(|known| known.as_str() == Some(text))?.clone()
            }
            (Make::Decoded(_), Seen::Null) if field.nullable => Value::Null,
            (Make::Decoded(ty), Seen::Json(json)) => {
                crate::json::decode(json, *ty, self.program).ok()?
            }
            (Make::Decoded(ty), cell) => {
                let mut json = String::new();
                cell.write(&mut json);
                crate::json::decode(&json, *ty, self.program).ok()?
            }
            (Make::Plain(_) | Make::Text(_), _) => return None,
        })
    }
}

/// How the values of a type without null are made.
fn make(ty: TypeIdx, program: &Program) -> Option<Make> {
    let desc = |ty: TypeIdx| program.types.get(usize::from(ty.0));
    let text = |ty: TypeIdx| match desc(ty) {
        Some(TypeDesc::LiteralString(text)) => Some(Value::string(text)),
        _ => None,
    };
    Some(match desc(ty)? {
        TypeDesc::Bool => Make::Plain(Kind::Bool),
        TypeDesc::Int => Make::Plain(Kind::Int),
        TypeDesc::Float => Make::Plain(Kind::Float),
        TypeDesc::Decimal => Make::Plain(Kind::Decimal),
        TypeDesc::String => Make::Plain(Kind::String),
        TypeDesc::Uuid => Make::Plain(Kind::Uuid),
        TypeDesc::Instant => Make::Plain(Kind::Instant),
        TypeDesc::Duration => Make::Plain(Kind::Duration),
        TypeDesc::Union(members) => {
            let texts = members.iter().map(|member| text(*member));
            texts.collect::<Option<Vec<Value>>>().map_or(Make::Decoded(ty), Make::Text)
        }
        _ => Make::Decoded(ty),
    })
}

impl Reader for Values<'_> {
    fn wants(&self, slot: usize) -> bool {
        self.fields.get(slot).is_some_and(|field| !matches!(field.make, Make::Nothing))
    }

    fn cell(&mut self, slot: usize, cell: Seen<'_>) -> bool {
        let value = self.fields.get(slot).and_then(|field| self.value(field, cell));
        match (value, self.row.get_mut(slot)) {
            (Some(value), Some(place)) => {
                *place = value;
                true
            }
            _ => false,
        }
    }

    fn end(&mut self) -> bool {
        let fields = self.row.iter_mut().map(|field| std::mem::replace(field, Value::Missing));
        self.done.push(Value::Record(RecordRef::from_fields(self.shape, fields)));
        self.begin();
        true
    }
}
