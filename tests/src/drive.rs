//! Compiles and runs programs through the public API of wf-engine, as a host does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;
use wf_diagnostics::{Diagnostic, SourceMap};
use wf_engine::{Checked, Engine, EngineBuilder, Entities, Http, Limits, MemoryFiles, RunOptions};

use crate::case::Case;
use crate::disturb::Disturbed;
use crate::probe;

/// The files of a program by their names; the first one is compiled.
pub(crate) struct Sources {
    files: Vec<(String, String)>,
}

impl Sources {
    /// Files by their names, the main one first.
    pub(crate) fn new(files: Vec<(String, String)>) -> Self {
        Self { files }
    }

    /// One file.
    pub(crate) fn one(text: &str) -> Self {
        Self { files: vec![("main.wf".to_owned(), text.to_owned())] }
    }

    /// The files of a case.
    pub(crate) fn of(case: &Case) -> Self {
        Self { files: case.files.iter().map(|f| (f.name.clone(), f.text.clone())).collect() }
    }

    fn main(&self) -> &str {
        self.files.first().map_or("main.wf", |(name, _)| name.as_str())
    }

    fn loader(&self) -> MemoryFiles {
        let mut files = MemoryFiles::default();
        self.files.iter().for_each(|(name, text)| files.add(name, text));
        files
    }
}

/// Checks a program against the standard library and the nodes of [`probe`]. That nothing else is told
/// where the program is not kept is seen to on the way.
pub(crate) fn check(sources: &Sources) -> Checked {
    let (main, loader) = ([sources.main()], sources.loader());
    let checked = compiler().check(&main, &loader);
    let told = compiler().diagnose(&main, &loader);
    assert_eq!(told.diagnostics, checked.diagnostics, "told without the program, and with it");
    assert!(told.program.is_none(), "the program is kept");
    checked
}

/// Compiles a program that has no errors.
///
/// # Errors
/// It does not compile.
pub(crate) fn compile(sources: &Sources) -> Result<(), String> {
    let compiled = compiler().compile(&[sources.main()], &sources.loader());
    let told = compiled.diagnostics.iter().filter(|d| d.is_error());
    let told: Vec<String> = told.map(|d| format!("{} {}", d.code.id, d.message)).collect();
    match compiled.program {
        Some(_) => Ok(()),
        None => Err(format!("it has no errors and does not compile: {}", told.join(", "))),
    }
}

/// An engine that only compiles; runs have engines of their own.
fn compiler() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE
        .get_or_init(|| builder().serial(1).build().expect("an engine without files can be built"))
}

/// For how many ways to disturb nodes engines are kept.
const KEPT_WAYS: u64 = 4;

/// What runs the fibers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Schedule {
    /// So many workers.
    Workers(usize),
    /// The serial scheduler with this seed.
    Serial(u64),
}

impl Schedule {
    /// 1, 2, 3 and 8 workers, and the seeds `1..=seeds`.
    pub(crate) fn all(seeds: u64) -> impl Iterator<Item = Self> {
        [1, 2, 3, 8].into_iter().map(Self::Workers).chain((1..=seeds).map(Self::Serial))
    }
}

/// A program with what it is run on.
pub(crate) struct Job {
    /// Its files.
    pub(crate) sources: Sources,
    /// The workflow, where there are several.
    pub(crate) workflow: Option<String>,
    /// The trigger that fires, where there are several.
    pub(crate) on: Option<String>,
    /// The trigger context as JSON text.
    pub(crate) trigger: Option<String>,
    /// Arguments as texts.
    pub(crate) arguments: Vec<(String, String)>,
    /// The values of `config`.
    pub(crate) config: Option<String>,
    /// Entities that are there before.
    pub(crate) load: Option<String>,
    /// Recorded answers.
    pub(crate) replay: Option<PathBuf>,
}

impl Job {
    /// The texts of the program's files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.sources.files.iter().map(|(_, text)| text.as_str())
    }

    /// Everything that ids and times may be known from.
    pub(crate) fn known(&self) -> String {
        let given = [&self.trigger, &self.load].into_iter().flatten().map(String::as_str);
        given.chain(self.files()).collect()
    }

    /// Files, and nothing that they are run on.
    pub(crate) fn of(sources: Sources) -> Self {
        Self {
            sources,
            workflow: None,
            on: None,
            trigger: None,
            arguments: Vec::new(),
            config: None,
            load: None,
            replay: None,
        }
    }
}

/// What came of a run.
pub(crate) struct Ran {
    /// `Complete`, `Failed`, `Cancelled`, or `Refused` where it did not start.
    pub(crate) status: String,
    /// The result.
    pub(crate) result: Value,
    /// `variables` of the store.
    pub(crate) variables: Value,
    /// `steps` of the store.
    pub(crate) steps: Value,
    /// Why it failed or was refused.
    pub(crate) failure: Option<Diagnostic>,
    /// The files that the failure's place is in.
    pub(crate) sources: SourceMap,
}

/// The errors of a program that was to be run.
pub(crate) struct DoesNotCompile(pub(crate) Vec<Diagnostic>, pub(crate) SourceMap);

