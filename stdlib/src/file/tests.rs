//! Files in folders that are allowed, and what must not be reached.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use wf_vm::bytecode::TypeDesc;
use wf_vm::{Answer, Node, NodeFailure, Started, Value};

use super::folders::Folders;
use super::{FileAccess, delete, exists, list, moving, read, write};
use crate::test_support::{Types, runtime, s};

/// A folder that goes away at the end, with `in` that may be used and `out` that may not.
struct Disk {
    root: PathBuf,
    folders: Arc<Folders>,
    runtime: Runtime,
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.root));
    }
}

impl Disk {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("wf-files-{}", uuid::Uuid::new_v4()));
        for folder in ["in/inner", "out"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        std::fs::write(root.join("out/secret.txt"), "secret").expect("a file");
        let access = FileAccess { read: vec![root.join("in")], write: vec![root.join("in")] };
        let folders = Arc::new(Folders::open(&access).expect("the folders are there"));
        Self { root, folders, runtime: runtime() }
    }

    fn path(&self, path: &str) -> String {
        self.root.join(path).to_str().expect("a path in UTF-8").to_owned()
    }

    fn run(&self, node: &str, ty: TypeDesc, inputs: &[(&str, Value)]) -> Outcome {
        let mut types = Types::new();
        let ty = types.add(ty);
        let input = types.input(inputs);
        let fields = [
            "content",
            "size",
            "modifiedAt",
            "path",
            "entries",
            "success",
            "deleted",
            "exists",
            "kind",
        ];
        let output = types.output(&fields);
        let mut call = types.call(input, output);
        call.type_args = vec![ty];
        match call.run(self.node(node).as_ref())? {
            Answer::Json(text) => Ok(serde_json::from_str(&text).expect("the answer is JSON")),
            Answer::Value(value) => panic!("{value:?} is no JSON"),
        }
    }

    fn node(&self, name: &str) -> Arc<dyn Node> {
        let (waiting, folders) = (self.runtime.handle().clone().into(), Arc::clone(&self.folders));
        match name {
            "read" => Arc::new(read::Read { waiting, folders }),
            "write" => Arc::new(write::Write { waiting, folders }),
            "delete" => Arc::new(delete::Delete { waiting, folders }),
            "exists" => Arc::new(exists::Exists { waiting, folders }),
            "move" => Arc::new(moving::Move { waiting, folders }),
            _ => Arc::new(list::List { waiting, folders }),
        }
    }

    fn read(&self, path: &str) -> Outcome {
        self.run("read", TypeDesc::String, &[("path", s(path))])
    }

    fn write(&self, path: &str, more: &[(&str, Value)]) -> Outcome {
        let mut inputs = vec![("path", s(path)), ("content", s("new"))];
        inputs.extend(more.iter().cloned());
        self.run("write", TypeDesc::String, &inputs)
    }
}

type Outcome = Result<HashMap<String, serde_json::Value>, NodeFailure>;

fn code(outcome: Outcome) -> String {
    outcome.expect_err("it fails").code
}

fn file(path: &str) -> String {
    std::fs::read_to_string(path).expect("the file is there")
}

