//! Lists, maps and what may be null, by library functions.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A lambda over an item, of which a solid body is made.
    fn lambda(&mut self, item: &Ty, body: &Ty, env: &Env, d: usize) -> String {
        let name = self.name("q");
        let mut inner = env.clone();
        inner.add(&name, item.clone());
        let body = self.solid(body, &inner, d.min(2));
        format!("{name} => {body}")
    }

    /// A lambda with a condition.
    fn test(&mut self, item: &Ty, env: &Env, d: usize) -> String {
        let name = self.name("q");
        let mut inner = env.clone();
        inner.push(&name, item.clone(), None, !self.is_partial(item), true);
        let cond = self.cond(&inner, d.min(2));
        format!("{name} => {}", cond.text)
    }

    /// `any`, `all`, `count`
    pub(super) fn asked(&mut self, function: &str, env: &Env, d: usize) -> String {
        let entities = if self.entity.is_some() { self.entities(env) } else { None };
        let partial = if entities.is_none() { self.partial_list(env) } else { None };
        let (of, xs) = match (entities, partial) {
            (Some(xs), _) => (Ty::Entity, xs),
            (_, Some(list)) => list,
            _ => {
                let of = self.ty(1);
                (of.clone(), self.solid(&of.list(), env, d))
            }
        };
        let test = self.test(&of, env, d);
        match self.choices.below(2) {
            0 => format!("{function}({xs}, {test})"),
            _ => format!("({xs} | {function}({test}))"),
        }
    }

    pub(super) fn reduced(&mut self, ty: &Ty, env: &Env, d: usize) -> String {
        let of = self.ty(1);
        let xs = self.solid(&of.clone().list(), env, d);
        let start = self.solid(ty, env, d.min(1));
        let (acc, item) = (self.name("q"), self.name("q"));
        let mut inner = env.clone();
        inner.add(&acc, ty.clone());
        inner.add(&item, of);
        let body = self.solid(ty, &inner, d.min(2));
        format!("reduce({xs}, {start}, ({acc}, {item}) => {body})")
    }

    pub(super) fn list(&mut self, ty: &Ty, of: &Ty, env: &Env, d: usize) -> Option<String> {
        let piped = |xs: String, call: &str, arg: String, pipe: bool| match (pipe, arg.is_empty()) {
            (true, true) => format!("({xs} | {call})"),
            (true, false) => format!("({xs} | {call}({arg}))"),
            (false, true) => format!("{call}({xs})"),
            (false, false) => format!("{call}({xs}, {arg})"),
        };
        let pipe = self.choices.below(2) == 1;
        Some(match self.choices.below(19) {
            15..=17 => return self.selected(of, env, d),
            18 if *of == Ty::Json => return self.query_all(env, d),
            0 | 1 => {
                let from = self.ty(2);
                let xs = self.solid(&from.clone().list(), env, d);
                let lambda = self.lambda(&from, of, env, d);
                piped(xs, "map", lambda, pipe)
            }
            2 | 3 => {
                let xs = self.solid(ty, env, d);
                let test = self.test(of, env, d);
                piped(xs, "filter", test, pipe)
            }
            4 => {
                let from = self.ty(1);
                let xs = self.solid(&from.clone().list(), env, d);
                if of.is_opt() || *of == Ty::Json {
                    return None;
                }
                let lambda = self.lambda(&from, &of.clone().opt(), env, d);
                piped(xs, "filterMap", lambda, pipe)
            }
            5 => {
                let from = self.ty(1);
                let xs = self.solid(&from.clone().list(), env, d);
                let lambda = self.lambda(&from, ty, env, d.min(1));
                piped(xs, "flatMap", lambda, pipe)
            }
            6 => {
                let xs = self.solid(ty, env, d);
                let key = self.ordered_ty();
                let lambda = self.lambda(of, &key, env, d);
                let f = self.choose(&["sortBy", "distinctBy"]);
                piped(xs, &f, lambda, pipe)
            }
            7 => {
                let f = self.choose(&["reverse", "distinct"]);
                let xs = self.solid(ty, env, d);
                piped(xs, &f, String::new(), pipe)
            }
            8 => {
                let f = self.choose(&["take", "drop"]);
                let xs = self.solid(ty, env, d);
                let count = self.expr(&Ty::Int, env, d);
                piped(xs, &f, count, pipe)
            }
            9 => {
                let xs = self.solid(ty, env, d);
                let from = self.expr(&Ty::Int, env, d);
                piped(xs, "slice", from, pipe)
            }
            10 => {
                let (a, b) = (self.solid(ty, env, d), self.solid(ty, env, d));
                format!("({a} + {b})")
            }
            11 => {
                let m = self.solid(&of.clone().map(), env, d);
                piped(m, "values", String::new(), pipe)
            }
            12 if !of.is_opt() && *of != Ty::Json => {
                let xs = self.solid(&of.clone().opt().list(), env, d);
                piped(xs, "compact", String::new(), pipe)
            }
            13 => return self.special_list(of, env, d),
            _ => {
                let xs = self.solid(ty, env, d);
                let item = self.solid(of, env, d);
                format!("[...{xs}, {item}]")
            }
        })
    }

    fn special_list(&mut self, of: &Ty, env: &Env, d: usize) -> Option<String> {
        match of {
            Ty::Int => {
                let (a, b) = (self.solid(&Ty::Int, env, d), self.solid(&Ty::Int, env, d));
                Some(match self.choices.below(4) {
                    0 => format!("(clamp({a}, -2, 3)..clamp({b}, 0, 5))"),
                    1 => format!("(clamp({a}, -2, 3)..=clamp({b}, 0, 5))"),
                    2 => format!("range(clamp({a}, -2, 3), clamp({b}, 0, 5))"),
                    _ => {
                        let by = self.choose(&["2", "-1", "0", "3"]);
                        format!("range(clamp({a}, -5, 5), clamp({b}, -5, 9), {by})")
                    }
                })
            }
            Ty::Str => Some(match self.choices.below(2) {
                0 => {
                    let by = self.closed(&Ty::Str, 0);
                    format!("split({}, {by})", self.solid(&Ty::Str, env, d))
                }
                _ => {
                    let of = self.ty(1);
                    format!("keys({})", self.solid(&of.map(), env, d))
                }
            }),
            _ => None,
        }
    }

    pub(super) fn map(&mut self, ty: &Ty, of: &Ty, env: &Env, d: usize) -> Option<String> {
        if let (Ty::List(item), 0) = (of, self.choices.below(2)) {
            let xs = self.solid(of, env, d);
            let lambda = self.lambda(item, &Ty::Str, env, d);
            return Some(format!("groupBy({xs}, {lambda})"));
        }
        let (a, b) = (self.solid(ty, env, d), self.solid(ty, env, d));
        Some(format!("merge({a}, {b})"))
    }

    pub(super) fn optional(&mut self, inner: &Ty, env: &Env, d: usize) -> Option<String> {
        let list = || inner.clone().list();
        Some(match self.choices.below(9) {
            0 => format!("first({})", self.solid(&list(), env, d)),
            1 => format!("last({})", self.solid(&list(), env, d)),
            2 => {
                let xs = self.solid(&list(), env, d);
                format!("find({xs}, {})", self.test(inner, env, d))
            }
            3 => {
                let xs = self.solid(&list(), env, d);
                format!("{xs}[{}]", self.solid(&Ty::Int, env, d))
            }
            4 => {
                let m = self.solid(&inner.clone().map(), env, d);
                format!("{m}[{}]", self.solid(&Ty::Str, env, d))
            }
            5 => {
                let m = self.solid(&inner.clone().map(), env, d);
                format!("get({m}, {})", self.expr(&Ty::Str, env, d))
            }
            6 if inner.is_ordered() => {
                let f = self.choose(&["min", "max"]);
                format!("{f}({})", self.solid(&list(), env, d))
            }
            7 => {
                let value = self.solid(&Ty::Json, env, d);
                let shown = self.show(&inner.clone().opt());
                // A cast takes a primary type; a union stands in brackets already.
                format!("({value} as {shown})")
            }
            _ => match inner {
                Ty::Int => match self.choices.below(2) {
                    0 => format!("parseInt({})", self.solid(&Ty::Str, env, d)),
                    _ => format!("toInt({})", self.solid(&Ty::Float, env, d)),
                },
                Ty::Float if self.choices.below(2) == 0 => {
                    format!("toFloat({})", self.solid(&Ty::Decimal, env, d))
                }
                Ty::Float => format!("parseFloat({})", self.solid(&Ty::Str, env, d)),
                Ty::Decimal => format!("toDecimal({})", self.solid(&Ty::Str, env, d)),
                Ty::Str => format!("hexDecode({})", self.solid(&Ty::Str, env, d)),
                _ => return None,
            },
        })
    }
}
