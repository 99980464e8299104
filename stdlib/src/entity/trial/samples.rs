//! Random entities, values and rows.

use std::fmt::Write;

use uuid::Uuid;
use wf_vm::bytecode::pushdown::{Kind, Literal, Operand};
use wf_vm::bytecode::{AttributeInfo, Decimal, EntityInfo, StoredType, TypeIdx};

use crate::entity::cell::Cell;

/// Dice that fall the same for the same seed.
#[derive(Debug)]
pub struct Dice {
    state: u64,
    no_nul: bool,
}

impl Dice {
    /// Dice of a seed; without NUL in texts where that is wanted.
    pub fn new(seed: u64, no_nul: bool) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1), no_nul }
    }

    /// A number below another one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// True so many times of six.
    pub fn chance(&mut self, of_six: u64) -> bool {
        self.below(6) < of_six
    }

    /// One of a few ids.
    pub fn id(&mut self) -> Uuid {
        Uuid::from_u128(0x1111_0000_0000_0000_0000_0000_0000_0000 * u128::from(self.below(15)) + 7)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// A value; never null.
    pub fn literal(&mut self, kind: Kind) -> Literal {
        const TEXTS: [&str; 16] = [
            "",
            "a",
            "A",
            "ab",
            "b",
            "ba",
            "aa",
            "é",
            "z",
            "%",
            "_",
            "'",
            "\"",
            "\u{FFFD}",
            "\u{1F600}",
            "a\0b",
        ];
        const DECIMALS: [&str; 9] = [
            "0",
            "1.5",
            "1.50",
            "-3",
            "0.1",
            "10",
            "9999999999999999999999999999999999",
            "1e-20",
            "1e40",
        ];
        let texts = if self.no_nul { &TEXTS[..15] } else { &TEXTS[..] };
        match kind {
            Kind::Bool => Literal::Bool(self.chance(3)),
            Kind::Int => Literal::Int(self.one_of(&[
                0,
                1,
                -1,
                2,
                3,
                7,
                i64::MAX,
                i64::MIN,
                9_007_199_254_740_993,
            ])),
            Kind::Float => {
                Literal::Float(self.one_of(&[0.0, 0.1, -1.5, 3.0, 1e300, -1e300, 5e-324]))
            }
            Kind::Decimal => {
                let text = self.one_of(&DECIMALS);
                Literal::Decimal(Decimal::parse(text).unwrap_or(Decimal::ZERO))
            }
            Kind::String => Literal::String(self.one_of(texts).to_owned()),
            Kind::Instant => Literal::Instant(self.one_of(&[
                0,
                1_700_000_000_000_001,
                1_700_000_000_000_002,
                -62_167_219_200_000_000,
                253_402_300_799_999_999,
            ])),
            Kind::Duration => Literal::Duration(self.one_of(&[0, 1, -1, 90_000_000, i64::MAX])),
            Kind::Uuid => Literal::Uuid(self.id().as_u128()),
        }
    }
}

/// An entity with these attributes (JSON where there is no kind): name, kind, whether it may be null.
pub fn entity(
    name: &str,
    attributes: &[(&str, Option<Kind>, bool)],
    unique: &[&str],
    index: &[&str],
) -> EntityInfo {
    let types = attributes.iter().map(|(_, kind, _)| match kind {
        Some(kind) => StoredType::Plain(*kind),
        None => StoredType::Json,
    });
    let types = types.collect();
    let attributes = attributes.iter().enumerate().map(|(place, (name, _, optional))| {
        AttributeInfo { name: (*name).into(), ty: place as u16, optional: *optional }
    });
    EntityInfo {
        name: name.into(),
        ty: TypeIdx(0),
        unique: unique.iter().map(|name| (*name).into()).collect(),
        index: index.iter().map(|name| (*name).into()).collect(),
        defaults: Vec::new(),
        attributes: attributes.collect(),
        types,
    }
}

/// A random entity: an attribute of each kind and one that may be null, and a record with the same.
#[derive(Debug)]
pub struct Sample {
    /// The entity.
    pub entity: EntityInfo,
}

