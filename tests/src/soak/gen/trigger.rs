//! Triggers: one, or several of which one fires.

use std::rc::Rc;

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// The triggers of the workflow that is run: their text, and what each of them gives.
    pub(super) fn triggers(&mut self, env: &mut Env) -> (String, Vec<String>) {
        let count = 1 + self.choices.weighted(&[7, 2, 1]);
        if count == 1 {
            let (text, kind) = self.trigger(env, 0);
            return (text, vec![kind]);
        }
        let (mut texts, mut kinds, mut cases) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..count {
            let mut own = Env::default();
            let (text, kind) = self.trigger(&mut own, i);
            texts.push(format!("{text} as t{i}"));
            kinds.push(kind);
            cases.push((format!("t{i}"), own.entries));
        }
        env.fired = (0..count).collect();
        env.cases = Rc::new(cases);
        (texts.join("\n    or "), kinds)
    }

    fn trigger(&mut self, env: &mut Env, number: usize) -> (String, String) {
        let by_entity = usize::from(self.entity.is_some()) * 3;
        match self.choices.weighted(&[8, 3, 1, by_entity]) {
            0 => self.function_trigger(env),
            1 => self.webhook(env, number),
            3 => self.entity_trigger(env).unwrap_or_default(),
            _ => {
                env.add("trigger.scheduledAt", Ty::Instant);
                env.add("trigger.cronExpression", Ty::Str);
                (
                    "schedule \"0 9 * * *\"".to_owned(),
                    "r[scheduledAt:t,cronExpression:s]".to_owned(),
                )
            }
        }
    }

    fn webhook(&mut self, env: &mut Env, number: usize) -> (String, String) {
        let body = match self.choices.below(3) {
            2 => self.holes(),
            _ => self.ty(3),
        };
        let params = Ty::rec(&[("page", Ty::Int.opt()), ("q", Ty::Str)]);
        env.push("trigger.body", body.clone(), None, !self.is_partial(&body), true);
        env.add("trigger.queryParams", params.clone());
        env.add("trigger.headers", Ty::Str.map());
        env.add("trigger.pathParams.id", Ty::Str);
        let text = format!(
            "webhook POST \"/x{number}/{{id}}\" {{ body: {}, queryParams: {} }}",
            self.show(&body),
            self.show(&params)
        );
        let kind = format!(
            "r[headers:ms,body:{},queryParams:r[page:?i,q:s],pathParams:r[id:s],rawBody:s]",
            self.kind(&body, 3)
        );
        (text, kind)
    }

    fn function_trigger(&mut self, env: &mut Env) -> (String, String) {
        let (mut written, mut kinds) = (Vec::new(), Vec::new());
        for i in 0..1 + self.choices.below(4) {
            let ty = match (i, self.choices.chance(20)) {
                (0, _) => Ty::Int.list(),
                (_, true) => self.holes(),
                _ => self.ty(3),
            };
            written.push(format!("p{i}: {}", self.show(&ty)));
            kinds.push(format!("p{i}:{}", self.kind(&ty, 3)));
            let path = format!("trigger.arguments.p{i}");
            env.push(path, ty.clone(), None, !self.is_partial(&ty), true);
        }
        // What nobody reads may be anything.
        if self.choices.chance(25) {
            let ty = self.ty(2);
            written.push(format!("unread: {}", self.show(&ty)));
            kinds.push("unread:w".to_owned());
        }
        let kind = format!("r[arguments:r[{}]]", kinds.join(","));
        (format!("function({})", written.join(", ")), kind)
    }
}
