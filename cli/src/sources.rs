//! Reading source files from disk, and naming them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use wf_engine::{LoadError, Loader};

/// The largest source file that is read, in bytes.
pub const MAX_BYTES: u64 = 64 << 20;

/// Why a source file could not be read. As a text, it goes on from "`a.wf` can't be read: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing of this name is there.
    #[error("there is no such file")]
    Missing,
    /// It is a directory.
    #[error("it is a directory")]
    Directory,
    /// A program names a pipe or a device, which may give no end.
    #[error("it is no regular file")]
    Irregular,
    /// The user may not read it.
    #[error("permission denied")]
    Denied,
    /// It is larger than source files may be.
    #[error("it is larger than {} MiB", .limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A path in `use` starts at the root of the disk instead of at its file.
    #[error("the path must be relative to the file that uses it")]
    Absolute,
    /// Its bytes are not UTF-8.
    #[error("it is not UTF-8 (at byte {offset})")]
    NotUtf8 {
        /// The offset of the first byte that is wrong. It is the same in `text`.
        offset: usize,
        /// The text with U+FFFD for what is wrong, so that the place can be shown.
        text: String,
    },
    /// Something else, in the words of the operating system.
    #[error("{0}")]
    Other(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
            io::ErrorKind::IsADirectory => ReadError::Directory,
            io::ErrorKind::PermissionDenied => ReadError::Denied,
            _ => ReadError::Other(error.to_string()),
        }
    }
}

/// The source files on disk.
///
/// It remembers under which name it has seen a file first, so that a file has one name however it
/// is reached: by another path, a link, or other letters on a disk that does not tell them apart.
#[derive(Debug, Default)]
pub struct Disk {
    names: Mutex<BTreeMap<PathBuf, String>>,
}

impl Disk {
    /// No file seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of a file given on the command line: the text itself, unless the same file was
    /// seen under another name before.
    pub fn open(&self, path: &str) -> String {
        self.name_of(Path::new(path), path.to_owned())
    }

    /// The name of the file that `importer` means by `path`, which is relative to its own folder.
    /// Whether there is such a file is told by [`read`](Disk::read).
    pub fn resolve(&self, importer: &str, path: &str) -> Result<String, ReadError> {
        let relative = Path::new(path);
        if relative.has_root() || relative.is_absolute() {
            return Err(ReadError::Absolute);
        }
        let folder = Path::new(importer).parent().unwrap_or(Path::new(""));
        let joined = folder.join(relative);
        let short = normal(&joined);
        // `link/..` is not where the link stands; then only the long path is right.
        let is_same = match (fs::canonicalize(&joined), fs::canonicalize(&short)) {
            (Ok(long), Ok(short)) => long == short,
            (Ok(_), Err(_)) => false,
            (Err(_), _) => true,
        };
        let path = if is_same { short } else { joined };
        // Opening a pipe that nobody writes to waits for ever. What the command line names may be one.
        if fs::metadata(&path).is_ok_and(|about| !about.is_file() && !about.is_dir()) {
            return Err(ReadError::Irregular);
        }
        let name = path.to_string_lossy().into_owned();
        Ok(self.name_of(&path, name))
    }

    /// The text of a file by its name.
    pub fn read(&self, name: &str) -> Result<String, ReadError> {
        read_limited(Path::new(name), MAX_BYTES)
    }

    /// Whether a file of this name can be opened: one that can't is wrong usage where the command
    /// line names it.
    pub fn can_open(&self, name: &str) -> bool {
        File::open(name).and_then(|file| file.metadata()).is_ok_and(|about| !about.is_dir())
    }

    fn name_of(&self, path: &Path, name: String) -> String {
        let Ok(real) = fs::canonicalize(path) else {
            return name;
        };
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.entry(real).or_insert(name).clone()
    }
}

