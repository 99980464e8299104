//! Variables: their declaration, assignment, updates and merges.

use std::rc::Rc;

use super::env::{Env, Var};
use super::program::Maker;
use super::stmt::{Block, pad};
use super::ty::Ty;

impl Maker<'_> {
    /// `variables { … }`
    pub(super) fn declared(&mut self, env: &mut Env, indent: usize) -> String {
        let count = self.choices.weighted(&[2, 3, 3, 1]);
        if count == 0 {
            return String::new();
        }
        let mut text = format!("{}variables {{\n", pad(indent));
        let mut new = Vec::new();
        for _ in 0..count {
            let name = self.name("v");
            let ty = self.variable_ty();
            let first = match ty.is_opt() && self.choices.below(3) == 0 {
                true => String::new(),
                false => {
                    let value = self.expr(&ty, env, 1);
                    format!(" = {value}")
                }
            };
            text.push_str(&format!("{}{name}: {}{first}\n", pad(indent + 1), self.show(&ty)));
            new.push((name, ty));
        }
        for (name, ty) in new {
            let name: Rc<str> = Rc::from(name.as_str());
            let path = format!("variables.{name}");
            env.push(path, ty.clone(), Some(Rc::clone(&name)), true, true);
            env.assigns.push(Var { name, ty });
        }
        text.push_str(&format!("{}}}\n", pad(indent)));
        text
    }

    /// A type that can often be merged.
    fn variable_ty(&mut self) -> Ty {
        match self.choices.weighted(&[5, 3, 2, 2, 3, 3, 4, 3, 3, 3, 3, 1, 2]) {
            9 => Ty::Decimal,
            10 => Ty::Instant,
            11 => self.ordered_ty().opt(),
            12 => self.union_ty(1),
            0 => Ty::Int,
            1 => self.ty(1).list(),
            2 => Ty::Str,
            3 => self.ty(1).map(),
            4 => Ty::Int.opt(),
            5 => Ty::Float,
            6 => Ty::Bool,
            7 => Ty::Duration,
            _ => self.ty(2),
        }
    }

    /// The operators that a variable of this type has.
    pub(super) fn operators(ty: &Ty) -> &'static [&'static str] {
        match ty {
            Ty::Int | Ty::Float | Ty::Decimal | Ty::Duration => &["+=", "max=", "min="],
            Ty::Str | Ty::Instant => &["max=", "min="],
            Ty::List(_) | Ty::Map(_) => &["+="],
            Ty::Bool => &["or=", "and="],
            Ty::Opt(inner) if inner.is_ordered() => &["max=", "min="],
            _ => &[],
        }
    }

    fn target(env: &Env, var: &Var) -> String {
        if env.in_fn { var.name.to_string() } else { format!("variables.{}", var.name) }
    }

    /// `variables.x = e`, `variables.x += e`; nothing where there is none.
    pub(super) fn assign(&mut self, block: &mut Block, indent: usize) -> bool {
        let Some(var) = self.choices.pick(&block.env.assigns) else { return false };
        let target = Self::target(&block.env, &var);
        let operators = Self::operators(&var.ty);
        if !operators.is_empty() && self.choices.below(3) > 0 {
            let op = self.choose(operators);
            let value = self.operand(&var.ty, &block.env);
            block.line(indent, &format!("{target} {op} {value}"));
        } else {
            let value = self.expr(&var.ty, &block.env, 2);
            block.line(indent, &format!("{target} = {value}"));
        }
        block.env.widen(&var.name);
        block.assigned.push(var.name);
        true
    }

    /// The right side of `+=` and the like.
    pub(super) fn operand(&mut self, ty: &Ty, env: &Env) -> String {
        match ty {
            Ty::Opt(inner) => self.expr(inner, env, 2),
            Ty::List(of) if self.choices.below(3) > 0 => {
                let (a, b) = (self.expr(of, env, 2), self.expr(of, env, 1));
                if self.choices.below(2) == 0 { format!("[{a}]") } else { format!("[{a}, {b}]") }
            }
            Ty::List(_) | Ty::Map(_) => self.solid(ty, env, 2),
            other => self.expr(other, env, 2),
        }
    }

    /// A merge out of parallel code.
    pub(super) fn merge(&mut self, block: &mut Block, indent: usize) -> bool {
        let Some((var, op)) = self.choices.pick(&block.env.merges) else { return false };
        let value = self.operand(&var.ty, &block.env);
        block.line(indent, &format!("variables.{} {op} {value}", var.name));
        true
    }

    /// What becomes of the variables in a parallel statement: some are merged into, the others
    /// can only be read. Gives the names of the former.
    pub(super) fn enter_region(&mut self, env: &mut Env) -> Vec<Rc<str>> {
        let mut merged: Vec<Rc<str>> = env.merges.iter().map(|(v, _)| Rc::clone(&v.name)).collect();
        for var in std::mem::take(&mut env.assigns) {
            let operators = Self::operators(&var.ty);
            if operators.is_empty() || self.choices.below(3) == 0 {
                continue;
            }
            let Some(op) = self.choices.pick(operators) else { continue };
            env.entries.retain(|e| e.var.as_deref() != Some(&*var.name));
            merged.push(Rc::clone(&var.name));
            env.merges.push((var, op));
        }
        env.regions += 1;
        env.returns = None;
        env.may_break = false;
        merged
    }
}
