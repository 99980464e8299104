//! The engine: compiles programs and runs workflows.

use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use uuid::Uuid;
use wf_bytecode::{Program, TriggerInfo, TriggerKind, WorkflowInfo};
use wf_compiler::{Checked, Loader};
use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::{nodes, runs};
use wf_stdlib::{EntityStore, HttpMode, Io, MemoryStore, SqliteStore, UnusedRecording, Waiting};
use wf_types::Registry;
use wf_vm::{Host, Limits, Machine, Mask, RunRequest, SerialMachine, Value};

use crate::builder::{EngineBuilder, EngineError, Entities, Http, Scheduling};
use crate::clock::{IoRuntime, RuntimeTimer, SystemClock};
use crate::compile::Compiled;
use crate::object::Object;
use crate::report::RunReport;
use crate::trigger::Start;

/// Compiles programs and runs workflows on nodes, a store of entities and a machine of its own.
pub struct Engine {
    registry: Registry,
    host: Host,
    scheduling: Scheduling,
    machine: OnceLock<Machine>,
    serial: OnceLock<SerialMachine>,
    entities: Arc<dyn EntityStore>,
    io: Io,
    limits: Limits,
    runtime: IoRuntime,
}

/// What a run is started with.
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
}

/// Why a run did not start: nothing has happened yet.
#[derive(Debug, thiserror::Error)]
#[error("{}", .diagnostics.first().map_or("the run did not start", |d| d.message.as_str()))]
pub struct StartError {
    /// All that is wrong, with places in the program's sources.
    pub diagnostics: Vec<Diagnostic>,
}

impl From<Diagnostic> for Box<StartError> {
    fn from(diagnostic: Diagnostic) -> Self {
        Box::new(StartError { diagnostics: vec![diagnostic] })
    }
}

