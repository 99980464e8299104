//! The cases of JSONTestSuite through the decoder of the border, where the folder with them is there.
//!
//! `WF_SUITES` names a folder with `json-test-suite/test_parsing.tar.gz`: files that begin with `y`
//! are JSON, those that begin with `n` are not, and those that begin with `i` may be either.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::drive::{DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::files_below;
use crate::harness::{Outcome, Test};
use crate::run::Folder;

/// A workflow that reads a part of what comes in; the other is only skipped.
const PROGRAM: &str = r#"
workflow w {
  trigger webhook POST "/" { body: { read: json?, kept: int } }
  return { read: trigger.body.read, kept: trigger.body.kept }
}
"#;

/// JSON that the language refuses where it is read: a name given twice in one object has no meaning
/// that all agree on.
const REFUSED: [&str; 2] =
    ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// Adds the test of the cases.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let package = PathBuf::from(suites).join("json-test-suite/test_parsing.tar.gz");
            tests.push(Test::new("json-test-suite", move |_| all(&package)));
        }
        None => {
            tests.push(Test::new("json-test-suite (left out: WF_SUITES is not set)", |_| Ok(())));
        }
    }
}

fn all(package: &Path) -> Outcome {
    let folder = Folder::new("json-test-suite")?;
    let unpacked = Command::new("tar")
        .args(["xzf".as_ref(), package.as_os_str()])
        .current_dir(folder.path())
        .status()
        .map_err(|e| format!("tar: {e}"))?;
    if !unpacked.success() {
        return Err(format!("tar can't unpack {}", package.display()));
    }
    let job = Job::of(Sources::one(PROGRAM));
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| format!("{told:?}"))?;
    let (mut counts, mut wrong) = ([0; 3], Vec::new());
    for file in files_below(&folder.path().join("test_parsing"), "json") {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = ["y_", "n_", "i_"].iter().position(|kind| name.starts_with(kind));
        let Some(kind) = kind else { continue };
        counts[kind] += 1;
        let bytes = std::fs::read(&file).map_err(|e| format!("{name}: {e}"))?;
        if let Err(problem) = one(&ready, &bytes, kind, REFUSED.contains(&name.as_str())) {
            wrong.push(format!("{name}: {problem}"));
        }
    }
    match (counts, wrong.is_empty()) {
        ([95, 188, 35], true) => Ok(()),
        _ => Err(format!("{counts:?} files\n{}", wrong.join("\n"))),
    }
}

/// A file as the whole document, as a value that is read, and as one that is skipped.
fn one(ready: &Ready<'_>, bytes: &[u8], kind: usize, refused: bool) -> Outcome {
    // All that comes in is a text; who has bytes refuses these before.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return if kind == 0 { Err("it is no UTF-8".to_owned()) } else { Ok(()) };
    };
    let whole = wf_engine::query("$", text);
    let read = ready.run_on(Schedule::Serial(1), Some(within("read", text)), None)?;
    let skipped = ready.run_on(Schedule::Serial(1), Some(within("skipped", text)), None)?;
    let taken = [whole.is_ok(), read.status == "Complete", skipped.status == "Complete"];
    match (kind, taken) {
        (0, [false, false, true]) if refused => Ok(()),
        (0, _) if refused => Err(format!("taken whole, as a value, skipped: {taken:?}")),
        (0, [true, true, true]) | (1, [false, false, false]) | (2, _) => Ok(()),
        _ => Err(format!("taken whole, as a value, skipped: {taken:?}")),
    }
}

fn within(field: &str, text: &str) -> String {
    format!(r#"{{"body":{{"{field}":{text},"kept":1}}}}"#)
}
