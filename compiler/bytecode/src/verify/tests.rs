//! Each kind of corruption is refused, at its place.

use super::verify;
use crate::pipeline::{Cell, End, Fixed, Kernel, Pipeline, Source};
use crate::sample::sample;
use crate::{
    Bank, Capture, Coercion, FieldSource, ForkKind, FunctionKind, MergeTarget, Op, Part, PathPart,
    Program, Reg, S, ShapeIdx, StepKind, TextChange, TextTo, To, TypeDesc, TypeIdx, V,
};

#[test]
fn the_sample_is_valid() {
    assert_eq!(verify(&sample()), Ok(()));
    assert_eq!(verify(&Program::default()), Ok(()));
}

/// The error of the sample after a change.
#[track_caller]
fn refused(expected: &str, change: impl FnOnce(&mut Program)) {
    let mut program = sample();
    change(&mut program);
    let error = verify(&program).expect_err("the change is a corruption").to_string();
    assert!(error.contains(expected), "{error}\ndoes not say\n{expected}");
}

/// The error where an instruction of the workflow is replaced.
#[track_caller]
fn refused_op(expected: &str, op: Op) {
    refused(expected, |p| p.functions[1].code[4] = op);
}

#[test]
fn registers_lie_in_the_frame() {
    refused_op("there is no scalar register 4, only 4", Op::ConstInt { dst: S(4), value: 0 });
    refused_op("there is no value register 6", Op::Move { dst: V(0), src: V(6) });
    refused_op("value registers from 5 on", Op::Concat { dst: V(0), first: V(5), count: 2 });
    refused_op("value registers from 4 on", Op::MakeMap { dst: V(0), first: V(4), count: 2 });
    refused_op("value registers from 6 on", Op::MakeRecord { dst: V(0), shape: 2, first: V(6) });
    refused_op("value registers from 5 on", Op::Spread { dst: V(0), plan: 0, first: V(5) });
    refused_op("value registers from 6 on", Op::CallNative { native: 0, dst: V(0), first: V(6) });
    refused_op("value registers from 5 on", Op::Step { step: 0, dst: V(0), first: V(5) });
    refused_op("there is no value register 6", Op::StepAlone { step: 0, dst: V(0), src: V(6) });
    let output = |dst, src| Op::OutputScalar { dst, src, slot: 0 };
    refused_op("there is no scalar register 4", output(S(4), V(0)));
    refused_op("there is no value register 6", output(S(0), V(6)));
    let piece = |piece| Op::NextPiece { src: V(0), separator: V(0), piece };
    refused_op("there is no scalar register 4", piece(S(2)));
    let piece = |piece| Op::Piece { dst: V(0), src: V(0), piece };
    refused_op("there is no scalar register 4", piece(S(3)));
    let item = |list, index| Op::ItemField { slot: 0, dst: V(0), list, index };
    refused_op("there is no value register 6", item(V(6), S(0)));
    refused_op("there is no scalar register 4", item(V(0), S(4)));
    let skip = |list, index| Op::SkipIfItemIs { slot: 0, list, index, constant: 0 };
    refused_op("there is no value register 6", skip(V(6), S(0)));
    refused_op("there is no scalar register 4", skip(V(0), S(4)));
    refused("there is no value register 9", |p| {
        p.templates[0][1] = Part::Path(V(9), vec![PathPart::Output]);
    });
    refused("is not where a way begins", |p| {
        p.templates[0][1] = Part::Path(V(0), vec![PathPart::Slot(0), PathPart::Output]);
    });
    refused("there is no scalar register 9", |p| p.templates[0][1] = Part::Int(S(9)));
    refused("there is no scalar register 4", |p| {
        p.workflows[0].variables[0].register = Reg::Bool(S(4));
    });
}

