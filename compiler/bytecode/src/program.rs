//! Programs: functions, workflows and the tables that instructions point into.

mod coercion;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use wf_diagnostics::Span;

use crate::pipeline::Pipeline;
use crate::pushdown::Pushdown;
use crate::{Decimal, Declarations, EntityInfo, Op, S, Shape, ShapeIdx, TypeDesc, TypeIdx, V};

/// A whole program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// The sources, by [`FileId`](wf_diagnostics::FileId): what failed runs point into.
    pub sources: Vec<SourceText>,
    /// Constants of the scalar bank.
    pub scalars: Vec<u64>,
    /// Constants of the value bank.
    pub constants: Vec<Const>,
    /// Types.
    pub types: Vec<TypeDesc>,
    /// Shapes of records.
    pub shapes: Vec<Shape>,
    /// The shape of `Failure`: code, message, step, attempts, statusCode, details.
    pub failure_shape: Option<ShapeIdx>,
    /// Functions, lambdas, workflows and regions.
    pub functions: Vec<Function>,
    /// The library functions that are called.
    pub natives: Vec<NativeImport>,
    /// The nodes that are run.
    pub nodes: Vec<NodeImport>,
    /// The steps, named conditions, loops and parallel blocks of all workflows.
    pub steps: Vec<StepInfo>,
    /// Templates.
    pub templates: Vec<Vec<Part>>,
    /// What [`Op::Pipeline`] runs.
    pub pipelines: Vec<Pipeline>,
    /// Plans of [`Op::Coerce`].
    pub coercions: Vec<Coercion>,
    /// Plans of [`Op::Spread`].
    pub record_plans: Vec<RecordPlan>,
    /// Forks.
    pub forks: Vec<Fork>,
    /// The values of `config`.
    pub config: Vec<ConfigField>,
    /// The entities that are declared.
    pub entities: Vec<EntityInfo>,
    /// The workflows, in the order of their declaration.
    pub workflows: Vec<WorkflowInfo>,
    /// What stores can work out of lambdas, ascending by function; one for each at most.
    pub pushdowns: Vec<Pushdown>,
    /// Where the types of borders are declared.
    pub declarations: Declarations,
}

/// The text of a source file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceText {
    /// The name as the user gave it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A constant of the value bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Const {
    /// `null`
    Null,
    /// A boxed `bool`.
    Bool(bool),
    /// A boxed `int`.
    Int(i64),
    /// A boxed `float`.
    Float(f64),
    /// A `decimal`.
    Decimal(Decimal),
    /// A `string`.
    String(String),
    /// A `duration` in microseconds.
    Duration(i64),
    /// The empty list.
    EmptyList,
    /// The empty map.
    EmptyMap,
}

/// One of the two banks of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Bank {
    /// Values of the types `int`, `float`, `bool` and their literals.
    Scalar,
    /// Values of all other types.
    Value,
}

/// A register of either bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reg {
    /// A scalar register holding an `int`.
    Int(S),
    /// A scalar register holding a `float`.
    Float(S),
    /// A scalar register holding a `bool`.
    Bool(S),
    /// A value register.
    Value(V),
}

/// A piece of code with its own frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name in listings: `fib`, `follow_up`, `follow_up.process_items`.
    pub name: SmolStr,
    /// How it is entered and left.
    pub kind: FunctionKind,
    /// Its instructions; the last one never falls through.
    pub code: Vec<Op>,
    /// Where its instructions come from.
    pub spans: SpanTable,
    /// The number of scalar registers.
    pub scalars: u16,
    /// The number of value registers.
    pub values: u16,
    /// What catches failures, inner ones before outer ones.
    pub handlers: Vec<Handler>,
    /// Which instructions belong to the inputs of a step, inner ones before outer ones: a failure
    /// there is that step's.
    pub step_ranges: Vec<StepRange>,
}

