//! The bytecode: instructions, programs, their verification, their file format and their listing.
//!
//! A program is data that the compiler makes and the machine runs. Names are gone from it: record
//! fields, locals, steps and variables are slots and registers.

pub mod decimal;
mod declared;
mod entity;
pub mod file;
mod listing;
pub mod op;
mod operands;
pub mod pipeline;
pub mod program;
pub mod pushdown;
#[cfg(test)]
mod sample;
pub mod types;
mod verify;

pub use decimal::Decimal;
pub use declared::{Declaration, Declarations};
pub use entity::{AttributeInfo, EntityInfo, StoredType};
pub use listing::{disassemble, show_operand, show_predicate};
pub use op::{DecimalOp, MAX_TEXTS, Op, RunField, S, StepField, TextChange, TextTo, TimeOp, To, V};
pub use program::{
    Bank, Capture, Coercion, ConfigField, Const, FieldSource, Filter, Fork, ForkKind, Function,
    FunctionKind, Handler, Merge, MergeOp, MergeTarget, NativeImport, NodeImport, Part, PathPart,
    Program, RecordPlan, Reg, Region, SourceText, SpanTable, StepInfo, StepKind, StepRange,
    TriggerArgument, TriggerInfo, TriggerKind, VariableInfo, WorkflowInfo,
};
pub use types::{FieldDesc, Shape, ShapeIdx, TypeDesc, TypeIdx};
pub use verify::{MAX_LOOP_DEPTH, MAX_TYPE_DEPTH, VerifyError, verify};