#[test]
fn tables_have_the_entries_that_are_named() {
    refused_op("there is no constant 3", Op::Const { dst: V(0), index: 3 });
    refused_op("there is no constant 3", Op::SkipIfFieldIs { src: V(0), slot: 0, constant: 3 });
    refused_op("there is no scalar constant 1", Op::RemIntConst { dst: S(0), a: S(0), index: 1 });
    refused_op("there is no text 32", Op::TextBegin { text: 32 });
    let split = |by, separator| Op::TextSplit {
        to: TextTo::new(0, TextChange::Upper),
        src: V(0),
        by,
        separator,
    };
    refused_op("there is no constant 3", Op::TextConst { text: 0, constant: 3 });
    let length = |native| Op::ItemLength { native, dst: S(0), list: V(0), index: S(0) };
    refused_op("there is no library function 1", length(1));
    refused_op("there is no constant 3", split(3, 0));
    refused_op("there is no constant 3", split(0, 3));
    let call = |function, scalars| Op::CallAdd { imm: 1, function, scalars, src: S(0) };
    refused_op("there is no scalar register 4", call(0, 4));
    refused_op("function 1 is none of one scalar", call(1, 0));
    refused_op("may not have it", Op::ReturnIfLtImm { a: S(0), imm: 1, src: S(0) });
    refused_op("may not have it", Op::ReturnAddInt { a: S(0), b: S(0) });
    refused_op("0 is not above 0", Op::RemIntImm { dst: S(0), a: S(0), imm: 0 });
    refused_op("-3 is not above 0", Op::RemIntImm { dst: S(0), a: S(0), imm: -3 });
    refused_op("there is no library function 1", Op::Length { dst: S(0), src: V(0), native: 1 });
    refused_op("there is no scalar constant 1", Op::ConstScalar { dst: S(0), index: 1 });
    refused_op("there is no template 1", Op::Render { dst: V(0), template: 1 });
    refused_op("there is no shape 9", Op::MakeRecord { dst: V(0), shape: 9, first: V(0) });
    refused_op("there is no coercion 1", Op::Coerce { dst: V(0), src: V(0), plan: 1 });
    refused_op("there is no type 7", Op::Decode { dst: V(0), src: V(0), ty: 7 });
    refused_op("there is no type 7", Op::IsMember { dst: S(0), src: V(0), ty: 7 });
    refused_op("there is no value register 6", Op::Unwrap { dst: V(0), src: V(6) });
    refused_op("there is no value of config 1", Op::Config { dst: V(0), index: 1 });
    refused_op("there is no step 2", Op::BeginStep { step: 2, start: S(0) });
    refused_op("there is no step 2", Op::StepAlone { step: 2, dst: V(0), src: V(0) });
    refused_op("there is no step 2", Op::Decided { step: 2, value: V(0) });
    refused_op(
        "there is no step 2",
        Op::BeginLoop { inclusive: false, step: 2, start: S(0), end: S(0) },
    );
    refused_op("there is no fork 1", Op::Fork { fork: 1 });
    refused_op("may not have it", Op::Merge { slot: 0, src: V(0) });
    refused("there is no merge 1", |p| {
        p.functions[2].code[2] = Op::Merge { slot: 1, src: V(0) };
    });
    refused("there is no node 1", |p| {
        let StepKind::Node { node, .. } = &mut p.steps[0].kind else { panic!() };
        *node = 1;
    });
    refused("there is no workflow 1", |p| p.steps[1].workflow = 1);
    refused("there is no slot 2", |p| p.steps[1].slot = Some(2));
    refused("does not have the slot", |p| p.steps.swap(0, 1));
}

#[test]
fn code_ends_and_jumps_stay_inside() {
    refused_op("there is no instruction 19", Op::Jump { to: 19 });
    let near = |to| Op::JumpIfLt { a: S(0), b: S(0), to: To::new(to) };
    refused_op("there is no instruction 19", near(19));
    let next = |to| Op::NextInt { counter: S(0), end: S(0), to: To::new(to) };
    refused_op("there is no instruction 70000", next(70_000));
    let next = |to| Op::NextIntTo { counter: S(0), last: S(0), to: To::new(to) };
    refused_op("there is no instruction 70000", next(70_000));
    refused("there is nothing behind its last instruction", |p| {
        let code = &mut p.functions[1].code;
        let before_last = code.len() - 2;
        code[before_last] = Op::SkipIfFieldIsNot { src: V(0), slot: 0, constant: 0 };
    });
    refused("its last instruction falls through", |p| {
        p.functions[1].code.push(Op::Null { dst: V(0) });
    });
    refused("it has no instructions", |p| p.functions[3].code.clear());
    refused("a handler covers 9 to 5", |p| {
        let handler = &mut p.functions[1].handlers[0];
        (handler.start, handler.end) = (9, 5);
    });
    refused("there is no instruction 99", |p| p.functions[1].handlers[0].target = 99);
    refused("there is no value register 6", |p| p.functions[1].handlers[0].failure = V(6));
    refused("loops are too many", |p| p.functions[1].handlers[0].loop_depth = 9999);
    refused("a range of inputs covers", |p| p.functions[1].step_ranges[0].end = 99);
    refused("out of order", |p| p.functions[1].spans.entries.swap(0, 1));
    refused("no shape of failures", |p| p.failure_shape = None);
}

