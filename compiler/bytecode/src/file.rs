//! The `.wfc` format: a header with version and hash, and the program as postcard.
//!
//! `WFC\0`, the version (u32), the length of the payload (u64), its SHA-256, the payload; numbers
//! are little-endian. A change of any table or instruction is a new version.

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{Program, VerifyError, verify};

/// How every `.wfc` file begins.
pub const MAGIC: &[u8; 4] = b"WFC\0";
const HEADER: usize = 4 + 4 + 8 + 32;

/// The version of the format that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 5;

/// The largest payload that is read, in bytes.
pub const MAX_PAYLOAD: u64 = 64 << 20;

/// Why a file is no program.
#[derive(Debug, Error)]
pub enum FileError {
    /// It does not begin as a `.wfc` file does.
    #[error("this is no compiled workflow: it does not begin with `WFC`")]
    NotAProgram,
    /// It is of another version.
    #[error(
        "this was compiled for version {found} of the format, and this is version {FORMAT_VERSION}: compile it again"
    )]
    Version {
        /// Its version.
        found: u32,
    },
    /// It ends too early.
    #[error("the file is cut off: {found} of {expected} bytes are there")]
    Truncated {
        /// The number of bytes that there should be.
        expected: u64,
        /// The number of bytes that there are.
        found: u64,
    },
    /// It is larger than any program may be.
    #[error("the file is too large: {size} bytes, where at most {MAX_PAYLOAD} are read")]
    TooLarge {
        /// The size that it says it has.
        size: u64,
    },
    /// Its contents are not those that were written.
    #[error("the file was altered: its contents do not have the hash that it names")]
    Altered,
    /// Its contents are no program though their hash is right.
    #[error("the file can't be read: {reason}")]
    Malformed {
        /// What the decoder says.
        reason: String,
    },
    /// Its program is inconsistent.
    #[error(transparent)]
    Invalid(#[from] VerifyError),
}

/// A program as the bytes of a `.wfc` file. The same program always gives the same bytes.
pub fn write(program: &Program) -> Vec<u8> {
    let payload = payload(program);
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&hash(&payload));
    bytes.extend_from_slice(&payload);
    bytes
}

/// The SHA-256 of a program: what runs, journals and caches know it by.
pub fn content_hash(program: &Program) -> [u8; 32] {
    hash(&payload(program))
}

/// Reads a `.wfc` file and verifies its program, so that the machine may trust it.
///
/// # Errors
/// [`FileError`] where the bytes are not what [`write()`] made, or the program is inconsistent.
pub fn read(bytes: &[u8]) -> Result<Program, FileError> {
    if !bytes.starts_with(MAGIC) {
        return Err(FileError::NotAProgram);
    }
    let found = bytes.len() as u64;
    let cut = FileError::Truncated { expected: HEADER as u64, found };
    let Some((header, payload)) = bytes.split_at_checked(HEADER) else { return Err(cut) };
    let version = u32::from_le_bytes(field(header, 4));
    if version != FORMAT_VERSION {
        return Err(FileError::Version { found: version });
    }
    let size = u64::from_le_bytes(field(header, 8));
    if size > MAX_PAYLOAD || payload.len() as u64 > size {
        return Err(FileError::TooLarge { size: size.max(payload.len() as u64) });
    }
    if (payload.len() as u64) < size {
        return Err(FileError::Truncated { expected: HEADER as u64 + size, found });
    }
    if hash(payload) != field::<32>(header, 16) {
        return Err(FileError::Altered);
    }
    let malformed = |reason: String| FileError::Malformed { reason };
    let (program, rest): (Program, _) =
        postcard::take_from_bytes(payload).map_err(|e| malformed(e.to_string()))?;
    if !rest.is_empty() {
        return Err(malformed(format!("{} bytes are left over", rest.len())));
    }
    verify(&program)?;
    Ok(program)
}

fn payload(program: &Program) -> Vec<u8> {
    postcard::to_stdvec(program).expect("a program holds only what postcard can write")
}

fn hash(payload: &[u8]) -> [u8; 32] {
    Sha256::digest(payload).into()
}

/// The bytes of the header from `start` on, which is within it.
fn field<const N: usize>(header: &[u8], start: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&header[start..start + N]);
    out
}
