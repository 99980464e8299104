//! Runs the transcripts of `suite/cli/` and of the README.
//!
//! A block ```` ```wf main.wf ```` makes a file of that name in the folder that
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

/// Writes the files that a text names and runs its commands beside them.
pub(crate) fn in_new_folder(name: &str, fences: &[Fence]) -> Outcome {
    let folder = Folder::new(name)?;
    let mut problems = Vec::new();
    for fence in fences {
        if fence.info == "console" {
            commands(fence, folder.path(), true, &mut problems);
        } else if let Some(file) = file_of(fence) {
            folder.write(file, &fence.text)?;
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

/// The name of the file that a block is: ```` ```wf main.wf ````.
fn file_of(fence: &Fence) -> Option<&str> {
    fence.info.split_once(' ').map(|(_, file)| file).filter(|file| file.contains('.'))
}

/// What the README says: `cargo run -- …` of its `sh` blocks runs in the root of the workspace and
/// prints the `text` block behind it; `console` blocks run beside the files that it names; its Rust
/// is that of the example that embeds wf.
fn readme() -> Outcome {
    let text =
        std::fs::read_to_string(root().join("README.md")).map_err(|e| format!("README.md: {e}"))?;
    let fences = console::fences(&text);
    in_new_folder("readme", &fences)?;
    let mut problems = Vec::new();
    let mut ran = 0;
    for (at, fence) in fences.iter().enumerate().filter(|(_, f)| f.info == "sh") {
        let command = fence.text.lines().find(|line| line.starts_with("cargo run -- "));
        let Some(command) = command else { continue };
        let printed = fences.get(at + 1).filter(|f| f.info == "text");
        let printed = printed.map_or("...\n", |f| f.text.as_str());
        let text = format!("$ {command}\n{printed}");
        commands(&Fence { text, ..fence.clone() }, root(), true, &mut problems);
        ran += 1;
    }
    if ran == 0 {
        problems.push("it has no command to try".to_owned());
    }
    let embed = std::fs::read_to_string(root().join("examples/embed/src/plain.rs"));
    let embed = embed.map_err(|e| format!("examples/embed: {e}"))?;
    for line in fences.iter().filter(|f| f.info == "rust").flat_map(|f| f.text.lines()) {
        if !embed.lines().any(|other| other.trim() == line.trim()) {
            problems.push(format!("examples/embed does not have the line `{line}`"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

fn commands(fence: &Fence, folder: &Path, strict: bool, problems: &mut Vec<String>) {
    for command in console::commands(&fence.text) {
        let outcome = console::run(&command, folder, strict);
        problems.extend(outcome.err().map(|e| format!("line {}: {e}", fence.line)));
    }
}
