//! What a node is, to the machine: something that is handed a call and answers now or later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use smol_str::SmolStr;
use uuid::Uuid;
use wf_bytecode::{Program, ShapeIdx, TypeDesc, TypeIdx};

use crate::{CallKey, Failure, Mask, Value};

/// An implementation of a node. Its signature is `.wf` text that stands beside it.
pub trait Node: Send + Sync {
    /// Begins a call. A node that has its answer at once gives it at once; one that must wait
    /// takes [`NodeCall::completion`] along and returns [`Started::Pending`]. It never blocks.
    fn start(&self, call: &NodeCall<'_>) -> Started;
}

/// How a call began.
pub enum Started {
    /// It is over.
    Ready(Result<Answer, NodeFailure>),
    /// Its completion will be told; dropping or calling the handle cancels it.
    Pending(Box<dyn Cancel>),
}

/// Gives up a pending call. The answer may still come; it is ignored then.
pub trait Cancel: Send {
    /// Gives up.
    fn cancel(self: Box<Self>);
}

/// The outcome of a call that went well.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The output as JSON text: decoded and checked by the machine.
    Json(String),
    /// The output as a value of the output's type, for nodes that need no border: fields are in
    /// the order of [`NodeCall::output_shape`].
    Value(Value),
}

/// Why a call failed.
#[derive(Clone, Debug)]
pub struct NodeFailure {
    /// One of the node's codes, as `Timeout`, `Connect`, `Http404`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// The status, for nodes over HTTP.
    pub status_code: Option<i64>,
    /// The rest as JSON text, as the body of a failed answer.
    pub details: Option<String>,
    /// Whether a retry without `on:` calls again: connection failures, timeouts, 408, 429, 5xx.
    pub transient: bool,
    /// How long the service asks to wait, in microseconds (`Retry-After`).
    pub retry_after: Option<i64>,
}

impl NodeFailure {
    /// A failure that is not transient.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self {
            code,
            message,
            status_code: None,
            details: None,
            transient: false,
            retry_after: None,
        }
    }
}

/// One call of a node.
pub struct NodeCall<'a> {
    /// The program: its shapes and types.
    pub program: &'a Arc<Program>,
    /// The run.
    pub run: RunInfo<'a>,
    /// The step, an index into the program's steps.
    pub step: u16,
    /// The stable key of the call without the attempt: run, call path, step, loop indices. Used as
    /// idempotency key and seed.
    pub key: CallKey,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The input: a record.
    pub input: &'a Value,
    /// The types given for the type parameters.
    pub type_args: &'a [TypeIdx],
    /// The type of the input.
    pub input_type: TypeIdx,
    /// The type of the output.
    pub output_type: TypeIdx,
    /// How long the attempt may take, in microseconds.
    pub timeout: Option<i64>,
    /// How long connecting may take, in microseconds.
    pub connect_timeout: Option<i64>,
    /// The shape of the output, where it is a record.
    pub(crate) shape: Option<ShapeIdx>,
    pub(crate) layouts: &'a Layouts,
    pub(crate) services: &'a dyn CallServices,
}

/// For each shape of a program which names fitted it last, see [`mark`]: a node that asks with the same
/// ones again is told without comparing them. Nobody asks about shapes that are not there.
pub(crate) type Layouts = [AtomicU64];

/// A table of names that lives for ever is known by its place and the number of its names; `None` where
/// both don't fit into a number. The place has bits to spare.
#[inline]
fn mark(names: &'static [&'static str]) -> Option<u64> {
    let (place, count) = (names.as_ptr().addr() as u64, names.len() as u64);
    (place < 1 << 56 && count < 1 << 8).then_some(place | count << 56)
}

/// Whether a shape has exactly these fields in this order.
#[inline]
fn has_fields(
    names: &'static [&'static str],
    shape: ShapeIdx,
    program: &Program,
    layouts: &Layouts,
) -> bool {
    let (known, mark) = (layouts.get(usize::from(shape.0)), mark(names));
    match (known, mark) {
        (Some(known), Some(mark)) if known.load(Ordering::Relaxed) == mark => true,
        _ => compare_fields(names, shape, program, known.zip(mark)),
    }
}

