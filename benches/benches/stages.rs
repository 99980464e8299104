//! The stages one by one: from source to program, and runs of the programs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use wf_benches::{FILE, PROGRAMS, WORKFLOWS, prepare, run};
use wf_engine::{Engine, MemoryFiles};

fn front_end(c: &mut Criterion) {
    let engine = Engine::builder().workers(1).build().expect("an engine in memory");
    let files = MemoryFiles::from([(FILE, PROGRAMS)]);
    c.bench_function("check", |b| b.iter(|| engine.check(black_box(&[FILE]), &files)));
    c.bench_function("compile", |b| b.iter(|| engine.compile(black_box(&[FILE]), &files)));
}

fn runs(c: &mut Criterion) {
    for workers in [1, 2] {
        let (engine, program) = prepare(workers).expect("the programs compile");
        for workflow in WORKFLOWS {
            c.bench_function(&format!("run {workflow}, workers {workers}"), |b| {
                b.iter(|| run(&engine, &program, black_box(workflow)).expect("the program runs"));
            });
        }
    }
}

criterion_group!(benches, front_end, runs);
criterion_main!(benches);
