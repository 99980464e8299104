//! The programs of a file of the suite.

use wf_engine::MemoryFiles;

/// A case: a program of one file or several.
pub(super) struct Case {
    pub(super) name: String,
    /// The text of its first file.
    pub(super) main: String,
    /// The others.
    pub(super) files: MemoryFiles,
}

/// The cases of a file; none where it is a plain program.
pub(super) fn split(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut file: Option<String> = None;
    let mut part = String::new();
    for line in text.lines().chain(["--- end check ---"]) {
        let Some(header) = line.strip_prefix("--- ").and_then(|rest| rest.strip_suffix(" ---"))
        else {
            part.push_str(line);
            part.push('\n');
            continue;
        };
        let ended = std::mem::take(&mut part);
        match (cases.last_mut(), file.take()) {
            (Some(case), Some(name)) => case.files.add(name, ended),
            (Some(case), None) => case.main = ended,
            (None, _) => {}
        }
        match header.strip_prefix("file: ") {
            Some(name) => file = Some(name.to_owned()),
            None => {
                let name = header.rsplit_once(' ').map_or(header, |(name, _)| name).to_owned();
                cases.push(Case { name, main: String::new(), files: MemoryFiles::default() });
            }
        }
    }
    cases.pop();
    cases
}
