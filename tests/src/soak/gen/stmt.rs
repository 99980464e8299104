//! Statements.

use std::rc::Rc;

use super::env::{Entry, Env, failure};
use super::program::Maker;
use super::ty::Ty;

/// A step that a block ran, or another statement that is one.
#[derive(Clone, Debug)]
pub(super) struct Ran {
    pub(super) name: String,
    pub(super) record: Ty,
    pub(super) definite: bool,
}

/// Statements under way.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) text: String,
    pub(super) env: Env,
    pub(super) steps: Vec<Ran>,
    /// Variables that were assigned.
    pub(super) assigned: Vec<Rc<str>>,
    /// Whether the end can't be reached.
    pub(super) ends: bool,
}

impl Block {
    pub(super) fn new(env: Env) -> Self {
        let (text, steps, assigned) = (String::new(), Vec::new(), Vec::new());
        Self { text, env, steps, assigned, ends: false }
    }

    pub(super) fn line(&mut self, indent: usize, line: &str) {
        self.text.push_str(&pad(indent));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A step that can be read from here on.
    pub(super) fn ran(&mut self, ran: Ran) {
        let path = format!("steps.{}", ran.name);
        self.env.entries.retain(|e| *e.path != *path);
        let ty = if ran.definite { ran.record.clone() } else { ran.record.clone().opt() };
        self.env.push(path, ty, None, false, true);
        self.steps.push(ran);
    }

    /// Notes that variables were assigned in a statement.
    pub(super) fn wrote(&mut self, assigned: &[Rc<str>]) {
        for name in assigned {
            self.env.widen(name);
            self.assigned.push(Rc::clone(name));
        }
    }
}

pub(super) fn pad(indent: usize) -> String {
    "  ".repeat(indent)
}

impl Maker<'_> {
    /// Some statements.
    pub(super) fn block(&mut self, env: Env, indent: usize) -> Block {
        let mut block = Block::new(env);
        block.env.depth += 1;
        let most = if indent == 1 { 12 } else { 4 };
        let mut count = 0;
        while !block.ends && self.left > 0 && count < most && self.choices.chance(85) {
            self.left -= 1;
            count += 1;
            self.stmt(&mut block, indent);
        }
        block.env.depth -= 1;
        block
    }

    fn stmt(&mut self, block: &mut Block, indent: usize) {
        let env = &block.env;
        let deep = env.depth > 4;
        // Functions are called often, so what is in them is worth more.
        let nested = if deep { 0 } else { 1 + 2 * usize::from(env.in_fn) };
        let flow = usize::from(!env.in_fn);
        let weights = [
            5,                                                            // let
            12 * flow,                                                    // step
            6 + 6 * usize::from(env.in_fn),                               // assign
            if env.merges.is_empty() { 0 } else { 14 },                   // merge
            5 * nested,                                                   // if
            3 * nested,                                                   // match
            4 * nested,                                                   // for
            7 * nested * flow,                                            // for parallel
            2 * nested,                                                   // while
            4 * nested * flow,                                            // parallel
            4 * nested * flow,                                            // try
            if env.may_yield { 8 } else { 0 },                            // yield
            4,                                                            // exit under a condition
            1 - usize::from(env.in_fn || env.depth < 2 || env.must_stay), // exit
        ];
        match self.choices.weighted(&weights) {
            0 => self.let_stmt(block, indent),
            1 => self.step(block, indent),
            2 => {
                if !self.assign(block, indent) {
                    self.let_stmt(block, indent);
                }
            }
            3 => drop(self.merge(block, indent)),
            4 => self.if_stmt(block, indent),
            5 => self.match_stmt(block, indent),
            6 => self.for_stmt(block, indent),
            7 => self.parallel_for(block, indent),
            8 => self.while_stmt(block, indent),
            9 => self.parallel(block, indent),
            10 => self.try_stmt(block, indent),
            11 => self.yield_stmt(block, indent),
            12 => self.guarded_exit(block, indent),
            _ => {
                let exit = self.exit(&block.env);
                block.line(indent, &exit);
                block.ends = true;
            }
        }
    }

    /// A statement or two that may stand above variables.
    pub(super) fn before_variables(&mut self, block: &mut Block, indent: usize) {
        for _ in 0..1 + self.choices.below(2) {
            match self.choices.below(3) {
                0 => self.let_stmt(block, indent),
                1 => self.step(block, indent),
                _ => self.guarded_exit(block, indent),
            }
        }
    }