/// A compiled program, ready to be run many times.
pub(crate) struct Ready<'a> {
    job: &'a Job,
    program: Arc<wf_engine::Program>,
    sources: SourceMap,
    /// All that is told about it: warnings.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Ready<'a> {
    /// Compiles the job's program.
    ///
    /// # Errors
    /// The diagnostics of a program with errors.
    pub(crate) fn new(job: &'a Job) -> Result<Self, DoesNotCompile> {
        let compiled = compiler().compile(&[job.sources.main()], &job.sources.loader());
        match compiled.program {
            Some(program) => Ok(Self {
                job,
                program,
                sources: compiled.sources,
                diagnostics: compiled.diagnostics,
            }),
            None => Err(DoesNotCompile(compiled.diagnostics, compiled.sources)),
        }
    }

    /// Whether runs need an engine of their own: for their entities and their recorded answers.
    fn is_alone(&self) -> bool {
        let has_entities = self.job.sources.files.iter().any(|(_, text)| text.contains("entity."));
        has_entities || self.job.load.is_some() || self.job.replay.is_some()
    }

    fn builder(&self, schedule: Schedule) -> EngineBuilder {
        match &self.job.replay {
            Some(path) => on(schedule).http(Http::Replay(path.clone())),
            None => on(schedule),
        }
    }

    /// The files of the program.
    pub(crate) fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Runs it once.
    ///
    /// # Errors
    /// What the engine says where it can't be built or entities can't be loaded.
    pub(crate) fn run(&self, schedule: Schedule) -> Result<Ran, String> {
        self.run_on(schedule, self.job.trigger.clone(), None)
    }

    /// Runs it once with nodes that answer late and fail, in a way that follows from the seed.
    ///
    /// # Errors
    /// What the engine says where it can't be built or entities can't be loaded.
    pub(crate) fn run_disturbed(&self, schedule: Schedule, seed: u64) -> Result<Ran, String> {
        self.run_on(schedule, self.job.trigger.clone(), Some(seed))
    }

    /// Runs it once with this trigger context, with nodes that a seed disturbs.
    ///
    /// # Errors
    /// What the engine says where it can't be built or entities can't be loaded.
    pub(crate) fn run_on(
        &self,
        schedule: Schedule,
        trigger: Option<String>,
        disturbed: Option<u64>,
    ) -> Result<Ran, String> {
        let engine = if self.is_alone() {
            let builder = disturb(self.builder(schedule), disturbed);
            Arc::new(builder.build().map_err(|e| format!("the engine: {e}"))?)
        } else {
            shared(schedule, disturbed)
        };
        self.run_by(&engine, trigger)
    }

    /// Runs it once over these entities.
    ///
    /// # Errors
    /// What the engine says where it can't be built or entities can't be loaded.
    pub(crate) fn run_over(&self, schedule: Schedule, entities: Entities) -> Result<Ran, String> {
        let built = self.builder(schedule).entities(entities).build();
        self.run_by(&built.map_err(|e| format!("the engine: {e}"))?, self.job.trigger.clone())
    }

    fn run_by(&self, engine: &Engine, trigger: Option<String>) -> Result<Ran, String> {
        if let Some(load) = &self.job.load {
            engine.load_entities(&self.program, load).map_err(|e| format!("load: {e}"))?;
        }
        let options = RunOptions {
            workflow: self.job.workflow.clone(),
            on: self.job.on.clone(),
            trigger,
            arguments: self.job.arguments.clone(),
            config: self.job.config.clone(),
            ..RunOptions::default()
        };
        Ok(match engine.run(&self.program, options) {
            Ok(report) => Ran {
                failure: report.diagnostic().cloned(),
                status: report.status.as_str().to_owned(),
                variables: report.store().get("variables").cloned().unwrap_or_default(),
                steps: report.store().get("steps").cloned().unwrap_or_default(),
                result: report.result,
                sources: self.sources.clone(),
            },
            Err(error) => Ran {
                status: "Refused".to_owned(),
                result: Value::Null,
                variables: Value::Null,
                steps: Value::Null,
                failure: error.diagnostics.first().cloned(),
                sources: self.sources.clone(),
            },
        })
    }
}

/// The engine that programs share where nothing of a run is left for the next one.
fn shared(schedule: Schedule, disturbed: Option<u64>) -> Arc<Engine> {
    type Engines = BTreeMap<(Schedule, Option<u64>), Arc<Engine>>;
    static ENGINES: Mutex<Engines> = Mutex::new(BTreeMap::new());
    let make = || {
        let built = disturb(on(schedule), disturbed).build();
        Arc::new(built.expect("an engine without files can be built"))
    };
    // Each has threads of its own: those for the many ways to disturb are not kept.
    if disturbed.is_some_and(|seed| seed > KEPT_WAYS) {
        return make();
    }
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(engines.entry((schedule, disturbed)).or_insert_with(make))
}

fn disturb(builder: EngineBuilder, seed: Option<u64>) -> EngineBuilder {
    match seed {
        Some(seed) => builder.around(move |_, node| Disturbed::around(node, seed)),
        None => builder,
    }
}

fn on(schedule: Schedule) -> EngineBuilder {
    match schedule {
        Schedule::Workers(workers) => builder().workers(workers),
        Schedule::Serial(seed) => builder().serial(seed),
    }
}

/// An engine that gives up soon: an endless loop takes minutes to reach the usual limit.
fn builder() -> EngineBuilder {
    let limits = Limits { instructions: 20_000_000, ..Limits::default() };
    probe::add(Engine::builder().entities(Entities::Memory).limits(limits))
}
