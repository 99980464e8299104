//! Loops, one round after another.

use super::env::{Env, LoopInfo};
use super::program::Maker;
use super::stmt::{Block, Ran};
use super::ty::Ty;

impl Maker<'_> {
    /// What is known at the beginning of each round: variables that the loop assigns lose their
    /// narrowing, so those that are narrowed lose either that or their assignments.
    fn enter_loop(&mut self, env: &mut Env) {
        for name in env.narrowed() {
            if self.choices.below(2) == 0 {
                env.widen(&name);
            } else {
                env.assigns.retain(|v| v.name != name);
            }
        }
        (env.may_break, env.may_continue) = (true, true);
        env.err = None;
    }

    /// Begins a loop of a workflow over items of a type, whose names the body sees.
    pub(super) fn begin_for(&mut self, env: &mut Env, name: &str, item: &str, of: &Ty) -> usize {
        let number = self.loop_info(env);
        env.push(item, of.clone(), None, !self.is_partial(of), true);
        env.add(format!("loop.{name}.index"), Ty::Int);
        env.add(format!("loop.{name}.loopName"), Ty::Str);
        if self.is_partial(of) {
            return number;
        }
        env.add(format!("loop.{name}.item"), of.clone());
        env.add(format!("loop.{name}.items"), of.clone().list());
        number
    }

    /// Begins a loop of a workflow.
    pub(super) fn loop_info(&mut self, env: &mut Env) -> usize {
        let number = self.yielded.len();
        self.yielded.push(false);
        let yields = self.ty(2);
        env.loops.push(LoopInfo { yields, number });
        env.may_yield = true;
        number
    }

    pub(super) fn loop_record(&mut self, number: usize, yields: Ty, exhausted: bool) -> Ty {
        let mut fields = vec![("count", Ty::Int), ("success", Ty::Bool)];
        if self.yielded.get(number).copied().unwrap_or(false) {
            fields.push(("results", yields.list()));
        }
        if exhausted {
            fields.push(("exhausted", Ty::Bool));
        }
        Ty::rec(&[("output", Ty::rec(&fields)), ("nodeName", Ty::Str)])
    }

    /// What a loop goes over.
    pub(super) fn items(&mut self, env: &Env) -> (Ty, String) {
        if self.entity.is_some()
            && let Some(entities) = self.entities(env)
        {
            return (Ty::Entity, entities);
        }
        if let (Some(list), true) = (self.partial_list(env), self.choices.below(2) == 0) {
            return list;
        }
        let of = if self.choices.below(2) == 0 { Ty::Int } else { self.ty(2) };
        let items = self.solid(&of.clone().list(), env, 2);
        (of, items)
    }

    pub(super) fn for_stmt(&mut self, block: &mut Block, indent: usize) {
        let (of, items) = self.items(&block.env);
        let item = self.name("x");
        let mut env = block.env.clone();
        self.enter_loop(&mut env);
        self.compared.push(item.clone());
        self.exact.push(item.clone());
        if env.in_fn {
            env.push(&item, of.clone(), None, !self.is_partial(&of), true);
            let body = self.block(env, indent + 1);
            block.line(indent, &format!("for {item} in take({items}, 6) {{"));
            block.text.push_str(&body.text);
            block.line(indent, "}");
            return block.wrote(&body.assigned);
        }
        let name = self.name("l");
        let number = self.begin_for(&mut env, &name, &item, &of);
        let yields = env.loops.last().map_or(Ty::Int, |l| l.yields.clone());
        let declared = self.own_variables(&mut env, indent + 1);
        let body = self.block(env, indent + 1);
        block.line(indent, &format!("for {item} in take({items}, 6) as {name} {{"));
        block.text.push_str(&declared);
        block.text.push_str(&body.text);
        block.line(indent, "}");
        block.wrote(&body.assigned);
        let record = self.loop_record(number, yields, false);
        block.ran(Ran { name, record, definite: true });
    }

    /// `variables { }` at the beginning of a round or branch.
    pub(super) fn own_variables(&mut self, env: &mut Env, indent: usize) -> String {
        match self.choices.chance(30) {
            true => self.declared(env, indent),
            false => String::new(),
        }
    }

    pub(super) fn while_stmt(&mut self, block: &mut Block, indent: usize) {
        let mut env = block.env.clone();
        self.enter_loop(&mut env);
        if env.in_fn {
            let counter = self.name("n");
            let body = self.block(env, indent + 1);
            block.line(indent, &format!("let mut {counter} = 0 + 0"));
            block.line(indent, &format!("while {counter} < 4 {{"));
            block.line(indent + 1, &format!("{counter} += 1"));
            block.text.push_str(&body.text);
            block.line(indent, "}");
            return block.wrote(&body.assigned);
        }
        let max = self.most_rounds(&env);
        let name = self.name("l");
        let cond = self.cond(&env, 2);
        cond.then.iter().for_each(|fact| env.narrow(fact));
        let number = self.loop_info(&mut env);
        let yields = env.loops.last().map_or(Ty::Int, |l| l.yields.clone());
        env.add(format!("loop.{name}.index"), Ty::Int);
        let declared = self.own_variables(&mut env, indent + 1);
        let body = self.block(env, indent + 1);
        // Without the condition nothing is known in the body, so it stays where it was used.
        let forever = cond.then.is_empty() && self.choices.below(3) == 0;
        let text = if forever { "true".to_owned() } else { cond.text };
        block.line(indent, &format!("while {text} as {name} max {max} {{"));
        block.text.push_str(&declared);
        block.text.push_str(&body.text);
        block.line(indent, "}");
        block.wrote(&body.assigned);
        let record = self.loop_record(number, yields, true);
        block.ran(Ran { name, record, definite: true });
    }

    /// How often a `while` goes round at most: of literals, `config` and `trigger`.
    fn most_rounds(&mut self, env: &Env) -> String {
        let given: Vec<String> = env
            .entries
            .iter()
            .filter(|e| {
                e.ty == Ty::Int && (e.path.starts_with("trigger.") || e.path.starts_with("config."))
            })
            .map(|e| e.path.to_string())
            .collect();
        match self.choices.pick(&given) {
            Some(path) if self.choices.below(2) == 1 => format!("{path} % 3 + 2"),
            _ => self.choose(&["2", "1", "3", "5", "1 + 1"]),
        }
    }
}
