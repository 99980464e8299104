//! The instructions of the register machine.
//!
//! Every function has two banks of registers. **Scalar** registers ([`S`]) hold a bare `int`,
//! `float` or `bool` as 64 bits: an `int` as itself, a `float` as its bits, a `bool` as 0 or 1.
//! **Value** registers ([`V`]) hold everything else, and scalars where a type admits more than the
//! scalar (`int?`, `json`, elements of lists, fields of records). Which bank a value lives in
//! follows from its static type alone: see [`Bank::of`](crate::program::Bank).

use serde::{Deserialize, Serialize};

/// A scalar register of the current frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct S(pub u16);

/// A value register of the current frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct V(pub u16);

/// A jump target in three bytes, for instructions that have two more operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u32", try_from = "u32")]
pub struct To([u8; 3]);

impl To {
    /// How many instructions a function may have at most, so that each can be a target.
    pub const MOST: usize = 1 << 24;

    /// The target, cut off where it has more than 24 bits.
    pub fn new(to: u32) -> Self {
        let [a, b, c, _] = to.to_le_bytes();
        Self([a, b, c])
    }

    /// The index of the instruction.
    #[inline]
    pub fn index(self) -> u32 {
        let [a, b, c] = self.0;
        u32::from_le_bytes([a, b, c, 0])
    }
}

impl From<To> for u32 {
    fn from(to: To) -> Self {
        to.index()
    }
}

impl TryFrom<u32> for To {
    type Error = &'static str;

    fn try_from(to: u32) -> Result<Self, Self::Error> {
        if (to as usize) < Self::MOST { Ok(Self::new(to)) } else { Err("a jump leads too far") }
    }
}

