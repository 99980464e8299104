//! Each syntax code has a page whose wrong example gives exactly that code, and whose right one
//! gives nothing.

use wf_diagnostics::codes::{syntax, warnings};

use super::{parse, told};

fn blocks(page: &str) -> Vec<String> {
    page.split("```wf\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn pages_hold_what_they_say() {
    for code in syntax::ALL.iter().chain([&&warnings::FOREIGN_TEMPLATE]) {
        assert!(
            code.explain.starts_with(&format!("# {}: {}\n", code.id, code.title)),
            "{}",
            code.id
        );
        let blocks = blocks(code.explain);
        let [wrong, right] = blocks.as_slice() else { panic!("{} has no two blocks", code.id) };
        let parsed = parse(wrong);
        let codes: Vec<&str> = parsed.diagnostics.iter().map(|d| d.code.id).collect();
        assert_eq!(codes, [code.id], "{}", told(wrong, &parsed.diagnostics));
        let parsed = parse(right);
        assert!(parsed.diagnostics.is_empty(), "{}: {}", code.id, told(right, &parsed.diagnostics));
    }
}

#[test]
fn reserved_words_are_sorted_and_known_to_the_lexer() {
    assert!(crate::RESERVED.is_sorted());
    assert!(crate::RESERVED_FOR_LATER.is_sorted());
    for word in crate::RESERVED.iter().chain(crate::RESERVED_FOR_LATER) {
        assert!(crate::words::kind_of(word).is_reserved(), "{word}");
        assert!(crate::is_reserved(word));
    }
    assert!(!crate::is_reserved("orders"));
    for root in crate::ROOTS {
        assert!(!crate::is_reserved(root), "{root}");
    }
}

#[test]
fn bytes_that_are_no_utf8_are_pointed_at() {
    assert_eq!(crate::decode_utf8(b"ab\xffc".to_vec()), Err(2));
    let lossy = String::from_utf8_lossy(b"ab\xffc").into_owned();
    let diagnostic = crate::not_utf8(wf_diagnostics::FileId(0), &lossy, 2);
    assert_eq!((diagnostic.span.start, diagnostic.span.end), (2, 5));
}