#[test]
fn what_is_written_is_read() {
    let disk = Disk::new();
    let path = disk.path("in/a.txt");
    let written = disk.write(&path, &[]).expect("it is written");
    assert_eq!((written["size"].as_u64(), written["path"].as_str()), (Some(3), Some(&*path)));
    let found = disk.read(&path).expect("it is read");
    assert_eq!((found["content"].as_str(), found["size"].as_u64()), (Some("new"), Some(3)));

    let base64 = [("path", s(&path)), ("encoding", s("base64"))];
    let found = disk.run("read", TypeDesc::String, &base64).expect("it is read");
    assert_eq!(found["content"], "bmV3");
    let inputs = [("path", s(&path)), ("content", s("/wD+")), ("encoding", s("base64"))];
    disk.run("write", TypeDesc::String, &inputs).expect("it is written");
    assert_eq!(std::fs::read(&path).expect("the file is there"), [0xff, 0, 0xfe]);
    assert_eq!(code(disk.read(&path)), "InvalidText");
    let inputs = [("path", s(&path)), ("content", s("%")), ("encoding", s("base64"))];
    assert_eq!(code(disk.run("write", TypeDesc::String, &inputs)), "InvalidInput");

    std::fs::write(&path, "\u{feff}{\"a\": [1]}").expect("a file");
    let json = |path: &str| disk.run("read", TypeDesc::Json, &[("path", s(path))]);
    assert_eq!(json(&path).expect("it is read")["content"]["a"][0], 1);
    std::fs::write(&path, "{").expect("a file");
    assert_eq!(code(json(&path)), "InvalidJson");
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let disk = Disk::new();
    let path = disk.path("in/a.txt");
    std::fs::write(&path, "old").expect("a file");
    assert_eq!(code(disk.write(&path, &[("mode", s("create"))])), "Exists");
    assert_eq!(file(&path), "old");
    // What a killed process left behind is no hindrance.
    let draft = format!(".wf-{}-1.tmp", uuid::Uuid::from_u128(7).simple());
    std::fs::write(disk.path("in").as_str().to_owned() + "/" + &draft, "?").expect("a file");
    disk.write(&path, &[]).expect("it is written");
    assert_eq!(file(&path), "new");
    disk.write(&disk.path("in/b.txt"), &[("mode", s("create"))]).expect("it is written");

    let deep = disk.path("in/x/y/a.txt");
    assert_eq!(code(disk.write(&deep, &[])), "NotFound");
    disk.write(&deep, &[("makeFolders", Value::Bool(true))]).expect("it is written");
    assert_eq!(file(&deep), "new");
    assert_eq!(code(disk.write(&disk.path("in/inner"), &[])), "NotAFile");
    let names = std::fs::read_dir(disk.path("in")).expect("a folder");
    let names = names.map(|e| e.expect("an entry").file_name()).filter(|n| n != "inner");
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["a.txt", "b.txt", "x"], "no draft is left");
}

