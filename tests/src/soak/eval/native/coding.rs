//! Hashes, and the comparison of secrets.

use sha2::{Digest, Sha256};

use super::Given;
use crate::soak::eval::value::Val;

/// How many bytes SHA-256 looks at together.
const BLOCK: usize = 64;

pub(super) fn call(name: &str, args: &[Val]) -> Given {
    Some(Ok(match (name, args) {
        ("sha256", [Val::Str(text), ..]) => hex(&Sha256::digest(text.as_bytes())),
        ("hmacSha256", [Val::Str(key), Val::Str(text), ..]) => {
            hex(&hmac(key.as_bytes(), text.as_bytes()))
        }
        ("secureEquals", [Val::Str(a), Val::Str(b)]) => Val::Bool(a == b),
        _ => return None,
    }))
}

/// HMAC as RFC 2104 has it.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let padded = |by: u8| block.iter().map(|b| b ^ by).collect::<Vec<u8>>();
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> Val {
    Val::str(bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
}
