//! `jwt.verify`

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started, Value};

use super::algorithm;
use crate::call::{Outcome, flag, input, text};
use crate::functions::rfc3339;
use crate::textual::quote;

/// How long a token may be, in bytes.
const MAX_TOKEN: usize = 64 << 10;

pub(super) struct Verify;

impl Node for Verify {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(verify(call))
    }
}

fn refused(code: &str, message: impl Into<String>) -> NodeFailure {
    NodeFailure::new(code, message)
}

fn malformed(why: &str) -> NodeFailure {
    refused("InvalidToken", format!("the token can't be used: {why}"))
}

fn verify(call: &NodeCall<'_>) -> Outcome {
    let algorithm = algorithm(call)?;
    let token = text(call, "token").unwrap_or_default().trim();
    if token.len() > MAX_TOKEN {
        return Err(malformed(&format!("it is longer than {} KiB", MAX_TOKEN >> 10)));
    }
    let parts = token.rsplit_once('.').and_then(|(signed, signature)| {
        let (header, claims) = signed.split_once('.')?;
        (!claims.contains('.')).then_some((signed, header, claims, signature))
    });
    let (signed, header, claims, signature) =
        parts.ok_or_else(|| malformed("it has not three parts"))?;
    let bytes = |part: &str, what: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part);
        bytes.map_err(|_| malformed(&format!("its {what} is no base64 of URLs")))
    };
    let (_, header) = object(bytes(header, "header")?, "header")?;
    let found = match header.get("alg") {
        Some(Value::String(name)) => name.as_str(),
        _ => return Err(malformed("its header names no algorithm")),
    };
    if found != algorithm.name() {
        let shown: String = found.chars().take(20).collect();
        let message =
            format!("the token is signed by {}, and {} is wanted", quote(&shown), algorithm.name());
        return Err(refused("WrongAlgorithm", message));
    }
    if header.contains_key("crit") {
        return Err(malformed("its header asks for an extension (`crit`)"));
    }
    let signature = bytes(signature, "signature")?;
    let key = text(call, "key").unwrap_or_default();
    if !algorithm.verify(key, signed.as_bytes(), &signature)? {
        return Err(refused("BadSignature", "the signature of the token is not that of this key"));
    }
    // Only now is it known who has written them.
    let (text, claims) = object(bytes(claims, "claims")?, "claims")?;
    check_time(call, &claims)?;
    check_names(call, &claims)?;
    let key_id = match header.get("kid") {
        Some(Value::String(id)) => quote(id),
        _ => "null".to_owned(),
    };
    Ok(Answer::Json(format!("{{\"claims\":{text},\"keyId\":{key_id},\"success\":true}}")))
}

/// A part of the token as text and as what it holds.
fn object(bytes: Vec<u8>, what: &str) -> Result<(String, wf_vm::value::Entries), NodeFailure> {
    let text = String::from_utf8(bytes).ok();
    let object = text.and_then(|text| match crate::json::parse(&text) {
        Some(Value::Map(map)) => Some((text, map.entries().clone())),
        _ => None,
    });
    object.ok_or_else(|| malformed(&format!("its {what} is no JSON object")))
}

/// A time of a token, in microseconds.
fn time(claims: &wf_vm::value::Entries, name: &str) -> Result<Option<i64>, NodeFailure> {
    const SECOND: f64 = 1e6;
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Int(seconds)) => Ok(Some(seconds.saturating_mul(1_000_000))),
        // The conversion ends at the largest and the smallest number.
        Some(Value::Float(seconds)) => Ok(Some((seconds * SECOND) as i64)),
        Some(_) => Err(malformed(&format!("its `{name}` is no number"))),
    }
}

fn check_time(call: &NodeCall<'_>, claims: &wf_vm::value::Entries) -> Result<(), NodeFailure> {
    let leeway = match input(call, "leeway") {
        Some(Value::Duration(micros)) => (*micros).max(0),
        _ => 0,
    };
    let now = call.now();
    match time(claims, "exp")? {
        Some(end) if now >= end.saturating_add(leeway) => {
            let message = format!("the token was good until {}", rfc3339(end));
            return Err(refused("Expired", message));
        }
        None if flag(call, "requireExpiry") => {
            let message = "it has no `exp`; `requireExpiry: false` takes such tokens";
            return Err(malformed(message));
        }
        _ => {}
    }
    match time(claims, "nbf")? {
        Some(begin) if now < begin.saturating_sub(leeway) => {
            let message = format!("the token is good from {} on", rfc3339(begin));
            Err(refused("NotYetValid", message))
        }
        _ => Ok(()),
    }
}

fn check_names(call: &NodeCall<'_>, claims: &wf_vm::value::Entries) -> Result<(), NodeFailure> {
    let is = |value: &Value, name: &str| matches!(value, Value::String(text) if text == name);
    if let Some(issuer) = text(call, "issuer")
        && !claims.get("iss").is_some_and(|found| is(found, issuer))
    {
        return Err(refused("WrongIssuer", format!("the token is not from `{issuer}`")));
    }
    match (text(call, "audience"), claims.get("aud")) {
        (None, None | Some(Value::Null)) => Ok(()),
        (None, Some(_)) => {
            let message = "the token is for an audience, and no `audience` is given";
            Err(refused("WrongAudience", message))
        }
        (Some(audience), found) => {
            let fits = match found {
                Some(Value::List(all)) => all.as_slice().iter().any(|one| is(one, audience)),
                Some(one) => is(one, audience),
                None => false,
            };
            let message = || format!("the token is not for `{audience}`");
            if fits { Ok(()) } else { Err(refused("WrongAudience", message())) }
        }
    }
}
