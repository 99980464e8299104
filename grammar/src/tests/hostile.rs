//! Hostile texts: nothing panics, nothing is slow, and all spans fit the text.

use super::files::WHOLE;
use super::{parse, told, workflow};
use crate::Parsed;

#[track_caller]
fn one_error(text: &str, code: &str) -> Parsed {
    let parsed = parse(text);
    let codes: Vec<&str> = parsed.diagnostics.iter().map(|d| d.code.id).collect();
    assert_eq!(codes, [code]);
    parsed
}

/// Runs in a thread with a small stack.
fn in_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run);
    thread.expect("a thread can be made").join().expect("the stack is large enough");
}

#[test]
fn the_deepest_nesting_fits_a_small_stack() {
    in_small_stack(|| {
        // Two of the levels are the braces of the workflow and of what is nested.
        let shapes: [(&str, &str, &str, usize); 8] = [
            ("return ", "(", ")", 127),
            ("return ", "[", "]", 127),
            ("return ", "{ a: ", "}", 127),
            ("return ", "f(1, ", ")", 127),
            ("", "if a as c { ", "}", 127),
            ("", "for x in xs as l { ", "}", 127),
            ("return ", "\"{{ ", " }}\"", 127),
            ("return ", "x => (", ")", 63),
        ];
        for (before, open, close, depth) in shapes {
            let inner = if before.is_empty() { "" } else { "1" };
            let text =
                workflow(&format!("{before}{}{inner}{}", open.repeat(depth), close.repeat(depth)));
            let parsed = parse(&text);
            assert!(parsed.diagnostics.is_empty(), "{open}: {}", told(&text, &parsed.diagnostics));
        }
        let types = format!("type T = {}int{}", "list<".repeat(127), ">".repeat(127));
        assert!(parse(&types).diagnostics.is_empty());
        let types = format!("type T = {}int{}", "{ a: ".repeat(127), "}".repeat(127));
        assert!(parse(&types).diagnostics.is_empty());
    });
}

#[test]
fn recovery_of_deep_nesting_fits_a_small_stack() {
    in_small_stack(|| {
        for open in ["if a as c { ", "for x in xs as l { ", "match a { 1 => { ", "try { "] {
            let depth = if open.contains("=>") { 40 } else { 126 };
            let close = "}".repeat(open.matches('{').count());
            let text = workflow(&format!("{}let x = {}", open.repeat(depth), close.repeat(depth)));
            let parsed = one_error(&text, "WF0001");
            assert_eq!(parsed.file.items.len(), 1);
        }
    });
}

#[test]
fn long_chains_fit_a_small_stack() {
    in_small_stack(|| {
        for chain in [
            format!("return 1{}", " + 1".repeat(999)),
            format!("return 1{}", " ?? 1".repeat(999)),
            format!("return a{}", ".b".repeat(999)),
            format!("return {}a", "not ".repeat(256)),
            format!("return {}a", "- ".repeat(256)),
            format!("if a as c {{ }}{}", " else if a { }".repeat(255)),
        ] {
            let text = workflow(&chain);
            let parsed = parse(&text);
            assert!(parsed.diagnostics.is_empty(), "{}", told(&text, &parsed.diagnostics));
        }
    });
}

#[test]
fn what_is_too_deep_or_too_long_is_one_clear_error() {
    in_small_stack(|| {
        for chain in [
            format!("return {}1{}", "(".repeat(200), ")".repeat(200)),
            format!("return {}", "(".repeat(100_000)),
            format!("return {}", "[".repeat(100_000)),
            "if a as c { ".repeat(1_000),
            format!("return {}", "\"{{ ".repeat(300)) + &" }}\"".repeat(300),
            format!("return 1{}", " + 1".repeat(100_000)),
            format!("return a{}", ".b".repeat(2_000)),
            format!("return a{}", "[0]".repeat(2_000)),
            format!("return {}a", "not ".repeat(2_000)),
            format!("return {}a", "x => ".repeat(2_000)),
            format!("if a as c {{ }}{}", " else if a { }".repeat(400)),
            format!("return {}1{}", "(".repeat(100), (" + 1".repeat(30) + ")").repeat(100)),
        ] {
            let text = workflow(&chain);
            let parsed = parse(&text);
            let codes: Vec<&str> = parsed.diagnostics.iter().map(|d| d.code.id).collect();
            assert_eq!(codes, ["WF0008"], "{}", &chain[..40]);
            assert_eq!(parsed.file.items.len(), 1, "{}", &chain[..40]);
        }
        let types = format!("type T = {}int{}", "list<".repeat(3_000), ">".repeat(3_000));
        one_error(&types, "WF0008");
        let types = format!("type T = {}int", "(int) -> ".repeat(3_000));
        one_error(&types, "WF0008");
    });
}

#[test]
fn large_inputs_are_quick() {
    let line = workflow(&format!("  let xs = [{}]", "1, ".repeat(500_000)));
    assert!(parse(&line).diagnostics.is_empty());
    let text = workflow(&format!("  let s = \"{}\"", "x".repeat(10_000_000)));
    assert!(parse(&text).diagnostics.is_empty());
    one_error(&format!("fn f() -> int {{ return 1 }}\n/*{}", "/*".repeat(100_000)), "WF0003");
    let quotes = parse(&"\"".repeat(99_999));
    assert!(!quotes.diagnostics.is_empty());
    assert!(parse(&"§ ".repeat(100_000)).diagnostics.len() <= 200);
    assert!(parse(&"} ".repeat(100_000)).diagnostics.len() <= 200);
    assert!(parse(&"\"{{".repeat(100_000)).diagnostics.len() <= 200);
    assert!(parse(&"let ".repeat(50_000)).diagnostics.len() <= 200);
}

