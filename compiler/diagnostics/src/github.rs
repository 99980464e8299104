//! Diagnostics as workflow commands of GitHub Actions, which shows them beside the changed lines.
//!
//! Lines and columns count from 1, columns in characters, `endColumn` is exclusive. Columns are
//! given only where both are on one line: others are ignored there.

use crate::{Diagnostic, SourceMap};

/// One line `::error …::…` or `::warning …::…` for each diagnostic, each ended by a line end.
pub fn to_github(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&command(diagnostic, sources));
        out.push('\n');
    }
    out
}

fn command(d: &Diagnostic, sources: &SourceMap) -> String {
    let mut properties = Vec::new();
    let mut text = d.message.clone();
    if let Some(help) = &d.help {
        text = format!("{text}\nhelp: {help}");
    }
    if let Some(file) = sources.get(d.span.file) {
        let range = file.clamp(d.span);
        let start = file.line_column(range.start as u32);
        let end = file.line_column(range.end as u32);
        let name = file.name().trim_start_matches("./");
        properties.push(format!("file={}", property(name)));
        properties.push(format!("line={}", start.line));
        if start.line == end.line {
            properties.push(format!("col={}", start.column));
        }
        properties.push(format!("endLine={}", end.line));
        if start.line == end.line {
            properties.push(format!("endColumn={}", end.column));
        }
    }
    for label in &d.labels {
        if let Some(file) = sources.get(label.span.file) {
            let at = file.line_column(file.clamp(label.span).start as u32);
            let place = format!("{}:{}:{}", file.name(), at.line, at.column);
            text = format!("{text}\n{place}: {}", label.message);
        }
    }
    properties.push(format!("title={}", property(&format!("{}: {}", d.code.id, d.code.title))));
    format!("::{} {}::{}", d.severity().as_str(), properties.join(","), data(&text))
}

/// The text of a message: no line may end in it, and `%` begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, in which colons and commas would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FileId, SourceFile, Span, codes};

    #[test]
    fn every_diagnostic_is_one_line() {
        let mut sources = SourceMap::new();
        let a = sources.add(SourceFile::new("./a,b:100%.wf", "\u{feff}x\r\n\t😀 = y\r\nz\n"));
        let text = sources.get(a).unwrap().text().clone();
        let y = text.find('y').unwrap() as u32;
        let code = codes::find("WF0101").unwrap();
        let one = Diagnostic::new(code, Span::new(a, y, y + 1), "no `y`: 100%, sure")
            .with(Span::new(a, 3, 4), "near")
            .help("write\r\n`z`");
        let lines = Diagnostic::new(code, Span::new(a, y, text.len() as u32), "more");
        let lost = Diagnostic::new(code, Span::new(FileId(7), 0, 1), "lost");
        let title = format!("title=WF0101%3A {}", code.title);
        let expected = format!(
            "::error file=a%2Cb%3A100%25.wf,line=2,col=6,endLine=2,endColumn=7,{title}::no `y`: \
             100%25, sure%0Ahelp: write%0D%0A`z`%0A./a,b:100%25.wf:1:1: near\n\
             ::error file=a%2Cb%3A100%25.wf,line=2,endLine=4,{title}::more\n\
             ::error {title}::lost\n"
        );
        assert_eq!(to_github(&[one, lines, lost], &sources), expected);
        assert_eq!(to_github(&[], &sources), "");
    }
}
