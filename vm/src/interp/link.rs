//! Programs bound to a host: nodes, library functions and constants, found once.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sha2::{Digest, Sha256};
use wf_bytecode::{
    Bank, Fork, Function, FunctionKind, Part, PathPart, Program, S, ShapeIdx, StepKind, TypeDesc,
    TypeIdx, V,
};

use super::{Fault, corrupt};
use crate::{Failure, FailureKind, Host, NativeFn, NativeFns, Node, RecordRef, Value};

/// A program bound to a host.
pub(crate) struct Linked {
    /// The program.
    pub(crate) program: Arc<Program>,
    /// The names of fields that nodes know, by shape.
    pub(crate) layouts: Box<[AtomicU64]>,
    /// Its constants as values.
    pub(super) constants: Vec<Value>,
    /// Its templates.
    pub(super) templates: Vec<Vec<Piece>>,
    /// Its library functions.
    pub(super) natives: Vec<Option<(NativeFn, u16)>>,
    /// Its steps.
    pub(crate) steps: Vec<LinkedStep>,
    /// For each function how many yields it appends to its list at most: of iterations that do nothing
    /// else with it.
    most_yields: Vec<Option<usize>>,
    /// For each function the number of its parameters in the value bank.
    pub(super) value_params: Vec<u16>,
}

/// A piece of a template: a text of at most [`BLOCK`] bytes, and a value behind it.
///
/// Together, since most templates take turns: nine texts and eight values took 1,504 instructions
/// one by one, and 868 in pairs.
pub(super) struct Piece {
    /// The text, which is copied as a whole.
    pub(super) text: [u8; BLOCK],
    /// How many bytes of it count.
    pub(super) length: u8,
    /// The value.
    pub(super) shown: Shown,
}

/// A value in a template.
pub(super) enum Shown {
    /// None: the text goes on, or it is the last one.
    Nothing,
    /// An `int`.
    Int(S),
    /// A value.
    Value(V),
    /// A value inside of records.
    Path(Way),
    /// A value inside of the record that the last way passed.
    Inside(Box<[u16]>),
    /// A `float`.
    Float(S),
    /// A `bool`.
    Bool(S),
}

/// The way to a value: by these slots, one after the other.
pub(super) struct Way {
    /// Where it begins.
    pub(super) from: V,
    /// Whether it begins with the output of a step.
    pub(super) output: bool,
    /// To the record that other ways of the template begin in.
    pub(super) shared: Box<[u16]>,
    /// From there on.
    pub(super) slots: Box<[u16]>,
}

/// How many bytes of text are copied at once, without a call.
pub(super) const BLOCK: usize = 32;

/// What the machine needs of a step to run it.
pub(crate) struct LinkedStep {
    /// The call, where the step runs a node that the host has.
    pub(crate) call: Option<LinkedCall>,
    /// What the keys of its calls are derived from.
    pub(crate) seed: [u64; 2],
    /// Its place among the steps of the store.
    pub(crate) slot: Option<u16>,
}

/// What the machine needs to call a node, at one place.
pub(crate) struct LinkedCall {
    /// The node.
    pub(crate) node: Arc<dyn Node>,
    /// The types given for its type parameters.
    pub(crate) type_args: Box<[TypeIdx]>,
    /// The type of its input.
    pub(crate) input: TypeIdx,
    /// The type of its output.
    pub(crate) output: TypeIdx,
    /// The shape of the output, where it is a record.
    pub(crate) shape: Option<ShapeIdx>,
    /// The slot of `success` in the output.
    pub(crate) success: Option<u16>,
    /// The slot of `statusCode` in the output.
    pub(crate) status_code: Option<u16>,
    /// The slots of the output that the program does not read.
    pub(crate) unread: Vec<u16>,
}

impl LinkedCall {
    /// Whether an answer of the node is the output as it is, and tells of no failure.
    #[inline]
    pub(crate) fn is_whole(&self, record: &RecordRef) -> bool {
        let success = self.success.and_then(|slot| record.fields().get(usize::from(slot)));
        Some(record.shape()) == self.shape
            && !matches!(success, Some(Value::Bool(false)))
            && !self.unread.iter().any(|slot| {
                record.fields().get(usize::from(*slot)).is_some_and(Value::is_container)
            })
    }
}

