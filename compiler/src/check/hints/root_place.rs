//! Where the data that a path begins with is declared, for what can't point at a part of it.

use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{TriggerKind, TypeExpr};

use crate::check::body::Body;
use crate::check::expr::chain::Val;
use crate::check::flow::{Path, Root, Segment};

impl<'g> Body<'g> {
    /// Says why a value may be null: where that is decided, or else its type and where the data
    /// that it is read from comes from.
    pub(crate) fn with_null(&self, diagnostic: Diagnostic, val: &Val) -> Diagnostic {
        if let Some(why) = &val.why {
            return diagnostic.with(why.span, why.what.message(self.g));
        }
        let place = val.path.as_ref().and_then(|path| self.root_place(path));
        let diagnostic = match diagnostic.label.is_empty() {
            true => diagnostic.label(format!("its type is `{}`", self.show(&val.expr.ty))),
            false => diagnostic,
        };
        match place {
            Some((span, message)) => diagnostic.with(span, message),
            None => diagnostic,
        }
    }

    fn root_place(&self, path: &Path) -> Option<(Span, String)> {
        let part_of = |name: &str| format!("it is a part of `{name}`");
        match &path.root {
            Root::Local(id) => {
                let local = self.locals.get(id.0 as usize)?;
                let span = self.local_info.get(id.0 as usize)?.span;
                (!local.name.is_empty()).then(|| (span, part_of(&local.name)))
            }
            Root::Variable(id) => {
                let variable = self.w.as_ref()?.variables.get(id.0 as usize)?;
                Some((variable.span, part_of(&variable.name)))
            }
            Root::Config(id) => {
                let info = self.g.config.get(id.0 as usize)?;
                Some((info.decl.name.span, part_of(&info.decl.name.text)))
            }
            Root::Step(id) => {
                let step = self.w.as_ref()?.outline.steps.get(id.0 as usize)?;
                Some((step.span, "it is a part of what this gives".to_owned()))
            }
            Root::Loop(id) => {
                let step = self.w.as_ref()?.outline.steps.get(id.0 as usize)?;
                Some((step.span, "it belongs to this loop".to_owned()))
            }
            Root::Trigger => {
                let (ty, name) = self.trigger_place(&path.segments)?;
                Some((ty, part_of(&name)))
            }
            Root::Fired | Root::Holds(_) => None,
        }
    }

    /// The type that is written for a part of the trigger, and the part's name.
    fn trigger_place(&self, segments: &[Segment]) -> Option<(Span, String)> {
        let decl = self.workflow_info()?.decl;
        let name = |at: usize| match segments.get(at) {
            Some(Segment::Field(name)) => Some(name.as_str()),
            _ => None,
        };
        let found = |ty: &TypeExpr, name: &str| Some((ty.span, name.to_owned()));
        let [trigger] = decl.triggers.as_slice() else { return None };
        match &trigger.kind {
            TriggerKind::Function { params } => {
                let param = params.iter().find(|p| Some(p.name.text.as_str()) == name(1))?;
                found(&param.ty, &param.name.text)
            }
            TriggerKind::Webhook { parts, .. } => {
                let part = parts.iter().find(|p| Some(p.name.text.as_str()) == name(0))?;
                found(&part.ty, &part.name.text)
            }
            TriggerKind::Entity { entity, .. } => Some((entity.span, entity.text.to_string())),
            TriggerKind::Schedule { .. } | TriggerKind::Error => None,
        }
    }
}
