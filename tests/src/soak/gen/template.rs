//! Strings: templates and functions of texts.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    pub(super) fn string(&mut self, env: &Env, d: usize) -> String {
        if !env.secrets.is_empty() && self.choices.chance(8) {
            let secret = self.secret(env);
            return format!("hmacSha256({secret}, {})", self.solid(&Ty::Str, env, d));
        }
        match self.choices.below(15) {
            13 => {
                let (x, n) = (self.solid(&Ty::Decimal, env, d), self.choose(&["0", "2", "50"]));
                format!("toFixed({x}, {n})")
            }
            0..=2 => self.template(env, d),
            3 => {
                let (a, b) = (self.solid(&Ty::Str, env, d), self.expr(&Ty::Str, env, d));
                format!("({a} + {b})")
            }
            4 => {
                let f = self.choose(&[
                    "upper",
                    "lower",
                    "trim",
                    "urlEncode",
                    "hexEncode",
                    "base64Encode",
                ]);
                format!("{f}({})", self.solid(&Ty::Str, env, d))
            }
            5 => {
                let xs = self.solid(&Ty::Str.list(), env, d);
                format!("join({xs}, {})", self.closed(&Ty::Str, 0))
            }
            6 => {
                let s = self.solid(&Ty::Str, env, d);
                let from = self.expr(&Ty::Int, env, d);
                match self.choices.below(2) {
                    0 => format!("slice({s}, {from})"),
                    _ => format!("slice({s}, {from}, {})", self.expr(&Ty::Int, env, d)),
                }
            }
            7 => {
                let s = self.solid(&Ty::Str, env, d);
                let f = self.choose(&["padStart", "padEnd"]);
                format!("{f}({s}, {}, \"ab\")", self.choose(&["3", "0", "9", "-1"]))
            }
            8 => {
                let (s, a) = (self.solid(&Ty::Str, env, d), self.expr(&Ty::Str, env, d));
                format!("replace({s}, {a}, {})", self.expr(&Ty::Str, env, d))
            }
            9 => {
                let s = self.solid(&Ty::Str, env, d);
                format!("repeat({s}, clamp({}, 0, 3))", self.solid(&Ty::Int, env, d))
            }
            10 => {
                let ty = self.ty(2);
                format!("toJson({})", self.solid(&ty, env, d))
            }
            11 => {
                let (x, n) = (self.solid(&Ty::Float, env, d), self.choose(&["0", "2", "5"]));
                format!("toFixed({x}, {n})")
            }
            12 => format!("({} | upper)", self.solid(&Ty::Str, env, d)),
            _ => {
                let start = self.expr(&Ty::Str, env, d);
                let of = self.ty(1);
                let xs = self.solid(&of.clone().list(), env, d);
                let (acc, item) = (self.name("q"), self.name("q"));
                let mut inner = env.clone();
                inner.add(&acc, Ty::Str);
                inner.add(&item, of);
                let body = self.solid(&Ty::Str, &inner, d.min(1));
                let start = format!("\"\" + {start}");
                format!("reduce({xs}, {start}, ({acc}, {item}) => slice({acc} + {body}, 0, 40))")
            }
        }
    }

    fn template(&mut self, env: &Env, d: usize) -> String {
        let mut text = String::from("\"");
        let count = 1 + self.choices.below(2);
        for _ in 0..count {
            text.push_str(&self.choose(&["", "x ", "{ ", "é: "]));
            let ty = loop {
                let ty = self.ty(2);
                if !ty.is_opt() {
                    break ty;
                }
            };
            let value = self.solid(&ty, env, d);
            text.push_str(&format!("{{{{ {value} }}}}"));
        }
        text.push('"');
        text
    }
}
