//! A program from its start to its end.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use wf_vm::{Answer, NodeFailure};

use crate::call::{Outcome, internal};
use crate::textual::quote;

/// How much of the output goes into the details of a failure.
const MAX_DETAILS: usize = 16 << 10;

/// A program that is to be run.
pub(super) struct Order {
    pub(super) program: String,
    pub(super) command: Command,
    pub(super) stdin: String,
    /// Exit codes besides 0 that are no failure.
    pub(super) accept: Vec<i64>,
    /// How many bytes it may write, to each of both.
    pub(super) most: usize,
    pub(super) timeout: Duration,
}

/// A program that runs, and with it what it has begun. All of them end when this is dropped.
struct Running {
    child: Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    fn new(child: Child) -> Self {
        #[cfg(unix)]
        let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        Self {
            child,
            #[cfg(unix)]
            group,
        }
    }

    /// Ends what the program has begun. Its number may go to others once all have ended.
    fn end_group(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group.take() {
            // Where all of them have ended there is none to tell.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end_group();
        drop(self.child.start_kill());
    }
}

/// A program writes more than it may.
struct TooMuch;

pub(super) async fn run(mut order: Order) -> Outcome {
    let program = order.program.clone();
    let child = order.command.spawn().map_err(|error| {
        NodeFailure::new("Process", format!("`{program}` can't be started: {error}"))
    })?;
    let mut running = Running::new(child);
    let ended = tokio::time::timeout(order.timeout, attend(&mut running, &order)).await;
    drop(running);
    match ended {
        Ok(ended) => ended,
        Err(_) => {
            let message = format!("`{program}` did not end within {:?}", order.timeout);
            Err(NodeFailure { transient: true, ..NodeFailure::new("timeout", message) })
        }
    }
}

async fn attend(running: &mut Running, order: &Order) -> Outcome {
    let program = order.program.as_str();
    let child = &mut running.child;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program need not read what it is given.
            drop(stdin.write_all(order.stdin.as_bytes()).await);
            drop(stdin.shutdown().await);
        }
    };
    let output = async { tokio::try_join!(read(stdout, order.most), read(stderr, order.most)) };
    tokio::pin!(write, output);
    let (mut writing, mut written, mut ended) = (true, None, None);
    while written.is_none() || ended.is_none() {
        tokio::select! {
            () = &mut write, if writing => writing = false,
            found = &mut output, if written.is_none() => match found {
                Ok(found) => written = Some(found),
                Err(TooMuch) => {
                    let message = format!("`{program}` writes more than {} bytes", order.most);
                    return Err(NodeFailure::new("TooLarge", message));
                }
            },
            status = running.child.wait(), if ended.is_none() => {
                ended = Some(status);
                // What it has left behind would keep the output open.
                running.end_group();
            }
        }
    }
    let (Some((stdout, stderr)), Some(status)) = (written, ended) else {
        return Err(internal("a program ended without an end"));
    };
    let status = status.map_err(|error| {
        NodeFailure::new("Process", format!("`{program}` can't be waited for: {error}"))
    })?;
    let Some(code) = status.code() else {
        let message = format!("`{program}` was ended from outside: {status}");
        return Err(details(NodeFailure::new("Killed", message), None, &stdout, &stderr));
    };
    if code != 0 && !order.accept.contains(&i64::from(code)) {
        let said = last_line(&stderr).map(|line| format!(": {line}")).unwrap_or_default();
        let failure = NodeFailure::new("Exit", format!("`{program}` ended with {code}{said}"));
        return Err(details(failure, Some(code), &stdout, &stderr));
    }
    let text = |written: Vec<u8>, what: &str| {
        String::from_utf8(written).map(|text| quote(&text)).map_err(|_| {
            let message = format!("what `{program}` wrote to {what} is no UTF-8");
            NodeFailure::new("InvalidText", message)
        })
    };
    Ok(Answer::Json(format!(
        "{{\"exitCode\":{code},\"stdout\":{},\"stderr\":{},\"success\":true}}",
        text(stdout, "stdout")?,
        text(stderr, "stderr")?
    )))
}

/// All that comes.
async fn read(pipe: Option<impl AsyncRead + Unpin>, most: usize) -> Result<Vec<u8>, TooMuch> {
    let Some(pipe) = pipe else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    // A pipe that breaks ends as well.
    drop(pipe.take(limit).read_to_end(&mut bytes).await);
    if bytes.len() > most { Err(TooMuch) } else { Ok(bytes) }
}

/// The last line that is not empty, for a message.
fn last_line(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().take(200).collect())
}

fn details(failure: NodeFailure, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> NodeFailure {
    // The end says most.
    let end = |bytes: &[u8]| {
        let from = bytes.len().saturating_sub(MAX_DETAILS);
        quote(&String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()))
    };
    let code = code.map_or_else(|| "null".to_owned(), |code| code.to_string());
    let details =
        format!("{{\"exitCode\":{code},\"stdout\":{},\"stderr\":{}}}", end(stdout), end(stderr));
    NodeFailure { details: Some(details), ..failure }
}