/// How a function is entered and left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FunctionKind {
    /// A `fn`: the parameters of each bank are in its first registers, in order; the result is in
    /// the first register of its bank.
    Pure {
        /// The bank of each parameter, in order.
        params: Vec<Bank>,
        /// The bank of the result.
        result: Bank,
    },
    /// A lambda for a node, or a default: parameters, then captures, in the first value registers;
    /// the result is a value.
    Closure {
        /// The number of parameters.
        params: u16,
        /// The number of captured values.
        captures: u16,
    },
    /// The body of a workflow: ends with [`Op::Return`].
    Workflow,
    /// A branch or an iteration: ends with [`Op::EndRegion`]. What goes in and out is in its
    /// [`Region`].
    Region,
}

/// Where instructions come from: the entry with the largest index not above an instruction's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanTable {
    /// Index of the first instruction, and its place in the source; ascending.
    pub entries: Vec<(u32, Span)>,
}

impl SpanTable {
    /// Notes that the instructions from `index` on come from `span`.
    #[inline]
    pub fn push(&mut self, index: u32, span: Span) {
        match self.entries.last_mut() {
            Some((last, old)) if *last == index => *old = span,
            Some((_, old)) if *old == span => {}
            _ => self.entries.push((index, span)),
        }
    }

    /// The place of an instruction.
    pub fn find(&self, index: u32) -> Option<Span> {
        let after = self.entries.partition_point(|(first, _)| *first <= index);
        self.entries.get(after.checked_sub(1)?).map(|(_, span)| *span)
    }
}

/// A failure raised by the instructions `start..end` goes on at `target`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handler {
    /// The first instruction.
    pub start: u32,
    /// The instruction behind the last.
    pub end: u32,
    /// Where to go on.
    pub target: u32,
    /// Gets the `Failure`, a record of the failure shape.
    pub failure: V,
    /// The number of loops of this function around the `try`.
    pub loop_depth: u16,
    /// Whether it takes everything, limits of the run and cancellation too, for a `finally` that
    /// raises it again by [`Op::Fail`].
    pub finally: bool,
}

/// The instructions `start..end` evaluate inputs of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRange {
    /// The first instruction.
    pub start: u32,
    /// The instruction behind the last.
    pub end: u32,
    /// The step.
    pub step: u16,
}

/// A library function that the program calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NativeImport {
    /// Its name.
    pub name: SmolStr,
    /// The number of its arguments, defaults included.
    pub arity: u16,
}

/// A node that the program runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NodeImport {
    /// Its name, as `http.get`.
    pub name: SmolStr,
    /// The text of the signature that the program was checked against.
    pub signature: SmolStr,
}

/// A step, a named condition, a loop or a parallel block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepInfo {
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub kind: StepKind,
    /// The characters of its name.
    pub span: Span,
    /// The workflow it belongs to.
    pub workflow: u16,
    /// Its place among the steps of the workflow's store; `None` inside loops, whose steps belong
    /// to their iteration.
    pub slot: Option<u16>,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum StepKind {
    /// Runs a node.
    Node {
        /// The node.
        node: u16,
        /// The types given for its type parameters.
        type_args: Vec<TypeIdx>,
        /// The type of its input.
        input: TypeIdx,
        /// The type of its output: answers are decoded to it.
        output: TypeIdx,
        /// Whether a failure is an outcome (`try`).
        tried: bool,
    },
    /// Runs a workflow: `workflow.call`. The input is the record of its arguments.
    Call {
        /// The workflow.
        workflow: u16,
        /// Whether a failure is an outcome (`try`).
        tried: bool,
    },
    /// `if … as NAME`
    If,
    /// `for … as NAME`
    For,
    /// `while … as NAME`
    While,
    /// `parallel as NAME`
    Parallel,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Text.
    Text(String),
    /// An `int`.
    Int(S),
    /// A `float`.
    Float(S),
    /// A `bool`.
    Bool(S),
    /// Any other value: strings as they are, lists, maps, records and `json` as JSON.
    Value(V),
    /// A value inside of records, by the slots on the way to it.
    Path(V, Vec<PathPart>),
}

/// A part of the way to a value inside of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathPart {
    /// The output of a step.
    Output,
    /// The field in this slot of a record.
    Slot(u16),
}

