//! Functions of the program: calls of them, and those that only give a value of a type.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

/// A function that can be called.
#[derive(Clone, Debug)]
pub(super) struct Func {
    pub(super) name: String,
    pub(super) params: Vec<Ty>,
    pub(super) result: Ty,
}

impl Maker<'_> {
    /// A name that nothing else has.
    pub(super) fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// A value of a type wherever it stands: the call of a function that gives one.
    pub(super) fn made(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Float => return self.closed(ty, 0),
            Ty::Duration | Ty::Uuid | Ty::Instant => return self.closed(ty, 0),
            _ => {}
        }
        let known = self.makers.iter().find(|(t, _)| t == ty).map(|(_, name)| name.clone());
        if let Some(name) = known
            && self.choices.below(4) != 3
        {
            return format!("{name}()");
        }
        let name = self.name("mk");
        let value = self.closed(ty, 3);
        let shown = self.show(ty);
        self.functions.push_str(&format!("fn {name}() -> {shown} {{ return {value} }}\n"));
        self.makers.push((ty.clone(), name.clone()));
        format!("{name}()")
    }

    /// A call of a function that gives this type.
    pub(super) fn fn_call(&mut self, ty: &Ty, env: &Env, depth: usize) -> Option<String> {
        let fitting: Vec<Func> = self.funcs.iter().filter(|f| f.result == *ty).cloned().collect();
        let func = self.choices.pick(&fitting)?;
        let args: Vec<String> = func.params.iter().map(|p| self.expr(p, env, depth - 1)).collect();
        Some(match (args.split_first(), self.choices.below(3)) {
            // A literal on the left of a pipe would not know its type.
            (Some((_, rest)), 2) if func.params.first() == Some(&Ty::Int) => {
                let first = self.solid(&Ty::Int, env, depth - 1);
                format!("({first} | {}({}))", func.name, rest.join(", "))
            }
            _ => format!("{}({})", func.name, args.join(", ")),
        })
    }
}
