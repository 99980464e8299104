//! The engine: compiles programs and runs workflows.

use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;
use uuid::Uuid;
use wf_bytecode::{Program, TriggerInfo, TriggerKind, WorkflowInfo};
use wf_compiler::{Checked, Loader};
use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::{nodes, runs};
use wf_stdlib::{EntityStore, HttpMode, Io, MemoryStore, SqliteStore, UnusedRecording, Waiting};
use wf_types::{NodeSignature, Registry};
use wf_vm::{
    Failure, Host, Limits, Machine, Mask, Observer, RunHandle, RunRequest, SerialMachine, Value,
};

use crate::builder::{EngineBuilder, EngineError, Entities, Http, Scheduling};
use crate::clock::{IoRuntime, RuntimeTimer, SystemClock};
use crate::compile::Compiled;
use crate::host::HostNodes;
use crate::object::Object;
use crate::options::RunOptions;
use crate::report::RunReport;
use crate::running::{Awaited, End, OpenRuns, Running, Told};
use crate::trigger::Start;

/// Compiles programs and runs workflows on nodes, a store of entities and a machine of its own.
pub struct Engine {
    registry: Registry,
    host: Host,
    scheduling: Scheduling,
    machine: OnceLock<Machine>,
    serial: OnceLock<Arc<SerialMachine>>,
    /// The runs on threads of their own that have not ended.
    open: Arc<OpenRuns>,
    entities: Arc<dyn EntityStore>,
    io: Io,
    limits: Limits,
    runtime: IoRuntime,
}

/// A run that can begin.
struct Prepared {
    request: RunRequest,
    observer: Option<Observer>,
    told: Told,
}