    fn let_stmt(&mut self, block: &mut Block, indent: usize) {
        let name = self.name("x");
        if self.choices.chance(25)
            && let Some((path, ty)) = self.as_another(&block.env)
        {
            block.line(indent, &format!("let {name}: {} = {path}", self.show(&ty)));
            return block.env.add(&name, ty);
        }
        let ty = self.ty(3);
        let known = matches!(ty, Ty::Opt(_) | Ty::Texts(_) | Ty::Numbers(_) | Ty::Json);
        let union = matches!(self.peel(&ty), Ty::Union(_));
        if block.env.in_fn && self.choices.below(2) == 0 {
            let value = self.solid(&ty, &block.env, 3);
            block.line(indent, &format!("let mut {name}: {} = {value}", self.show(&ty)));
            let var: Rc<str> = Rc::from(name.as_str());
            block.env.push(&name, ty.clone(), Some(Rc::clone(&var)), true, true);
            block.env.assigns.push(super::env::Var { name: var, ty });
            return;
        }
        if !union && (known || self.choices.below(2) == 0) {
            let value = self.solid(&ty, &block.env, 3);
            block.line(indent, &format!("let {name} = {value}"));
        } else {
            let value = self.expr(&ty, &block.env, 3);
            block.line(indent, &format!("let {name}: {} = {value}", self.show(&ty)));
        }
        // What is known of a literal's value is more than its type: it is not compared.
        if !union {
            self.compared.push(name.clone());
            self.exact.push(name.clone());
        }
        block.env.add(&name, ty);
    }

    fn if_stmt(&mut self, block: &mut Block, indent: usize) {
        let cond = self.cond(&block.env, 2);
        let name = (!block.env.in_fn && self.choices.chance(25)).then(|| self.name("i"));
        let mut yes = block.env.clone();
        cond.then.iter().for_each(|fact| yes.narrow(fact));
        let then = self.block(yes, indent + 1);
        let other = self.choices.below(2) == 1;
        let mut no = block.env.clone();
        cond.otherwise.iter().for_each(|fact| no.narrow(fact));
        let otherwise = if other { self.block(no, indent + 1) } else { Block::new(no) };
        let shown = name.as_ref().map(|n| format!(" as {n}")).unwrap_or_default();
        block.line(indent, &format!("if {}{shown} {{", cond.text));
        block.text.push_str(&then.text);
        if other {
            block.line(indent, "} else {");
            block.text.push_str(&otherwise.text);
        }
        block.line(indent, "}");
        let facts: &[Entry] = match (then.ends, otherwise.ends) {
            (true, false) => &cond.otherwise,
            (false, true) => &cond.then,
            _ => &[],
        };
        facts.iter().for_each(|fact| block.env.narrow(fact));
        self.join(block, vec![then, otherwise]);
        if let (Some(name), false) = (name, block.ends) {
            let output = Ty::rec(&[
                ("result", Ty::Bool),
                ("evaluatedExpression", Ty::Str),
                ("success", Ty::Bool),
            ]);
            let record = Ty::rec(&[("output", output)]);
            block.ran(Ran { name, record, definite: true });
        }
    }

    /// Behind arms of which one is taken.
    fn join(&mut self, block: &mut Block, arms: Vec<Block>) {
        for arm in &arms {
            block.wrote(&arm.assigned);
        }
        let going: Vec<&Block> = arms.iter().filter(|arm| !arm.ends).collect();
        if going.is_empty() {
            block.ends = true;
        }
        let only = going.len() == 1;
        for ran in going.iter().flat_map(|arm| &arm.steps) {
            block.ran(Ran { definite: ran.definite && only, ..ran.clone() });
        }
    }

    fn match_stmt(&mut self, block: &mut Block, indent: usize) {
        let Some((path, arms)) = self.subject(&block.env) else {
            return self.if_stmt(block, indent);
        };
        let top = indent == 1;
        block.line(indent, &format!("match {path} {{"));
        let mut blocks = Vec::new();
        let mut fired = Vec::new();
        for arm in arms {
            let mut env = self.in_arm(&block.env, &arm);
            env.must_stay |= !top && arm.fired.is_some();
            let done = self.block(env, indent + 2);
            block.line(indent + 1, &format!("{} => {{", arm.pattern));
            block.text.push_str(&done.text);
            block.line(indent + 1, "}");
            if let (false, Some(these)) = (done.ends, &arm.fired) {
                fired.extend(these.iter().copied());
            }
            blocks.push(done);
        }
        block.line(indent, "}");
        self.join(block, blocks);
        if !block.ends && path == "trigger" && fired.len() < block.env.fired.len() {
            block.env.know_fired(&fired);
        }
    }

