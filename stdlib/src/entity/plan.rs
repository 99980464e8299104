//! What must be done to a store so that it holds what a program declares, without loss.

mod fits;

use smol_str::SmolStr;
use wf_vm::bytecode::pushdown::Kind;
use wf_vm::bytecode::{AttributeInfo, EntityInfo, StoredType};

use self::fits::Fits;
use super::cell::kind_name;
use super::view::{Column, Table};

/// What a person has decided about attributes that are not declared any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Attributes whose values are given up: entity and attribute.
    pub drop: Vec<(String, String)>,
    /// Attributes that are called otherwise now: entity, old name, new name.
    pub rename: Vec<(String, String, String)>,
}

/// What the store has besides the table that is planned for.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The names of its tables.
    pub tables: Vec<String>,
}

/// A plan for one entity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The table as it will be.
    pub table: Table,
    /// What must hold before anything is done, each with what it would cost otherwise.
    pub checks: Vec<Check>,
    /// What is done.
    pub steps: Vec<Step>,
}

/// Something that must hold of what is stored.
#[derive(Clone, Debug)]
pub enum Check {
    /// There are no rows: an attribute would have no value.
    NoRows(Column),
    /// No row has null here.
    NoNulls(Column),
    /// No row has a value here, as `declared` is something else; or the column is gone.
    NoValues {
        /// As it is stored.
        column: Column,
        /// As it is declared now; `None` where it is not.
        declared: Option<String>,
    },
    /// All values are among these, which are JSON texts.
    Among(Column, Vec<String>),
    /// All whole numbers are floats exactly.
    Floats(Column),
}

/// A step of a plan.
#[derive(Clone, Debug)]
pub enum Step {
    /// The table is made, with its indexes.
    Create,
    /// The column gets another name.
    Rename(Column, Column),
    /// A column is added; rows get its default.
    Add(Column),
    /// A column is given up with what it holds.
    Drop(Column),
    /// The values become those of another kind.
    Convert(Column, Column),
    /// The declaration allows more, or less where nothing is lost: only what is written down changes.
    Declare(Column),
    /// Rows that lack a value get the default.
    Fill(Column),
    /// An index is made.
    Index(Column),
    /// An index is given up.
    Unindex(Column),
    /// No two rows may have the same value from now on.
    Unique(Column),
    /// Rows may have the same value from now on.
    Ununique(Column),
}

impl Step {
    /// The step in words.
    pub fn describe(&self, entity: &str) -> String {
        let of = |column: &Column| format!("`{entity}.{}`", column.attribute);
        match self {
            Self::Create => format!("make a table for `{entity}`"),
            Self::Rename(old, new) => format!("rename {} to `{}`", of(old), new.attribute),
            Self::Add(column) => match &column.default {
                Some(default) => format!("add {} with `{default}` in each row", of(column)),
                None => format!("add {}", of(column)),
            },
            Self::Drop(column) => format!("drop {} with its values", of(column)),
            Self::Convert(old, new) => {
                let name = |column: &Column| column.kind.map_or("json", kind_name);
                format!("convert {} from {} to {}", of(old), name(old), name(new))
            }
            Self::Declare(column) => format!("note the new type of {}", of(column)),
            Self::Fill(column) => format!("give {} its default where it is missing", of(column)),
            Self::Index(column) => format!("make an index over {}", of(column)),
            Self::Unindex(column) => format!("drop the index over {}", of(column)),
            Self::Unique(column) => format!("keep the values of {} unique", of(column)),
            Self::Ununique(column) => format!("let values of {} be the same", of(column)),
        }
    }
}

/// Columns that each table has, and names that PostgreSQL keeps for itself.
const TAKEN: [&str; 11] = [
    "id",
    "createdat",
    "updatedat",
    "wf_nulls",
    "oid",
    "tableoid",
    "xmin",
    "cmin",
    "xmax",
    "cmax",
    "ctid",
];

/// What must be done so that a store that has `current` holds what `entity` declares.
pub fn plan(current: Option<&Table>, entity: &EntityInfo, rules: &Rules, target: &Target) -> Draft {
    match current {
        None => fresh(entity, target),
        Some(current) => Planner::new(current, entity).run(rules),
    }
}

fn fresh(entity: &EntityInfo, target: &Target) -> Draft {
    let mut taken: Vec<String> = TAKEN.map(str::to_owned).to_vec();
    let columns = entity.attributes.iter().map(|a| declared(entity, a, &mut taken)).collect();
    let mut tables: Vec<String> = target.tables.iter().map(|name| name.to_lowercase()).collect();
    let table = free_name(&format!("entity_{}", entity.name), &mut tables);
    let entity_name = entity.name.clone();
    let table = Table { entity: entity_name, table, columns, types: entity.types.clone() };
    Draft { table, checks: Vec::new(), steps: vec![Step::Create] }
}

