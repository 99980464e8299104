//! Reading a JSONPath from any JSON document.

use wf_bytecode::Program;
use wf_diagnostics::codes::{runs, types};
use wf_diagnostics::{Diagnostic, SourceFile, SourceMap, Span};
use wf_vm::Value;
use wf_vm::value::decode::decode_json;
use wf_vm::value::jsonpath;

use super::{Evaluation, NAME, SnapshotError};

/// The list of what a query as in RFC 9535 (`$.steps.*.output`) selects from a JSON document.
///
/// # Errors
/// The document is no JSON that values can be made of.
pub fn query(text: &str, document: &str) -> Result<Evaluation, SnapshotError> {
    let value = decode_json(document).map_err(|e| SnapshotError(e.to_string()))?;
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new(NAME, text));
    let evaluation =
        |diagnostics, value, failed| Evaluation { diagnostics, sources, value, failed };
    let parsed = match jsonpath::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let span = Span::new(file, error.range.start as u32, error.range.end as u32);
            let told = Diagnostic::new(
                &types::BAD_JSONPATH,
                span,
                format!("this is no JSONPath: {error}"),
            )
            .help("the queries are those of RFC 9535, as `$.items[?@.price > 5].name`");
            return Ok(evaluation(vec![told], None, false));
        }
    };
    let program = Program::default();
    let found = jsonpath::select(&parsed, value, &[], &program)
        .and_then(|found| wf_vm::json_text(&Value::list(found), &program));
    Ok(match found {
        Ok(json) => evaluation(Vec::new(), Some(json), false),
        Err(failure) => {
            let span = Span::new(file, 0, text.len() as u32);
            let told = Diagnostic::new(&runs::CALCULATION_FAILED, span, failure.message);
            evaluation(vec![told], None, true)
        }
    })
}
