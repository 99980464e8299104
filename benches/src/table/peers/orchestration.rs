//! Pools and schedulers: a task for each step or item.

use std::hint::black_box;
use std::sync::Arc;

use dagrs::async_trait::async_trait;
use dagrs::{
    Action, Content, DefaultNode, EnvVar, Graph, InChannels, Node, NodeTable, OutChannels, Output,
};
use rayon::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::super::data::Sizes;
use super::super::measure::Contender;

fn runtime() -> Arc<Runtime> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    Arc::new(runtime.expect("two threads"))
}

fn work(item: i64) -> i64 {
    black_box(item) * 2 + 1
}

pub(super) fn tokio_steps(sizes: &Sizes) -> Contender {
    let (runtime, steps) = (runtime(), sizes.steps);
    Contender::timed("tokio: spawn and await for each step", move || {
        let last = runtime.block_on(runtime.spawn(async move {
            let mut outputs = vec![(true, 0_i64)];
            for step in 0..steps {
                let before = outputs[step].1;
                let next = tokio::spawn(async move { (true, before + 1) }).await;
                outputs.push(next.unwrap_or_default());
            }
            outputs.pop()
        }));
        let _ = black_box(last);
    })
}

pub(super) fn tokio_items(sizes: &Sizes) -> Contender {
    let (runtime, items) = (runtime(), sizes.items as i64);
    Contender::timed("tokio: spawn for each item, await in order", move || {
        let results = runtime.block_on(runtime.spawn(async move {
            let tasks: Vec<_> =
                (0..items).map(|item| tokio::spawn(async move { work(item) })).collect();
            let mut results = Vec::with_capacity(tasks.len());
            for task in tasks {
                results.push(task.await.unwrap_or_default());
            }
            results
        }));
        let _ = black_box(results);
    })
}

pub(super) fn rayon_items(sizes: &Sizes) -> Contender {
    let items = sizes.items as i64;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads");
    Contender::timed("rayon: par_iter, collected", move || {
        let results: Vec<i64> = pool.install(|| (0..items).into_par_iter().map(work).collect());
        black_box(results);
    })
}

struct First;

struct Next;

#[async_trait]
impl Action for First {
    async fn run(&self, _: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        out.broadcast(Content::new(0_i64)).await;
        Output::Out(Some(Content::new(0_i64)))
    }
}

#[async_trait]
impl Action for Next {
    async fn run(&self, input: &mut InChannels, out: &mut OutChannels, _: Arc<EnvVar>) -> Output {
        let before: Vec<i64> = input
            .map(|content| {
                content.ok().and_then(|c| c.into_inner::<i64>()).map_or(0, |number| *number)
            })
            .await;
        let next = before.first().copied().unwrap_or_default() + 1;
        out.broadcast(Content::new(next)).await;
        Output::Out(Some(Content::new(next)))
    }
}

pub(super) fn dagrs_steps(sizes: &Sizes) -> Contender {
    let (runtime, steps) = (runtime(), sizes.steps);
    Contender::timed("dagrs: a chain, built and run", move || {
        let mut table = NodeTable::new();
        let mut graph = Graph::new();
        let first = DefaultNode::with_action("first".to_owned(), First, &mut table);
        let mut last = first.id();
        let _ = graph.add_node(first);
        for step in 0..steps {
            let node = DefaultNode::with_action(format!("step {step}"), Next, &mut table);
            let id = node.id();
            let _ = graph.add_node(node);
            let _ = graph.add_edge(last, vec![id]);
            last = id;
        }
        let _ = runtime.block_on(async { graph.async_start().await });
    })
}