#[test]
fn functions_are_used_as_what_they_are() {
    refused_op("can't be called", Op::Call { function: 1, scalars: 0, values: 0 });
    refused_op("can't be called", Op::Call { function: 9, scalars: 0, values: 0 });
    refused_op("not in the frame", Op::Call { function: 0, scalars: 4, values: 0 });
    refused_op("is no closure", Op::MakeClosure { dst: V(0), function: 0, first: V(0) });
    refused_op("may not have it", Op::ReturnScalar { src: S(0) });
    refused_op("may not have it", Op::EndRegion);
    refused("may not have it", |p| p.functions[0].code[0] = Op::Trigger { dst: V(0) });
    refused("do not fit into its frame", |p| p.functions[0].scalars = 0);
    refused("is no workflow", |p| p.workflows[0].function = 0);
    refused("is no closure of 0 parameters", |p| p.config[0].default = Some(0));
    refused("it is the region of no fork", |p| {
        p.functions[3].kind = FunctionKind::Region;
        p.config.clear();
        let mut code = p.functions[2].code.split_off(4);
        std::mem::swap(&mut p.functions[3].code, &mut code);
        p.functions[2].code.push(Op::EndRegion);
        let crate::TriggerKind::Function { arguments } = &mut p.workflows[0].triggers[0].kind
        else {
            panic!()
        };
        arguments.clear();
    });
}

#[test]
fn the_frames_of_a_fork_fit_together() {
    let region = |p: &mut Program, change: fn(&mut crate::Region)| {
        let ForkKind::Loop { region, .. } = &mut p.forks[0].kind else { panic!() };
        change(region);
    };
    refused("there is no scalar register 4", |p| {
        region(p, |r| r.captures = vec![Capture::Scalar { from: S(4), to: S(0) }]);
    });
    refused("there is no value register 6", |p| {
        region(p, |r| r.captures = vec![Capture::Value { from: V(0), to: V(6) }]);
    });
    refused("there is no value register 6", |p| region(p, |r| r.publishes = vec![(V(0), V(6))]));
    refused("there is no scalar register 4", |p| region(p, |r| r.index = Some(S(4))));
    refused("there is no value register 6", |p| region(p, |r| r.yields = Some(V(6))));
    refused("its fork does not take it", |p| p.forks[0].yields = None);
    refused("function 3 is no region", |p| {
        p.functions[2].code.remove(2);
        p.functions[2].kind = FunctionKind::Workflow;
        p.functions[2].code[3] = Op::Return { src: V(0) };
        region(p, |r| r.function = 3);
    });
    refused("there is no function 9", |p| region(p, |r| r.function = 9));
    refused("there is no merge 0", |p| p.forks[0].merges.clear());
    refused("it passes a merge on", |p| {
        p.forks[0].merges[0].target = MergeTarget::Outer(0);
    });
    refused("more than one function runs it", |p| {
        p.functions[2].code[0] = Op::Fork { fork: 0 };
    });
    refused("is the region of another fork", |p| p.forks.push(p.forks[0].clone()));
}

#[test]
fn a_counted_fork_has_its_number_in_the_frame_and_no_items() {
    let counted = |p: &mut Program, count: u16, limit: Option<S>, item: Option<V>| {
        let ForkKind::Loop { region, .. } = &p.forks[0].kind else { panic!() };
        let region = crate::Region { item, ..region.clone() };
        p.forks[0].kind = ForkKind::Count { count: S(count), limit, region };
    };
    let mut program = sample();
    counted(&mut program, 0, Some(S(1)), None);
    assert_eq!(verify(&program), Ok(()));
    refused("there is no scalar register 4", |p| counted(p, 4, None, None));
    refused("there is no scalar register 4", |p| counted(p, 0, Some(S(4)), None));
    refused("are counted, and take an item", |p| counted(p, 0, None, Some(V(4))));
}

