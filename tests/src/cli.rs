//! Runs the transcripts of `suite/cli/` and of the README.
//!
//! In `suite/cli/` a block ```` ```wf main.wf ```` makes a file of that name in the folder that
//! the commands run in.

use std::path::Path;

use crate::console::{self, Fence};
use crate::harness::{Outcome, Test};
use crate::run::Folder;
use crate::{files_below, root, shown};

/// Adds a test for each transcript.
pub(crate) fn collect(tests: &mut Vec<Test>, problems: &mut Vec<String>) {
    for path in files_below(&root().join("tests/suite/cli"), "md") {
        let name = shown(&path);
        let name = name.trim_start_matches("tests/suite/").trim_end_matches(".md").to_owned();
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let title = name.clone();
                tests
                    .push(Test::new(name, move |_| in_new_folder(&title, &console::fences(&text))));
            }
            Err(e) => problems.push(format!("{}: {e}", shown(&path))),
        }
    }
    tests.push(Test::new("cli readme", |_| readme()));
}

fn in_new_folder(name: &str, fences: &[Fence]) -> Outcome {
    let folder = Folder::new(name)?;
    let mut problems = Vec::new();
    for fence in fences {
        if fence.info == "console" {
            commands(fence, folder.path(), true, &mut problems);
        } else if let Some((_, file)) = fence.info.split_once(' ') {
            folder.write(file, &fence.text)?;
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

/// The README's commands run in the root of the workspace.
fn readme() -> Outcome {
    let text =
        std::fs::read_to_string(root().join("README.md")).map_err(|e| format!("README.md: {e}"))?;
    let mut problems = Vec::new();
    for fence in console::fences(&text).iter().filter(|f| f.info == "console") {
        commands(fence, root(), false, &mut problems);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

fn commands(fence: &Fence, folder: &Path, strict: bool, problems: &mut Vec<String>) {
    for command in console::commands(&fence.text) {
        let outcome = console::run(&command, folder, strict);
        problems.extend(outcome.err().map(|e| format!("line {}: {e}", fence.line)));
    }
}