    fn try_stmt(&mut self, block: &mut Block, indent: usize) {
        let body = self.block(block.env.clone(), indent + 1);
        let mut behind = block.env.clone();
        body.assigned.iter().for_each(|name| behind.widen(name));
        let mut with = Block::new(behind.clone());
        for ran in body.steps.iter().filter(|_| !body.ends) {
            with.ran(Ran { definite: false, ..ran.clone() });
        }
        let catches = self.choices.below(4) > 0;
        let err = self.name("err");
        let catch = catches.then(|| {
            let mut env = with.env.clone();
            env.push(&err, failure(), None, false, false);
            env.err = Some(err.clone());
            self.block(env, indent + 1)
        });
        let finally = (!catches || self.choices.chance(25)).then(|| {
            let mut env = with.env.clone();
            if let Some(catch) = &catch {
                catch.assigned.iter().for_each(|name| env.widen(name));
            }
            env.returns = None;
            (env.may_break, env.may_continue, env.may_yield) = (false, false, false);
            self.block(env, indent + 1)
        });
        block.line(indent, "try {");
        block.text.push_str(&body.text);
        if let Some(catch) = &catch {
            block.line(indent, &format!("}} catch {err} {{"));
            block.text.push_str(&catch.text);
        }
        if let Some(finally) = &finally {
            block.line(indent, "} finally {");
            block.text.push_str(&finally.text);
        }
        block.line(indent, "}");
        let leaves = catch.as_ref().is_none_or(|c| c.ends);
        let assigned = [Some(&body), catch.as_ref(), finally.as_ref()];
        for part in assigned.into_iter().flatten() {
            block.wrote(&part.assigned);
        }
        if !body.ends {
            for ran in &body.steps {
                block.ran(Ran { definite: ran.definite && leaves, ..ran.clone() });
            }
            for ran in catch.iter().filter(|c| !c.ends).flat_map(|c| &c.steps) {
                block.ran(Ran { definite: false, ..ran.clone() });
            }
        }
        for ran in finally.iter().flat_map(|f| &f.steps) {
            block.ran(ran.clone());
        }
        block.ends = body.ends && leaves || finally.as_ref().is_some_and(|f| f.ends);
    }

    fn yield_stmt(&mut self, block: &mut Block, indent: usize) {
        let Some(info) = block.env.loops.last().cloned() else { return };
        let value = self.solid(&info.yields, &block.env, 3);
        block.line(indent, &format!("yield {value}"));
        if let Some(yielded) = self.yielded.get_mut(info.number) {
            *yielded = true;
        }
    }

    fn guarded_exit(&mut self, block: &mut Block, indent: usize) {
        let cond = self.cond(&block.env, 2);
        let mut inside = block.env.clone();
        cond.then.iter().for_each(|fact| inside.narrow(fact));
        let exit = self.exit(&inside);
        block.line(indent, &format!("if {} {{ {exit} }}", cond.text));
        cond.otherwise.iter().for_each(|fact| block.env.narrow(fact));
    }

    /// A statement that leaves.
    fn exit(&mut self, env: &Env) -> String {
        let weights = [
            usize::from(env.returns.is_some()) * 3,
            usize::from(env.may_break) * 3,
            usize::from(env.may_continue) * 4,
            usize::from(!env.in_fn),
            usize::from(env.err.is_some()) * 2,
        ];
        if weights.iter().sum::<usize>() == 0 {
            return "fail \"nowhere\"".to_owned();
        }
        match self.choices.weighted(&weights) {
            0 => {
                let ty = env.returns.clone().unwrap_or(Ty::Int);
                let value = self.returned(&ty, env);
                format!("return {value}")
            }
            1 => "break".to_owned(),
            2 => "continue".to_owned(),
            3 => format!("fail \"told {{{{ {} }}}}\"", self.solid(&Ty::Int, env, 1)),
            _ => format!("fail {}", env.err.clone().unwrap_or_default()),
        }
    }

    /// A value to be returned.
    pub(super) fn returned(&mut self, ty: &Ty, env: &Env) -> String {
        match self.annotated || env.in_fn {
            true => self.expr(ty, env, 3),
            false => self.solid(ty, env, 3),
        }
    }
}