/// An instruction: at most 8 bytes.
///
/// `dst` is written, all others are read; where a range of registers is read, `first` is its first
/// one and the length is a count or follows from a table. A range is moved out of: its registers
/// are null afterwards. Jump targets are indices of instructions of the same function.
#[expect(missing_docs, reason = "operands are explained by the instruction that has them")]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    // ---- constants and moves
    /// A small whole number.
    ConstInt { dst: S, value: i32 },
    /// 64 bits of the scalar constants.
    ConstScalar { dst: S, index: u32 },
    /// A value of the constants.
    Const { dst: V, index: u32 },
    /// Null.
    Null { dst: V },
    /// Copies a scalar.
    MoveScalar { dst: S, src: S },
    /// Copies a value.
    Move { dst: V, src: V },
    /// Moves a value and leaves null behind.
    Take { dst: V, src: V },
    /// An `int` as a value.
    BoxInt { dst: V, src: S },
    /// A `float` as a value.
    BoxFloat { dst: V, src: S },
    /// A `bool` as a value.
    BoxBool { dst: V, src: S },
    /// The `int` of a value that is one.
    UnboxInt { dst: S, src: V },
    /// The `float` of a value that is one.
    UnboxFloat { dst: S, src: V },
    /// The `bool` of a value that is one.
    UnboxBool { dst: S, src: V },

    // ---- arithmetic; overflow, division by zero and results that are not finite fail
    /// `a + b`
    AddInt { dst: S, a: S, b: S },
    /// `a + imm`
    AddIntImm { dst: S, a: S, imm: i16 },
    /// `a * imm`
    MulIntImm { dst: S, a: S, imm: i16 },
    /// `a % imm`; the number is above 0
    RemIntImm { dst: S, a: S, imm: i16 },
    /// `a % b` by a scalar constant
    RemIntConst { dst: S, a: S, index: u16 },
    /// `a - b`
    SubInt { dst: S, a: S, b: S },
    /// `a * b`
    MulInt { dst: S, a: S, b: S },
    /// `a / b`, toward zero
    DivInt { dst: S, a: S, b: S },
    /// `a % b`, with the sign of `a`
    RemInt { dst: S, a: S, b: S },
    /// `-a`
    NegInt { dst: S, a: S },
    /// `a + b`
    AddFloat { dst: S, a: S, b: S },
    /// `a - b`
    SubFloat { dst: S, a: S, b: S },
    /// `a * b`
    MulFloat { dst: S, a: S, b: S },
    /// `a / b`
    DivFloat { dst: S, a: S, b: S },
    /// `a % b`, with the sign of `a`
    RemFloat { dst: S, a: S, b: S },
    /// `-a`; `-0` is `0`
    NegFloat { dst: S, a: S },
    /// Arithmetic of instants, durations and their numbers.
    Time { op: TimeOp, dst: V, a: V, b: V },
    /// Arithmetic of decimals.
    Decimal { op: DecimalOp, dst: V, a: V, b: V },

    // ---- comparisons, to `bool`
    /// `a == b` of ints or bools
    EqInt { dst: S, a: S, b: S },
    /// `a != b` of ints or bools
    NeInt { dst: S, a: S, b: S },
    /// `a < b`
    LtInt { dst: S, a: S, b: S },
    /// `a <= b`
    LeInt { dst: S, a: S, b: S },
    /// `a == b`
    EqFloat { dst: S, a: S, b: S },
    /// `a != b`
    NeFloat { dst: S, a: S, b: S },
    /// `a < b`
    LtFloat { dst: S, a: S, b: S },
    /// `a <= b`
    LeFloat { dst: S, a: S, b: S },
    /// Equality of the language, of any two values.
    Eq { dst: S, a: V, b: V },
    /// Its opposite.
    Ne { dst: S, a: V, b: V },
    /// `a < b` of strings, instants, durations, uuids, decimals
    Lt { dst: S, a: V, b: V },
    /// `a <= b` of the same
    Le { dst: S, a: V, b: V },
    /// `a in b` of a list, by equality, or of the keys of a map.
    In { dst: S, a: V, b: V },
    /// `not a`
    Not { dst: S, a: S },
    /// Whether the value is null (or missing).
    IsNull { dst: S, src: V },
    /// Whether a value of a union is of this member: it carries it, or it is a scalar of its kind.
    IsMember { dst: S, src: V, ty: u16 },

    // ---- control
    /// Goes on at `to`.
    Jump { to: u32 },
    /// Goes on at `to` where the bool holds.
    JumpIf { cond: S, to: u32 },
    /// Goes on at `to` where the bool does not hold.
    JumpIfNot { cond: S, to: u32 },
    /// Goes on at `to` where `a < b`, of ints or bools.
    JumpIfLt { a: S, b: S, to: To },
    /// Goes on at `to` where `a <= b`.
    JumpIfLe { a: S, b: S, to: To },
    /// Goes on at `to` where `a == b`.
    JumpIfEq { a: S, b: S, to: To },
    /// Goes on at `to` where `a != b`.
    JumpIfNe { a: S, b: S, to: To },
    /// Goes on at `to` where `a < imm`.
    JumpIfLtImm { a: S, imm: i16, to: To },
    /// Goes on at `to` where `a >= imm`.
    JumpIfGeImm { a: S, imm: i16, to: To },
    /// Goes on at `to` where `a == imm`.
    JumpIfEqImm { a: S, imm: i16, to: To },
    /// Goes on at `to` where `a != imm`.
    JumpIfNeImm { a: S, imm: i16, to: To },
    /// Goes on at `to` where `a < b`, of floats.
    JumpIfLtFloat { a: S, b: S, to: To },
    /// Goes on at `to` where `a <= b`, of floats.
    JumpIfLeFloat { a: S, b: S, to: To },
    /// Adds 1 to the counter, and goes on at `to` where it is below `end` then.
    NextInt { counter: S, end: S, to: To },
    /// Adds 1 to the counter where it is below `last`, and goes on at `to` then.
    NextIntTo { counter: S, last: S, to: To },
    /// Goes on at `to` where the value is null (or missing).
    JumpIfNull { src: V, to: u32 },
    /// Goes on at `to` where the value is neither null nor missing.
    JumpIfNotNull { src: V, to: u32 },
    /// Leaves out the next instruction where a field equals a constant.
    SkipIfFieldIs { src: V, slot: u16, constant: u16 },
    /// Leaves out the next instruction where a field does not equal a constant.
    SkipIfFieldIsNot { src: V, slot: u16, constant: u16 },
    /// The same of a field of the item at an index known to be inside.
    SkipIfItemIs { slot: u8, list: V, index: S, constant: u16 },
    /// Its opposite.
    SkipIfItemIsNot { slot: u8, list: V, index: S, constant: u16 },
    /// Calls a pure function. Its frame begins at the given registers of this one, so that the
    /// arguments are there already; its result is in the first register of its bank afterwards.
    Call { function: u16, scalars: u16, values: u16 },
    /// Calls a pure function of one scalar with `src + imm`, an int. Its scalar frame begins at a
    /// register of this one, where its result is afterwards, and its value frame behind this one.
    CallAdd { imm: i8, function: u16, scalars: u16, src: S },
    /// Calls a library function with the values from `first` on, as many as the import says.
    CallNative { native: u16, dst: V, first: V },
    /// Ends a function with a scalar.
    ReturnScalar { src: S },
    /// Ends a function with `a + b`, of ints.
    ReturnAddInt { a: S, b: S },
    /// Ends a function with `src` where `a < imm`.
    ReturnIfLtImm { a: S, imm: i16, src: S },
    /// Ends a function with `src` where `a == imm`.
    ReturnIfEqImm { a: S, imm: i16, src: S },
    /// Ends a function or a workflow with a value.
    Return { src: V },
    /// Ends a region of a fork.
    EndRegion,
    /// Fails with a message (a string) or a `Failure`.
    Fail { src: V },
    /// Fails because the program is wrong: reached only where the checker and emitter disagree.
    Unreachable,

    // ---- strings
    /// Joins `count` strings.
    Concat { dst: V, first: V, count: u16 },
    /// Renders a template.
    Render { dst: V, template: u32 },
    /// The next piece of a string between separators: `piece` and the register behind it get where
    /// it begins and ends, and the one behind these where to look for the next; it is 0 at first.
    /// Leaves out the next instruction where there is a piece.
    NextPiece { src: V, separator: V, piece: S },
    /// The piece as a string.
    Piece { dst: V, src: V, piece: S },
    /// Begins to write a text, of which the fiber has a few.
    TextBegin { text: u8 },
    /// Writes a string.
    TextPush { text: u8, src: V },
    /// Writes a constant.
    TextConst { text: u8, constant: u16 },
    /// Writes a piece, changed.
    TextPiece { to: TextTo, src: V, piece: S },
    /// Writes the pieces of a string between the constant `by`, each changed, with the constant
    /// `separator` between them.
    TextSplit { to: TextTo, src: V, by: u16, separator: u16 },
    /// Writes a separator but the first time; `first` is 1 at first.
    TextSeparator { text: u8, src: V, first: S },
    /// The text as a string.
    TextEnd { text: u8, dst: V },
    /// The length of a string, list or map; this library function does what is not simple.
    Length { dst: S, src: V, native: u16 },

    // ---- records
    /// A record of this shape from as many values as it has fields.
    MakeRecord { dst: V, shape: u16, first: V },
    /// The field in this slot; null where it is missing.
    Field { dst: V, src: V, slot: u16 },
    /// The same of an `int` that is always there.
    FieldInt { dst: S, src: V, slot: u16 },
    /// The same of a `float`.
    FieldFloat { dst: S, src: V, slot: u16 },
    /// The same of a `bool`.
    FieldBool { dst: S, src: V, slot: u16 },
    /// A record from other records and values: see [`RecordPlan`](crate::RecordPlan).
    Spread { dst: V, plan: u16, first: V },
    /// A value as another type wants it: see [`Coercion`](crate::Coercion).
    Coerce { dst: V, src: V, plan: u16 },
    /// A value of a union without the member that it carries.
    Unwrap { dst: V, src: V },

    // ---- lists and maps
    /// A list of `count` values.
    MakeList { dst: V, first: V, count: u16 },
    /// An empty list with room for as many items.
    NewList { dst: V, size: S },
    /// Its length.
    ListLen { dst: S, list: V },
    /// The item at an index; negative ones and those beyond the end give null.
    ListGet { dst: V, list: V, index: S },
    /// The item at an index from the end, `-1` being the last.
    ListGetBack { dst: V, list: V, back: u16 },
    /// The item at an index known to be inside.
    ListItem { dst: V, list: V, index: S },
    /// A field of the item at an index known to be inside; null where it is missing.
    ItemField { slot: u8, dst: V, list: V, index: S },
    /// The same of an `int` that is always there.
    ItemInt { slot: u8, dst: S, list: V, index: S },
    /// The same of a `float`.
    ItemFloat { slot: u8, dst: S, list: V, index: S },
    /// The same of a `bool`.
    ItemBool { slot: u8, dst: S, list: V, index: S },
    /// The length of the item at an index known to be inside: see [`Op::Length`].
    ItemLength { native: u8, dst: S, list: V, index: S },
    /// Appends to a list in place; the value is moved.
    ListPush { list: V, value: V },
    /// Appends the item at an index, known to be inside, of another list.
    ListPushItem { list: V, from: V, index: S },
    /// `a + b` of lists; both are moved.
    ListConcat { dst: V, a: V, b: V },
    /// The list of the numbers from `start` up to `end`, with this one or without it.
    Range { inclusive: bool, dst: V, start: S, end: S },
    /// A map of `count` pairs of key and value; the last of equal keys wins at the first's place.
    MakeMap { dst: V, first: V, count: u16 },
    /// The value of a key, or null.
    MapGet { dst: V, map: V, key: V },
    /// Inserts in place; the value is moved.
    MapInsert { map: V, key: V, value: V },
    /// Inserts all pairs of `other` in place.
    MapExtend { map: V, other: V },
    /// Runs a [`Pipeline`](crate::pipeline::Pipeline) and goes on at `to`; where it gives up, behind
    /// this.
    Pipeline { pipeline: u16, to: u32 },
    /// Sorts `list` by the list `keys` of as many values: stable, ascending.
    SortBy { dst: V, list: V, keys: V },
    /// The map from each of the string `keys` to the list of its items.
    GroupBy { dst: V, list: V, keys: V },
    /// The same by a field of the items, a string that is always there.
    GroupByField { slot: u8, dst: V, list: V },

    // ---- json
    /// Any value as `json`.
    ToJson { dst: V, src: V },
    /// `json` as a value of a type; fails with the JSON path.
    Decode { dst: V, src: V, ty: u16 },
    /// `json` as a value of a type, or null.
    TryDecode { dst: V, src: V, ty: u16 },
    /// A lambda for a node: captures the values from `first` on, as many as the function says.
    MakeClosure { dst: V, function: u16, first: V },

    // ---- the run
    /// The trigger context.
    Trigger { dst: V },
    /// A field of `run`.
    Run { dst: V, field: RunField },
    /// A value of `config`.
    Config { dst: V, index: u16 },
    /// Runs a step: the input is at `first`, the policy (a record or null) behind it. `dst` gets
    /// the step's output with its circumstances. A failure is raised unless the step is a `try`.
    Step { step: u16, dst: V, first: V },
    /// The outcome of a `try` step whose inputs failed with the `Failure` in `src`.
    StepInputFailed { step: u16, dst: V, src: V },
    /// A named `if`, loop or parallel block begins: `start` gets the time.
    BeginStep { step: u16, start: S },
    /// A named `for` loop begins, over the numbers from `start` up to `end`, with this one or without
    /// it: `start` gets the time.
    BeginLoop { inclusive: bool, step: u16, start: S, end: S },
    /// It has ended: `value` holds its output and gets the output with its circumstances.
    EndStep { step: u16, start: S, value: V },
    /// A part of a step's output and its circumstances.
    StepField { dst: V, src: V, field: StepField },
    /// A field of a step's output.
    OutputField { dst: V, src: V, slot: u16 },
    /// An iteration begins: `depth` counts the loops around it in this function, from 0.
    LoopIndex { depth: u16, step: u16, index: S },
    /// The loop at this depth has ended.
    LoopEnd { depth: u16 },
    /// Runs the regions of a fork at the same time and joins them.
    Fork { fork: u16 },
    /// Merges a value into a variable from inside a region: see [`Merge`](crate::Merge).
    Merge { slot: u16, src: V },
    /// A named `if` has decided: `value` holds the output that the store shows where an arm fails.
    Decided { step: u16, value: V },
    /// [`Step`](Self::Step) without a policy: the input is in `src`.
    StepAlone { step: u16, dst: V, src: V },
    /// A field of a step's output that is an `int`, a `float` or a `bool`.
    OutputScalar { dst: S, src: V, slot: u16 },
}

