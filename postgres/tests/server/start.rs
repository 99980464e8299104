//! A server of PostgreSQL in a folder of its own, on a socket there, which ends with the test.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server that runs.
pub(crate) struct Server {
    bin: PathBuf,
    folder: PathBuf,
    user: Option<(u32, u32)>,
    child: Child,
}

/// A transaction that is open for some seconds; dropped, it is waited for.
#[allow(dead_code, reason = "not every test binary holds one")]
pub(crate) struct Held(Child);

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.wait());
    }
}

impl Server {
    /// Starts a server; tells why where there is none on this machine.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = newest() else {
            skipped("there is no PostgreSQL in /usr/lib/postgresql");
            return None;
        };
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let user = if is_root { user("postgres").or_else(|| user("nobody")) } else { None };
        if is_root && user.is_none() {
            skipped("PostgreSQL does not run as root, and there is no other user");
            return None;
        }
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // The path of a socket must be short.
        let folder = std::env::temp_dir().join(format!("wf-pg-{}-{number}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).expect("a folder");
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("the folder is given away");
        }
        let made = command(&bin.join("initdb"), user)
            .args(["-U", "wf", "-A", "trust", "--locale=C", "-E", "UTF8", "-N", "-D"])
            .arg(folder.join("data"))
            .current_dir(&folder)
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let child = run(&bin, &folder, user);
        let server = Self { bin, folder, user, child };
        server.wait();
        Some(server)
    }

    /// The URL of its database, with more parameters.
    pub(crate) fn url(&self, more: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://wf@{folder}/postgres{more}")
    }

    fn psql(&self, sql: &str) -> Command {
        let mut psql = command(&self.bin.join("psql"), self.user);
        psql.arg("-h").arg(&self.folder).args(["-U", "wf", "-d", "postgres", "-qc", sql]);
        psql.current_dir(&self.folder);
        psql
    }

    /// Whether SQL succeeds in another connection.
    #[allow(dead_code, reason = "not every test binary asks")]
    pub(crate) fn succeeds(&self, sql: &str) -> bool {
        self.psql(sql).output().expect("psql runs").status.success()
    }

    /// Runs SQL in another connection.
    pub(crate) fn run_sql(&self, sql: &str) {
        let done = self.psql(sql).output().expect("psql runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn wait(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.psql("SELECT 1").output().expect("psql runs").status.success() {
            assert!(Instant::now() < until, "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it at once, as a machine does that loses its power.
    #[allow(dead_code, reason = "not every test binary does")]
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it has ended");
    }

    /// Starts it again on what it left.
    #[allow(dead_code, reason = "not every test binary does")]
    pub(crate) fn again(&mut self) {
        // What it began may still be ending.
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            drop(std::fs::remove_file(self.folder.join("data/postmaster.pid")));
            self.child = run(&self.bin, &self.folder, self.user);
            std::thread::sleep(Duration::from_millis(500));
            if self.child.try_wait().expect("its state").is_none() {
                break;
            }
            assert!(Instant::now() < until, "the server does not start again");
        }
        self.wait();
    }

    /// Holds a lock in another connection, for six seconds.
    #[allow(dead_code, reason = "not every test binary does")]
    pub(crate) fn hold(&self, sql: &str) -> Held {
        let mut psql = self.psql(&format!("BEGIN; {sql}; SELECT pg_sleep(6)"));
        let held = psql.stdout(Stdio::null()).spawn();
        let held = Held(held.expect("psql runs"));
        std::thread::sleep(Duration::from_millis(700));
        held
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn run(bin: &Path, folder: &Path, user: Option<(u32, u32)>) -> Child {
    command(&bin.join("postgres"), user)
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts")
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// The programs of the newest version.
fn newest() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = versions.filter(|path| path.join("bin/initdb").exists());
    newest.max_by_key(|path| version(path)).map(|path| path.join("bin"))
}

/// The numbers of a user and its group.
fn user(name: &str) -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Says why nothing is tried.
#[expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
