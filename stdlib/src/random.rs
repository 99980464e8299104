//! `random.uuid`

use std::sync::Arc;

use uuid::Uuid;
use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::output;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[("random.wf", include_str!("random.wf"))];

pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("random.uuid", Arc::new(RandomUuid));
}

struct RandomUuid;

impl Node for RandomUuid {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let uuid = Value::uuid(Uuid::new_v5(&call.key, b"random.uuid"));
        Started::Ready(output(call, vec![("uuid", uuid), ("success", Value::Bool(true))]))
    }
}

#[cfg(test)]
mod tests {
    use super::RandomUuid;
    use crate::test_support::{Types, answered};
    use uuid::Uuid;

    #[test]
    fn it_follows_from_the_call() {
        let mut types = Types::new();
        let input = types.input(&[]);
        let output = types.output(&["uuid", "success"]);
        let uuid = |key: u128| {
            let mut call = types.call(input.clone(), output);
            call.key = Uuid::from_u128(key);
            answered(&call, &RandomUuid)["uuid"].clone()
        };
        assert!(uuid(1).equal(&uuid(1)));
        assert!(!uuid(1).equal(&uuid(2)));
    }
}
