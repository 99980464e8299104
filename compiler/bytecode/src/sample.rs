//! A small valid program with something in every table, for tests.

use wf_diagnostics::{FileId, Span};

use crate::pipeline::{Arith, End, Fixed, Kernel, Lane, Pipeline, Source, Test};
use crate::{
    Bank, Capture, Coercion, ConfigField, Const, FieldDesc, FieldSource, Fork, ForkKind, Function,
    FunctionKind, Handler, Merge, MergeOp, MergeTarget, NativeImport, NodeImport, Op, Part,
    Program, RecordPlan, Reg, Region, S, Shape, ShapeIdx, SourceText, SpanTable, StepField,
    StepInfo, StepKind, StepRange, TriggerArgument, TriggerInfo, TriggerKind, TypeDesc, TypeIdx, V,
    VariableInfo, WorkflowInfo,
};

fn span(start: u32) -> Span {
    Span::new(FileId(0), start, start + 1)
}

fn function(name: &str, kind: FunctionKind, code: Vec<Op>) -> Function {
    let mut spans = SpanTable::default();
    (0..code.len() as u32).for_each(|i| spans.push(i, span(3 * i)));
    let (handlers, step_ranges) = (Vec::new(), Vec::new());
    let name = name.into();
    Function { name, kind, code, spans, scalars: 4, values: 6, handlers, step_ranges }
}

/// `double`, a workflow with a step in a `try`, a parallel loop with a merge and yields, and the
/// default of an argument.
pub(crate) fn sample() -> Program {
    let mut program = Program {
        sources: vec![SourceText { name: "a.wf".into(), text: "fn double\nworkflow\n".into() }],
        scalars: vec![1.5f64.to_bits()],
        constants: vec![Const::String("hi".into()), Const::EmptyList, Const::Duration(5)],
        types: types(),
        shapes: [
            vec!["code", "message", "step", "attempts", "statusCode", "details"],
            vec!["name", "count"],
            vec!["success"],
        ]
        .map(|names| Shape { fields: names.into_iter().map(Into::into).collect() })
        .to_vec(),
        failure_shape: Some(ShapeIdx(0)),
        functions: vec![double(), body(), region(), default()],
        natives: vec![NativeImport { name: "upper".into(), arity: 1 }],
        nodes: vec![NodeImport { name: "log.info".into(), signature: "node log.info".into() }],
        templates: vec![vec![Part::Text("n = ".into()), Part::Int(S(0)), Part::Value(V(1))]],
        pipelines: vec![pipeline()],
        coercions: vec![coercion()],
        record_plans: vec![RecordPlan {
            shape: ShapeIdx(1),
            count: 2,
            fields: vec![
                vec![FieldSource::Register(1), FieldSource::Slot { record: 0, slot: 0 }],
                vec![],
            ],
        }],
        config: vec![ConfigField {
            name: "limit".into(),
            ty: TypeIdx(0),
            default: Some(3),
            span: span(1),
        }],
        ..Program::default()
    };
    steps(&mut program);
    program
}

fn types() -> Vec<TypeDesc> {
    let field = |ty| FieldDesc { ty: TypeIdx(ty), optional: false, demanded: true };
    let optional = FieldDesc { ty: TypeIdx(2), optional: true, demanded: false };
    vec![
        TypeDesc::Int,
        TypeDesc::String,
        TypeDesc::Optional(TypeIdx(1)),
        TypeDesc::Record {
            name: "Person".into(),
            shape: ShapeIdx(1),
            fields: vec![optional, field(0)],
        },
        TypeDesc::Union(vec![TypeIdx(1), TypeIdx(0)]),
        TypeDesc::Record { name: "".into(), shape: ShapeIdx(2), fields: vec![field(0)] },
        TypeDesc::List(TypeIdx(6)),
    ]
}

fn coercion() -> Coercion {
    let field = (0, Coercion::Optional(Box::new(Coercion::Json)));
    let record = Coercion::Record { shape: ShapeIdx(1), fields: vec![Some(field), None] };
    Coercion::Map(Box::new(Coercion::List(Box::new(record))))
}

/// `filter(x => x.0 == "hi" or x.1 > s0) | map(x => if … { … } else { … }) | sum`
fn pipeline() -> Pipeline {
    let text = Source::Item(vec![0]);
    let keep = Kernel::Keep { test: Test::Lt, lane: Lane::Int, a: 1, b: 0 };
    Pipeline {
        list: V(5),
        columns: 3,
        fixed: vec![(1, Fixed::Scalar(S(0))), (2, Fixed::Bits(7))],
        kernels: vec![
            Kernel::AnyOf { left: 1, right: 2 },
            Kernel::KeepEqual { a: text, b: Source::Const(0), equal: true },
            Kernel::Load { dst: 0, lane: Lane::Int, from: Source::Item(vec![1]) },
            keep.clone(),
            Kernel::Choose { cond: 1, then: 1, otherwise: 1 },
            keep,
            Kernel::Arith { op: Arith::Add, lane: Lane::Int, dst: 0, a: 0, b: 2 },
            Kernel::Copy { dst: 0, src: 1 },
        ],
        end: End::Sum { dst: S(3), lane: Lane::Int, column: 0 },
    }
}