/// The column of an attribute as the program declares it.
fn declared(entity: &EntityInfo, attribute: &AttributeInfo, taken: &mut Vec<String>) -> Column {
    let name = &attribute.name;
    let default = entity.defaults.iter().find(|(of, _)| of == name);
    Column {
        attribute: name.clone(),
        column: free_name(name, taken),
        ty: attribute.ty,
        kind: entity.kind(attribute.ty),
        optional: attribute.optional,
        unique: entity.unique.contains(name),
        index: entity.index.contains(name),
        default: default.map(|(_, json)| json.clone()),
    }
}

/// A name that no store takes for one that is taken: they differ in more than capitals, and in
/// their first 50 bytes.
fn free_name(wanted: &str, taken: &mut Vec<String>) -> String {
    const LONGEST: usize = 50;
    let end = (0..=LONGEST.min(wanted.len())).rev().find(|end| wanted.is_char_boundary(*end));
    let short = wanted.get(..end.unwrap_or(0)).unwrap_or_default();
    let mut name = short.to_owned();
    let mut number = 1;
    while taken.contains(&name.to_lowercase()) {
        number += 1;
        name = format!("{short}${number}");
    }
    taken.push(name.to_lowercase());
    name
}

struct Planner<'a> {
    current: &'a Table,
    entity: &'a EntityInfo,
    table: Table,
    checks: Vec<Check>,
    steps: Vec<Step>,
    /// Types of the store that go on behind those of the program, and how many of them are there.
    adopted: Vec<u16>,
    described: usize,
}

impl<'a> Planner<'a> {
    fn new(current: &'a Table, entity: &'a EntityInfo) -> Self {
        let types = entity.types.clone();
        let table = Table { columns: Vec::new(), types, ..current.clone() };
        let (checks, steps, adopted) = Default::default();
        Self { current, entity, table, checks, steps, adopted, described: 0 }
    }

    fn run(mut self, rules: &Rules) -> Draft {
        let entity = self.entity;
        let renamed = |old: &SmolStr| {
            let mut all = rules.rename.iter();
            let rule = all.find(|(e, from, _)| *e == *entity.name && *from == **old);
            rule.map(|(_, _, to)| SmolStr::from(to.as_str()))
        };
        let mut taken: Vec<String> = TAKEN.map(str::to_owned).to_vec();
        taken.extend(self.current.columns.iter().map(|c| c.column.to_lowercase()));
        let is_dropped = |column: &Column| {
            let mut all = rules.drop.iter();
            all.any(|(e, name)| *e == *entity.name && *name == *column.attribute)
        };
        let mut left = Vec::new();
        let mut stored = Vec::new();
        for column in &self.current.columns {
            if is_dropped(column) {
                self.unindex(column);
                self.steps.push(Step::Drop(column.clone()));
                taken.retain(|name| *name != column.column.to_lowercase());
                continue;
            }
            let name = renamed(&column.attribute).unwrap_or_else(|| column.attribute.clone());
            match entity.attribute(&name) {
                Some(attribute) => stored.push((column, attribute)),
                None => left.push(column),
            }
        }
        for attribute in &entity.attributes {
            match stored.iter().find(|(_, of)| of.name == attribute.name) {
                Some((old, _)) => self.keep(old, attribute, &mut taken),
                None => {
                    let column = declared(entity, attribute, &mut taken);
                    self.add(column);
                }
            }
        }
        left.into_iter().for_each(|column| self.leave(column));
        let Self { table, checks, steps, .. } = self;
        Draft { table, checks, steps }
    }

    fn add(&mut self, column: Column) {
        if !column.optional && column.default.is_none() {
            self.checks.push(Check::NoRows(column.clone()));
        }
        self.steps.push(Step::Add(column.clone()));
        self.indexes(None, &column);
        self.table.columns.push(column);
    }

    /// An attribute that the program does not declare.
    fn leave(&mut self, column: &Column) {
        let mut column = column.clone();
        if !column.optional && column.default.is_none() {
            // New rows would have no value.
            self.checks.push(Check::NoValues { column: column.clone(), declared: None });
            column.optional = true;
            self.steps.push(Step::Declare(column.clone()));
        }
        column.ty = self.adopt(column.ty);
        self.table.columns.push(column);
    }

    /// The place of a type of the store among those of the plan, with all that it is made of.
    fn adopt(&mut self, ty: u16) -> u16 {
        let place = self.place(ty);
        while let Some(old) = self.adopted.get(self.described).copied() {
            self.described += 1;
            let ty = self.current.types.get(usize::from(old)).unwrap_or(&StoredType::Json);
            let ty = moved(ty, &mut |inner| self.place(inner));
            self.table.types.push(ty);
        }
        place
    }

    fn place(&mut self, old: u16) -> u16 {
        let known = self.adopted.iter().position(|ty| *ty == old);
        let index = known.unwrap_or_else(|| {
            self.adopted.push(old);
            self.adopted.len() - 1
        });
        u16::try_from(self.entity.types.len() + index).unwrap_or(u16::MAX)
    }

