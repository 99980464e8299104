//! Conditions, and what they tell about paths that may be null.

use super::env::{Entry, Env};
use super::program::Maker;
use super::ty::Ty;

/// A condition.
pub(super) struct Cond {
    pub(super) text: String,
    /// What is not null where it holds.
    pub(super) then: Vec<Entry>,
    /// What is not null where it does not.
    pub(super) otherwise: Vec<Entry>,
}

impl Maker<'_> {
    /// A condition.
    pub(super) fn cond(&mut self, env: &Env, depth: usize) -> Cond {
        let shape = if depth == 0 { self.choices.below(3) } else { self.choices.below(10) };
        match shape {
            1 | 2 | 7 => self.null_test(env),
            3 => {
                let a = self.cond(env, depth - 1);
                let mut inner = env.clone();
                a.then.iter().for_each(|fact| inner.narrow(fact));
                let b = self.cond(&inner, depth - 1);
                let text = format!("({} and {})", a.text, b.text);
                Cond { text, then: [a.then, b.then].concat(), otherwise: Vec::new() }
            }
            4 => {
                let a = self.cond(env, depth - 1);
                let mut inner = env.clone();
                a.otherwise.iter().for_each(|fact| inner.narrow(fact));
                let b = self.cond(&inner, depth - 1);
                let text = format!("({} or {})", a.text, b.text);
                Cond { text, then: Vec::new(), otherwise: [a.otherwise, b.otherwise].concat() }
            }
            5 => {
                let a = self.cond(env, depth - 1);
                let text = format!("(not {})", a.text);
                Cond { text, then: a.otherwise, otherwise: a.then }
            }
            8 | 9 => match self.member_test(env) {
                Some(cond) => cond,
                None => self.plain(env, depth),
            },
            6 => match self.compared_literal(env) {
                Some(text) => Cond { text, then: Vec::new(), otherwise: Vec::new() },
                None => self.plain(env, depth),
            },
            _ => self.plain(env, depth),
        }
    }

    fn plain(&mut self, env: &Env, depth: usize) -> Cond {
        let text = self.solid(&Ty::Bool, env, depth);
        Cond { text, then: Vec::new(), otherwise: Vec::new() }
    }

    fn null_test(&mut self, env: &Env) -> Cond {
        let Some(entry) = self.nullable(env) else { return self.plain(env, 0) };
        let is = self.choices.below(2) == 1;
        let op = if is { "==" } else { "!=" };
        let text = match self.choices.below(4) {
            3 => format!("(null {op} {})", entry.path),
            _ => format!("({} {op} null)", entry.path),
        };
        self.tested.push(entry.path.to_string());
        // Of the output and the error of a `try` step just one is there.
        let mut there = vec![entry.clone()];
        let mut absent = Vec::new();
        if let Some(base) = entry.path.strip_suffix(".error") {
            let output = format!("{base}.output");
            absent.extend(self.readable(env).into_iter().filter(|e| *e.path == *output));
        } else if let Some(base) = entry.path.strip_suffix(".output") {
            let error = format!("{base}.error");
            absent.extend(self.readable(env).into_iter().filter(|e| *e.path == *error));
        }
        let can_tell = !self.may_give_null(&entry.path);
        absent.retain(|e| e.ty.is_opt() && e.narrows && can_tell);
        if is {
            std::mem::swap(&mut there, &mut absent);
        }
        Cond { text, then: there, otherwise: absent }
    }

    /// Whether a path is a part of a `try` step whose output may be null though it went well.
    pub(super) fn may_give_null(&self, path: &str) -> bool {
        let name = path.strip_prefix("steps.").and_then(|rest| rest.split('.').next());
        name.is_some_and(|name| self.null_outputs.iter().any(|n| n == name))
    }

    /// A path of literals, compared with one of them.
    fn compared_literal(&mut self, env: &Env) -> Option<String> {
        let entry = {
            let all = self.readable(env);
            let fitting: Vec<Entry> = all
                .into_iter()
                .filter(|e| {
                    e.whole
                        && e.var.is_none()
                        && e.narrows
                        && matches!(e.ty.inner(), Ty::Texts(_) | Ty::Numbers(_))
                        && self.may_test(&e.path)
                })
                .collect();
            let entry = self.choices.pick(&fitting)?;
            self.compared.push(entry.path.to_string());
            entry
        };
        let literals: Vec<String> = match entry.ty.inner() {
            Ty::Texts(all) => all.iter().map(|t| format!("\"{t}\"")).collect(),
            Ty::Numbers(all) => all.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        let one = self.choices.pick(&literals)?;
        Some(match self.choices.below(3) {
            0 => format!("({} == {one})", entry.path),
            1 => format!("({} != {one})", entry.path),
            _ => {
                let two = self.choices.pick(&literals)?;
                format!("({} in [{one}, {two}])", entry.path)
            }
        })
    }
}
