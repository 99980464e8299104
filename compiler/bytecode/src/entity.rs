//! Declared entities, with all that a store must know of them: it never sees the program.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::pushdown::Kind;
use crate::{Program, TypeDesc, TypeIdx};

/// A declared entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntityInfo {
    /// Its name.
    pub name: SmolStr,
    /// Its type, a record whose first fields are `id`, `typeId`, `createdAt`, `updatedAt`.
    pub ty: TypeIdx,
    /// The attributes marked `unique`.
    pub unique: Vec<SmolStr>,
    /// The attributes marked `index`.
    pub index: Vec<SmolStr>,
    /// The attributes with a default, with its JSON text: what a row lacks reads as this.
    pub defaults: Vec<(SmolStr, SmolStr)>,
    /// Its own attributes, in the order of their declaration.
    pub attributes: Vec<AttributeInfo>,
    /// The types of the attributes and of what is in them.
    pub types: Vec<StoredType>,
}

/// An attribute of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeInfo {
    /// Its name.
    pub name: SmolStr,
    /// Its type without null, by its place among the types of the entity.
    pub ty: u16,
    /// Whether it may be null or missing.
    pub optional: bool,
}

/// A type as stores know it. Children are places among the types of the entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredType {
    /// `null` alone
    Null,
    /// `json`, and what no store looks into
    Json,
    /// A type of one value that stores can compare.
    Plain(Kind),
    /// `true` or `false`
    LiteralBool(bool),
    /// `7`
    LiteralInt(i64),
    /// `"Open"`
    LiteralString(SmolStr),
    /// `T?`
    Optional(u16),
    /// `list<T>`
    List(u16),
    /// `map<T>`
    Map(u16),
    /// A record: its fields, and whether each may be missing.
    Record(Vec<(SmolStr, u16, bool)>),
    /// A union.
    Union(Vec<u16>),
}

impl EntityInfo {
    /// Fills in the attributes and their types, as the program has them.
    pub fn describe(&mut self, program: &Program) {
        let Some(TypeDesc::Record { shape, fields, .. }) = program.types.get(place(self.ty)) else {
            return;
        };
        let Some(shape) = program.shapes.get(usize::from(shape.0)) else { return };
        let mut table = Table { program, types: Vec::new(), places: BTreeMap::new() };
        let own = shape.fields.iter().zip(fields).skip(OWN);
        self.attributes = own
            .map(|(name, field)| {
                let (ty, nullable) = table.without_null(field.ty);
                let optional = field.optional || nullable;
                AttributeInfo { name: name.clone(), ty: table.place(ty), optional }
            })
            .collect();
        self.types = table.finish();
    }

    /// What a store compares the values of a type as; `None` where it is kept as JSON.
    pub fn kind(&self, ty: u16) -> Option<Kind> {
        match self.types.get(usize::from(ty))? {
            StoredType::Plain(kind) => Some(*kind),
            StoredType::LiteralBool(_) => Some(Kind::Bool),
            StoredType::LiteralInt(_) => Some(Kind::Int),
            StoredType::LiteralString(_) => Some(Kind::String),
            StoredType::Union(members) => {
                let mut kinds = members.iter().map(|member| {
                    match self.types.get(usize::from(*member)) {
                        // Unions do not nest; a hostile program that says so is kept as JSON.
                        Some(StoredType::Union(_)) | None => None,
                        Some(_) => self.kind(*member),
                    }
                });
                let first = kinds.next()??;
                kinds.all(|kind| kind == Some(first)).then_some(first)
            }
            _ => None,
        }
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeInfo> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

/// How many fields each entity has before its own.
const OWN: usize = 4;

fn place(ty: TypeIdx) -> usize {
    usize::from(ty.0)
}

/// The types of one entity while they are gathered.
struct Table<'a> {
    program: &'a Program,
    /// The program's types, by their places here.
    types: Vec<TypeIdx>,
    places: BTreeMap<TypeIdx, u16>,
}

impl Table<'_> {
    fn desc(&self, ty: TypeIdx) -> &TypeDesc {
        self.program.types.get(place(ty)).unwrap_or(&TypeDesc::Json)
    }

    /// The type behind marks of what the program reads.
    fn plain(&self, mut ty: TypeIdx) -> TypeIdx {
        // What is marked is not marked again; the bound is for hostile programs.
        for _ in 0..4 {
            match self.desc(ty) {
                TypeDesc::Unread(inner) | TypeDesc::Reduced { of: inner, .. } => ty = *inner,
                _ => break,
            }
        }
        ty
    }

    fn without_null(&self, ty: TypeIdx) -> (TypeIdx, bool) {
        let ty = self.plain(ty);
        match self.desc(ty) {
            TypeDesc::Optional(inner) => (self.plain(*inner), true),
            _ => (ty, false),
        }
    }

    /// The place of a type, which is described later.
    fn place(&mut self, ty: TypeIdx) -> u16 {
        let ty = self.plain(ty);
        if let Some(place) = self.places.get(&ty) {
            return *place;
        }
        // There are no more types than indices of types.
        let place = self.types.len() as u16;
        self.types.push(ty);
        self.places.insert(ty, place);
        place
    }

    fn finish(mut self) -> Vec<StoredType> {
        let mut done = Vec::new();
        while let Some(ty) = self.types.get(done.len()) {
            let desc = self.desc(*ty).clone();
            done.push(self.describe(&desc));
        }
        done
    }

    fn describe(&mut self, desc: &TypeDesc) -> StoredType {
        match desc {
            TypeDesc::Null => StoredType::Null,
            TypeDesc::Bool => StoredType::Plain(Kind::Bool),
            TypeDesc::Int => StoredType::Plain(Kind::Int),
            TypeDesc::Float => StoredType::Plain(Kind::Float),
            TypeDesc::Decimal => StoredType::Plain(Kind::Decimal),
            TypeDesc::String => StoredType::Plain(Kind::String),
            TypeDesc::Uuid => StoredType::Plain(Kind::Uuid),
            TypeDesc::Instant => StoredType::Plain(Kind::Instant),
            TypeDesc::Duration => StoredType::Plain(Kind::Duration),
            TypeDesc::LiteralBool(value) => StoredType::LiteralBool(*value),
            TypeDesc::LiteralInt(value) => StoredType::LiteralInt(*value),
            TypeDesc::LiteralString(value) => StoredType::LiteralString(value.clone()),
            TypeDesc::Optional(inner) => StoredType::Optional(self.place(*inner)),
            TypeDesc::List(item) => StoredType::List(self.place(*item)),
            TypeDesc::Map(value) => StoredType::Map(self.place(*value)),
            TypeDesc::Union(members) => {
                StoredType::Union(members.iter().map(|member| self.place(*member)).collect())
            }
            TypeDesc::Record { shape, fields, .. } => {
                let names = self.program.shapes.get(usize::from(shape.0));
                let names = names.map_or(&[][..], |shape| &shape.fields);
                let fields = names.iter().zip(fields);
                StoredType::Record(
                    fields.map(|(name, f)| (name.clone(), self.place(f.ty), f.optional)).collect(),
                )
            }
            TypeDesc::Json
            | TypeDesc::Secret
            | TypeDesc::Lambda
            | TypeDesc::Unread(_)
            | TypeDesc::Reduced { .. } => StoredType::Json,
        }
    }
}
