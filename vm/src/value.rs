//! Values as the machine holds them.

use std::sync::Arc;

use arcstr::ArcStr;
use indexmap::IndexMap;
use uuid::Uuid;
use wf_bytecode::ShapeIdx;

use crate::node::LambdaRef;

/// A value: 16 bytes, cheap to clone.
///
/// Records carry the number of their shape, so that any value of a program can be shown with the
/// program's table of shapes. `json` is held as null, bools, numbers, strings, lists and maps.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// A field that was not given; in slots of records only. Reads as null, is not written.
    Missing,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `float`, always finite, never `-0`
    Float(f64),
    /// `string`
    String(ArcStr),
    /// `uuid`
    Uuid(triomphe::Arc<Uuid>),
    /// `instant`, in microseconds since 1970-01-01T00:00:00Z
    Instant(i64),
    /// `duration`, in microseconds
    Duration(i64),
    /// `list<T>`
    List(ListRef),
    /// `map<T>`, and objects of `json`
    Map(MapRef),
    /// A record or an entity
    Record(RecordRef),
    /// A lambda given to a node
    Lambda(LambdaRef),
    /// A step's output with its circumstances
    Step(Arc<crate::store::StepOutput>),
}

/// A shared list.
#[derive(Clone, Debug, Default)]
pub struct ListRef(pub(crate) triomphe::Arc<Vec<Value>>);

/// A shared map in the order of insertion.
#[derive(Clone, Debug, Default)]
pub struct MapRef(
    pub(crate) triomphe::Arc<IndexMap<ArcStr, Value, foldhash::quality::RandomState>>,
);

/// A shared record: its shape and its fields by slot.
#[derive(Clone, Debug)]
pub struct RecordRef(pub(crate) triomphe::ThinArc<ShapeIdx, Value>);

impl ListRef {
    /// A list of these items.
    pub fn new(items: Vec<Value>) -> Self {
        Self(triomphe::Arc::new(items))
    }

    /// The items.
    pub fn as_slice(&self) -> &[Value] {
        &self.0
    }

    /// The items to change; copied first where the list is shared.
    pub fn make_mut(&mut self) -> &mut Vec<Value> {
        triomphe::Arc::make_mut(&mut self.0)
    }
}

impl MapRef {
    /// A map of these entries.
    pub fn new(entries: IndexMap<ArcStr, Value, foldhash::quality::RandomState>) -> Self {
        Self(triomphe::Arc::new(entries))
    }

    /// The entries.
    pub fn entries(&self) -> &IndexMap<ArcStr, Value, foldhash::quality::RandomState> {
        &self.0
    }

    /// The entries to change; copied first where the map is shared.
    pub fn make_mut(&mut self) -> &mut IndexMap<ArcStr, Value, foldhash::quality::RandomState> {
        triomphe::Arc::make_mut(&mut self.0)
    }
}

impl RecordRef {
    /// A record of this shape; the fields are in the order of its slots.
    pub fn new(shape: ShapeIdx, fields: Vec<Value>) -> Self {
        Self(triomphe::ThinArc::from_header_and_iter(shape, fields.into_iter()))
    }

    /// The shape.
    pub fn shape(&self) -> ShapeIdx {
        self.0.header.header
    }

    /// The fields by slot.
    pub fn fields(&self) -> &[Value] {
        &self.0.slice
    }
}
