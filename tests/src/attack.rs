//! A small part of the attack on soundness; `cargo run --release -p wf-tests --bin soak` goes on.

use std::thread;
use std::time::Duration;

use wf_tests::soak::attack::Attack;

use crate::harness::{Outcome, Test};

/// How many programs each test makes.
const PROGRAMS: u64 = 60;

/// Adds the tests.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    for part in 0..4 {
        let name = format!("soak programs of the seeds from {}", part * PROGRAMS);
        tests.push(Test::new(name, move |_| attack(part * PROGRAMS)));
    }
    tests.push(Test::new("soak programs reach every construct".to_owned(), |_| reach()));
}

/// How many programs must reach every construct.
const REHEARSED: u64 = 900;

/// Every construct of the typed tree, and what else the attack is for, is executed by the first
/// programs. Otherwise the attack says nothing about it.
fn reach() -> Outcome {
    let work = thread::Builder::new().stack_size(256 << 20).spawn(|| {
        let mut attack = Attack::new(4)?;
        (0..REHEARSED).try_for_each(|seed| attack.rehearse(seed))?;
        let never = attack.counts.features.rare(1);
        if never.is_empty() { Ok(()) } else { Err(format!("never executed: {}", never.join(", "))) }
    });
    let work = work.map_err(|e| e.to_string())?;
    work.join().unwrap_or_else(|_| Err("the attacker panicked".to_owned()))
}

fn attack(first: u64) -> Outcome {
    // What is evaluated may be nested deeply, and so is the evaluator then.
    let work = thread::Builder::new().stack_size(256 << 20).spawn(move || {
        let mut attack = Attack::new(3)?;
        for seed in first..first + PROGRAMS {
            attack.one(seed, Duration::from_secs(10)).map_err(|found| {
                let files = found.files.iter().map(|(name, text)| format!("---- {name}\n{text}"));
                let files: Vec<String> = files.collect();
                let (sort, what, given) = (&found.sort, &found.what, &found.given);
                format!("seed {seed}: {sort}: {what}\n{}\ngiven {given}", files.join(""))
            })?;
        }
        if attack.counts.runs < PROGRAMS { Err("nothing ran".to_owned()) } else { Ok(()) }
    });
    let work = work.map_err(|e| e.to_string())?;
    work.join().unwrap_or_else(|_| Err("the attacker panicked".to_owned()))
}
