//! Where the items of a library's signatures stand: found when the library is compiled, so that a program
//! that begins need not read all of their text.

/// Where one `fn` or `node` stands in the signatures of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of the file.
    file: u16,
    /// Whether it is a node.
    pub(super) is_node: bool,
    /// How many items of this kind and name stand before it.
    pub(super) before: u8,
    /// The offset of the lines of its documentation, or of itself.
    start: u32,
    /// The offset of its name.
    name: u32,
    /// The length of its name.
    length: u32,
    /// The offset behind it.
    end: u32,
}

impl Place {
    const NONE: Self =
        Self { file: 0, is_node: false, before: 0, start: 0, name: 0, length: 0, end: 0 };

    /// The name of the item.
    pub(super) fn name(self, signatures: &[(&str, &'static str)]) -> &'static str {
        self.slice(signatures, self.name, self.name + self.length)
    }

    /// The item with its documentation.
    pub(super) fn text(self, signatures: &[(&str, &'static str)]) -> &'static str {
        self.slice(signatures, self.start, self.end)
    }

    fn slice(self, signatures: &[(&str, &'static str)], from: u32, to: u32) -> &'static str {
        let text = signatures.get(usize::from(self.file)).map_or("", |(_, text)| *text);
        text.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// How many items the signatures of a library have: what [`places`] needs to know.
pub const fn count(signatures: &[(&str, &str)]) -> usize {
    let (mut count, mut file) = (0, 0);
    while file < signatures.len() {
        let text = signatures[file].1.as_bytes();
        let mut at = 0;
        while at < text.len() {
            count += is_item(text, at).is_some() as usize;
            at = line_end(text, at);
        }
        file += 1;
    }
    count
}

/// The items of the signatures of a library, in their order. An item begins with `fn` or `node` at the
/// start of a line, with the lines of its documentation above.
///
/// # Panics
/// Where `COUNT` is not what [`count`] says: when the library is compiled, if it is called there.
pub const fn places<const COUNT: usize>(signatures: &[(&str, &str)]) -> [Place; COUNT] {
    let mut places = [Place::NONE; COUNT];
    let (mut next, mut file) = (0, 0);
    while file < signatures.len() {
        let text = signatures[file].1.as_bytes();
        let first = next;
        // Where the documentation above the line begins.
        let mut docs: Option<usize> = None;
        let mut at = 0;
        while at < text.len() {
            if let Some(is_node) = is_item(text, at) {
                let start = match docs {
                    Some(docs) => docs,
                    None => at,
                };
                if next > first {
                    places[next - 1].end = start as u32;
                }
                let name = if is_node { at + 5 } else { at + 3 };
                let length = name_length(text, name);
                places[next] = Place {
                    file: file as u16,
                    is_node,
                    before: 0,
                    start: start as u32,
                    name: name as u32,
                    length: length as u32,
                    end: text.len() as u32,
                };
                places[next].before = before(signatures, &places, next);
                next += 1;
            }
            docs = match (begins(text, at, b"///"), docs) {
                (false, _) => None,
                (true, None) => Some(at),
                (true, docs) => docs,
            };
            at = line_end(text, at);
        }
        file += 1;
    }
    assert!(next == COUNT, "`COUNT` is what `count` says");
    places
}

/// How many items before this one have its kind and name.
const fn before<const COUNT: usize>(
    signatures: &[(&str, &str)],
    places: &[Place; COUNT],
    of: usize,
) -> u8 {
    let own = places[of];
    let (mut count, mut at) = (0, 0);
    while at < of {
        let other = places[at];
        if other.is_node == own.is_node && other.length == own.length {
            let (one, two) = (signatures[own.file as usize].1, signatures[other.file as usize].1);
            let (one, two) = (one.as_bytes(), two.as_bytes());
            let mut same = 0;
            while same < own.length
                && one[(own.name + same) as usize] == two[(other.name + same) as usize]
            {
                same += 1;
            }
            count += (same == own.length) as u8;
        }
        at += 1;
    }
    count
}

/// Whether an item begins here, and if so, whether it is a node.
const fn is_item(text: &[u8], at: usize) -> Option<bool> {
    match text[at] {
        b'n' if begins(text, at, b"node ") => Some(true),
        b'f' if begins(text, at, b"fn ") => Some(false),
        _ => None,
    }
}

const fn begins(text: &[u8], at: usize, with: &[u8]) -> bool {
    let mut ahead = 0;
    while ahead < with.len() {
        if at + ahead >= text.len() || text[at + ahead] != with[ahead] {
            return false;
        }
        ahead += 1;
    }
    true
}

const fn name_length(text: &[u8], name: usize) -> usize {
    let mut end = name;
    while end < text.len() && !matches!(text[end], b'<' | b'(' | b'{' | b' ' | b'\n') {
        end += 1;
    }
    end - name
}

/// The offset behind the next line end.
const fn line_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at] != b'\n' {
        at += 1;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &[(&str, &str)] = &[
        ("a", "// no doc\nfn f(a: int) -> int\n\n/// Of n.\n/// More.\nnode n.b<T> {\n  fn x\n}\n"),
        ("b", "type T = int\n\n/// Other.\nfn f(a: string) -> int"),
        ("c", ""),
    ];

    static PLACES: [Place; count(TEXTS)] = places(TEXTS);

    #[test]
    fn items_are_found_with_their_documentation() {
        let found: Vec<_> =
            PLACES.iter().map(|p| (p.is_node, p.before, p.name(TEXTS), p.text(TEXTS))).collect();
        let expected = [
            (false, 0, "f", "fn f(a: int) -> int\n\n"),
            (true, 0, "n.b", "/// Of n.\n/// More.\nnode n.b<T> {\n  fn x\n}\n"),
            (false, 1, "f", "/// Other.\nfn f(a: string) -> int"),
        ];
        assert_eq!(found, expected);
    }
}
