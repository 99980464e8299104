//! Tests of how diagnostics look.

use std::time::{Duration, Instant};

use super::*;
use crate::{Code, Span};

/// A declared code; its name in Rust does not matter here.
fn code(id: &str) -> &'static Code {
    crate::codes::find(id).expect("the code is declared")
}

/// Draws a diagnostic at these bytes of one file.
fn at(text: &str, start: usize, end: usize) -> String {
    draw(text, |file| {
        let span = Span::new(file, start as u32, end as u32);
        Diagnostic::new(code("WF0101"), span, "no `x` here").label("not found")
    })
}

fn draw(text: &str, diagnostic: impl Fn(FileId) -> Diagnostic) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new("a.wf", text));
    render(&[diagnostic(file)], &sources, &RenderOptions::plain())
}

/// Draws a diagnostic at a word of one file.
fn on(text: &str, word: &str) -> String {
    let start = text.find(word).expect("the word is in the text");
    at(text, start, start + word.len())
}

#[track_caller]
fn assert_drawn(drawn: &str, expected: &str) {
    assert_eq!(drawn, expected, "drawn:\n{drawn}");
}

/// Where the underline of the only label begins, in columns of the terminal behind the gutter.
fn underline(drawn: &str) -> Option<usize> {
    let line = drawn.lines().find_map(|line| line.strip_prefix("   · "))?;
    Some(line.chars().take_while(|c| *c == ' ').count())
}

#[test]
fn a_word_of_a_line() {
    assert_drawn(
        &on("let a = 1\nlet b = xyz + 1\nlet c = 2\n", "xyz"),
        "\
error[WF0101]: no `x` here
   ╭─[a.wf:2:9]
 1 │ let a = 1
 2 │ let b = xyz + 1
   ·         ─┬─
   ·          ╰── not found
 3 │ let c = 2
   ╰────
",
    );
}

#[test]
fn ascii_and_colours() {
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new("a.wf", "let b = x\n"));
    let warning = Diagnostic::new(code("WF0901"), Span::new(file, 8, 9), "unused");
    let ascii = RenderOptions { unicode: false, ..RenderOptions::plain() };
    let drawn = render(std::slice::from_ref(&warning), &sources, &ascii);
    assert!(drawn.starts_with("warning[WF0901]: unused\n"), "{drawn}");
    assert!(drawn.is_ascii(), "{drawn}");
    let color = RenderOptions { color: true, ..RenderOptions::plain() };
    let drawn = render(&[warning], &sources, &color);
    assert!(drawn.starts_with("\u{1b}[33mwarning[WF0901]:\u{1b}[0m unused\n"), "{drawn:?}");
    assert!(!drawn.contains("\u{1b}]8"), "no hyperlinks: {drawn:?}");
}

#[test]
fn tabs_are_expanded_and_wide_characters_take_two_columns() {
    let drawn = on("\tlet b =\tx + 1\n", "x");
    assert_eq!((underline(&drawn), drawn.contains("a.wf:1:10]")), (Some(12), true), "{drawn}");
    let drawn = on("let 名前 = x\r\nlet c = 2\r\n", "x");
    assert_eq!((underline(&drawn), drawn.contains("a.wf:1:10]")), (Some(11), true), "{drawn}");
    let drawn = on("let 😀 = x", "x");
    assert_eq!((underline(&drawn), drawn.contains("a.wf:1:9]")), (Some(9), true), "{drawn}");
    let drawn = at("a 名 b", 3, 4);
    assert!(drawn.contains(" 1 │ a 名 b\n   ·   ─┬\n"), "inside a character is all of it: {drawn}");
}

#[test]
fn crlf_leaves_no_carriage_return() {
    let drawn = on("a\r\nb x\r\n\r\nc", "x");
    assert!(!drawn.contains('\r') && !drawn.contains('␍'), "{drawn}");
    assert!(drawn.contains(" 2 │ b x\n   ·   ┬\n"), "{drawn}");
    let drawn = at("a\r\nb\r\n", 1, 3);
    assert!(drawn.contains(" 1 │ a\n   ·  ┬\n"), "the line end itself: {drawn}");
}

