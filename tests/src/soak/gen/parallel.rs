//! Parallel loops and blocks.

use super::program::Maker;
use super::stmt::{Block, Ran, pad};
use super::ty::Ty;

impl Maker<'_> {
    pub(super) fn parallel_for(&mut self, block: &mut Block, indent: usize) {
        let (of, items) = self.items(&block.env);
        let (item, name) = (self.name("x"), self.name("l"));
        let limit = self.choose(&["", " 1", " 2", " 8", " 3"]);
        let mut env = block.env.clone();
        self.compared.push(item.clone());
        self.exact.push(item.clone());
        let merged = self.enter_region(&mut env);
        let number = self.begin_for(&mut env, &name, &item, &of);
        env.may_continue = true;
        env.err = None;
        let yields = env.loops.last().map_or(Ty::Int, |l| l.yields.clone());
        let declared = self.own_variables(&mut env, indent + 1);
        let body = self.block(env, indent + 1);
        let most = if block.env.regions == 0 { 20 } else { 5 };
        block.line(
            indent,
            &format!("for {item} in take({items}, {most}) as {name} parallel{limit} {{"),
        );
        block.text.push_str(&declared);
        block.text.push_str(&body.text);
        block.line(indent, "}");
        block.wrote(&merged);
        let record = self.loop_record(number, yields, false);
        block.ran(Ran { name, record, definite: true });
    }

    pub(super) fn parallel(&mut self, block: &mut Block, indent: usize) {
        let name = self.name("p");
        let mut env = block.env.clone();
        let merged = self.enter_region(&mut env);
        (env.may_continue, env.err) = (false, None);
        let mut text = format!("{}parallel as {name} {{\n", pad(indent));
        let mut branches = Vec::new();
        for i in 0..2 + self.choices.below(2) {
            let mut env = env.clone();
            let declared = self.own_variables(&mut env, indent + 2);
            let body = self.block(env, indent + 2);
            let inner = pad(indent + 1);
            text.push_str(&format!("{inner}branch b{i} {{\n{declared}{}{inner}}}\n", body.text));
            branches.push(body);
        }
        block.text.push_str(&text);
        block.line(indent, "}");
        block.wrote(&merged);
        block.ends = branches.iter().any(|b| b.ends);
        for ran in branches.iter().flat_map(|b| &b.steps) {
            block.ran(ran.clone());
        }
        let record = Ty::rec(&[("output", Ty::rec(&[("success", Ty::Bool)]))]);
        block.ran(Ran { name, record, definite: true });
    }
}
