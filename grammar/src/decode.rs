//! Bytes that should be UTF-8.

use wf_diagnostics::{Diagnostic, FileId, Span, codes::syntax};

/// The text of a file, or the offset of the first byte that is no UTF-8.
///
/// # Errors
/// The offset of the first bad byte; [`not_utf8`] makes a diagnostic of it.
pub fn decode_utf8(bytes: Vec<u8>) -> Result<String, usize> {
    String::from_utf8(bytes).map_err(|error| error.utf8_error().valid_up_to())
}

/// What to tell of a file that is not UTF-8, against its lossy text
/// ([`String::from_utf8_lossy`]): up to the first bad byte both have the same offsets.
pub fn not_utf8(file: FileId, lossy: &str, offset: usize) -> Diagnostic {
    let start = lossy.floor_char_boundary(offset.min(lossy.len()));
    let length = lossy.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(file, start as u32, (start + length) as u32);
    Diagnostic::new(&syntax::NOT_UTF8, span, format!("the file is not UTF-8 from byte {offset} on"))
        .label("the first byte that is no UTF-8")
        .help("save the file as UTF-8")
}
