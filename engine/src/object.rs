//! JSON objects whose members stay text, so that no number loses its value on the way.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON object: names and the texts of the values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    members: IndexMap<String, Box<RawValue>>,
}

impl Object {
    /// Reads an object.
    ///
    /// # Errors
    /// The text is no JSON object, or names a member twice.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(|value| value.get())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value.get()))
    }

    /// Sets a member to a JSON text.
    ///
    /// # Errors
    /// The text is no JSON.
    pub(crate) fn set(&mut self, name: &str, json: String) -> Result<(), serde_json::Error> {
        self.members.insert(name.to_owned(), RawValue::from_string(json)?);
        Ok(())
    }

    /// Sets a member to a string.
    pub(crate) fn set_string(&mut self, name: &str, text: &str) {
        if let Ok(value) = serde_json::value::to_raw_value(text) {
            self.members.insert(name.to_owned(), value);
        }
    }

    /// The object as JSON text.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::from("{");
        for (i, (name, value)) in self.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            text.push_str(&quoted(name));
            text.push(':');
            text.push_str(value);
        }
        text.push('}');
        text
    }
}

/// A text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = IndexMap::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.contains_key(&name) {
                        return Err(A::Error::custom(format!("`{name}` is given twice")));
                    }
                    members.insert(name, value);
                }
                Ok(Object { members })
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::Object;

    #[test]
    fn numbers_keep_their_digits() {
        let object = Object::parse(r#"{"n": 12345678901234567890123, "s": "a\"b"}"#).unwrap();
        assert_eq!(object.to_text(), r#"{"n":12345678901234567890123,"s":"a\"b"}"#);
    }

    #[test]
    fn a_name_given_twice_is_an_error() {
        let error = Object::parse(r#"{"a": 1, "a": 2}"#).unwrap_err();
        assert!(error.to_string().contains("`a` is given twice"), "{error}");
    }
}