#[test]
fn nothing_outside_is_reached() {
    let disk = Disk::new();
    let (outside, inside) = (disk.path("out/secret.txt"), disk.path("in"));
    assert_eq!(code(disk.read(&outside)), "NotAllowed");
    assert_eq!(code(disk.write(&outside, &[])), "NotAllowed");
    assert_eq!(code(disk.read("/proc/self/environ")), "NotAllowed");
    assert_eq!(code(disk.read("secret.txt")), "NotAllowed");
    let long = "a/".repeat(4000);
    for path in ["", "\0", "a\0b", &long, "..", "../out/secret.txt"] {
        assert_eq!(code(disk.read(path)), "InvalidPath", "{path:?}");
    }
    for path in ["/../out/secret.txt", "/inner/../../out/secret.txt", "/inner/.."] {
        assert_eq!(code(disk.read(&format!("{inside}{path}"))), "InvalidPath", "{path}");
    }
    // A folder whose name begins like the allowed one.
    std::fs::create_dir(disk.path("in2")).expect("a folder");
    std::fs::write(disk.path("in2/a"), "x").expect("a file");
    assert_eq!(code(disk.read(&disk.path("in2/a"))), "NotAllowed");
    let nothing = Folders::default();
    let refused = nothing.place(&outside, super::folders::Purpose::Read).expect_err("off");
    assert!(refused.message.contains("--allow-read"), "{}", refused.message);
    let refused = nothing.place(&outside, super::folders::Purpose::Write).expect_err("off");
    assert!(refused.message.contains("--allow-write"), "{}", refused.message);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out() {
    use std::os::unix::fs::symlink;

    let disk = Disk::new();
    let outside = disk.path("out/secret.txt");
    let link = |to: &str, name: &str| symlink(to, disk.path(name)).expect("a link");
    link(&outside, "in/absolute");
    link("../out/secret.txt", "in/relative");
    link("../out", "in/folder");
    link("inner/../../out/secret.txt", "in/winding");
    link("/proc/self/root", "in/proc");
    link("circle", "in/circle");
    for name in ["absolute", "relative", "folder/secret.txt", "winding", "proc/etc/passwd"] {
        let path = disk.path(&format!("in/{name}"));
        let failed = disk.read(&path).expect_err("it leads out");
        assert!(matches!(&*failed.code, "File" | "NotFound" | "InvalidPath"), "{failed:?}");
    }
    assert_ne!(code(disk.read(&disk.path("in/circle"))), "NotAllowed");
    // Writing into a folder outside fails; a link itself is replaced by a file.
    let failed = disk.write(&disk.path("in/folder/new.txt"), &[]);
    assert!(failed.is_err() && !Path::new(&disk.path("out/new.txt")).exists());
    disk.write(&disk.path("in/absolute"), &[]).expect("it replaces the link");
    assert_eq!((file(&outside), file(&disk.path("in/absolute"))), ("secret".into(), "new".into()));
    let listed = disk.run("list", TypeDesc::Json, &[("path", s(&disk.path("in/folder")))]);
    assert!(listed.is_err());
    // One that stays inside is followed.
    link("absolute", "in/inside");
    assert_eq!(disk.read(&disk.path("in/inside")).expect("it is read")["content"], "new");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let disk = Disk::new();
    let pipe = disk.path("in/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe is made");
    assert_eq!(code(disk.read(&pipe)), "NotAFile");
    assert_eq!(code(disk.write(&pipe, &[])), "NotAFile");
    assert_eq!(code(disk.read(&disk.path("in"))), "NotAFile");
    assert_eq!(code(disk.read(&disk.path("in/nothing"))), "NotFound");
    assert_eq!(code(disk.read(&disk.path("in/pipe/x"))), "NotFound");
    let list = |path: &str| disk.run("list", TypeDesc::Json, &[("path", s(path))]);
    assert_eq!(code(list(&pipe)), "NotAFolder");
}

#[test]
fn folders_are_listed_in_order() {
    let disk = Disk::new();
    for name in ["b.txt", "a.txt", "inner/c.txt"] {
        std::fs::write(disk.path(&format!("in/{name}")), name).expect("a file");
    }
    let names = |recursive: bool| {
        let inputs = [("path", s(&disk.path("in"))), ("recursive", Value::Bool(recursive))];
        let found = disk.run("list", TypeDesc::Json, &inputs).expect("it is listed");
        let entries = found["entries"].as_array().expect("a list").clone();
        let shown = |e: &serde_json::Value| {
            assert!(
                e["path"].as_str().is_some_and(|p| p.ends_with(e["name"].as_str().unwrap_or("?")))
            );
            format!("{} {}", e["kind"].as_str().unwrap_or("?"), e["name"].as_str().unwrap_or("?"))
        };
        entries.iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(names(false), ["file a.txt", "file b.txt", "folder inner"]);
    assert_eq!(names(true), ["file a.txt", "file b.txt", "folder inner", "file c.txt"]);
}

#[test]
fn what_is_too_large_is_not_read() {
    let disk = Disk::new();
    let path = disk.path("in/large");
    let file = std::fs::File::create(&path).expect("a file");
    file.set_len(super::MAX_FILE + 1).expect("a hole");
    assert_eq!(code(disk.read(&path)), "TooLarge");
}

#[test]
fn a_cancelled_call_leaves_the_old_file() {
    let disk = Disk::new();
    let path = disk.path("in/a.txt");
    std::fs::write(&path, "old").expect("a file");
    let mut types = Types::new();
    let content = s(&"x".repeat(32 << 20));
    let input = types.input(&[("path", s(&path)), ("content", content)]);
    let output = types.output(&["success"]);
    let call = types.call(input, output);
    let Started::Pending(cancel) = call.start(disk.node("write").as_ref()) else {
        panic!("it waits")
    };
    drop(cancel);
    let outcome = call.outcome(Duration::from_secs(30)).expect("the promise is kept");
    assert_eq!(outcome.expect_err("it was given up").code, "Cancelled");
    assert_eq!(file(&path), "old");
    assert_eq!(std::fs::read_dir(disk.path("in")).expect("a folder").count(), 2);
}

#[test]
fn folders_that_are_not_there_are_told() {
    let access = FileAccess { read: vec!["/no/such/folder".into()], write: Vec::new() };
    assert!(Folders::open(&access).is_err());
}

impl Disk {
    fn at(&self, node: &str, path: &str) -> Outcome {
        self.run(node, TypeDesc::Json, &[("path", s(path))])
    }

    fn move_to(&self, from: &str, to: &str, more: &[(&str, Value)]) -> Outcome {
        let mut inputs = vec![("from", s(from)), ("to", s(to))];
        inputs.extend(more.iter().cloned());
        self.run("move", TypeDesc::Json, &inputs)
    }
}

#[cfg(unix)]
#[test]
fn what_is_appended_stands_behind() {
    let disk = Disk::new();
    let append = [("mode", s("append"))];
    let path = disk.path("in/log.txt");
    assert_eq!(disk.write(&path, &append).expect("it is made")["size"], 3);
    assert_eq!(disk.write(&path, &append).expect("it is there")["size"], 6);
    assert_eq!(file(&path), "newnew");
    assert_eq!(code(disk.write(&disk.path("in/inner"), &append)), "NotAFile");
    assert_eq!(code(disk.write(&disk.path("out/secret.txt"), &append)), "NotAllowed");
    std::os::unix::fs::symlink("../out/secret.txt", disk.path("in/link")).expect("a link");
    assert_eq!(code(disk.write(&disk.path("in/link"), &append)), "File");
    assert_eq!(file(&disk.path("out/secret.txt")), "secret");
    let large = std::fs::File::create(&path).expect("a file");
    large.set_len(super::MAX_FILE - 2).expect("it has a size");
    assert_eq!(code(disk.write(&path, &append)), "TooLarge");
    // Each piece stays whole where many append.
    let path = disk.path("in/many.txt");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| drop(disk.write(&path, &append))));
        }
    });
    assert_eq!(file(&path), "new".repeat(200));
}

