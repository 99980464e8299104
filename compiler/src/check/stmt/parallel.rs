//! `parallel` blocks and `try`.

use rustc_hash::FxHashMap;
use wf_diagnostics::Span;
use wf_grammar::ast;
use wf_types::{Field, Type};

use crate::check::body::Body;
use crate::check::flow::{Root, Why};
use crate::check::outline::Frame;
use crate::resolve::scope::duplicate;
use crate::typed::{self, StmtKind};

impl<'g> Body<'g> {
    /// `parallel as NAME { branch a { } branch b { } }`
    pub(crate) fn parallel_stmt(
        &mut self,
        parallel: &'g ast::Parallel,
        span: Span,
    ) -> Option<StmtKind> {
        let word = Span { end: span.start + 8, ..span };
        if self.impure("parallel", word) {
            return None;
        }
        let step = self.step_id(parallel.name.span);
        let region = self.w.as_ref().and_then(|w| w.outline.region_at.get(&span.start).copied());
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        let mut branches = Vec::with_capacity(parallel.branches.len());
        let mut layers = Vec::with_capacity(parallel.branches.len());
        if let Some(w) = &mut self.w {
            w.regions.extend(region);
        }
        for (i, branch) in parallel.branches.iter().enumerate() {
            if let Some(first) = seen.insert(&branch.name.text, branch.name.span) {
                self.tell(duplicate("branch", &branch.name.text, branch.name.span, first));
            }
            self.flow.push();
            let frame = Frame::Branch(span.start, i as u32);
            let body = self.in_frame(Some(frame), |body| body.region_block(&branch.body));
            layers.push(self.flow.pop());
            branches.push(typed::Branch { name: branch.name.text.clone(), body });
        }
        // All branches have run at the join, so what each of them knows holds.
        layers.into_iter().for_each(|layer| self.flow.apply(layer));
        if let (Some(w), Some(region)) = (&mut self.w, region) {
            w.regions.pop();
            let merged: Vec<Root> =
                w.outline.regions[region].merges.keys().map(|v| Root::Variable(*v)).collect();
            self.forget_all(&merged);
        }
        let step = step?;
        self.step_done(step, Type::record(vec![Field::new("success", Type::Bool)]));
        Some(StmtKind::Parallel(step, branches))
    }

    /// `try { } catch err { } finally { }`
    pub(crate) fn try_stmt(&mut self, attempt: &'g ast::Try, span: Span) -> Option<StmtKind> {
        let word = Span { end: span.start + 3, ..span };
        if self.impure("try", word) {
            return None;
        }
        let at = span.start;
        let mut assigned = self.assigned(&attempt.body);
        self.flow.push();
        let body = self.in_frame(Some(Frame::Try(at, 0)), |b| b.block(&attempt.body));
        let body_layer = self.flow.pop();
        let mut arms = vec![body_layer];
        let catch = attempt.catch.as_ref().map(|(name, block)| {
            self.flow.push();
            self.flow.soften(&arms[0], word);
            self.forget_all(&assigned);
            self.open_scope();
            let failure = self.g.failure.clone();
            let err = self.declare(name, failure, false, false);
            let body = self.in_frame(Some(Frame::Try(at, 1)), |b| b.block(block));
            self.close_scope();
            arms.push(self.flow.pop());
            assigned.extend(self.assigned(block));
            (err, body)
        });
        let mut after = None;
        let finally = attempt.finally.as_ref().map(|block| {
            self.flow.push();
            arms.iter().for_each(|arm| self.flow.soften(arm, word));
            self.forget_all(&assigned);
            self.finally += 1;
            let body = self.in_frame(Some(Frame::Try(at, 2)), |b| b.block(block));
            self.finally -= 1;
            after = Some((self.flow.pop(), self.assigned(block)));
            body
        });
        self.flow.join(arms, word, Why::Try);
        if let Some((layer, assigned)) = after {
            self.forget_all(&assigned);
            self.flow.keep_steps(&layer);
            if layer.dead {
                self.flow.end();
            }
        }
        Some(StmtKind::Try(Box::new(typed::Try { body, catch, finally })))
    }
}
