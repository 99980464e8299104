//! Makes programs, runs them everywhere, and says what does not agree.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wf_compiler::typed;
use wf_compiler::{LoadError, Loader};
use wf_types::Registry;
use wf_vm::bytecode;

use super::choices::{Choices, mix, next_random};
use super::compare::{of_evaluator, of_machine};
use super::eval::read;
use super::eval::value::Val;
use super::eval::{Ended, Evaluator, Stop};
use super::features::Features;
use super::r#gen::{Generated, program};
use super::machine::{Given, Machines, Schedule};
use super::shrink::shrink;
use super::world::{SIGNATURES, Values, World};

/// What was found wrong with a program.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What sort of thing it is: `refused`, `differs` …
    pub sort: String,
    /// What is wrong.
    pub what: String,
    /// The files of the program.
    pub files: Vec<(String, String)>,
    /// What the run was given.
    pub given: String,
    /// The seed of the program.
    pub seed: u64,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Programs.
    pub programs: u64,
    /// Runs: one program with one input, on all schedules that were drawn for it.
    pub runs: u64,
    /// Runs on the machine, one for each schedule.
    pub machine_runs: u64,
    /// Runs that failed, as they may.
    pub failed: u64,
    /// Runs that did too much to be compared.
    pub too_much: u64,
    /// What was executed.
    pub features: Features,
}

impl Counts {
    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Counts) {
        self.programs += other.programs;
        self.runs += other.runs;
        self.machine_runs += other.machine_runs;
        self.failed += other.failed;
        self.too_much += other.too_much;
        self.features.add(&other.features);
    }
}

/// One attacker, for one thread.
pub struct Attack {
    registry: Registry,
    machines: Machines,
    inputs: u64,
    /// What it did.
    pub counts: Counts,
}

/// How many numbers of workers there are to draw from.
const WORKERS: [usize; 3] = [1, 2, 8];

impl Attack {
    /// An attacker that runs each program on so many inputs.
    ///
    /// # Errors
    /// The signatures can't be read.
    pub fn new(inputs: u64) -> Result<Self, String> {
        let mut signatures: Vec<(&str, &str)> = wf_stdlib::SIGNATURES.to_vec();
        signatures.extend(SIGNATURES);
        let registry = wf_compiler::build_registry(&signatures).map_err(|e| e.to_string())?;
        let machines = Machines::new(&WORKERS)?;
        Ok(Self { registry, machines, inputs, counts: Counts::default() })
    }

    /// Makes the program of a seed and runs it; what is found is shrunk.
    ///
    /// # Errors
    /// What is found.
    pub fn one(&mut self, seed: u64, shrinking: Duration) -> Result<(), Box<Finding>> {
        let mut choices = Choices::new(seed);
        let generated = program(&mut choices);
        let found = match self.check(&generated, seed) {
            Ok(()) => return Ok(()),
            Err(found) => found,
        };
        let counts = self.counts.clone();
        let mut best = found;
        let sort = best.sort.clone();
        shrink(choices.taken().to_vec(), shrinking, |tried| {
            let mut choices = Choices::replay(tried.to_vec());
            let generated = program(&mut choices);
            let found = self.check(&generated, seed).err()?;
            if found.sort != sort {
                return None;
            }
            let before: usize = best.files.iter().map(|(_, text)| text.len()).sum();
            let after: usize = found.files.iter().map(|(_, text)| text.len()).sum();
            if after <= before {
                best = found;
            }
            Some(choices.taken().to_vec())
        });
        self.counts = counts;
        Err(best)
    }

