//! How diagnostics reach the terminal or a program that reads them.

use std::io::{self, Write};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use wf_diagnostics::render::{RenderOptions, render, summary};
use wf_diagnostics::{Diagnostic, SourceMap, github, json, sarif};

use crate::args::Format;

/// The widest that text is wrapped, for the eye loses its line in longer ones.
const MAX_WIDTH: usize = 120;

/// How diagnostics are drawn on this stream.
///
/// Colours follow `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and whether the stream is a terminal.
/// Only a terminal has text wrapped, to its width. Lines are drawn in Unicode unless the locale
/// says that it has another encoding.
pub fn render_options(stream: &impl RawStream) -> RenderOptions {
    let width = match stream.is_terminal() {
        true => terminal_size::terminal_size()
            .map_or(80, |(width, _)| usize::from(width.0))
            .min(MAX_WIDTH),
        false => usize::MAX,
    };
    RenderOptions {
        color: AutoStream::choice(stream) != ColorChoice::Never,
        unicode: is_unicode(|name| std::env::var(name).ok()),
        width,
    }
}

/// Whether the terminal can be expected to show Unicode, given the environment.
fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    if variable("TERM").as_deref() == Some("linux") {
        return false;
    }
    let set = |name| variable(name).filter(|value| !value.is_empty());
    match ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => true,
    }
}

/// Writes diagnostics in their order: drawn, with their numbers in a last line (nothing at all
/// where there are none), as one JSON object on one line, or a line each as annotations.
pub fn write_diagnostics(
    out: &mut impl Write,
    diagnostics: &[Diagnostic],
    sources: &SourceMap,
    format: Format,
    options: &RenderOptions,
) -> io::Result<()> {
    match format {
        Format::Json => writeln!(out, "{}", json::to_json(diagnostics, sources)),
        Format::Sarif => writeln!(out, "{}", sarif::to_sarif(diagnostics, sources)),
        Format::Github => write!(out, "{}", github::to_github(diagnostics, sources)),
        Format::Human if diagnostics.is_empty() => Ok(()),
        Format::Human => {
            writeln!(out, "{}\n{}", render(diagnostics, sources, options), summary(diagnostics))
        }
    }
}

#[cfg(test)]
mod tests {
    use wf_diagnostics::{SourceFile, Span, codes};

    use super::*;

    #[test]
    fn the_locale_decides_on_unicode() {
        let decide = |pairs: &[(&str, &str)]| {
            is_unicode(|name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(decide(&[]));
        assert!(decide(&[("LANG", "de_DE.UTF-8")]));
        assert!(decide(&[("LC_ALL", ""), ("LANG", "C.utf8")]));
        assert!(!decide(&[("LC_ALL", "C"), ("LANG", "C.utf8")]));
        assert!(!decide(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(!decide(&[("LANG", "C.UTF-8"), ("TERM", "linux")]));
    }

    #[test]
    fn all_formats() {
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new("a.wf", "x"));
        let code = codes::find("WF0101").unwrap();
        let list = [Diagnostic::new(code, Span::new(file, 0, 1), "no `x`")];
        let write = |list: &[Diagnostic], format| {
            let mut out = Vec::new();
            write_diagnostics(&mut out, list, &sources, format, &RenderOptions::plain()).unwrap();
            String::from_utf8(out).unwrap()
        };
        let human = write(&list, Format::Human);
        assert!(human.starts_with("error[WF0101]: no `x`\n"), "{human}");
        assert!(human.ends_with("╰────\n\n1 error\n"), "{human}");
        assert_eq!(write(&[], Format::Human), "");
        let json = write(&list, Format::Json);
        assert!(json.ends_with("}\n") && json.lines().count() == 1, "{json}");
        let expected = "{\"diagnostics\":[],\"errors\":0,\"warnings\":0}\n";
        assert_eq!(write(&[], Format::Json), expected);
        let sarif = write(&list, Format::Sarif);
        assert!(sarif.contains("\"ruleId\":\"WF0101\"") && sarif.lines().count() == 1, "{sarif}");
        let github = write(&list, Format::Github);
        assert!(github.starts_with("::error file=a.wf,line=1,col=1,"), "{github}");
        assert_eq!(write(&[], Format::Github), "");
    }
}
