//! Runs the programs of `docs/`, and compares its lists of nodes and functions with `wf nodes`.
//!
//! In a document of `docs/` a block ```` ```wf main.wf ```` makes a file of that name in a folder
//! of the document's own, and `console` blocks run there, from the first to the last.

use std::path::Path;

use crate::binary;
use crate::cli;
use crate::console;
use crate::harness::{Context, Outcome, Test};
use crate::{files_below, root, shown};

/// Behind this line a document is made from what `wf nodes` prints.
const MADE: &str =
    "<!-- Made from `wf nodes`; `cargo test -p wf-tests -- --bless reference` makes it anew. -->\n";

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    for path in files_below(&root().join("docs"), "md") {
        let name = shown(&path);
        tests.push(Test::new(name.clone(), move |_| document(&name, &path)));
    }
    for (title, file) in [("Nodes", "nodes.md"), ("Functions", "functions.md")] {
        let path = root().join("docs/reference").join(file);
        let name = format!("reference {title} are those of the library");
        tests.push(Test::new(name, move |context| list(title, &path, context)));
    }
}

/// The commands of a document, and that no program stands there without being run or checked.
fn document(name: &str, path: &Path) -> Outcome {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
    let fences = console::fences(&text);
    let mentioned: String =
        fences.iter().filter(|f| f.info == "console").map(|f| f.text.as_str()).collect();
    for fence in &fences {
        if let Some(file) = fence.info.strip_prefix("wf ").filter(|file| file.ends_with(".wf")) {
            let used = fences.iter().any(|f| f.text.contains(&format!("from \"{file}\"")));
            if !mentioned.contains(file) && !used {
                return Err(format!("{name}:{}: no command names {file}", fence.line));
            }
        }
    }
    cli::in_new_folder(name, &fences)
}

/// A list of what there is, with the text of `wf nodes NAME` for each.
fn list(title: &str, path: &Path, context: &Context) -> Outcome {
    let overview = binary::wf(root(), &["nodes"])?.stdout;
    let names = overview
        .lines()
        .skip_while(|line| *line != format!("{title}:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (by_hand, found) = text.split_once(MADE).ok_or("it has no line `Made from …`")?;
    let mut made = String::new();
    for name in names {
        made.push_str(&section(name)?);
        if !by_hand.contains(&format!("[`{name}`](#")) {
            return Err(format!("{}: the table has no link to `{name}`", shown(path)));
        }
    }
    if found == made && !made.is_empty() {
        return Ok(());
    }
    if context.blesses() {
        return std::fs::write(path, format!("{by_hand}{MADE}{made}")).map_err(|e| e.to_string());
    }
    let different = made.lines().zip(found.lines()).find(|(made, found)| made != found);
    Err(format!("{} is not what `wf nodes` says: {different:?}", shown(path)))
}

/// One node or function: its signature, then what is said about it.
fn section(name: &str) -> Result<String, String> {
    let text = binary::wf(root(), &["nodes", name])?.stdout;
    // A word may be a node or function and a group of nodes; the first text is the one meant.
    let mut section = format!("\n### {name}\n\n```wf part\n");
    let mut in_signature = true;
    for line in text.lines() {
        let said = line.strip_prefix("    ").filter(|_| !in_signature).unwrap_or(line);
        if in_signature && line.is_empty() {
            in_signature = false;
            section.push_str("```\n");
        }
        section.push_str(if said == "```wf" { "```wf part" } else { said.trim_end() });
        section.push('\n');
    }
    Ok(format!("{}\n", section.trim_end()))
}
