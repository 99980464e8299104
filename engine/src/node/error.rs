//! Why a node of the host failed.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde_json::Value as Json;
use wf_vm::NodeFailure;

/// Why a node failed: what `catch` and `retry` of the workflow see. Any error becomes one by `?`, with
/// the code `Failed` and what caused it in the message.
///
/// ```
/// use wf_engine::NodeError;
///
/// fn busy() -> Result<(), NodeError> {
///     Err(NodeError::new("Busy", "the CRM is busy").transient().details(serde_json::json!({ "queue": 12 })))
/// }
/// fn read() -> Result<String, NodeError> {
///     Ok(std::fs::read_to_string("/no/such/file")?)
/// }
/// assert_eq!(busy().unwrap_err().to_string(), "the CRM is busy");
/// assert_eq!(read().unwrap_err().code(), "Failed");
/// ```
#[derive(Debug)]
pub struct NodeError(Box<NodeFailure>);

impl NodeError {
    /// A failure with one of the node's codes and a sentence for people.
    ///
    /// The codes of a node are known to the compiler, which checks `retry: { on: […] }`, where the
    /// documentation of its input lists them: ``Codes: `"Busy"`, `"NotFound"`.``
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Box::new(NodeFailure::new(code, message)))
    }

    /// Says that it may go better the next time: a `retry` without `on` calls the node again.
    #[must_use]
    pub fn transient(mut self) -> Self {
        self.0.transient = true;
        self
    }

    /// Says how long to wait before the next attempt, at least.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
        self
    }

    /// Adds what is known besides: `err.details` of the workflow.
    #[must_use]
    pub fn details(mut self, details: Json) -> Self {
        self.0.details = Some(details.to_string());
        self
    }

    /// Adds the status of an answer: `err.statusCode` of the workflow.
    #[must_use]
    pub fn status_code(mut self, status: u16) -> Self {
        self.0.status_code = Some(i64::from(status));
        self
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    pub(super) fn into_failure(self) -> NodeFailure {
        *self.0
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

// It is no `Error` itself, so that all errors can become one.
impl<E: Error> From<E> for NodeError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors repeat what caused them.
            if !message.contains(&text) {
                message = format!("{message}: {text}");
            }
            cause = error.source();
        }
        Self::new("Failed", message)
    }
}
