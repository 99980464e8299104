//! Tokens that are good, and all the ways in which they are not. The keys are made for these tests.

use base64::Engine;
use wf_vm::{Answer, Value};

use super::sign::Sign;
use super::verify::Verify;
use crate::crypto::BASE64_URL;
use crate::test_support::{Types, answered, failed, list, map, s};

const RSA: &str = include_str!("keys/rsa-private.pem");
const RSA_PKCS1: &str = include_str!("keys/rsa-private-pkcs1.pem");
const RSA_PUBLIC: &str = include_str!("keys/rsa-public.pem");
const P256: &str = include_str!("keys/p256-private.pem");
const P256_PUBLIC: &str = include_str!("keys/p256-public.pem");
const ED25519: &str = include_str!("keys/ed25519-private.pem");
const ED25519_PUBLIC: &str = include_str!("keys/ed25519-public.pem");

/// When test calls are made, in seconds.
const NOW: i64 = 1_700_000_000;

fn sign(
    algorithm: &str,
    key: &str,
    claims: Value,
    more: &[(&str, Value)],
) -> Result<String, String> {
    let mut types = Types::new();
    let mut inputs = vec![("claims", claims), ("key", s(key)), ("algorithm", s(algorithm))];
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let output = types.output(&["token", "success"]);
    let call = types.call(input, output);
    if call.run(&Sign).is_err() {
        return Err(failed(&call, &Sign).code);
    }
    match &answered(&call, &Sign)["token"] {
        Value::String(token) => Ok(token.to_string()),
        other => panic!("{other:?} is no token"),
    }
}

/// The claims as JSON, or the code.
fn verify(
    algorithm: &str,
    key: &str,
    token: &str,
    more: &[(&str, Value)],
) -> Result<serde_json::Value, String> {
    let mut types = Types::new();
    let mut inputs = vec![("token", s(token)), ("key", s(key)), ("algorithm", s(algorithm))];
    if !more.iter().any(|(name, _)| *name == "requireExpiry") {
        inputs.push(("requireExpiry", Value::Bool(true)));
    }
    inputs.extend(more.iter().cloned());
    let input = types.input(&inputs);
    let output = types.output(&["claims", "keyId", "success"]);
    match types.call(input, output).run(&Verify) {
        Ok(Answer::Json(text)) => Ok(serde_json::from_str(&text).expect("it is JSON")),
        Ok(Answer::Value(value)) => panic!("{value:?} is no JSON"),
        Err(failure) => Err(failure.code),
    }
}

fn hour() -> (&'static str, Value) {
    ("expiresIn", Value::Duration(3_600_000_000))
}

/// A token of these parts as JSON, signed with the key `key`.
fn forge(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", BASE64_URL.encode(header), BASE64_URL.encode(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"key");
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", BASE64_URL.encode(signature))
}

#[test]
fn each_algorithm_takes_its_own_tokens_only() {
    let keys = [
        ("HS256", "a shared secret", "a shared secret"),
        ("HS384", "a shared secret", "a shared secret"),
        ("HS512", "a shared secret", "a shared secret"),
        ("RS256", RSA, RSA_PUBLIC),
        ("RS256", RSA_PKCS1, RSA_PUBLIC),
        ("ES256", P256, P256_PUBLIC),
        ("EdDSA", ED25519, ED25519_PUBLIC),
    ];
    for (algorithm, private, public) in keys {
        let claims = map([("sub", s("ada")), ("admin", Value::Bool(true))]);
        let more = [hour(), ("keyId", s("k1"))];
        let token = sign(algorithm, private, claims, &more).expect("it is signed");
        let found = verify(algorithm, public, &token, &[]).expect("it is good");
        assert_eq!(found["claims"]["sub"], "ada");
        assert_eq!(found["claims"]["iat"], NOW);
        assert_eq!(found["claims"]["exp"], NOW + 3600);
        assert_eq!(found["keyId"], "k1");
        for (other, _, key) in keys {
            if other != algorithm {
                let found = verify(other, key, &token, &[]);
                assert_eq!(found, Err("WrongAlgorithm".into()), "{algorithm} as {other}");
            }
        }
        // Any other bit is another token.
        let (signed, signature) = token.rsplit_once('.').expect("it has three parts");
        let mut bytes = BASE64_URL.decode(signature).expect("it is base64");
        bytes[10] ^= 1;
        let changed = format!("{signed}.{}", BASE64_URL.encode(bytes));
        assert_eq!(verify(algorithm, public, &changed, &[]), Err("BadSignature".into()));
        assert_eq!(
            verify(algorithm, public, &format!("{signed}."), &[]),
            Err("BadSignature".into())
        );
    }
}

