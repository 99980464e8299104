//! Types as the machine needs them: to decode JSON and to name the fields of records.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// An index into [`Program::types`](crate::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TypeIdx(pub u16);

/// An index into [`Program::shapes`](crate::Program).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShapeIdx(pub u16);

/// The names of the fields of a record, in the order of its slots.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    /// The names.
    pub fields: Vec<SmolStr>,
}

/// A type. Children are indices, so that types may be recursive and the table is flat.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TypeDesc {
    /// `null` alone
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `decimal`
    Decimal,
    /// `string`
    String,
    /// `uuid`
    Uuid,
    /// `instant`
    Instant,
    /// `duration`
    Duration,
    /// `json`
    Json,
    /// `secret`
    Secret,
    /// `true` or `false`
    LiteralBool(bool),
    /// `7`
    LiteralInt(i64),
    /// `"Open"`
    LiteralString(SmolStr),
    /// `T?`
    Optional(TypeIdx),
    /// `list<T>`
    List(TypeIdx),
    /// `map<T>`
    Map(TypeIdx),
    /// A record or an entity.
    Record {
        /// How it is called in messages: `Lead`, or empty.
        name: SmolStr,
        /// The shape of the values.
        shape: ShapeIdx,
        /// One for each field of the shape.
        fields: Vec<FieldDesc>,
    },
    /// A union; values are those of the members.
    Union(Vec<TypeIdx>),
    /// A lambda, as an input of a node.
    Lambda,
    /// Items of a list or values of a map that the program never reads: skipped, and missing in the
    /// value. This is the type that they would have.
    Unread(TypeIdx),
    /// A member of a union of which the program reads only a part, in a [`TypeDesc::Union`].
    Reduced {
        /// The member: what its values are said to be of, and what tells it from the others.
        of: TypeIdx,
        /// What its values are decoded as.
        read: TypeIdx,
    },
}

impl TypeDesc {
    /// The type itself where it is not one of which a part is read.
    #[must_use]
    pub fn whole(&self, own: TypeIdx) -> TypeIdx {
        if let Self::Reduced { of, .. } = self { *of } else { own }
    }
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldDesc {
    /// Its type.
    pub ty: TypeIdx,
    /// Whether it may be missing, which reads as null.
    pub optional: bool,
    /// Whether the program reads it; others are skipped and stay missing, and their type is what
    /// they would have.
    pub demanded: bool,
}
