//! Mutation of programs: every path is broken in every way, and each mutant that can fail at run
//! time must be refused, with a label on what is broken.

mod cases;
mod collect;
mod mutants;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use wf_cli::sources::Disk;
use wf_diagnostics::FileId;
use wf_engine::{Diagnostic, Engine, LoadError, Loader};

use mutants::{Mutant, Verdict};

pub use mutants::Way;

/// A mutant that was not refused.
#[derive(Clone, Debug)]
pub struct Survivor {
    /// How it was broken.
    pub way: Way,
    /// The file, line and column of the change.
    pub place: String,
    /// What was there, and what stands there now.
    pub change: String,
    /// Why it is valid; `None` where it must have been refused.
    pub reason: Option<String>,
}

/// A mutant that was refused at another place than the broken one.
#[derive(Clone, Debug)]
pub struct Misplaced {
    /// How it was broken, and the file, line and column of the change.
    pub place: String,
    /// What was told.
    pub told: String,
}

/// What came of the mutants.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// For each way, how many were made and how many refused.
    pub counts: BTreeMap<Way, (usize, usize)>,
    /// Those that were not refused.
    pub survivors: Vec<Survivor>,
    /// Those that were refused for something else.
    pub misplaced: Vec<Misplaced>,
    /// How many cases of the suite have errors already.
    pub left_out: usize,
}

impl Report {
    /// Adds what came of another file.
    pub fn add(&mut self, other: Report) {
        for (way, (made, refused)) in other.counts {
            let count = self.counts.entry(way).or_default();
            *count = (count.0 + made, count.1 + refused);
        }
        self.survivors.extend(other.survivors);
        self.misplaced.extend(other.misplaced);
        self.left_out += other.left_out;
    }

    /// Whether all that can fail was refused, each at its place.
    pub fn is_sound(&self) -> bool {
        self.misplaced.is_empty() && self.survivors.iter().all(|s| s.reason.is_some())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (valid, unsound): (Vec<_>, Vec<_>) =
            self.survivors.iter().partition(|survivor| survivor.reason.is_some());
        for survivor in &valid {
            let reason = survivor.reason.as_deref().unwrap_or_default();
            writeln!(f, "valid: {} {}: {reason}", survivor.place, survivor.change)?;
        }
        for misplaced in &self.misplaced {
            writeln!(f, "MISPLACED: {}: {}", misplaced.place, misplaced.told)?;
        }
        for survivor in &unsound {
            writeln!(
                f,
                "SURVIVED: {} {} ({})",
                survivor.place,
                survivor.change,
                survivor.way.describe()
            )?;
        }
        writeln!(f, "| way | mutants | killed | valid | survived |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: |")?;
        for way in Way::ALL {
            let (made, refused) = self.counts.get(&way).copied().unwrap_or_default();
            let count = |list: &[&Survivor]| list.iter().filter(|s| s.way == way).count();
            let (valid, survived) = (count(&valid), count(&unsound));
            writeln!(f, "| {} | {made} | {refused} | {valid} | {survived} |", way.describe())?;
        }
        if self.left_out > 0 {
            writeln!(f, "cases left out, which have errors already: {}", self.left_out)?;
        }
        let misplaced = self.misplaced.len();
        writeln!(f, "killed at another place than the broken one: {misplaced}")
    }
}

/// Breaks a file on disk: a program, or a file of the suite with many. Files that it uses are read
/// and stay as they are. Cases that have errors already, as those of the suite that show errors,
/// are left out.
///
/// # Errors
/// The file can't be read, or it is a program and has errors already.
pub fn mutate_file(file: &Path) -> Result<Report, String> {
    let disk = Disk::new();
    let name = disk.open(&file.to_string_lossy());
    let text = disk.read(&name).map_err(|_| "it can't be read".to_owned())?;
    let engine = Engine::builder().workers(1).build().map_err(|e| e.to_string())?;
    let cases = cases::split(&text);
    if cases.is_empty() {
        return mutate(&engine, &name, &text, &disk);
    }
    let mut report = Report::default();
    for case in cases {
        let label = format!("{name} {}", case.name);
        match mutate(&engine, &label, &case.main, &case.files) {
            Ok(found) => report.add(found),
            Err(_) => report.left_out += 1,
        }
    }
    Ok(report)
}