impl Linked {
    /// Binds a program to a host. What the host lacks fails when it is reached.
    pub(crate) fn new(program: Arc<Program>, host: &Host) -> Self {
        let mut linked = Self::pure(Arc::clone(&program), &host.functions);
        linked.most_yields = most_yields(&program);
        linked.steps = program.steps.iter().map(|step| link_step(step, &program, host)).collect();
        linked
    }

    /// Binds the pure part of a program only.
    pub(crate) fn pure(program: Arc<Program>, functions: &NativeFns) -> Self {
        let constants = program.constants.iter().map(crate::value::constant::from_const).collect();
        let templates = program.templates.iter().map(|parts| pieces(parts)).collect();
        let natives = program.natives.iter();
        let natives = natives
            .map(|import| functions.get(&import.name).map(|function| (function, import.arity)))
            .collect();
        let value_params = program.functions.iter().map(value_params).collect();
        let (steps, most_yields) = (Vec::new(), Vec::new());
        let layouts = program.shapes.iter().map(|_| AtomicU64::new(0)).collect();
        Self { program, layouts, constants, templates, natives, steps, most_yields, value_params }
    }

    /// A function of the program.
    #[inline]
    pub(crate) fn function(&self, index: u16) -> Result<&Function, Fault> {
        self.program.functions.get(usize::from(index)).ok_or_else(corrupt)
    }

    /// A library function and the number of its arguments.
    pub(super) fn native(&self, index: u16) -> Result<(NativeFn, u16), Fault> {
        let native = self.natives.get(usize::from(index)).ok_or_else(corrupt)?;
        native.ok_or_else(|| self.missing_native(index))
    }

    /// How many yields a region appends to its list at most, where it does nothing else with it.
    pub(crate) fn most_yields(&self, function: u16) -> Option<usize> {
        self.most_yields.get(usize::from(function)).copied().flatten()
    }

    #[cold]
    fn missing_native(&self, index: u16) -> Fault {
        let name = self.program.natives.get(usize::from(index)).map_or("?", |native| &native.name);
        let message = format!("the host has no function `{name}`");
        Box::new(Failure::new(FailureKind::Internal, "Internal", message))
    }
}

fn most_yields(program: &Program) -> Vec<Option<usize>> {
    let mut most = vec![None; program.functions.len()];
    for region in program.forks.iter().flat_map(Fork::regions) {
        let function = usize::from(region.function);
        if let (Some(list), Some(place)) = (region.yields, most.get_mut(function)) {
            *place = program.functions.get(function).and_then(|f| f.most_appended(list, program));
        }
    }
    most
}

fn pieces(parts: &[Part]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(parts.len());
    // Whether the last piece is a text that still waits for its value.
    let mut open = false;
    // The way that the next ones may begin in, and how far.
    let mut shared: Option<(V, &[PathPart])> = None;
    for (index, part) in parts.iter().enumerate() {
        let shown = match part {
            Part::Text(text) => {
                pieces.extend(text.as_bytes().chunks(BLOCK).map(text_piece));
                open = !text.is_empty();
                continue;
            }
            Part::Int(reg) => Shown::Int(*reg),
            Part::Float(reg) => Shown::Float(*reg),
            Part::Bool(reg) => Shown::Bool(*reg),
            Part::Value(reg) => Shown::Value(*reg),
            Part::Path(reg, path) => match shared {
                Some((from, way)) if from == *reg && path.starts_with(way) => {
                    Shown::Inside(slots(path.get(way.len()..).unwrap_or_default()))
                }
                _ => {
                    let own = shared_way(*reg, path, parts.get(index + 1..).unwrap_or_default());
                    shared = Some((*reg, own));
                    Shown::Path(way(*reg, path, own.len()))
                }
            },
        };
        match pieces.last_mut().filter(|_| std::mem::take(&mut open)) {
            Some(last) => last.shown = shown,
            None => pieces.push(Piece { shown, ..text_piece(&[]) }),
        }
    }
    pieces
}

