//! Functions of the program.

use super::calls::Func;
use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A function; some call themselves, a few times.
    pub(super) fn function(&mut self) {
        let name = self.name("f");
        // Of a type that is often asked for, so that it is called.
        let result = match self.choices.below(3) {
            2 => self.ty(2),
            _ => {
                let all = [Ty::Int, Ty::Str, Ty::Int.list(), Ty::Bool, Ty::Int.opt()];
                self.choices.pick(&all).unwrap_or(Ty::Int)
            }
        };
        let mut env = Env { in_fn: true, returns: Some(result.clone()), ..Env::default() };
        let recursive = self.choices.below(3) == 2;
        let mut params = Vec::new();
        for i in 0..1 + self.choices.below(3) {
            let ty = if i == 0 && recursive { Ty::Int } else { self.ty(2) };
            params.push((format!("{name}p{i}"), ty));
        }
        for (param, ty) in &params {
            self.compared.push(param.clone());
            self.exact.push(param.clone());
            env.add(param, ty.clone());
        }
        let mut text = String::new();
        self.left = 7;
        if recursive && let Some((first, _)) = params.first().cloned() {
            let base = self.expr(&result, &env, 1);
            text.push_str(&format!("  if {first} <= 0 or {first} > 4 {{ return {base} }}\n"));
            let mut args = vec![format!("{first} - 1")];
            for (_, ty) in params.iter().skip(1) {
                args.push(self.expr(ty, &env, 1));
            }
            let again = self.name("x");
            text.push_str(&format!("  let {again} = {name}({})\n", args.join(", ")));
            self.compared.push(again.clone());
            self.exact.push(again.clone());
            env.add(&again, result.clone());
        }
        let block = self.block(env, 1);
        text.push_str(&block.text);
        if !block.ends {
            let value = self.expr(&result, &block.env, 2);
            text.push_str(&format!("  return {value}\n"));
        }
        let written: Vec<String> =
            params.iter().map(|(n, ty)| format!("{n}: {}", self.show(ty))).collect();
        let shown = self.show(&result);
        self.functions
            .push_str(&format!("fn {name}({}) -> {shown} {{\n{text}}}\n", written.join(", ")));
        let params: Vec<Ty> = params.into_iter().map(|(_, ty)| ty).collect();
        self.funcs.push(Func { name, params, result });
    }
}
