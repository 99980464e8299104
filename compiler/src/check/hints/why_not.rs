//! Why a step can't be read where it is read.

use wf_diagnostics::Diagnostic;
use wf_diagnostics::codes::paths;
use wf_grammar::ast;

use crate::check::body::Body;
use crate::check::outline::Frame;
use crate::typed::{StepId, StepKind};

impl<'g> Body<'g> {
    /// Tells why a step that exists has not run at this point on any path.
    pub(crate) fn step_not_run(&mut self, name: &ast::Name, id: StepId) {
        let Some(w) = &self.w else { return };
        let step = &w.outline.steps[id.0 as usize];
        let (decl, text) = (step.span, &name.text);
        let around = step.sites.first().map_or(&[][..], Vec::as_slice);
        let here = &w.frames;
        let split = around.iter().zip(here).take_while(|(a, b)| a == b).count();
        let below = decl.start > name.span.start;
        let diagnostic = match (around.get(split), here.get(split)) {
            (Some(Frame::Branch(a, _)), Some(Frame::Branch(b, _))) if a == b => Diagnostic::new(
                &paths::SIBLING_BRANCH,
                name.span,
                format!("`steps.{text}` runs in another branch, at the same time"),
            )
            .with(decl, "it runs here")
            .help("read it after the `parallel` block, or do both in one branch"),
            (Some(Frame::Loop(looped)), _) => {
                let name_of = w.outline.steps[looped.0 as usize].name.clone();
                let message =
                    format!("`steps.{text}` belongs to one iteration of the loop `{name_of}`");
                let help = match w.in_condition == Some(*looped) {
                    true => format!(
                        "the condition is read before the body: write `while true as {name_of} max …` and leave by `if … {{ break }}` behind the step"
                    ),
                    false => format!(
                        "give it away with `yield` in the loop, and read `steps.{name_of}.output.results`"
                    ),
                };
                Diagnostic::new(&paths::STEP_IN_LOOP, name.span, message)
                    .with(decl, "it runs here")
                    .help(help)
            }
            (Some(Frame::Arm(a, _)), Some(Frame::Arm(b, _))) if a == b => Diagnostic::new(
                &paths::STEP_NOT_RUN,
                name.span,
                format!("`steps.{text}` runs in another arm, so it has not run here"),
            )
            .with(decl, "it runs here")
            .help("run the step before the arms, or run it in both: arms may share a step"),
            _ if below => Diagnostic::new(
                &paths::STEP_NOT_RUN,
                name.span,
                format!("`steps.{text}` has not run yet"),
            )
            .with(decl, "it runs only here")
            .help("move this below the step"),
            (None, _) => {
                let message = format!("`steps.{text}` has not ended yet: this is inside of it");
                let diagnostic = Diagnostic::new(&paths::STEP_NOT_RUN, name.span, message)
                    .with(decl, "it begins here");
                match step.kind {
                    StepKind::For | StepKind::While => diagnostic.help(format!(
                        "inside of it read `loop.{text}`; its output is there after it"
                    )),
                    _ => diagnostic.help("its output is there after it"),
                }
            }
            _ => Diagnostic::new(
                &paths::STEP_NOT_RUN,
                name.span,
                format!("`steps.{text}` has run on no path to here"),
            )
            .with(decl, "the path that runs it ends before this")
            .help("run the step on a path that comes here"),
        };
        self.tell(diagnostic);
    }
}
