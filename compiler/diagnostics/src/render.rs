//! Diagnostics on a terminal, drawn by miette.
//!
//! miette only draws: what it reads are excerpts made here, in which the lines are safe and short.

mod clean;
mod excerpt;
#[cfg(test)]
mod tests;

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use crate::{Diagnostic, Diagnostics, FileId, Label, Severity, SourceFile, SourceMap};
use clean::clean;
use excerpt::{Excerpt, Mark};

/// How diagnostics are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Whether to draw with lines of Unicode, or with ASCII only. Source text stays as it is.
    pub unicode: bool,
    /// The columns after which messages and helps are wrapped; [`usize::MAX`] wraps nothing.
    pub width: usize,
}

impl RenderOptions {
    /// The same on every machine, as tests want it: 100 columns, Unicode lines, no colours.
    pub fn plain() -> Self {
        Self { color: false, unicode: true, width: 100 }
    }
}

/// Sorts by file, place and code, and drops what is said twice.
pub fn sort(diagnostics: &mut Diagnostics) {
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.span.file, d.span.start, d.code.id, d.span.end);
        let text = |d: &Diagnostic| (d.message.clone(), d.label.clone(), d.help.clone());
        let place = |l: &Label| (l.span.file, l.span.start, l.span.end, l.message.clone());
        // Where the key is the same, all the rest decides, so that equal ones are neighbours.
        key(a)
            .cmp(&key(b))
            .then_with(|| text(a).cmp(&text(b)))
            .then_with(|| a.labels.iter().map(place).cmp(b.labels.iter().map(place)))
    });
    diagnostics.dedup();
}

/// The numbers of errors and warnings in words: `2 errors, 1 warning`, or `no errors`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|d| d.severity() == severity).count();
    let words = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no errors".to_owned(),
        (errors, 0) => words(errors, "error"),
        (0, warnings) => words(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", words(errors, "error"), words(warnings, "warning")),
    }
}

/// Draws diagnostics in their order, each with its source, labels and help, a blank line between
/// two. The text ends with a line end unless it is empty.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, options: &RenderOptions) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        render_one(diagnostic, sources, options, &mut out);
    }
    out
}

/// Draws one diagnostic: its own snippet, then one for each further file, then the help.
fn render_one(d: &Diagnostic, sources: &SourceMap, options: &RenderOptions, out: &mut String) {
    let mut parts = parts(d, sources).into_iter().peekable();
    let mut title = Some(clean(&d.message, options.unicode));
    while let Some(part) = parts.next() {
        let excerpt = part.file.map(|file| Excerpt::new(file, &part.marks, options.unicode));
        let name = part.file.map_or("", SourceFile::name);
        let is_first = title.is_some();
        let message = title.take().unwrap_or_else(|| match part.elsewhere {
            true => format!("see `{}`", clean(name, options.unicode)),
            false => "see also".to_owned(),
        });
        let help = if parts.peek().is_none() { d.help.as_deref() } else { None };
        let report = Report {
            message,
            severity: d.severity(),
            labels: excerpt.as_ref().map_or_else(Vec::new, |e| labels(e, &part.marks, options)),
            help: help.map(|text| clean(text, options.unicode)),
            excerpt,
        };
        let heading = match is_first {
            true => format!("{}[{}]:", d.severity().as_str(), d.code.id),
            false => "note:".to_owned(),
        };
        report.draw(&heading, is_first, options, out);
    }
}

/// What one snippet shows: labels of one file that do not get in each other's way.
struct Part<'a> {
    file: Option<&'a SourceFile>,
    marks: Vec<Mark>,
    /// Whether it is in another file than the diagnostic.
    elsewhere: bool,
}

fn parts<'a>(d: &Diagnostic, sources: &'a SourceMap) -> Vec<Part<'a>> {
    let mut spans = vec![(d.span, d.label.as_str(), true)];
    spans.extend(d.labels.iter().map(|l| (l.span, l.message.as_str(), false)));
    let mut files: Vec<FileId> = Vec::new();
    for (span, _, _) in &spans {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    let mut parts = Vec::new();
    for id in files {
        let elsewhere = id != d.span.file;
        let Some(file) = sources.get(id).map(AsRef::as_ref) else {
            if !elsewhere {
                parts.push(Part { file: None, marks: Vec::new(), elsewhere });
            }
            continue;
        };
        let here = spans.iter().filter(|(span, _, _)| span.file == id);
        let marks = here.map(|(span, text, first)| Mark::new(file, *span, text, *first)).collect();
        let apart = separate(file, marks);
        parts.extend(apart.into_iter().map(|marks| Part { file: Some(file), marks, elsewhere }));
    }
    parts
}

