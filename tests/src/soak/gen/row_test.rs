//! Tests of entities as people write them: what stores work out, beside what they can't, and what fails.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A test of an entity.
    pub(super) fn row_test(&mut self, row: &str, env: &Env, depth: usize) -> String {
        let shape = if depth == 0 { self.choices.below(9) } else { self.choices.below(14) };
        match shape {
            0 | 9 => {
                let op = self.choose(&["==", "!=", "<", "<=", ">", ">="]);
                let (a, b) = (self.row_value(row, env), self.row_number(row, env, 1));
                format!("({a} {op} {b})")
            }
            1 => {
                let call = self.choose(&["contains", "startsWith", "endsWith"]);
                format!("{call}({row}.name, {})", self.expr(&Ty::Str, env, 1))
            }
            2 => format!(
                "({row}.name {} {})",
                self.choose(&["==", "<", ">="]),
                self.expr(&Ty::Str, env, 1)
            ),
            3 => {
                let items = [self.row_number(row, env, 0), self.expr(&Ty::Int, env, 1)];
                format!("({} in [{}])", self.row_value(row, env), items.join(", "))
            }
            4 => match self.path_of(&Ty::Int.list(), env) {
                Some(list) => format!("({row}.score in {list})"),
                None => format!("({row}.name in [\"\", {}])", self.expr(&Ty::Str, env, 0)),
            },
            // The `where` of a trigger knows no run.
            5 if env.entries.iter().any(|entry| &*entry.path == "run.startedAt") => {
                format!("({row}.createdAt {} run.startedAt - 1d)", self.choose(&["<", ">"]))
            }
            6 => match self.optional_field() {
                Some((name, Ty::Int)) => {
                    let value = self.row_number(row, env, 0);
                    format!("(({row}.{name} ?? {value}) > {})", self.row_number(row, env, 0))
                }
                Some((name, _)) => format!("({row}.{name} != null)"),
                None => format!("({row}.id == {})", self.expr(&Ty::Uuid, env, 0)),
            },
            7 => match self.optional_field() {
                Some((name, Ty::Int)) => {
                    let value = self.row_number(row, env, 0);
                    format!("({row}.{name} != null and {row}.{name} >= {value})")
                }
                Some((name, _)) => format!("({row}.{name} == null)"),
                None => format!("(length({row}.name) > {})", self.expr(&Ty::Int, env, 0)),
            },
            8 => match self.path_of(&Ty::Int.opt(), env) {
                Some(path) => format!("({path} == null or {row}.score >= {path})"),
                None => self.expr(&Ty::Bool, env, 1),
            },
            10 | 11 => {
                let op = self.choose(&["and", "or"]);
                let (a, b) =
                    (self.row_test(row, env, depth - 1), self.row_test(row, env, depth - 1));
                format!("({a} {op} {b})")
            }
            12 => format!("(not {})", self.row_test(row, env, depth - 1)),
            _ => {
                let test = self.row_test(row, env, 0);
                let (a, b) = (self.row_test(row, env, 0), self.row_test(row, env, 0));
                format!("(if {test} {{ {a} }} else {{ {b} }})")
            }
        }
    }

    /// A number that is another one in another row; some fail.
    fn row_value(&mut self, row: &str, env: &Env) -> String {
        match self.choices.below(6) {
            0..=2 => format!("{row}.score"),
            3 => format!("(-{row}.score)"),
            4 => format!("(10 / {row}.score)"),
            _ => {
                let op = self.choose(&["+", "-", "*"]);
                format!("({row}.score {op} {})", self.row_number(row, env, 0))
            }
        }
    }

    /// A number in a test of an entity; some fail.
    pub(super) fn row_number(&mut self, row: &str, env: &Env, depth: usize) -> String {
        let shape = if depth == 0 { self.choices.below(3) } else { self.choices.below(8) };
        match shape {
            0 | 3 => format!("{row}.score"),
            1 => self.choose(&["2", "0", "5", "9223372036854775807"]),
            2 => self.expr(&Ty::Int, env, 1),
            4 => format!("(-{row}.score)"),
            5 => format!("(10 / {row}.score)"),
            _ => {
                let op = self.choose(&["+", "-", "*"]);
                let (a, b) = (self.row_number(row, env, 0), self.row_number(row, env, 0));
                format!("({a} {op} {b})")
            }
        }
    }

    /// An attribute that may be null.
    fn optional_field(&mut self) -> Option<(String, Ty)> {
        let fields = self.entity.clone()?;
        let optional: Vec<(String, Ty)> = fields
            .into_iter()
            .filter_map(|(name, ty)| match ty {
                Ty::Opt(inner) => Some((name, (*inner).clone())),
                _ => None,
            })
            .collect();
        let place = self.choices.below(optional.len().max(1));
        optional.into_iter().nth(place)
    }
}
