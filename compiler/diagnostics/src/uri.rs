//! Names of files as URIs.

use std::fmt::Write;

/// The name of a file as a URI reference: relative where the name is, else with `file:`.
pub(crate) fn uri(name: &str) -> String {
    let slashed = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
    let mut path = slashed.as_str();
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    let mut out = String::new();
    let drive = cfg!(windows) && path.as_bytes().get(1) == Some(&b':');
    if drive {
        out.push_str("file:///");
    } else if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            b':' if drive => out.push(':'),
            // Writing to a string can't fail.
            _ => write!(out, "%{byte:02X}").unwrap_or_default(),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn names_become_uris() {
        for (name, expected) in [
            ("a.wf", "a.wf"),
            ("./flows/./a.wf", "flows/./a.wf"),
            ("../a b.wf", "../a%20b.wf"),
            ("100%:ä.wf", "100%25%3A%C3%A4.wf"),
            ("/srv/a.wf", "file:///srv/a.wf"),
            ("", ""),
        ] {
            assert_eq!(uri(name), expected);
        }
    }
}