    /// Compiles a program and runs it.
    fn check(&mut self, generated: &Generated, seed: u64) -> Result<(), Box<Finding>> {
        let finding = |sort: &str, what: String, given: String| {
            let (sort, files) = (sort.to_owned(), generated.files.clone());
            Box::new(Finding { sort, what, files, given, seed })
        };
        self.counts.programs += 1;
        let files = Files(&generated.files);
        let checked = wf_compiler::check(&["main.wf"], &files, &self.registry);
        let Some(typed) = checked.program else {
            let errors = checked.diagnostics.iter().filter(|d| d.is_error());
            let first = errors.clone().next().map_or("", |d| d.code.id);
            let told: Vec<String> = errors
                .take(3)
                .map(|d| {
                    let at = checked.sources.get(d.span.file);
                    let text =
                        at.and_then(|f| f.text().get(d.span.start as usize..d.span.end as usize));
                    format!("{} {} at `{}`", d.code.id, d.message, text.unwrap_or_default())
                })
                .collect();
            return Err(finding(&format!("refused {first}"), told.join("\n"), String::new()));
        };
        let emitted = wf_compiler::emit::emit(&typed, &checked.sources);
        let program = emitted.map(Arc::new).map_err(|told| {
            let told: Vec<String> = told.iter().map(|d| d.message.clone()).collect();
            finding("not emitted", told.join("\n"), String::new())
        })?;
        if let Err(problem) = verified(&program) {
            return Err(finding("not verified", problem, String::new()));
        }
        for input in 0..self.inputs {
            let given = given(generated, seed, input);
            self.counts.runs += 1;
            self.run(generated, &typed, &program, &given, mix(seed ^ input))
                .map_err(|(sort, what)| finding(sort, what, format!("{given:?}")))?;
        }
        Ok(())
    }

    /// Makes the program of a seed and runs it on the evaluator alone, for what it executes.
    ///
    /// # Errors
    /// It is refused, or what was proven of it does not hold.
    pub fn rehearse(&mut self, seed: u64) -> Result<(), String> {
        let generated = program(&mut Choices::new(seed));
        let checked = wf_compiler::check(&["main.wf"], &Files(&generated.files), &self.registry);
        let typed = checked.program.ok_or_else(|| format!("seed {seed} is refused"))?;
        self.counts.programs += 1;
        for input in 0..self.inputs {
            let given = given(&generated, seed, input);
            self.counts.runs += 1;
            self.evaluate(&generated, &typed, &given).map_err(|(_, what)| what)?;
        }
        Ok(())
    }

    /// Runs a workflow on the evaluator; nothing where it does too much.
    fn evaluate(
        &mut self,
        generated: &Generated,
        typed: &typed::Program,
        given: &Given,
    ) -> Result<Option<Evaluated>, (&'static str, String)> {
        let at = typed.workflows.iter().position(|w| w.name == generated.workflow.as_str());
        let at = at.ok_or(("broken", "no such workflow".to_owned()))?;
        let (trigger, config) = decoded(typed, at, given)
            .ok_or_else(|| ("broken", "the evaluator can't read the trigger".to_owned()))?;
        let world = World::new(given.world);
        let mut evaluator = Evaluator::new(typed, &world, config);
        if generated.entity.is_some() {
            let fits = evaluator.load("E", &given.rows);
            fits.ok_or_else(|| ("broken", "the evaluator can't read the rows".to_owned()))?;
        }
        let fired = usize::from(given.fired);
        let taken = match evaluator.taken(at, fired, &trigger) {
            Ok(taken) => taken,
            Err(Stop::TooMuch) => {
                self.counts.too_much += 1;
                return Ok(None);
            }
            Err(stop) => return Err(("unsound", format!("in `where`: {stop:?}"))),
        };
        let ended = evaluator.run(at, fired, trigger);
        self.counts.features.add(&evaluator.features);
        if generated.files.iter().any(|(name, _)| name.ends_with(".json")) {
            self.counts.features.note("schema");
        }
        match ended {
            Ok(ended) => Ok(Some((taken, ended))),
            Err(Stop::TooMuch) => {
                self.counts.too_much += 1;
                Ok(None)
            }
            Err(Stop::Broken(what)) => Err(("unsound", what)),
            Err(Stop::Fault(fault)) => Err(("broken", format!("{fault:?}"))),
        }
    }

