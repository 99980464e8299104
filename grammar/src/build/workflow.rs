//! Workflows and their triggers.

use wf_diagnostics::{Span, codes::syntax};

use super::Builder;
use crate::ast::{
    Block, EntityEvent, ExprKind, Lambda, Name, Template, Trigger, TriggerKind, Workflow,
};
use crate::parser::{Node, Rule};

impl Builder<'_> {
    pub(super) fn workflow(&mut self, node: Node<'_>) -> Option<Workflow> {
        let mut name = None;
        let mut result = None;
        let mut triggers = Vec::new();
        let mut body = Block::default();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::result => result = Some(self.result(part)),
                _ => (triggers, body) = self.workflow_body(part),
            }
        }
        Some(Workflow { name: name?, result, triggers, body })
    }

    fn workflow_body(&mut self, node: Node<'_>) -> (Vec<Trigger>, Block) {
        let span = self.span(&node);
        if let Some(fill) = self.fill(self.first(&node)) {
            return (fill.triggers, Block { stmts: fill.stmts, span });
        }
        let mut triggers = Vec::new();
        let parts = node.into_inner();
        let mut stmts = Vec::with_capacity(parts.len());
        for part in parts {
            if part.as_rule() == Rule::trigger {
                self.trigger_clause(part, &mut triggers);
            } else {
                stmts.push(self.stmt(part));
            }
        }
        (triggers, Block { stmts, span })
    }

    /// A trigger clause; a second one is refused.
    pub(crate) fn trigger_clause(&mut self, node: Node<'_>, triggers: &mut Vec<Trigger>) {
        let span = self.span(&node);
        if let Some(before) = triggers.last() {
            let diagnostic = wf_diagnostics::Diagnostic::new(
                &syntax::BAD_TRIGGER,
                span,
                "a workflow has one `trigger` clause",
            )
            .with(before.span, "the first one is here")
            .help("join them in one clause: `trigger … as a or … as b`");
            self.diagnostics.push(diagnostic);
            return;
        }
        let parts = node.into_inner();
        triggers.reserve_exact(parts.len());
        triggers.extend(parts.map(|one| self.one_trigger(one)));
    }

    fn one_trigger(&mut self, node: Node<'_>) -> Trigger {
        let span = self.span(&node);
        let mut kind = TriggerKind::Error;
        let mut alias = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::alias => alias = self.alias(part),
                Rule::on_entity => kind = self.on_entity(part),
                Rule::on_webhook => kind = self.on_webhook(part),
                Rule::on_schedule => kind = self.on_schedule(part),
                _ => {
                    let params = part.into_inner().next();
                    let params = params.map(|p| self.params(p, false)).unwrap_or_default();
                    kind = TriggerKind::Function { params };
                }
            }
        }
        Trigger { kind, alias, span }
    }

    fn on_entity(&mut self, node: Node<'_>) -> TriggerKind {
        let mut entity: Option<Name> = None;
        let mut events = Vec::new();
        let (mut filter, mut including_own) = (None, false);
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name if entity.is_none() => entity = Some(self.name(&part)),
                Rule::name => {
                    let name = self.name(&part);
                    events.extend(self.event(&name).map(|event| (event, name.span)));
                }
                Rule::filter => filter = self.filter(part),
                _ => including_own = true,
            }
        }
        match entity {
            Some(entity) => TriggerKind::Entity { entity, events, filter, including_own },
            None => TriggerKind::Error,
        }
    }

    fn event(&mut self, name: &Name) -> Option<EntityEvent> {
        let (event, meant) = match name.text.as_str() {
            "created" => (Some(EntityEvent::Created), ""),
            "updated" => (Some(EntityEvent::Updated), ""),
            "deleted" => (Some(EntityEvent::Deleted), ""),
            "create" | "insert" | "inserted" | "added" | "new" => (None, "created"),
            "update" | "changed" | "change" | "modified" => (None, "updated"),
            "delete" | "removed" | "remove" => (None, "deleted"),
            _ => (None, ""),
        };
        if event.is_none() {
            let help = if meant.is_empty() {
                "the events are `created`, `updated` and `deleted`".to_owned()
            } else {
                format!("write `{meant}`")
            };
            let message = format!("`{}` is no event of an entity", name.text);
            self.tell(&syntax::BAD_TRIGGER, name.span, message, &help);
        }
        event
    }

    fn filter(&mut self, node: Node<'_>) -> Option<Lambda> {
        let expr = self.expr(node.into_inner().next()?);
        match expr.kind {
            ExprKind::Lambda(lambda) => Some(lambda),
            ExprKind::Error => None,
            _ => {
                let text = self.source.slice(expr.span).to_owned();
                self.tell(
                    &syntax::BAD_TRIGGER,
                    expr.span,
                    "the filter of a trigger is a lambda over the entity",
                    &format!("write `where e => {text}`, with `e` for the entity"),
                );
                None
            }
        }
    }

    fn on_webhook(&mut self, node: Node<'_>) -> TriggerKind {
        let span = self.span(&node);
        let mut method = None;
        let mut path = Template { parts: Vec::new(), span };
        let mut parts = Vec::new();
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::name => method = Some(self.method(&part)),
                Rule::text => path = self.text(part),
                _ => parts = self.record_type(part),
            }
        }
        match method {
            Some(method) => TriggerKind::Webhook { method, path, parts },
            None => TriggerKind::Error,
        }
    }

    /// The method of a webhook in capital letters.
    fn method(&mut self, node: &Node<'_>) -> Name {
        let mut name = self.name(node);
        let upper = name.text.to_ascii_uppercase();
        if upper != name.text.as_str() {
            let message = format!("the method `{}` is not in capital letters", name.text);
            self.tell(&syntax::BAD_TRIGGER, name.span, message, &format!("write `{upper}`"));
            name.text = upper.into();
        }
        name
    }

    fn on_schedule(&mut self, node: Node<'_>) -> TriggerKind {
        let span: Span = self.span(&node);
        let mut texts = node.into_inner();
        let cron = match texts.next() {
            Some(cron) => self.text(cron),
            None => Template { parts: Vec::new(), span },
        };
        let zone = texts.next().map(|zone| self.text(zone));
        TriggerKind::Schedule { cron, zone }
    }
}
