//! `condition`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::{input, output};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("condition.wf", include_str!("condition.wf"))];

pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("condition", Arc::new(Condition));
}

struct Condition;

impl Node for Condition {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let result = matches!(input(call, "expression"), Some(Value::Bool(true)));
        let expression = input(call, "evaluatedExpression").cloned();
        Started::Ready(output(
            call,
            [
                ("result", Value::Bool(result)),
                ("evaluatedExpression", expression.unwrap_or_else(|| Value::string(""))),
                ("success", Value::Bool(true)),
            ],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;
    use crate::test_support::{Types, answered, s};
    use wf_vm::Value::Bool;

    #[test]
    fn it_answers_its_input() {
        for result in [true, false] {
            let mut types = Types::new();
            let input =
                types.input(&[("expression", Bool(result)), ("evaluatedExpression", s("1 < 2"))]);
            let output = types.output(&["result", "evaluatedExpression", "success"]);
            let answer = answered(&types.call(input, output), &Condition);
            assert!(answer["result"].equal(&Bool(result)));
            assert!(answer["evaluatedExpression"].equal(&s("1 < 2")));
            assert!(answer["success"].equal(&Bool(true)));
        }
    }
}
