//! Runs tests in parallel and reports as the standard harness does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::bless::Edit;

/// How long a test may take before the whole binary gives up and names it, for every fifty seeds that it
/// tries.
const LONGEST: Duration = Duration::from_secs(300);

/// What is wrong with the outcome of a test.
pub(crate) type Outcome = Result<(), String>;

/// A test by its name.
pub(crate) struct Test {
    name: String,
    run: Box<dyn Fn(&Context) -> Outcome + Send + Sync>,
}

impl Test {
    /// A test of this name.
    pub(crate) fn new(
        name: impl Into<String>,
        run: impl Fn(&Context) -> Outcome + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// Its name, as the command line takes it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// What a test may use.
pub(crate) struct Context {
    /// The seeds of the serial scheduler are `1..=seeds`.
    pub(crate) seeds: u64,
    bless: bool,
    edits: Mutex<Vec<Edit>>,
}

impl Context {
    /// Whether expectations are to be rewritten.
    pub(crate) fn blesses(&self) -> bool {
        self.bless
    }

    /// Rewrites lines of a file when all tests have ended.
    pub(crate) fn edit(&self, edit: Edit) {
        lock(&self.edits).push(edit);
    }
}

/// The command line.
pub(crate) struct Options {
    filters: Vec<String>,
    exact: bool,
    list: bool,
    bless: bool,
    threads: usize,
    seeds: u64,
}

impl Options {
    /// Reads the arguments; those of the standard harness that have no meaning here are ignored.
    pub(crate) fn from_args(args: impl Iterator<Item = String>) -> Self {
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let seeds = std::env::var("WF_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(50);
        let (filters, exact, list, bless) = (Vec::new(), false, false, false);
        let mut options = Self { filters, exact, list, bless, threads, seeds };
        let mut args = args.peekable();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--exact" => options.exact = true,
                "--list" => options.list = true,
                "--bless" => options.bless = true,
                "--test-threads" => {
                    let threads = args.next().and_then(|n| n.parse().ok());
                    options.threads = threads.unwrap_or(options.threads);
                }
                flag if flag.starts_with('-') => {
                    if let Some(n) = flag.strip_prefix("--test-threads=") {
                        options.threads = n.parse().unwrap_or(options.threads);
                    }
                }
                filter => options.filters.push(filter.to_owned()),
            }
        }
        options
    }

    fn takes(&self, name: &str) -> bool {
        let matches = |f: &String| if self.exact { name == f } else { name.contains(f.as_str()) };
        self.filters.is_empty() || self.filters.iter().any(matches)
    }
}

/// The tests that run programs, which are built first.
const NEED_PROGRAMS: [&str; 3] = ["cli", "reference", "examples/embed"];

/// Runs the tests that the options ask for.
pub(crate) fn run(tests: Vec<Test>, options: &Options) -> ExitCode {
    let all = tests.len();
    let mut tests: Vec<Test> = tests.into_iter().filter(|t| options.takes(&t.name)).collect();
    tests.sort_by(|a, b| a.name.cmp(&b.name));
    if options.list {
        tests.iter().for_each(|test| println!("{}: test", test.name));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", tests.len());
    let started = Instant::now();
    if tests.iter().any(|test| NEED_PROGRAMS.iter().any(|group| test.name.starts_with(group))) {
        // Not on the time of the test that asks first; where it fails, each of them says so.
        drop(crate::binary::binaries());
    }
    let context = Context { seeds: options.seeds, bless: options.bless, edits: Mutex::default() };
    let failures = run_all(&tests, &context, options.threads.max(1));
    for (name, message) in &failures {
        println!("\n---- {name} ----\n{message}");
    }
    let edited = crate::bless::apply(std::mem::take(&mut *lock(&context.edits)));
    if edited > 0 {
        println!("\nrewrote {edited} expectations; read them before you keep them");
    }
    if !failures.is_empty() {
        println!("\nfailures:");
        failures.iter().for_each(|(name, _)| println!("    {name}"));
    }
    println!(
        "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out; \
         finished in {:.2}s\n",
        if failures.is_empty() { "ok" } else { "FAILED" },
        tests.len() - failures.len(),
        failures.len(),
        all - tests.len(),
        started.elapsed().as_secs_f64(),
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

fn run_all(tests: &[Test], context: &Context, threads: usize) -> Vec<(String, String)> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let running: Vec<Mutex<Option<(usize, Instant)>>> =
        (0..threads).map(|_| Mutex::new(None)).collect();
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (next, failures, done, running) = (&next, &failures, &done, running.as_slice());
        for place in running {
            scope.spawn(move || {
                while let Some((number, test)) = {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    tests.get(number).map(|test| (number, test))
                } {
                    *lock(place) = Some((number, Instant::now()));
                    let outcome = run_one(test, context);
                    *lock(place) = None;
                    report(&test.name, &outcome);
                    if let Err(message) = outcome {
                        lock(failures).push((number, message));
                    }
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        let longest =
            LONGEST * u32::try_from(context.seeds.div_ceil(50)).unwrap_or(u32::MAX).max(1);
        scope.spawn(move || watch(tests, running, done, failures, longest));
    });
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort();
    failures
        .into_iter()
        .map(|(number, message)| {
            (tests.get(number).map(|t| t.name.clone()).unwrap_or_default(), message)
        })
        .collect()
}

/// Ends the process when a test hangs: nothing else can.
fn watch(
    tests: &[Test],
    running: &[Mutex<Option<(usize, Instant)>>],
    done: &AtomicUsize,
    failures: &Mutex<Vec<(usize, String)>>,
    longest: Duration,
) {
    while done.load(Ordering::Relaxed) < running.len() {
        thread::sleep(Duration::from_millis(50));
        for place in running {
            let Some((number, since)) = *lock(place) else { continue };
            if since.elapsed() > longest {
                let name = tests.get(number).map_or("", |t| t.name.as_str());
                for (failed, message) in lock(failures).iter() {
                    let failed = tests.get(*failed).map_or("", |t| t.name.as_str());
                    println!("\n---- {failed} ----\n{message}");
                }
                println!("\ntest {name} has been running for {longest:?}: given up\n");
                println!("test result: FAILED. a test hangs\n");
                std::process::exit(101);
            }
        }
    }
}

fn run_one(test: &Test, context: &Context) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| (test.run)(context))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panicked: {}", text.unwrap_or("without a message")))
    })
}

fn report(name: &str, outcome: &Outcome) {
    println!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
