//! JSONPath: selectors on typed values, and queries of `json`.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A list by a selector on a typed value.
    pub(super) fn selected(&mut self, of: &Ty, env: &Env, d: usize) -> Option<String> {
        let list = of.clone().list();
        Some(match self.choices.below(8) {
            0 | 1 => {
                let slice =
                    self.choose(&["1:", ":2", "-2:", "::-1", "::2", "1:3", "-9:9", "3:0:-1"]);
                format!("(({})[{slice}])", self.solid(&list, env, d))
            }
            2 | 3 if *of != Ty::Json => {
                let xs = self.solid(&list, env, d);
                format!("(({xs})[? {}])", self.asked_of_item(of, env, d))
            }
            4 if *of != Ty::Json => {
                let m = self.solid(&of.clone().map(), env, d);
                format!("(({m})[? {}])", self.asked_of_item(of, env, d))
            }
            4 => format!("(({})[*])", self.solid(&of.clone().map(), env, d)),
            5 => {
                let record = Ty::rec(&[("a", of.clone()), ("b", Ty::Int)]);
                format!("(({})[*].a)", self.solid(&record.list(), env, d))
            }
            6 => {
                let record = Ty::rec(&[("a", list)]).opt();
                format!("(({})[*]?.a[*])", self.solid(&record.list(), env, d))
            }
            _ => {
                let slice = self.choose(&["*", "1:", "::-1"]);
                format!("(({})[*][{slice}])", self.solid(&list.list(), env, d))
            }
        })
    }

    /// The condition of a filter: over `@`, which hides that of a filter around.
    fn asked_of_item(&mut self, of: &Ty, env: &Env, d: usize) -> String {
        let mut inner = env.clone();
        inner.entries.retain(|e| !e.path.starts_with('@'));
        inner.add("@", of.clone());
        // Each filter has an `@` of its own, of which nothing is known yet.
        let at = |path: &String| path.starts_with('@');
        let compared: Vec<String> = self.compared.iter().filter(|p| at(p)).cloned().collect();
        let tested: Vec<String> = self.tested.iter().filter(|p| at(p)).cloned().collect();
        self.compared.retain(|p| !at(p));
        self.tested.retain(|p| !at(p));
        let text = self.cond(&inner, d.min(2)).text;
        self.compared.retain(|p| !at(p));
        self.tested.retain(|p| !at(p));
        self.compared.extend(compared);
        self.tested.extend(tested);
        text
    }

    /// A `json` to be read from.
    fn json(&mut self, env: &Env, d: usize) -> String {
        match self.choices.below(3) {
            0 => format!("({})", self.solid(&Ty::Json, env, d)),
            _ => {
                let ty = self.ty(3);
                let value = self.solid(&ty, env, d);
                format!("(decode<json>({value}))")
            }
        }
    }

    /// A path into `json` with one result at most.
    pub(super) fn query_one(&mut self, env: &Env, d: usize) -> String {
        let mut text = self.json(env, d);
        for _ in 0..1 + self.choices.below(3) {
            text.push_str(&self.singular(env, d));
        }
        format!("({text})")
    }

    fn singular(&mut self, env: &Env, d: usize) -> String {
        match self.choices.below(6) {
            0 => ".a".to_owned(),
            1 => ".name".to_owned(),
            2 => self.choose(&["[\"k 1\"]", "[\"\"]", "[\"b\"]"]),
            3 => self.choose(&["[0]", "[1]", "[-1]"]),
            4 => format!("[{}]", self.solid(&Ty::Int, env, d.min(1))),
            _ => format!("[{}]", self.solid(&Ty::Str, env, d.min(1))),
        }
    }

    /// A path into `json` with any number of results.
    pub(super) fn query_all(&mut self, env: &Env, d: usize) -> Option<String> {
        let mut text = self.json(env, d);
        if self.choices.below(8) == 7 {
            let query = self.choose(&["$.a[*]", "$..name", "$[?@.a > 1]", "$[0, 1]['a']"]);
            return Some(format!("jsonpath({text}, \"{query}\")"));
        }
        let before = self.choices.below(2);
        for _ in 0..before {
            text.push_str(&self.singular(env, d));
        }
        let many = match self.choices.below(7) {
            0 => "[*]".to_owned(),
            1 => "..[\"a\"]".to_owned(),
            2 => "..[*]".to_owned(),
            3 => self.choose(&["[1:]", "[::-1]", "[0:2]"]),
            4 => self.choose(&["[0, \"a\"]", "[-1, 0]"]),
            _ => format!("[? {}]", self.json_condition(env, d.min(2))),
        };
        text.push_str(&many);
        if self.choices.below(3) == 0 {
            text.push_str(&self.singular(env, d));
        }
        Some(format!("({text})"))
    }

    fn json_condition(&mut self, env: &Env, d: usize) -> String {
        match self.choices.below(if d == 0 { 8 } else { 11 }) {
            0 => "@.a".to_owned(),
            1 => {
                let op = self.choose(&["==", "!=", "<", "<=", ">", ">="]);
                let value = self.choose(&["1", "\"a\"", "null", "true", "1.5", "@.name"]);
                format!("@.a {op} {value}")
            }
            2 => format!("@ > {}", self.choose(&["0", "1.5", "\"a\""])),
            3 => format!("length(@) > {}", self.choose(&["0", "2"])),
            4 => format!("count(@[*]) {} 1", self.choose(&["==", ">"])),
            5 => self.choose(&["match(@.name, \"a.*\")", "search(@, \"[a-c]\")"]),
            // Functions of texts and lists mean queries here, so that only paths and calls stand here.
            6 => {
                let value = self.solid(&Ty::Int, env, 0);
                format!("@.a == {value}")
            }
            7 => {
                let (a, b) = (self.solid(&Ty::Int, env, 0), self.closed(&Ty::Int, 0));
                format!("{a} < {b}")
            }
            8 => format!("not ({})", self.json_condition(env, d - 1)),
            _ => {
                let op = self.choose(&["and", "or"]);
                let (a, b) = (self.json_condition(env, d - 1), self.json_condition(env, d - 1));
                format!("(({a}) {op} ({b}))")
            }
        }
    }

    /// A value that was written as JSON and read again.
    pub(super) fn decoded_again(&mut self, ty: &Ty, env: &Env, depth: usize) -> Option<String> {
        let value = self.solid(ty, env, depth - 1);
        let shown = self.show(ty);
        Some(format!("decode<{shown}>(parseJson(toJson({value})))"))
    }
}
