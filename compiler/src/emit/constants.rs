//! Tables that are filled while code is written, each entry once.

use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_bytecode::pipeline::Pipeline;
use wf_bytecode::{
    Coercion, Const, Decimal, NativeImport, NodeImport, Part, RecordPlan, Shape, ShapeIdx,
};
use wf_types::Type;

/// How a value in a value register becomes one of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    Same,
    Json,
    /// By this coercion.
    Plan(u16),
}

/// Entries in the order of their coming, each once.
type IndexSet<T> = indexmap::IndexSet<T, FxBuildHasher>;

/// The interned tables of a program.
#[derive(Default)]
pub(super) struct Tables {
    scalars: IndexSet<u64>,
    constants: Vec<Const>,
    constant_index: FxHashMap<ConstKey, u32>,
    shapes: IndexSet<Shape>,
    natives: IndexSet<NativeImport>,
    nodes: IndexSet<NodeImport>,
    templates: Vec<Vec<Part>>,
    coercions: IndexSet<Coercion>,
    pub(super) conversions: FxHashMap<(Type, Type), Conversion>,
    record_plans: IndexSet<RecordPlan>,
    pipelines: Vec<Pipeline>,
}

/// A constant with an equality that tells floats apart by their bits.
#[derive(PartialEq, Eq, Hash)]
enum ConstKey {
    Null,
    Bool(bool),
    Int(i64),
    Float(u64),
    Decimal(Decimal),
    String(String),
    Duration(i64),
    EmptyList,
    EmptyMap,
}

fn key(constant: &Const) -> ConstKey {
    match constant {
        Const::Null => ConstKey::Null,
        Const::Bool(value) => ConstKey::Bool(*value),
        Const::Int(value) => ConstKey::Int(*value),
        Const::Float(value) => ConstKey::Float(value.to_bits()),
        Const::Decimal(digits) => ConstKey::Decimal(*digits),
        Const::String(text) => ConstKey::String(text.clone()),
        Const::Duration(micros) => ConstKey::Duration(*micros),
        Const::EmptyList => ConstKey::EmptyList,
        Const::EmptyMap => ConstKey::EmptyMap,
    }
}

impl Tables {
    pub(super) fn scalar(&mut self, bits: u64) -> u32 {
        self.scalars.insert_full(bits).0 as u32
    }

    pub(super) fn constant(&mut self, constant: Const) -> u32 {
        let next = self.constants.len() as u32;
        let index = *self.constant_index.entry(key(&constant)).or_insert(next);
        if index == next {
            self.constants.push(constant);
        }
        index
    }

    pub(super) fn shape(&mut self, fields: Vec<SmolStr>) -> ShapeIdx {
        ShapeIdx(self.shapes.insert_full(Shape { fields }).0 as u16)
    }

    pub(super) fn native(&mut self, name: SmolStr, arity: u16) -> u16 {
        self.natives.insert_full(NativeImport { name, arity }).0 as u16
    }

    pub(super) fn node(&mut self, name: SmolStr, signature: SmolStr) -> u16 {
        self.nodes.insert_full(NodeImport { name, signature }).0 as u16
    }

    pub(super) fn template(&mut self, parts: Vec<Part>) -> u32 {
        self.templates.push(parts);
        self.templates.len() as u32 - 1
    }

    /// The place of a pipeline; none where no instruction could name it.
    pub(super) fn pipeline(&mut self, pipeline: Pipeline) -> Option<u16> {
        let index = u16::try_from(self.pipelines.len()).ok()?;
        self.pipelines.push(pipeline);
        Some(index)
    }

    pub(super) fn coercion(&mut self, plan: Coercion) -> u16 {
        self.coercions.insert_full(plan).0 as u16
    }

    pub(super) fn record_plan(&mut self, plan: RecordPlan) -> u16 {
        self.record_plans.insert_full(plan).0 as u16
    }

    /// The tables whose entries are named by 16 bits, with their lengths.
    pub(super) fn lengths(&self) -> [(&'static str, usize); 5] {
        [
            ("shapes of records", self.shapes.len()),
            ("library functions", self.natives.len()),
            ("nodes", self.nodes.len()),
            ("conversions between types", self.coercions.len()),
            ("forms of records with spreads", self.record_plans.len()),
        ]
    }

    /// Hands the tables over.
    pub(super) fn finish(self, program: &mut wf_bytecode::Program) {
        program.scalars = self.scalars.into_iter().collect();
        program.constants = self.constants;
        program.shapes = self.shapes.into_iter().collect();
        program.natives = self.natives.into_iter().collect();
        program.nodes = self.nodes.into_iter().collect();
        program.templates = self.templates;
        program.pipelines = self.pipelines;
        program.coercions = self.coercions.into_iter().collect();
        program.record_plans = self.record_plans.into_iter().collect();
    }
}