    fn run(
        &mut self,
        generated: &Generated,
        typed: &typed::Program,
        program: &Arc<bytecode::Program>,
        given: &Given,
        draw: u64,
    ) -> Result<(), (&'static str, String)> {
        let workflow = program.workflows.iter().position(|w| w.name == generated.workflow.as_str());
        let workflow = workflow.ok_or(("broken", "no such workflow".to_owned()))? as u16;
        let Some((taken, ended)) = self.evaluate(generated, typed, given)? else { return Ok(()) };
        let same =
            self.machines.taken(program, workflow, given).map_err(|what| ("not run", what))?;
        if same != taken {
            let what = format!("`where`: expected {taken:?}, came {same:?}");
            return Err(("differs", what));
        }
        self.counts.failed += u64::from(ended.outcome.is_err());
        let expected = of_evaluator(&ended);
        let mut first = None;
        for schedule in schedules(draw) {
            self.counts.machine_runs += 1;
            let result = self
                .machines
                .run(program, workflow, given, schedule)
                .map_err(|what| ("not run", what))?;
            let mut seen = of_machine(&result, program).map_err(|what| ("internal", what))?;
            seen.forget(&expected);
            if let Some(what) = expected.difference(&seen) {
                return Err(("differs", format!("{schedule:?}: expected {what}")));
            }
            match &first {
                None => first = Some(seen),
                Some(first) => {
                    if let Some(what) = seen.difference(first) {
                        return Err(("unstable", format!("{schedule:?}: {what}")));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether the `where` of the trigger holds, where it has one and could be told, and the end of the run.
type Evaluated = (Option<Option<bool>>, Ended);

fn verified(program: &bytecode::Program) -> Result<(), String> {
    bytecode::verify(program).map_err(|e| format!("{e:?}"))
}

/// The schedules of a run: workers and a few seeds, drawn.
fn schedules(draw: u64) -> Vec<Schedule> {
    let mut state = draw;
    let mut all = vec![Schedule::Serial(next_random(&mut state))];
    let more = Schedule::Serial(next_random(&mut state));
    match next_random(&mut state) % 6 {
        0 => all.extend(WORKERS.map(Schedule::Workers)),
        1 => all.push(Schedule::Workers(1)),
        2 | 3 => all.push(Schedule::Workers(2)),
        4 => all.push(Schedule::Workers(8)),
        _ => all.push(more),
    }
    all
}

/// What a run is given, by the seed of its program and the number of the input.
fn given(generated: &Generated, seed: u64, input: u64) -> Given {
    let world = mix(seed.wrapping_mul(31).wrapping_add(input)) & 0xffff_ffff;
    let mut state = mix(world ^ 0x1);
    let mut text = |kind: &str, exact: bool| {
        let mut out = String::new();
        let mut kind = kind;
        Values { state: &mut state, depth: 0, exact }.value(&mut kind, &mut out);
        out
    };
    let fired = mix(world ^ 0xf1) % generated.triggers.len().max(1) as u64;
    let trigger = generated.triggers.get(fired as usize);
    let trigger = text(trigger.map_or("r[]", String::as_str), false);
    let config = generated.config.iter().map(|kind| text(kind, false)).collect();
    let entity = generated.entity.as_deref();
    let count = if entity.is_some() { mix(world) % 4 } else { 0 };
    let rows = (0..count).map(|n| {
        let attributes = text(entity.unwrap_or("r[]"), true);
        let more = attributes.strip_prefix('{').filter(|rest| *rest != "}");
        format!(
            "{{\"id\":\"0190b2d4-0000-7000-8000-00000000000{n}\",\
             \"createdAt\":\"2025-01-01T00:00:0{n}Z\",\"updatedAt\":\"2026-01-0{}T00:00:00Z\"{}{}",
            n + 1,
            if more.is_some() { "," } else { "" },
            more.unwrap_or("}"),
        )
    });
    Given { trigger, fired: fired as u16, config, rows: rows.collect(), world }
}

/// The trigger and the configuration, read by the evaluator's own border.
fn decoded(typed: &typed::Program, at: usize, given: &Given) -> Option<(Val, Vec<Val>)> {
    let workflow = typed.workflows.get(at)?;
    let trigger = read::parse(&given.trigger)?;
    let context = &workflow.triggers.get(usize::from(given.fired))?.context;
    let trigger = read::decode(&trigger, context, &typed.defs, false)?;
    let config = typed.config.iter().zip(&given.config);
    let config =
        config.map(|(c, text)| read::decode(&read::parse(text)?, &c.ty, &typed.defs, true));
    Some((trigger, config.collect::<Option<_>>()?))
}

/// The files of a generated program.
struct Files<'a>(&'a [(String, String)]);

impl Loader for Files<'_> {
    fn read(&self, path: &str) -> Result<String, LoadError> {
        let found = self.0.iter().find(|(name, _)| name == path);
        found
            .map(|(_, text)| text.clone())
            .ok_or_else(|| LoadError::Unreadable("no such file".into()))
    }

    fn resolve(&self, _: &str, path: &str) -> Result<String, LoadError> {
        Ok(path.to_owned())
    }
}

/// How long a run of many programs took and did.
pub struct Elapsed(Instant);

impl Elapsed {
    /// Begins.
    pub fn begin() -> Self {
        Self(Instant::now())
    }

    /// The seconds since.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
