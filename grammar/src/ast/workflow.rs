//! Workflows and their triggers.

use wf_diagnostics::Span;

use super::{Block, FieldType, Lambda, Name, Param, Template, TypeExpr};

/// `workflow name -> R { trigger … statements }`
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// The name.
    pub name: Name,
    /// `-> R`
    pub result: Option<TypeExpr>,
    /// The triggers; several are joined by `or`. Empty where the trigger is missing.
    pub triggers: Vec<Trigger>,
    /// The statements, `variables` included, without the trigger.
    pub body: Block,
}

/// One trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// Which kind it is.
    pub kind: TriggerKind,
    /// `as NAME`, where there are several.
    pub alias: Option<Name>,
    /// From its kind to its last character.
    pub span: Span,
}

/// The kinds of triggers.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerKind {
    /// Could not be read; already told.
    Error,
    /// `entity Lead on created, updated where e => … including own`
    Entity {
        /// The entity.
        entity: Name,
        /// The events, with their places.
        events: Vec<(EntityEvent, Span)>,
        /// `where e => …`
        filter: Option<Lambda>,
        /// `including own`
        including_own: bool,
    },
    /// `webhook POST "/leads/{source}" { body: T, queryParams: { … }, headers: { … } }`
    Webhook {
        /// The method in capital letters.
        method: Name,
        /// The path with its `{parameters}`.
        path: Template,
        /// The declared parts, as fields of one record type.
        parts: Vec<FieldType>,
    },
    /// `schedule "0 9 * * MON-FRI" in "Europe/Berlin"`
    Schedule {
        /// The cron text.
        cron: Template,
        /// The zone.
        zone: Option<Template>,
    },
    /// `function(name: string, amount: int = 1)`
    Function {
        /// The arguments.
        params: Vec<Param>,
    },
}

/// What can happen to an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntityEvent {
    /// `created`
    Created,
    /// `updated`
    Updated,
    /// `deleted`
    Deleted,
}
