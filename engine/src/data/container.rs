//! What holds others: options, lists, maps and boxes.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use wf_bytecode::Program;
use wf_vm::Value;
use wf_vm::value::Entries;

use super::{Data, DataError, FieldText, Record, Types};

impl<T: Data> Data for Option<T> {
    fn wf_type(types: &mut Types) -> String {
        let inner = T::wf_type(types);
        if inner.ends_with('?') || inner == "json" { inner } else { format!("{inner}?") }
    }

    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
        if value.is_null() { Ok(None) } else { T::from_value(value, program).map(Some) }
    }

    fn to_value(&self) -> Result<Value, DataError> {
        self.as_ref().map_or(Ok(Value::Null), Data::to_value)
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Data> Data for Vec<T> {
    fn wf_type(types: &mut Types) -> String {
        format!("list<{}>", T::wf_type(types))
    }

    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
        let Value::List(items) = value.plain() else {
            return Err(DataError::kind("a list", value));
        };
        let items = items.as_slice().iter().enumerate();
        items.map(|(i, item)| T::from_value(item, program).map_err(|e| e.at(i))).collect()
    }

    fn to_value(&self) -> Result<Value, DataError> {
        let items = self.iter().enumerate();
        let items = items.map(|(i, item)| item.to_value().map_err(|e| e.at(i)));
        items.collect::<Result<_, _>>().map(Value::list)
    }
}

/// The entries of a map.
fn entries<'v, T: Data + 'v>(
    value: &'v Value,
    program: &'v Program,
) -> Result<impl Iterator<Item = Result<(String, T), DataError>> + 'v, DataError> {
    let Value::Map(map) = value.plain() else {
        return Err(DataError::kind("a map", value));
    };
    Ok(map.entries().iter().map(|(key, value)| {
        let data = T::from_value(value, program).map_err(|e| e.under(key))?;
        Ok((key.to_string(), data))
    }))
}

fn map<'a, T: Data + 'a>(
    entries: impl Iterator<Item = (&'a String, &'a T)>,
) -> Result<Value, DataError> {
    let mut out = Entries::default();
    for (key, data) in entries {
        out.insert(key.as_str().into(), data.to_value().map_err(|e| e.under(key))?);
    }
    Ok(Value::Map(wf_vm::MapRef::new(out)))
}

impl<T: Data> Data for BTreeMap<String, T> {
    fn wf_type(types: &mut Types) -> String {
        format!("map<{}>", T::wf_type(types))
    }

    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
        entries(value, program)?.collect()
    }

    fn to_value(&self) -> Result<Value, DataError> {
        map(self.iter())
    }
}

impl<T: Data, S: BuildHasher + Default> Data for HashMap<String, T, S>
where
    String: Eq + Hash,
{
    fn wf_type(types: &mut Types) -> String {
        format!("map<{}>", T::wf_type(types))
    }

    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
        entries(value, program)?.collect()
    }

    fn to_value(&self) -> Result<Value, DataError> {
        // By key: the order of a `HashMap` is another one in each process.
        map(self.iter().collect::<BTreeMap<_, _>>().into_iter())
    }
}

/// Implements [`Data`] for what only holds something.
macro_rules! holder {
    ($($holder:ident),*) => { $(
        impl<T: Data> Data for $holder<T> {
            fn wf_type(types: &mut Types) -> String {
                T::wf_type(types)
            }

            fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
                T::from_value(value, program).map($holder::new)
            }

            fn to_value(&self) -> Result<Value, DataError> {
                T::to_value(self)
            }

            fn missing() -> Option<Self> {
                T::missing().map($holder::new)
            }
        }

        impl<T: Record> Record for $holder<T> {
            const DOC: &'static str = T::DOC;

            fn fields(types: &mut Types) -> Vec<FieldText> {
                T::fields(types)
            }
        }
    )* };
}

holder!(Box, Arc);
