//! The forms of functions that can be nodes: with a context, and without.

use super::{Context, NodeError};
use crate::data::Record;

/// An async function that can be a node: `async fn(Input) -> Result<Output, Error>`, or the same with a
/// [`Context`] behind the input. Implemented for functions and closures; `M` tells the forms apart.
#[diagnostic::on_unimplemented(
    message = "this can't be a node",
    note = "a node is `async |input: Input| -> Result<Output, NodeError>` or `async |input: Input, context: Context| -> …`",
    note = "its input and output derive `Data`, its future is `Send`; what it uses of its surroundings it clones: `move |input: Input| {{ let db = db.clone(); async move {{ … }} }}`"
)]
pub trait AsyncFunction<M>: Send + Sync + 'static {
    /// What it takes.
    type Input: Record;
    /// What it gives.
    type Output: Record;

    /// Calls it.
    fn call(
        &self,
        input: Self::Input,
        context: Context,
    ) -> impl Future<Output = Result<Self::Output, NodeError>> + Send + 'static;
}

impl<F, I, O, E, W> AsyncFunction<(I,)> for F
where
    F: Fn(I) -> W + Send + Sync + 'static,
    I: Record + 'static,
    W: Future<Output = Result<O, E>> + Send + 'static,
    O: Record,
    E: Into<NodeError>,
{
    type Input = I;
    type Output = O;

    fn call(
        &self,
        input: I,
        _: Context,
    ) -> impl Future<Output = Result<O, NodeError>> + Send + 'static {
        let work = self(input);
        async move { work.await.map_err(Into::into) }
    }
}

impl<F, I, O, E, W> AsyncFunction<(I, Context)> for F
where
    F: Fn(I, Context) -> W + Send + Sync + 'static,
    I: Record + 'static,
    W: Future<Output = Result<O, E>> + Send + 'static,
    O: Record,
    E: Into<NodeError>,
{
    type Input = I;
    type Output = O;

    fn call(
        &self,
        input: I,
        context: Context,
    ) -> impl Future<Output = Result<O, NodeError>> + Send + 'static {
        let work = self(input, context);
        async move { work.await.map_err(Into::into) }
    }
}

/// A function that can be a node: `fn(Input) -> Result<Output, Error>`, or the same with a [`Context`]
/// behind the input. Implemented for functions and closures; `M` tells the forms apart.
#[diagnostic::on_unimplemented(
    message = "this can't be a node",
    note = "a node is `|input: Input| -> Result<Output, NodeError>` or `|input: Input, context: Context| -> …`",
    note = "its input and output derive `Data`"
)]
pub trait SyncFunction<M>: Send + Sync + 'static {
    /// What it takes.
    type Input: Record + Send + 'static;
    /// What it gives.
    type Output: Record;

    /// Calls it.
    ///
    /// # Errors
    /// Those of the function.
    fn call(&self, input: Self::Input, context: Context) -> Result<Self::Output, NodeError>;
}

impl<F, I, O, E> SyncFunction<(I,)> for F
where
    F: Fn(I) -> Result<O, E> + Send + Sync + 'static,
    I: Record + Send + 'static,
    O: Record,
    E: Into<NodeError>,
{
    type Input = I;
    type Output = O;

    fn call(&self, input: I, _: Context) -> Result<O, NodeError> {
        self(input).map_err(Into::into)
    }
}

impl<F, I, O, E> SyncFunction<(I, Context)> for F
where
    F: Fn(I, Context) -> Result<O, E> + Send + Sync + 'static,
    I: Record + Send + 'static,
    O: Record,
    E: Into<NodeError>,
{
    type Input = I;
    type Output = O;

    fn call(&self, input: I, context: Context) -> Result<O, NodeError> {
        self(input, context).map_err(Into::into)
    }
}
