//! `log.info`, `log.warn` and `log.error`

use std::sync::Arc;

use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::{Outcome, answer, from_failure, inputs};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("log/info.wf", include_str!("log/info.wf")),
    ("log/warn.wf", include_str!("log/warn.wf")),
    ("log/error.wf", include_str!("log/error.wf")),
];

pub(crate) fn add_nodes(nodes: &mut Nodes) {
    for (name, level) in [("log.info", "info"), ("log.warn", "warn"), ("log.error", "error")] {
        nodes.add(name, Arc::new(Log { level }));
    }
}

static INPUTS: [&str; 2] = ["message", "data"];
static OUTPUTS: [&str; 1] = ["success"];

struct Log {
    level: &'static str,
}

impl Node for Log {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(self.log(call))
    }
}

impl Log {
    fn log(&self, call: &NodeCall<'_>) -> Outcome {
        let [message, data] = inputs(call, &INPUTS);
        let data = match data {
            Some(data) => {
                Some(crate::json::write(data, call.program).map_err(|f| from_failure(call, f))?)
            }
            None => None,
        };
        let message = message.and_then(Value::as_str).unwrap_or_default();
        call.log(self.level, message.to_owned(), data);
        answer(call, &OUTPUTS, [Value::Bool(true)])
    }
}

#[cfg(test)]
mod tests {
    use super::Log;
    use crate::test_support::{Types, answered, list, s};
    use wf_vm::Value::{Bool, Int, Null};

    #[test]
    fn it_tells_the_observers() {
        let mut types = Types::new();
        let with = types.input(&[("message", s("three")), ("data", list([Int(3)]))]);
        let without = types.input(&[("message", s("none")), ("data", Null)]);
        let output = types.output(&["success"]);
        for (input, level, expected) in [
            (with, "warn", ("warn", "three".to_owned(), Some("[3]".to_owned()))),
            (without, "info", ("info", "none".to_owned(), None)),
        ] {
            let call = types.call(input, output);
            assert!(answered(&call, &Log { level })["success"].equal(&Bool(true)));
            assert_eq!(call.logs(), [expected]);
        }
    }
}
