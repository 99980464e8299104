//! What a run is started with.

use std::fmt;
use std::sync::Arc;

use wf_vm::{Event, Limits, Observer};

use crate::data::{Data, DataError, Record, json_of};

/// What a run is started with: texts as they come from outside, or Rust values that become them.
///
/// ```
/// use wf_engine::{Data, RunOptions};
///
/// #[derive(Data)]
/// struct Order { id: i64, lines: Vec<String> }
///
/// let order = Order { id: 7, lines: vec!["lamp".into()] };
/// let options = RunOptions::default().workflow("ship").arguments(&order)?;
/// assert_eq!(options.trigger.as_deref(), Some(r#"{"arguments":{"id":7,"lines":["lamp"]}}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The workflow; may be left out where the program has one.
    pub workflow: Option<String>,
    /// The name of the trigger that fires; may be left out where the workflow has one.
    pub on: Option<String>,
    /// The trigger context as JSON text. What its kind can know may be left out.
    pub trigger: Option<String>,
    /// Arguments of a function trigger, by name: strings as they are, other types as JSON.
    pub arguments: Vec<(String, String)>,
    /// The values of `config` as the text of a JSON object.
    pub config: Option<String>,
    /// Limits of this run, where they are not those of the engine.
    pub limits: Option<Limits>,
    /// Is told what happens in this run, besides the observers of the engine.
    pub observer: Option<RunObserver>,
}

/// Is told what happens in one run.
#[derive(Clone)]
pub struct RunObserver(pub(crate) Observer);

impl fmt::Debug for RunObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunObserver")
    }
}

impl RunOptions {
    /// Runs this workflow.
    #[must_use]
    pub fn workflow(mut self, name: impl Into<String>) -> Self {
        self.workflow = Some(name.into());
        self
    }

    /// Lets the trigger of this name fire.
    #[must_use]
    pub fn on(mut self, trigger: impl Into<String>) -> Self {
        self.on = Some(trigger.into());
        self
    }

    /// Gives the trigger context as JSON text: `{"arguments": {…}}`, `{"body": …, "headers": {…}}`.
    #[must_use]
    pub fn trigger_json(mut self, text: impl Into<String>) -> Self {
        self.trigger = Some(text.into());
        self
    }

    /// Gives the trigger context as a struct of Rust: one with the field `body` for a webhook.
    ///
    /// # Errors
    /// A number or a time that wf does not have.
    pub fn trigger<T: Data>(mut self, context: &T) -> Result<Self, DataError> {
        self.trigger = Some(json_of(context)?);
        Ok(self)
    }

    /// Gives the arguments of a function trigger as a struct of Rust.
    ///
    /// # Errors
    /// As [`RunOptions::trigger`].
    pub fn arguments<T: Record>(mut self, arguments: &T) -> Result<Self, DataError> {
        self.trigger = Some(format!("{{\"arguments\":{}}}", json_of(arguments)?));
        Ok(self)
    }

    /// Gives one argument of a function trigger by its name: a string as it is, another type as JSON.
    #[must_use]
    pub fn argument(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.arguments.push((name.into(), text.into()));
        self
    }

    /// Gives the values of `config` as a struct of Rust; secrets are of the type
    /// [`Secret`](crate::Secret).
    ///
    /// # Errors
    /// As [`RunOptions::trigger`].
    pub fn config<T: Record>(mut self, config: &T) -> Result<Self, DataError> {
        self.config = Some(json_of(config)?);
        Ok(self)
    }

    /// Gives the values of `config` as JSON text: `{"token": "…"}`.
    ///
    /// ```
    /// use wf_engine::{Engine, MemoryFiles, RunOptions};
    ///
    /// let files = MemoryFiles::from([("w.wf", r#"
    ///     config { limit: int }
    ///     workflow w { trigger function() return config.limit + 1 }
    /// "#)]);
    /// let engine = Engine::builder().build()?;
    /// let program = engine.compile(&["w.wf"], &files).into_program()?;
    /// let report = engine.run(&program, RunOptions::default().config_json(r#"{"limit": 6}"#))?;
    /// assert_eq!(report.result_as::<i64>()?, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn config_json(mut self, text: impl Into<String>) -> Self {
        self.config = Some(text.into());
        self
    }

    /// Sets the limits of this run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Tells `observer` what happens in this run, on the thread where it happens: it must be quick.
    #[must_use]
    pub fn observer(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Some(RunObserver(Arc::new(observer)));
        self
    }
}