#[cfg(unix)]
#[test]
fn what_is_there_is_told() {
    let disk = Disk::new();
    let (path, link) = (disk.path("in/a.txt"), disk.path("in/link"));
    disk.write(&path, &[]).expect("it is written");
    std::os::unix::fs::symlink("../out/secret.txt", &link).expect("a link");
    let kind = |path: &str| {
        let found = disk.at("exists", path).expect("it is told");
        assert_eq!(found["exists"], !found["kind"].is_null());
        (found["kind"].clone(), found["size"].clone())
    };
    assert_eq!(kind(&path), ("file".into(), 3.into()));
    assert_eq!(kind(&disk.path("in/inner")), ("folder".into(), serde_json::Value::Null));
    assert_eq!(kind(&disk.path("in")).0, "folder");
    assert_eq!(kind(&link).0, "link", "wherever it leads to");
    for nothing in ["in/b.txt", "in/a.txt/b", "in/none/b"] {
        assert_eq!(kind(&disk.path(nothing)).0, serde_json::Value::Null, "{nothing}");
    }
    assert_eq!(code(disk.at("exists", &disk.path("out/secret.txt"))), "NotAllowed");
    assert_eq!(code(disk.at("exists", &disk.path("in/../out"))), "InvalidPath");
}

#[cfg(unix)]
#[test]
fn what_is_deleted_is_gone() {
    let disk = Disk::new();
    let path = disk.path("in/inner/a.txt");
    disk.write(&path, &[]).expect("it is written");
    let link = disk.path("in/link");
    std::os::unix::fs::symlink("../out", &link).expect("a link");
    assert_eq!(code(disk.at("delete", &disk.path("in/inner"))), "NotEmpty");
    assert_eq!(disk.at("delete", &path).expect("it is deleted")["deleted"], true);
    assert_eq!(disk.at("delete", &path).expect("it is tried again")["deleted"], false);
    assert_eq!(disk.at("delete", &disk.path("in/inner")).expect("it is empty")["deleted"], true);
    assert_eq!(code(disk.at("delete", &format!("{link}/secret.txt"))), "File");
    assert_eq!(disk.at("delete", &link).expect("the link alone")["deleted"], true);
    assert_eq!(code(disk.at("delete", &disk.path("in"))), "NotEmpty");
    assert_eq!(code(disk.at("delete", &disk.path("out/secret.txt"))), "NotAllowed");
    assert_eq!(code(disk.at("delete", &disk.path("in/../out/secret.txt"))), "InvalidPath");
    assert_eq!(file(&disk.path("out/secret.txt")), "secret");
}

