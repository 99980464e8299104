//! `wf explain`: the page of a diagnostic code.

use std::io::{self, Write};

use wf_diagnostics::codes::{self, Code};

use crate::exit::Exit;

/// How many codes are proposed in place of an unknown one.
const MAX_PROPOSED: usize = 5;

/// Prints the page of a code, or without a code the list of all. An unknown code is wrong usage,
/// told on `err` with the codes that may be meant.
pub fn explain(code: Option<&str>, out: &mut impl Write, err: &mut impl Write) -> io::Result<Exit> {
    let Some(text) = code else {
        for code in codes::all() {
            writeln!(out, "{}  {:7}  {}", code.id, code.severity.as_str(), code.title)?;
        }
        return Ok(Exit::Good);
    };
    if let Some(code) = find(text) {
        writeln!(out, "{}", code.explain.trim_end())?;
        return Ok(Exit::Good);
    }
    writeln!(err, "error: there is no code `{}`", text.escape_debug())?;
    let near = near(text);
    if near.is_empty() {
        writeln!(err, "  help: `wf explain` lists all codes")?;
    } else {
        writeln!(err, "  help: did you mean one of these?")?;
        for code in near {
            writeln!(err, "        {}  {}", code.id, code.title)?;
        }
    }
    Ok(Exit::Usage)
}

/// The code of this text: `WF0301` in any case of letters, or only its number.
fn find(text: &str) -> Option<&'static Code> {
    codes::find(text.trim()).or_else(|| codes::find(&full_id(text)?))
}

/// The whole code for a number without the letters or the zeros in front.
fn full_id(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let digits = text.strip_prefix("WF").unwrap_or(&text);
    let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("WF{digits:0>4}"))
}

/// The codes that may be meant, the most likely ones first: those written nearly like it, and
/// those that have the text in their title.
fn near(text: &str) -> Vec<&'static Code> {
    let wanted = full_id(text).unwrap_or_else(|| text.trim().to_ascii_uppercase());
    let words = text.trim().to_lowercase();
    let by_title = |code: &Code| words.len() >= 3 && code.title.to_lowercase().contains(&words);
    // Nobody takes a long text for a code; comparing it would only cost time.
    let distance = |code: &Code| match wanted.len() {
        0..=12 => strsim::damerau_levenshtein(&wanted, code.id),
        _ => usize::MAX,
    };
    let mut near: Vec<_> = codes::all()
        .map(|code| (if by_title(code) { 0 } else { distance(code) }, code))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    near.sort_by_key(|(distance, code)| (*distance, code.id));
    near.into_iter().map(|(_, code)| code).take(MAX_PROPOSED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(code: Option<&str>) -> (Exit, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = explain(code, &mut out, &mut err).unwrap();
        (exit, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn a_code_is_found_as_people_write_it() {
        for text in ["WF0301", "wf0301", "0301", "301", " WF301 "] {
            let (exit, out, err) = call(Some(text));
            assert!(out.starts_with("# WF0301: "), "{text}: {out}");
            assert_eq!((exit, err.as_str()), (Exit::Good, ""));
        }
    }

    #[test]
    fn an_unknown_code_is_wrong_usage_with_proposals() {
        let (exit, out, err) = call(Some("WFO301"));
        assert_eq!((exit, out.as_str()), (Exit::Usage, ""));
        assert!(err.starts_with("error: there is no code `WFO301`\n"), "{err}");
        assert!(err.contains("did you mean") && err.contains("        WF0301  "), "{err}");
        let title = codes::find("WF0301").unwrap().title;
        let proposal = format!("        WF0301  {title}\n");
        assert!(call(Some(&title.to_uppercase())).2.contains(&proposal));
        assert!(call(Some("zzz")).2.contains("`wf explain` lists all codes"));
        assert!(call(Some("\u{1b}[2J")).2.contains("`\\u{1b}[2J`"));
        assert_eq!(call(Some("")).0, Exit::Usage);
        assert_eq!(call(Some(&"9".repeat(1_000_000))).0, Exit::Usage);
    }

    #[test]
    fn without_a_code_all_are_listed() {
        let (exit, out, _) = call(None);
        assert_eq!((exit, out.lines().count()), (Exit::Good, codes::all().count()));
        let title = codes::find("WF0301").unwrap().title;
        assert!(out.contains(&format!("WF0301  error    {title}\n")), "{out}");
        assert!(out.contains("WF0901  warning  "), "{out}");
    }
}