impl Loader for Disk {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        Disk::read(self, path).map_err(Into::into)
    }

    fn resolve(&self, from: &str, path: &str) -> Result<String, LoadError> {
        Disk::resolve(self, from, path).map_err(Into::into)
    }

    fn is_beside(&self, file: &str, path: &str) -> bool {
        let folder = match Path::new(file).parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        match (fs::canonicalize(folder), fs::canonicalize(path)) {
            (Ok(folder), Ok(path)) => path.starts_with(folder),
            // A file that is not there is told when it is read.
            _ => true,
        }
    }
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotUtf8 { offset, text } => LoadError::NotUtf8 { offset, text },
            other => LoadError::Unreadable(other.to_string()),
        }
    }
}

/// A path without `.` and, where they take back a folder named before, without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut parts: Vec<Component> = Vec::new();
    for part in path.components() {
        match (part, parts.last()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.iter().collect()
}

fn read_limited(path: &Path, limit: u64) -> Result<String, ReadError> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(ReadError::Directory);
    }
    if about.len() > limit {
        return Err(ReadError::TooLarge { limit });
    }
    // A pipe or a device does not say its length, and a file may grow meanwhile. The byte more is what
    // tells that there is nothing more.
    let mut bytes = Vec::with_capacity(about.len() as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge { limit });
    }
    decode(bytes)
}

