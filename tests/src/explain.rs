//! Checks the pages of `wf explain`: the wrong example gives its code, the right one none.

use wf_diagnostics::{Code, Diagnostic, codes};

use crate::console;
use crate::drive::{self, DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::harness::{Outcome, Test};

/// Codes of runs that no program alone can bring about.
const WITHOUT_EXAMPLE: &[&str] =
    &["WF0706", "WF0707", "WF0710", "WF0711", "WF0712", "WF0713", "WF0750", "WF0523", "WF0915"];

/// Adds a test for each code.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    for code in codes::all() {
        tests.push(Test::new(format!("explain {}", code.id), move |_| page(code)));
    }
}

/// The wrong and the right example of a page, where it has them.
pub(crate) fn examples(page: &str) -> Option<(String, String)> {
    let (_, rest) = page.split_once("\n## Wrong\n")?;
    let (wrong, right) = rest.split_once("\n## Right\n")?;
    Some((only_wf(wrong)?, only_wf(right)?))
}

fn only_wf(text: &str) -> Option<String> {
    match console::fences(text).as_slice() {
        [fence] if fence.info == "wf" => Some(fence.text.clone()),
        _ => None,
    }
}

fn page(code: &'static Code) -> Outcome {
    let title = format!("# {}: {}\n", code.id, code.title);
    if !code.explain.starts_with(&title) {
        return Err(format!("the page does not begin with `{}`", title.trim_end()));
    }
    let Some((wrong, right)) = examples(code.explain) else {
        let allowed = WITHOUT_EXAMPLE.contains(&code.id);
        let problem = "there are no `## Wrong` and `## Right` with one `wf` block each";
        return if allowed { Ok(()) } else { Err(problem.to_owned()) };
    };
    if code.id.starts_with("WF07") {
        runs(code, &wrong, &right)
    } else {
        checks(code, &wrong, &right)
    }
}

/// A schema that examples may use by the name `hooks.json`.
const HOOKS: &str = include_str!("../../compiler/diagnostics/examples/hooks.json");

/// An example as a file, which may use itself by the name `self.wf`.
fn source(text: &str) -> Sources {
    let files = [
        ("self.wf", text),
        ("hooks.json", HOOKS),
        ("mail.txt", "Hello {{ name }}"),
        ("open.txt", "Hello {{ name"),
    ];
    Sources::new(files.map(|(name, text)| (name.to_owned(), text.to_owned())).into())
}

fn checks(code: &Code, wrong: &str, right: &str) -> Outcome {
    let told = drive::check(&source(wrong)).diagnostics;
    if told.is_empty() || told.iter().any(|d| d.code.id != code.id) {
        return Err(format!("the wrong example is told this:\n{}", list(&told)));
    }
    let told = drive::check(&source(right)).diagnostics;
    let bad = told.iter().any(|d| d.is_error() || d.code.id == code.id);
    if bad { Err(format!("the right example is told this:\n{}", list(&told))) } else { Ok(()) }
}

fn runs(code: &Code, wrong: &str, right: &str) -> Outcome {
    let wrong = match run(wrong) {
        Err(told) if told.iter().all(|d| d.code.id == code.id) => return no_error(right),
        outcome => outcome.map_err(|told| list(&told))?,
    };
    match wrong {
        Some(failure) if failure.code.id == code.id => {}
        Some(failure) => return Err(format!("the wrong example fails with {}", list(&[failure]))),
        None => return Err("the wrong example runs well".to_owned()),
    }
    match run(right).map_err(|told| list(&told))? {
        Some(failure) => Err(format!("the right example fails with {}", list(&[failure]))),
        None => Ok(()),
    }
}

fn no_error(right: &str) -> Outcome {
    let told = drive::check(&source(right)).diagnostics;
    if told.iter().any(Diagnostic::is_error) { Err(list(&told)) } else { Ok(()) }
}

/// Runs an example without input and gives its failure, or the errors where it does not compile.
fn run(text: &str) -> Result<Option<Diagnostic>, Vec<Diagnostic>> {
    let job = Job::of(source(text));
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| told)?;
    let ran = ready.run(Schedule::Workers(2));
    Ok(ran.expect("an engine in memory can be built").failure)
}

fn list(told: &[Diagnostic]) -> String {
    let lines = told.iter().map(|d| format!("    {} {}", d.code.id, d.message));
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "    nothing".to_owned() } else { lines.join("\n") }
}