/// Nested shapes that share prefixes between rules: each must be linear, which a depth of 100 shows
/// without a clock, as an exponential one would not end.
#[test]
fn nested_shapes_cost_no_more_than_their_length() {
    for (open, close) in [
        ("f(a < ", ")"),
        ("(x, ", ")"),
        ("((a) + ", ")"),
        ("a < b < (", ")"),
        ("{ a: [", "] }"),
        ("match v { _ => ", " }"),
        ("if c { ", " } else { 1 }"),
        ("x[", "]"),
        ("x[? ", "]"),
        ("\"{{ ", " }}\""),
        ("a as (", ")?"),
        ("f<list<int>>(", ")"),
        ("{ [", "]: 1 }"),
        ("x..[", "]"),
    ] {
        for depth in [8, 16, 32, 60] {
            for end in ["1", "", "@@", "a b"] {
                let text = workflow(&format!(
                    "  return {}{end}{}",
                    open.repeat(depth),
                    close.repeat(depth)
                ));
                check_spans(&text, &parse(&text));
            }
        }
    }
}

fn check_spans(text: &str, parsed: &Parsed) {
    let fits = |span: wf_diagnostics::Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        start <= end && text.is_char_boundary(start) && text.is_char_boundary(end)
    };
    for d in &parsed.diagnostics {
        assert!(fits(d.span), "{text}\n{}: {:?}", d.message, d.span);
        assert!(d.labels.iter().all(|l| fits(l.span)), "{text}\n{}", d.message);
        assert!(!d.message.contains("_chunk") && !d.message.contains("_stmt"), "{}", d.message);
    }
    let broken = format!("{:?}", parsed.file).contains("kind: Error");
    assert!(!broken || !parsed.diagnostics.is_empty(), "an error that nobody was told in\n{text}");
    // All spans of the tree, by way of its debug form.
    let tree = format!("{:?}", parsed.file);
    for piece in tree.split("Span { file: FileId(0), start: ").skip(1) {
        let mut numbers = piece.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty());
        let start: usize = numbers.next().unwrap().parse().unwrap();
        let end: usize = numbers.next().unwrap().parse().unwrap();
        assert!(
            start <= end && text.is_char_boundary(start) && text.is_char_boundary(end),
            "{start}..{end} in\n{text}"
        );
    }
}

/// A small generator of numbers that are always the same.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

#[test]
fn changed_programs_never_panic() {
    let more = r#"fn f(a: int, g: (int) -> int) -> list<int>? { let mut x = 1  while x < 3 { x = x + 1 } return xs | map(y => y * 2) }
workflow v { trigger webhook POST "/a" { body: json } as a or schedule "0 9 * * *" as b
  match trigger { a => { try { fail "x" } catch err { } } b => { parallel as p { branch q { } } } } }
"#;
    let pieces = [
        "{", "}", "(", ")", "[", "]", "\"", "{{", "}}", "\"\"\"", "\n", ",", ":", "=", "=>", "->",
        "|", "?", "??", "..", "...", "as", "in", "if", "else", "step", "let ", "é", "\u{202e}",
        "/*", "*/", "//", "'", "$x", "5min", "\\", "@", "#", " ", "\u{0}", "\u{fffd}", "or=",
        "max", "not ", "-", "<", ">", ";", "{%", "%}", "{#", "${", "!", "(?", "<!--", "f\"",
    ];
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..600 {
        let mut text = format!("{WHOLE}{more}");
        for _ in 0..=numbers.next(4) {
            let at = text.floor_char_boundary(numbers.next(text.len()));
            let to = text.floor_char_boundary((at + numbers.next(12)).min(text.len())).max(at);
            match round % 3 {
                0 => text.insert_str(at, pieces[numbers.next(pieces.len())]),
                1 => text.replace_range(at..to, pieces[numbers.next(pieces.len())]),
                _ => text.replace_range(at..to, ""),
            }
        }
        check_spans(&text, &parse(&text));
    }
}

#[test]
fn tags_in_strings_that_are_none_are_text() {
    for text in ["{%}", "{%}yes{% endif %}", "{%", "{%%}", "{%}\"%}", "{#}", "{#", "{% if %"] {
        check_spans(text, &parse(text));
        let whole = workflow(&format!("  let a = \"{text} b\""));
        check_spans(&whole, &parse(&whole));
        let open = format!("\"{text}");
        check_spans(&open, &parse(&open));
    }
}

#[test]
fn pieces_of_a_program_never_panic() {
    for at in (0..WHOLE.len()).step_by(7) {
        check_spans(&WHOLE[..at], &parse(&WHOLE[..at]));
        check_spans(&WHOLE[at..], &parse(&WHOLE[at..]));
    }
}

#[test]
fn brackets_that_are_deep_and_open_on_two_lines_are_told() {
    for (first, second) in [(80, 48), (80, 49), (128, 1), (1, 128), (127, 1)] {
        let text = format!("{}\n{}", "{".repeat(first), "{".repeat(second));
        assert!(!parse(&text).diagnostics.is_empty(), "{first} and {second}");
    }
}
