//! The inputs, the same for every contender.
#![expect(missing_docs, reason = "fields of inputs, which say what they are")]

use serde::Serialize;

/// How large the workloads are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The argument of `fib`.
    pub fib: i64,
    /// Steps of the loop with a branch.
    pub mix: i64,
    /// Renders of the template.
    pub renders: usize,
    /// Records.
    pub rows: usize,
    /// Strings.
    pub texts: usize,
    /// Steps in a row.
    pub steps: usize,
    /// Items of the fan-out.
    pub items: usize,
    /// Lines of the large file.
    pub lines: usize,
    /// How often the payloads are decoded.
    pub payloads: usize,
}

impl Sizes {
    /// What the table is about.
    pub const FULL: Self = Self {
        fib: 27,
        mix: 10_000_000,
        renders: 200_000,
        rows: 100_000,
        texts: 100_000,
        steps: 1_000,
        items: 100_000,
        lines: 20_000,
        payloads: 200,
    };

    /// For tests.
    pub const TINY: Self = Self {
        fib: 10,
        mix: 1_000,
        renders: 20,
        rows: 50,
        texts: 20,
        steps: 5,
        items: 40,
        lines: 100,
        payloads: 2,
    };
}

/// A record.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub id: i64,
    pub name: String,
    pub status: String,
    pub score: i64,
    pub value: f64,
    pub tags: Vec<String>,
}

/// So many records, with strings of their own.
pub fn rows(count: usize) -> Vec<Row> {
    let row = |i: usize| Row {
        id: i as i64,
        name: format!("record-{i}"),
        status: ["Open", "Closed", "Pending"][i % 3].to_owned(),
        score: (i as i64 * 7919) % 101,
        value: (i % 1000) as f64 + 0.5,
        tags: vec![format!("t{}", i % 7), "common".to_owned()],
    };
    (0..count).map(row).collect()
}

/// So many strings of four words.
pub fn texts(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("alpha beta{} gamma delta-{i}", i % 10)).collect()
}

/// Whom an entity belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct Owner {
    pub email: String,
}

/// What the template greets.
#[derive(Clone, Debug, Serialize)]
pub struct Entity {
    pub name: String,
    pub id: i64,
    pub owner: Owner,
}

/// All that the template reads: eight paths.
#[derive(Clone, Debug)]
pub struct Context {
    pub entity: Entity,
    pub total_count: i64,
    pub status: i64,
    pub url: String,
    pub region: String,
    pub env: Env,
}

/// Where it runs.
#[derive(Clone, Debug)]
pub struct Env {
    pub name: String,
}

/// The context of the template.
pub fn context() -> Context {
    Context {
        entity: Entity {
            name: "Ada Lovelace".to_owned(),
            id: 4211,
            owner: Owner { email: "ada@example.org".to_owned() },
        },
        total_count: 1742,
        status: 200,
        url: "https://api.example.org/v1/things".to_owned(),
        region: "eu-west-1".to_owned(),
        env: Env { name: "production".to_owned() },
    }
}
