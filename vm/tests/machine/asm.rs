//! A tiny assembler: functions are lists of instructions, tables grow as they are named.

use std::sync::Arc;

use uuid::Uuid;
use wf_bytecode::{
    Const, FieldDesc, Fork, ForkKind, Function, FunctionKind, Merge, MergeOp, MergeTarget,
    NodeImport, Op, Program, Reg, Region, Shape, ShapeIdx, SpanTable, StepInfo, StepKind,
    TriggerInfo, TriggerKind, TypeDesc, TypeIdx, VariableInfo, WorkflowInfo,
};
use wf_diagnostics::{FileId, Span};
use wf_vm::{Limits, RunRequest, Value};

pub(crate) use wf_bytecode::{S, V};

/// `Failure`
pub(crate) const FAILURE: u16 = 0;
/// `{ value }`: the input of all nodes.
pub(crate) const INPUT: u16 = 1;
/// `{ value, success }`: the output of all nodes.
pub(crate) const OUTPUT: u16 = 2;
/// `{ timeout, connectTimeout, retry }`
pub(crate) const POLICY: u16 = 3;
/// `{ attempts, backoff, maxBackoff, jitter, on }`
pub(crate) const RETRY: u16 = 4;
/// `{ arguments }`
pub(crate) const CONTEXT: u16 = 5;

const JSON: TypeIdx = TypeIdx(0);
const INPUT_TYPE: TypeIdx = TypeIdx(2);
const OUTPUT_TYPE: TypeIdx = TypeIdx(3);
const CONTEXT_TYPE: TypeIdx = TypeIdx(4);

/// A program under way.
pub(crate) struct Asm {
    pub(crate) program: Program,
}

impl Asm {
    pub(crate) fn new() -> Self {
        let names: [&[&str]; 6] = [
            &["code", "message", "step", "attempts", "statusCode", "details"],
            &["value"],
            &["value", "success"],
            &["timeout", "connectTimeout", "retry"],
            &["attempts", "backoff", "maxBackoff", "jitter", "on"],
            &["arguments"],
        ];
        let shapes = names
            .iter()
            .map(|names| Shape { fields: names.iter().map(|name| (*name).into()).collect() });
        let field = |ty| FieldDesc { ty, optional: false, demanded: true };
        let record = |shape, fields| TypeDesc::Record { name: "".into(), shape, fields };
        let types = vec![
            TypeDesc::Json,
            TypeDesc::Bool,
            record(ShapeIdx(INPUT), vec![field(JSON)]),
            record(ShapeIdx(OUTPUT), vec![field(JSON), field(TypeIdx(1))]),
            record(ShapeIdx(CONTEXT), vec![field(JSON)]),
        ];
        let failure_shape = Some(ShapeIdx(FAILURE));
        let shapes = shapes.collect();
        Self { program: Program { shapes, types, failure_shape, ..Program::default() } }
    }

    /// Adds a function; instruction `i` of function `f` comes from the byte `f * 1000 + i`.
    pub(crate) fn function(&mut self, kind: FunctionKind, code: Vec<Op>) -> u16 {
        let index = u16::try_from(self.program.functions.len()).unwrap();
        let mut spans = SpanTable::default();
        for place in 0..u32::try_from(code.len()).unwrap() {
            spans.push(place, place_of(index, place));
        }
        self.program.functions.push(Function {
            name: format!("f{index}").into(),
            kind,
            code,
            spans,
            scalars: 16,
            values: 24,
            handlers: Vec::new(),
            step_ranges: Vec::new(),
        });
        index
    }

    pub(crate) fn node(&mut self, name: &str) -> u16 {
        let import = NodeImport { name: name.into(), signature: "".into() };
        self.program.nodes.push(import);
        u16::try_from(self.program.nodes.len() - 1).unwrap()
    }

    /// Adds a step that runs a node.
    pub(crate) fn step(&mut self, name: &str, node: &str, tried: bool) -> u16 {
        let node = self.node(node);
        let (type_args, input, output) = (Vec::new(), INPUT_TYPE, OUTPUT_TYPE);
        self.named(name, StepKind::Node { node, type_args, input, output, tried })
    }

    /// Adds an iteration: it calls `node` on its item, merges the value and yields it.
    pub(crate) fn iteration(&mut self, node: &str) -> u16 {
        let step = self.step("s", node, false);
        let end = vec![
            Op::Move { dst: V(7), src: V(1) },
            Op::Merge { slot: 0, src: V(7) },
            Op::ListPush { list: V(8), value: V(1) },
            Op::EndRegion,
        ];
        let body = code([call(step, V(0), None, V(1), V(4)), end]);
        self.function(FunctionKind::Region, body)
    }

    pub(crate) fn named(&mut self, name: &str, kind: StepKind) -> u16 {
        let index = u16::try_from(self.program.steps.len()).unwrap();
        let (name, span) = (name.into(), place_of(99, u32::from(index)));
        self.program.steps.push(StepInfo { name, kind, span, workflow: 0, slot: Some(index) });
        index
    }