/// How a value of one type becomes one of another: exactly the fields that are expected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "coercion::Flat", into = "coercion::Flat")]
pub enum Coercion {
    /// As it is.
    Same,
    /// Null stays null, missing stays missing, anything else is coerced.
    Optional(Box<Coercion>),
    /// Each item.
    List(Box<Coercion>),
    /// Each value.
    Map(Box<Coercion>),
    /// A record of another shape: for each of its fields the slot it comes from (`None`: missing).
    Record {
        /// The new shape.
        shape: ShapeIdx,
        /// One for each field.
        fields: Vec<Option<(u16, Coercion)>>,
    },
    /// A record to a map of its present fields.
    RecordToMap(Vec<Coercion>),
    /// Anything to `json`.
    Json,
    /// Coerced, then a value of a union that carries this member; null stays null.
    Member {
        /// The member, a type.
        ty: TypeIdx,
        /// How the value becomes one of the member.
        inner: Box<Coercion>,
    },
    /// A value of a union: the one of its member is carried out, on the value without its member.
    /// Values of members that are not listed stay as they are.
    Union(Vec<(TypeIdx, Coercion)>),
    /// A field of a record, null where it is missing, coerced.
    Field {
        /// Its place.
        slot: u16,
        /// How it becomes one of the type that is wanted.
        inner: Box<Coercion>,
    },
    /// Null, whatever the value is.
    Null,
}

/// How a record with spreads is made: `count` values from `first` on, then each field.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecordPlan {
    /// The shape.
    pub shape: ShapeIdx,
    /// How many registers are read.
    pub count: u16,
    /// For each field what is tried, first to last: the first that is not missing is taken.
    pub fields: Vec<Vec<FieldSource>>,
}

/// Where a field of a record with spreads may come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FieldSource {
    /// The register at this place of the range.
    Register(u16),
    /// The slot of the record in the register at this place of the range.
    Slot {
        /// The place of the record in the range.
        record: u16,
        /// The slot of the field.
        slot: u16,
    },
}

/// A parallel loop or a parallel block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fork {
    /// The loop or block.
    pub step: u16,
    /// What is run.
    pub kind: ForkKind,
    /// The variables that regions merge into; [`Op::Merge`] names them by their place here.
    pub merges: Vec<Merge>,
    /// The list in the parent's frame that the yields are appended to, in order.
    pub yields: Option<V>,
}

/// What a fork runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ForkKind {
    /// An iteration for each item.
    Loop {
        /// The list, in the parent's frame.
        items: V,
        /// How many at once, in the parent's frame; no limit but the machine's where it is absent.
        limit: Option<S>,
        /// The iteration.
        region: Region,
    },
    /// The branches, in the order of the source.
    Branches(Vec<Region>),
    /// So many iterations, which know no item but their index.
    Count {
        /// The number, in the parent's frame; none below 1.
        count: S,
        /// How many at once, as of a loop over a list.
        limit: Option<S>,
        /// The iteration.
        region: Region,
    },
}

/// A branch or an iteration: a function and what goes in and out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The name of the branch or loop.
    pub name: SmolStr,
    /// The function.
    pub function: u16,
    /// What is copied into its frame.
    pub captures: Vec<Capture>,
    /// Gets the index of the iteration.
    pub index: Option<S>,
    /// Gets the item of the iteration.
    pub item: Option<V>,
    /// The list in its frame that holds its yields when it ends; empty when it begins.
    pub yields: Option<V>,
    /// Steps that are seen after the join: register in its frame, register in the parent's.
    pub publishes: Vec<(V, V)>,
}

/// A register of the parent that is copied into a region's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Capture {
    /// A scalar.
    Scalar {
        /// In the parent's frame.
        from: S,
        /// In the region's frame.
        to: S,
    },
    /// A value.
    Value {
        /// In the parent's frame.
        from: V,
        /// In the region's frame.
        to: V,
    },
}

