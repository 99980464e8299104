//! Nodes as Rust functions: what the engine wraps around them.

mod context;
mod error;
mod function;

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use wf_stdlib::Promise;
use wf_vm::{Answer, Cancel, Node, NodeCall, NodeFailure, Started, Value};

use crate::clock::IoRuntime;
use crate::data::types::{SUCCESS, signature_text};
use crate::data::{Record, Types};

pub use context::{Context, Level};
pub use error::NodeError;
pub use function::{AsyncFunction, SyncFunction};

/// A node of the host before the engine is there.
pub(crate) enum HostNode {
    /// Its signature is a text.
    Signed(String, Arc<dyn Node>),
    /// Its signature follows from types of Rust.
    Typed { signature: fn(&str, &mut Types) -> String, name: String, make: MakeNode },
}

/// Makes the node on the runtime of the engine.
pub(crate) type MakeNode = Box<dyn FnOnce(IoRuntime) -> Arc<dyn Node>>;

/// A node that waits without a thread.
pub(crate) fn waiting<M: 'static, F: AsyncFunction<M>>(name: String, function: F) -> HostNode {
    typed::<F::Input, F::Output>(name, move |runtime| {
        Arc::new(Waiting { function, runtime, marker: PhantomData })
    })
}

/// A node on a thread of its own.
pub(crate) fn blocking<M: 'static, F: SyncFunction<M>>(name: String, function: F) -> HostNode {
    typed::<F::Input, F::Output>(name, move |runtime| {
        let function = Arc::new(function);
        Arc::new(Blocking { function, runtime, marker: PhantomData })
    })
}

/// A node that answers where it is called.
pub(crate) fn immediate<M: 'static, F: SyncFunction<M>>(name: String, function: F) -> HostNode {
    typed::<F::Input, F::Output>(name, move |_| {
        Arc::new(Immediate { function, marker: PhantomData })
    })
}

fn typed<I: Record, O: Record>(
    name: String,
    make: impl FnOnce(IoRuntime) -> Arc<dyn Node> + 'static,
) -> HostNode {
    HostNode::Typed { signature: signature_text::<I, O>, name, make: Box::new(make) }
}

/// `M` only tells which arguments the function takes.
struct Waiting<F, M> {
    function: F,
    runtime: IoRuntime,
    marker: PhantomData<fn(M)>,
}

impl<M: 'static, F: AsyncFunction<M>> Node for Waiting<F, M> {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        started(call, |input| {
            let promise = Promise::new(call.completion());
            let context = Context::of(call);
            let mut given_up = GivenUp { context: context.clone(), task: None };
            if let Some(handle) = self.runtime.handle() {
                let work = Caught(Box::pin(self.function.call(input, context)));
                let task = handle.spawn(async move { promise.keep(outcome(work.await)) });
                given_up.task = Some(task.abort_handle());
            }
            Started::Pending(Box::new(given_up))
        })
    }
}

struct Blocking<F, M> {
    function: Arc<F>,
    runtime: IoRuntime,
    marker: PhantomData<fn(M)>,
}

impl<M: 'static, F: SyncFunction<M>> Node for Blocking<F, M> {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        started(call, |input| {
            let promise = Promise::new(call.completion());
            let context = Context::of(call);
            let given_up = GivenUp { context: context.clone(), task: None };
            if let Some(handle) = self.runtime.handle() {
                let function = Arc::clone(&self.function);
                handle.spawn_blocking(move || {
                    // It may have waited long for a thread.
                    if !context.is_cancelled() {
                        let called = || function.call(input, context);
                        promise.keep(outcome(catch_unwind(AssertUnwindSafe(called))));
                    }
                });
            }
            Started::Pending(Box::new(given_up))
        })
    }
}

struct Immediate<F, M> {
    function: F,
    marker: PhantomData<fn(M)>,
}

impl<M: 'static, F: SyncFunction<M>> Node for Immediate<F, M> {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        started(call, |input| {
            let called = || self.function.call(input, Context::of(call));
            Started::Ready(outcome(catch_unwind(AssertUnwindSafe(called))))
        })
    }
}

/// What a function made of a call; a panic is a failure of the step and of nothing else.
type Worked<O> = std::thread::Result<Result<O, NodeError>>;

/// Begins a call with its input as the struct that the function takes.
fn started<I: Record>(call: &NodeCall<'_>, begin: impl FnOnce(I) -> Started) -> Started {
    match I::from_value(call.input, call.program) {
        Ok(input) => begin(input),
        // What wf checks fits, but for numbers that are smaller in Rust.
        Err(error) => {
            let message = format!("the input does not fit: {error}");
            Started::Ready(Err(NodeFailure::new("InvalidInput", message)))
        }
    }
}

fn outcome<O: Record>(worked: Worked<O>) -> Result<Answer, NodeFailure> {
    let output = match worked {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(error.into_failure()),
        Err(panic) => return Err(panicked(&*panic)),
    };
    let value = output.to_value().map_err(|error| {
        NodeFailure::new("InvalidOutput", format!("the output does not fit: {error}"))
    })?;
    Ok(Answer::Value(with_success(value)))
}

/// Every output says that the node did what it was asked to.
fn with_success(value: Value) -> Value {
    match value {
        Value::Map(mut map) if !map.entries().contains_key(SUCCESS) => {
            map.make_mut().insert(SUCCESS.into(), Value::Bool(true));
            Value::Map(map)
        }
        other => other,
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> NodeFailure {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("it did not say why");
    NodeFailure::new("Panic", format!("the node panicked: {said}"))
}

/// A future whose panic is its value.
struct Caught<T>(Pin<Box<dyn Future<Output = T> + Send>>);

impl<T> Future for Caught<T> {
    type Output = std::thread::Result<T>;

    fn poll(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<Self::Output> {
        let work = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| work.poll(polling))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}

/// Gives a call up: its future is dropped, its context says so.
struct GivenUp {
    context: Context,
    task: Option<tokio::task::AbortHandle>,
}

impl Cancel for GivenUp {
    fn cancel(self: Box<Self>) {}
}

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.context.cancel();
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
