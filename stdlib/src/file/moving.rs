//! `file.move`

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::fs::Dir;
use wf_vm::{Answer, Node, NodeCall, NodeFailure, Started};

use super::folders::{Folders, Place, Purpose};
use super::{failure, no_file, quote};
use crate::call::{Outcome, blocking, flag, text};
use crate::io::Waiting;

pub(super) struct Move {
    pub(super) waiting: Waiting,
    pub(super) folders: Arc<Folders>,
}

struct Order {
    from: String,
    to: String,
    replace: bool,
    make_folders: bool,
}

impl Node for Move {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let path = |name| text(call, name).unwrap_or_default().to_owned();
        let order = Order {
            from: path("from"),
            to: path("to"),
            replace: text(call, "mode") == Some("replace"),
            make_folders: flag(call, "makeFolders"),
        };
        let folders = Arc::clone(&self.folders);
        blocking(&self.waiting, call, move |_| move_file(&folders, &order))
    }
}

fn move_file(folders: &Folders, order: &Order) -> Outcome {
    let Order { from, to, .. } = order;
    // Else what may only be written could be read at another place.
    folders.place(from, Purpose::Read)?;
    let source = folders.place(from, Purpose::Write)?;
    let target = folders.place(to, Purpose::Write)?;
    let (source, name) = around(&source, from, false)?;
    match source.symlink_metadata(&name) {
        Ok(there) if there.is_file() => {}
        Ok(_) => return Err(no_file(from)),
        Err(error) => return Err(failure(from, &error)),
    }
    let (target, new) = around(&target, to, order.make_folders)?;
    match target.symlink_metadata(&new) {
        Ok(_) if !order.replace => return Err(failure(to, &io::ErrorKind::AlreadyExists.into())),
        Ok(there) if there.is_dir() => return Err(no_file(to)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failure(to, &error)),
    }
    let moved = match order.replace {
        true => source.rename(&name, &target, &new),
        // Fails where the name has come into being meanwhile.
        false => source.hard_link(&name, &target, &new).and_then(|()| source.remove_file(&name)),
    };
    moved.map_err(|error| failure(to, &error))?;
    Ok(Answer::Json(format!("{{\"path\":{},\"success\":true}}", quote(to))))
}

/// The folder that a place is in, and its name there.
fn around(place: &Place<'_>, path: &str, make: bool) -> Result<(Dir, PathBuf), NodeFailure> {
    let told = |error: io::Error| failure(path, &error);
    let Some(name) = place.path.file_name().map(PathBuf::from) else { return Err(no_file(path)) };
    let parent = place.path.parent().filter(|parent: &&Path| !parent.as_os_str().is_empty());
    let folder = match parent {
        None => place.dir.try_clone().map_err(told)?,
        Some(parent) => {
            if make {
                place.dir.create_dir_all(parent).map_err(told)?;
            }
            place.dir.open_dir(parent).map_err(told)?
        }
    };
    Ok((folder, name))
}