fn double() -> Function {
    let kind = FunctionKind::Pure { params: vec![Bank::Scalar], result: Bank::Scalar };
    let code = vec![
        Op::AddInt { dst: S(1), a: S(0), b: S(0) },
        Op::JumpIf { cond: S(1), to: 3 },
        Op::Call { function: 0, scalars: 1, values: 0 },
        Op::ReturnScalar { src: S(1) },
    ];
    function("double", kind, code)
}

fn body() -> Function {
    let code = vec![
        Op::ConstInt { dst: S(0), value: 7 },
        Op::ConstScalar { dst: S(1), index: 0 },
        Op::Const { dst: V(1), index: 0 },
        Op::Spread { dst: V(2), plan: 0, first: V(1) },
        Op::Coerce { dst: V(2), src: V(2), plan: 0 },
        Op::Render { dst: V(0), template: 0 },
        Op::MakeRecord { dst: V(0), shape: 2, first: V(0) },
        Op::Null { dst: V(1) },
        Op::Step { step: 0, dst: V(3), first: V(0) },
        Op::StepField { dst: V(4), src: V(3), field: StepField::Output },
        Op::BeginStep { step: 1, start: S(2) },
        Op::Const { dst: V(5), index: 1 },
        Op::Decided { step: 1, value: V(5) },
        Op::Fork { fork: 0 },
        Op::Pipeline { pipeline: 0, to: 15 },
        Op::EndStep { step: 1, start: S(2), value: V(5) },
        Op::CallNative { native: 0, dst: V(4), first: V(4) },
        Op::Return { src: V(4) },
        Op::Fail { src: V(2) },
    ];
    let mut body = function("follow", FunctionKind::Workflow, code);
    let handler =
        Handler { start: 5, end: 9, target: 18, failure: V(2), loop_depth: 0, finally: false };
    body.handlers.push(handler);
    body.step_ranges.push(StepRange { start: 5, end: 8, step: 0 });
    body
}

fn region() -> Function {
    let code = vec![
        Op::Const { dst: V(1), index: 1 },
        Op::BoxInt { dst: V(2), src: S(0) },
        Op::Merge { slot: 0, src: V(2) },
        Op::ListPush { list: V(1), value: V(2) },
        Op::EndRegion,
    ];
    function("follow.each", FunctionKind::Region, code)
}

fn default() -> Function {
    let kind = FunctionKind::Closure { params: 0, captures: 0 };
    let code = vec![Op::Const { dst: V(0), index: 2 }, Op::Return { src: V(0) }];
    function("limit.default", kind, code)
}

fn steps(program: &mut Program) {
    let node = StepKind::Node {
        node: 0,
        type_args: vec![TypeIdx(3)],
        input: TypeIdx(5),
        output: TypeIdx(5),
        tried: true,
    };
    for (i, (name, kind)) in [("log", node), ("each", StepKind::For)].into_iter().enumerate() {
        let slot = Some(i as u16);
        program.steps.push(StepInfo { name: name.into(), kind, span: span(2), workflow: 0, slot });
    }
    program.forks.push(Fork {
        step: 1,
        kind: ForkKind::Loop {
            items: V(5),
            limit: Some(S(0)),
            region: Region {
                name: "each".into(),
                function: 2,
                captures: vec![
                    Capture::Scalar { from: S(0), to: S(0) },
                    Capture::Value { from: V(1), to: V(3) },
                ],
                index: Some(S(1)),
                item: Some(V(4)),
                yields: Some(V(1)),
                publishes: vec![(V(2), V(4))],
            },
        },
        merges: vec![Merge {
            op: MergeOp::AddInt,
            target: MergeTarget::Register(Reg::Int(S(0))),
            span: span(4),
        }],
        yields: Some(V(5)),
    });
    let argument = TriggerArgument { name: "n".into(), ty: TypeIdx(0), default: Some(3) };
    program.workflows.push(WorkflowInfo {
        name: "follow".into(),
        doc: "Follows.".into(),
        span: span(10),
        function: 1,
        triggers: vec![TriggerInfo {
            name: "asked".into(),
            kind: TriggerKind::Function { arguments: vec![argument] },
            context: TypeIdx(5),
            span: span(10),
        }],
        result: TypeIdx(1),
        steps: vec![0, 1],
        variables: vec![VariableInfo { name: "total".into(), register: Reg::Int(S(0)) }],
    });
}
