//! The nodes against a server of the test, and against files.

mod auth;
mod bodies;
mod guard;
mod hostile;
mod live;
mod raw;
mod replay;
mod server;
mod size;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::runtime::Runtime;
use wf_vm::bytecode::{TypeDesc, TypeIdx};
use wf_vm::testing::{TestCall, test_step};
use wf_vm::{Answer, Node, NodeFailure, Nodes, Value};

use super::{Http, HttpMode, HttpPolicy, add_nodes};
use crate::test_support::{Types, runtime};

/// Nodes and the runtime that they wait on.
struct Bench {
    _runtime: Runtime,
    nodes: Nodes,
    http: Arc<Http>,
}

impl Bench {
    fn new(mode: HttpMode) -> Self {
        Self::open(mode).expect("the mode can be used")
    }

    fn open(mode: HttpMode) -> Result<Self, crate::IoError> {
        Self::with(mode, HttpPolicy::new())
    }

    fn under(policy: HttpPolicy) -> Self {
        Self::with(HttpMode::Live, policy).expect("the mode can be used")
    }

    fn with(mode: HttpMode, policy: HttpPolicy) -> Result<Self, crate::IoError> {
        let runtime = runtime();
        let http = Http::new(runtime.handle().clone(), mode, policy)?;
        let mut nodes = Nodes::new();
        add_nodes(&http, &mut nodes);
        Ok(Self { _runtime: runtime, nodes, http })
    }

    fn node(&self, name: &str) -> Arc<dyn Node> {
        Arc::clone(self.nodes.get(name).expect("a node of this name"))
    }

    fn run(&self, name: &str, call: &TestCall) -> Result<Json, NodeFailure> {
        match call.run(&*self.node(name))? {
            Answer::Json(text) => Ok(serde_json::from_str(&text).expect("the answer is JSON")),
            Answer::Value(value) => panic!("a value: {value:?}"),
        }
    }

    fn ok(&self, name: &str, call: &TestCall) -> Json {
        self.run(name, call).expect("the call goes well")
    }

    fn failure(&self, name: &str, call: &TestCall) -> NodeFailure {
        self.run(name, call).expect_err("the call fails")
    }
}

/// What an answer is read as.
#[derive(Clone, Copy)]
enum As {
    Json,
    Text,
    TextOrNull,
}

/// A call of the step `fetch` with this input.
fn call(read: As, input: &[(&str, Value)]) -> TestCall {
    let mut types = Types::new();
    let text = types.add(TypeDesc::String);
    let optional = types.add(TypeDesc::Optional(text));
    types.program.steps.push(test_step("fetch"));
    let input = types.input(input);
    let mut call = types.call(input, TypeIdx(0));
    call.type_args = vec![match read {
        As::Json => TypeIdx(0),
        As::Text => text,
        As::TextOrNull => optional,
    }];
    call
}

fn get(url: &str) -> TestCall {
    call(As::Json, &[("url", Value::string(url))])
}

fn temp_file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("wf-stdlib-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}
