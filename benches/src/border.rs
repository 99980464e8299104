//! The border: what GitHub sends for `issues`, decoded by the types of a workflow and by `serde_json`
//! into structs with the same fields.
//!
//! The payloads are examples of the npm package `@octokit/webhooks-examples` 7.6.1 (MIT).

pub mod issues;

use std::sync::Arc;

use wf_engine::{Engine, MemoryFiles, Program};
use wf_vm::bytecode::{TypeDesc, TypeIdx};
use wf_vm::value::decode::decode_text;

/// Six payloads, one a line.
const PAYLOADS: &str = include_str!("border/issues.jsonl");

/// The types, and two workflows: `whole` reads all of a payload, `three` three fields.
const SOURCE: &str = include_str!("border/issues.wf");

/// The payloads.
pub fn payloads() -> impl Iterator<Item = &'static str> {
    PAYLOADS.lines()
}

/// What a workflow decodes a payload to.
pub struct Border {
    program: Arc<Program>,
    body: TypeIdx,
}

impl Border {
    /// The border of the workflow `whole` or `three`.
    ///
    /// # Errors
    /// The source does not compile, or has no such workflow.
    pub fn new(workflow: &str) -> Result<Self, String> {
        let engine = Engine::builder().workers(1).build().map_err(|e| e.to_string())?;
        let compiled = engine.compile(&["issues.wf"], &MemoryFiles::from([("issues.wf", SOURCE)]));
        let told: Vec<&str> = compiled.diagnostics.iter().map(|d| d.message.as_str()).collect();
        let program = compiled.program.ok_or_else(|| told.join("\n"))?;
        let body = body_of(&program, workflow).ok_or("the workflow has no body to decode")?;
        Ok(Self { program, body })
    }

    /// Decodes a payload and drops the value.
    ///
    /// # Errors
    /// It does not fit.
    pub fn decode(&self, payload: &str) -> Result<(), String> {
        decode_text(payload, self.body, &self.program).map(drop).map_err(|e| e.to_string())
    }
}

/// The type of the body that the webhook of a workflow takes.
fn body_of(program: &Program, workflow: &str) -> Option<TypeIdx> {
    let workflow = program.workflows.iter().find(|info| info.name == workflow)?;
    let mut context = workflow.triggers.first()?.context;
    loop {
        match program.types.get(usize::from(context.0))? {
            TypeDesc::Reduced { read, .. } => context = *read,
            TypeDesc::Record { shape, fields, .. } => {
                let names = &program.shapes.get(usize::from(shape.0))?.fields;
                let slot = names.iter().position(|name| name == "body")?;
                return fields.get(slot).map(|field| field.ty);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Border, issues, payloads};

    #[test]
    fn both_take_all_payloads() {
        for workflow in ["whole", "three"] {
            let border = Border::new(workflow).unwrap();
            assert!(payloads().all(|payload| border.decode(payload) == Ok(())));
        }
        let events: Vec<issues::Event> =
            payloads().map(|payload| serde_json::from_str(payload).unwrap()).collect();
        assert_eq!(events.len(), 6);
    }

    #[test]
    fn what_is_not_read_is_json_all_the_same() {
        let border = Border::new("three").unwrap();
        let broken = payloads().next().unwrap().replacen("\"node_id\":", "\"node_id\";", 1);
        assert!(border.decode(&broken).is_err());
        let wrong =
            payloads().next().unwrap().replacen("\"number\":", "\"number\":\"x\",\"n\":", 1);
        assert!(border.decode(&wrong).is_err());
    }
}
