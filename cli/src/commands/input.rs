//! Reading what is given to a command: files and standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::args::Input;

/// The largest input that is read, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// Why an input was not read.
pub enum Unread {
    /// The command line names what can't be read.
    Usage(String),
    /// It was read, and is no text.
    Unusable(String),
}

/// The text of a file or of standard input.
///
/// # Errors
/// It can't be read, or is not UTF-8.
pub fn read_input(input: &Input) -> Result<String, Unread> {
    match input {
        Input::File(path) => read(path),
        Input::Stdin => {
            let read = read_limited(io::stdin().lock(), MAX_BYTES);
            let bytes =
                read.map_err(|e| Unread::Usage(format!("standard input can't be read: {e}")))?;
            text_of(bytes, "standard input")
        }
    }
}

/// The text of a file.
///
/// # Errors
/// It can't be read, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, Unread> {
    let name = format!("`{}`", path.display());
    let read = File::open(path).and_then(|file| read_limited(file, MAX_BYTES));
    let bytes = read.map_err(|e| Unread::Usage(format!("{name} can't be read: {e}")))?;
    text_of(bytes, &name)
}

/// All that comes, up to a number of bytes; a device may have no end.
///
/// # Errors
/// It can't be read, or more comes.
pub fn read_limited(from: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {} MiB", limit >> 20)));
    }
    Ok(bytes)
}

fn text_of(bytes: Vec<u8>, name: &str) -> Result<String, Unread> {
    String::from_utf8(bytes).map_err(|e| {
        let offset = e.utf8_error().valid_up_to();
        Unread::Unusable(format!("{name} is not UTF-8 (at byte {offset})"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_an_error() {
        let error = read_limited(io::repeat(0), 1 << 20).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
        assert_eq!(read_limited(&[7; 5][..], 5).unwrap(), [7; 5]);
        assert!(read_limited(&[7; 6][..], 5).is_err());
    }
}
