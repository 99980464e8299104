//! Pipelines: what is done to the items of a list, many items at a time.
//!
//! `rows | filter(r => r.score > 50) | map(r => r.value * 1.2) | sum` is one instruction,
//! [`Op::Pipeline`](crate::Op::Pipeline), that runs each part over a block of items before the next
//! part: what an instruction costs by itself is paid once for a block, and no list is made in
//! between. Such code can only fail, by an overflow say, and has no effects. So the instruction
//! gives up where anything is not as usual, and the code behind it, the same written out as loops,
//! does all of it again and fails where the language says.
//!
//! **Columns** hold a bare scalar for each item of a block. The items that are still **kept** are
//! known by their rows in the block; columns of the others are never looked at.

use serde::{Deserialize, Serialize};

use crate::{S, V};

/// What is done to the items of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The register of the list.
    pub list: V,
    /// How many columns there are.
    pub columns: u8,
    /// The columns that are the same for all items.
    pub fixed: Vec<(u8, Fixed)>,
    /// What is done to each block, in order.
    pub kernels: Vec<Kernel>,
    /// What becomes of the items that are kept.
    pub end: End,
}

impl Pipeline {
    /// How deep kernels may be inside of each other.
    pub const MAX_DEPTH: u32 = 16;
    /// How many columns there may be.
    pub const MAX_COLUMNS: u8 = 64;
}

/// What fills a column that is the same for all items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fixed {
    /// These bits.
    Bits(u64),
    /// A scalar register.
    Scalar(S),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lane {
    /// An `int`.
    Int,
    /// A `float`.
    Float,
    /// A `bool`.
    Bool,
}

/// A value for each item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// What is in these slots of records, one in the other, from the item on.
    Item(Vec<u16>),
    /// What is in a value register, for all items.
    Register(V),
    /// A constant.
    Const(u32),
}

/// A comparison of two scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// `a == b`
    Eq,
    /// `a != b`
    Ne,
    /// `a < b`
    Lt,
    /// `a <= b`
    Le,
}

/// Arithmetic of two scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arith {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// `a % b`
    Rem,
}

/// One thing that is done to all kept items of a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// A scalar of each item into a column.
    Load {
        /// The column.
        dst: u8,
        /// What it holds.
        lane: Lane,
        /// The scalar.
        from: Source,
    },
    /// The length of a list or map, or of a string of ASCII characters.
    Length {
        /// The column.
        dst: u8,
        /// The list, map or string.
        from: Source,
    },
    /// A copy of a column.
    Copy {
        /// The column.
        dst: u8,
        /// The one that is copied.
        src: u8,
    },
    /// Arithmetic.
    Arith {
        /// The operator.
        op: Arith,
        /// Of ints or of floats.
        lane: Lane,
        /// The column of the result.
        dst: u8,
        /// The left side.
        a: u8,
        /// The right side.
        b: u8,
    },
    /// Keeps the items for which a comparison holds.
    Keep {
        /// The comparison.
        test: Test,
        /// Of what.
        lane: Lane,
        /// The left side.
        a: u8,
        /// The right side.
        b: u8,
    },
    /// Keeps the items whose value is null, or those whose value is not.
    KeepNull {
        /// The value.
        of: Source,
        /// Which ones are kept.
        null: bool,
    },
    /// Keeps the items with equal values, or those with others.
    KeepEqual {
        /// One value.
        a: Source,
        /// The other.
        b: Source,
        /// Which ones are kept.
        equal: bool,
    },
    /// Keeps the items whose value is less than another, or at most as large.
    KeepLess {
        /// One value.
        a: Source,
        /// The other.
        b: Source,
        /// Whether equal ones are kept too.
        or_equal: bool,
        /// Whether those for which it holds are kept.
        when: bool,
    },
    /// Keeps the items whose value is in a list or among the keys of a map.
    KeepIn {
        /// The value.
        a: Source,
        /// The list or map.
        b: Source,
        /// Whether those for which it holds are kept.
        when: bool,
    },
    /// Keeps the items that are kept by one of two runs of kernels behind it; the second is asked
    /// only for those that the first does not keep.
    AnyOf {
        /// How many kernels are the first.
        left: u16,
        /// How many behind these are the second.
        right: u16,
    },
    /// Runs kernels for the items that a condition keeps, and others for the rest. All are kept.
    Choose {
        /// How many kernels are the condition.
        cond: u16,
        /// How many behind these are for those that it keeps.
        then: u16,
        /// How many behind these are for the rest.
        otherwise: u16,
    },
}

/// A field of a record that is made of each item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// A scalar.
    Column(u8, Lane),
    /// Any value.
    Value(Source),
}

/// What becomes of the items that are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum End {
    /// The list of them.
    Items {
        /// Where it goes.
        dst: V,
    },
    /// The list of what is made of them.
    Cells {
        /// Where it goes.
        dst: V,
        /// What is made of each.
        cell: Cell,
    },
    /// The list of the records that are made of them.
    Records {
        /// Where it goes.
        dst: V,
        /// The shape.
        shape: u16,
        /// The fields.
        fields: Vec<Cell>,
    },
    /// The sum of a column from 0 on; gives up where it is too large.
    Sum {
        /// Where it goes.
        dst: S,
        /// Of ints or of floats.
        lane: Lane,
        /// The column.
        column: u8,
    },
    /// Their number.
    Count {
        /// Where it goes.
        dst: S,
    },
    /// Whether there is one.
    Exists {
        /// Where it goes.
        dst: S,
        /// What is given where there is one.
        found: bool,
    },
    /// The first one, or null.
    First {
        /// Where it goes.
        dst: V,
    },
    /// The map from each key to the list of its items.
    Groups {
        /// Where it goes.
        dst: V,
        /// The key, a string.
        key: Source,
    },
}

impl Pipeline {
    /// Visits all values that are read.
    pub fn each_source(&mut self, mut visit: impl FnMut(&mut Source)) {
        for kernel in &mut self.kernels {
            match kernel {
                Kernel::Load { from, .. } | Kernel::Length { from, .. } => visit(from),
                Kernel::KeepNull { of, .. } => visit(of),
                Kernel::KeepEqual { a, b, .. }
                | Kernel::KeepLess { a, b, .. }
                | Kernel::KeepIn { a, b, .. } => {
                    visit(a);
                    visit(b);
                }
                _ => {}
            }
        }
        let mut cell = |cell: &mut Cell| {
            if let Cell::Value(source) = cell {
                visit(source);
            }
        };
        match &mut self.end {
            End::Cells { cell: one, .. } => cell(one),
            End::Records { fields, .. } => fields.iter_mut().for_each(cell),
            End::Groups { key, .. } => visit(key),
            _ => {}
        }
    }
}
