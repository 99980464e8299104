//! The table of named types and entities of a program.

use smol_str::SmolStr;

use crate::{Bound, RecordType, Type};

/// The number of a named type in a [`TypeDefs`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefId(pub u32);

/// A named type or an entity.
#[derive(Clone, Debug)]
pub struct Def {
    /// The name as declared.
    pub name: SmolStr,
    /// Its documentation, empty where there is none.
    pub doc: SmolStr,
    /// What the name stands for.
    pub kind: DefKind,
}

/// What a type's name stands for.
#[derive(Clone, Debug)]
pub enum DefKind {
    /// `type Name = T`
    Alias(Type),
    /// `entity Name { … }`, nominal: the whole record, in which `id`, `typeId`, `createdAt` and
    /// `updatedAt` stand before the declared attributes.
    Entity(RecordType),
    /// A type parameter as the body of its function sees it: a type of which only the bound is
    /// known.
    Opaque(Option<Bound>),
}

/// All named types and entities of a program.
#[derive(Clone, Debug, Default)]
pub struct TypeDefs {
    defs: Vec<Def>,
}

impl TypeDefs {
    /// The number of fields that every entity has before its declared attributes.
    pub const ENTITY_FIELDS: usize = 4;

    /// No types yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type and gives its number.
    pub fn add(&mut self, def: Def) -> DefId {
        self.defs.push(def);
        DefId(self.defs.len() as u32 - 1)
    }

    /// The type of this number.
    ///
    /// # Panics
    /// Where the number is from another table.
    #[inline]
    pub fn get(&self, id: DefId) -> &Def {
        &self.defs[id.0 as usize]
    }

    /// Replaces what a name stands for: declarations are entered before their types are known.
    pub fn set(&mut self, id: DefId, kind: DefKind) {
        self.defs[id.0 as usize].kind = kind;
    }

    /// All types in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (DefId, &Def)> {
        self.defs.iter().enumerate().map(|(i, d)| (DefId(i as u32), d))
    }

    /// The type behind names of aliases; an entity stays [`Type::Named`]. An alias that leads back
    /// to itself, which is an error told elsewhere, is [`Type::Error`].
    #[inline]
    pub fn peel<'a>(&'a self, ty: &'a Type) -> &'a Type {
        if matches!(ty, Type::Named(_)) { self.peel_name(ty) } else { ty }
    }

    fn peel_name<'a>(&'a self, ty: &'a Type) -> &'a Type {
        let mut ty = ty;
        for _ in 0..=self.defs.len() {
            match ty {
                Type::Named(id) => match &self.get(*id).kind {
                    DefKind::Alias(target) => ty = target,
                    DefKind::Entity(_) | DefKind::Opaque(_) => return ty,
                },
                _ => return ty,
            }
        }
        &Type::Error
    }

    /// The fields of a record or an entity, through names.
    pub fn record<'a>(&'a self, ty: &'a Type) -> Option<&'a RecordType> {
        match self.peel(ty) {
            Type::Record(record) => Some(record),
            Type::Named(id) => match &self.get(*id).kind {
                DefKind::Entity(record) => Some(record),
                DefKind::Alias(_) | DefKind::Opaque(_) => None,
            },
            _ => None,
        }
    }
}