/// Groups labels so that no two of a group share characters of one line, which can't be
/// underlined twice. Labels of the very same characters become one, and so does one inside of another
/// that has no text.
fn separate(file: &SourceFile, marks: Vec<Mark>) -> Vec<Vec<Mark>> {
    let line = |mark: &Mark| {
        let (first, last) = mark.lines(file);
        (first == last).then_some(first)
    };
    let clash = |a: &Mark, b: &Mark| {
        let touch = a.range.start < b.range.end.max(b.range.start + 1)
            && b.range.start < a.range.end.max(a.range.start + 1);
        touch && line(a).is_some() && line(a) == line(b)
    };
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        if let Some(same) = groups.iter_mut().flatten().find(|m| m.range == mark.range) {
            if !same.text.is_empty() && !mark.text.is_empty() {
                same.text.push('\n');
            }
            same.text.push_str(&mark.text);
        } else if let Some(around) = groups.iter_mut().flatten().find(|m| {
            // Underlined already, and by a mark that says nothing: what is said of a part is said of it.
            m.text.is_empty()
                && m.range.start <= mark.range.start
                && mark.range.end <= m.range.end
                && clash(m, &mark)
        }) {
            around.text.push_str(&mark.text);
        } else if let Some(group) =
            groups.iter_mut().find(|group| !group.iter().any(|other| clash(other, &mark)))
        {
            group.push(mark);
        } else {
            groups.push(vec![mark]);
        }
    }
    groups
}

/// The labels as miette takes them, in the order in which it draws them.
fn labels(excerpt: &Excerpt, marks: &[Mark], options: &RenderOptions) -> Vec<LabeledSpan> {
    let mut labels: Vec<_> = marks
        .iter()
        .map(|mark| {
            let text = (!mark.text.is_empty()).then(|| clean(&mark.text, options.unicode));
            match (excerpt.span_of(mark), mark.primary) {
                (span, true) => LabeledSpan::new_primary_with_span(text, span),
                (span, false) => LabeledSpan::new_with_span(text, span),
            }
        })
        .collect();
    labels.sort_by_key(LabeledSpan::offset);
    labels
}

/// One snippet with its heading, in the form that miette draws.
#[derive(Debug)]
struct Report {
    message: String,
    severity: Severity,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl Report {
    /// Draws it with `heading` in front of the message, which for the first snippet of a
    /// diagnostic stands at the left edge.
    fn draw(&self, heading: &str, is_first: bool, options: &RenderOptions, out: &mut String) {
        let mut text = String::new();
        let handler = self.handler(heading, is_first, options);
        // Nothing but the memory of a string is written to.
        let drawn = handler.render_report(&mut text, self);
        debug_assert!(drawn.is_ok(), "an excerpt has all lines of its labels");
        out.push_str(if is_first { text.strip_prefix("  ").unwrap_or(&text) } else { &text });
    }

    fn handler(
        &self,
        heading: &str,
        is_first: bool,
        options: &RenderOptions,
    ) -> GraphicalReportHandler {
        let mut theme = match (options.color, options.unicode) {
            (true, true) => GraphicalTheme::unicode(),
            (true, false) => GraphicalTheme::ascii(),
            (false, true) => GraphicalTheme::unicode_nocolor(),
            (false, false) => GraphicalTheme::none(),
        };
        theme.characters.error = heading.to_owned();
        theme.characters.warning = heading.to_owned();
        theme.characters.advice = heading.to_owned();
        let (own, other) = match self.severity {
            Severity::Error => (theme.styles.error, theme.styles.advice),
            Severity::Warning => (theme.styles.warning, theme.styles.advice),
        };
        if !self.labels.is_empty() {
            let styles = self.labels.iter().map(|l| if l.primary() { own } else { other });
            theme.styles.highlights = styles.collect();
        }
        if !is_first {
            theme.styles.error = other;
            theme.styles.warning = other;
        }
        GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_context_lines(1)
            .with_width(options.width.max(40))
            .with_wrap_lines(options.width != usize::MAX)
            .without_cause_chain()
            .without_syntax_highlighting()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|text| Box::new(text) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
