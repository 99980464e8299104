//! The limits of a run.

/// The limits of a run. Those of one value or one call fail the place that passes them and can be
/// caught; those of the whole run end it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many instructions the run may execute, roughly; work on collections counts by size.
    pub instructions: u64,
    /// How many bytes the values of the run's fibers may hold, roughly.
    pub memory: u64,
    /// How long the run may take, in microseconds.
    pub run_time: Option<i64>,
    /// How many bytes its steps may answer and log together, roughly: what hosts keep of a run.
    pub output: u64,
    /// How deep calls of functions may nest. Can be caught.
    pub depth: u32,
    /// How many items a list or map, or bytes a string, may have. Can be caught.
    pub collection: usize,
    /// How deep calls of workflows may nest. Can be caught.
    pub call_depth: u32,
    /// How many iterations of a parallel loop without a limit are under way at once.
    pub in_flight: usize,
    /// How many instructions the `finally` blocks of one fiber may execute when the run has ended.
    pub grace: i64,
    /// How long a step in such a block may take, in microseconds.
    pub grace_time: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            instructions: 2_000_000_000,
            memory: 1 << 30,
            run_time: None,
            output: 4 << 30,
            depth: 10_000,
            collection: 10_000_000,
            call_depth: 32,
            in_flight: 256,
            grace: 1_000_000,
            grace_time: 10_000_000,
        }
    }
}
