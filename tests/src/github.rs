//! Runs the example over GitHub's `issues` webhook on real payloads, where they are at hand.
//!
//! `WF_SUITES` names a folder with `github-webhooks/octokit-webhooks-examples-*.tgz`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::drive::{DoesNotCompile, Ready, Schedule};
use crate::examples;
use crate::harness::{Outcome, Test};
use crate::run::Folder;
use crate::{files_below, root};

/// Adds the test; without the payloads it says that it is left out.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    match std::env::var_os("WF_SUITES") {
        Some(suites) => {
            let suites = PathBuf::from(suites);
            tests.push(Test::new("github issues payloads", move |_| payloads(&suites)));
        }
        None => tests.push(Test::new("github (left out: WF_SUITES is not set)", |_| Ok(()))),
    }
}

fn payloads(suites: &Path) -> Outcome {
    let folder = Folder::new("github")?;
    let package = files_below(&suites.join("github-webhooks"), "tgz")
        .into_iter()
        .find(|path| path.to_string_lossy().contains("webhooks-examples"))
        .ok_or("there is no package of examples")?;
    let unpacked = Command::new("tar")
        .arg("xzf")
        .arg(&package)
        .current_dir(folder.path())
        .status()
        .map_err(|e| format!("tar: {e}"))?;
    if !unpacked.success() {
        return Err(format!("tar can't unpack {}", package.display()));
    }
    let mut count = 0;
    for path in files_below(folder.path(), "json").iter().filter(|p| p.ends_with("index.json")) {
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        let events: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let events = events.as_array().into_iter().flatten();
        for event in events.filter(|event| event["name"] == "issues") {
            for payload in event["examples"].as_array().into_iter().flatten() {
                count += 1;
                one(payload)
                    .map_err(|e| format!("{} {}: {e}", path.display(), payload["action"]))?;
            }
        }
    }
    if count < 29 { Err(format!("only {count} payloads were found")) } else { Ok(()) }
}

/// Runs the example on a payload and compares with what is read from the payload here.
fn one(payload: &Value) -> Outcome {
    let mut job = examples::job(&root().join("examples/github_issues"))?;
    let trigger = json!({
        "headers": { "x-github-event": "issues" }, "queryParams": {}, "pathParams": {},
        "body": payload,
    });
    job.trigger = Some(trigger.to_string());
    let ready = Ready::new(&job).map_err(|DoesNotCompile(told, _)| {
        told.first().map(|d| d.message.clone()).unwrap_or_default()
    })?;
    let ran = ready.run(Schedule::Workers(2))?;
    if ran.status != "Complete" {
        let failure = ran.failure.map(|d| d.message).unwrap_or_default();
        return Err(format!("{}: {failure}", ran.status));
    }
    let issue = &payload["issue"];
    let labels = issue["labels"].as_array().into_iter().flatten();
    let labels: Vec<&Value> = labels.map(|label| &label["name"]).collect();
    let expected = json!({
        "issue": format!("{}#{}", string(&payload["repository"]["full_name"]), issue["number"]),
        "action": payload["action"],
        "title": issue["title"],
        "by": payload["sender"]["login"],
        "labels": labels,
        "assignee": issue["assignee"]["login"].as_str().unwrap_or("nobody"),
        "milestone": issue["milestone"]["title"],
        "thumbs": issue["reactions"]["+1"].as_i64().unwrap_or(0),
        "text": issue["body"].as_str().map_or(0, |body| body.chars().count()),
    });
    let found = crate::json::difference(&expected, &ran.result, false);
    found.map_or(Ok(()), Err)
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
