//! Every workflow of the project with calls that answer late and fail: the same comes of it on every
//! schedule, whatever that is.

use crate::case::{Case, Stage};
use crate::drive::{DoesNotCompile, Job, Ready, Schedule, Sources};
use crate::harness::{Context, Outcome, Test};
use crate::{examples, run, suite};

/// How many ways of disturbing are tried for each program.
const WAYS: u64 = 2;

/// Programs whose loops wait, fail and are cancelled inside each other.
const NESTED: &str = include_str!("../disturbed/nested.wf");

/// Adds a test for each case of the suite and each example that does not depend on time or on a
/// world that its calls share.
pub(crate) fn collect(tests: &mut Vec<Test>) {
    for case in suite::cases(&mut Vec::new()) {
        let fits = case.stage == Stage::Run && case.option("schedules").is_none();
        if fits && case.files.iter().all(|file| is_alone(&file.text)) {
            let name = format!("disturbed/{}", case.full_name());
            tests.push(Test::new(name, move |context| of_case(&case, context)));
        }
    }
    for folder in examples::folders() {
        let name = format!("disturbed/{}", crate::shown(&folder));
        tests.push(Test::new(name, move |context| {
            let job = examples::job(&folder)?;
            if job.files().any(|text| !is_alone(text)) {
                return Ok(());
            }
            everywhere(&job, WAYS, context)
        }));
    }
    tests.push(Test::new("disturbed/nested", |context| {
        everywhere(&Job::of(Sources::one(NESTED)), 10 + context.seeds, context)
    }));
}

/// Whether calls neither race with a clock, nor wait for real, nor write what others read.
fn is_alone(text: &str) -> bool {
    !["timeout:", "retry:", "entity.", "time.", "durationMs"].iter().any(|word| text.contains(word))
}

fn of_case(case: &Case, context: &Context) -> Outcome {
    let folder = run::Folder::new(&format!("disturbed-{}", case.full_name()))?;
    everywhere(&run::job(case, &folder)?, WAYS, context)
}

fn everywhere(job: &Job, ways: u64, context: &Context) -> Outcome {
    let ready = Ready::new(job).map_err(|DoesNotCompile(told, _)| {
        let told = told.iter().filter(|d| d.is_error());
        told.map(|d| format!("{} {}", d.code.id, d.message)).collect::<Vec<_>>().join("\n")
    })?;
    let schedules = || Schedule::all((context.seeds / 8).max(1));
    for way in 1..=ways {
        run::same(schedules(), &job.known(), |schedule| ready.run_disturbed(schedule, way))
            .map_err(|problem| format!("disturbed in way {way}: {problem}"))?;
    }
    Ok(())
}
