//! A call without a machine, for tests of nodes.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;
use wf_bytecode::{Program, StepInfo, StepKind, TypeIdx};
use wf_diagnostics::{FileId, Span};

use crate::node::{CallServices, Closure, Ending};
use crate::{
    Answer, Completion, Failure, FailureKind, LambdaRef, Logger, Mask, Node, NodeCall, NodeFailure,
    RunInfo, Started, Value,
};

/// What stands for a lambda of the program.
pub type TestLambda = Box<dyn Fn(&[Value]) -> Result<Value, Failure> + Send + Sync>;

/// How a call ended.
pub type TestOutcome = Result<Answer, NodeFailure>;

/// Something that a node told the observers: level, message, data.
pub type TestLog = (&'static str, String, Option<String>);

/// A step of this name that runs a node.
pub fn test_step(name: &str) -> StepInfo {
    let (input, output) = (TypeIdx(0), TypeIdx(0));
    let kind = StepKind::Node { node: 0, type_args: Vec::new(), input, output, tried: false };
    let span = Span::new(FileId(0), 0, 0);
    StepInfo { name: name.into(), kind, span, workflow: 0, slot: None }
}

/// A call under construction; the fields are those of [`NodeCall`].
pub struct TestCall {
    /// The program.
    pub program: Arc<Program>,
    /// The step.
    pub step: u16,
    /// The key of the call.
    pub key: Uuid,
    /// The attempt.
    pub attempt: u32,
    /// The input.
    pub input: Value,
    /// The type arguments.
    pub type_args: Vec<TypeIdx>,
    /// The type of the input.
    pub input_type: TypeIdx,
    /// The type of the output.
    pub output_type: TypeIdx,
    /// How long the attempt may take, in microseconds.
    pub timeout: Option<i64>,
    /// How long connecting may take, in microseconds.
    pub connect_timeout: Option<i64>,
    /// The time, in microseconds since 1970.
    pub now: i64,
    /// The secrets of the run.
    pub mask: Arc<Mask>,
    lambdas: Vec<TestLambda>,
    logs: Arc<Mutex<Vec<TestLog>>>,
    sender: Mutex<Sender<Ending>>,
    receiver: Mutex<Receiver<Ending>>,
}

impl TestCall {
    /// A call with this input and output type, and nothing else.
    pub fn new(program: Arc<Program>, input: Value, output_type: TypeIdx) -> Self {
        let (sender, receiver) = channel();
        Self {
            program,
            step: 0,
            key: Uuid::from_u128(7),
            attempt: 1,
            input,
            type_args: Vec::new(),
            input_type: TypeIdx(0),
            output_type,
            timeout: None,
            connect_timeout: None,
            now: 1_700_000_000_000_000,
            mask: Arc::default(),
            lambdas: Vec::new(),
            logs: Arc::default(),
            sender: Mutex::new(sender),
            receiver: Mutex::new(receiver),
        }
    }

    /// A lambda that runs a closure of the test, to be put into the input.
    pub fn lambda(&mut self, lambda: TestLambda) -> Value {
        self.lambdas.push(lambda);
        let function = u16::try_from(self.lambdas.len() - 1).expect("a test has few lambdas");
        Value::Lambda(LambdaRef { closure: Arc::new(Closure { function, captures: Vec::new() }) })
    }

    /// Starts a node.
    pub fn start(&self, node: &dyn Node) -> Started {
        node.start(&self.call())
    }

    fn call(&self) -> NodeCall<'_> {
        NodeCall {
            program: &self.program,
            run: RunInfo { id: Uuid::nil(), workflow: "test" },
            step: self.step,
            key: self.key.into(),
            attempt: self.attempt,
            input: &self.input,
            type_args: &self.type_args,
            input_type: self.input_type,
            output_type: self.output_type,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            shape: crate::interp::record_shape(self.output_type, &self.program),
            layouts: &[],
            services: self,
        }
    }

    /// Starts a node and waits for its outcome, half a minute at most.
    pub fn run(&self, node: &dyn Node) -> TestOutcome {
        match self.start(node) {
            Started::Ready(outcome) => outcome,
            Started::Pending(cancel) => {
                let outcome = self.outcome(Duration::from_secs(30));
                drop(cancel);
                outcome.expect("a node completes its call")
            }
        }
    }

    /// The outcome of a pending call, if it comes in time; each time that the node goes on has as long.
    pub fn outcome(&self, within: Duration) -> Option<TestOutcome> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match receiver.recv_timeout(within).ok()? {
                Ending::Outcome(outcome) => return Some(outcome),
                Ending::GoOn(next) => {
                    if let Started::Ready(outcome) = next(&self.call()) {
                        return Some(outcome);
                    }
                }
            }
        }
    }

    /// What was told to the observers.
    pub fn logs(&self) -> Vec<TestLog> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl CallServices for TestCall {
    fn place(&self) -> Uuid {
        self.key
    }

    fn completion(&self) -> Completion {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // The test may be over when a call that it gave up is completed.
        Completion(Box::new(move |outcome| drop(sender.send(outcome))))
    }

    fn call_lambda(&self, lambda: &LambdaRef, args: Vec<Value>) -> Result<Value, Failure> {
        match self.lambdas.get(usize::from(lambda.closure.function)) {
            Some(run) => run(&args),
            None => Err(Failure::new(FailureKind::Internal, "Internal", "no such lambda")),
        }
    }

    fn log(&self, level: &'static str, message: String, data: Option<String>) {
        let entry = (level, message, data);
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn logger(&self) -> Logger {
        let logs = Arc::clone(&self.logs);
        Logger(Arc::new(move |level, message, data| {
            logs.lock().unwrap_or_else(PoisonError::into_inner).push((level, message, data));
        }))
    }

    fn mask(&self) -> Arc<Mask> {
        Arc::clone(&self.mask)
    }

    fn now(&self) -> i64 {
        self.now
    }
}
