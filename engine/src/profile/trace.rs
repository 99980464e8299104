//! A profile as a file of trace events, which Perfetto and `chrome://tracing` open.

use std::io::{self, Write};

use serde_json::{Value, json};
use wf_bytecode::Program;
use wf_diagnostics::SourceMap;
use wf_vm::LoopPlace;

use super::report::{kind, place};
use super::tracks::{Plan, Track};
use super::{Part, Profile, Slice, State, What};
use crate::sources_of;

/// The colour of what waits.
const WAITING: &str = "thread_state_sleeping";

impl Profile {
    /// Writes what happened as JSON in the trace event format: a process for each run with a track
    /// for each branch and for iterations that ran at once, steps as slices with their calls and
    /// waits inside, and a process with the workers. Times are in microseconds from the first run's
    /// beginning.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_trace(&self, program: &Program, out: &mut impl Write) -> io::Result<()> {
        let state = self.lock();
        let origin = state.runs.iter().map(|run| run.began).min().unwrap_or(0);
        let sources = sources_of(program);
        let mut trace = Trace { out, origin, program, sources: &sources, first: true };
        writeln!(trace.out, "{{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        for (run, seen) in state.runs.iter().enumerate() {
            trace.name("process_name", run + 1, 0, &format!("workflow {}", seen.workflow))?;
        }
        let plan = Plan::new(program);
        let mut numbers = vec![0; state.runs.len()];
        for track in plan.tracks(&state.slices) {
            let Some(number) = numbers.get_mut(track.run) else { continue };
            *number += 1;
            trace.track(&track, *number)?;
        }
        trace.workers(&state)?;
        write!(trace.out, "\n],\"otherData\":{}}}", json!({ "slicesLeftOut": state.left_out }))?;
        writeln!(trace.out)
    }
}

struct Trace<'a, W> {
    out: &'a mut W,
    origin: i64,
    program: &'a Program,
    sources: &'a SourceMap,
    first: bool,
}

impl<W: Write> Trace<'_, W> {
    fn event(&mut self, event: &Value) -> io::Result<()> {
        if !std::mem::take(&mut self.first) {
            writeln!(self.out, ",")?;
        }
        write!(self.out, "{event}")
    }

    fn name(&mut self, what: &str, pid: usize, tid: usize, name: &str) -> io::Result<()> {
        let args = json!({ "name": name });
        self.event(&json!({ "ph": "M", "name": what, "pid": pid, "tid": tid, "args": args }))
    }

    fn track(&mut self, track: &Track<'_>, tid: usize) -> io::Result<()> {
        let pid = track.run + 1;
        self.name("thread_name", pid, tid, &track.name)?;
        let args = json!({ "sort_index": tid });
        let sort =
            json!({ "ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": args });
        self.event(&sort)?;
        track.slices.iter().try_for_each(|slice| self.slice(slice, pid, tid))
    }

    fn slice(&mut self, slice: &Slice, pid: usize, tid: usize) -> io::Result<()> {
        let info = self.program.steps.get(usize::from(slice.step));
        let name = info.map_or("?", |info| info.name.as_str());
        let ts = slice.from - self.origin;
        match &slice.what {
            What::Iteration => {
                let index = slice.loops.last().map_or(0, |place| place.index);
                let name = format!("{name}[{index}]");
                self.complete(&name, "iteration", pid, tid, (slice.from, slice.to), json!({}))
            }
            What::Log { level, message } => self.event(&json!({
                "ph": "i", "s": "t", "name": format!("log.{level}"), "cat": "log",
                "pid": pid, "tid": tid, "ts": ts, "args": { "message": message },
            })),
            What::Step { calls, waiting, failed, parts } => {
                let cat = info.map_or_else(String::new, |info| kind(info, self.program));
                let at = info.and_then(|info| place(info.span, self.sources));
                let mut args =
                    json!({ "waitingUs": waiting, "workUs": slice.to - slice.from - waiting });
                if let Some((file, line)) = at {
                    args["line"] = json!(format!("{file}:{line}"));
                }
                if !slice.loops.is_empty() {
                    args["loops"] = json!(self.path(&slice.loops));
                }
                if *calls > 1 {
                    args["calls"] = json!(calls);
                }
                if let Some(code) = failed {
                    args["failure"] = json!(code);
                }
                self.complete(name, &cat, pid, tid, (slice.from, slice.to), args)?;
                parts.iter().try_for_each(|part| self.part(part, pid, tid))
            }
        }
    }

    fn part(&mut self, part: &(Part, i64, i64), pid: usize, tid: usize) -> io::Result<()> {
        let (what, from, to) = part;
        let times = (*from, *to);
        match what {
            Part::Attempt(number, failed) => {
                let args = failed.as_ref().map_or(json!({}), |code| json!({ "failure": code }));
                self.complete(&format!("call {number}"), "call", pid, tid, times, args)
            }
            Part::Waiting => self.coloured("waiting", pid, tid, times),
            Part::Pause => self.coloured("pause before the next call", pid, tid, times),
        }
    }

    fn coloured(
        &mut self,
        name: &str,
        pid: usize,
        tid: usize,
        (from, to): (i64, i64),
    ) -> io::Result<()> {
        self.event(&json!({
            "ph": "X", "name": name, "cat": "waiting", "cname": WAITING,
            "pid": pid, "tid": tid, "ts": from - self.origin, "dur": to - from,
        }))
    }

    fn complete(
        &mut self,
        name: &str,
        cat: &str,
        pid: usize,
        tid: usize,
        (from, to): (i64, i64),
        args: Value,
    ) -> io::Result<()> {
        self.event(&json!({
            "ph": "X", "name": name, "cat": cat,
            "pid": pid, "tid": tid, "ts": from - self.origin, "dur": to - from, "args": args,
        }))
    }

    fn workers(&mut self, state: &State) -> io::Result<()> {
        let pid = state.runs.len() + 1;
        self.name("process_name", pid, 0, "workers")?;
        for (worker, seen) in state.workers.iter().enumerate() {
            self.name("thread_name", pid, worker + 1, &format!("worker {}", worker + 1))?;
            for (run, from, to) in &seen.slices {
                let name = state.runs.get(*run).map_or("", |run| run.workflow.as_str());
                self.complete(name, "work", pid, worker + 1, (*from, *to), json!({}))?;
            }
        }
        Ok(())
    }

    fn path(&self, loops: &[LoopPlace]) -> String {
        let name = |step: u16| self.program.steps.get(usize::from(step)).map_or("?", |s| &s.name);
        let parts = loops.iter().map(|place| format!("{}[{}]", name(place.step), place.index));
        parts.collect::<Vec<_>>().join(".")
    }
}
