//! Tables that are filled while code is written, each entry once.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_bytecode::pipeline::Pipeline;
use wf_bytecode::{Coercion, Const, NativeImport, NodeImport, Part, RecordPlan, Shape, ShapeIdx};
use wf_types::{Field, Type};

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
pub(super) struct Tables {
    scalars: IndexSet<u64>,
    constants: IndexSet<Constant>,
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
struct Constant(Const);

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Const::Float(a), Const::Float(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        }
    }
}

impl Eq for Constant {}

impl Hash for Constant {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.0).hash(state);
        match &self.0 {
            Const::Null | Const::EmptyList | Const::EmptyMap => {}
            Const::Bool(value) => value.hash(state),
            Const::Int(value) | Const::Duration(value) => value.hash(state),
            Const::Float(value) => value.to_bits().hash(state),
            Const::Decimal(value) => value.hash(state),
            Const::String(text) => text.hash(state),
        }
    }
}

/// How many entries the tables of a small program have: as many as fit into one allocation of theirs
/// without being moved.
const SOME: usize = 14;

impl Default for Tables {
    fn default() -> Self {
        Self {
            scalars: IndexSet::default(),
            constants: some(),
            shapes: some(),
            natives: IndexSet::default(),
            nodes: IndexSet::default(),
            templates: Vec::new(),
            coercions: IndexSet::default(),
            conversions: FxHashMap::default(),
            record_plans: IndexSet::default(),
            pipelines: Vec::new(),
        }
    }
}

fn some<T>() -> IndexSet<T> {
    IndexSet::with_capacity_and_hasher(SOME, FxBuildHasher)
}

impl Tables {
    pub(super) fn scalar(&mut self, bits: u64) -> u32 {
        self.scalars.insert_full(bits).0 as u32
    }

    pub(super) fn constant(&mut self, constant: Const) -> u32 {
        self.constants.insert_full(Constant(constant)).0 as u32
    }

    pub(super) fn shape(&mut self, fields: &[Field]) -> ShapeIdx {
        let fields = fields.iter().map(|field| field.name.clone()).collect();
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
        program.constants = self.constants.into_iter().map(|constant| constant.0).collect();
        program.shapes = self.shapes.into_iter().collect();
        program.natives = self.natives.into_iter().collect();
        program.nodes = self.nodes.into_iter().collect();
        program.templates = self.templates;
        program.pipelines = self.pipelines;
        program.coercions = self.coercions.into_iter().collect();
        program.record_plans = self.record_plans.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_told_apart_by_their_bits() {
        let mut tables = Tables::default();
        let zero = tables.constant(Const::Float(0.0));
        assert_ne!(zero, tables.constant(Const::Float(-0.0)));
        assert_eq!(zero, tables.constant(Const::Float(0.0)));
        assert_ne!(zero, tables.constant(Const::Int(0)));
    }
}
