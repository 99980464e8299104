//! `soak`: attacks the soundness of the language with programs that are made at random.
#![expect(clippy::print_stdout, reason = "a tool reports on standard output")]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use wf_tests::soak::attack::{Attack, Counts, Elapsed, Finding};

/// What is asked for.
struct Options {
    runs: u64,
    seed: u64,
    threads: usize,
    inputs: u64,
    findings: usize,
    shrink: u64,
    quiet: bool,
    seconds: u64,
}

const HELP: &str = "soak [--runs N] [--seed S] [--threads N] [--inputs N] [--findings N] \
[--shrink SECONDS] [--seconds N] [--quiet]

Makes well-typed programs, runs each on some inputs (a run is one program with one input) on the
machine under several schedules, and compares with a second implementation of the language.
--runs 100000      how many runs
--seed 1           the seed of the first program; the others follow
--threads 1        how many attackers
--inputs 8         how many inputs each program gets
--findings 3       give up after so many findings
--shrink 20        how long to shrink each finding
--seconds 0        stop after this time, where it is not 0
--quiet            no histogram";

fn options() -> Result<Options, String> {
    let mut options = Options {
        runs: 100_000,
        seed: 1,
        threads: 1,
        inputs: 8,
        findings: 3,
        shrink: 20,
        quiet: false,
        seconds: 0,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--quiet" {
            options.quiet = true;
            continue;
        }
        if arg == "--help" {
            return Err(HELP.to_owned());
        }
        let value = args.next().and_then(|v| v.parse::<u64>().ok());
        let value = value.ok_or_else(|| format!("`{arg}` needs a number\n\n{HELP}"))?;
        match arg.as_str() {
            "--runs" => options.runs = value,
            "--seed" => options.seed = value,
            "--threads" => options.threads = (value as usize).max(1),
            "--inputs" => options.inputs = value.max(1),
            "--findings" => options.findings = value as usize,
            "--shrink" => options.shrink = value,
            "--seconds" => options.seconds = value,
            _ => return Err(format!("there is no `{arg}`\n\n{HELP}")),
        }
    }
    Ok(options)
}

/// What all threads share.
struct Shared {
    next: AtomicU64,
    left: AtomicU64,
    counts: Mutex<Counts>,
    findings: Mutex<Vec<Finding>>,
    current: Vec<AtomicU64>,
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    let shared = Shared {
        next: AtomicU64::new(options.seed),
        left: AtomicU64::new(options.runs),
        counts: Mutex::default(),
        findings: Mutex::default(),
        current: (0..options.threads).map(|_| AtomicU64::new(0)).collect(),
    };
    let elapsed = Elapsed::begin();
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for number in 0..options.threads {
            let (shared, options, elapsed) = (&shared, &options, &elapsed);
            // The evaluator is recursive, and so is what it evaluates.
            let builder = thread::Builder::new().stack_size(256 << 20);
            let work = move || attack(shared, options, elapsed, number);
            workers.extend(builder.spawn_scoped(scope, work));
        }
        watch(&shared, &workers);
    });
    report(&shared, &options, elapsed.seconds())
}

/// Attacks until there is nothing left to do.
fn attack(shared: &Shared, options: &Options, elapsed: &Elapsed, number: usize) {
    let mut attack = match Attack::new(options.inputs) {
        Ok(attack) => attack,
        Err(problem) => {
            println!("{problem}");
            return;
        }
    };
    loop {
        let left = shared.left.load(Ordering::Relaxed);
        let late = options.seconds > 0 && elapsed.seconds() > options.seconds as f64;
        if left == 0 || late || shared.findings.lock().is_ok_and(|f| f.len() >= options.findings) {
            break;
        }
        let less = left.saturating_sub(options.inputs);
        shared.left.store(less, Ordering::Relaxed);
        let seed = shared.next.fetch_add(1, Ordering::Relaxed);
        if let Some(current) = shared.current.get(number) {
            current.store(seed, Ordering::Relaxed);
        }
        if let Err(finding) = attack.one(seed, Duration::from_secs(options.shrink)) {
            println!("{}", shown(&finding));
            if let Ok(mut findings) = shared.findings.lock() {
                findings.push(*finding);
            }
        }
    }
    if let Ok(mut counts) = shared.counts.lock() {
        counts.add(&attack.counts);
    }
}

/// Ends the process where a run hangs: nothing else can.
fn watch(shared: &Shared, workers: &[thread::ScopedJoinHandle<'_, ()>]) {
    let seen = || shared.current.iter().map(|c| c.load(Ordering::Relaxed)).collect::<Vec<_>>();
    let (mut before, mut since) = (seen(), Elapsed::begin());
    while workers.iter().any(|worker| !worker.is_finished()) {
        thread::sleep(Duration::from_millis(20));
        let now = seen();
        if now != before {
            (before, since) = (now, Elapsed::begin());
        }
        if since.seconds() > 300.0 {
            println!("HANGS: the programs of the seeds {before:?}");
            std::process::exit(1);
        }
    }
}

fn shown(finding: &Finding) -> String {
    let mut text =
        format!("\n==== seed {}: {} ====\n{}\n", finding.seed, finding.sort, finding.what);
    for (name, file) in &finding.files {
        text.push_str(&format!("---- {name} ----\n{file}"));
    }
    text.push_str(&format!("---- given: {}\n", finding.given));
    text
}

fn report(shared: &Shared, options: &Options, seconds: f64) -> ExitCode {
    let Ok(counts) = shared.counts.lock() else { return ExitCode::from(1) };
    if !options.quiet {
        println!("executed:");
        for (name, count) in counts.features.counts() {
            println!("  {count:>12}  {name}");
        }
    }
    let never = counts.features.rare(1);
    if !never.is_empty() {
        println!("never executed: {}", never.join(", "));
    }
    let findings = shared.findings.lock().map_or(1, |f| f.len());
    println!(
        "{} programs, {} runs ({} on the machine), {} failed as they may, {} did too much; \
         {findings} findings; {seconds:.1} s, {:.0} runs/s",
        counts.programs,
        counts.runs,
        counts.machine_runs,
        counts.failed,
        counts.too_much,
        counts.runs as f64 / seconds,
    );
    ExitCode::from(u8::from(findings > 0))
}