/// Why a built program can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The bytes are no program, or one that is inconsistent.
    #[error(transparent)]
    File(#[from] wf_bytecode::file::FileError),
    /// It needs nodes or functions that the engine does not have.
    #[error("the engine does not have {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A node has another signature than the one that it was compiled against.
    #[error("the node `{0}` has changed since the program was built: build it again")]
    Changed(String),
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

    pub(crate) fn new(mut builder: EngineBuilder) -> Result<Self, EngineError> {
        let observer = builder.watcher();
        let host_nodes = HostNodes::new(builder.nodes)?;
        let registry = host_nodes.registry()?;
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
        host_nodes.add_to(&mut nodes, &runtime);
        if let Some(around) = builder.around {
            nodes.wrap(around);
        }
        let host = Host {
            nodes: Arc::new(nodes),
            functions: Arc::new(wf_stdlib::functions()),
            clock: Arc::new(SystemClock::new()),
            timer: Arc::new(RuntimeTimer(runtime.clone())),
            observer,
        };
        Ok(Self {
            registry,
            host,
            scheduling: builder.scheduling,
            machine: OnceLock::new(),
            serial: OnceLock::new(),
            open: Arc::default(),
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

    /// Checks files and gives their typed tree, without making a program.
    pub fn check(&self, paths: &[&str], files: &dyn Loader) -> Checked {
        wf_compiler::check(paths, files, &self.registry)
    }

    /// Tells what is wrong with files and what they use, as [`Engine::check`] does, and keeps nothing
    /// of the program: it takes less time and memory.
    pub fn diagnose(&self, paths: &[&str], files: &dyn Loader) -> Checked {
        wf_compiler::diagnose(paths, files, &self.registry)
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

    /// The nodes that programs may call, those of the library first: names, types, documentation, and
    /// the text of each signature.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeSignature> {
        self.registry.nodes.values()
    }

    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&NodeSignature> {
        self.registry.nodes.get(name)
    }

    /// Reads a program that [`write_program`](crate::write_program) or `wf build` made. It is verified,
    /// so that it may come from anywhere, and its nodes must be those of this engine.
    ///
    /// # Errors
    /// The bytes are no program, or it was compiled against other nodes.
    pub fn load(&self, bytes: &[u8]) -> Result<Arc<Program>, ProgramError> {
        let program = wf_bytecode::file::read(bytes)?;
        wf_vm::check_imports(&program, &self.host).map_err(ProgramError::Missing)?;
        for import in &program.nodes {
            let known = self.registry.nodes.get(&import.name);
            if known.is_some_and(|known| known.text != import.signature) {
                return Err(ProgramError::Changed(import.name.to_string()));
            }
        }
        Ok(Arc::new(program))
    }

    /// Runs a workflow to its end and reports on it. A run that fails is a report too. Blocks: in async
    /// code [`run_async`](Engine::run_async) does not.
    ///
    /// # Errors
    /// The run could not start: no such workflow, a trigger or a configuration that does not fit,
    /// nodes that this engine does not have.
    pub fn run(
        &self,
        program: &Arc<Program>,
        options: RunOptions,
    ) -> Result<RunReport, Box<StartError>> {
        let Prepared { request, observer, told } = self.prepare(program, options)?;
        let result = match self.scheduling {
            Scheduling::Serial(seed) => self.serial(seed).run_observed(request, observer, |_| {}),
            Scheduling::Workers(count) => self.machine(count).run_observed(request, observer),
        };
        Ok(told.report(&result))
    }

    /// Runs a workflow to its end without blocking: on any runtime, or none. A future that is dropped
    /// cancels its run; [`start`](Engine::start) does not.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub async fn run_async(
        &self,
        program: &Arc<Program>,
        options: RunOptions,
    ) -> Result<RunReport, Box<StartError>> {
        Ok(Awaited(self.start(program, options)?).await)
    }

    /// Starts a run and goes on. The run is awaited, waited for, cancelled, or left to itself; any
    /// number of runs may be under way at once.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn start(
        &self,
        program: &Arc<Program>,
        options: RunOptions,
    ) -> Result<Running, Box<StartError>> {
        let Prepared { request, observer, told } = self.prepare(program, options)?;
        let end = Arc::new(End::default());
        let set = Arc::clone(&end);
        let handle = match self.scheduling {
            Scheduling::Workers(count) => {
                let done = Box::new(move |result| set.set(result));
                self.machine(count).start_observed(request, observer, done)
            }
            Scheduling::Serial(seed) => self.start_serially(seed, request, observer, set),
        };
        Ok(Running { handle, told, end })
    }

    /// A serial run that is not waited for has a thread of its own.
    fn start_serially(
        &self,
        seed: u64,
        request: RunRequest,
        observer: Option<Observer>,
        end: Arc<End>,
    ) -> RunHandle {
        let (machine, open) = (Arc::clone(self.serial(seed)), Arc::clone(&self.open));
        let (send, receive) = std::sync::mpsc::channel();
        let again = (Arc::clone(&machine), request.clone(), observer.clone(), Arc::clone(&end));
        let work = move || {
            let id = request.id;
            let started = |handle: RunHandle| {
                open.add(id, handle.clone());
                drop(send.send(handle));
            };
            end.set(machine.run_observed(request, observer, started));
            open.remove(id);
        };
        let thread = std::thread::Builder::new().name("wf-run".into()).spawn(work);
        if let (Ok(_), Ok(handle)) = (thread, receive.recv()) {
            return handle;
        }
        // The system has no thread left: this one has to do.
        let (machine, request, observer, end) = again;
        let mut handle = None;
        end.set(machine.run_observed(request, observer, |started| handle = Some(started)));
        handle.expect("a run hands over its handle before it begins")
    }

    /// All that a run needs, checked.
    fn prepare(
        &self,
        program: &Arc<Program>,
        options: RunOptions,
    ) -> Result<Prepared, Box<StartError>> {
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
        let closures = |function| self.call_closure(program, function, Vec::new());
        let now = self.host.clock.now();
        let start = Start { program, closures: &closures, run: id, now };
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
        let mask = Mask::of_config(program, &config);
        let told = Told { workflow: workflow.name.to_string(), program: program.clone(), mask };
        let request = RunRequest {
            program: program.clone(),
            workflow: index,
            fired,
            trigger,
            config,
            id,
            attempt: 1,
            limits: options.limits.unwrap_or_else(|| self.limits.clone()),
        };
        Ok(Prepared { request, observer: options.observer.map(|observer| observer.0), told })
    }

    /// Calls a closure of a program outside of a run: a default, the filter of a trigger.
    fn call_closure(
        &self,
        program: &Arc<Program>,
        function: u16,
        args: Vec<Value>,
    ) -> Result<Value, Failure> {
        let limits = Limits::default();
        match self.scheduling {
            Scheduling::Serial(seed) => {
                self.serial(seed).call_closure(program, function, args, &limits)
            }
            Scheduling::Workers(count) => {
                self.machine(count).call_closure(program, function, args, &limits)
            }
        }
    }

    fn serial(&self, seed: u64) -> &Arc<SerialMachine> {
        self.serial.get_or_init(|| Arc::new(SerialMachine::new(self.host.clone(), seed)))
    }

    /// The machine's threads are started when the first run needs them.
    fn machine(&self, workers: Option<usize>) -> &Machine {
        self.machine.get_or_init(|| match workers {
            Some(count) => Machine::new(self.host.clone(), count),
            None => Machine::on_cores(self.host.clone()),
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
        let args = std::iter::once(entity).chain(read).collect();
        let taken = self.call_closure(program, filter.closure, args);
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
        self.open.close();
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
