//! Requests over HTTP, and what secrets may be given to.

use super::env::Env;
use super::program::Maker;
use super::ty::Ty;

impl Maker<'_> {
    /// A secret. There must be one.
    pub(super) fn secret(&mut self, env: &Env) -> String {
        let Some((path, nullable)) = self.choices.pick(&env.secrets) else {
            return "\"\"".to_owned();
        };
        let whole = match (nullable, env.secrets.iter().find(|(_, nullable)| !nullable)) {
            (true, Some((other, _))) => format!("({path} ?? {other})"),
            (true, None) => return self.closed(&Ty::Str, 0),
            _ => path,
        };
        match self.choices.below(4) {
            1 => {
                let text = self.solid(&Ty::Int, env, 1);
                format!("\"Key {{{{ {whole} }}}} of {{{{ {text} }}}}\"")
            }
            2 => format!("base64Encode({whole})"),
            _ => whole,
        }
    }

    /// A text, or a secret where there is one.
    fn sent(&mut self, env: &Env, d: usize) -> String {
        if !env.secrets.is_empty() && self.choices.below(2) == 1 {
            return self.secret(env);
        }
        self.expr(&Ty::Str, env, d)
    }

    /// The call of a node of HTTP with the type of its output.
    pub(super) fn http_call(&mut self, env: &Env) -> (String, Ty) {
        let verb = self.choose(&["get", "post", "request", "put", "patch", "delete"]);
        let body = match self.choices.chance(35) {
            true => self.holes(),
            false => self.ty(3),
        };
        let mut inputs = Vec::new();
        if verb == "request" && self.choices.below(2) == 1 {
            inputs.push(format!("method: {}", self.choose(&["\"POST\"", "\"OPTIONS\""])));
        }
        inputs.push(format!("url: {}", self.sent(env, 1)));
        // The kind of the answer; an answer of 204 has it, too.
        let mut headers = format!("\"x-kind\": \"{}\"", self.kind(&body, 3));
        if self.choices.below(2) == 1 {
            headers.push_str(&format!(", \"authorization\": {}", self.sent(env, 1)));
        }
        inputs.push(format!("headers: {{ {headers} }}"));
        if self.choices.below(3) == 2 {
            inputs.push(format!("queryParams: {{ \"q\": {} }}", self.sent(env, 2)));
        }
        if matches!(&*verb, "post" | "put" | "patch" | "request") {
            match self.choices.below(4) {
                1 => {
                    let ty = self.ty(2);
                    inputs.push(format!("body: {}", self.solid(&ty, env, 2)));
                }
                2 => inputs.push(format!("body: {{ \"v\": {} }}", self.sent(env, 2))),
                3 => inputs.push(format!("form: {{ \"v\": {} }}", self.sent(env, 2))),
                _ => {}
            }
        }
        let accepts = self.choices.below(3) == 2;
        let shown = self.show(&body);
        let mut fields = vec![("statusCode", Ty::Int), ("headers", Ty::Str.map())];
        if accepts {
            inputs.push(format!("accept: {}", self.choose(&["[404]", "[404, 409, 503]"])));
            fields.extend([("body", body.opt()), ("errorBody", Ty::Json)]);
        } else {
            fields.push(("body", body));
        }
        fields.push(("success", Ty::Bool));
        (format!("http.{verb}<{shown}> {{ {} }}", inputs.join(", ")), Ty::rec(&fields))
    }
}
