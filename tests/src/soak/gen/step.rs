//! Steps: nodes of the world and of the library, other workflows, `try`, policies.

use super::env::failure;
use super::program::Maker;
use super::stmt::{Block, Ran};
use super::ty::Ty;

impl Maker<'_> {
    pub(super) fn step(&mut self, block: &mut Block, indent: usize) {
        let name = self.name("s");
        let strict = self.choices.chance(40);
        let entities = usize::from(self.may_use_entities(block)) * 8;
        let env = &block.env;
        let (call, output) = match self.choices.weighted(&[10, 1, 1, 1, 4, entities, 3]) {
            5 => self.entity_call(env),
            6 => self.http_call(env),
            0 => {
                let ty = match !strict && self.choices.chance(30) {
                    true => self.holes(),
                    false => self.ty(3),
                };
                let shown = self.show(&ty);
                let kind = self.kind(&ty, 3);
                let arg = self.solid_any(env);
                let mark = if strict { "!" } else { "" };
                let call = format!("soak.get<{shown}> {{ kind: \"{mark}{kind}\", arg: {arg} }}");
                (call, Ty::rec(&[("value", ty), ("success", Ty::Bool)]))
            }
            1 => {
                let cond = self.solid(&Ty::Bool, env, 2);
                let output = Ty::rec(&[("result", Ty::Bool), ("evaluatedExpression", Ty::Str)]);
                (format!("condition {{ expression: {cond} }}"), output)
            }
            2 => {
                let message = self.expr(&Ty::Str, env, 2);
                let data = self.solid_any(env);
                let call = format!("log.info {{ message: {message}, data: {data} }}");
                (call, Ty::rec(&[("success", Ty::Bool)]))
            }
            3 => ("time.now { }".to_owned(), Ty::rec(&[("now", Ty::Instant)])),
            _ => match self.choices.pick(&self.workflows.clone()) {
                Some(workflow) => {
                    let mut args = Vec::new();
                    for (i, param) in workflow.params.iter().enumerate() {
                        args.push(format!("p{i}: {}", self.expr(param, env, 2)));
                    }
                    let call = format!(
                        "workflow.call<{}> {{ arguments: {{ {} }} }}",
                        workflow.name,
                        args.join(", ")
                    );
                    (call, workflow.result)
                }
                None => ("time.now { }".to_owned(), Ty::rec(&[("now", Ty::Instant)])),
            },
        };
        let tried = self.choices.chance(30);
        let http = call.starts_with("http.");
        let policy = if call.starts_with("workflow.call") {
            self.policy_of_call()
        } else {
            self.policy(http || call.starts_with("soak.get"), strict && !http)
        };
        let keyword = if tried { "try " } else { "" };
        block.line(indent, &format!("step {name} = {keyword}{call}{policy}"));
        let mut fields = vec![
            ("nodeName", Ty::Str),
            ("executedAt", Ty::Instant),
            ("durationMs", Ty::Int),
            ("attempts", Ty::Int),
        ];
        if tried {
            if output.is_opt() || output == Ty::Json {
                self.null_outputs.push(name.clone());
            }
            fields.push(("output", output.opt()));
            fields.push(("error", failure().opt()));
        } else {
            fields.push(("output", output));
        }
        block.ran(Ran { name, record: Ty::rec(&fields), definite: true });
    }

    /// Any value.
    fn solid_any(&mut self, env: &super::env::Env) -> String {
        let ty = self.ty(2);
        self.solid(&ty, env, 2)
    }

    /// A called workflow has either all the time that it needs, or a policy without a time.
    fn policy_of_call(&mut self) -> String {
        match self.choices.weighted(&[3, 1, 2, 6]) {
            1 => " with { timeout: 1h }".to_owned(),
            2 => " with { retry: { attempts: 2, backoff: 1ms } }".to_owned(),
            3 => {
                let on = self.choose(&[
                    "\"Overflow\", \"Failed\", \"Boom\", \"DivisionByZero\", \"404\", \"5xx\"",
                    "\"DivisionByZero\"",
                    "\"404\", \"5xx\"",
                    "",
                ]);
                format!(" with {{ retry: {{ attempts: 3, backoff: 1ms, on: [{on}] }} }}")
            }
            _ => String::new(),
        }
    }

    fn policy(&mut self, can_wait: bool, strict: bool) -> String {
        let mut parts = Vec::new();
        if can_wait && strict {
            parts.push("strict: true".to_owned());
        }
        if !can_wait || !self.choices.chance(20) {
            return match parts.first() {
                Some(part) => format!(" with {{ {part} }}"),
                None => String::new(),
            };
        }
        if self.choices.chance(25) {
            let timeout = self.choose(&["1h", "5ms", "2m"]);
            parts.push(format!("timeout: {timeout}"));
        }
        if parts.is_empty() || self.choices.below(2) == 1 {
            let attempts = self.choose(&["2", "3", "1", "0"]);
            let mut retry = format!("attempts: {attempts}, backoff: 1ms");
            if self.choices.chance(20) {
                retry.push_str(", jitter: true");
            }
            parts.push(format!("retry: {{ {retry} }}"));
        }
        format!(" with {{ {} }}", parts.join(", "))
    }
}
