//! `condition`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::{answer, inputs};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("condition.wf", include_str!("condition.wf"))];

pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("condition", Arc::new(Condition));
}

static INPUTS: [&str; 2] = ["expression", "evaluatedExpression"];
static OUTPUTS: [&str; 3] = ["result", "evaluatedExpression", "success"];

struct Condition;

impl Node for Condition {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let [result, expression] = inputs(call, &INPUTS);
        let result = matches!(result, Some(Value::Bool(true)));
        let expression = expression.cloned().unwrap_or_else(|| Value::string(""));
        let values = [Value::Bool(result), expression, Value::Bool(true)];
        Started::Ready(answer(call, &OUTPUTS, values))
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
