//! The dependencies between the crates, as ARCHITECTURE.md has them.

use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::root;

/// Which crates of ours a crate may depend on. Never: compiler on vm, vm on compiler, compiler on
/// stdlib.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("wf-diagnostics", &[]),
    ("wf-types", &[]),
    ("wf-bytecode", &["wf-types", "wf-diagnostics"]),
    ("wf-grammar", &["wf-diagnostics"]),
    ("wf-format", &["wf-grammar", "wf-diagnostics"]),
    ("wf-jsonpath", &[]),
    ("wf-cron", &[]),
    ("wf-selector", &[]),
    (
        "wf-compiler",
        &[
            "wf-grammar",
            "wf-types",
            "wf-bytecode",
            "wf-jsonpath",
            "wf-cron",
            "wf-selector",
            "wf-diagnostics",
        ],
    ),
    ("wf-vm", &["wf-bytecode", "wf-jsonpath", "wf-types", "wf-diagnostics"]),
    ("wf-stdlib", &["wf-vm", "wf-types", "wf-selector"]),
    ("wf-postgres", &["wf-stdlib", "wf-vm"]),
    (
        "wf-engine",
        &[
            "wf-compiler",
            "wf-vm",
            "wf-stdlib",
            "wf-format",
            "wf-grammar",
            "wf-types",
            "wf-bytecode",
            "wf-diagnostics",
            "wf-derive",
        ],
    ),
    ("wf-derive", &[]),
    ("wf-benches", &["wf-engine", "wf-vm"]),
];

/// Crates that may depend on all others.
const MAY_ALL: &[&str] = &["wf-cli", "wf-tests"];

/// Libraries with one user.
const ONLY_USERS: &[(&str, &str)] = &[
    ("pest", "wf-grammar"),
    ("pest_derive", "wf-grammar"),
    ("miette", "wf-diagnostics"),
    ("crossbeam", "wf-vm"),
    ("criterion", "wf-benches"),
    ("lettre", "wf-stdlib"),
    ("cap-std", "wf-stdlib"),
    ("quick-xml", "wf-stdlib"),
    ("ring", "wf-stdlib"),
    ("tokio-postgres", "wf-postgres"),
    ("deadpool-postgres", "wf-postgres"),
];

fn metadata() -> Result<&'static Metadata, String> {
    static METADATA: OnceLock<Result<Metadata, String>> = OnceLock::new();
    METADATA
        .get_or_init(|| {
            MetadataCommand::new()
                .current_dir(root())
                .no_deps()
                .other_options(["--offline".to_owned()])
                .exec()
                .map_err(|e| format!("cargo metadata: {e}"))
        })
        .as_ref()
        .map_err(Clone::clone)
}

fn each(mut check: impl FnMut(&Package, &mut Vec<String>)) -> Vec<String> {
    let mut problems = Vec::new();
    match metadata() {
        Ok(metadata) => {
            metadata.packages.iter().for_each(|package| check(package, &mut problems));
        }
        Err(problem) => problems.push(problem),
    }
    problems
}

pub(super) fn dependencies() -> Vec<String> {
    each(|package, problems| {
        let name = package.name.as_str();
        if MAY_ALL.contains(&name) || name.starts_with("wf-example-") {
            return;
        }
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(other, _)| *other == name) else {
            problems.push(format!("{name} is not in the table of crates"));
            return;
        };
        let ours = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        for dependency in ours.filter(|d| d.name.starts_with("wf-")) {
            if !allowed.contains(&dependency.name.as_str()) {
                problems.push(format!("{name} must not depend on {}", dependency.name));
            }
        }
    })
}

pub(super) fn only_users() -> Vec<String> {
    each(|package, problems| {
        for (library, user) in ONLY_USERS {
            let uses = package.dependencies.iter().any(|d| d.name == *library);
            if uses && package.name.as_str() != *user {
                problems.push(format!("{} uses {library}; only {user} may", package.name));
            }
        }
        let example = package.name.starts_with("wf-example-");
        for dependency in package.dependencies.iter().filter(|d| d.name.starts_with("wf-")) {
            if example && !["wf-engine", "wf-vm"].contains(&dependency.name.as_str()) {
                let (example, library) = (&package.name, &dependency.name);
                problems.push(format!("{example} is for embedders, who do not use {library}"));
            }
        }
    })
}

pub(super) fn named() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap_or_default();
    each(|package, problems| {
        let name = package.name.as_str();
        if !name.starts_with("wf-example-") && !text.contains(name) {
            problems.push(format!("ARCHITECTURE.md does not name {name}"));
        }
    })
}

pub(super) fn lints() -> Vec<String> {
    each(|package, problems| {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap_or_default();
        if !manifest.contains("[lints]\nworkspace = true") {
            problems.push(format!("{} does not take the lints of the workspace", package.name));
        }
    })
}

/// `fuzz/` is a workspace of its own, whose lock file nobody else brings up to date.
pub(super) fn fuzz_lock() -> Vec<String> {
    let lock = std::fs::read_to_string(root().join("fuzz/Cargo.lock")).unwrap_or_default();
    each(|package, problems| {
        let Some(locked) = lock.split("[[package]]").find(|locked| {
            locked.lines().any(|line| line == format!("name = \"{}\"", package.name))
        }) else {
            return;
        };
        let needed = package.dependencies.iter();
        let needed = needed.filter(|d| d.kind != DependencyKind::Development && !d.optional);
        for dependency in needed {
            let name = format!(" \"{}", dependency.name);
            if !locked.lines().any(|line| line.strip_prefix(&name).is_some_and(ends_name)) {
                let (package, name) = (&package.name, &dependency.name);
                problems.push(format!("fuzz/Cargo.lock lacks {name}, which {package} uses"));
            }
        }
    })
}

/// Whether a name in a lock file ends here: at its quotation mark, or before its version.
fn ends_name(rest: &str) -> bool {
    rest.starts_with(['"', ' '])
}