/// The part of a way that the next way has, too, but for the field at its end.
fn shared_way<'a>(from: V, path: &'a [PathPart], behind: &[Part]) -> &'a [PathPart] {
    let next = behind.iter().find_map(|part| match part {
        Part::Path(reg, path) => Some((*reg, path)),
        _ => None,
    });
    let most = path.len().saturating_sub(1);
    let length = match next {
        Some((reg, next)) if reg == from => {
            path.iter().zip(next).take_while(|(a, b)| a == b).count().min(most)
        }
        _ => most,
    };
    path.get(..length).unwrap_or_default()
}

fn way(from: V, path: &[PathPart], shared: usize) -> Way {
    let output = path.first() == Some(&PathPart::Output);
    let (first, rest) = path.split_at(shared);
    Way { from, output, shared: slots(first), slots: slots(rest) }
}

/// The slots of a part of a way.
fn slots(path: &[PathPart]) -> Box<[u16]> {
    let slot = |part: &PathPart| match part {
        PathPart::Slot(slot) => Some(*slot),
        PathPart::Output => None,
    };
    path.iter().filter_map(slot).collect()
}

fn text_piece(text: &[u8]) -> Piece {
    let mut block = [0; BLOCK];
    block[..text.len()].copy_from_slice(text);
    Piece { text: block, length: text.len() as u8, shown: Shown::Nothing }
}

fn value_params(function: &Function) -> u16 {
    match &function.kind {
        FunctionKind::Pure { params, .. } => {
            let values = params.iter().filter(|bank| **bank == Bank::Value).count();
            u16::try_from(values).unwrap_or(u16::MAX)
        }
        FunctionKind::Closure { params, captures } => params.saturating_add(*captures),
        FunctionKind::Workflow | FunctionKind::Region => 0,
    }
}

fn link_step(step: &wf_bytecode::StepInfo, program: &Program, host: &Host) -> LinkedStep {
    LinkedStep {
        call: link_call(&step.kind, program, host),
        seed: seed(step, program),
        slot: step.slot,
    }
}

fn link_call(kind: &StepKind, program: &Program, host: &Host) -> Option<LinkedCall> {
    let StepKind::Node { node, type_args, input, output, .. } = kind else { return None };
    let import = program.nodes.get(usize::from(*node))?;
    let shape = record_shape(*output, program);
    Some(LinkedCall {
        node: Arc::clone(host.nodes.get(&import.name)?),
        type_args: type_args.as_slice().into(),
        input: *input,
        output: *output,
        shape,
        success: shape.and_then(|shape| slot(shape, "success", program)),
        status_code: shape.and_then(|shape| slot(shape, "statusCode", program)),
        unread: unread(*output, program),
    })
}

/// The slots of a record type that the program does not read.
fn unread(ty: TypeIdx, program: &Program) -> Vec<u16> {
    match program.types.get(usize::from(ty.0)) {
        Some(TypeDesc::Record { fields, .. }) => {
            let slots = (0_u16..).zip(fields);
            slots.filter(|(_, field)| !field.demanded).map(|(slot, _)| slot).collect()
        }
        _ => Vec::new(),
    }
}

/// The shape of a record type.
pub(crate) fn record_shape(ty: TypeIdx, program: &Program) -> Option<ShapeIdx> {
    match program.types.get(usize::from(ty.0))? {
        TypeDesc::Record { shape, .. } => Some(*shape),
        _ => None,
    }
}

fn slot(shape: ShapeIdx, field: &str, program: &Program) -> Option<u16> {
    let shape = program.shapes.get(usize::from(shape.0))?;
    let place = shape.fields.iter().position(|name| name == field)?;
    u16::try_from(place).ok()
}

/// A step is known by the names of its workflow and itself, so that keys stay the same when other
/// parts of a program change.
fn seed(step: &wf_bytecode::StepInfo, program: &Program) -> [u64; 2] {
    let workflow = program.workflows.get(usize::from(step.workflow));
    let mut hash = Sha256::new();
    hash.update(workflow.map_or("", |workflow| workflow.name.as_str()));
    hash.update([0]);
    hash.update(step.name.as_str());
    let bytes = hash.finalize();
    let word = |at: usize| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(word)
    };
    [word(0), word(8)]
}