/// Breaks the text of one file in every way. What it uses is read by `files`.
///
/// # Errors
/// It has errors already.
pub fn mutate(
    engine: &Engine,
    name: &str,
    text: &str,
    files: &dyn Loader,
) -> Result<Report, String> {
    let overlay = Overlay { name, text: RefCell::new(text.to_owned()), files };
    let errors = |text: String| {
        *overlay.text.borrow_mut() = text;
        let mut told = engine.check(&[name], &overlay).diagnostics;
        told.retain(Diagnostic::is_error);
        told
    };
    if let Some(first) = errors(text.to_owned()).first() {
        return Err(format!("it has errors already: {}", first.message));
    }
    let tree = wf_grammar::parse(FileId(0), text).file;
    let sites = collect::collect(&tree, text);
    let mut report = Report::default();
    for mutant in mutants::mutants(&sites, text) {
        let told = errors(edited(text, &mutant.edit));
        let count = report.counts.entry(mutant.way).or_default();
        count.0 += 1;
        count.1 += usize::from(!told.is_empty());
        let at = place(name, text, mutant.edit.0.start);
        if told.is_empty() {
            let reason = reason(&mutant, text, &errors);
            report.survivors.push(Survivor {
                way: mutant.way,
                place: at,
                change: change(text, &mutant),
                reason,
            });
        } else if mutant.verdict == Verdict::Refused && !told.iter().any(|d| hits(d, &mutant)) {
            let told = told.first().map(|d| format!("{} {}", d.code.id, d.message));
            let place = format!("{}: {at} {}", mutant.way.describe(), change(text, &mutant));
            report.misplaced.push(Misplaced { place, told: told.unwrap_or_default() });
        }
    }
    Ok(report)
}

/// Why a mutant that was not refused is valid.
fn reason(
    mutant: &Mutant,
    text: &str,
    errors: &dyn Fn(String) -> Vec<Diagnostic>,
) -> Option<String> {
    if let Verdict::OrValid(reason) = mutant.verdict {
        return Some(reason.to_owned());
    }
    let probe = mutant.probe.as_ref()?;
    let told = errors(edited(text, probe));
    let is_json = told.iter().any(|d| d.message.contains("`json"));
    is_json.then(|| "`json` admits any name".to_owned())
}

/// Whether an error points at what is broken.
fn hits(diagnostic: &Diagnostic, mutant: &Mutant) -> bool {
    let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
    diagnostic.span.file == FileId(0)
        && mutant
            .broken
            .iter()
            .any(|broken| start < broken.end && broken.start < end.max(start + 1))
}

fn edited(text: &str, edit: &(Range<usize>, String)) -> String {
    let mut text = text.to_owned();
    text.replace_range(edit.0.clone(), &edit.1);
    text
}

/// `file:line:column`, from 1, columns in characters.
fn place(name: &str, text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{name}:{line}:{column}")
}

fn change(text: &str, mutant: &Mutant) -> String {
    let old = text.get(mutant.edit.0.clone()).unwrap_or_default();
    format!("`{old}` -> `{}`", mutant.edit.1.trim_end())
}

/// One file with a changed text among others.
struct Overlay<'a> {
    name: &'a str,
    text: RefCell<String>,
    files: &'a dyn Loader,
}

impl Loader for Overlay<'_> {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        if path == self.name { Ok(self.text.borrow().clone()) } else { self.files.read(path) }
    }

    fn resolve(&self, from: &str, path: &str) -> Result<String, LoadError> {
        self.files.resolve(from, path)
    }

    fn is_beside(&self, file: &str, path: &str) -> bool {
        self.files.is_beside(file, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_that_can_fail_is_refused_at_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for folder in ["examples", "tests/suite/run", "tests/suite/check"] {
            programs_below(&root.join(folder), &mut files);
        }
        let mut report = Report::default();
        for file in &files {
            match mutate_file(file) {
                Ok(found) => report.add(found),
                Err(problem) => panic!("{}: {problem}", file.display()),
            }
        }
        assert!(report.is_sound(), "{report}");
        let made: usize = report.counts.values().map(|(made, _)| made).sum();
        assert!(made > 2_000, "only {made} mutants");
    }

    fn programs_below(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
        let mut entries: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                programs_below(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "wf") {
                out.push(path);
            }
        }
    }

    #[test]
    fn a_hole_in_the_checker_would_be_found() {
        // `json` stands for a checker that lets every name through.
        let text =
            "workflow w {\n  trigger function(a: { b: int })\n  return trigger.arguments.a.b\n}\n";
        let engine = Engine::builder().workers(1).build().unwrap();
        let files = wf_engine::MemoryFiles::from([("w.wf", text)]);
        let report = mutate(&engine, "w.wf", text, &files).unwrap();
        assert!(report.is_sound(), "{report}");
        let mutant = &mutants::mutants(
            &collect::collect(&wf_grammar::parse(FileId(0), text).file, text),
            text,
        )[0];
        assert!(reason(mutant, text, &|_| Vec::new()).is_none());
    }
}