#[test]
fn types_and_plans_are_consistent() {
    refused("there is no type 9", |p| p.types[2] = TypeDesc::Optional(TypeIdx(9)));
    refused("nest too deep", |p| p.types[2] = TypeDesc::Optional(TypeIdx(2)));
    refused("nest too deep", |p| p.types[4] = TypeDesc::Union(vec![TypeIdx(0), TypeIdx(4)]));
    refused("there is no type 9", |p| {
        p.types[2] = TypeDesc::Reduced { of: TypeIdx(0), read: TypeIdx(9) };
    });
    refused("nest too deep", |p| {
        p.types[2] = TypeDesc::Reduced { of: TypeIdx(0), read: TypeIdx(2) };
    });
    refused("it has 2 fields and its shape 1", |p| p.shapes[1].fields.truncate(1));
    refused("is not that of failures", |p| p.failure_shape = Some(ShapeIdx(1)));
    refused("is no record", |p| p.workflows[0].triggers[0].context = TypeIdx(0));
    refused("is no record", |p| p.workflows[0].triggers[0].context = TypeIdx(4));
    refused("there is no type 9", |p| {
        p.coercions[0] = Coercion::Member { ty: TypeIdx(9), inner: Box::new(Coercion::Same) };
    });
    refused("there is no type 9", |p| {
        p.coercions[0] = Coercion::Union(vec![(TypeIdx(9), Coercion::Null)]);
    });
    refused("its fields are not those of shape 2", |p| {
        let inner = Coercion::Record { shape: ShapeIdx(2), fields: vec![] };
        let field = Coercion::Field { slot: 0, inner: Box::new(inner) };
        p.coercions[0] = Coercion::Union(vec![(TypeIdx(0), field)]);
    });
    refused("has no trigger", |p| p.workflows[0].triggers.clear());
    refused("its fields are not those of shape 1", |p| {
        p.record_plans[0].fields.pop();
    });
    refused("there is no register 2", |p| {
        p.record_plans[0].fields[1] = vec![FieldSource::Register(2)];
    });
    refused("its fields are not those of shape 2", |p| {
        p.coercions[0] = Coercion::Record { shape: ShapeIdx(2), fields: vec![] };
    });
    refused("it nests too deep", |p| {
        for _ in 0..Coercion::MAX_DEPTH {
            let inner = std::mem::replace(&mut p.coercions[0], Coercion::Same);
            p.coercions[0] = Coercion::List(Box::new(inner));
        }
    });
}

#[test]
fn parameters_count_in_their_bank() {
    let mut program = sample();
    let params = vec![Bank::Scalar, Bank::Value, Bank::Scalar];
    program.functions[0].kind = FunctionKind::Pure { params, result: Bank::Scalar };
    assert_eq!(verify(&program), Ok(()));
    program.functions[0].code[2] = Op::Call { function: 0, scalars: 2, values: 5 };
    assert_eq!(verify(&program), Ok(()));
    program.functions[0].code[2] = Op::Call { function: 0, scalars: 3, values: 5 };
    assert!(verify(&program).is_err());
    program.functions[0].code[2] = Op::Call { function: 0, scalars: 2, values: 6 };
    assert!(verify(&program).is_err());
}

/// The error where the pipeline of the sample is changed.
#[track_caller]
fn refused_pipeline(expected: &str, change: impl FnOnce(&mut Pipeline)) {
    refused(expected, |p| change(&mut p.pipelines[0]));
}