impl Engine {
    /// Begins to build an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::new()
    }

    pub(crate) fn new(builder: EngineBuilder) -> Result<Self, EngineError> {
        let registry = registry(&builder)?;
        let runtime = IoRuntime::default();
        let entities: Arc<dyn EntityStore> = match &builder.entities {
            Entities::Memory => Arc::new(MemoryStore::new()),
            Entities::File(path) => {
                let store = SqliteStore::open(path);
                Arc::new(store.map_err(|e| EngineError::Entities(e.to_string()))?)
            }
            Entities::Store(store) => Arc::clone(store),
        };
        let http = match builder.http {
            Http::Live => HttpMode::Live,
            Http::Record(path) => HttpMode::Record(path),
            Http::Replay(path) => HttpMode::Replay(path),
        };
        let waiting = runtime.clone();
        let waiting = Waiting::on(move || waiting.handle());
        let io = Io::with_policy(waiting, http, builder.http_policy, entities.clone())
            .map_err(|e| EngineError::Http(e.to_string()))?
            .with_files(&builder.files)
            .map_err(|e| EngineError::Files(e.to_string()))?
            .with_programs(&builder.programs)
            .map_err(|e| EngineError::Programs(e.to_string()))?;
        let mut nodes = wf_stdlib::nodes(&io);
        for (signature, node) in builder.nodes {
            nodes.add(node_name(&signature)?, node);
        }
        if let Some(around) = builder.around {
            nodes.wrap(around);
        }
        let host = Host {
            nodes: Arc::new(nodes),
            functions: Arc::new(wf_stdlib::functions()),
            clock: Arc::new(SystemClock::new()),
            timer: Arc::new(RuntimeTimer(runtime.clone())),
            observer: builder.observer,
        };
        Ok(Self {
            registry,
            host,
            scheduling: builder.scheduling,
            machine: OnceLock::new(),
            serial: OnceLock::new(),
            entities,
            io,
            limits: builder.limits,
            runtime,
        })
    }

    /// The nodes and functions that programs may call, with types and documentation.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The entries of the file that HTTP is replayed from which were used less than they are there
    /// for, by all runs so far.
    pub fn unused_recordings(&self) -> Vec<UnusedRecording> {
        self.io.unused_recordings()
    }

    /// Checks files without making a program.
    pub fn check(&self, paths: &[&str], files: &dyn Loader) -> Checked {
        wf_compiler::check(paths, files, &self.registry)
    }

    /// Compiles files and what they use to one program.
    pub fn compile(&self, paths: &[&str], files: &dyn Loader) -> Compiled {
        let compiled = wf_compiler::compile(paths, files, &self.registry);
        let program = compiled.program.map(Arc::new);
        Compiled { program, diagnostics: compiled.diagnostics, sources: compiled.sources }
    }

    /// Puts rows into the entity store: `{"Lead": [{…}, …]}`. What every entity has may be left
    /// out of a row.
    ///
    /// # Errors
    /// The first row that does not fit, or an entity that the program does not declare.
    pub fn load_entities(&self, program: &Arc<Program>, rows: &str) -> Result<(), String> {
        // Rows stay text, so that numbers keep their digits.
        let rows = Object::parse(rows).map_err(|e| format!("no JSON object of lists: {e}"))?;
        let mut entities = Vec::new();
        for (entity, rows) in rows.iter() {
            let rows: Vec<Box<RawValue>> = serde_json::from_str(rows)
                .map_err(|_| format!("`{entity}` must be a list of rows"))?;
            entities.push((entity, rows));
        }
        let entities: Vec<(&str, &[Box<RawValue>])> =
            entities.iter().map(|(entity, rows)| (&**entity, rows.as_slice())).collect();
        let now = self.host.clock.now();
        let loaded = wf_stdlib::load_all(self.entities.as_ref(), program, &entities, now);
        loaded.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Runs a workflow to its end and reports on it. A run that fails is a report too.
    ///
    /// # Errors
    /// The run could not start: no such workflow, a trigger or a configuration that does not fit,
    /// nodes that this engine does not have.
    pub fn run(
        &self,
        program: &Arc<Program>,
        options: RunOptions,
    ) -> Result<RunReport, Box<StartError>> {
        let (index, workflow) = pick_workflow(program, options.workflow.as_deref())?;
        let (fired, info) = pick_trigger(workflow, options.on.as_deref())?;
        if let Err(missing) = wf_vm::check_imports(program, &self.host) {
            let message = format!("this host does not have {}", missing.join(", "));
            return Err(
                Diagnostic::new(&runs::MISSING_IMPLEMENTATION, workflow.span, message).into()
            );
        }
        if !program.entities.is_empty()
            && let Err(error) = self.entities.prepare(&program.entities)
        {
            let diagnostic = Diagnostic::new(&runs::STORE_MISFIT, workflow.span, error.to_string());
            return Err(diagnostic.help("`wf entities plan` shows what would be done").into());
        }
        let id = Uuid::now_v7();
        let start =
            Start { program, functions: &self.host.functions, run: id, now: self.host.clock.now() };
        let mut diagnostics = Vec::new();
        let config = start.config(options.config.as_deref()).unwrap_or_else(|problems| {
            diagnostics.extend(problems);
            Vec::new()
        });
        let trigger = start.context(workflow, info, options.trigger.as_deref(), &options.arguments);
        let trigger = trigger.unwrap_or_else(|problem| {
            diagnostics.push(*problem);
            Value::Null
        });
        if !diagnostics.is_empty() {
            return Err(Box::new(StartError { diagnostics }));
        }
        self.check_filter(program, info, &trigger, &config)?;
        let limits = self.limits.clone();
        let mask = Mask::of_config(program, &config);
        let program = program.clone();
        let name = workflow.name.to_string();
        let request = RunRequest {
            program: program.clone(),
            workflow: index,
            fired,
            trigger,
            config,
            id,
            attempt: 1,
            limits,
        };
        let result = match self.scheduling {
            Scheduling::Serial(seed) => {
                let machine = || SerialMachine::new(self.host.clone(), seed);
                self.serial.get_or_init(machine).run(request)
            }
            Scheduling::Workers(count) => self.machine(count).run(request),
        };
        Ok(RunReport::new(&result, &name, &program, &mask))
    }

    /// The machine's threads are started when the first run needs them.
    fn machine(&self, workers: Option<usize>) -> &Machine {
        self.machine.get_or_init(|| {
            let cores = || std::thread::available_parallelism().map_or(1, usize::from);
            Machine::new(self.host.clone(), workers.unwrap_or_else(cores))
        })
    }

    /// An entity trigger with `where` starts no run for an entity that it does not take.
    fn check_filter(
        &self,
        program: &Arc<Program>,
        info: &TriggerInfo,
        trigger: &Value,
        config: &[Value],
    ) -> Result<(), Box<StartError>> {
        let TriggerKind::Entity { filter: Some(filter), .. } = &info.kind else {
            return Ok(());
        };
        let entity = entity_of(trigger, program).unwrap_or(Value::Null);
        let read = filter.config.iter();
        let read = read.map(|index| config.get(usize::from(*index)).cloned().unwrap_or_default());
        let taken = wf_vm::call_closure(
            program,
            &self.host.functions,
            filter.closure,
            std::iter::once(entity).chain(read).collect(),
            &Limits::default(),
        );
        let message = match taken {
            Ok(Value::Bool(true)) => return Ok(()),
            Ok(_) => "the trigger's `where` does not take this entity, so no run starts".to_owned(),
            Err(failure) => format!("the trigger's `where` failed: {}", failure.message),
        };
        Err(Diagnostic::new(&runs::BAD_TRIGGER, info.span, message).into())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Workers first: they may still hand calls to the runtime. It is not waited for: an
        // embedder may drop the engine inside of another one.
        self.machine.take();
        self.runtime.end();
    }
}

