//! Generic functions, and calls of them with all kinds of types.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

/// The functions by their names.
const FUNCTIONS: &[(&str, &str)] = &[
    ("g_at", "fn g_at<T>(xs: list<T>, i: int) -> T? { return xs[i] }\n"),
    ("g_pick", "fn g_pick<T>(c: bool, x: T, y: T) -> T { return if c { x } else { y } }\n"),
    (
        "g_largest",
        "fn g_largest<T: ordered>(xs: list<T>) -> T? {
  let mut best: T? = null
  for x in xs {
    if best == null or x > best { best = x }
  }
  return best
}\n",
    ),
    (
        "g_sum",
        "fn g_sum<T: number>(start: T, xs: list<T>) -> T {
  let mut all = start
  for x in xs { all += x }
  return all - start * start
}\n",
    ),
    (
        "g_pairs",
        "fn g_pairs<A, B>(x: A, ys: list<B>) -> list<{ a: A, b: B }> {
  return ys | map(y => { a: x, b: y })
}\n",
    ),
    ("g_or", "fn g_or<T>(x: T?, y: T) -> T { return x ?? y }\n"),
    (
        "g_reversed",
        "fn g_reversed<T>(xs: list<T>) -> list<T> {
  if length(xs) == 0 or length(xs) > 8 { return xs }
  let head = g_at(xs, 0)
  if head == null { return g_reversed(xs | drop(1)) }
  return g_reversed(xs | drop(1)) + [head]
}\n",
    ),
    ("g_read", "fn g_read<T: border>(x: T) -> T? { return parseJson(toJson(x)) as T? }\n"),
    ("g_index", "fn g_index<T>(key: string, x: T) -> map<T> { return {[key]: x, \"z\": x} }\n"),
];

impl Maker<'_> {
    fn generic(&mut self, name: &str) {
        // What it calls itself.
        if name == "g_reversed" {
            self.generic("g_at");
        }
        if !self.generics.iter().any(|g| g == name)
            && let Some((_, text)) = FUNCTIONS.iter().find(|(n, _)| *n == name)
        {
            self.generics.push(name.to_owned());
            self.functions.push_str(text);
        }
    }

    /// A call that gives this type.
    pub(super) fn generic_call(&mut self, ty: &Ty, env: &Env, depth: usize) -> Option<String> {
        let d = depth - 1;
        let (name, args) = match ty {
            Ty::Opt(inner) => {
                let inner = Ty::clone(inner);
                match self.choices.below(3) {
                    0 if inner.is_ordered() => ("g_largest", self.solid(&inner.list(), env, d)),
                    1 => ("g_read", self.solid(&inner, env, d)),
                    _ => {
                        let xs = self.solid(&inner.list(), env, d);
                        ("g_at", format!("{xs}, {}", self.expr(&Ty::Int, env, d)))
                    }
                }
            }
            Ty::List(of) => match (&**of, self.choices.below(2)) {
                (Ty::Rec(fields), _) if is_pair(fields) => {
                    let (a, b) = (fields.first()?.1.clone(), fields.get(1)?.1.clone());
                    let a = self.solid(&a, env, d);
                    ("g_pairs", format!("{a}, {}", self.solid(&b.list(), env, d)))
                }
                _ => ("g_reversed", self.solid(ty, env, d)),
            },
            Ty::Map(of) if self.choices.below(2) == 1 => {
                let key = self.expr(&Ty::Str, env, d);
                ("g_index", format!("{key}, {}", self.solid(of, env, d)))
            }
            Ty::Int | Ty::Float | Ty::Decimal if self.choices.below(2) == 1 => {
                let start = self.solid(ty, env, d);
                ("g_sum", format!("{start}, {}", self.solid(&ty.clone().list(), env, d)))
            }
            _ if *ty != Ty::Json && self.choices.below(2) == 1 => {
                let x = self.solid(&ty.clone().opt(), env, d);
                ("g_or", format!("{x}, {}", self.solid(ty, env, d)))
            }
            _ => {
                let c = self.expr(&Ty::Bool, env, d);
                let x = self.solid(ty, env, d);
                ("g_pick", format!("{c}, {x}, {}", self.solid(ty, env, d)))
            }
        };
        self.generic(name);
        Some(format!("{name}({args})"))
    }
}

fn is_pair(fields: &[(String, Ty)]) -> bool {
    matches!(fields, [(a, _), (b, _)] if a == "a" && b == "b")
}
