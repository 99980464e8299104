//! Lines of YAML among statements and items.

use wf_diagnostics::{Diagnostic, codes::syntax};

use crate::source::Source;
use crate::token::Kind;

/// Whether a part is a line of YAML: `key: value`, `- key: value`, and behind one also `- value`.
pub(super) fn is_line(source: &Source<'_>, start: usize, end: usize, behind: bool) -> bool {
    let dash = source.kind(start) == Kind::Minus;
    let key = start + usize::from(dash);
    if dash && behind {
        return true;
    }
    let colon = key + 1;
    let touches = source.token(key).end == source.token(colon).start;
    let fits = source.kind(key) == Kind::Key
        && source.kind(colon) == Kind::Colon
        && touches
        && source.kind(colon + 1) != Kind::Assign;
    let word = source.token_text(key);
    fits && colon < end && !matches!(word, "return" | "else" | "try" | "finally" | "default")
}

/// What is told of the first line.
pub(super) fn told(source: &Source<'_>, start: usize, item: bool) -> Diagnostic {
    let dash = source.kind(start) == Kind::Minus;
    let key = source.token_text(start + usize::from(dash));
    let span = source.span(start).to(source.span(start + 1 + usize::from(dash)));
    if matches!(key, "trigger" | "on" | "triggers" | "schedule" | "webhook") && !item {
        let message = format!("`{key}:` begins no trigger");
        return Diagnostic::new(&syntax::BAD_TRIGGER, span, message).help(
            "write `trigger function(name: T)`, `trigger webhook POST \"/path\" { body: T }`, \
             `trigger schedule \"0 9 * * *\"` or `trigger entity Name on created`",
        );
    }
    let message = format!("`{}` is a line of YAML", source.slice(span));
    let help = match (item, dash) {
        (true, _) => "a workflow is written `workflow name { trigger function() … }`",
        _ if key_help(key).is_some() => key_help(key).unwrap_or_default(),
        (false, true) => "a step is written `step NAME = node { input: value }`",
        (false, false) => {
            "a value gets a name by `let NAME = value`, a step is `step NAME = node { input: value }`"
        }
    };
    Diagnostic::new(&syntax::YAML, span, message).help(help)
}

/// What is written for a key of other tools.
fn key_help(key: &str) -> Option<&'static str> {
    Some(match key {
        "needs" | "depends_on" | "dependsOn" | "dependencies" | "depends" | "after" | "next"
        | "Next" => {
            "leave it out: steps run in the order in which they stand, and at once in \
             `parallel as NAME { branch a { … } branch b { … } }`"
        }
        "if" | "when" | "condition" | "only" => "write `if c { step NAME = node { … } }`",
        "run" | "script" | "shell" | "command" | "cmd" => {
            "a program is run by `step NAME = process.run { program: \"…\" }`, and `wf nodes` lists the nodes"
        }
        "uses" | "call" | "action" | "image" | "node" => {
            "a step names its node: `step NAME = node { input: value }`"
        }
        "with" | "inputs" | "args" | "parameters" => {
            "the inputs of a step stand in its braces: `step NAME = node { input: value }`"
        }
        "retry" | "retries" | "timeout" | "timeoutSeconds" => {
            "it stands behind a step: `step NAME = node { … } with { timeout: 5s, retry: { attempts: 3 } }`"
        }
        "env" | "vars" | "secrets" | "environment" => {
            "values from outside are declared outside of the workflow: `config { NAME: string }`"
        }
        _ => return None,
    })
}
