//! Types that come from a JSON Schema.

use std::rc::Rc;

use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A type of a schema, sometimes: what stands in the program, and the schema.
    pub(super) fn make_schema(&mut self) -> (String, String) {
        if !self.choices.chance(15) {
            return Default::default();
        }
        let (mut fields, mut properties, mut required) = (Vec::new(), Vec::new(), Vec::new());
        for name in ["a", "b", "name", "score"] {
            if self.choices.below(3) == 2 {
                continue;
            }
            let (ty, schema) = self.schema_ty(2);
            let schema = schema.replace('\'', "\"");
            properties.push(format!("\"{name}\": {schema}"));
            if self.choices.below(3) > 0 {
                required.push(format!("\"{name}\""));
                fields.push((name.to_owned(), ty));
            } else {
                fields.push((name.to_owned(), ty.opt()));
            }
        }
        if fields.is_empty() {
            return Default::default();
        }
        let name = format!("S{}", self.types.len());
        self.types.push((name.clone(), Ty::Rec(Rc::new(fields))));
        let schema = format!(
            "{{ \"$defs\": {{ \"it\": {{ \"type\": \"object\", \"required\": [{}], \"properties\": {{ {} }} }} }} }}\n",
            required.join(", "),
            properties.join(", ")
        );
        (format!("use schema \"types.json#/$defs/it\" as {name}\n"), schema)
    }

    /// A type with its schema, in which single quotes stand for double ones.
    fn schema_ty(&mut self, depth: usize) -> (Ty, String) {
        match self.choices.below(if depth == 0 { 5 } else { 7 }) {
            0 => (Ty::Int, "{ 'type': 'integer' }".to_owned()),
            1 => (Ty::Str, "{ 'type': 'string' }".to_owned()),
            2 => (Ty::Bool, "{ 'type': 'boolean' }".to_owned()),
            3 => (Ty::Float, "{ 'type': 'number' }".to_owned()),
            4 => {
                let texts = vec!["Open".into(), "Closed".into(), "a".into()];
                (Ty::Texts(Rc::new(texts)), "{ 'enum': ['Open', 'Closed', 'a'] }".to_owned())
            }
            5 => {
                let (of, schema) = self.schema_ty(depth - 1);
                (of.list(), format!("{{ 'type': 'array', 'items': {schema} }}"))
            }
            _ => {
                let (of, schema) = self.schema_ty(depth - 1);
                (of.map(), format!("{{ 'type': 'object', 'additionalProperties': {schema} }}"))
            }
        }
    }
}