/// Compares the names, and notes that they fit.
#[cold]
fn compare_fields(
    names: &'static [&'static str],
    shape: ShapeIdx,
    program: &Program,
    note: Option<(&AtomicU64, u64)>,
) -> bool {
    let Some(shape) = program.shapes.get(usize::from(shape.0)) else { return false };
    let fits = shape.fields.iter().eq(names.iter());
    if let (true, Some((known, mark))) = (fits, note) {
        known.store(mark, Ordering::Relaxed);
    }
    fits
}

/// The run that a call belongs to.
#[derive(Clone, Copy, Debug)]
pub struct RunInfo<'a> {
    /// Its id.
    pub id: Uuid,
    /// The workflow's name.
    pub workflow: &'a str,
}

/// What the machine does for a call, behind the methods of [`NodeCall`].
pub(crate) trait CallServices {
    fn place(&self) -> Uuid;
    fn completion(&self) -> Completion;
    fn call_lambda(&self, lambda: &LambdaRef, args: Vec<Value>) -> Result<Value, Failure>;
    fn log(&self, level: &'static str, message: String, data: Option<String>);
    fn logger(&self) -> Logger;
    fn now(&self) -> i64;
    fn mask(&self) -> Arc<Mask>;
}

impl NodeCall<'_> {
    /// The key without the run: equal in all runs of a program, so that what was recorded in one is
    /// found again in another.
    pub fn place(&self) -> Uuid {
        self.services.place()
    }

    /// The shape of the output, where its type is a record.
    pub fn output_shape(&self) -> Option<ShapeIdx> {
        self.shape
    }

    /// Whether the input is a record of exactly these fields in this order, so that they can be taken
    /// by their slots. It is quick where a step asks again with the same table of names.
    #[inline]
    pub fn input_has(&self, names: &'static [&'static str]) -> bool {
        let Value::Record(record) = self.input else { return false };
        has_fields(names, record.shape(), self.program, self.layouts)
    }

    /// The shape of the output, where it is a record of exactly these fields in this order: a record
    /// of them is the answer as it is. As quick as [`input_has`](Self::input_has).
    #[inline]
    pub fn output_with(&self, names: &'static [&'static str]) -> Option<ShapeIdx> {
        let shape = self.output_shape()?;
        has_fields(names, shape, self.program, self.layouts).then_some(shape)
    }

    /// Whether the program reads a field of the output. What it does not read need not be made, and
    /// is left out of the answer.
    pub fn reads_output(&self, field: &str) -> bool {
        let desc = self.program.types.get(usize::from(self.output_type.0));
        let Some(TypeDesc::Record { shape, fields, .. }) = desc else { return true };
        let names = self.program.shapes.get(usize::from(shape.0)).map_or(&[][..], |s| &s.fields);
        let field = names.iter().zip(fields).find(|(name, _)| *name == field);
        field.is_none_or(|(_, field)| field.demanded)
    }

    /// The handle by which a pending call is completed, from any thread.
    pub fn completion(&self) -> Completion {
        self.services.completion()
    }

    /// Runs a lambda of the input on the machine: pure, at once, within the run's limits.
    ///
    /// # Errors
    /// The failure of the lambda; the node passes it on by [`NodeFailure`] or as it is.
    pub fn call_lambda(&self, lambda: &LambdaRef, args: Vec<Value>) -> Result<Value, Failure> {
        self.services.call_lambda(lambda, args)
    }

    /// Tells the observers something for people.
    pub fn log(&self, level: &'static str, message: String, data: Option<String>) {
        self.services.log(level, message, data);
    }

    /// The same for a node that answers later: what it says while it works is told with the step and
    /// the loops of this call.
    pub fn logger(&self) -> Logger {
        self.services.logger()
    }

    /// The secrets of the run, to be left out of files and texts that the node writes besides its
    /// answer: those of failures and logs the machine masks itself.
    pub fn mask(&self) -> Arc<Mask> {
        self.services.mask()
    }

    /// The time in microseconds since 1970; the same however often a call asks.
    pub fn now(&self) -> i64 {
        self.services.now()
    }
}

