//! The dispatch loop: each arm is a line or two, the work is in [`ops`](super::ops).

use wf_bytecode::{Function, Op, S, TypeIdx, V};

use super::fiber::Frame;
use super::ops::pipeline::Made;
use super::ops::run::{CALL_COST, REGION_COST, STEP_COST, too_deep};
use super::ops::{arith, compare, list, piece, pipeline, record, render, run, text};
use super::registers::{Scalars, window};
use super::{Effects, Env, Fault, Fiber, Open, Outcome, StepAt, StepEnd, corrupt};
use crate::Value;

/// Runs instructions until the fiber ends, waits, fails or has used its budget, or until a frame
/// is of the other width. The frame's `pc` is the instruction at which it stopped.
#[expect(clippy::too_many_lines, reason = "the dispatch: one arm for each instruction")]
pub(super) fn execute<W: Scalars + ?Sized>(
    fiber: &mut Fiber,
    env: Env<'_>,
    fx: &mut dyn Effects,
    budget: &mut i64,
) -> Result<Option<Outcome>, Fault> {
    let linked = env.linked;
    let Fiber { scalars, values, callers, frame: kept, texts, act, .. } = fiber;
    let mut fuel = *budget;
    // The frame in registers: read as a whole right after it was written by parts, it would wait
    // for the memory.
    let Frame { function: mut current, pc, scalars: mut scalar_base, values: mut value_base } =
        *kept;
    let mut function = linked.function(current)?;
    let mut code: &[Op] = &function.code;
    // The instructions behind the one that runs; an index is needed only where code jumps or leaves.
    let mut rest = code.get(pc as usize..).ok_or_else(corrupt)?.iter();
    let Some(mut s) = W::window(scalars, scalar_base, function.scalars) else {
        return Err(corrupt());
    };
    let mut v = window(values, value_base, function.values).ok_or_else(corrupt)?;

    // The index of the instruction that runs.
    macro_rules! here {
        () => {
            code.len() - rest.len() - 1
        };
    }
    macro_rules! frame {
        ($pc:expr) => {
            Frame { function: current, pc: $pc as u32, scalars: scalar_base, values: value_base }
        };
    }
    macro_rules! leave_at {
        ($pc:expr, $result:expr) => {{
            *kept = frame!($pc);
            *budget = fuel;
            return $result;
        }};
    }
    macro_rules! leave {
        ($result:expr) => {
            leave_at!(here!(), $result)
        };
    }
    macro_rules! attempt {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(fault) => leave!(Err(fault.into())),
            }
        };
    }
    // Goes on at an instruction of another frame: in this width, if it has it and the stacks have
    // room for it.
    macro_rules! reload {
        ($pc:expr) => {{
            let pc: usize = $pc;
            code = &function.code;
            s = match W::window(scalars, scalar_base, function.scalars) {
                Some(window) => window,
                None => leave_at!(pc, Ok(None)),
            };
            v = match window(values, value_base, function.values) {
                Some(window) => window,
                None => leave_at!(pc, Ok(None)),
            };
            rest = match code.get(pc..) {
                Some(rest) => rest.iter(),
                None => leave_at!(pc, Err(corrupt())),
            };
        }};
    }
    macro_rules! return_to {
        ($caller:expr) => {{
            let caller: Frame = $caller;
            (current, scalar_base, value_base) = (caller.function, caller.scalars, caller.values);
            function = match linked.function(current) {
                Ok(function) => function,
                Err(fault) => leave_at!(caller.pc as usize, Err(fault)),
            };
            // The call itself is over, in this width or the other.
            reload!(caller.pc as usize + 1);
            continue;
        }};
    }
    macro_rules! return_scalar {
        ($bits:expr) => {{
            let bits: u64 = $bits;
            if !v.is_empty() {
                v.fill(Value::Null);
            }
            let Some(caller) = callers.pop() else { leave!(Err(corrupt())) };
            set!(S(0), bits);
            return_to!(caller);
        }};
    }
    // Calls a function whose frame begins at these registers of the stacks.
    macro_rules! call {
        ($callee:expr, $scalars:expr, $values:expr, $info:expr) => {{
            let (callee, info): (u16, &Function) = ($callee, $info);
            let (scalar_first, value_first): (usize, usize) = ($scalars, $values);
            if callers.len() >= env.limits.depth as usize {
                leave!(Err(too_deep(callers.len())));
            }
            if info.values > 0 {
                // What a call left behind is not seen by the next one.
                let value_top = value_first + usize::from(info.values);
                let params = linked.value_params.get(usize::from(callee)).copied();
                let fresh = value_first + usize::from(params.unwrap_or(0));
                let old = values.len();
                if let Some(stale) = values.get_mut(fresh..value_top.min(old)) {
                    stale.fill(Value::Null);
                }
            }
            callers.push(frame!(here!()));
            current = callee;
            (scalar_base, value_base) = (scalar_first as u32, value_first as u32);
            function = info;
            fuel -= CALL_COST;
            reload!(0);
            if fuel < 0 {
                leave_at!(0_usize, Ok(Some(Outcome::SliceOver)));
            }
            continue;
        }};
    }
    // Scalar registers; a register that is not there is a corrupt program.
    macro_rules! get {
        ($reg:expr) => {
            match s.place($reg) {
                Some(place) => *place,
                None => leave!(Err(corrupt())),
            }
        };
    }
    macro_rules! set {
        ($reg:expr, $bits:expr) => {{
            let bits: u64 = $bits;
            match s.place($reg) {
                Some(place) => *place = bits,
                None => leave!(Err(corrupt())),
            }
        }};
    }
    macro_rules! put {
        ($reg:expr, $value:expr) => {{
            let value: Value = $value;
            match v.get_mut(usize::from($reg.0)) {
                Some(place) => value.put_into(place),
                None => leave!(Err(corrupt())),
            }
        }};
    }
    macro_rules! see {
        ($reg:expr) => {
            match v.get(usize::from($reg.0)) {
                Some(value) => value,
                None => leave!(Err(corrupt())),
            }
        };
    }
    macro_rules! take {
        ($reg:expr) => {
            match v.get_mut(usize::from($reg.0)) {
                Some(value) => std::mem::take(value),
                None => leave!(Err(corrupt())),
            }
        };
    }
    // `None` of the operation is its failure, which is found out again where it is cold.
    macro_rules! int {
        ($a:expr, $b:expr, $op:ident) => {{
            let (a, b) = ($a as i64, i64::from($b));
            match a.$op(b) {
                Some(result) => result,
                None => leave!(Err(arith::int_failure(stringify!($op), a, b))),
            }
        }};
    }
    macro_rules! float {
        ($dst:expr, $a:expr, $b:expr, $op:tt) => {{
            let (a, b) = (f64::from_bits(get!($a)), f64::from_bits(get!($b)));
            let result = a $op b;
            if result.is_finite() {
                set!($dst, (result + 0.0).to_bits());
            } else {
                leave!(Err(arith::float_failure(stringify!($op), a, b)));
            }
        }};
    }
    macro_rules! test {
        ($dst:expr, $a:expr, $b:expr, $as:expr, $op:tt) => {{
            let (a, b) = ($as(get!($a)), $as(get!($b)));
            set!($dst, u64::from(a $op b));
        }};
    }
    macro_rules! jump {
        ($to:expr) => {{
            let (to, pc) = ($to as usize, here!());
            if to <= pc {
                fuel -= (pc - to) as i64 + 1;
                if fuel < 0 {
                    leave_at!(to, Ok(Some(Outcome::SliceOver)));
                }
            }
            rest = match code.get(to..) {
                Some(rest) => rest.iter(),
                None => leave!(Err(corrupt())),
            };
            continue;
        }};
    }
    macro_rules! jump_if {
        ($holds:expr, far $to:expr) => {
            if $holds {
                jump!($to);
            }
        };
        ($holds:expr, $to:expr) => {
            if $holds {
                jump!($to.index());
            }
        };
    }
    macro_rules! skip_if {
        ($holds:expr) => {
            if $holds {
                rest.next();
                continue;
            }
        };
    }
    // The item of a list at an index.
    macro_rules! item {
        ($list:expr, $index:expr) => {{
            let index = get!($index) as usize;
            match see!($list) {
                Value::List(list) => match list.as_slice().get(index) {
                    Some(item) => item,
                    None => leave!(Err(corrupt())),
                },
                _ => leave!(Err(corrupt())),
            }
        }};
    }
    macro_rules! item_field {
        ($list:expr, $index:expr, $slot:expr) => {
            record::field(item!($list, $index), $slot.into())
        };
    }
    macro_rules! step {
        ($at:expr) => {{
            let at: StepAt = $at;
            fuel -= STEP_COST;
            (act.at, act.fuel) = ((current, here!() as u32), fuel);
            match fx.step(act, &at, v) {
                StepEnd::Done => {}
                StepEnd::Wait => leave!(Ok(Some(Outcome::Waiting))),
                StepEnd::Failed(fault) => {
                    put!(at.dst, Value::Null);
                    leave!(Err(fault));
                }
            }
        }};
    }
    macro_rules! constant {
        ($index:expr) => {
            match linked.constants.get(usize::from($index)) {
                Some(constant) => constant,
                None => leave!(Err(corrupt())),
            }
        };
    }

    loop {
        let Some(op) = rest.next() else { leave_at!(code.len(), Err(corrupt())) };
        match *op {
            Op::ConstInt { dst, value } => set!(dst, i64::from(value) as u64),
            Op::ConstScalar { dst, index } => {
                set!(
                    dst,
                    *attempt!(linked.program.scalars.get(index as usize).ok_or_else(corrupt))
                );
            }
            Op::Const { dst, index } => {
                match attempt!(linked.constants.get(index as usize).ok_or_else(corrupt)) {
                    Value::String(text) => put!(dst, Value::String(text.clone())),
                    other => put!(dst, other.clone()),
                }
            }
            Op::Null { dst } => put!(dst, Value::Null),
            Op::MoveScalar { dst, src } => set!(dst, get!(src)),
            Op::Move { dst, src } => put!(dst, see!(src).clone()),
            Op::Take { dst, src } => put!(dst, take!(src)),
            Op::BoxInt { dst, src } => put!(dst, Value::Int(get!(src) as i64)),
            Op::BoxFloat { dst, src } => put!(dst, Value::Float(f64::from_bits(get!(src)))),
            Op::BoxBool { dst, src } => put!(dst, Value::Bool(get!(src) != 0)),
            Op::UnboxInt { dst, src } => set!(dst, attempt!(record::int(see!(src)))),
            Op::UnboxFloat { dst, src } => set!(dst, attempt!(record::float(see!(src)))),
            Op::UnboxBool { dst, src } => set!(dst, attempt!(record::bool(see!(src)))),

            Op::AddInt { dst, a, b } => {
                set!(dst, int!(get!(a), get!(b) as i64, checked_add) as u64);
            }
            Op::AddIntImm { dst, a, imm } => {
                set!(dst, int!(get!(a), imm, checked_add) as u64);
            }
            Op::MulIntImm { dst, a, imm } => {
                set!(dst, int!(get!(a), imm, checked_mul) as u64);
            }
            Op::RemIntImm { dst, a, imm } => {
                set!(dst, attempt!(arith::rem_int_imm(get!(a), imm)));
            }
            Op::RemIntConst { dst, a, index } => {
                let by = linked.program.scalars.get(usize::from(index));
                set!(dst, attempt!(arith::rem_int(get!(a), *attempt!(by.ok_or_else(corrupt)))));
            }
            Op::SubInt { dst, a, b } => {
                set!(dst, int!(get!(a), get!(b) as i64, checked_sub) as u64);
            }
            Op::MulInt { dst, a, b } => {
                set!(dst, int!(get!(a), get!(b) as i64, checked_mul) as u64);
            }
            Op::DivInt { dst, a, b } => {
                set!(dst, int!(get!(a), get!(b) as i64, checked_div) as u64);
            }
            Op::RemInt { dst, a, b } => set!(dst, attempt!(arith::rem_int(get!(a), get!(b)))),
            Op::NegInt { dst, a } => set!(dst, attempt!(arith::neg_int(get!(a)))),
            Op::AddFloat { dst, a, b } => float!(dst, a, b, +),
            Op::SubFloat { dst, a, b } => float!(dst, a, b, -),
            Op::MulFloat { dst, a, b } => float!(dst, a, b, *),
            Op::DivFloat { dst, a, b } => float!(dst, a, b, /),
            Op::RemFloat { dst, a, b } => float!(dst, a, b, %),
            Op::NegFloat { dst, a } => set!(dst, (0.0 - f64::from_bits(get!(a))).to_bits()),
            Op::Decimal { op, dst, a, b } => {
                put!(dst, attempt!(arith::decimal(op, see!(a), see!(b))))
            }
            Op::Time { op, dst, a, b } => attempt!(arith::time(v, op, dst, a, b)),

            Op::EqInt { dst, a, b } => test!(dst, a, b, u64::from, ==),
            Op::NeInt { dst, a, b } => test!(dst, a, b, u64::from, !=),
            Op::LtInt { dst, a, b } => test!(dst, a, b, u64::cast_signed, <),
            Op::LeInt { dst, a, b } => test!(dst, a, b, u64::cast_signed, <=),
            Op::EqFloat { dst, a, b } => test!(dst, a, b, f64::from_bits, ==),
            Op::NeFloat { dst, a, b } => test!(dst, a, b, f64::from_bits, !=),
            Op::LtFloat { dst, a, b } => test!(dst, a, b, f64::from_bits, <),
            Op::LeFloat { dst, a, b } => test!(dst, a, b, f64::from_bits, <=),
            Op::Eq { dst, a, b } => set!(dst, u64::from(see!(a).equal_in(see!(b), env.program()))),
            Op::Ne { dst, a, b } => set!(dst, u64::from(!see!(a).equal_in(see!(b), env.program()))),
            Op::Lt { dst, a, b } => set!(dst, attempt!(compare::less(see!(a), see!(b)))),
            Op::Le { dst, a, b } => set!(dst, attempt!(compare::less_or_equal(see!(a), see!(b)))),
            Op::In { dst, a, b } => set!(dst, attempt!(compare::is_in(see!(a), see!(b), env))),
            Op::Not { dst, a } => set!(dst, u64::from(get!(a) == 0)),
            Op::IsNull { dst, src } => set!(dst, u64::from(see!(src).is_null())),
            Op::IsMember { dst, src, ty } => {
                set!(dst, u64::from(see!(src).is_member(TypeIdx(ty), env.program())));
            }

            Op::Jump { to } => jump!(to),
            Op::JumpIf { cond, to } => jump_if!(get!(cond) != 0, far to),
            Op::JumpIfNot { cond, to } => jump_if!(get!(cond) == 0, far to),
            Op::JumpIfLt { a, b, to } => jump_if!((get!(a) as i64) < (get!(b) as i64), to),
            Op::JumpIfLe { a, b, to } => jump_if!((get!(a) as i64) <= (get!(b) as i64), to),
            Op::JumpIfEq { a, b, to } => jump_if!(get!(a) == get!(b), to),
            Op::JumpIfNe { a, b, to } => jump_if!(get!(a) != get!(b), to),
            Op::JumpIfLtImm { a, imm, to } => jump_if!((get!(a) as i64) < i64::from(imm), to),
            Op::JumpIfGeImm { a, imm, to } => jump_if!((get!(a) as i64) >= i64::from(imm), to),
            Op::JumpIfEqImm { a, imm, to } => jump_if!((get!(a) as i64) == i64::from(imm), to),
            Op::JumpIfNeImm { a, imm, to } => jump_if!((get!(a) as i64) != i64::from(imm), to),
            Op::JumpIfLtFloat { a, b, to } => {
                jump_if!(f64::from_bits(get!(a)) < f64::from_bits(get!(b)), to);
            }
            Op::JumpIfLeFloat { a, b, to } => {
                jump_if!(f64::from_bits(get!(a)) <= f64::from_bits(get!(b)), to);
            }
            Op::NextInt { counter, end, to } => {
                let next = int!(get!(counter), 1, checked_add);
                set!(counter, next as u64);
                jump_if!(next < get!(end) as i64, to);
            }
            Op::NextIntTo { counter, last, to } => {
                let now = get!(counter) as i64;
                if now < get!(last) as i64 {
                    set!(counter, (now + 1) as u64);
                    jump!(to.index());
                }
            }
            Op::SkipIfFieldIs { src, slot, constant } => {
                let field = attempt!(record::field(see!(src), slot));
                skip_if!(compare::equal(field, constant!(constant), env));
            }
            Op::SkipIfFieldIsNot { src, slot, constant } => {
                let field = attempt!(record::field(see!(src), slot));
                skip_if!(!compare::equal(field, constant!(constant), env));
            }
            Op::SkipIfItemIs { slot, list, index, constant } => {
                let field = attempt!(item_field!(list, index, slot));
                skip_if!(compare::equal(field, constant!(constant), env));
            }
            Op::SkipIfItemIsNot { slot, list, index, constant } => {
                let field = attempt!(item_field!(list, index, slot));
                skip_if!(!compare::equal(field, constant!(constant), env));
            }
            Op::JumpIfNull { src, to } => jump_if!(see!(src).is_null(), far to),
            Op::JumpIfNotNull { src, to } => jump_if!(!see!(src).is_null(), far to),
            Op::Call { function: callee, scalars: first_scalar, values: first_value } => {
                let info = attempt!(linked.function(callee));
                let scalar_first = scalar_base as usize + usize::from(first_scalar);
                let value_first = value_base as usize + usize::from(first_value);
                call!(callee, scalar_first, value_first, info);
            }
            Op::CallAdd { imm, function: callee, scalars: first, src } => {
                let argument = int!(get!(src), imm, checked_add);
                set!(S(first), argument as u64);
                let info = attempt!(linked.function(callee));
                // A function that gives its argument back at once needs no frame: half of the
                // calls of a recursion with two branches.
                if let Some(Op::ReturnIfLtImm { a: S(0), imm, src: S(0) }) = info.code.first()
                    && argument < i64::from(*imm)
                {
                    fuel -= CALL_COST;
                    continue;
                }
                let scalar_first = scalar_base as usize + usize::from(first);
                let value_first = value_base as usize + usize::from(function.values);
                call!(callee, scalar_first, value_first, info);
            }
            Op::CallNative { native, dst, first } => {
                // By a copy, so that `fuel` itself can stay in a register.
                let mut left = fuel;
                let done = run::call_native(v, native, dst, first, env, &mut left);
                fuel = left;
                attempt!(done);
            }
            Op::ReturnScalar { src } => return_scalar!(get!(src)),
            Op::ReturnAddInt { a, b } => {
                return_scalar!(int!(get!(a), get!(b) as i64, checked_add) as u64);
            }
            Op::ReturnIfLtImm { a, imm, src } => {
                if (get!(a) as i64) < i64::from(imm) {
                    return_scalar!(get!(src));
                }
            }
            Op::ReturnIfEqImm { a, imm, src } => {
                if (get!(a) as i64) == i64::from(imm) {
                    return_scalar!(get!(src));
                }
            }
            Op::Return { src } => {
                let Some(caller) = callers.pop() else {
                    // The variables of a workflow are looked at when it has ended.
                    leave!(Ok(Some(Outcome::Returned(see!(src).clone()))));
                };
                let value = take!(src);
                v.fill(Value::Null);
                if let Some(place) = v.first_mut() {
                    *place = value;
                }
                return_to!(caller);
            }
            Op::EndRegion => {
                if !callers.is_empty() {
                    leave!(Err(corrupt()));
                }
                fuel -= REGION_COST;
                act.fuel = fuel;
                if fuel < 0 || !attempt!(fx.next_region(act, s.all_mut(), v)) {
                    leave!(Ok(Some(Outcome::RegionEnded)));
                }
                rest = code.iter();
                continue;
            }
            Op::Fail { src } => leave!(Err(run::fail(act, take!(src), env))),
            Op::Unreachable => leave!(Err(run::unreachable())),

            Op::Concat { dst, first, count } => {
                fuel -= attempt!(text::concat(v, dst, first, count, &mut texts.scratch, env));
            }
            Op::Render { dst, template } => {
                fuel -= attempt!(render::render(s.all(), v, dst, template, texts, env));
            }
            Op::NextPiece { src, separator, piece } => {
                let from = get!(S(piece.0.wrapping_add(2)));
                let found = attempt!(piece::next(see!(src), see!(separator), from));
                if let Some(found) = found {
                    set!(piece, found.from);
                    set!(S(piece.0.wrapping_add(1)), found.to);
                    set!(S(piece.0.wrapping_add(2)), found.next);
                }
                fuel -= 1;
                skip_if!(found.is_some());
            }
            Op::Piece { dst, src, piece } => {
                let (from, to) = (get!(piece), get!(S(piece.0.wrapping_add(1))));
                put!(dst, Value::string(attempt!(piece::text(see!(src), from, to))));
            }
            Op::TextBegin { text } => attempt!(piece::begin(texts, text)),
            Op::TextPush { text, src } => {
                fuel -= attempt!(piece::push(texts, text, see!(src), env));
            }
            Op::TextConst { text, constant } => {
                fuel -= attempt!(piece::push(texts, text, constant!(constant), env));
            }
            Op::TextSplit { to, src, by, separator } => {
                let (by, separator) = (constant!(by), constant!(separator));
                fuel -= attempt!(piece::push_split(texts, to, see!(src), by, separator, env));
            }
            Op::TextPiece { to: text, src, piece } => {
                let (from, to) = (get!(piece), get!(S(piece.0.wrapping_add(1))));
                let piece = attempt!(piece::text(see!(src), from, to));
                fuel -= attempt!(piece::push_changed(texts, text, piece, env));
            }
            Op::TextSeparator { text, src, first } => {
                if get!(first) == 0 {
                    fuel -= attempt!(piece::push(texts, text, see!(src), env));
                }
                set!(first, 0);
            }
            Op::TextEnd { text, dst } => put!(dst, attempt!(piece::end(texts, text))),
            Op::Length { dst, src, native } => {
                let (length, cost) = attempt!(text::length(see!(src), native, env));
                set!(dst, length);
                fuel -= cost;
            }

            Op::MakeRecord { dst, shape, first } => {
                attempt!(record::make(v, dst, shape, first, env))
            }
            Op::Field { dst, src, slot } => {
                put!(dst, attempt!(record::field(see!(src), slot)).clone())
            }
            Op::FieldInt { dst, src, slot } => {
                set!(dst, attempt!(record::field(see!(src), slot).and_then(record::int)));
            }
            Op::FieldFloat { dst, src, slot } => {
                set!(dst, attempt!(record::field(see!(src), slot).and_then(record::float)));
            }
            Op::FieldBool { dst, src, slot } => {
                set!(dst, attempt!(record::field(see!(src), slot).and_then(record::bool)));
            }
            Op::Spread { dst, plan, first } => attempt!(record::spread(v, dst, plan, first, env)),
            Op::Unwrap { dst, src } => put!(dst, see!(src).plain().clone()),
            Op::Coerce { dst, src, plan } => {
                fuel -= attempt!(record::coerce(v, dst, src, plan, env));
            }

            Op::MakeList { dst, first, count } => attempt!(list::make(v, dst, first, count)),
            Op::ItemLength { native, dst, list, index } => {
                let item = item!(list, index);
                let (length, cost) = attempt!(text::length(item, native.into(), env));
                set!(dst, length);
                fuel -= cost;
            }
            Op::NewList { dst, size } => put!(dst, list::new(get!(size), env)),
            Op::ItemField { slot, dst, list, index } => {
                put!(dst, attempt!(item_field!(list, index, slot)).clone());
            }
            Op::ItemInt { slot, dst, list, index } => {
                set!(dst, attempt!(item_field!(list, index, slot).and_then(record::int)));
            }
            Op::ItemFloat { slot, dst, list, index } => {
                set!(dst, attempt!(item_field!(list, index, slot).and_then(record::float)));
            }
            Op::ItemBool { slot, dst, list, index } => {
                set!(dst, attempt!(item_field!(list, index, slot).and_then(record::bool)));
            }
            Op::ListPushItem { list, from, index } => {
                let item = item!(from, index).clone();
                fuel -= attempt!(list::push_value(v, list, item, env));
            }
            Op::ListLen { dst, list } => {
                set!(dst, attempt!(list::list_of(see!(list))).len() as u64)
            }
            Op::ListGet { dst, list, index } => {
                let index = get!(index) as i64;
                put!(dst, attempt!(list::get(see!(list), index)));
            }
            Op::ListGetBack { dst, list, back } => {
                put!(dst, attempt!(list::get_back(see!(list), back)))
            }
            Op::ListItem { dst, list, index } => {
                let index = get!(index) as usize;
                let items = attempt!(list::items(see!(list)));
                put!(dst, attempt!(items.get(index).ok_or_else(corrupt)).clone());
            }
            Op::ListPush { list, value } => fuel -= attempt!(list::push(v, list, value, env)),
            Op::ListConcat { dst, a, b } => fuel -= attempt!(list::concat(v, dst, a, b, env)),
            Op::Range { inclusive, dst, start, end } => {
                let (start, end) = (get!(start) as i64, get!(end) as i64);
                let (list, cost) = attempt!(list::range(start, end, inclusive, env));
                fuel -= cost;
                put!(dst, list);
            }
            Op::MakeMap { dst, first, count } => {
                fuel -= attempt!(list::make_map(v, dst, first, count))
            }
            Op::MapGet { dst, map, key } => {
                put!(dst, attempt!(list::map_get(see!(map), see!(key))))
            }
            Op::MapInsert { map, key, value } => {
                fuel -= attempt!(list::map_insert(v, map, key, value, env));
            }
            Op::MapExtend { map, other } => fuel -= attempt!(list::map_extend(v, map, other, env)),
            Op::Pipeline { pipeline: index, to } => {
                let made = pipeline::run(s.all(), v, index, &mut texts.lanes, env);
                if let Some((made, cost)) = made {
                    match made {
                        Made::Scalar(dst, bits) => set!(dst, bits),
                        Made::Value(dst, value) => put!(dst, value),
                    }
                    fuel -= cost;
                    jump!(to);
                }
            }
            Op::SortBy { dst, list, keys } => fuel -= attempt!(list::sort_by(v, dst, list, keys)),
            Op::GroupBy { dst, list, keys } => fuel -= attempt!(list::group_by(v, dst, list, keys)),

            Op::GroupByField { slot, dst, list } => {
                fuel -= attempt!(list::group_by_field(v, dst, list, slot));
            }

            Op::ToJson { dst, src } => fuel -= attempt!(text::to_json(v, dst, src, env)),
            Op::Decode { dst, src, ty } => fuel -= attempt!(text::decode(v, dst, src, ty, env)),
            Op::TryDecode { dst, src, ty } => {
                fuel -= attempt!(text::try_decode(v, dst, src, ty, env))
            }
            Op::MakeClosure { dst, function, first } => {
                attempt!(run::make_closure(v, dst, function, first, env));
            }

            Op::Trigger { dst } => put!(dst, attempt!(fx.trigger())),
            Op::Run { dst, field } => put!(dst, attempt!(fx.run(field))),
            Op::Config { dst, index } => put!(dst, attempt!(fx.config(index))),
            Op::Step { step, dst, first } => {
                let policy = Some(V(first.0.wrapping_add(1)));
                step!(StepAt { step, dst, input: first, policy });
            }
            Op::StepAlone { step, dst, src } => {
                step!(StepAt { step, dst, input: src, policy: None });
            }
            Op::StepInputFailed { step, dst, src } => {
                let fault = run::caught(act, take!(src), env);
                act.at = (current, here!() as u32);
                put!(dst, attempt!(fx.tried_input(act, step, fault)));
            }
            Op::BeginStep { step, start } => {
                let at = fx.begin_block(act, step, None);
                run::open_block(act, Open::new(step, here!() as u32, at));
                set!(start, at as u64);
            }
            Op::Decided { step, value } => run::decided(act, step, see!(value)),
            Op::BeginLoop { inclusive, step, start, end } => {
                let items = list::range_size(get!(start) as i64, get!(end) as i64, inclusive);
                let at = fx.begin_block(act, step, Some(items));
                run::open_block(act, Open::new(step, here!() as u32, at));
                set!(start, at as u64);
            }
            Op::EndStep { step, start, value } => {
                let output = take!(value);
                run::close_block(act, step);
                put!(value, fx.end_block(act, step, get!(start) as i64, output));
            }
            Op::StepField { dst, src, field } => {
                put!(dst, attempt!(run::step_field(see!(src), field, env)));
            }
            Op::OutputScalar { dst, src, slot } => {
                let field = attempt!(run::output_field(see!(src), slot));
                set!(dst, attempt!(record::bits(field)));
            }
            Op::OutputField { dst, src, slot } => {
                put!(dst, attempt!(run::output_field(see!(src), slot)).clone());
            }
            Op::LoopIndex { depth, step, index } => {
                run::loop_index(act, fx, depth, step, get!(index) as i64);
            }
            Op::LoopEnd { depth } => run::loop_end(act, fx, depth),
            Op::Fork { fork } => leave!(Ok(Some(Outcome::Fork(fork)))),
            Op::Merge { slot, src } => attempt!(run::merge(act, fx, slot, take!(src))),
        }
    }
}