/// The entity of an entity trigger's context.
fn entity_of(trigger: &Value, program: &Program) -> Option<Value> {
    let Value::Record(context) = trigger.plain() else { return None };
    let shape = program.shapes.get(usize::from(context.shape().0))?;
    let slot = shape.fields.iter().position(|field| field == "entity")?;
    context.fields().get(slot).cloned()
}

/// What programs may call: the library, whose signatures are read when a program names them, and the
/// host's own nodes, which are checked with it.
fn registry(builder: &EngineBuilder) -> Result<Registry, EngineError> {
    static LIBRARY: OnceLock<Registry> = OnceLock::new();
    if builder.nodes.is_empty() {
        return Ok(LIBRARY.get_or_init(|| wf_compiler::library(wf_stdlib::SIGNATURES)).clone());
    }
    read_signatures(builder)
}

fn read_signatures(builder: &EngineBuilder) -> Result<Registry, EngineError> {
    let mut signatures: Vec<(&str, &str)> = wf_stdlib::SIGNATURES.to_vec();
    signatures.extend(builder.nodes.iter().map(|(text, _)| ("host.wf", text.as_str())));
    wf_compiler::build_registry(&signatures).map_err(|e| EngineError::Signature(e.to_string()))
}

/// The name of the one node that a signature declares.
fn node_name(signature: &str) -> Result<String, EngineError> {
    use wf_grammar::ast::ItemKind;
    let parsed = wf_grammar::parse(wf_diagnostics::FileId(0), signature);
    match parsed.file.items.as_slice() {
        [item] => match &item.kind {
            ItemKind::Node(node) => Ok(node.name.text.to_string()),
            _ => Err(EngineError::Signature("expected one `node`".into())),
        },
        items => {
            Err(EngineError::Signature(format!("expected one `node`, found {} items", items.len())))
        }
    }
}

fn pick_workflow<'a>(
    program: &'a Program,
    name: Option<&str>,
) -> Result<(u16, &'a WorkflowInfo), Box<StartError>> {
    let all = &program.workflows;
    let names = || all.iter().map(|w| format!("`{}`", w.name)).collect::<Vec<_>>().join(", ");
    let span = all.first().map(|w| w.span).unwrap_or_default();
    let found = match (name, all.as_slice()) {
        (Some(name), _) => all.iter().position(|w| w.name == name),
        (None, [_]) => Some(0),
        (None, _) => None,
    };
    if let Some(index) = found
        && let Some(workflow) = all.get(index)
    {
        return Ok((index as u16, workflow));
    }
    let message = match (name, all.as_slice()) {
        (_, []) => "the program has no workflow".to_owned(),
        (Some(name), _) => format!("the program has no workflow `{name}`"),
        (None, _) => "the program has several workflows: say which".to_owned(),
    };
    let mut diagnostic = Diagnostic::new(&runs::UNKNOWN_WORKFLOW, span, message);
    if !all.is_empty() {
        diagnostic = diagnostic.help(format!("the workflows are {}", names()));
    }
    Err(diagnostic.into())
}

/// The trigger that fires: the one of this name, or the only one.
fn pick_trigger<'a>(
    workflow: &'a WorkflowInfo,
    name: Option<&str>,
) -> Result<(u16, &'a TriggerInfo), Box<StartError>> {
    let all = &workflow.triggers;
    let found = match (name, all.as_slice()) {
        (Some(name), _) => all.iter().position(|t| t.name == name && !name.is_empty()),
        (None, [_]) => Some(0),
        (None, _) => None,
    };
    if let Some(index) = found
        && let Some(info) = all.get(index)
    {
        return Ok((index as u16, info));
    }
    let message = match name {
        Some(name) => format!("the workflow `{}` has no trigger `{name}`", workflow.name),
        None => format!("the workflow `{}` has several triggers: say which fires", workflow.name),
    };
    let names = all.iter().filter(|t| !t.name.is_empty()).map(|t| format!("`{}`", t.name));
    let names = names.collect::<Vec<_>>().join(", ");
    let help = match names.is_empty() {
        true => "its one trigger has no name: leave the name out".to_owned(),
        false => format!("its triggers are {names}"),
    };
    Err(Diagnostic::new(&nodes::UNKNOWN_TRIGGER, workflow.span, message).help(help).into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_library_is_right_and_read_item_by_item_the_same() {
        let eager = wf_compiler::build_registry(wf_stdlib::SIGNATURES).expect("it is right");
        let lazy = wf_compiler::library(wf_stdlib::SIGNATURES);
        assert_eq!(format!("{eager:?}"), format!("{lazy:?}"));
    }
}
