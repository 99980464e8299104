//! `process.run`

mod run;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use wf_vm::{Node, NodeCall, NodeFailure, Nodes, Started, Value};

use crate::IoError;
use crate::call::{Promise, input, int, invalid, text, texts};
use crate::io::Waiting;
use run::Order;

pub(crate) const SIGNATURES: &[(&str, &str)] =
    &[("process/run.wf", include_str!("process/run.wf"))];

/// How long a program may take where nothing else is said.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// How much a program may be allowed to write: what a value may have.
const MAX_OUTPUT: i64 = 10_000_000;

/// How many bytes arguments and environment may have.
const MAX_ARGUMENTS: usize = 128 << 10;

/// Adds the node.
pub(crate) fn add_nodes(waiting: &Waiting, programs: &Arc<Programs>, nodes: &mut Nodes) {
    let (waiting, programs) = (waiting.clone(), Arc::clone(programs));
    nodes.add("process.run", Arc::new(Run { waiting, programs }));
}

/// The programs that may be run: how each is called, and where it is.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    paths: HashMap<String, PathBuf>,
}

impl Programs {
    /// Looks where the programs are.
    ///
    /// # Errors
    /// One is not found.
    pub(crate) fn find(names: &[String]) -> Result<Self, IoError> {
        let find = |name: &String| {
            let told = || IoError::File {
                path: name.clone(),
                message: "there is no such program".to_owned(),
            };
            let path = if Path::new(name).components().count() == 1 && !name.starts_with('.') {
                let folders = std::env::var_os("PATH").unwrap_or_default();
                let mut found = std::env::split_paths(&folders)
                    .filter(|folder| folder.is_absolute())
                    .map(|folder| folder.join(name));
                found.find(|path| is_program(path))
            } else {
                std::path::absolute(name).ok().filter(|path| is_program(path))
            };
            path.map(|path| (name.clone(), path)).ok_or_else(told)
        };
        Ok(Self { paths: names.iter().map(find).collect::<Result<_, _>>()? })
    }
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = std::fs::metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

struct Run {
    waiting: Waiting,
    programs: Arc<Programs>,
}

impl Node for Run {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let order = match self.order(call) {
            Ok(order) => order,
            Err(failure) => return Started::Ready(Err(failure)),
        };
        let promise = Promise::new(call.completion());
        self.waiting.spawn(async move { promise.keep(run::run(order).await) })
    }
}

impl Run {
    fn order(&self, call: &NodeCall<'_>) -> Result<Order, NodeFailure> {
        let program = text(call, "program").unwrap_or_default();
        let Some(path) = self.programs.paths.get(program) else {
            let message =
                format!("`{program}` may not be run: `wf run --allow-process {program}` allows it");
            return Err(NodeFailure::new("NotAllowed", message));
        };
        let arguments = texts(call, "arguments").unwrap_or_default();
        let environment = environment(call)?;
        let length = arguments.iter().map(|text| text.len()).sum::<usize>()
            + environment.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        if length > MAX_ARGUMENTS {
            let message = format!(
                "`arguments` and `environment` have more than {} KiB; `stdin` takes more",
                MAX_ARGUMENTS >> 10
            );
            return Err(invalid(message));
        }
        if arguments.iter().any(|text| text.contains('\0')) {
            return Err(invalid("an argument holds a zero byte"));
        }
        let most = int(call, "maxOutput").unwrap_or(1 << 20);
        if !(0..=MAX_OUTPUT).contains(&most) {
            return Err(invalid(format!("`maxOutput` is {most}, and can be 0 to {MAX_OUTPUT}")));
        }
        let accept = match input(call, "accept") {
            Some(Value::List(codes)) => codes.as_slice(),
            _ => &[],
        };
        let code = |code: &Value| match code {
            Value::Int(code) => Some(*code),
            _ => None,
        };
        let timeout = call.timeout.and_then(|micros| u64::try_from(micros).ok());
        let mut command = Command::new(path);
        command
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that what it begins can be ended with it.
        #[cfg(unix)]
        command.process_group(0);
        Ok(Order {
            program: program.to_owned(),
            command,
            stdin: text(call, "stdin").unwrap_or_default().to_owned(),
            accept: accept.iter().filter_map(code).collect(),
            most: usize::try_from(most).unwrap_or(0),
            timeout: timeout.map_or(DEFAULT_TIMEOUT, Duration::from_micros),
        })
    }
}

fn environment<'a>(call: &NodeCall<'a>) -> Result<Vec<(&'a str, &'a str)>, NodeFailure> {
    let Some(Value::Map(entries)) = input(call, "environment") else { return Ok(Vec::new()) };
    let mut environment = Vec::new();
    for (name, value) in entries.entries() {
        let Value::String(value) = value else { continue };
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(invalid(format!(
                "{} can't be in an environment",
                crate::textual::quote(name)
            )));
        }
        environment.push((name.as_str(), value.as_str()));
    }
    Ok(environment)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