#[test]
fn pipelines_stay_in_their_columns_and_tables() {
    refused_op("there is no pipeline 1", Op::Pipeline { pipeline: 1, to: 0 });
    refused_op("there is no instruction 99", Op::Pipeline { pipeline: 0, to: 99 });
    refused_pipeline("there is no value register 6", |p| p.list = V(6));
    refused_pipeline("255 columns are too many", |p| p.columns = 255);
    refused_pipeline("there is no column 2, only 2", |p| p.columns = 2);
    refused_pipeline("there is no scalar register 4", |p| p.fixed[0].1 = Fixed::Scalar(S(4)));
    refused_pipeline("there is no column 3", |p| p.kernels[7] = Kernel::Copy { dst: 0, src: 3 });
    let null = |of| Kernel::KeepNull { of, null: true };
    refused_pipeline("there is no value register 6", |p| {
        p.kernels[1] = null(Source::Register(V(6)));
    });
    refused_pipeline("there is no constant 9", |p| p.kernels[1] = null(Source::Const(9)));
    refused_pipeline("there is no scalar register 4", |p| p.end = End::Count { dst: S(4) });
    refused_pipeline("there is no value register 6", |p| p.end = End::First { dst: V(6) });
    refused_pipeline("there is no shape 9", |p| {
        p.end = End::Records { dst: V(0), shape: 9, fields: Vec::new() };
    });
    refused_pipeline("its fields are not those of shape 1", |p| {
        let fields = vec![Cell::Value(Source::Const(0))];
        p.end = End::Records { dst: V(0), shape: 1, fields };
    });
}

#[test]
fn parts_of_kernels_are_there_and_do_not_nest_too_deep() {
    refused_pipeline("kernels are missing", |p| _ = p.kernels.pop());
    refused_pipeline("kernels are missing", |p| {
        p.kernels[0] = Kernel::AnyOf { left: 1, right: 8 };
    });
    // A part ends within the one around it.
    refused_pipeline("kernels are missing", |p| {
        p.kernels[0] = Kernel::AnyOf { left: 1, right: 4 };
    });
    refused_pipeline("nest too deep", |p| {
        let deep = Pipeline::MAX_DEPTH as u16 + 1;
        p.kernels = (0..deep).map(|i| Kernel::AnyOf { left: deep - 1 - i, right: 0 }).collect();
    });
}

#[test]
fn what_stores_are_asked_is_there() {
    use crate::pushdown::{Asks, Kind, Operand, Predicate, Pushdown};
    use crate::{FunctionKind, VerifyError};

    let field = || Operand::Field { path: vec!["a".into()], kind: Kind::Bool, nullable: false };
    let capture = |index| Operand::Capture { index, kind: Kind::Bool, nullable: false };
    let test = |predicate| Asks::Test { predicate, exact: true };
    let check = |function, asks: &[Asks]| -> Result<(), VerifyError> {
        let mut program = sample();
        let kind = FunctionKind::Closure { params: 1, captures: 1 };
        let closure = program.functions.len();
        program.functions.push(crate::Function { kind, ..program.functions[3].clone() });
        program.pushdowns = asks
            .iter()
            .map(|asks| Pushdown { function: function + closure as u16, asks: asks.clone() })
            .collect();
        verify(&program)
    };
    let refused = |expected: &str, function, asks: &[Asks]| {
        let error = check(function, asks).expect_err("it is refused").to_string();
        assert!(error.contains(expected), "{error}");
    };
    assert_eq!(check(0, &[test(Predicate::Is(field()))]), Ok(()));
    assert_eq!(check(0, &[Asks::Key(capture(0))]), Ok(()));
    refused("is no closure over an entity", 1, &[Asks::Key(field())]);
    refused("there is no capture 1", 0, &[Asks::Key(capture(1))]);
    let in_list = Predicate::InCapture { needle: field(), list: 1, kind: Kind::Bool };
    refused("there is no capture 1", 0, &[test(Predicate::Not(Box::new(in_list)))]);
    refused("not behind that of the one before", 0, &[Asks::Key(field()), Asks::Key(field())]);
    let nameless = Operand::Field { path: vec![], kind: Kind::Bool, nullable: false };
    refused("a path has no names", 0, &[test(Predicate::IsNull(nameless))]);
    let deep = |levels: usize| {
        (2..levels).fold(Predicate::Is(field()), |inner, _| Predicate::Not(Box::new(inner)))
    };
    assert_eq!(check(0, &[test(deep(Predicate::MAX_DEPTH))]), Ok(()));
    refused("levels deep", 0, &[test(deep(Predicate::MAX_DEPTH + 1))]);
}
