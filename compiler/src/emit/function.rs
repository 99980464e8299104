//! One function while it is written: its frame, its code and what is around the current place.

use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_bytecode::{Bank, Capture, Function, FunctionKind, Handler, Op, Reg, S, StepRange, To, V};
use wf_diagnostics::Span;
use wf_types::Type;

use super::Emitter;
use super::cursor::Cursor;
use super::registers::{Kind, Mark, Registers, kind_of};
use super::try_catch::Scope;
use super::uses::{Place, Uses};
use super::writer::{Label, Writer};
use crate::typed::{self, Expr, Local, LocalId, StepId, VarId};

/// How deep statements and expressions may nest.
pub(super) const MAX_DEPTH: u32 = 400;

/// The body that the code of a function comes from; regions and lambdas share it with the workflow
/// that they stand in.
#[derive(Clone, Copy)]
pub(super) struct Body<'a> {
    pub(super) locals: &'a [Local],
    pub(super) workflow: Option<(u16, &'a typed::Workflow)>,
}

/// A handler whose target is still a label.
pub(super) struct PendingHandler {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) target: Label,
    pub(super) failure: V,
    pub(super) loop_depth: u16,
    pub(super) finally: bool,
}

/// A function while it is written.
pub(super) struct FunctionEmitter<'e, 'a> {
    pub(super) e: &'e mut Emitter<'a>,
    pub(super) body: Body<'a>,
    pub(super) name: SmolStr,
    pub(super) w: Writer,
    pub(super) regs: Registers,
    /// Where things are in this frame.
    places: FxHashMap<Place, Reg>,
    /// The locals that are in no register.
    pub(super) cursors: FxHashMap<LocalId, Cursor>,
    /// The list of a chain that a pipeline has been written for, and its register, while the loops
    /// behind that are written.
    pub(super) given: Option<(&'a Expr, V)>,
    /// How many texts are being written here.
    pub(super) texts: u8,
    /// The loops and `try`s around the current place, outermost first.
    pub(super) scopes: Vec<Scope>,
    pub(super) handlers: Vec<PendingHandler>,
    pub(super) step_ranges: Vec<StepRange>,
    /// The instructions among the inputs of the next step whose failures are not the step's.
    pub(super) ahead: Vec<(u32, u32)>,
    /// The number of loops with a context around the current place.
    pub(super) loop_depth: u16,
    /// In a region: the variables that it merges into, by their places in its fork.
    pub(super) merges: FxHashMap<VarId, u16>,
    /// The lists that hold what is yielded to the loops around.
    pub(super) yields: FxHashMap<StepId, V>,
    /// Where the value of a `return` waits while `finally` runs.
    pub(super) returned: Option<Reg>,
    /// The kind of the function's value.
    pub(super) result: Kind,
    pub(super) depth: u32,
    span: Span,
}

impl<'e, 'a> FunctionEmitter<'e, 'a> {
    pub(super) fn new(
        e: &'e mut Emitter<'a>,
        body: Body<'a>,
        name: SmolStr,
        span: Span,
        result: Kind,
    ) -> Self {
        let w = Writer::within(e.spare.pop().unwrap_or_default(), span);
        Self {
            e,
            body,
            name,
            w,
            regs: Registers::default(),
            // Most functions have as many, and few more.
            places: FxHashMap::with_capacity_and_hasher(14, FxBuildHasher),
            cursors: FxHashMap::default(),
            given: None,
            texts: 0,
            scopes: Vec::new(),
            handlers: Vec::new(),
            step_ranges: Vec::new(),
            ahead: Vec::new(),
            loop_depth: 0,
            merges: FxHashMap::default(),
            yields: FxHashMap::default(),
            returned: None,
            result,
            depth: 0,
            span,
        }
    }

