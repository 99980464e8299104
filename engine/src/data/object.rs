//! Records and maps by the names of their fields, for derived code.

use smol_str::SmolStr;
use wf_bytecode::Program;
use wf_vm::Value;
use wf_vm::value::Entries;

use super::{Data, DataError, Record};

/// The fields of a record, or the entries of a map.
pub struct Fields<'v> {
    program: &'v Program,
    held: Held<'v>,
}

enum Held<'v> {
    Record(&'v [SmolStr], &'v [Value]),
    Map(&'v Entries),
}

impl<'v> Fields<'v> {
    /// Those of a value.
    ///
    /// # Errors
    /// It is neither.
    pub fn of(value: &'v Value, program: &'v Program) -> Result<Self, DataError> {
        let held = match value.plain() {
            Value::Map(map) => Held::Map(map.entries()),
            Value::Record(record) => {
                let shape = program.shapes.get(usize::from(record.shape().0));
                Held::Record(shape.map_or(&[], |shape| &shape.fields), record.fields())
            }
            other => return Err(DataError::kind("a record", other)),
        };
        Ok(Self { program, held })
    }

    /// One of them.
    ///
    /// # Errors
    /// It is not there and has to be, or does not fit.
    pub fn get<T: Data>(&self, name: &str) -> Result<T, DataError> {
        let found = match &self.held {
            Held::Record(names, values) => {
                let slot = names.iter().position(|known| known == name);
                slot.and_then(|slot| values.get(slot))
            }
            Held::Map(entries) => entries.get(name),
        };
        match found {
            None | Some(Value::Missing) => T::missing().ok_or_else(|| DataError::missing(name)),
            Some(value) => T::from_value(value, self.program).map_err(|e| e.under(name)),
        }
    }
}

/// The text of a string.
///
/// # Errors
/// It is none.
pub fn text_of(value: &Value) -> Result<&str, DataError> {
    match value.plain() {
        Value::String(text) => Ok(text.as_str()),
        other => Err(DataError::kind("a string", other)),
    }
}

/// A record under construction.
#[derive(Default)]
pub struct Object {
    entries: Entries,
}

impl Object {
    /// One without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// One with the field that says which variant it is.
    pub fn tagged(tag: &str, name: &str) -> Self {
        let mut object = Self::default();
        object.entries.insert(tag.into(), Value::string(name));
        object
    }

    /// Adds a field.
    ///
    /// # Errors
    /// It has no value in wf.
    pub fn set<T: Data>(&mut self, name: &str, data: &T) -> Result<(), DataError> {
        let value = data.to_value().map_err(|e| e.under(name))?;
        self.entries.insert(name.into(), value);
        Ok(())
    }

    /// Adds the fields of a record, and ends.
    ///
    /// # Errors
    /// One of them has no value in wf.
    pub fn with_fields_of<T: Record>(mut self, data: &T) -> Result<Value, DataError> {
        if let Value::Map(map) = data.to_value()? {
            self.entries.extend(map.entries().iter().map(|(n, v)| (n.clone(), v.clone())));
        }
        Ok(self.into_value())
    }

    /// The record.
    pub fn into_value(self) -> Value {
        Value::Map(wf_vm::MapRef::new(self.entries))
    }
}
