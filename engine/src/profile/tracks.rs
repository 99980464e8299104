//! Tracks of a trace: which fibers follow one another on a line of their own.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use wf_bytecode::{Op, Program};
use wf_vm::LoopPlace;

use super::{Slice, What};

/// What the program says about where steps run.
pub(super) struct Plan<'p> {
    program: &'p Program,
    /// The function of each step.
    functions: Vec<u16>,
    /// Which steps are parallel loops, by the functions of their iterations.
    loops: HashMap<u16, u16>,
    /// The names of regions, by their functions.
    regions: HashMap<u16, String>,
}

/// Slices that are inside or behind one another.
pub(super) struct Track<'s> {
    pub(super) run: usize,
    pub(super) name: String,
    pub(super) slices: Vec<&'s Slice>,
}

/// A fiber: the function that it runs and the iteration of the parallel loop around it, with a
/// number where several ran at once.
type FiberKey = (usize, u16, Vec<(u16, i64)>, usize);

impl<'p> Plan<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut functions = vec![0; program.steps.len()];
        for (index, function) in (0_u16..).zip(&program.functions) {
            for op in &function.code {
                if let Op::Step { step, .. }
                | Op::StepAlone { step, .. }
                | Op::StepInputFailed { step, .. }
                | Op::BeginStep { step, .. }
                | Op::BeginLoop { step, .. } = *op
                    && let Some(place) = functions.get_mut(usize::from(step))
                {
                    *place = index;
                }
            }
        }
        let (mut loops, mut regions) = (HashMap::new(), HashMap::new());
        for fork in &program.forks {
            let block = program.steps.get(usize::from(fork.step)).map_or("", |step| &step.name);
            for region in fork.regions() {
                if fork.is_loop() {
                    regions.insert(region.function, block.to_owned());
                    loops.insert(fork.step, region.function);
                } else {
                    regions.insert(region.function, format!("{block}.{}", region.name));
                }
            }
        }
        Self { program, functions, loops, regions }
    }

    /// The fiber that a slice belongs to.
    fn fiber(&self, slice: &Slice) -> FiberKey {
        let own = self.functions.get(usize::from(slice.step)).copied().unwrap_or(0);
        let function = match slice.what {
            What::Iteration => self.loops.get(&slice.step).copied().unwrap_or(own),
            What::Step { .. } | What::Log { .. } => own,
        };
        let depth = slice.loops.iter().rposition(|place| self.loops.contains_key(&place.step));
        let path = &slice.loops[..depth.map_or(0, |depth| depth + 1)];
        (
            slice.run,
            function,
            path.iter().map(|LoopPlace { step, index }| (*step, *index)).collect(),
            0,
        )
    }

    fn name(&self, function: u16) -> String {
        if let Some(region) = self.regions.get(&function) {
            return region.clone();
        }
        let of = |workflow: &&wf_bytecode::WorkflowInfo| workflow.function == function;
        let workflow = self.program.workflows.iter().find(of);
        workflow.map_or_else(String::new, |workflow| workflow.name.to_string())
    }

    /// The tracks of these slices: those of a fiber on one, and fibers of the same code behind one
    /// another where they did not run at once.
    pub(super) fn tracks<'s>(&self, slices: &'s [Slice]) -> Vec<Track<'s>> {
        let mut fibers: BTreeMap<FiberKey, Vec<&'s Slice>> = BTreeMap::new();
        for slice in slices {
            fibers.entry(self.fiber(slice)).or_default().push(slice);
        }
        let mut by_code: BTreeMap<(usize, u16), Vec<Vec<&'s Slice>>> = BTreeMap::new();
        for ((run, function, ..), slices) in fibers {
            let all = by_code.entry((run, function)).or_default();
            let mut rest = slices;
            while !rest.is_empty() {
                let (nested, others) = nested(rest);
                all.push(nested);
                rest = others;
            }
        }
        let mut tracks = Vec::new();
        for ((run, function), mut fibers) in by_code {
            fibers.sort_by_key(|slices| slices.first().map(|slice| slice.from));
            let name = self.name(function);
            let lanes = lanes(fibers);
            let many = lanes.len() > 1;
            for (lane, slices) in lanes.into_iter().enumerate() {
                let name = if many { format!("{name} #{}", lane + 1) } else { name.clone() };
                tracks.push(Track { run, name, slices });
            }
        }
        tracks
    }
}

/// Those that are inside or behind one another, the outer ones first; and those that are not.
fn nested(mut slices: Vec<&Slice>) -> (Vec<&Slice>, Vec<&Slice>) {
    // Iterations come before steps of the same time, which are in them.
    slices.sort_by_key(|slice| {
        (slice.from, std::cmp::Reverse(slice.to), !matches!(slice.what, What::Iteration))
    });
    let (mut fit, mut others, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for slice in slices {
        while open.last().is_some_and(|end| *end <= slice.from) {
            open.pop();
        }
        if open.last().is_some_and(|end| slice.to > *end) {
            others.push(slice);
            continue;
        }
        open.push(slice.to);
        fit.push(slice);
    }
    (fit, others)
}

/// Fibers in the order of their beginnings, each on the lane that has been free for longest.
fn lanes<'s>(fibers: Vec<Vec<&'s Slice>>) -> Vec<Vec<&'s Slice>> {
    let mut lanes: Vec<Vec<&'s Slice>> = Vec::new();
    let mut ends = BinaryHeap::new();
    for fiber in fibers {
        let from = fiber.first().map_or(0, |slice| slice.from);
        let to = fiber.iter().map(|slice| slice.to).max().unwrap_or(from);
        let free = ends.peek().is_some_and(|std::cmp::Reverse((end, _))| *end <= from);
        let lane = match free.then(|| ends.pop()).flatten() {
            Some(std::cmp::Reverse((_, lane))) => lane,
            None => lanes.len(),
        };
        if lane == lanes.len() {
            lanes.push(Vec::new());
        }
        if let Some(lane) = lanes.get_mut(lane) {
            lane.extend(fiber);
        }
        ends.push(std::cmp::Reverse((to, lane)));
    }
    lanes
}