    /// Takes the registers that the whole body needs: of its steps, and of a pending `return`.
    pub(super) fn prepare(&mut self, uses: &Uses) {
        for step in &uses.own_steps {
            let reg = self.regs.value();
            self.place(Place::Step(*step), Reg::Value(reg));
        }
        if uses.has_finally {
            self.returned = Some(self.regs.of_kind(self.result));
        }
    }

    /// Writes the function into the program.
    pub(super) fn finish(self, index: u16, kind: FunctionKind) {
        let handler = |h: PendingHandler| Handler {
            start: h.start,
            end: h.end,
            target: self.w.place(h.target),
            failure: h.failure,
            loop_depth: h.loop_depth,
            finally: h.finally,
        };
        let handlers = self.handlers.into_iter().filter(|h| h.start < h.end).map(handler).collect();
        let (scalars, values) = match self.regs.sizes() {
            Some(sizes) => sizes,
            None => {
                let message = format!("`{}` holds more than 65535 values at once", self.name);
                self.e.error(self.span, message, "divide it into several functions or workflows");
                (0, 0)
            }
        };
        if self.w.here() as usize >= To::MOST {
            let message = format!("`{}` has more than {} instructions", self.name, To::MOST);
            self.e.error(self.span, message, "divide it into several functions or workflows");
        }
        let (code, spans, spare) = self.w.finish();
        self.e.spare.push(spare);
        let step_ranges = self.step_ranges.into_iter().filter(|r| r.start < r.end).collect();
        let name = self.name;
        self.e.functions[usize::from(index)] =
            Function { name, kind, code, spans, scalars, values, handlers, step_ranges };
    }

    pub(super) fn op(&mut self, op: Op) {
        self.w.op(op);
    }

    pub(super) fn kind(&self, ty: &Type) -> Kind {
        self.e.kind(ty)
    }

    pub(super) fn peel(&self, ty: &'a Type) -> &'a Type {
        self.e.typed.defs.peel(ty)
    }

    /// Notes where a thing is from here on.
    pub(super) fn place(&mut self, place: Place, reg: Reg) {
        self.places.insert(place, reg);
    }

    /// Where a thing is, if it is in this frame.
    pub(super) fn find(&self, place: Place) -> Option<Reg> {
        self.places.get(&place).copied()
    }

    /// Where a thing is. A thing that is nowhere is a mistake of the checker and told.
    pub(super) fn register_of(&mut self, place: Place, kind: Kind) -> Reg {
        self.find(place).unwrap_or_else(|| {
            self.e.broken(self.w.span, &format!("{place:?} is not in `{}`", self.name));
            self.regs.of_kind(kind)
        })
    }

    /// The register of a step that is run in this frame.
    pub(super) fn step_register(&mut self, step: StepId) -> V {
        match self.register_of(Place::Step(step), Kind::Value) {
            Reg::Value(reg) => reg,
            _ => V(0),
        }
    }

    /// A new register for a local.
    pub(super) fn declare_local(&mut self, local: LocalId) -> Reg {
        let kind = self.local_kind(local);
        let reg = self.regs.of_kind(kind);
        self.place(Place::Local(local), reg);
        reg
    }

    /// The type of a local.
    pub(super) fn local_type(&self, local: LocalId) -> Option<&'a Type> {
        self.body.locals.get(local.0 as usize).map(|l| &l.ty)
    }

    pub(super) fn local_kind(&self, local: LocalId) -> Kind {
        let body = self.body;
        body.locals.get(local.0 as usize).map_or(Kind::Value, |l| self.kind(&l.ty))
    }

    /// Runs `write` and gives back the registers that it took.
    pub(super) fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let mark = self.regs.mark();
        let value = write(self);
        self.regs.release(mark);
        value
    }

    pub(super) fn mark(&self) -> Mark {
        self.regs.mark()
    }

