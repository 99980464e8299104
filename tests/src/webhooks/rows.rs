//! The suite: the schema file, the payloads, and the paths with their verdicts.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::files_below;
use crate::run::Folder;

/// What the schema says of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is always there, and nothing on the way is null.
    Ok,
    /// It may be absent, or something on the way may be null.
    Optional,
    /// It can't be there.
    Missing,
    /// It is inside of an object of any fields.
    Open,
}

impl Verdict {
    /// All of them, in the order of their numbers.
    pub(super) const ALL: [Verdict; 4] =
        [Verdict::Ok, Verdict::Optional, Verdict::Missing, Verdict::Open];

    /// Its name in the suite.
    pub(super) fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Optional => "optional",
            Verdict::Missing => "missing",
            Verdict::Open => "open",
        }
    }
}

/// A path with what is known of it.
#[derive(Debug)]
pub(super) struct Row {
    /// The names; `*` stands for each item of a list.
    pub(super) path: Vec<String>,
    /// What the schema says.
    pub(super) verdict: Verdict,
    /// The segment that is wrong, of a path that can't be there.
    pub(super) bad: usize,
    /// Whether it leads to single values, not to objects.
    pub(super) is_value: bool,
}

impl Row {
    /// The path as it is reported.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.verdict.name(), self.path.join("/"))
    }
}

/// The rows of one action of an event.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) event: String,
    pub(super) action: Option<String>,
    pub(super) rows: Vec<Row>,
}

impl Group {
    /// The name of its schema under `definitions`.
    pub(super) fn name(&self) -> String {
        format!("{}${}", self.event, self.action.as_deref().unwrap_or("event"))
    }
}

/// All that the suite has.
pub(super) struct Suite {
    /// The text of the schema file.
    pub(super) schema: String,
    /// The rows by event and action.
    pub(super) groups: Vec<Group>,
    payloads: Vec<(String, Value)>,
}

impl Suite {
    /// Reads the suite.
    ///
    /// # Errors
    /// A part of it is not there.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let schema = unpack(folder, "webhooks-schemas", "schema.json")?;
        let index = unpack(folder, "webhooks-examples", "api.github.com/index.json")?;
        let index: Value = serde_json::from_str(&index).map_err(|e| e.to_string())?;
        let mut payloads = Vec::new();
        for event in index.as_array().into_iter().flatten() {
            let name = event["name"].as_str().unwrap_or_default();
            let examples = event["examples"].as_array().into_iter().flatten();
            payloads.extend(examples.map(|payload| (name.to_owned(), payload.clone())));
        }
        let rows = Command::new("gzip")
            .arg("-dc")
            .arg(folder.join("paths-open.jsonl.gz"))
            .output()
            .map_err(|e| format!("gzip: {e}"))?;
        let text = String::from_utf8(rows.stdout).map_err(|e| e.to_string())?;
        let mut groups: Vec<Group> = Vec::new();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line).map_err(|e| format!("{line}: {e}"))?;
            let event = row["event"].as_str().unwrap_or_default().to_owned();
            let action = row["action"].as_str().map(str::to_owned);
            let verdict = Verdict::ALL.into_iter().find(|v| row["verdict"] == v.name());
            let verdict = verdict.ok_or_else(|| format!("no such verdict: {line}"))?;
            let names = row["path"].as_array().into_iter().flatten();
            let path = names.map(|n| n.as_str().unwrap_or_default().to_owned()).collect();
            let bad = row["bad_index"].as_u64().unwrap_or_default() as usize;
            let types = row["types"].as_array().into_iter().flatten();
            let is_value = types.clone().count() > 0
                && !types.clone().any(|ty| ["object", "array", "any"].iter().any(|t| ty == t));
            let row = Row { path, verdict, bad, is_value };
            match groups.iter_mut().find(|g| g.event == event && g.action == action) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { event, action, rows: vec![row] }),
            }
        }
        if groups.is_empty() {
            return Err("there are no paths".to_owned());
        }
        Ok(Self { schema, groups, payloads })
    }

    /// The payloads of an action.
    pub(super) fn payloads<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Value> {
        let of_event = self.payloads.iter().filter(|(event, _)| *event == group.event);
        of_event.map(|(_, payload)| payload).filter(|payload| match &group.action {
            Some(action) => payload["action"] == action.as_str(),
            None => true,
        })
    }

    /// The names of the events' schemas under `definitions`.
    pub(super) fn events(&self) -> Vec<String> {
        let schema: Value = serde_json::from_str(&self.schema).unwrap_or_default();
        let refs = schema["oneOf"].as_array().into_iter().flatten();
        refs.filter_map(|r| r["$ref"].as_str()?.strip_prefix("#/definitions/"))
            .map(str::to_owned)
            .collect()
    }
}

/// A file of one of the packages.
fn unpack(folder: &Path, package: &str, file: &str) -> Result<String, String> {
    let archive = files_below(folder, "tgz")
        .into_iter()
        .find(|path| path.to_string_lossy().contains(package))
        .ok_or_else(|| format!("there is no package {package}"))?;
    let place = Folder::new(&format!("webhooks {package} {:?}", std::thread::current().id()))?;
    let unpacked = Command::new("tar")
        .arg("xzf")
        .arg(&archive)
        .current_dir(place.path())
        .status()
        .map_err(|e| format!("tar: {e}"))?;
    if !unpacked.success() {
        return Err(format!("tar can't unpack {}", archive.display()));
    }
    let path = place.path().join("package").join(file);
    std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
}
