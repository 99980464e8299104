//! Algorithms and their keys.

use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, alg_id};
use wf_vm::NodeFailure;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Hs256,
    Hs384,
    Hs512,
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn of(name: &str) -> Option<Self> {
        [Self::Hs256, Self::Hs384, Self::Hs512, Self::Rs256, Self::Es256, Self::EdDsa]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn hmac(self) -> Option<hmac::Algorithm> {
        match self {
            Self::Hs256 => Some(hmac::HMAC_SHA256),
            Self::Hs384 => Some(hmac::HMAC_SHA384),
            Self::Hs512 => Some(hmac::HMAC_SHA512),
            Self::Rs256 | Self::Es256 | Self::EdDsa => None,
        }
    }

    /// The signature of a message.
    ///
    /// # Errors
    /// The key is none of this algorithm.
    pub(super) fn sign(self, key: &str, message: &[u8]) -> Result<Vec<u8>, NodeFailure> {
        if let Some(algorithm) = self.hmac() {
            let key = hmac::Key::new(algorithm, shared(key)?);
            return Ok(hmac::sign(&key, message).as_ref().to_vec());
        }
        let wrong = || wrong(&format!("it must be a private key for {} as PEM", self.name()));
        let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| wrong())?;
        let random = SystemRandom::new();
        match (self, &der) {
            (Self::Rs256, PrivateKeyDer::Pkcs8(_) | PrivateKeyDer::Pkcs1(_)) => {
                let pair = match &der {
                    PrivateKeyDer::Pkcs1(_) => RsaKeyPair::from_der(der.secret_der()),
                    _ => RsaKeyPair::from_pkcs8(der.secret_der()),
                };
                let pair = pair.map_err(|_| wrong())?;
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map_err(|_| wrong())?;
                Ok(signature)
            }
            (Self::Es256, PrivateKeyDer::Pkcs8(_)) => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, der.secret_der(), &random);
                let pair = pair.map_err(|_| wrong())?;
                Ok(pair.sign(&random, message).map_err(|_| wrong())?.as_ref().to_vec())
            }
            (Self::EdDsa, PrivateKeyDer::Pkcs8(_)) => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_der());
                Ok(pair.map_err(|_| wrong())?.sign(message).as_ref().to_vec())
            }
            _ => Err(wrong()),
        }
    }

    /// Whether a signature is that of a message.
    ///
    /// # Errors
    /// The key is none of this algorithm.
    pub(super) fn verify(
        self,
        key: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, NodeFailure> {
        if let Some(algorithm) = self.hmac() {
            let key = hmac::Key::new(algorithm, shared(key)?);
            return Ok(hmac::verify(&key, message, signature).is_ok());
        }
        let wrong = || wrong(&format!("it must be a public key for {} as PEM", self.name()));
        let (id, algorithm): (_, &'static dyn VerificationAlgorithm) = match self {
            Self::Rs256 => (alg_id::RSA_ENCRYPTION, &RSA_PKCS1_2048_8192_SHA256),
            Self::Es256 => (alg_id::ECDSA_P256, &ECDSA_P256_SHA256_FIXED),
            _ => (alg_id::ED25519, &ED25519),
        };
        let info = SubjectPublicKeyInfoDer::from_pem_slice(key.as_bytes()).map_err(|_| wrong())?;
        let key = public_key(info.as_ref(), id.as_ref()).ok_or_else(wrong)?;
        Ok(UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok())
    }
}

fn wrong(why: &str) -> NodeFailure {
    NodeFailure::new("InvalidKey", format!("the key can't be used: {why}"))
}

/// A key that both sides know. A public key is known to all: whoever takes one for that accepts
/// tokens that anybody has signed with it.
fn shared(key: &str) -> Result<&[u8], NodeFailure> {
    if key.is_empty() {
        return Err(wrong("it is empty"));
    }
    if key.contains("-----BEGIN") {
        return Err(wrong("it is PEM, which is for RS256, ES256 and EdDSA"));
    }
    Ok(key.as_bytes())
}

/// The key in a SubjectPublicKeyInfo of an algorithm:
/// `SEQUENCE { SEQUENCE { algorithm }, BIT STRING }`.
fn public_key<'a>(info: &'a [u8], algorithm: &[u8]) -> Option<&'a [u8]> {
    let (info, rest) = element(0x30, info)?;
    let (found, key) = element(0x30, info)?;
    let (bits, end) = element(0x03, key)?;
    // The first byte says how many bits at the end do not count.
    let key = bits.strip_prefix(&[0])?;
    (rest.is_empty() && end.is_empty() && found == algorithm).then_some(key)
}

/// The content of an element in DER, and what stands behind it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
