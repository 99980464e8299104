//! `random.uuid`, `random.token` and `random.bytes`

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;
use wf_vm::{Node, NodeCall, NodeFailure, Nodes, Started, Value};

use crate::call::{Outcome, int, internal, invalid, output};

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("random/uuid.wf", include_str!("random/uuid.wf")),
    ("random/token.wf", include_str!("random/token.wf")),
    ("random/bytes.wf", include_str!("random/bytes.wf")),
];

pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("random.uuid", Arc::new(RandomUuid));
    nodes.add("random.token", Arc::new(RandomToken));
    nodes.add("random.bytes", Arc::new(RandomBytes));
}

/// So many bytes that nobody can guess.
///
/// # Errors
/// The system gives none.
pub(crate) fn random(count: usize) -> Result<Vec<u8>, NodeFailure> {
    let mut bytes = vec![0; count];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| internal("the system gives no random bytes"))?;
    Ok(bytes)
}

/// The number of bytes that an input asks for.
fn count(call: &NodeCall<'_>, name: &str, least: i64, most: i64) -> Result<usize, NodeFailure> {
    let given = int(call, name).unwrap_or(least);
    let count = usize::try_from(given).ok().filter(|_| (least..=most).contains(&given));
    count.ok_or_else(|| invalid(format!("`{name}` is {given}, and can be {least} to {most}")))
}

struct RandomToken;

impl Node for RandomToken {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(token(call))
    }
}

fn token(call: &NodeCall<'_>) -> Outcome {
    let bytes = random(count(call, "bytes", 16, 1024)?)?;
    let token = Value::string(URL_SAFE_NO_PAD.encode(bytes));
    output(call, vec![("token", token), ("success", Value::Bool(true))])
}

struct RandomBytes;

impl Node for RandomBytes {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(bytes(call))
    }
}

fn bytes(call: &NodeCall<'_>) -> Outcome {
    let bytes = random(count(call, "count", 1, 1 << 20)?)?;
    let fields = vec![
        ("base64", Value::string(STANDARD.encode(&bytes))),
        ("hex", Value::string(hex::encode(&bytes))),
        ("success", Value::Bool(true)),
    ];
    output(call, fields)
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
    use super::{RandomBytes, RandomToken, RandomUuid};
    use crate::test_support::{Types, answered, failed};
    use uuid::Uuid;
    use wf_vm::Value;

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

    #[test]
    fn tokens_differ_and_have_their_length() {
        let mut types = Types::new();
        let input = types.input(&[("bytes", Value::Int(32))]);
        let output = types.output(&["token", "success"]);
        let call = types.call(input, output);
        let token = || match &answered(&call, &RandomToken)["token"] {
            Value::String(text) => text.to_string(),
            other => panic!("{other:?} is no text"),
        };
        let (one, other) = (token(), token());
        assert!(one != other && one.len() == 43, "{one} {other}");
        let input = types.input(&[("count", Value::Int(2))]);
        let output = types.output(&["hex", "base64", "success"]);
        let found = answered(&types.call(input, output), &RandomBytes);
        assert!(matches!(&found["hex"], Value::String(hex) if hex.len() == 4));
        assert!(matches!(&found["base64"], Value::String(text) if text.len() == 4));
    }

    #[test]
    fn as_many_as_make_sense() {
        let mut types = Types::new();
        let output = types.output(&["token", "success"]);
        for bytes in [i64::MIN, 0, 15, 1025, i64::MAX] {
            let input = types.input(&[("bytes", Value::Int(bytes))]);
            assert_eq!(failed(&types.call(input, output), &RandomToken).code, "InvalidInput");
        }
        for count in [i64::MIN, 0, (1 << 20) + 1, i64::MAX] {
            let input = types.input(&[("count", Value::Int(count))]);
            assert_eq!(failed(&types.call(input, output), &RandomBytes).code, "InvalidInput");
        }
    }
}
