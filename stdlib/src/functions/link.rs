//! The links of an answer: where the next page is.

use reqwest::Url;
use wf_vm::bytecode::Program;
use wf_vm::{Failure, FailureKind, NativeFn, Value};

use super::args::{Outcome, optional_text, string, text};

pub(crate) const FUNCTIONS: &[(&str, NativeFn)] = &[("nextLink", next_link)];

fn next_link(_: &Program, args: &mut [Value]) -> Outcome {
    let Some(header) = optional_text(args, 0)? else { return Ok(Value::Null) };
    let Some(target) = next(header) else { return Ok(Value::Null) };
    let wrong = |message: String| Err(Failure::new(FailureKind::Pure, "InvalidUrl", message));
    let Ok(base) = Url::parse(text(args, 1)?) else {
        return wrong("the URL of the page is none".to_owned());
    };
    let next = match base.join(target) {
        Ok(next) => next,
        Err(error) => return wrong(format!("the next page has no URL: {error}")),
    };
    // What is sent to the first page, as a token, is sent to the next one too.
    if next.origin() != base.origin() {
        let host = next.host_str().unwrap_or_default();
        return wrong(format!("the next page is at another origin than the first: `{host}`"));
    }
    Ok(string(next.as_str()))
}

/// The first target with the relation `next` in a header of RFC 8288.
fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let start = rest.find('<')?;
        let (target, behind) = rest.get(start + 1..)?.split_once('>')?;
        let (parameters, others) = split_parameters(behind);
        if parameters.iter().any(|parameter| is_next(parameter)) {
            return Some(target.trim());
        }
        rest = others;
    }
}

/// The parameters of a link, and what is behind the comma that ends it.
fn split_parameters(text: &str) -> (Vec<&str>, &str) {
    let (mut parameters, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ';' | ',' if !is_quoted => {
                parameters.extend(text.get(start..at));
                start = at + 1;
                if c == ',' {
                    return (parameters, text.get(start..).unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    parameters.extend(text.get(start..));
    (parameters, "")
}

/// Whether a parameter is `rel` with `next` among its words.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let words = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel")
        && words.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use wf_vm::Value;

    use crate::test_support::{call, code, s};

    #[test]
    fn the_next_page_is_found() {
        let base = "https://a.example/list?page=1";
        let table = [
            (
                "<https://a.example/list?page=2>; rel=\"next\"",
                Some("https://a.example/list?page=2"),
            ),
            ("<?page=2>; rel=next", Some("https://a.example/list?page=2")),
            ("</b>; REL=\"prev Next\"", Some("https://a.example/b")),
            (
                "<a>; rel=\"prev\", <b>; title=\"x, <c>; rel=next\"; rel=\"next\"",
                Some("https://a.example/b"),
            ),
            (
                "<a>; rel=\"prev\",<b,c;d>;rel=\"next\",<e>;rel=last",
                Some("https://a.example/b,c;d"),
            ),
            ("<a>; title=\"\\\"\"; rel=next", Some("https://a.example/a")),
            ("<a>; rel=\"prev\", <b>; rel=last", None),
            ("<a>; rel=nextish", None),
            ("<a>; title=\"rel=next\"", None),
            ("<a", None),
            ("", None),
            ("rel=next", None),
        ];
        for (header, expected) in table {
            let got = call("nextLink", vec![s(header), s(base)]);
            let expected = expected.map_or(Value::Null, s);
            assert!(got.equal(&expected), "{header}: {got:?}");
        }
        assert!(call("nextLink", vec![Value::Null, s(base)]).is_null());
    }

    #[test]
    fn other_origins_are_no_next_page() {
        let base = "https://a.example/list";
        for target in [
            "http://a.example/list",
            "https://b.example/list",
            "https://a.example:444/",
            "//b.example/",
            "http://169.254.169.254/",
            "http://",
        ] {
            let header = format!("<{target}>; rel=next");
            assert_eq!(code("nextLink", vec![s(&header), s(base)]), "InvalidUrl", "{target}");
        }
        assert_eq!(code("nextLink", vec![s("<a>; rel=next"), s("a")]), "InvalidUrl");
    }

    #[test]
    fn long_headers_are_read_once() {
        let header = "<a>; rel=prev, ".repeat(200_000) + &"\"".repeat(100_000);
        let began = std::time::Instant::now();
        assert!(call("nextLink", vec![s(&header), s("https://a.example/")]).is_null());
        assert!(began.elapsed() < std::time::Duration::from_secs(5));
    }
}