#[test]
fn a_token_of_others_is_read() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                 eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.\
                 SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let any = ("requireExpiry", Value::Bool(false));
    let found = verify("HS256", "your-256-bit-secret", token, std::slice::from_ref(&any));
    assert_eq!(found.expect("it is good")["claims"]["name"], "John Doe");
    assert_eq!(verify("HS256", "other", token, &[any]), Err("BadSignature".into()));
    assert_eq!(verify("HS256", "your-256-bit-secret", token, &[]), Err("InvalidToken".into()));
}

#[test]
fn the_token_does_not_choose_how_it_is_checked() {
    let claims = format!("{{\"exp\":{}}}", NOW + 60);
    let unsigned = |alg: &str| {
        let header = format!("{{\"alg\":\"{alg}\"}}");
        format!("{}.{}.", BASE64_URL.encode(header), BASE64_URL.encode(&claims))
    };
    for alg in ["none", "None", "NONE", "", "HS255"] {
        assert_eq!(verify("HS256", "key", &unsigned(alg), &[]), Err("WrongAlgorithm".into()));
    }
    // A public key as the secret of an HMAC: everybody could sign.
    let header = BASE64_URL.encode("{\"alg\":\"HS256\"}");
    let signed = format!("{header}.{}", BASE64_URL.encode(&claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, RSA_PUBLIC.as_bytes());
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    let confused = format!("{signed}.{}", BASE64_URL.encode(signature));
    assert_eq!(verify("RS256", RSA_PUBLIC, &confused, &[]), Err("WrongAlgorithm".into()));
    assert_eq!(verify("HS256", RSA_PUBLIC, &confused, &[]), Err("InvalidKey".into()));
    let critical = forge("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", &claims);
    assert_eq!(verify("HS256", "key", &critical, &[]), Err("InvalidToken".into()));
}

#[test]
fn times_are_kept() {
    let header = "{\"alg\":\"HS256\"}";
    let check = |claims: String, more: &[(&str, Value)]| {
        verify("HS256", "key", &forge(header, &claims), more).map(drop)
    };
    let leeway = [("leeway", Value::Duration(30_000_000))];
    let expired = Err("Expired".to_owned());
    assert_eq!(check(format!("{{\"exp\":{NOW}}}"), &[]), expired);
    assert_eq!(check(format!("{{\"exp\":{NOW}.5}}"), &[]), Ok(()));
    assert_eq!(check(format!("{{\"exp\":{}}}", NOW - 29), &leeway), Ok(()));
    assert_eq!(check(format!("{{\"exp\":{}}}", NOW - 30), &leeway), expired);
    assert_eq!(check(format!("{{\"exp\":{}}}", i64::MAX), &leeway), Ok(()));
    assert_eq!(check(format!("{{\"exp\":{}}}", i64::MIN), &leeway), expired);
    assert_eq!(check("{\"exp\":1e300}".into(), &leeway), Ok(()));
    assert_eq!(check("{\"exp\":\"9999999999\"}".into(), &[]), Err("InvalidToken".into()));
    assert_eq!(check("{\"exp\":null}".into(), &[]), Err("InvalidToken".into()));
    let later = |nbf: i64| format!("{{\"exp\":9999999999,\"nbf\":{nbf}}}");
    assert_eq!(check(later(NOW + 1), &[]), Err("NotYetValid".into()));
    assert_eq!(check(later(NOW + 30), &leeway), Ok(()));
    assert_eq!(check(later(NOW), &[]), Ok(()));
}

#[test]
fn names_are_kept() {
    let check = |claims: &str, more: &[(&str, Value)]| {
        let claims = format!("{{\"exp\":9999999999{claims}}}");
        verify("HS256", "key", &forge("{\"alg\":\"HS256\"}", &claims), more).map(drop)
    };
    let audience = [("audience", s("me"))];
    let wrong = Err("WrongAudience".to_owned());
    assert_eq!(check(",\"aud\":\"me\"", &audience), Ok(()));
    assert_eq!(check(",\"aud\":[\"you\",\"me\"]", &audience), Ok(()));
    for claims in ["", ",\"aud\":\"you\"", ",\"aud\":[]", ",\"aud\":7", ",\"aud\":{\"me\":1}"] {
        assert_eq!(check(claims, &audience), wrong, "{claims}");
    }
    assert_eq!(check(",\"aud\":\"you\"", &[]), wrong);
    let issuer = [("issuer", s("us"))];
    assert_eq!(check(",\"iss\":\"us\"", &issuer), Ok(()));
    for claims in ["", ",\"iss\":\"them\"", ",\"iss\":[\"us\"]"] {
        assert_eq!(check(claims, &issuer), Err("WrongIssuer".into()));
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let long = "a".repeat(70_000);
    let good = forge("{\"alg\":\"HS256\"}", "{\"exp\":9999999999}");
    let padded = good.replacen('.', "=.", 1);
    let four = format!("{good}.x");
    let twice = forge("{\"alg\":\"HS256\"}", "{\"exp\":1,\"exp\":9999999999}");
    let deep = forge("{\"alg\":\"HS256\"}", &"[".repeat(10_000));
    let header = forge("{\"alg\":[\"HS256\"]}", "{}");
    let tokens =
        ["", ".", "..", "...", "a.b.c", "\0.\0.\0", &long, &padded, &four, &twice, &deep, &header];
    for token in tokens {
        let found = verify("HS256", "key", token, &[]);
        assert_eq!(found, Err("InvalidToken".into()), "{:.40}", token);
    }
    for text in ["[]", "7", "null", "\u{feff}{}", ""] {
        let token = forge("{\"alg\":\"HS256\"}", text);
        assert_eq!(verify("HS256", "key", &token, &[]), Err("InvalidToken".into()), "{text}");
    }
}

#[test]
fn keys_are_those_of_the_algorithm() {
    let claims = || map([("sub", s("a"))]);
    for (algorithm, key) in [
        ("HS256", ""),
        ("HS256", RSA),
        ("RS256", "secret"),
        ("RS256", RSA_PUBLIC),
        ("RS256", P256),
        ("RS256", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        ("ES256", RSA),
        ("ES256", ED25519),
        ("EdDSA", P256),
        ("EdDSA", P256_PUBLIC),
    ] {
        let found = sign(algorithm, key, claims(), &[]);
        assert_eq!(found, Err("InvalidKey".into()), "{algorithm} {key:.40}");
    }
    let token = sign("RS256", RSA, claims(), &[hour()]).expect("it is signed");
    for key in ["", "secret", RSA, P256_PUBLIC, ED25519_PUBLIC, "-----BEGIN PUBLIC KEY-----"] {
        assert_eq!(verify("RS256", key, &token, &[]), Err("InvalidKey".into()), "{key:.40}");
    }
    let broken = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
    assert_eq!(verify("RS256", broken, &token, &[]), Err("InvalidKey".into()));
    let both = map([("exp", Value::Int(1)), ("x", list([]))]);
    assert_eq!(sign("HS256", "key", both, &[hour()]), Err("InvalidInput".into()));
}

#[test]
fn a_time_of_issue_that_is_given_is_kept() {
    for (claims, at) in
        [(map([("sub", s("a")), ("iat", Value::Int(5))]), 5), (map([("sub", s("a"))]), NOW)]
    {
        let token = sign("HS256", "key", claims, &[hour()]).expect("it is signed");
        let found = verify("HS256", "key", &token, &[]).expect("it is good");
        assert_eq!(found["claims"]["iat"], at, "{found}");
    }
}

#[test]
fn a_token_that_is_too_long_is_not_looked_at() {
    let claims = |length: usize| format!("{{\"exp\":9999999999,\"x\":\"{}\"}}", "x".repeat(length));
    let header = "{\"alg\":\"HS256\"}";
    assert!(verify("HS256", "key", &forge(header, &claims(40_000)), &[]).is_ok());
    let long = verify("HS256", "key", &forge(header, &claims(60_000)), &[]);
    assert_eq!(long, Err("InvalidToken".into()));
}