#[test]
fn the_end_of_the_file_is_always_drawn() {
    assert_drawn(
        &at("a {\n b\n\n\n", 9, 9),
        "\
error[WF0101]: no `x` here
   ╭─[a.wf:5:1]
 1 │ a {
 2 │  b
   ·  ┬
   ·  ╰── not found
 3 │ 
   ╰────
",
    );
    for (start, end) in [(3, 3), (3, 9), (30, 40), (9, 2)] {
        let drawn = at("a {", start, end);
        assert!(drawn.contains(" 1 │ a {\n   ·   ┬\n   ·   ╰── not found\n"), "{drawn}");
        assert!(drawn.contains("[a.wf:1:4]"), "{drawn}");
    }
}

#[test]
fn empty_and_blank_files() {
    let arrow = " │ \n   · ▲\n   · ╰── not found\n";
    for (text, start, end) in [("", 0, 0), ("", 5, 9), ("\n", 0, 0), ("\n\n", 2, 2)] {
        let drawn = at(text, start, end);
        assert!(drawn.contains(arrow) && drawn.contains("╭─[a.wf:"), "{text:?} {drawn}");
    }
    assert!(at("  \n", 3, 3).contains("not found"));
    assert!(at("\u{feff}", 0, 3).contains("\\u{feff}"));
}

#[test]
fn an_empty_span_points_at_the_character_before() {
    assert!(at("ab c", 2, 2).contains(" 1 │ ab c\n   ·  ┬\n"));
    assert!(at("a\nb\n", 2, 2).contains(" 2 │ b\n   · ▲\n"), "nothing before: the line start");
}

#[test]
fn nothing_steers_the_terminal() {
    let nasty = "let \u{1b}[2J = \u{9b}31m \u{7f} \u{202e} \r x";
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new("\u{1b}]0;name\u{7}.wf", nasty));
    let start = nasty.find('x').unwrap() as u32;
    let diagnostic = Diagnostic::new(code("WF0101"), Span::new(file, start, 99), "no \u{1b}c")
        .label("\u{1b}[1m")
        .help("one\n\u{8}two\tthree");
    for unicode in [true, false] {
        let options = RenderOptions { unicode, ..RenderOptions::plain() };
        let drawn = render(std::slice::from_ref(&diagnostic), &sources, &options);
        assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'), "{drawn:?}");
        assert!(!drawn.contains('\u{202e}') && drawn.contains("\\u{202e}"), "{drawn}");
        assert_eq!(drawn.contains("␛[2J"), unicode, "{drawn}");
        assert_eq!(drawn.contains("\\x1b[2J"), !unicode, "{drawn}");
        assert!(drawn.contains("\\x9b31m"), "{drawn}");
    }
}

#[test]
fn a_long_line_is_trimmed_around_its_labels() {
    let text =
        format!("{}x{}y{}", "名 ".repeat(200_000), " a".repeat(200_000), "b".repeat(400_000));
    let (x, y) = (text.find('x').unwrap() as u32, text.find('y').unwrap() as u32);
    let drawn = draw(&text, |file| {
        Diagnostic::new(code("WF0101"), Span::new(file, x, x + 1), "no `x` here")
            .label("first")
            .with(Span::new(file, y, y + 1), "second")
    });
    assert!(drawn.len() < 4_000, "{} bytes", drawn.len());
    assert!(drawn.contains("[a.wf:1:400001]"), "{drawn}");
    for part in [" 1 │ …", "名 x a", "…", " ay", "bbb…\n", "── first", "── second"]
    {
        assert!(drawn.contains(part), "{part:?} in {drawn}");
    }
    let line = drawn.lines().find(|line| line.starts_with(" 1 │ ")).unwrap();
    let before: String = line.chars().skip(5).take_while(|c| *c != 'x').collect();
    assert_eq!(underline(&drawn), Some(unicode_width::UnicodeWidthStr::width(before.as_str())));

    let text = "z".repeat(1_000_000);
    let drawn = at(&text, 10, 999_990);
    assert!(drawn.contains("zzz…zzz") && drawn.len() < 4_000, "a long label: {drawn}");
    let text = format!("a {{\n{text}\r\n}}");
    let drawn = at(&text, text.len() - 3, text.len() - 1);
    assert!(drawn.contains("   ·") && drawn.len() < 2_000, "its line end: {drawn}");
    assert!(at(&text, 0, 1).len() < 2_000, "as context");
}

