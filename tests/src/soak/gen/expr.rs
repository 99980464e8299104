//! Expressions.
//!
//! There are two kinds: those that stand where their type is known, which may be literals, and
//! *solid* ones, whose own type is exactly the wanted one wherever they stand.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;
use super::union::Arm;

impl Maker<'_> {
    /// An expression where the context tells the type.
    pub(super) fn expr(&mut self, ty: &Ty, env: &Env, depth: usize) -> String {
        if is_one_literal(ty) {
            return self.closed(ty, 0);
        }
        if depth == 0 {
            return match self.choices.weighted(&[1, 3]) {
                0 => self.closed(ty, 1),
                _ => match self.path_for(ty, env) {
                    Some(path) => path,
                    None => self.closed(ty, 1),
                },
            };
        }
        match self.choices.weighted(&[2, 5, 6, 2, 1, 1]) {
            0 => self.closed(ty, 2),
            1 => match self.path_for(ty, env) {
                Some(path) => path,
                None => self.solid(ty, env, depth),
            },
            2 => self.solid(ty, env, depth),
            3 => self.written(ty, env, depth),
            4 => self.if_expr(ty, env, depth, false),
            _ => match ty {
                Ty::Opt(inner) => self.expr(inner, env, depth - 1),
                Ty::Json => {
                    let other = self.ty(1);
                    self.solid(&other, env, depth - 1)
                }
                _ => self.match_expr(ty, env, depth, false),
            },
        }
    }

    /// An expression that is of exactly this type by itself.
    pub(super) fn solid(&mut self, ty: &Ty, env: &Env, depth: usize) -> String {
        if is_one_literal(ty) {
            return self.closed(ty, 0);
        }
        if depth == 0 || self.choices.chance(25) {
            return match self.path_of(ty, env) {
                Some(path) => path,
                None => self.made(ty),
            };
        }
        let general = self.choices.weighted(&[10, 2, 1, 2, 4, 1, 1]);
        let text = match general {
            0 => self.of_type(ty, env, depth),
            1 if !ty.is_opt() && *ty != Ty::Json => self.coalesced(ty, env, depth),
            2 => Some(self.if_expr(ty, env, depth, true)),
            3 => Some(self.match_expr(ty, env, depth, true)),
            4 => self.fn_call(ty, env, depth),
            5 => self.generic_call(ty, env, depth),
            6 => self.decoded_again(ty, env, depth),
            _ => None,
        };
        match text {
            Some(text) => text,
            None => match self.path_of(ty, env) {
                Some(path) => path,
                None => self.made(ty),
            },
        }
    }

    /// `a ?? b`
    fn coalesced(&mut self, ty: &Ty, env: &Env, depth: usize) -> Option<String> {
        let left = self.solid(&ty.clone().opt(), env, depth - 1);
        let right = match ty {
            Ty::Texts(_)
            | Ty::Numbers(_)
            | Ty::Named(_)
            | Ty::Rec(_)
            | Ty::List(_)
            | Ty::Union(_)
            | Ty::Decimal
            | Ty::Map(_) => self.solid(ty, env, depth - 1),
            _ => self.expr(ty, env, depth - 1),
        };
        Some(format!("({left} ?? {right})"))
    }

    fn if_expr(&mut self, ty: &Ty, env: &Env, depth: usize, solid: bool) -> String {
        let cond = self.cond(env, depth - 1);
        let mut yes = env.clone();
        let mut no = env.clone();
        cond.then.iter().for_each(|fact| yes.narrow(fact));
        cond.otherwise.iter().for_each(|fact| no.narrow(fact));
        let (a, b) = match solid {
            true => (self.solid(ty, &yes, depth - 1), self.solid(ty, &no, depth - 1)),
            false => (self.expr(ty, &yes, depth - 1), self.expr(ty, &no, depth - 1)),
        };
        format!("(if {} {{ {a} }} else {{ {b} }})", cond.text)
    }

    fn match_expr(&mut self, ty: &Ty, env: &Env, depth: usize, solid: bool) -> String {
        let Some((path, arms)) = self.subject(env) else {
            return self.solid(ty, env, 0);
        };
        let mut text = format!("(match {path} {{ ");
        for (i, arm) in arms.iter().enumerate() {
            let inner = self.in_arm(env, arm);
            let value = match solid {
                true => self.solid(ty, &inner, depth - 1),
                false => self.expr(ty, &inner, depth - 1),
            };
            if i > 0 {
                text.push_str(", ");
            }
            text.push_str(&format!("{} => {value}", arm.pattern));
        }
        text + " })"
    }

    /// What can be matched on, with arms that cover it. What is known of a path may exclude some.
    pub(super) fn subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let found = match self.choices.weighted(&[3, 4, 4 * usize::from(env.fired.len() > 1), 1]) {
            0 => None,
            1 => self.union_subject(env),
            3 => self.nullable_subject(env),
            _ => Some(self.trigger_subject(env)),
        };
        match found {
            Some(found) => Some(found),
            None => self.literal_subject(env),
        }
    }

    fn literal_subject(&mut self, env: &Env) -> Option<(String, Vec<Arm>)> {
        let all = self.readable(env);
        let fitting: Vec<_> = all
            .into_iter()
            .filter(|e| {
                e.whole
                    && e.var.is_none()
                    && e.narrows
                    && matches!(e.ty.inner(), Ty::Texts(_) | Ty::Numbers(_) | Ty::Str | Ty::Int)
                    && self.may_test(&e.path)
                    && !(e.ty.is_opt() && e.path.starts_with("loop."))
            })
            .collect();
        let entry = self.choices.pick(&fitting)?;
        self.compared.push(entry.path.to_string());
        let mut arms: Vec<String> = Vec::new();
        if entry.ty.is_opt() {
            arms.push("null".into());
        }
        match entry.ty.inner() {
            Ty::Texts(all) => {
                let mut texts: Vec<String> = all.iter().map(|t| format!("\"{t}\"")).collect();
                match self.choices.below(3) {
                    0 => arms.append(&mut texts),
                    1 => arms.push(texts.join(" | ")),
                    _ => {
                        arms.push(texts.swap_remove(0));
                        arms.push("_".into());
                    }
                }
            }
            Ty::Numbers(all) => {
                arms.extend(all.iter().map(ToString::to_string));
            }
            Ty::Str => arms.extend(["\"a\" | \"b\"".into(), "_".into()]),
            _ => arms.extend(["0".into(), "1 | 2".into(), "_".into()]),
        }
        Some((entry.path.to_string(), arms.into_iter().map(Arm::new).collect()))
    }

    /// Whether a path may be compared with any value of its type: what is known of it may exclude the
    /// value, its own type does not.
    pub(super) fn may_test(&self, path: &str) -> bool {
        !self.exact.iter().any(|c| path.starts_with(c.as_str()) || c.starts_with(path))
    }

    /// Whether nothing was compared yet that tells about a path.
    pub(super) fn may_compare(&self, path: &str) -> bool {
        !self.compared.iter().any(|c| path.starts_with(c.as_str()) || c.starts_with(path))
    }

    /// The forms that only a type has.
    fn of_type(&mut self, ty: &Ty, env: &Env, depth: usize) -> Option<String> {
        let d = depth - 1;
        match ty {
            Ty::Int => Some(self.int(env, d)),
            Ty::Float => Some(self.float(env, d)),
            Ty::Decimal => Some(self.decimal(env, d)),
            Ty::Str => Some(self.string(env, d)),
            Ty::Bool => Some(self.bool(env, d)),
            Ty::List(of) => self.list(ty, of, env, d),
            Ty::Map(of) => self.map(ty, of, env, d),
            Ty::Opt(inner) => self.optional(inner, env, d),
            Ty::Instant => {
                let at = self.solid(&Ty::Instant, env, d);
                Some(match self.choices.below(4) {
                    0 => format!("startOfDay({at})"),
                    1 => format!("({at} + {})", self.expr(&Ty::Duration, env, d)),
                    2 => format!("({at} - {})", self.expr(&Ty::Duration, env, d)),
                    _ => format!("(fromUnix({}) ?? {at})", self.expr(&Ty::Int, env, d)),
                })
            }
            Ty::Duration => {
                let a = self.solid(&Ty::Duration, env, d);
                Some(match self.choices.below(6) {
                    0 => self.closed(&Ty::Duration, 0),
                    1 => format!("({a} + {})", self.expr(&Ty::Duration, env, d)),
                    2 => format!("({a} - {})", self.expr(&Ty::Duration, env, d)),
                    3 => format!("({a} * {})", self.solid(&Ty::Int, env, d)),
                    4 => format!("(-{a})"),
                    _ => {
                        let b = self.solid(&Ty::Instant, env, d);
                        format!("({} - {b})", self.solid(&Ty::Instant, env, d))
                    }
                })
            }
            Ty::Json if self.choices.below(2) == 0 => Some(self.query_one(env, d)),
            Ty::Json => Some(match self.choices.below(2) {
                0 => format!("parseJson({})", self.expr(&Ty::Str, env, d)),
                _ => {
                    let other = self.ty(1);
                    let value = self.solid(&other, env, d);
                    format!("decode<json>({value})")
                }
            }),
            _ => None,
        }
    }

    fn int(&mut self, env: &Env, d: usize) -> String {
        let a = self.solid(&Ty::Int, env, d);
        match self.choices.below(18) {
            17 => match self.query_all(env, d) {
                Some(query) => format!("length({query})"),
                None => a,
            },
            16 => format!("(toInt({}) ?? {a})", self.solid(&Ty::Decimal, env, d)),
            0..=4 => {
                let op = self.choose(&["+", "-", "*", "/", "%"]);
                let b = self.expr(&Ty::Int, env, d);
                format!("({a} {op} {b})")
            }
            5 => format!("(-{a})"),
            6 => format!("abs({a})"),
            7 => format!("clamp({a}, -3, {})", self.expr(&Ty::Int, env, d)),
            8 => {
                let of = self.ty(1);
                format!("length({})", self.solid(&of.list(), env, d))
            }
            9 => format!("length({})", self.solid(&Ty::Str, env, d)),
            10 => {
                let of = self.ty(1);
                format!("length({})", self.solid(&of.map(), env, d))
            }
            11 => format!("sum({})", self.solid(&Ty::Int.list(), env, d)),
            12 => self.reduced(&Ty::Int, env, d),
            13 => self.asked("count", env, d),
            14 => {
                let of = self.choose(&[
                    "year",
                    "month",
                    "day",
                    "weekday",
                    "hour",
                    "dayOfYear",
                    "toUnix",
                ]);
                format!("{of}({})", self.solid(&Ty::Instant, env, d))
            }
            _ => format!("round({a})"),
        }
    }

    fn float(&mut self, env: &Env, d: usize) -> String {
        let a = self.solid(&Ty::Float, env, d);
        match self.choices.below(10) {
            9 => format!("(toFloat({}) ?? {a})", self.solid(&Ty::Decimal, env, d)),
            0..=3 => {
                let op = self.choose(&["+", "-", "*", "/", "%"]);
                let b = self.expr(&Ty::Float, env, d);
                format!("({a} {op} {b})")
            }
            4 => format!("toFloat({})", self.solid(&Ty::Int, env, d)),
            5 => {
                let f = self.choose(&["round", "floor", "ceil", "abs"]);
                format!("{f}({a})")
            }
            6 => format!("sum({})", self.solid(&Ty::Float.list(), env, d)),
            7 => {
                let b = self.solid(&Ty::Duration, env, d);
                format!("({} / {b})", self.solid(&Ty::Duration, env, d))
            }
            _ => self.reduced(&Ty::Float, env, d),
        }
    }

    fn decimal(&mut self, env: &Env, d: usize) -> String {
        let a = self.solid(&Ty::Decimal, env, d);
        match self.choices.below(12) {
            0..=3 => {
                let op = self.choose(&["+", "-", "*", "/", "%"]);
                // A decimal mixes with literals, but with no other number.
                let b = match self.choices.below(2) {
                    0 => self.closed(&Ty::Decimal, 0),
                    _ => self.solid(&Ty::Decimal, env, d),
                };
                let (a, b) = if self.choices.chance(25) { (b, a) } else { (a, b) };
                if a.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                    && b.starts_with(|c: char| c.is_ascii_digit() || c == '-')
                {
                    return a;
                }
                format!("({a} {op} {b})")
            }
            4 => {
                let f = self.choose(&["round", "floor", "ceil", "abs"]);
                format!("{f}({a})")
            }
            5 => format!("round({a}, {})", self.choose(&["2", "0", "-1", "40"])),
            6 => format!("toDecimal({})", self.solid(&Ty::Int, env, d)),
            7 => format!("toDecimal({})", self.solid(&Ty::Float, env, d)),
            8 => format!("sum({})", self.solid(&Ty::Decimal.list(), env, d)),
            9 => format!("(-{a})"),
            10 => format!("clamp({a}, -2.5, {})", self.solid(&Ty::Decimal, env, d)),
            _ => self.reduced(&Ty::Decimal, env, d),
        }
    }

    fn bool(&mut self, env: &Env, d: usize) -> String {
        if !env.secrets.is_empty() && self.choices.chance(8) {
            let secret = self.secret(env);
            return format!("secureEquals({secret}, {})", self.solid(&Ty::Str, env, d));
        }
        match self.choices.below(9) {
            0 | 1 => {
                let ty = self.ordered_ty();
                let op = self.choose(&["<", "<=", ">", ">=", "==", "!="]);
                let (a, b) = (self.solid(&ty, env, d), self.solid(&ty, env, d));
                format!("({a} {op} {b})")
            }
            2 => {
                let ty = self.ty(2);
                let op = self.choose(&["==", "!="]);
                let (a, b) = (self.solid(&ty, env, d), self.solid(&ty, env, d));
                format!("({a} {op} {b})")
            }
            3 => {
                let a = self.expr(&Ty::Bool, env, d);
                let op = self.choose(&["and", "or"]);
                format!("({a} {op} {})", self.solid(&Ty::Bool, env, d))
            }
            4 => format!("(not {})", self.solid(&Ty::Bool, env, d)),
            5 => {
                let f = self.choose(&["contains", "startsWith", "endsWith"]);
                let (a, b) = (self.solid(&Ty::Str, env, d), self.expr(&Ty::Str, env, d));
                format!("{f}({a}, {b})")
            }
            6 => {
                let f = self.choose(&["any", "all"]);
                self.asked(&f, env, d)
            }
            7 => {
                let of = self.ordered_ty();
                let (a, b) = (self.solid(&of, env, d), self.solid(&of.list(), env, d));
                format!("({a} in {b})")
            }
            _ => {
                let of = self.ty(1);
                let m = self.solid(&of.map(), env, d);
                let key = self.expr(&Ty::Str, env, d);
                format!("has({m}, {key})")
            }
        }
    }
}

/// Whether a type has one value. What is inferred of it is the type behind it, so that it stands
/// only where it is asked for.
fn is_one_literal(ty: &Ty) -> bool {
    matches!(ty, Ty::Texts(all) if all.len() == 1)
}
