//! References of JSON Schema: URIs, their fragments and JSON pointers.

use smol_str::SmolStr;

/// A reference in two parts: what stands before `#`, and behind it.
pub(super) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// Whether a URI begins with a scheme, as `https:`.
pub(super) fn is_absolute(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else { return false };
    let mut bytes = scheme.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        && scheme.len() > 1
}

/// The URI that `reference`, without a fragment, stands for in a document of the URI `base`.
pub(super) fn join(base: &str, reference: &str) -> String {
    if reference.is_empty() {
        return base.to_owned();
    }
    if is_absolute(reference) {
        return reference.to_owned();
    }
    let (root, path) = match base.find("://") {
        Some(at) => {
            let path = base.get(at + 3..).and_then(|rest| rest.find('/'));
            base.split_at(path.map_or(base.len(), |path| at + 3 + path))
        }
        None => ("", base),
    };
    let folder = match reference.starts_with('/') {
        true => "",
        false => path.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(reference.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let slash = if root.is_empty() && !reference.starts_with('/') { "" } else { "/" };
    format!("{root}{slash}{}", parts.join("/"))
}

/// A fragment or a path with its `%24` read as characters; as it is where they are not UTF-8.
pub(super) fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|_| *byte == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The names of a JSON pointer, which is empty or begins with `/`.
pub(super) fn names(pointer: &str) -> impl Iterator<Item = SmolStr> {
    pointer.split('/').skip(1).map(|name| match name.contains('~') {
        true => name.replace("~1", "/").replace("~0", "~").into(),
        false => name.into(),
    })
}

/// Whether a path as a loader gives it lies in a folder, both relative to the same place. Links
/// are not looked at: who may write them may write the schema too.
pub(crate) fn is_inside(folder: &str, path: &str) -> bool {
    let (folder, path) = (parts(folder), parts(path));
    path.len() > folder.len()
        && folder.iter().zip(&path).all(|(a, b)| a == b)
        && !path.iter().skip(folder.len()).any(|part| *part == ".." || *part == "/")
}

/// The folder of a path.
pub(crate) fn folder(path: &str) -> &str {
    let at = path.rfind(['/', '\\']).unwrap_or(0);
    if at == 0 && path.starts_with('/') { "/" } else { path.get(..at).unwrap_or("") }
}

fn parts(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    if path.starts_with(['/', '\\']) {
        parts.push("/");
    }
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && *last != "/") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_joined() {
        let base = "https://x.org/a/b.json";
        assert_eq!(join(base, "c.json"), "https://x.org/a/c.json");
        assert_eq!(join(base, "../c.json"), "https://x.org/c.json");
        assert_eq!(join(base, "/c.json"), "https://x.org/c.json");
        assert_eq!(join(base, "urn:x"), "urn:x");
        assert_eq!(join("https://x.org", "c"), "https://x.org/c");
        assert_eq!(join("a/b.json", "../../c.json"), "../c.json");
        assert_eq!(join("a/b.json", ""), "a/b.json");
    }

    #[test]
    fn fragments_are_decoded() {
        assert_eq!(decode("/a%24b/%zz/%C3%A9%"), "/a$b/%zz/é%");
        assert_eq!(decode("%ff"), "%ff");
        assert_eq!(names("/a~1b/~01//").collect::<Vec<_>>(), ["a/b", "~1", "", ""]);
        assert_eq!(names("").count(), 0);
    }

    #[test]
    fn what_is_inside_of_a_folder() {
        let inside = |folder, path| is_inside(folder, path);
        assert!(inside("", "a.json") && inside(".", "lib/a.json") && inside("x/..", "a.json"));
        assert!(inside("/w", "/w/a.json") && inside("../x", "../x/a.json") && inside("/", "/a"));
        assert!(!inside("", "../a.json") && !inside("", "/a.json") && !inside("/w", "/a.json"));
        assert!(!inside("/w", "/w/../a.json") && !inside("/w", "/wide/a.json"));
        assert!(!inside("..", "../../a.json") && !inside("w", "w/../../a.json"));
        assert_eq!(
            (folder("/a"), folder("a"), folder("x/a"), folder("a.json")),
            ("/", "", "x", "")
        );
    }
}
