//! The names that the types of a schema have in messages.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use wf_types::TypeDefs;

use super::files::Schemas;
use super::tree::{NodeId, Place};

/// The longest name, in bytes.
const LENGTH: usize = 80;

/// The names that are taken, and those that `use schema` gives.
pub(super) struct Names {
    taken: FxHashSet<SmolStr>,
    given: FxHashMap<NodeId, SmolStr>,
    /// The last number that was put behind a name.
    last: FxHashMap<SmolStr, usize>,
}

impl Names {
    pub(super) fn new(defs: &TypeDefs) -> Self {
        let taken = defs.iter().map(|(_, def)| def.name.clone()).collect();
        Self { taken, given: FxHashMap::default(), last: FxHashMap::default() }
    }

    /// Says that a schema has a name in the program.
    pub(super) fn announce(&mut self, node: NodeId, name: &SmolStr) {
        self.given.entry(node).or_insert_with(|| name.clone());
    }

    /// A name for the type of a schema that no other type has: as it is called in the program or
    /// under `definitions`, and the way from there.
    /// One of several alternatives of `whole` is called by its `label` where nothing else tells it apart.
    pub(super) fn of(
        &mut self,
        schemas: &Schemas,
        node: NodeId,
        alternative: Option<(NodeId, &str)>,
    ) -> SmolStr {
        let mut wanted = self.wanted(schemas, node, "");
        if let Some((whole, label)) = alternative.filter(|(_, label)| !label.is_empty())
            && (self.taken.contains(&wanted)
                || is_unnamed(schemas, node)
                || wanted == self.wanted(schemas, whole, ""))
        {
            wanted = self.wanted(schemas, node, label);
        }
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let last = self.last.entry(wanted.clone()).or_insert(1);
        loop {
            *last += 1;
            let name = SmolStr::from(format!("{wanted}_{last}"));
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    fn wanted(&self, schemas: &Schemas, node: NodeId, label: &str) -> SmolStr {
        let tree = &schemas.tree;
        let (file, way) = tree.way(node);
        let mut behind: Vec<String> = Vec::new();
        if !label.is_empty() {
            behind.push(format!(".{label}"));
        }
        let mut start = None;
        for node in way {
            // What the program calls the whole is no name for a part of it.
            if let Some(name) = self.given.get(&node).filter(|_| !behind.is_empty()) {
                start = Some(name.clone());
                break;
            }
            let (own, parent) = schemas.names(node);
            match (own, parent.map(SmolStr::as_str)) {
                (Some(own), Some("definitions" | "$defs" | "schemas")) => {
                    start = Some(own.clone());
                    break;
                }
                (Some(own), Some("properties" | "patternProperties")) => {
                    behind.push(format!(".{own}"));
                }
                (Some(own), _) if own == "items" => behind.push("[]".to_owned()),
                (Some(own), _) if own == "additionalProperties" => behind.push(".*".to_owned()),
                _ => {}
            }
            // Alternatives of one type have names of their own at most by their titles.
            if let (Place::Item(..), Some(title)) = (tree.place(node), tree.text(node, "title")) {
                behind.push(format!(".{title}"));
            }
        }
        let start = start.unwrap_or_else(|| {
            let file = schemas.files.get(file);
            let title = file.and_then(|f| tree.text(f.root, "title")).cloned();
            let path = file.map_or("", |f| f.path.as_str());
            let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
            title.unwrap_or_else(|| last.split('.').next().unwrap_or(last).into())
        });
        let mut name = start.to_string();
        behind.iter().rev().for_each(|part| name.push_str(part));
        if name.len() > LENGTH {
            let end = name.floor_char_boundary(LENGTH);
            name.truncate(end);
            name.push('…');
        }
        // A name is said within one line.
        name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into()
    }
}

/// Whether a schema is an alternative that neither a key nor a title names.
fn is_unnamed(schemas: &Schemas, node: NodeId) -> bool {
    let tree = &schemas.tree;
    let Place::Item(list, _) = tree.place(node) else { return false };
    let keyword = schemas.names(*list).0.map(SmolStr::as_str);
    matches!(keyword, Some("oneOf" | "anyOf")) && tree.text(node, "title").is_none()
}