/// What is done to a piece of a text that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextChange {
    /// It stays as it is.
    None,
    /// To capital letters.
    Upper,
    /// To small letters.
    Lower,
    /// Without white space around it.
    Trim,
}

/// How many texts a fiber may write at once.
pub const MAX_TEXTS: u8 = 32;

/// A text that is written, and what is done to the pieces that come to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextTo(u8);

impl TextTo {
    /// One of the first [`MAX_TEXTS`] texts.
    pub fn new(text: u8, change: TextChange) -> Self {
        Self(text % MAX_TEXTS + change as u8 * MAX_TEXTS)
    }

    /// The text.
    #[inline]
    pub fn text(self) -> u8 {
        self.0 % MAX_TEXTS
    }

    /// What is done to a piece.
    #[inline]
    pub fn change(self) -> TextChange {
        match self.0 / MAX_TEXTS {
            1 => TextChange::Upper,
            2 => TextChange::Lower,
            3 => TextChange::Trim,
            _ => TextChange::None,
        }
    }
}

/// What is read of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepField {
    /// `nodeId: uuid`
    NodeId,
    /// `nodeName: string`
    NodeName,
    /// `status`
    Status,
    /// `output`
    Output,
    /// `executedAt: instant`
    ExecutedAt,
    /// `durationMs: int`
    DurationMs,
    /// `attempts: int`
    Attempts,
    /// `error: Failure?`, of a `try` step
    Error,
}

