//! `crypto.encrypt` and `crypto.decrypt`

use std::sync::Arc;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use wf_vm::{Node, NodeCall, NodeFailure, Nodes, Started, Value};

use crate::call::{Outcome, internal, output, text};
use crate::functions::TEXT_LIMIT;
use crate::random::random;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("crypto/encrypt.wf", include_str!("crypto/encrypt.wf")),
    ("crypto/decrypt.wf", include_str!("crypto/decrypt.wf")),
];

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// Base64 in the alphabet of URLs, padded or not where it is read.
pub(crate) const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Adds the nodes of this family.
pub(crate) fn add_nodes(nodes: &mut Nodes) {
    nodes.add("crypto.encrypt", Arc::new(Encrypt));
    nodes.add("crypto.decrypt", Arc::new(Decrypt));
}

struct Encrypt;

impl Node for Encrypt {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(encrypt(call))
    }
}

struct Decrypt;

impl Node for Decrypt {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        Started::Ready(decrypt(call))
    }
}

fn encrypt(call: &NodeCall<'_>) -> Outcome {
    let key = key(call)?;
    let plain = text(call, "text").unwrap_or_default();
    if plain.len() > TEXT_LIMIT / 2 {
        let message = format!("the text is longer than {} MiB", TEXT_LIMIT >> 21);
        return Err(NodeFailure::new("TooLarge", message));
    }
    let mut sealed = random(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(&sealed);
    let nonce = nonce.map_err(|_| internal("the nonce has another length"))?;
    let mut bytes = plain.as_bytes().to_vec();
    key.seal_in_place_append_tag(nonce, context(call), &mut bytes)
        .map_err(|_| internal("the text can't be encrypted"))?;
    sealed.append(&mut bytes);
    let sealed = Value::string(BASE64_URL.encode(sealed));
    output(call, vec![("sealed", sealed), ("success", Value::Bool(true))])
}

fn decrypt(call: &NodeCall<'_>) -> Outcome {
    let key = key(call)?;
    // What exactly is wrong is of use to attackers only.
    let opened = open(&key, text(call, "sealed").unwrap_or_default(), context(call));
    let opened = opened.ok_or_else(|| {
        let message = "the text was encrypted with another key or context, or was changed";
        NodeFailure::new("Decrypt", message)
    })?;
    output(call, vec![("text", Value::string(opened)), ("success", Value::Bool(true))])
}

fn open(key: &LessSafeKey, sealed: &str, context: Aad<&[u8]>) -> Option<String> {
    let mut bytes = BASE64_URL.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = key.open_in_place(nonce, context, sealed).ok()?;
    std::str::from_utf8(opened).ok().map(str::to_owned)
}

fn context<'a>(call: &NodeCall<'a>) -> Aad<&'a [u8]> {
    Aad::from(text(call, "context").unwrap_or_default().as_bytes())
}

fn key(call: &NodeCall<'_>) -> Result<LessSafeKey, NodeFailure> {
    let written = text(call, "key").unwrap_or_default().trim();
    let bytes = match hex::decode(written) {
        Ok(bytes) if bytes.len() == AES_256_GCM.key_len() => Some(bytes),
        _ => BASE64.decode(written).or_else(|_| BASE64_URL.decode(written)).ok(),
    };
    let key = bytes.and_then(|bytes| UnboundKey::new(&AES_256_GCM, &bytes).ok());
    key.map(LessSafeKey::new).ok_or_else(|| {
        let message = "the key must have 32 bytes as base64 or as 64 hexadecimal digits; \
                       `openssl rand -base64 32` makes one";
        NodeFailure::new("InvalidKey", message)
    })
}

#[cfg(test)]
mod tests {
    use super::{BASE64_URL, Decrypt, Encrypt};
    use crate::test_support::{Types, answered, failed, s};
    use base64::Engine;
    use wf_vm::{Node, Value};

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn run(node: &dyn Node, inputs: [(&str, &str); 3], field: &str) -> Result<String, String> {
        let mut types = Types::new();
        let input = types.input(&inputs.map(|(name, text)| (name, s(text))));
        let output = types.output(&[field, "success"]);
        let call = types.call(input, output);
        if call.run(node).is_err() {
            return Err(failed(&call, node).code);
        }
        match &answered(&call, node)[field] {
            Value::String(text) => Ok(text.to_string()),
            other => panic!("{other:?} is no text"),
        }
    }

    fn seal(key: &str, text: &str, context: &str) -> Result<String, String> {
        run(&Encrypt, [("key", key), ("text", text), ("context", context)], "sealed")
    }

    fn open(key: &str, sealed: &str, context: &str) -> Result<String, String> {
        run(&Decrypt, [("key", key), ("sealed", sealed), ("context", context)], "text")
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_and_context() {
        let sealed = seal(KEY, "grüße", "a").expect("it is sealed");
        assert_ne!(seal(KEY, "grüße", "a").expect("again"), sealed, "each has its own nonce");
        assert_eq!(open(KEY, &sealed, "a").as_deref(), Ok("grüße"));
        let digits: String = (0..32).map(|n| format!("{n:02x}")).collect();
        assert_eq!(open(&digits, &sealed, "a").as_deref(), Ok("grüße"));
        assert_eq!(open(KEY, &sealed, "b"), Err("Decrypt".into()));
        assert_eq!(open(&"0".repeat(64), &sealed, "a"), Err("Decrypt".into()));
        assert_eq!(open(KEY, &seal(KEY, "", "").expect("empty"), "").as_deref(), Ok(""));
    }

    #[test]
    fn what_was_changed_is_not_opened() {
        let sealed = BASE64_URL.decode(seal(KEY, "text", "").expect("it is sealed"));
        let sealed = sealed.expect("it is base64");
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(open(KEY, &BASE64_URL.encode(&changed), ""), Err("Decrypt".into()));
            assert_eq!(open(KEY, &BASE64_URL.encode(&sealed[..index]), ""), Err("Decrypt".into()));
        }
        assert_eq!(open(KEY, "%", ""), Err("Decrypt".into()));
    }

    #[test]
    fn keys_have_32_bytes() {
        for key in ["", "secret", "AAEC", &"0".repeat(62), &"A".repeat(88)] {
            assert_eq!(seal(key, "x", ""), Err("InvalidKey".into()), "{key}");
        }
    }
}