/// A variable that regions merge into. The operands are applied one after another, in the order of
/// the source and of the items, to the value from before the fork, when it has joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The operator.
    pub op: MergeOp,
    /// What it is applied to.
    pub target: MergeTarget,
    /// The characters of the first operator: an overflow is told there.
    pub span: Span,
}

/// Where merged values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MergeTarget {
    /// A variable in the parent's frame.
    Register(Reg),
    /// The parent is a region itself and passes the operands on to this merge of its own fork.
    Outer(u16),
}

/// The operators of merges, by the type of the variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MergeOp {
    /// `+=` of `int`
    AddInt,
    /// `+=` of `float`
    AddFloat,
    /// `+=` of `decimal`
    AddDecimal,
    /// `+=` of `duration`
    AddDuration,
    /// `+=` of `string`
    Concat,
    /// `+=` of `list`
    Append,
    /// `+=` of `map`
    Insert,
    /// `max=`; null is its identity
    Max,
    /// `min=`; null is its identity
    Min,
    /// `or=`
    Or,
    /// `and=`
    And,
}

/// A value of `config`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigField {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: TypeIdx,
    /// The closure without parameters that gives its default.
    pub default: Option<u16>,
    /// Where it is declared.
    pub span: Span,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowInfo {
    /// Its name.
    pub name: SmolStr,
    /// Its documentation.
    pub doc: SmolStr,
    /// The characters of its name.
    pub span: Span,
    /// Its body.
    pub function: u16,
    /// What starts it; one at least.
    pub triggers: Vec<TriggerInfo>,
    /// The type of its result.
    pub result: TypeIdx,
    /// The steps of its store, by their slots: indices into [`Program::steps`].
    pub steps: Vec<u16>,
    /// Its variables, in the registers of its body.
    pub variables: Vec<VariableInfo>,
}

impl WorkflowInfo {
    /// The place of the function trigger that calls of the workflow fire, and its arguments.
    pub fn function_trigger(&self) -> Option<(u16, &TriggerInfo, &[TriggerArgument])> {
        self.triggers.iter().enumerate().find_map(|(index, info)| match &info.kind {
            TriggerKind::Function { arguments } => Some((index as u16, info, &**arguments)),
            _ => None,
        })
    }
}

/// A variable of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariableInfo {
    /// Its name.
    pub name: SmolStr,
    /// Its register in the frame of the workflow's body.
    pub register: Reg,
}

/// What starts a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerInfo {
    /// Its name, where the workflow has several; empty where it has none.
    pub name: SmolStr,
    /// Its kind.
    pub kind: TriggerKind,
    /// The type of its context, a record.
    pub context: TypeIdx,
    /// Where it is declared.
    pub span: Span,
}

/// What says whether an event of an entity starts a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// A closure whose parameters are the entity and the values of `config`.
    pub closure: u16,
    /// The values of `config` that it reads, indices into [`Program::config`].
    pub config: Vec<u16>,
}

/// The kinds of triggers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TriggerKind {
    /// An event of an entity: `{ eventType, entity, previousEntity }`.
    Entity {
        /// The entity, an index into [`Program::entities`].
        entity: u16,
        /// `created`, `updated`, `deleted`.
        events: Vec<SmolStr>,
        /// Says whether a run starts.
        filter: Option<Filter>,
        /// Whether what a run of the workflow itself writes starts it again.
        including_own: bool,
    },
    /// A request: `{ headers, body, queryParams, pathParams, rawBody }`.
    Webhook {
        /// In capital letters.
        method: SmolStr,
        /// The path with its `{parameters}`.
        path: SmolStr,
    },
    /// A time: `{ scheduledAt, cronExpression }`.
    Schedule {
        /// The cron text.
        cron: SmolStr,
        /// The zone, UTC where it is left out.
        zone: SmolStr,
    },
    /// A call: `{ arguments }`.
    Function {
        /// The arguments, in the order of their slots.
        arguments: Vec<TriggerArgument>,
    },
}

/// An argument of a function trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerArgument {
    /// Its name.
    pub name: SmolStr,
    /// Its type.
    pub ty: TypeIdx,
    /// The closure without parameters that gives its default.
    pub default: Option<u16>,
}
