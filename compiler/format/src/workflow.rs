//! Workflows and their triggers.

use wf_grammar::ast::{Trigger, TriggerKind, Workflow};

use crate::comment::Gap;
use crate::doc::{Elem, Hug, Indent};
use crate::walk::Walk;

impl Walk<'_> {
    /// `workflow name -> R { trigger … statements }`
    pub(crate) fn workflow(&mut self, gap: Gap, workflow: &Workflow) {
        self.word(gap, "workflow");
        self.name(Gap::Space, &workflow.name);
        if let Some(result) = &workflow.result {
            self.word(Gap::Space, "->");
            self.ty(Gap::Space, result);
        }
        self.gap(Gap::Space);
        self.doc.begin(Hug::No);
        self.block(Gap::Done, &workflow.body, &workflow.triggers);
        self.doc.end();
    }

    /// `trigger … or …`, each but the first on a line of its own where they have no room on one.
    pub(crate) fn triggers(&mut self, gap: Gap, triggers: &[Trigger]) {
        self.gap(gap);
        self.doc.begin(Hug::No);
        self.word(Gap::Done, "trigger");
        for (number, trigger) in triggers.iter().enumerate() {
            if number > 0 {
                self.doc.push(Elem::Indent(Indent::Broken));
                self.keep_line();
                self.word(Gap::Line, "or");
                self.keep_line();
            }
            self.trigger(trigger);
            if number > 0 {
                self.doc.push(Elem::Dedent);
            }
        }
        self.doc.end();
    }

    fn trigger(&mut self, trigger: &Trigger) {
        match &trigger.kind {
            TriggerKind::Entity { entity, filter, .. } => {
                self.word(Gap::Space, "entity");
                self.name(Gap::Space, entity);
                self.free();
                self.word(Gap::Space, "on");
                self.token(Gap::Space);
                while self.is_comma() {
                    self.token(Gap::None);
                    self.token(Gap::Space);
                }
                self.doc.push(Elem::Indent(Indent::Broken));
                while self.is("where") || self.is("including") {
                    self.free();
                    self.keep_line();
                    if self.is("including") {
                        self.word(Gap::Line, "including");
                        self.word(Gap::Space, "own");
                    } else if let Some(filter) = filter {
                        self.word(Gap::Line, "where");
                        self.gap(Gap::Space);
                        self.lambda(Gap::Done, filter);
                    } else {
                        return self.fail();
                    }
                }
                self.doc.push(Elem::Dedent);
            }
            TriggerKind::Webhook { method, parts, .. } => {
                self.word(Gap::Space, "webhook");
                self.name(Gap::Space, method);
                self.token(Gap::Space);
                if self.is("{") && self.start() < trigger.span.end {
                    self.record_type(Gap::Space, parts, false);
                }
            }
            TriggerKind::Schedule { zone, .. } => {
                self.word(Gap::Space, "schedule");
                self.token(Gap::Space);
                if zone.is_some() {
                    self.word(Gap::Space, "in");
                    self.token(Gap::Space);
                }
            }
            TriggerKind::Function { params } => {
                self.word(Gap::Space, "function");
                self.params(params);
            }
            TriggerKind::Error => self.fail(),
        }
        if let Some(alias) = &trigger.alias {
            self.alias(alias);
        }
    }
}
