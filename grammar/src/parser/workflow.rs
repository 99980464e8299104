//! Workflows and their triggers.

use wf_diagnostics::{Diagnostic, codes::syntax};

use super::{Parser, fit, push};
use crate::ast::{Block, EntityEvent, ExprKind, Lambda, Name, Trigger, TriggerKind, Workflow};

impl Parser<'_> {
    /// `workflow name -> R { … }`
    pub(super) fn workflow(&mut self) -> Workflow {
        self.at += 1;
        let name = self.name();
        let result = self.result();
        let (triggers, body) = self.workflow_body();
        Workflow { name, result, triggers, body }
    }

    /// The trigger clause and the statements.
    fn workflow_body(&mut self) -> (Vec<Trigger>, Block) {
        let (start, open) = (self.at, self.here());
        self.expect(b'{');
        let (mut triggers, mut stmts) = (Vec::new(), Vec::new());
        loop {
            match self.letter() {
                b'\n' => self.at += 1,
                b'}' | 0 => break,
                b't' if matches!(self.letter_at(1), b'E' | b'h' | b'l' | b'u') => {
                    self.trigger_clause(&mut triggers);
                }
                _ => {
                    let stmt = self.stmt();
                    push(&mut stmts, stmt);
                }
            }
        }
        self.expect(b'}');
        if let Some(fill) = self.fill(open) {
            (triggers, stmts) = (fill.triggers, fill.stmts);
        }
        (triggers, Block { stmts: fit(stmts), span: self.span_from(start) })
    }

    /// `trigger … or …`; a second clause is refused.
    pub(crate) fn trigger_clause(&mut self, triggers: &mut Vec<Trigger>) {
        let start = self.at;
        let told = self.diagnostics.len();
        self.expect(b't');
        let mut clause = Vec::with_capacity(1);
        loop {
            clause.push(self.one_trigger());
            if !self.eat(b'O') {
                break;
            }
        }
        let span = self.span_from(start);
        if let Some(before) = triggers.last() {
            let diagnostic =
                Diagnostic::new(&syntax::BAD_TRIGGER, span, "a workflow has one `trigger` clause")
                    .with(before.span, "the first one is here")
                    .help("join them in one clause: `trigger … as a or … as b`");
            // What is wrong in it is of no account.
            self.diagnostics.truncate(told);
            self.diagnostics.push(diagnostic);
            return;
        }
        triggers.append(&mut clause);
    }

    /// One trigger with its name.
    fn one_trigger(&mut self) -> Trigger {
        let start = self.at;
        let kind = match self.letter() {
            b'E' => self.on_entity(),
            b'h' => self.on_webhook(),
            b'l' => self.on_schedule(),
            _ => {
                self.expect(b'u');
                TriggerKind::Function { params: self.params(false) }
            }
        };
        let alias = self.alias();
        Trigger { kind, alias, span: self.span_from(start) }
    }

    /// `entity Lead on created, updated where e => … including own`
    fn on_entity(&mut self) -> TriggerKind {
        self.at += 1;
        let entity = self.name();
        self.eat(b'\n');
        self.expect(b'n');
        let mut events = Vec::with_capacity(1);
        loop {
            let name = self.name();
            events.extend(self.event(&name).map(|event| (event, name.span)));
            if !self.eat(b',') {
                break;
            }
        }
        let (mut filter, mut including_own) = (None, false);
        // The next line may begin with a name that is called `where`.
        while let Some(clause) = self.attempt(Self::entity_clause) {
            match clause {
                Some(lambda) => filter = lambda,
                None => including_own = true,
            }
        }
        TriggerKind::Entity { entity, events, filter, including_own }
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

    /// `where e => …`, or `None` for `including own`; on the next line, too.
    fn entity_clause(&mut self) -> Option<Option<Option<Lambda>>> {
        let filters = self.eat_on_next_line(b'w');
        let lambda = filters.then(|| self.filter());
        if !filters {
            self.eat(b'\n');
            self.expect(b'g');
            self.expect(b'q');
        }
        (!self.failed()).then_some(lambda)
    }

    fn filter(&mut self) -> Option<Lambda> {
        let expr = self.expr();
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

    /// `webhook POST "/path" { body: T }`
    fn on_webhook(&mut self) -> TriggerKind {
        self.at += 1;
        let method = self.method();
        let path = self.text();
        let parts = if self.letter() == b'{' { self.record_type() } else { Vec::new() };
        TriggerKind::Webhook { method, path, parts }
    }

    /// The method of a webhook in capital letters.
    fn method(&mut self) -> Name {
        let mut name = self.name();
        let upper = name.text.to_ascii_uppercase();
        if upper != name.text.as_str() {
            let message = format!("the method `{}` is not in capital letters", name.text);
            self.tell(&syntax::BAD_TRIGGER, name.span, message, &format!("write `{upper}`"));
            name.text = upper.into();
        }
        name
    }

    /// `schedule "0 9 * * *" in "Europe/Berlin"`
    fn on_schedule(&mut self) -> TriggerKind {
        self.at += 1;
        let cron = self.text();
        let zone = self.eat(b'^').then(|| self.text());
        TriggerKind::Schedule { cron, zone }
    }
}