#[test]
fn spans_of_several_lines() {
    assert_drawn(
        &at("a {\n  b\n}\nd", 0, 9),
        "\
error[WF0101]: no `x` here
   ╭─[a.wf:1:1]
 1 │ ╭─▶ a {
 2 │ │     b
 3 │ ├─▶ }
   · ╰──── not found
 4 │     d
   ╰────
",
    );
    let drawn = at(&"a {\n".repeat(50), 4, 199);
    assert!(drawn.contains(" 2 │ a {\n   · ─┬─\n") && drawn.lines().count() < 9, "{drawn}");
    let drawn = at(&"\n".repeat(50), 4, 40);
    assert!(drawn.contains(" 5 │ \n   · ┬\n") && drawn.lines().count() < 9, "{drawn}");
}

#[test]
fn labels_in_two_files_and_a_help_of_two_lines() {
    let mut sources = SourceMap::new();
    let a = sources.add(SourceFile::new("a.wf", "use \"lib/b.wf\"\nlet x: T = 1\n"));
    let b = sources.add(SourceFile::new("lib/b.wf", "\n/// A text.\ntype T = string\n"));
    let diagnostic = Diagnostic::new(code("WF0101"), Span::new(a, 26, 27), "1 is no `T`")
        .label("an `int`")
        .with(Span::new(b, 18, 19), "`T` is this")
        .with(Span::new(a, 22, 23), "asked for here")
        .help("write \"1\"")
        .help("or change `T`");
    assert_drawn(
        &render(&[diagnostic.clone(), diagnostic], &sources, &RenderOptions::plain())
            .split_once("\n\n")
            .map(|(first, _)| format!("{first}\n"))
            .unwrap(),
        "\
error[WF0101]: 1 is no `T`
   ╭─[a.wf:2:12]
 1 │ use \"lib/b.wf\"
 2 │ let x: T = 1
   ·        ┬   ┬
   ·        │   ╰── an `int`
   ·        ╰── asked for here
   ╰────
  note: see `lib/b.wf`
   ╭─[lib/b.wf:3:6]
 2 │ /// A text.
 3 │ type T = string
   ·      ┬
   ·      ╰── `T` is this
   ╰────
  help: write \"1\"
        or change `T`
",
    );
}

#[test]
fn labels_that_overlap_are_drawn_apart() {
    let text = "x = steps.a.output\n";
    let drawn = draw(text, |file| {
        Diagnostic::new(code("WF0301"), Span::new(file, 4, 18), "may be null")
            .label("all of it")
            .with(Span::new(file, 4, 11), "this may be null")
            .with(Span::new(file, 4, 18), "and the same again")
    });
    assert_drawn(
        &drawn,
        "\
error[WF0301]: may be null
   ╭─[a.wf:1:5]
 1 │ x = steps.a.output
   ·     ───────┬──────
   ·            ╰─┤ all of it
   ·              │ and the same again
   ╰────
  note: see also
   ╭─[a.wf:1:5]
 1 │ x = steps.a.output
   ·     ───┬───
   ·        ╰── this may be null
   ╰────
",
    );
}

#[test]
fn a_label_inside_of_one_without_text_is_its_text() {
    let drawn = draw("x = items[0]\n", |file| {
        Diagnostic::new(code("WF0204"), Span::new(file, 4, 12), "may be null")
            .with(Span::new(file, 10, 11), "there may be no item")
    });
    assert_drawn(
        &drawn,
        "\
error[WF0204]: may be null
   ╭─[a.wf:1:5]
 1 │ x = items[0]
   ·     ────┬───
   ·         ╰── there may be no item
   ╰────
",
    );
}

#[test]
fn an_unknown_file_has_no_snippet() {
    let lost = Diagnostic::new(code("WF0001"), Span::new(FileId(7), 3, 9), "lost").help("find");
    let drawn = render(&[lost], &SourceMap::new(), &RenderOptions::plain());
    assert_drawn(&drawn, "error[WF0001]: lost\n  help: find\n");
}

