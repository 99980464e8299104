//! The formatter on every program there is: as it stands, and with blanks, line ends and comments
//! between its tokens. The examples must be formatted already.

use std::fmt::Write;
use std::time::{Duration, Instant};

use wf_tests::formatted::{holds, scattered};
use wf_tests::soak::choices::Choices;
use wf_tests::soak::r#gen::program;

use crate::harness::{Outcome, Test};
use crate::{case, console, explain, files_below, root, shown};

/// How often each program gets other comments.
const SEEDS: u64 = 3;

/// How many programs of the attack on soundness are formatted.
const PROGRAMS: u64 = 100;

/// How long a file of [`LINES`] lines may take, in a build without optimisation. One that takes the
/// square of its length would take hours.
const LONGEST: Duration = Duration::from_secs(240);

/// How many lines are formatted to see that it takes no more than that.
const LINES: usize = 100_000;

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    for path in files_below(&root().join("tests/suite"), "wf") {
        let name = shown(&path);
        let short = name.trim_start_matches("tests/").trim_end_matches(".wf").to_owned();
        tests.push(Test::new(format!("formatted {short}"), move |_| {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
            let cases = case::parse(&path, &text)?;
            let texts = cases.into_iter().flat_map(|case| case.files).map(|file| file.text);
            all(texts, SEEDS).map(|_| ())
        }));
    }
    for folder in ["examples", "stdlib", "tests/disturbed"] {
        let name = format!("formatted {folder}");
        tests.push(Test::new(name, move |_| some(all(programs(folder)?.into_iter(), SEEDS)?)));
    }
    let mut add = |name: &str, test: fn() -> Outcome| {
        tests.push(Test::new(format!("formatted {name}"), move |_| test()));
    };
    add("programs of the documents", documents);
    add("programs of wf explain", pages);
    add("inputs of the fuzzers", corpora);
    add("programs made at random", made);
    add("examples are already", examples);
    add("long files in time", long);
    add("deep files", deep);
}

/// Formats texts, and each with comments drawn from some seeds; those with syntax errors must be
/// refused. Gives how many texts had none.
fn all(texts: impl Iterator<Item = String>, seeds: u64) -> Result<usize, String> {
    let mut formatted = 0;
    for text in texts {
        formatted += usize::from(holds(&text)?);
        for seed in 0..seeds {
            holds(&scattered(&text, seed + 7 * text.len() as u64))?;
        }
    }
    Ok(formatted)
}

/// Where no text could be formatted nothing is shown.
fn some(formatted: usize) -> Outcome {
    if formatted > 0 { Ok(()) } else { Err("all texts have syntax errors".to_owned()) }
}

/// The texts of all files of a folder.
fn programs(folder: &str) -> Result<Vec<String>, String> {
    let paths = files_below(&root().join(folder), "wf");
    let read = |path| std::fs::read_to_string(path).map_err(|e| e.to_string());
    paths.into_iter().map(read).collect()
}

/// The programs of the documents, whole ones and statements alone.
fn documents() -> Outcome {
    let mut texts = Vec::new();
    for path in files_below(&root().join("docs"), "md") {
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        for fence in console::fences(&text) {
            if fence.info.split(' ').next() == Some("wf") {
                texts.push(format!("workflow w {{\n{}\n}}\n", fence.text));
                texts.push(fence.text);
            }
        }
    }
    some(all(texts.into_iter(), 1)?)
}

fn pages() -> Outcome {
    let pages = wf_diagnostics::codes::all().filter_map(|code| explain::examples(code.explain));
    some(all(pages.flat_map(|(wrong, right)| [wrong, right]), 1)?)
}