/// The text of these bytes, or where they are not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        ReadError::NotUtf8 { offset, text }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own that goes away with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("wf-{}-{name}", std::process::id()));
            fs::create_dir_all(path.join("lib")).unwrap();
            Self(path)
        }

        fn put(&self, name: &str, bytes: &[u8]) -> String {
            let path = self.path(name);
            fs::write(&path, bytes).unwrap();
            path
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_str().unwrap().to_owned()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // A folder left behind in the temporary directory does no harm.
            let _gone = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_can_be_read_and_what_not() {
        let folder = Folder::new("read");
        let disk = Disk::new();
        assert_eq!(disk.read(&folder.put("a.wf", "名".as_bytes())), Ok("名".to_owned()));
        assert_eq!(disk.read(&folder.put("empty.wf", b"")), Ok(String::new()));
        assert_eq!(disk.read(&folder.path("none.wf")), Err(ReadError::Missing));
        assert_eq!(disk.read(&folder.path("a.wf/b.wf")), Err(ReadError::Missing));
        assert_eq!(disk.read(&folder.path("lib")), Err(ReadError::Directory));
        assert!(matches!(disk.read("a\0b"), Err(ReadError::Other(_))));
        let six = folder.put("six.wf", b"123456");
        assert_eq!(read_limited(Path::new(&six), 6), Ok("123456".to_owned()));
        let limit = 5;
        assert_eq!(read_limited(Path::new(&six), limit), Err(ReadError::TooLarge { limit }));
        assert_eq!(
            ReadError::TooLarge { limit: MAX_BYTES }.to_string(),
            "it is larger than 64 MiB"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_end_is_too_large() {
        let limit = 1000;
        let read = read_limited(Path::new("/dev/zero"), limit);
        assert_eq!(read, Err(ReadError::TooLarge { limit }));
    }

    #[test]
    fn the_first_wrong_byte_is_named() {
        let folder = Folder::new("utf8");
        let path = folder.put("a.wf", b"a\xe9b\xff");
        let text = "a\u{fffd}b\u{fffd}".to_owned();
        assert_eq!(Disk::new().read(&path), Err(ReadError::NotUtf8 { offset: 1, text }));
        let Err(ReadError::NotUtf8 { offset, text }) = decode(b"\xe5\x90\x8d\xe5\x90".to_vec())
        else {
            panic!("a character is cut off")
        };
        assert_eq!((offset, text.as_str()), (3, "名\u{fffd}"));
    }

    #[test]
    fn paths_are_made_short() {
        let short = |path: &str| normal(Path::new(path)).to_str().unwrap().to_owned();
        assert_eq!(short("./a/./b/../c.wf"), "a/c.wf");
        assert_eq!(short("a/../../c.wf"), "../c.wf");
        assert_eq!(short("../../c.wf"), "../../c.wf");
        assert_eq!(short("/../a.wf"), "/a.wf");
    }

    #[test]
    fn imports_are_relative_to_their_file() {
        let disk = Disk::new();
        let resolve = |importer: &str, path: &str| disk.resolve(importer, path);
        assert_eq!(resolve("no/a.wf", "b.wf"), Ok("no/b.wf".to_owned()));
        assert_eq!(resolve("a.wf", "./no/b.wf"), Ok("no/b.wf".to_owned()));
        assert_eq!(resolve("no/a.wf", "../b.wf"), Ok("b.wf".to_owned()));
        assert_eq!(resolve("/no/a.wf", "../b.wf"), Ok("/b.wf".to_owned()));
        assert_eq!(resolve("a.wf", "/etc/b.wf"), Err(ReadError::Absolute));
    }

    #[test]
    fn a_file_has_one_name() {
        let folder = Folder::new("names");
        let disk = Disk::new();
        let (main, lib) = (folder.put("main.wf", b""), folder.put("lib/b.wf", b""));
        let odd = folder.path("lib/.././main.wf");
        assert_eq!(disk.open(&odd), odd, "as the user gave it");
        assert_eq!(disk.open(&main), odd);
        assert_eq!(disk.resolve(&odd, "lib/b.wf"), Ok(lib.clone()));
        assert_eq!(disk.resolve(&lib, "../main.wf"), Ok(odd.clone()));
        assert_eq!(disk.resolve(&lib, "../lib/b.wf"), Ok(lib));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_the_file_that_they_lead_to() {
        let folder = Folder::new("links");
        let disk = Disk::new();
        fs::create_dir_all(folder.path("deep/inner")).unwrap();
        let main = folder.put("main.wf", b"outer");
        let inner = folder.put("deep/main.wf", b"inner");
        std::os::unix::fs::symlink(&main, folder.path("link.wf")).unwrap();
        std::os::unix::fs::symlink(folder.path("deep/inner"), folder.path("dir")).unwrap();
        assert_eq!(disk.open(&main), main);
        assert_eq!(disk.resolve(&main, "link.wf"), Ok(main.clone()));
        // `dir/..` is `deep`, where the link leads to, and not the folder that the link is in.
        let through = disk.resolve(&main, "dir/../main.wf").unwrap();
        assert_eq!(disk.read(&through), Ok("inner".to_owned()));
        assert_eq!(disk.open(&inner), through);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_beside() {
        let folder = Folder::new("beside");
        let disk = Disk::new();
        fs::create_dir_all(folder.path("app/texts")).unwrap();
        let main = folder.put("app/main.wf", b"");
        let secret = folder.put("secret.txt", b"s");
        let inside = folder.put("app/texts/a.txt", b"a");
        std::os::unix::fs::symlink(&secret, folder.path("app/out.txt")).unwrap();
        std::os::unix::fs::symlink(&inside, folder.path("app/in.txt")).unwrap();
        let is_beside = |path: &str| {
            let path = disk.resolve(&main, path).unwrap();
            disk.is_beside(&main, &path)
        };
        assert!(is_beside("in.txt") && is_beside("texts/a.txt") && is_beside("texts/../in.txt"));
        assert!(!is_beside("out.txt") && !is_beside("../secret.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_a_program_names_is_not_opened() {
        let folder = Folder::new("pipe");
        let disk = Disk::new();
        let main = folder.put("main.wf", b"");
        let pipe = folder.path("pipe.txt");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()));
        std::os::unix::fs::symlink("/dev/zero", folder.path("zero.txt")).unwrap();
        assert_eq!(disk.resolve(&main, "pipe.txt"), Err(ReadError::Irregular));
        assert_eq!(disk.resolve(&main, "zero.txt"), Err(ReadError::Irregular));
    }
}