/// Completes a pending call, once.
pub struct Completion(pub(crate) Box<dyn FnOnce(Ending) + Send>);

/// How a pending call comes back to the machine.
pub(crate) enum Ending {
    /// It is over.
    Outcome(Result<Answer, NodeFailure>),
    /// The node goes on with it.
    GoOn(GoOn),
}

/// What a node does next, on a worker of the machine.
pub(crate) type GoOn = Box<dyn FnOnce(&NodeCall<'_>) -> Started + Send>;

impl Completion {
    /// Hands the outcome to the machine.
    pub fn finish(self, outcome: Result<Answer, NodeFailure>) {
        (self.0)(Ending::Outcome(outcome));
    }

    /// Lets the node go on with the same call on a worker of the machine, where it may run lambdas
    /// again: `next` is what [`Node::start`] was. The time of the call stands still meanwhile, its
    /// timeout does not.
    pub fn go_on(self, next: impl FnOnce(&NodeCall<'_>) -> Started + Send + 'static) {
        (self.0)(Ending::GoOn(Box::new(next)));
    }
}

/// Tells the observers of a run something for people, from any thread. When the run has ended, nobody
/// hears it.
#[derive(Clone)]
pub struct Logger(pub(crate) LogFn);

/// What a [`Logger`] tells by: level, text, data as JSON text.
pub(crate) type LogFn = Arc<dyn Fn(&'static str, String, Option<String>) + Send + Sync>;

impl Logger {
    /// Tells it: `level` is `info`, `warn` or `error`, `data` is JSON text.
    pub fn log(&self, level: &'static str, message: String, data: Option<String>) {
        (self.0)(level, message, data);
    }
}

/// A lambda that was given to a node.
#[derive(Clone, Debug)]
pub struct LambdaRef {
    pub(crate) closure: Arc<Closure>,
}

impl LambdaRef {
    /// Its function, by which the program knows what stores can work out of it.
    pub fn function(&self) -> u16 {
        self.closure.function
    }

    /// What it captured, in the order of its registers.
    pub fn captures(&self) -> &[Value] {
        &self.closure.captures
    }
}

/// A function and the values that it captured.
#[derive(Debug)]
pub(crate) struct Closure {
    pub(crate) function: u16,
    pub(crate) captures: Vec<Value>,
}

/// The nodes of a host by their names, with their signatures in `.wf` text.
#[derive(Default)]
pub struct Nodes {
    nodes: IndexMap<SmolStr, Arc<dyn Node>, RandomState>,
}

impl Nodes {
    /// No nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node, or replaces the one of this name.
    pub fn add(&mut self, name: impl Into<SmolStr>, node: Arc<dyn Node>) {
        self.nodes.insert(name.into(), node);
    }

    /// Puts a node around each of them, which `around` makes of the name and the node.
    pub fn wrap(&mut self, around: impl Fn(&str, Arc<dyn Node>) -> Arc<dyn Node>) {
        for (name, node) in &mut self.nodes {
            *node = around(name, Arc::clone(node));
        }
    }

    /// The node of this name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Node>> {
        self.nodes.get(name)
    }
}

/// A library function: pure, total but for limits and what its documentation says.
///
/// It gets its arguments in order, all boxed, and the program for its shapes.
///
/// # Errors
/// A [`Failure`] of kind `Pure` or `Decode`; the machine adds the place.
pub type NativeFn = fn(&Program, &mut [Value]) -> Result<Value, Failure>;

/// The library functions of a host by their names.
#[derive(Default)]
pub struct NativeFns {
    functions: IndexMap<SmolStr, NativeFn, RandomState>,
}

impl NativeFns {
    /// No functions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function, or replaces the one of this name.
    pub fn add(&mut self, name: impl Into<SmolStr>, function: NativeFn) {
        self.functions.insert(name.into(), function);
    }

    /// The function of this name.
    pub fn get(&self, name: &str) -> Option<NativeFn> {
        self.functions.get(name).copied()
    }
}
