//! Documents stay true: their links resolve and their programs are right.

use std::path::Path;

use wf_diagnostics::SourceMap;

use crate::console;
use crate::drive::{self, Sources};
use crate::{files_below, root, shown};

/// The documents whose programs are checked; `explain` pages have a test of their own.
const WITH_PROGRAMS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

/// Links between documents and to files; those to other hosts are not followed.
pub(super) fn links() -> Vec<String> {
    let mut problems = Vec::new();
    for path in files_below(root(), "md") {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let folder = path.parent().unwrap_or(root());
        let mut in_fence = false;
        for (number, line) in text.lines().enumerate() {
            in_fence ^= line.starts_with("```");
            if in_fence {
                continue;
            }
            for target in targets(line) {
                if let Some(problem) = broken(&target, folder, &text) {
                    problems.push(format!("{}:{}: {problem}", shown(&path), number + 1));
                }
            }
        }
    }
    problems
}

/// What the links of a line point to: `[text](target)`, outside of code.
fn targets(line: &str) -> Vec<String> {
    let outside: String = line.split('`').step_by(2).collect::<Vec<_>>().join("");
    let links = outside.split("](").skip(1);
    links.filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned())).collect()
}

fn broken(target: &str, folder: &Path, own_text: &str) -> Option<String> {
    if target.starts_with("http://")
        || target.starts_with("https://")
        || target.starts_with("mailto:")
    {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let text = if file.is_empty() {
        own_text.to_owned()
    } else if folder.join(file).exists() {
        std::fs::read_to_string(folder.join(file)).unwrap_or_default()
    } else {
        return Some(format!("there is no {file}"));
    };
    let has_anchor = anchor.is_empty()
        || text.lines().filter(|line| line.starts_with('#')).any(|line| slug(line) == anchor);
    if has_anchor { None } else { Some(format!("{file} has no heading `{anchor}`")) }
}

fn slug(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// ```` ```wf ```` blocks check without errors or warnings; ```` ```wf error=WF0301 ```` and
/// ```` ```wf warning=WF0901 ```` blocks have exactly that one; ```` ```wf part ```` blocks are no
/// whole files; ```` ```wf main.wf ```` blocks are files for the commands beside them.
pub(super) fn programs() -> Vec<String> {
    let mut problems = Vec::new();
    let documents = WITH_PROGRAMS.iter().map(|name| root().join(name));
    for path in documents.chain(files_below(&root().join("docs"), "md")) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            problems.push(format!("{} can't be read", shown(&path)));
            continue;
        };
        for fence in console::fences(&text) {
            let problem = match fence.info.strip_prefix("wf").map(str::trim) {
                Some("") => unexpected(&fence, None),
                Some(info) if info == "part" || info.ends_with(".wf") => None,
                Some(info) => match info.split_once('=') {
                    Some(("error" | "warning", code)) => unexpected(&fence, Some(code)),
                    _ => Some(format!("what is `{info}`?")),
                },
                None => None,
            };
            let place = || format!("{}:{}", shown(&path), fence.line);
            problems.extend(problem.map(|problem| format!("{}: {problem}", place())));
        }
    }
    problems
}

/// What is told about a program besides the one code that is expected.
fn unexpected(fence: &console::Fence, code: Option<&str>) -> Option<String> {
    let checked = drive::check(&Sources::one(&fence.text));
    let found: Vec<&str> = checked.diagnostics.iter().map(|d| d.code.id).collect();
    if found.as_slice() == code.as_slice() {
        return None;
    }
    let all = checked.diagnostics.iter().map(|d| told(d, &checked.sources, fence.line));
    let all = all.collect::<Vec<_>>().join("\n    ");
    Some(format!("expected {code:?}, found:\n    {all}"))
}

fn told(d: &wf_diagnostics::Diagnostic, sources: &SourceMap, above: usize) -> String {
    let line = sources.get(d.span.file).map_or(0, |f| f.line_column(d.span.start).line as usize);
    format!("line {}: {} {}", above + line, d.code.id, d.message)
}
