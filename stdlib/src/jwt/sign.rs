//! `jwt.sign`

use base64::Engine;
use wf_vm::{Node, NodeCall, Started, Value};

use super::algorithm;
use crate::call::{Outcome, from_failure, input, invalid, output, text};
use crate::crypto::BASE64_URL;
use crate::textual::quote;

pub(super) struct Sign;

impl Node for Sign {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(sign(call))
    }
}

fn sign(call: &NodeCall<'_>) -> Outcome {
    let algorithm = algorithm(call)?;
    let given = match input(call, "claims") {
        Some(Value::Map(claims)) => claims.entries(),
        _ => return Err(invalid("`claims` is no map")),
    };
    let now = call.now().div_euclid(1_000_000);
    let mut claims: Vec<(String, Value)> = Vec::with_capacity(given.len() + 2);
    claims.extend(given.iter().map(|(name, value)| (name.to_string(), value.clone())));
    if !given.contains_key("iat") {
        claims.push(("iat".to_owned(), Value::Int(now)));
    }
    if let Some(Value::Duration(micros)) = input(call, "expiresIn") {
        if given.contains_key("exp") {
            return Err(invalid("the claims have an `exp`: `expiresIn` must be null then"));
        }
        let end = now.saturating_add(micros.div_euclid(1_000_000));
        claims.push(("exp".to_owned(), Value::Int(end)));
    }
    let claims = crate::json::write(&Value::map(claims), call.program);
    let claims = claims.map_err(|f| from_failure(call, f))?;
    let key_id = text(call, "keyId").map(|id| format!(",\"kid\":{}", quote(id)));
    let header = format!(
        "{{\"alg\":\"{}\",\"typ\":\"JWT\"{}}}",
        algorithm.name(),
        key_id.unwrap_or_default()
    );
    let mut token = format!("{}.{}", BASE64_URL.encode(header), BASE64_URL.encode(claims));
    let signature = algorithm.sign(text(call, "key").unwrap_or_default(), token.as_bytes())?;
    token.push('.');
    BASE64_URL.encode_string(signature, &mut token);
    output(call, vec![("token", Value::string(token)), ("success", Value::Bool(true))])
}
