//! What a run shows while it happens: its steps and loops on a terminal, its logs anywhere.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use wf_engine::{Event, EventKind, Program};

/// Watches a run. Events come from several threads.
pub struct Progress {
    /// The names of steps; known when the program is.
    program: OnceLock<Arc<Program>>,
    bars: MultiProgress,
    loops: Mutex<HashMap<u16, ProgressBar>>,
    is_terminal: bool,
    shows_logs: bool,
}

impl Progress {
    /// Shows steps where standard error is a terminal, and logs where `shows_logs`.
    pub fn new(is_terminal: bool, shows_logs: bool) -> Arc<Self> {
        let target = match is_terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Arc::new(Self {
            program: OnceLock::new(),
            bars: MultiProgress::with_draw_target(target),
            loops: Mutex::new(HashMap::new()),
            is_terminal,
            shows_logs,
        })
    }

    /// Tells it the program whose steps it will hear of.
    pub fn set_program(&self, program: Arc<Program>) {
        // It is told once; a second program would have another observer.
        let _ = self.program.set(program);
    }

    /// Takes an event.
    pub fn observe(&self, event: &Event) {
        if let EventKind::Logged { level, message, data, .. } = &event.kind {
            if self.shows_logs {
                let data = data.as_ref().map_or(String::new(), |data| format!(" {data}"));
                self.say(&format!("{level}: {}{data}", printable(message)));
            }
            return;
        }
        if !self.is_terminal {
            return;
        }
        match &event.kind {
            EventKind::StepStarted { step, items: Some(items) } if event.loops.is_empty() => {
                self.begin_loop(*step, *items);
            }
            EventKind::IterationEnded { step } => {
                if let [_] = event.loops.as_slice()
                    && let Some(bar) = self.lock().get(step)
                {
                    bar.inc(1);
                }
            }
            EventKind::StepCompleted { step, duration } if event.loops.is_empty() => {
                if let Some(bar) = self.lock().remove(step) {
                    bar.finish_and_clear();
                }
                self.say(&format!("  ok  {}  {}", self.name(*step), spent(*duration)));
            }
            EventKind::StepFailed { step, failure, tried } => {
                if let Some(bar) = self.lock().remove(step) {
                    bar.finish_and_clear();
                }
                let mark = if *tried { "tried" } else { "fail" };
                self.say(&format!(
                    "{mark:>4}  {}  {}",
                    self.name(*step),
                    printable(&failure.message)
                ));
            }
            EventKind::StepRetried { step, attempts, wait, .. } => {
                let wait = spent(*wait);
                self.say(&format!(
                    "  ..  {}  call {attempts} failed, again in {wait}",
                    self.name(*step)
                ));
            }
            _ => {}
        }
    }

    fn begin_loop(&self, step: u16, items: u64) {
        let style = ProgressStyle::with_template("  {msg} [{bar:30}] {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let bar = self.bars.add(ProgressBar::new(items).with_style(style));
        bar.set_message(self.name(step).to_owned());
        self.lock().insert(step, bar);
    }

    fn name(&self, step: u16) -> &str {
        let step = self.program.get().and_then(|program| program.steps.get(usize::from(step)));
        step.map_or("", |step| step.name.as_str())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u16, ProgressBar>> {
        self.loops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a line above the bars. That nobody reads it is no reason to end the run.
    fn say(&self, line: &str) {
        self.bars.suspend(|| drop(writeln!(anstream::stderr(), "{line}")));
    }
}

/// A text without what would move the cursor.
fn printable(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(visible).collect()
}

fn spent(micros: i64) -> String {
    format!("{:.1?}", Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}
