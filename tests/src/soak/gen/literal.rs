//! Values that are written out: where the type is known from around them.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// The simplest text of a type, which reads nothing; the context tells the type.
    pub(super) fn closed(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Bool => self.choose(&["false", "true"]),
            Ty::Int => self.choose(&[
                "0",
                "1",
                "2",
                "3",
                "-1",
                "7",
                "9223372036854775807",
                "-9223372036854775807",
            ]),
            // With a point: where several kinds of numbers may stand, that tells which one it is.
            Ty::Decimal => self.choose(&[
                "0.00",
                "1.50",
                "-2.25",
                "12.5",
                "1.0e40",
                "0.1",
                "9999999999999999999999999999999999.0",
            ]),
            Ty::Union(members) => {
                let member = self.choices.pick(members).unwrap_or(Ty::Int);
                self.closed(&member, depth)
            }
            // Nothing is made of it.
            Ty::Holes(_) => "null".into(),
            Ty::Float => self.choose(&["0.0", "1.5", "-2.25", "0.1", "1.0e16", "1.0e308"]),
            Ty::Str => self.choose(&[
                "\"\"",
                "\"a\"",
                "\"Open\"",
                "\"7\"",
                "\"Zoë 🦀\"",
                "\"a,b\"",
                "\"q\\\"\\n\"",
                "\"\\{{ x }}\"",
            ]),
            Ty::Uuid => "decode<uuid>(\"0190b2d4-0000-7000-8000-000000000001\")".into(),
            Ty::Instant => {
                let at = self.choose(&["2026-01-02T03:04:05Z", "9999-12-31T23:59:59.5Z"]);
                format!("decode<instant>(\"{at}\")")
            }
            Ty::Duration => self.choose(&["5s", "0s", "250ms", "2h", "36500d"]),
            Ty::Json => {
                let at = self.choices.below(5);
                match at {
                    0 => "1".into(),
                    1 => "\"text\"".into(),
                    2 => "[1, 2]".into(),
                    3 => "true".into(),
                    _ => "{\"a\": 1, \"name\": \"x\"}".into(),
                }
            }
            Ty::Texts(all) => {
                let one = self.choices.pick(all).unwrap_or_default();
                format!("\"{one}\"")
            }
            Ty::Numbers(all) => self.choices.pick(all).unwrap_or_default().to_string(),
            // There are no literals of entities.
            Ty::Entity => "trigger.entity".into(),
            Ty::Opt(inner) => {
                if depth == 0 || self.choices.below(2) == 0 {
                    return "null".into();
                }
                self.closed(inner, depth - 1)
            }
            Ty::List(of) => {
                let count = if depth == 0 { 0 } else { self.choices.below(4) };
                let items: Vec<String> = (0..count).map(|_| self.closed(of, depth - 1)).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::Map(of) => {
                let count = if depth == 0 { 0 } else { self.choices.below(3) };
                let keys = ["\"a\"", "\"b\"", "\"name\""];
                let entries: Vec<String> = keys
                    .iter()
                    .take(count)
                    .map(|k| format!("{k}: {}", self.closed(of, depth - 1)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
            Ty::Rec(fields) => {
                let mut written = Vec::new();
                for (name, ty) in fields.iter() {
                    if ty.is_opt() && self.choices.below(3) == 0 {
                        continue;
                    }
                    let value = self.closed(ty, depth.saturating_sub(1));
                    written.push(format!("{name}: {value}"));
                }
                format!("{{ {} }}", written.join(", "))
            }
            Ty::Named(at) => {
                let ty = self.types.get(*at).map_or(Ty::Int, |(_, ty)| ty.clone());
                self.closed(&ty, depth.saturating_sub(1))
            }
        }
    }

    pub(super) fn choose(&mut self, all: &[&str]) -> String {
        self.choices.pick(all).unwrap_or_default().to_owned()
    }

    /// A list, map or record that is written out, of parts that read.
    pub(super) fn written(&mut self, ty: &Ty, env: &Env, depth: usize) -> String {
        match ty {
            Ty::List(of) => {
                let mut items = Vec::new();
                while items.len() < 4 && self.choices.chance(60) {
                    if self.choices.chance(15) {
                        let more = self.solid(ty, env, depth - 1);
                        items.push(format!("...{more}"));
                    } else {
                        items.push(self.expr(of, env, depth - 1));
                    }
                }
                format!("[{}]", items.join(", "))
            }
            Ty::Map(of) => {
                let mut entries = Vec::new();
                while entries.len() < 3 && self.choices.chance(60) {
                    let value = self.expr(of, env, depth - 1);
                    entries.push(match self.choices.weighted(&[4, 2, 1]) {
                        0 => {
                            let keys = ["\"a\"", "\"b\"", "\"ü\""];
                            let key = keys.get(entries.len()).copied().unwrap_or("\"\"");
                            format!("{key}: {value}")
                        }
                        1 => {
                            let key = self.solid(&Ty::Str, env, depth - 1);
                            format!("[{key}]: {value}")
                        }
                        _ => format!("...{}", self.solid(ty, env, depth - 1)),
                    });
                }
                format!("{{{}}}", entries.join(", "))
            }
            Ty::Rec(fields) => {
                let mut written = Vec::new();
                let mut spread = false;
                if self.choices.chance(15) {
                    // What follows a spread wins over it.
                    written.push(format!("...{}", self.solid(ty, env, depth - 1)));
                    spread = true;
                }
                for (name, ty) in fields.iter() {
                    if (spread || ty.is_opt()) && self.choices.below(3) == 0 {
                        continue;
                    }
                    let value = self.expr(ty, env, depth - 1);
                    written.push(format!("{name}: {value}"));
                }
                format!("{{ {} }}", written.join(", "))
            }
            Ty::Named(at) => {
                let ty = self.types.get(*at).map_or(Ty::Int, |(_, ty)| ty.clone());
                self.written(&ty, env, depth)
            }
            Ty::Union(members) => {
                let member = self.choices.pick(members).unwrap_or(Ty::Int);
                match self.choices.below(2) {
                    0 => self.written(&member, env, depth),
                    _ => self.expr(&member, env, depth - 1),
                }
            }
            _ => self.closed(ty, 2),
        }
    }
}