/// A field of `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunField {
    /// `id: uuid`
    Id,
    /// `workflow: string`
    Workflow,
    /// `startedAt: instant`
    StartedAt,
    /// `attempt: int`
    Attempt,
    /// Which of the workflow's triggers started it, from 0; no program can name it.
    Trigger,
}

/// Arithmetic of instants and durations; numbers are boxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeOp {
    /// instant - instant
    Between,
    /// instant + duration
    InstantAdd,
    /// instant - duration
    InstantSub,
    /// duration + duration
    Add,
    /// duration - duration
    Sub,
    /// duration * int
    Mul,
    /// duration / duration, a float
    Ratio,
    /// duration / int, truncated toward zero
    Div,
}

/// Arithmetic of decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DecimalOp {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`, rounded half to even
    Div,
    /// `a % b`, with the sign of `a`
    Rem,
    /// `-a`; `b` is not looked at
    Neg,
}

#[cfg(test)]
mod tests {
    use super::{Op, TextChange, TextTo, To};

    #[test]
    fn an_instruction_is_eight_bytes() {
        assert_eq!(std::mem::size_of::<Op>(), 8);
    }

    #[test]
    fn a_text_and_a_change_are_one_byte() {
        for change in [TextChange::None, TextChange::Upper, TextChange::Lower, TextChange::Trim] {
            let to = TextTo::new(31, change);
            assert_eq!((to.text(), to.change()), (31, change));
        }
    }

    #[test]
    fn a_target_has_three_bytes() {
        assert_eq!(To::new(0x0012_3456).index(), 0x0012_3456);
        assert_eq!(To::try_from(0x00ff_ffff).map(To::index), Ok(0x00ff_ffff));
        assert!(To::try_from(0x0100_0000).is_err());
    }
}
