//! Elements as JSON of a type.

use indexmap::IndexMap;
use wf_vm::bytecode::{Program, TypeDesc, TypeIdx};

use super::tree::{Element, Tree};
use crate::textual::{json_of, quote};

/// Writes an element as JSON. Recursion is as deep as elements nest.
pub(super) fn write(
    tree: &Tree,
    element: &Element,
    ty: TypeIdx,
    program: &Program,
    out: &mut String,
) {
    Writer { tree, program }.element(element, ty, out, true);
}

struct Writer<'a> {
    tree: &'a Tree,
    program: &'a Program,
}

impl Writer<'_> {
    fn desc(&self, ty: TypeIdx) -> Option<&TypeDesc> {
        self.program.types.get(usize::from(ty.0))
    }

    /// The type behind optionals, and whether there were any.
    fn inner(&self, mut ty: TypeIdx) -> (TypeIdx, bool) {
        let mut optional = false;
        for _ in 0..8 {
            match self.desc(ty) {
                Some(TypeDesc::Optional(inner)) => (ty, optional) = (*inner, true),
                Some(TypeDesc::Unread(inner)) => ty = *inner,
                _ => break,
            }
        }
        (ty, optional)
    }

    fn element(&self, element: &Element, ty: TypeIdx, out: &mut String, is_root: bool) {
        let (inner, optional) = self.inner(ty);
        if optional && element.is_text() && element.text.is_empty() {
            return out.push_str("null");
        }
        match self.desc(inner) {
            Some(TypeDesc::Record { .. }) => self.record(element, inner, out),
            Some(TypeDesc::Map(value)) => self.map(element, *value, out),
            Some(TypeDesc::List(item)) if is_root => {
                let children = self.tree.children(element);
                self.list(children, *item, out);
            }
            Some(TypeDesc::List(item)) => self.list(std::iter::once(element), *item, out),
            Some(TypeDesc::Json) => self.any(element, out),
            Some(TypeDesc::Union(members)) if members.iter().any(|ty| self.is_compound(*ty)) => {
                self.any(element, out);
            }
            _ if element.has_children() => self.any(element, out),
            _ => out.push_str(&json_of(&element.text, ty, self.program)),
        }
    }

    fn is_compound(&self, ty: TypeIdx) -> bool {
        let (inner, _) = self.inner(ty);
        let desc = self.desc(inner);
        use TypeDesc::{Json, List, Map, Record, Union};
        matches!(desc, Some(Record { .. } | Map(_) | List(_) | Json | Union(_)))
    }

    fn list<'e>(
        &self,
        elements: impl Iterator<Item = &'e Element>,
        item: TypeIdx,
        out: &mut String,
    ) {
        out.push('[');
        for (index, element) in elements.enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.element(element, item, out, false);
        }
        out.push(']');
    }

    fn record(&self, element: &Element, ty: TypeIdx, out: &mut String) {
        let Some(TypeDesc::Record { shape, fields, .. }) = self.desc(ty) else { return };
        let names = self.program.shapes.get(usize::from(shape.0)).map_or(&[][..], |s| &s.fields);
        let children = self.by_name(element);
        let mut object = Object::begin(out);
        for (name, field) in names.iter().zip(fields).filter(|(_, field)| field.demanded) {
            let name = name.as_str();
            if let Some(attribute) = name.strip_prefix('@') {
                if let Some(text) = element.attribute(attribute) {
                    object.entry(name).push_str(&json_of(text, field.ty, self.program));
                }
                continue;
            }
            if name == "#text" {
                object.entry(name).push_str(&json_of(&element.text, field.ty, self.program));
                continue;
            }
            let (inner, optional) = self.inner(field.ty);
            let found = children.get(name).map_or(&[][..], Vec::as_slice);
            match (self.desc(inner), found) {
                (Some(TypeDesc::List(_)), []) if optional || field.optional => {}
                (Some(TypeDesc::List(item)), found) => {
                    self.list(found.iter().copied(), *item, object.entry(name));
                }
                (_, []) => {}
                (_, [only]) => self.element(only, field.ty, object.entry(name), false),
                // Which one is meant is not known: the decoder tells of a list.
                (_, several) => self.anys(several, object.entry(name)),
            }
        }
        object.end();
    }

    fn map(&self, element: &Element, value: TypeIdx, out: &mut String) {
        let (inner, _) = self.inner(value);
        let list = match self.desc(inner) {
            Some(TypeDesc::List(item)) => Some(*item),
            Some(TypeDesc::Json) => return self.any_map(element, out),
            _ => None,
        };
        let mut object = Object::begin(out);
        for (name, text) in &element.attributes {
            let text = json_of(text, value, self.program);
            object.entry(&format!("@{name}")).push_str(&text);
        }
        for (name, found) in self.by_name(element) {
            match (list, &*found) {
                (Some(item), found) => self.list(found.iter().copied(), item, object.entry(name)),
                (None, [only]) => self.element(only, value, object.entry(name), false),
                (None, several) => self.anys(several, object.entry(name)),
            }
        }
        object.end();
    }

    fn by_name<'e>(&'e self, element: &'e Element) -> IndexMap<&'e str, Vec<&'e Element>> {
        let mut children: IndexMap<&str, Vec<&Element>> = IndexMap::new();
        for child in self.tree.children(element) {
            children.entry(child.name.as_str()).or_default().push(child);
        }
        children
    }

    fn any(&self, element: &Element, out: &mut String) {
        match element.is_text() {
            true => out.push_str(&quote(&element.text)),
            false => self.any_map(element, out),
        }
    }

    fn any_map(&self, element: &Element, out: &mut String) {
        let mut object = Object::begin(out);
        for (name, text) in &element.attributes {
            object.entry(&format!("@{name}")).push_str(&quote(text));
        }
        if !element.text.is_empty() {
            object.entry("#text").push_str(&quote(&element.text));
        }
        for (name, found) in self.by_name(element) {
            match &*found {
                [only] => self.any(only, object.entry(name)),
                several => self.anys(several, object.entry(name)),
            }
        }
        object.end();
    }

    fn anys(&self, elements: &[&Element], out: &mut String) {
        out.push('[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            self.any(element, out);
        }
        out.push(']');
    }
}

/// An object that is being written.
struct Object<'o> {
    out: &'o mut String,
    first: bool,
}

impl<'o> Object<'o> {
    fn begin(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// Where the value of an entry is written.
    fn entry(&mut self, name: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        self.out.push_str(&quote(name));
        self.out.push(':');
        self.out
    }

    fn end(self) {
        self.out.push('}');
    }
}