fn corpora() -> Outcome {
    let mut texts = Vec::new();
    for folder in ["parse", "check", "format"] {
        let path = root().join("tests/corpus").join(folder);
        for entry in std::fs::read_dir(&path).map_err(|e| format!("{}: {e}", path.display()))? {
            let bytes = entry.and_then(|entry| std::fs::read(entry.path()));
            let bytes = bytes.map_err(|e| e.to_string())?;
            texts.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    texts.sort();
    some(all(texts.into_iter(), 1)?)
}

fn made() -> Outcome {
    let mut scattered_too = 0;
    for seed in 0..PROGRAMS {
        let generated = program(&mut Choices::new(seed));
        for (name, text) in generated.files.iter().filter(|(name, _)| name.ends_with(".wf")) {
            if !holds(text)? {
                return Err(format!("seed {seed}: {name} has syntax errors"));
            }
            scattered_too += usize::from(holds(&scattered(text, seed))?);
        }
    }
    // A few line ends separate what must not be separated.
    let enough = scattered_too as u64 > PROGRAMS / 2;
    if enough { Ok(()) } else { Err(format!("only {scattered_too} with comments")) }
}

/// Whoever reads the examples sees the style.
fn examples() -> Outcome {
    for path in files_below(&root().join("examples"), "wf") {
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let name = shown(&path);
        if wf_engine::format(&text).ok().as_ref() != Some(&text) {
            return Err(format!("{name} is not formatted: `cargo run -- fmt {name}`"));
        }
    }
    Ok(())
}

/// Time grows with the length, also where a line never ends, or is always too long.
fn long() -> Outcome {
    let statement = "  step a = b.c<T> { x: [1, 2], y: \"{{ a }}\" } with { z: 5s } // d\n";
    let statements = format!("workflow w {{\n{}}}\n", statement.repeat(LINES));
    let items =
        format!("type T = [{}]\n", "x, ".repeat(LINES)).replace("[", "f<").replace("]", ">");
    let list = format!("fn f() -> int {{ let x = [{}1] }}\n", "a + b, {c: 1}, ".repeat(LINES / 4));
    let comments = format!("fn f() -> int {{ {} }}\n", "/* a */ // b\n".repeat(LINES));
    let blanks = format!("fn f() -> int {{ return 1 }}{}", "\n \t\r\n".repeat(LINES));
    for text in [statements, items, list, comments, blanks] {
        let started = Instant::now();
        let formatted = wf_engine::format(&text).map_err(|told| told[0].message.clone())?;
        let took = started.elapsed();
        if took > LONGEST || formatted.is_empty() {
            return Err(format!("{} … took {took:?}", &text[..40]));
        }
    }
    Ok(())
}

/// What is as deep as the parser takes it is formatted; what is deeper is refused.
fn deep() -> Outcome {
    let around = |before: &str, inside: &str, behind: &str, depth: usize| {
        let value = format!("{}{inside}{}", before.repeat(depth), behind.repeat(depth));
        format!("fn f() -> int {{ return {value} }}\n")
    };
    let mut chain = "fn f() -> int { return ".to_owned();
    for number in 0..990 {
        let operator = ["+", "-", "??", "..", "or", "and", "*", "/"][number / 3 % 8];
        let operator = if operator == ".." { "%" } else { operator };
        write!(chain, "a{number} {operator} ").map_err(|e| e.to_string())?;
    }
    chain.push_str("b }\n");
    let elses = "else if a { 1 } ".repeat(250);
    let within = [
        around("[", "1", "]", 120),
        around("{ a: ", "1", " }", 120),
        around("f(x => ", "1", ")", 60),
        around("(", "1", ")", 120),
        around("if a { ", "1", " } else { 2 }", 60),
        around("match a { b => ", "1", " }", 120),
        around("not ", "a", "", 250),
        around("- ", "a", "", 250),
        around("", "a", ".b[1]?.c", 200),
        format!("fn f() -> int {{ return if a {{ 1 }} {elses} else {{ 2 }} }}\n"),
        format!("fn f() -> int {{ {} {} }}\n", "if a {".repeat(120), "}".repeat(120)),
        format!("type T = {}int{}\n", "list<{ a: ".repeat(60), " }>".repeat(60)),
        chain,
    ];
    for text in within {
        if !holds(&text)? {
            return Err(format!("it has syntax errors: {text}"));
        }
    }
    for depth in [200, 10_000] {
        for text in [around("[", "1", "]", depth), around("f(x => ", "1", ")", depth)] {
            if holds(&text)? {
                return Err("what is too deep is formatted".to_owned());
            }
        }
    }
    Ok(())
}
