//! JSON texts, base64, hexadecimal digits and digests.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
use sha2::{Digest, Sha256, Sha512};
use wf_vm::bytecode::Program;
use wf_vm::{NativeFn, Value};

use super::args::{self, Outcome, string, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[
    ("toJson", to_json),
    ("parseJson", |_, a| Ok(crate::json::parse(text(a, 0)?).unwrap_or_default())),
    ("base64Encode", |_, a| Ok(string(BASE64.encode(text(a, 0)?)))),
    ("base64Decode", |_, a| {
        let standard = text(a, 0)?.replace('-', "+").replace('_', "/");
        Ok(utf8(BASE64.decode(standard).ok()))
    }),
    ("base64UrlEncode", |_, a| Ok(string(URL_SAFE_NO_PAD.encode(text(a, 0)?)))),
    ("hexEncode", |_, a| Ok(string(hex::encode(text(a, 0)?)))),
    ("hexDecode", |_, a| Ok(utf8(hex::decode(text(a, 0)?).ok()))),
    ("sha256", |_, a| digest(a, 1, Sha256::digest(text(a, 0)?))),
    ("sha512", |_, a| digest(a, 1, Sha512::digest(text(a, 0)?))),
    ("sha1", |_, a| {
        let text = text(a, 0)?.as_bytes();
        digest(a, 1, ring::digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, text))
    }),
    ("md5", |_, a| digest(a, 1, Md5::digest(text(a, 0)?))),
    ("hmacSha256", hmac_sha256),
    ("hmacSha512", |_, a| hmac(ring::hmac::HMAC_SHA512, a)),
    ("hmacSha1", |_, a| hmac(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, a)),
    ("secureEquals", secure_equals),
];

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn utf8(bytes: Option<Vec<u8>>) -> Value {
    bytes.and_then(|b| String::from_utf8(b).ok()).map_or(Value::Null, string)
}

fn to_json(program: &Program, args: &mut [Value]) -> Outcome {
    crate::json::write(&args::any(args, 0)?, program).map(string)
}

fn hmac_sha256(_: &Program, args: &mut [Value]) -> Outcome {
    let (key, message) = (text(args, 0)?, text(args, 1)?);
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .expect("a key of any length does for an HMAC");
    mac.update(message.as_bytes());
    digest(args, 2, mac.finalize().into_bytes())
}

fn hmac(algorithm: ring::hmac::Algorithm, args: &[Value]) -> Outcome {
    let key = ring::hmac::Key::new(algorithm, text(args, 0)?.as_bytes());
    digest(args, 2, ring::hmac::sign(&key, text(args, 1)?.as_bytes()))
}

/// The bytes of a digest in the encoding that the argument at this place says.
fn digest(args: &[Value], index: usize, bytes: impl AsRef<[u8]>) -> Outcome {
    Ok(string(match args.get(index) {
        Some(Value::String(encoding)) if encoding.as_str() == "base64" => BASE64.encode(bytes),
        _ => hex::encode(bytes),
    }))
}

/// The digests are compared, all bytes of them: neither their bytes nor the lengths of the texts
/// tell how much is the same.
fn secure_equals(_: &Program, args: &mut [Value]) -> Outcome {
    let (a, b) = (Sha256::digest(text(args, 0)?), Sha256::digest(text(args, 1)?));
    let differences = a.iter().zip(b.iter()).fold(0, |all, (x, y)| all | (x ^ y));
    Ok(Value::Bool(std::hint::black_box(differences) == 0))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{call, dec, list, map, s};
    use wf_vm::Value::{self, Bool, Float, Int, Null};

    // RFC 4231, case 2, and FIPS 180-4
    const HMAC_SHA512: &str = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549\
                               758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    const SHA512: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992\
                          a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    #[test]
    fn codings() {
        let table: &[(&str, Vec<Value>, Value)] = &[
            (
                "toJson",
                vec![map([("a", list([Int(1), Null, s("\"")]))])],
                s(r#"{"a":[1,null,"\""]}"#),
            ),
            (
                "parseJson",
                vec![s(r#" {"a": [1, 2.5, true, null]} "#)],
                map([("a", list([Int(1), Float(2.5), Bool(true), Null]))]),
            ),
            ("parseJson", vec![s("{")], Null),
            ("parseJson", vec![s(r#"{"a":1,"a":2}"#)], Null),
            ("parseJson", vec![s("12345678901234567890123")], dec("12345678901234567890123")),
            ("parseJson", vec![s("0.10")], dec("0.1")),
            ("parseJson", vec![s(&"9".repeat(35))], Null),
            ("parseJson", vec![s(&"[".repeat(1_000_000))], Null),
            ("parseJson", vec![s("1 2")], Null),
            ("base64Encode", vec![s("user:password")], s("dXNlcjpwYXNzd29yZA==")),
            ("base64Decode", vec![s("dXNlcjpwYXNzd29yZA")], s("user:password")),
            ("base64Decode", vec![s("4pyT4pyT_-8=")], Null),
            ("base64Decode", vec![s("w7_Dvw==")], s("ÿÿ")),
            ("base64Decode", vec![s("!")], Null),
            ("hexEncode", vec![s("wf")], s("7766")),
            ("hexDecode", vec![s("7766")], s("wf")),
            ("hexDecode", vec![s("zz")], Null),
            ("hexDecode", vec![s("ff")], Null),
            (
                "sha256",
                vec![s("")],
                s("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ),
            // RFC 4231, case 2
            (
                "hmacSha256",
                vec![s("Jefe"), s("what do ya want for nothing?")],
                s("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            ),
            ("hmacSha512", vec![s("Jefe"), s("what do ya want for nothing?")], s(HMAC_SHA512)),
            (
                "hmacSha256",
                vec![s("Jefe"), s("what do ya want for nothing?"), s("base64")],
                s("W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
            ),
            ("md5", vec![s(""), s("base64")], s("1B2M2Y8AsgTpgAmY7PhCfg==")),
            ("sha1", vec![s(""), s("hex")], s("da39a3ee5e6b4b0d3255bfef95601890afd80709")),
            // RFC 2202, case 2
            (
                "hmacSha1",
                vec![s("Jefe"), s("what do ya want for nothing?")],
                s("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            ),
            ("sha512", vec![s("abc")], s(SHA512)),
            ("sha1", vec![s("abc")], s("a9993e364706816aba3e25717850c26c9cd0d89d")),
            ("md5", vec![s("abc")], s("900150983cd24fb0d6963f7d28e17f72")),
            ("base64UrlEncode", vec![s("ÿÿ>")], s("w7_Dvz4")),
            ("secureEquals", vec![s("token"), s("token")], Bool(true)),
            ("secureEquals", vec![s("token"), s("tokem")], Bool(false)),
            ("secureEquals", vec![s("token"), s("token ")], Bool(false)),
            ("secureEquals", vec![s(""), s("")], Bool(true)),
        ];
        for (name, args, expected) in table {
            let got = call(name, args.clone());
            assert!(got.equal(expected), "{name}({args:?}) is {got:?}, not {expected:?}");
        }
    }
}