#[cfg(unix)]
#[test]
fn a_file_is_moved_as_a_whole() {
    let disk = Disk::new();
    let [a, b, deep] = ["in/a.txt", "in/b.txt", "in/x/y/c.txt"].map(|path| disk.path(path));
    disk.write(&a, &[]).expect("it is written");
    std::fs::write(&b, "old").expect("a file");
    assert_eq!(code(disk.move_to(&a, &b, &[])), "Exists");
    assert_eq!((file(&a), file(&b)), ("new".to_owned(), "old".to_owned()));
    disk.move_to(&a, &b, &[("mode", s("replace"))]).expect("it is replaced");
    assert_eq!(file(&b), "new");
    assert_eq!(code(disk.move_to(&a, &b, &[])), "NotFound");
    assert_eq!(code(disk.move_to(&b, &deep, &[])), "NotFound");
    let moved = disk.move_to(&b, &deep, &[("makeFolders", Value::Bool(true))]);
    assert_eq!(moved.expect("it is moved")["path"], deep.as_str());
    assert!(file(&deep) == "new" && !Path::new(&b).exists());
    for (from, to, expected) in [
        ("in/inner", "in/other", "NotAFile"),
        ("in/x/y/c.txt", "in/inner", "Exists"),
        ("in/x/y/c.txt", "out/c.txt", "NotAllowed"),
        ("out/secret.txt", "in/c.txt", "NotAllowed"),
        ("in/../out/secret.txt", "in/c.txt", "InvalidPath"),
        ("in", "in/c.txt", "NotAFile"),
    ] {
        let outcome = disk.move_to(&disk.path(from), &disk.path(to), &[]);
        assert_eq!(code(outcome), expected, "{from} {to}");
    }
    std::os::unix::fs::symlink("../out/secret.txt", disk.path("in/link")).expect("a link");
    assert_eq!(code(disk.move_to(&disk.path("in/link"), &b, &[])), "NotAFile");
    std::os::unix::fs::symlink("../out", disk.path("in/away")).expect("a link");
    assert_eq!(code(disk.move_to(&deep, &disk.path("in/away/c.txt"), &[])), "File");
    assert_eq!(file(&deep), "new");
}

#[test]
fn what_may_only_be_written_is_not_moved_where_it_can_be_read() {
    let disk = Disk::new();
    let access = FileAccess { read: vec![disk.root.join("in")], write: vec![disk.root.clone()] };
    let folders = Arc::new(Folders::open(&access).expect("the folders are there"));
    let disk = Disk { folders, root: disk.root.clone(), runtime: runtime() };
    let (from, to) = (disk.path("out/secret.txt"), disk.path("in/stolen.txt"));
    assert_eq!(code(disk.move_to(&from, &to, &[])), "NotAllowed");
    assert_eq!(file(&from), "secret");
}

#[test]
#[cfg(unix)]
fn what_can_not_be_looked_at_is_not_said_to_be_absent() {
    let disk = Disk::new();
    std::os::unix::fs::symlink("../out", disk.root.join("in/away")).expect("a link");
    let failure = disk.at("exists", &disk.path("in/away/secret.txt")).expect_err("it leads out");
    assert_eq!(failure.code, "File");
    assert!(failure.message.contains("a link leads out of the folder"), "{failure:?}");
    let failure = disk
        .move_to(&disk.path("in/away/secret.txt"), &disk.path("in/b"), &[])
        .expect_err("it leads out");
    assert_eq!(failure.code, "File");
    let long = disk.path(&format!("in/{}", "x".repeat(300)));
    assert_ne!(code(disk.at("exists", &long)), "NotFound");
}

#[test]
fn a_file_is_no_folder_and_a_folder_no_file() {
    let disk = Disk::new();
    disk.write(&disk.path("in/a"), &[]).expect("it is written");
    assert_eq!(code(disk.at("list", &disk.path("in/a"))), "NotAFolder");
    let replace = [("mode", s("replace"))];
    assert_eq!(
        code(disk.move_to(&disk.path("in/a"), &disk.path("in/inner"), &replace)),
        "NotAFile"
    );
    assert!(disk.read(&disk.path("in/a")).is_ok());
}