const NAMES: [(&str, &str, Kind); 8] = [
    ("flag", "maybeFlag", Kind::Bool),
    ("count", "maybeCount", Kind::Int),
    ("ratio", "maybeRatio", Kind::Float),
    ("price", "maybePrice", Kind::Decimal),
    ("name", "maybeName", Kind::String),
    ("at", "maybeAt", Kind::Instant),
    ("span", "maybeSpan", Kind::Duration),
    ("key", "maybeKey", Kind::Uuid),
];

impl Sample {
    /// An entity of this name.
    pub fn new(dice: &mut Dice, name: &str) -> Self {
        let mut attributes: Vec<(&str, Option<Kind>, bool)> = Vec::new();
        for (name, maybe, kind) in NAMES {
            attributes.push((name, Some(kind), false));
            attributes.push((maybe, Some(kind), true));
        }
        attributes.push(("inner", None, true));
        attributes.push(("list", None, false));
        let names: Vec<&str> = attributes.iter().map(|(name, ..)| *name).collect();
        let pick = |dice: &mut Dice, of_six: u64| -> Vec<&str> {
            let all = names.iter().copied();
            all.filter(|name| *name != "inner" && *name != "list" && dice.chance(of_six)).collect()
        };
        let index = pick(dice, 1);
        // Few values of flags and such would soon all be taken.
        let unique: Vec<&str> =
            ["maybeName", "maybePrice"].into_iter().filter(|_| dice.chance(2)).collect();
        Self { entity: entity(name, &attributes, &unique, &index) }
    }

    /// The attributes of a row, as JSON.
    pub fn payload(&self, dice: &mut Dice) -> String {
        let mut fields: Vec<String> = Vec::new();
        for (name, maybe, kind) in NAMES {
            fields.push(format!("\"{name}\":{}", json(dice, kind)));
            match dice.below(4) {
                0 => {}
                1 => fields.push(format!("\"{maybe}\":null")),
                _ => fields.push(format!("\"{maybe}\":{}", json(dice, kind))),
            }
        }
        match dice.below(4) {
            0 => {}
            1 => fields.push("\"inner\":null".to_owned()),
            _ => {
                let inside =
                    NAMES.map(|(name, _, kind)| format!("\"{name}\":{}", json(dice, kind)));
                fields.push(format!("\"inner\":{{{}}}", inside.join(",")));
            }
        }
        fields.push("\"list\":[1, 2.50,\"x\"]".to_owned());
        format!("{{{}}}", fields.join(","))
    }

    /// A field of this kind.
    pub fn field(&self, dice: &mut Dice, kind: Kind) -> Operand {
        let [plain, maybe] = NAMES
            .iter()
            .find(|(.., of)| *of == kind)
            .map_or(["", ""], |(plain, maybe, _)| [*plain, *maybe]);
        let (path, nullable): (&[&str], bool) = match (dice.below(8), kind) {
            (0, Kind::Uuid) => (&["id"], false),
            (0, Kind::Instant) => (&["createdAt"], false),
            (1, Kind::Instant) => (&["updatedAt"], false),
            (2, _) => (&["inner", plain], true),
            (3..=5, _) => (&[maybe], true),
            _ => (&[plain], false),
        };
        let path = path.iter().map(|name| (*name).into()).collect();
        Operand::Field { path, kind, nullable }
    }

    /// A field, a captured value or a constant of this kind; now and then null.
    pub fn operand(&self, dice: &mut Dice, kind: Kind) -> Operand {
        let index = NAMES.iter().position(|(.., of)| *of == kind).unwrap_or(0) as u16;
        match dice.below(8) {
            0 => Operand::Const(Literal::Null),
            1 | 2 => self.field(dice, kind),
            3 | 4 => Operand::Capture { index, kind, nullable: false },
            _ => Operand::Const(dice.literal(kind)),
        }
    }
}

fn json(dice: &mut Dice, kind: Kind) -> String {
    let mut text = String::new();
    Cell::from(&dice.literal(kind)).write(&mut text);
    if kind == Kind::Decimal && dice.chance(1) {
        // As a text it is the same.
        return format!("\"{text}\"");
    }
    // Writing to a string does not fail.
    _ = write!(text, "{}", if dice.chance(1) { " " } else { "" });
    text
}
