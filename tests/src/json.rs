//! Compares JSON with what is expected of it.

use serde_json::Value;

/// Where `actual` is not what `expected` says; `None` where it is.
///
/// The text `"*"` stands for anything. With `partial`, objects may have more fields than expected.
pub(crate) fn difference(expected: &Value, actual: &Value, partial: bool) -> Option<String> {
    find(expected, actual, partial, &mut "$".to_owned())
}

fn find(expected: &Value, actual: &Value, partial: bool, path: &mut String) -> Option<String> {
    match (expected, actual) {
        (Value::String(any), _) if any == "*" => None,
        (Value::Object(wanted), Value::Object(have)) => {
            for (key, value) in wanted {
                let Some(other) = have.get(key) else {
                    return Some(format!("{path}.{key} is missing; there is {actual}"));
                };
                if let Some(found) = below(path, &format!(".{key}"), value, other, partial) {
                    return Some(found);
                }
            }
            let extra = have.keys().find(|key| !partial && !wanted.contains_key(*key))?;
            Some(format!("{path}.{extra} is not expected"))
        }
        (Value::Array(wanted), Value::Array(have)) if wanted.len() == have.len() => {
            let pairs = wanted.iter().zip(have).enumerate();
            pairs.into_iter().find_map(|(index, (value, other))| {
                below(path, &format!("[{index}]"), value, other, partial)
            })
        }
        _ if expected == actual => None,
        _ => Some(format!("{path} is {actual}; expected {expected}")),
    }
}

fn below(
    path: &mut String,
    part: &str,
    expected: &Value,
    actual: &Value,
    partial: bool,
) -> Option<String> {
    let length = path.len();
    path.push_str(part);
    let found = find(expected, actual, partial, path);
    path.truncate(length);
    found
}
