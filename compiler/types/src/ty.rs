//! The types themselves.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::DefId;

/// A type. Cheap to clone.
///
/// Named types stay [`Type::Named`], so that messages can say their names and types can be
/// recursive; [`TypeDefs::peel`](crate::TypeDefs::peel) gives what is behind the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// The type of what is already known to be wrong; it fits everywhere, silently.
    Error,
    /// The type of an expression that has no value, such as the element of `[]`; it fits everywhere.
    Never,
    /// The type of `null` alone.
    Null,
    /// `bool`
    Bool,
    /// `int`: 64 bits, checked
    Int,
    /// `float`: 64 bits, always finite
    Float,
    /// `decimal`
    Decimal,
    /// `string`
    String,
    /// `uuid`
    Uuid,
    /// `instant`: a point in time, UTC
    Instant,
    /// `duration`
    Duration,
    /// `json`: any JSON, `null` included
    Json,
    /// `secret`
    Secret,
    /// One value: `"Open"`, `7`, `true`
    Literal(Literal),
    /// `T?`: a value or null. Never nested, never of `Null`, `Json`, `Error` or `Never`.
    Optional(Arc<Type>),
    /// `list<T>`
    List(Arc<Type>),
    /// `map<T>`, with string keys in the order of insertion
    Map(Arc<Type>),
    /// `{ a: T }`
    Record(Arc<RecordType>),
    /// `T | U`: two members or more, flat, without `Null` (which makes an `Optional` around it)
    Union(Arc<[Type]>),
    /// A named type or an entity.
    Named(DefId),
    /// `(T) -> U`; as arguments only
    Lambda(Arc<LambdaType>),
    /// A type parameter, by its place among the parameters of a signature; in signatures only.
    Param(u16),
    /// A type that is computed from another when a signature is used; in signatures only.
    Apply(TypeFn, Arc<Type>),
}

/// A value that is a type of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// `7`
    Int(i64),
    /// `"Open"`
    String(SmolStr),
}

/// The types that only signatures can compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TypeFn {
    /// `attributes<E>`: the declared attributes of the entity `E`, without `id` and its like.
    Attributes,
    /// `partial<E>`: the same, each of which may be left out.
    Partial,
    /// `arguments<W>`: the arguments of the function trigger of the workflow `W`.
    Arguments,
    /// `result<W>`: what the workflow `W` returns.
    Result,
}

/// The fields of a record. A field's place in the list is its slot at run time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct RecordType {
    /// The fields in the order of their declaration.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name, any text.
    pub name: SmolStr,
    /// The type. A field of type `T?` may be left out of a literal and of JSON.
    pub ty: Type,
    /// Whether it may be left out though its type is not optional or in order to have another
    /// value than null: fields of node inputs and arguments with a default.
    pub has_default: bool,
    /// Whether the value must be known to be left out (`partial<E>`): missing is not null.
    pub may_be_missing: bool,
    /// Its documentation, empty where there is none.
    pub doc: SmolStr,
}

impl Hash for Field {
    /// The name and the type tell nearly all apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.ty.hash(state);
    }
}

impl Field {
    /// A field without default and documentation.
    pub fn new(name: impl Into<SmolStr>, ty: Type) -> Self {
        let doc = SmolStr::default();
        Self { name: name.into(), ty, has_default: false, may_be_missing: false, doc }
    }
}

impl RecordType {
    /// A record of these fields.
    pub fn new(fields: Vec<Field>) -> Self {
        Self { fields }
    }

    /// The slot and the field of this name.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, f)| f.name == name)
    }
}

/// The type of a lambda.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LambdaType {
    /// The types of the parameters.
    pub params: Vec<Type>,
    /// The type of the value.
    pub result: Type,
}

impl Type {
    /// `T?`, which is `T` itself where `T` already holds null.
    pub fn optional(self) -> Type {
        match self {
            Type::Optional(_) | Type::Null | Type::Json | Type::Error => self,
            Type::Never => Type::Null,
            _ => Type::Optional(Arc::new(self)),
        }
    }

    /// `list<T>`
    pub fn list(self) -> Type {
        Type::List(Arc::new(self))
    }

    /// `map<T>`
    pub fn map(self) -> Type {
        Type::Map(Arc::new(self))
    }

    /// A record of these fields.
    pub fn record(fields: Vec<Field>) -> Type {
        Type::Record(Arc::new(RecordType::new(fields)))
    }

    /// Whether the type was already reported as wrong.
    pub fn is_error(&self) -> bool {
        matches!(self, Type::Error)
    }
}