#[test]
fn wrapping_keeps_to_the_width_and_can_be_off() {
    let message = "a long message ".repeat(20);
    let lost = [Diagnostic::new(code("WF0001"), Span::default(), message.trim())];
    let draw = |width| {
        let options = RenderOptions { width, ..RenderOptions::plain() };
        render(&lost, &SourceMap::new(), &options)
    };
    assert!(draw(60).lines().count() > 4 && draw(60).lines().all(|l| l.chars().count() <= 60));
    assert_eq!(draw(usize::MAX).lines().count(), 1);
    assert!(draw(0).lines().count() > 1);
}

/// Every span of small texts of every kind of character is drawn with its label.
#[test]
fn every_span_is_drawn() {
    for text in ["", "a", "\n", "\r\n", "a\r\nb", "é名\t😀\n\n x\r", "\u{301}\0\u{1b}\n", " \n \n "]
    {
        for start in 0..=text.len() + 2 {
            for end in 0..=text.len() + 2 {
                let drawn = at(text, start, end);
                assert!(drawn.contains("not found"), "{text:?} {start}..{end}\n{drawn}");
            }
        }
    }
}

/// Labels wherever they are, over lines and each other, are all drawn.
#[test]
fn any_labels_are_drawn() {
    let long = "名 = x ".repeat(150);
    let text = format!("a\tb {{\r\n  é\n\n{long}\n}}\n\u{1b}😀\r\n  z\n\n");
    let mut seed = 7_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    for _ in 0..3_000 {
        let mut span = |file| {
            let start = next(text.len() as u32 + 2);
            Span::new(file, start, start + [0, 1, 4, 30, 900][next(5) as usize])
        };
        let mut sources = SourceMap::new();
        let file = sources.add(SourceFile::new("a.wf", text.as_str()));
        let diagnostic = Diagnostic::new(code("WF0101"), span(file), "no")
            .label("label one")
            .with(span(file), "label two")
            .with(span(file), "label three")
            .with(span(file), "label four");
        let drawn = render(std::slice::from_ref(&diagnostic), &sources, &RenderOptions::plain());
        for label in ["label one", "label two", "label three", "label four"] {
            assert!(drawn.contains(label), "{label} of {diagnostic:?}\n{drawn}");
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is tested is the time it takes")]
fn five_thousand_diagnostics_in_a_long_file_are_quick() {
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new("a.wf", "let a = some + thing\n".repeat(20_000)));
    let spans = (0..5_000).map(|i| Span::new(file, i * 84 + 8, i * 84 + 12));
    let many: Vec<_> =
        spans.map(|span| Diagnostic::new(code("WF0101"), span, "no").label("here")).collect();
    let start = Instant::now();
    let drawn = render(&many, &sources, &RenderOptions::plain());
    let taken = start.elapsed();
    assert_eq!(drawn.matches("── here").count(), 5_000);
    assert!(taken < Duration::from_secs(5), "{taken:?}");
}

#[test]
fn sorted_by_place_and_without_repetition() {
    let make = |code: &'static Code, file, start, text: &str| {
        Diagnostic::new(code, Span::new(FileId(file), start, start + 1), text)
    };
    let (e, n) = (code("WF0001"), code("WF0101"));
    let sorted = vec![
        make(e, 0, 1, "a"),
        make(e, 0, 1, "b"),
        make(e, 0, 1, "b").help("c"),
        make(n, 0, 1, "a"),
        make(e, 0, 2, "a"),
        make(e, 1, 0, "a"),
    ];
    let mut mixed: Diagnostics =
        [5, 2, 1, 0, 3, 4, 2, 1, 5].into_iter().map(|i: usize| sorted[i].clone()).collect();
    sort(&mut mixed);
    assert_eq!(mixed, sorted);
}

#[test]
fn the_summary_counts() {
    let error = Diagnostic::new(code("WF0001"), Span::default(), "e");
    let warning = Diagnostic::new(code("WF0901"), Span::default(), "w");
    assert_eq!(summary(&[]), "no errors");
    assert_eq!(summary(std::slice::from_ref(&warning)), "1 warning");
    assert_eq!(summary(&[error.clone(), warning.clone(), error.clone()]), "2 errors, 1 warning");
    assert_eq!(summary(&[error, warning.clone(), warning]), "1 error, 2 warnings");
}