    /// Adds a workflow with this body and these variables.
    pub(crate) fn workflow(&mut self, code: Vec<Op>, variables: &[Reg]) -> u16 {
        let function = self.function(FunctionKind::Workflow, code);
        let index = u16::try_from(self.program.workflows.len()).unwrap();
        let variables = variables.iter().enumerate();
        let variables =
            variables.map(|(n, reg)| VariableInfo { name: format!("v{n}").into(), register: *reg });
        let kind = TriggerKind::Function { arguments: Vec::new() };
        let span = place_of(98, 0);
        self.program.workflows.push(WorkflowInfo {
            name: format!("w{index}").into(),
            doc: "".into(),
            span,
            function,
            triggers: vec![TriggerInfo { name: "".into(), kind, context: CONTEXT_TYPE, span }],
            result: JSON,
            steps: Vec::new(),
            variables: variables.collect(),
        });
        function
    }

    /// The function with this index, to change it.
    pub(crate) fn at(&mut self, function: u16) -> &mut Function {
        &mut self.program.functions[usize::from(function)]
    }

    /// A constant of the value bank.
    pub(crate) fn constant(&mut self, constant: wf_bytecode::Const) -> u32 {
        self.program.constants.push(constant);
        u32::try_from(self.program.constants.len() - 1).unwrap()
    }

    pub(crate) fn scalar(&mut self, bits: u64) -> u32 {
        self.program.scalars.push(bits);
        u32::try_from(self.program.scalars.len() - 1).unwrap()
    }

    /// A request to run the first workflow with these arguments.
    pub(crate) fn request(mut self, arguments: Value) -> RunRequest {
        let steps = u16::try_from(self.program.steps.len()).unwrap();
        self.program.workflows[0].steps = (0..steps).collect();
        RunRequest {
            program: Arc::new(self.program),
            workflow: 0,
            fired: 0,
            trigger: Value::record(ShapeIdx(CONTEXT), vec![arguments]),
            config: Vec::new(),
            id: Uuid::from_u128(0x1234_5678),
            attempt: 1,
            limits: Limits::default(),
        }
    }
}

/// Where an instruction comes from.
pub(crate) fn place_of(function: u16, index: u32) -> Span {
    let start = u32::from(function) * 1000 + index;
    Span::new(FileId(0), start, start + 1)
}

/// The instructions that run a step on the value in `value`, with the policy in `policy`: the
/// output's value is in `dst`, the step's output in the register behind it. Uses two registers
/// from `scratch` on.
pub(crate) fn call(step: u16, value: V, policy: Option<V>, dst: V, scratch: V) -> Vec<Op> {
    let (input, second) = (scratch, V(scratch.0 + 1));
    vec![
        Op::Move { dst: second, src: value },
        Op::MakeRecord { dst: input, shape: INPUT, first: second },
        policy.map_or(Op::Null { dst: second }, |src| Op::Move { dst: second, src }),
        match policy {
            Some(_) => Op::Step { step, dst: V(dst.0 + 1), first: input },
            None => Op::StepAlone { step, dst: V(dst.0 + 1), src: input },
        },
        Op::StepField { dst, src: V(dst.0 + 1), field: wf_bytecode::StepField::Output },
        Op::Field { dst, src: dst, slot: 0 },
    ]
}

/// Several pieces of code as one.
pub(crate) fn code<const N: usize>(pieces: [Vec<Op>; N]) -> Vec<Op> {
    pieces.into_iter().flatten().collect()
}

/// The first argument of the trigger.
pub(crate) fn arguments(dst: V) -> Vec<Op> {
    vec![Op::Trigger { dst }, Op::Field { dst, src: dst, slot: 0 }]
}

/// Where operators of merges are.
pub(crate) const OPERATOR: u32 = 7;

/// A merge whose operator stands at a place of its own.
pub(crate) fn merge(op: MergeOp, target: MergeTarget) -> Merge {
    Merge { op, target, span: place_of(50, OPERATOR) }
}

/// An iteration with its index in the first scalar and its item in the first value, which yields.
pub(crate) fn region(function: u16) -> Region {
    Region {
        name: "r".into(),
        function,
        captures: Vec::new(),
        index: Some(S(0)),
        item: Some(V(0)),
        yields: Some(V(8)),
        publishes: Vec::new(),
    }
}

/// A parallel loop over the argument whose iterations call `node` on their item, merge its value
/// into a variable and yield it.
pub(crate) fn parallel_loop(node: &str, op: MergeOp, first: Const, limit: Option<i32>) -> Asm {
    let mut asm = Asm::new();
    let (first, empty) = (asm.constant(first), asm.constant(Const::EmptyList));
    let looped = asm.named("l", StepKind::For);
    let body = asm.iteration(node);
    let set_limit = limit.map(|value| Op::ConstInt { dst: S(1), value });
    asm.program.forks.push(Fork {
        step: looped,
        kind: ForkKind::Loop { items: V(0), limit: limit.map(|_| S(1)), region: region(body) },
        merges: vec![merge(op, MergeTarget::Register(Reg::Value(V(1))))],
        yields: Some(V(2)),
    });
    let main = vec![
        Op::Const { dst: V(1), index: first },
        Op::Const { dst: V(2), index: empty },
        set_limit.unwrap_or(Op::Null { dst: V(5) }),
        Op::Fork { fork: 0 },
        Op::Return { src: V(2) },
    ];
    asm.workflow(code([arguments(V(0)), main]), &[Reg::Value(V(1))]);
    asm
}