    /// Runs `write` at a place in the source, one level deeper; not at all beyond the limit.
    pub(super) fn nested(&mut self, span: Span, write: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            let message = format!("this is nested more than {MAX_DEPTH} levels deep");
            self.e.error(span, message, "name a part of it with `let`, or make it a function");
            return;
        }
        let before = std::mem::replace(&mut self.w.span, span);
        self.depth += 1;
        write(self);
        self.depth -= 1;
        self.w.span = before;
    }

    /// Copies a register into another of any bank: boxes, unboxes or moves.
    pub(super) fn convert(&mut self, src: Reg, dst: Reg) {
        match (src, dst) {
            _ if src == dst => {}
            (Reg::Value(src), Reg::Value(dst)) => self.op(Op::Move { dst, src }),
            (Reg::Value(src), Reg::Int(dst)) => self.op(Op::UnboxInt { dst, src }),
            (Reg::Value(src), Reg::Float(dst)) => self.op(Op::UnboxFloat { dst, src }),
            (Reg::Value(src), Reg::Bool(dst)) => self.op(Op::UnboxBool { dst, src }),
            (Reg::Int(src), Reg::Value(dst)) => self.op(Op::BoxInt { dst, src }),
            (Reg::Float(src), Reg::Value(dst)) => self.op(Op::BoxFloat { dst, src }),
            (Reg::Bool(src), Reg::Value(dst)) => self.op(Op::BoxBool { dst, src }),
            (
                Reg::Int(src) | Reg::Float(src) | Reg::Bool(src),
                Reg::Int(dst) | Reg::Float(dst) | Reg::Bool(dst),
            ) => {
                if src != dst {
                    self.op(Op::MoveScalar { dst, src });
                }
            }
        }
    }

    /// The same as a register of this kind: itself, or a new one with the boxed or bare value.
    pub(super) fn as_kind(&mut self, reg: Reg, kind: Kind) -> Reg {
        if kind_of(reg).is_scalar() == kind.is_scalar() {
            return reg;
        }
        let dst = self.regs.of_kind(kind);
        self.convert(reg, dst);
        dst
    }

    /// The bare register of a scalar; one that is none is a mistake of the checker.
    pub(super) fn bare(&mut self, reg: Reg) -> S {
        match reg {
            Reg::Int(s) | Reg::Float(s) | Reg::Bool(s) => s,
            Reg::Value(src) => {
                let dst = self.regs.scalar();
                self.op(Op::UnboxInt { dst, src });
                dst
            }
        }
    }

    /// The value register of a value; a scalar is boxed into a new one.
    pub(super) fn boxed(&mut self, reg: Reg) -> V {
        match self.as_kind(reg, Kind::Value) {
            Reg::Value(v) => v,
            _ => V(0),
        }
    }
}

/// The bank of a kind.
pub(super) fn bank(kind: Kind) -> Bank {
    if kind.is_scalar() { Bank::Scalar } else { Bank::Value }
}

/// A capture of one register by another of the same bank.
pub(super) fn capture(from: Reg, to: Reg) -> Option<Capture> {
    match (from, to) {
        (Reg::Value(from), Reg::Value(to)) => Some(Capture::Value { from, to }),
        (
            Reg::Int(from) | Reg::Float(from) | Reg::Bool(from),
            Reg::Int(to) | Reg::Float(to) | Reg::Bool(to),
        ) => Some(Capture::Scalar { from, to }),
        _ => None,
    }
}

impl<'a> Emitter<'a> {
    /// Writes a `fn`.
    pub(super) fn pure_function(&mut self, index: u16, function: &'a typed::Function) {
        let result = self.kind(&function.result);
        let body = Body { locals: &function.locals, workflow: None };
        let name = function.name.clone();
        let mut f = FunctionEmitter::new(self, body, name, function.span, result);
        let mut params = Vec::with_capacity(function.params);
        for param in 0..function.params as u32 {
            let reg = f.declare_local(LocalId(param));
            params.push(bank(kind_of(reg)));
        }
        f.prepare(&Uses::of_frame(&function.body, None));
        f.block(&function.body);
        f.end_of_function();
        f.finish(index, FunctionKind::Pure { params, result: bank(result) });
    }
}
