//! Entities: their declaration, and the steps that read and write them.
//!
//! What parallel code would write in one order or another is not written: these steps stand in
//! sequential code of the main workflow. New entities get ids that nobody can foretell, so that one
//! statement at most makes some.

use super::env::Env;
use super::program::Maker;
use super::stmt::Block;
use super::ty::Ty;

impl Maker<'_> {
    /// Declares an entity, sometimes; gives its text.
    pub(super) fn make_entity(&mut self) -> String {
        if self.choices.weighted(&[3, 2]) == 0 {
            return String::new();
        }
        let mut fields = vec![("score".to_owned(), Ty::Int), ("name".to_owned(), Ty::Str)];
        for name in ["a", "b", "status"] {
            if self.choices.below(2) == 1 {
                let ty = if name == "b" { Ty::Int.opt() } else { self.ty(1) };
                fields.push((name.to_owned(), ty));
            }
        }
        let written: Vec<String> =
            fields.iter().map(|(n, ty)| format!("  {n}: {}\n", self.show(ty))).collect();
        self.entity = Some(fields);
        format!("entity E {{\n{}}}\n", written.concat())
    }

    /// A row as the world describes types.
    pub(super) fn entity_kind(&self) -> Option<String> {
        let fields = self.entity.as_ref()?;
        let fields: Vec<String> =
            fields.iter().map(|(n, ty)| format!("{n}:{}", self.kind(ty, 2))).collect();
        Some(format!("r[{}]", fields.join(",")))
    }

    /// A list of entities that can be read.
    pub(super) fn entities(&mut self, env: &Env) -> Option<String> {
        self.path_of(&Ty::Entity.list(), env)
    }

    fn entity_lambda(&mut self, env: &Env, ordered: bool) -> String {
        let name = self.name("q");
        let mut inner = env.clone();
        inner.add(&name, Ty::Entity);
        let body = match (ordered, self.choices.below(3)) {
            (true, 0) => self.row_number(&name, &inner, 1),
            (true, _) => {
                let ty = self.ordered_ty();
                self.solid(&ty, &inner, 2)
            }
            (false, 0) => self.cond(&inner, 2).text,
            (false, _) => self.row_test(&name, env, 2),
        };
        format!("{name} => {body}")
    }

    /// Whether entities can be read and written here.
    pub(super) fn may_use_entities(&self, block: &Block) -> bool {
        self.in_main && self.entity.is_some() && block.env.regions == 0 && !block.env.in_fn
    }

    /// The call of a node of entities with the type of its output.
    pub(super) fn entity_call(&mut self, env: &Env) -> (String, Ty) {
        let fields = self.entity.clone().unwrap_or_default();
        let entity = Ty::Entity;
        let makes = !self.has_made && env.depth <= 1;
        match self.choices.weighted(&[6, 2, 4, 2, 2 * usize::from(makes), 2 * usize::from(makes)]) {
            0 => {
                let mut inputs = Vec::new();
                if self.choices.below(2) == 1 {
                    inputs.push(format!("where: {}", self.entity_lambda(env, false)));
                }
                if self.choices.below(2) == 1 {
                    inputs.push(format!("orderBy: {}", self.entity_lambda(env, true)));
                }
                if self.choices.below(3) == 2 {
                    inputs.push(format!("descending: {}", self.expr(&Ty::Bool, env, 1)));
                }
                if self.choices.below(3) == 2 {
                    inputs.push(format!("limit: {}", self.choose(&["2", "0", "1", "-1"])));
                }
                if self.choices.below(3) == 2 {
                    inputs.push(format!("offset: {}", self.expr(&Ty::Int, env, 1)));
                }
                let output = Ty::rec(&[
                    ("entities", entity.list()),
                    ("totalCount", Ty::Int),
                    ("hasMore", Ty::Bool),
                ]);
                (format!("entity.query<E> {{ {} }}", inputs.join(", ")), output)
            }
            1 => {
                let id = self.entity_id(env);
                (format!("entity.get<E> {{ id: {id} }}"), Ty::rec(&[("entity", entity.opt())]))
            }
            2 => {
                let id = self.entity_id(env);
                let set = self.attributes(&fields, env, true);
                let condition = match self.choices.below(3) {
                    2 => format!(", if: {}", self.entity_lambda(env, false)),
                    _ => String::new(),
                };
                let output = Ty::rec(&[
                    ("entity", entity.clone()),
                    ("previousEntity", entity),
                    ("applied", Ty::Bool),
                ]);
                (format!("entity.update<E> {{ id: {id}, set: {set}{condition} }}"), output)
            }
            3 => {
                let id = self.entity_id(env);
                (format!("entity.delete<E> {{ id: {id} }}"), Ty::rec(&[("deleted", Ty::Bool)]))
            }
            4 => {
                self.has_made = true;
                let payload = self.attributes(&fields, env, false);
                (
                    format!("entity.create<E> {{ payload: {payload} }}"),
                    Ty::rec(&[("payload", entity)]),
                )
            }
            _ => {
                self.has_made = true;
                let test = self.entity_lambda(env, false);
                let payload = self.attributes(&fields, env, false);
                let output = Ty::rec(&[
                    ("entity", entity.clone()),
                    ("previousEntity", entity.opt()),
                    ("created", Ty::Bool),
                ]);
                (format!("entity.upsert<E> {{ where: {test}, payload: {payload} }}"), output)
            }
        }
    }

    fn entity_id(&mut self, env: &Env) -> String {
        match self.path_of(&Ty::Uuid, env) {
            Some(path) => path,
            None => self.closed(&Ty::Uuid, 0),
        }
    }

    /// Attributes as a literal; some of them where `partial`.
    fn attributes(&mut self, fields: &[(String, Ty)], env: &Env, partial: bool) -> String {
        let mut written = Vec::new();
        for (name, ty) in fields {
            if (partial || ty.is_opt()) && self.choices.below(2) == 0 {
                continue;
            }
            written.push(format!("{name}: {}", self.expr(ty, env, 2)));
        }
        format!("{{ {} }}", written.join(", "))
    }

    /// `trigger entity E on …`, with what it gives.
    pub(super) fn entity_trigger(&mut self, env: &mut Env) -> Option<(String, String)> {
        let kind = self.entity_kind()?;
        let kind = kind.strip_prefix("r[")?;
        let whole = format!("r[id:u,typeId:u,createdAt:t,updatedAt:t,{kind}");
        let events: &[&str] = match self.choices.below(5) {
            0 => &["created"],
            1 => &["updated"],
            2 => &["deleted"],
            3 => &["created", "updated"],
            _ => &["created", "updated", "deleted"],
        };
        let (mut members, mut contexts) = (Vec::new(), Vec::new());
        for event in events {
            let tag = Ty::Texts(std::rc::Rc::new(vec![(*event).to_owned()]));
            let mut fields = vec![("eventType", tag), ("entity", Ty::Entity)];
            let mut context = format!("r[eventType:e[{event}],entity:{whole}");
            if *event == "updated" {
                fields.push(("previousEntity", Ty::Entity));
                context.push_str(&format!(",previousEntity:{whole}"));
            }
            members.push(Ty::rec(&fields));
            contexts.push(context + "]");
        }
        let mut text = format!("entity E on {}", events.join(", "));
        if self.choices.below(3) == 2 {
            // It sees the entity and `config`.
            let mut inner = Env::default();
            let config = env.entries.iter().filter(|e| e.path.starts_with("config."));
            inner.entries.extend(config.cloned());
            text.push_str(&format!(" where {}", self.entity_lambda(&inner, false)));
        }
        if let [context] = contexts.as_slice() {
            env.add("trigger.entity", Ty::Entity);
            if events == ["updated"] {
                env.add("trigger.previousEntity", Ty::Entity);
            }
            return Some((text, context.clone()));
        }
        let union = Ty::Union(std::rc::Rc::new(members));
        env.push("trigger", union, None, false, true);
        Some((text, format!("o[{}]", contexts.join(","))))
    }
}
