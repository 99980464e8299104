//! Steps of `entity.query` over many entities, as the workflows of people ask them.

use std::sync::Arc;

use wf_engine::{Engine, Entities, EntityStore, MemoryFiles, Program, RunOptions, Status};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a step asks.
pub struct Ask {
    /// What it is called in the table.
    pub name: &'static str,
    /// `where`, `orderBy` and the rest of its input.
    input: &'static str,
    /// What is done with what it found, after `let found = …`.
    reads: &'static str,
    /// Which page of the store it is compared with, by its place among the questions.
    pub question: usize,
}

const BAND: &str = "where: lead => lead.score >= 400000 and lead.score < 500000, orderBy: lead => lead.score, limit: 50";
const ALL: &str = "variables.last = found.entities";

/// The steps; each asks for what one question of the store asks.
pub const ASKS: [Ask; 8] = [
    Ask { name: "the newest 50", input: "descending: true, limit: 50", reads: ALL, question: 0 },
    Ask { name: "score from 400,000, by score, 50", input: BAND, reads: ALL, question: 1 },
    Ask {
        name: "the same, two attributes read",
        input: BAND,
        reads: "variables.read += found.entities | map(lead => lead.score + length(lead.name)) | sum",
        question: 1,
    },
    Ask {
        name: "the same, and whether there are more",
        input: BAND,
        reads: "variables.last = found.entities\n variables.more = found.hasMore",
        question: 1,
    },
    Ask {
        name: "the same behind 50,000",
        input: "where: lead => lead.score >= 400000 and lead.score < 500000, orderBy: lead => lead.score, limit: 50, offset: 50000",
        reads: ALL,
        question: 2,
    },
    Ask {
        name: "one state, by score, 50",
        input: "where: lead => lead.state == \"state3\" and lead.score >= 400000, orderBy: lead => lead.score, limit: 50",
        reads: ALL,
        question: 3,
    },
    Ask {
        name: "one state, in order, 1,000",
        input: "where: lead => lead.state == \"state3\", limit: 1000",
        reads: ALL,
        question: 4,
    },
    Ask {
        name: "counted, 50",
        input: BAND,
        reads: "variables.last = found.entities\n variables.read += found.totalCount",
        question: 5,
    },
];

/// A workflow with such a step, which it runs as often as it is told.
pub struct Asking {
    engine: Engine,
    program: Arc<Program>,
}

impl Asking {
    /// Over a store that has the entity `Lead`.
    ///
    /// # Errors
    /// The program does not compile.
    pub fn new(store: &Arc<dyn EntityStore>, ask: &Ask) -> Result<Self, Error> {
        let text = format!(
            "entity Lead {{ name: string, state: string index, score: int index, note: string? }}
             workflow pages {{
               trigger function(times: int)
               variables {{ last: list<Lead> = [], read: int = 0, more: bool = false }}
               for i in 0..trigger.arguments.times as all {{
                 step page = entity.query<Lead> {{ {} }}
                 let found = steps.page.output
                 {}
               }}
               return (variables.last | length) + variables.read + (if variables.more {{ 1 }} else {{ 0 }})
             }}",
            ask.input, ask.reads
        );
        let entities = Entities::Store(Arc::clone(store));
        let engine = Engine::builder().entities(entities).workers(1).build()?;
        let files = MemoryFiles::from([("pages.wf", text.as_str())]);
        let program = engine.compile(&["pages.wf"], &files).into_program()?;
        Ok(Self { engine, program })
    }

    /// Runs the step so often.
    ///
    /// # Errors
    /// The run fails.
    pub fn run(&self, times: u32) -> Result<(), Error> {
        let arguments = vec![("times".to_owned(), times.to_string())];
        let report =
            self.engine.run(&self.program, RunOptions { arguments, ..RunOptions::default() })?;
        match report.status {
            Status::Complete => Ok(()),
            _ => Err(format!("the run failed: {}", report.error).into()),
        }
    }
}