    fn keep(&mut self, old: &Column, attribute: &AttributeInfo, taken: &mut Vec<String>) {
        let mut new = declared(self.entity, attribute, &mut Vec::new());
        if old.attribute == new.attribute {
            new.column.clone_from(&old.column);
        } else {
            new.column = free_name(&new.attribute, taken);
            self.unindex(old);
            self.steps.push(Step::Rename(old.clone(), new.clone()));
        }
        let before = self.steps.len();
        self.change_type(old, &new);
        let may_lack = old.default.is_none() || (old.optional && !new.optional);
        if new.default.is_some() && may_lack {
            self.steps.push(Step::Fill(new.clone()));
        }
        if old.optional && !new.optional {
            let column = Column { default: new.default.clone(), ..old.clone() };
            self.checks.push(Check::NoNulls(column));
        }
        let converted = self.steps.get(before..).unwrap_or_default();
        let converted = converted.iter().any(|step| matches!(step, Step::Convert(..)));
        if !converted && self.is_declared_otherwise(old, &new) {
            self.steps.push(Step::Declare(new.clone()));
        }
        let is_renamed = old.attribute != new.attribute;
        self.indexes((!is_renamed).then_some(old), &new);
        self.table.columns.push(new);
    }

    fn is_declared_otherwise(&self, old: &Column, new: &Column) -> bool {
        let mut fits = Fits::new(&self.current.types, &self.table.types);
        old.optional != new.optional || old.default != new.default || !fits.same(old.ty, new.ty)
    }

    fn change_type(&mut self, old: &Column, new: &Column) {
        let mut fits = Fits::new(&self.current.types, &self.table.types);
        let widens = fits.fits(old.ty, new.ty);
        match (old.kind, new.kind) {
            (a, b) if a == b && widens => {}
            (Some(Kind::Int), Some(Kind::Float)) if self.is_plain(new.ty) => {
                self.checks.push(Check::Floats(old.clone()));
                self.convert(old, new);
            }
            (Some(Kind::Int), Some(Kind::Decimal)) => self.convert(old, new),
            (Some(_), None) if widens => self.convert(old, new),
            (Some(a), Some(b)) if a == b => {
                let among = literals(&self.table.types, new.ty);
                self.checks.push(Check::Among(old.clone(), among));
            }
            (a, b) => {
                let declared = Some(b.map_or("another type", kind_name).to_owned());
                self.checks.push(Check::NoValues { column: old.clone(), declared });
                if a != b {
                    self.convert(old, new);
                }
            }
        }
    }

    fn convert(&mut self, old: &Column, new: &Column) {
        let old = Column { column: new.column.clone(), ..old.clone() };
        self.unindex(&old);
        self.steps.push(Step::Convert(old, new.clone()));
    }

    fn is_plain(&self, ty: u16) -> bool {
        matches!(self.table.types.get(usize::from(ty)), Some(StoredType::Plain(_)))
    }

    fn unindex(&mut self, column: &Column) {
        if column.unique {
            self.steps.push(Step::Ununique(column.clone()));
        }
        if column.index {
            self.steps.push(Step::Unindex(column.clone()));
        }
    }

    /// The indexes of a column; those of the old one are still there where it is given.
    fn indexes(&mut self, old: Option<&Column>, new: &Column) {
        let was_converted = old.is_some_and(|old| old.kind != new.kind);
        let old = old.filter(|_| !was_converted);
        let (unique, index) = (old.is_some_and(|c| c.unique), old.is_some_and(|c| c.index));
        match (unique, new.unique) {
            (false, true) => self.steps.push(Step::Unique(new.clone())),
            (true, false) => self.steps.push(Step::Ununique(new.clone())),
            _ => {}
        }
        match (index, new.index) {
            (false, true) => self.steps.push(Step::Index(new.clone())),
            (true, false) => self.steps.push(Step::Unindex(new.clone())),
            _ => {}
        }
    }
}

/// The values of a type that is made of literals, as JSON texts.
fn literals(types: &[StoredType], ty: u16) -> Vec<String> {
    let one = |ty: &StoredType| match ty {
        StoredType::LiteralBool(value) => Some(value.to_string()),
        StoredType::LiteralInt(value) => Some(value.to_string()),
        StoredType::LiteralString(value) => serde_json::to_string(value.as_str()).ok(),
        _ => None,
    };
    match types.get(usize::from(ty)) {
        Some(StoredType::Union(members)) => {
            members.iter().filter_map(|m| one(types.get(usize::from(*m))?)).collect()
        }
        Some(ty) => one(ty).into_iter().collect(),
        None => Vec::new(),
    }
}

fn moved(ty: &StoredType, place: &mut dyn FnMut(u16) -> u16) -> StoredType {
    match ty {
        StoredType::Optional(inner) => StoredType::Optional(place(*inner)),
        StoredType::List(inner) => StoredType::List(place(*inner)),
        StoredType::Map(inner) => StoredType::Map(place(*inner)),
        StoredType::Union(members) => {
            StoredType::Union(members.iter().map(|member| place(*member)).collect())
        }
        StoredType::Record(fields) => StoredType::Record(
            fields.iter().map(|(name, ty, may)| (name.clone(), place(*ty), *may)).collect(),
        ),
        plain => plain.clone(),
    }
}
