//! Decoding records: their fields in any order, fast where they come in the order of the type.

use std::borrow::Cow;
use std::collections::HashMap;

use arcstr::ArcStr;
use smol_str::SmolStr;
use wf_bytecode::{FieldDesc, Program, ShapeIdx, TypeDesc};

use super::fault::{Decoded, Depth, Fault};
use super::scan::Named;
use super::text::Decoder;
use crate::value::{RecordRef, Value};

/// The slots of wide shapes by their names.
#[derive(Default)]
pub(super) struct Wide<'p> {
    shapes: HashMap<ShapeIdx, Slots<'p>, foldhash::quality::RandomState>,
    /// How many names of wide shapes were looked for one by one.
    looked: usize,
}

type Slots<'p> = HashMap<&'p str, usize, foldhash::quality::RandomState>;

impl Decoder<'_, '_> {
    pub(super) fn record(
        &mut self,
        shape: ShapeIdx,
        fields: &[FieldDesc],
        depth: Depth,
    ) -> Decoded<()> {
        let names = names(shape, fields, self.program)?;
        self.take_room((fields.len() + 2) * size_of::<Value>())?;
        let few = Few::of(names, fields);
        let start = self.parts.len();
        let (mut first, mut next) = (true, few.as_ref().map_or(0, |few| few.from(0)));
        let mut gaps = false;
        self.scan.enter();
        loop {
            if let Some(few) = &few {
                first = self.scan.pass_others(first, |name| few.find(name).is_some());
            }
            if let Some(text) = self.expected_string(first, names, fields, next, start)? {
                gaps |= self.leave_out(start + next);
                self.put(|| Value::String(text))?;
                (first, next) = (false, few.as_ref().map_or(next + 1, |few| few.from(next + 1)));
                continue;
            }
            let (slot, name) =
                match self.scan.next_entry_or(first, names.get(next).map(SmolStr::as_str))? {
                    Named::End => break,
                    Named::Expected => (Some(next), Cow::Borrowed(names[next].as_str())),
                    Named::Other(name) => {
                        let slot = match &few {
                            Some(few) => few.find(name.as_bytes()),
                            None => self.slot(shape, names, next, &name),
                        };
                        (slot, name)
                    }
                };
            first = false;
            if let Some(slot) = slot {
                next = few.as_ref().map_or(slot + 1, |few| few.from(slot + 1));
            }
            match slot.map(|slot| (&fields[slot], start + slot)) {
                Some((field, place)) if field.demanded => {
                    // Fields that come in order are made where they stay.
                    let in_order = place >= self.parts.len();
                    if in_order {
                        gaps |= self.leave_out(place);
                    } else if !matches!(self.parts[place], Value::Missing) {
                        return Err(Fault::twice(&name));
                    }
                    self.value(field.ty, depth).map_err(|f| f.in_field(&name))?;
                    if !in_order {
                        self.parts.swap_remove(place);
                    }
                    gaps |= matches!(self.parts[place], Value::Missing);
                }
                _ => self.scan.skip().map_err(|f| Box::<Fault>::from(f).in_field(&name))?,
            }
        }
        if self.leave_out(start + fields.len()) | gaps {
            check_complete(names, fields, &self.parts[start..], self.program)?;
        }
        let record = RecordRef::from_fields(shape, self.parts.drain(start..));
        self.put(|| Value::Record(record))
    }

    /// The string that the next field is, where all is as in most objects.
    #[inline(always)]
    fn expected_string(
        &mut self,
        first: bool,
        names: &[SmolStr],
        fields: &[FieldDesc],
        slot: usize,
        start: usize,
    ) -> Decoded<Option<ArcStr>> {
        let (Some(name), Some(field)) = (names.get(slot), fields.get(slot)) else {
            return Ok(None);
        };
        let types = &self.program.types;
        let mut ty = types.get(usize::from(field.ty.0));
        if let Some(TypeDesc::Optional(inner)) = ty {
            ty = types.get(usize::from(inner.0));
        }
        if !field.demanded
            || !matches!(ty, Some(TypeDesc::String))
            || start + slot < self.parts.len()
        {
            return Ok(None);
        }
        let Some(text) = self.scan.plain_string_of(first, name) else { return Ok(None) };
        self.take_room(text.len()).map_err(|fault| fault.in_field(name))?;
        Ok(Some(ArcStr::from(text)))
    }

    /// Leaves out the fields up to this place; says whether there are any.
    #[inline]
    fn leave_out(&mut self, place: usize) -> bool {
        let missing = place.saturating_sub(self.parts.len());
        self.parts.extend(std::iter::repeat_with(|| Value::Missing).take(missing));
        missing > 0
    }

    /// The slot of a name that is not where the type has it: most objects have their fields in the
    /// order of the type, but for some that are left out.
    fn slot(
        &mut self,
        shape: ShapeIdx,
        names: &[SmolStr],
        next: usize,
        name: &str,
    ) -> Option<usize> {
        /// How many fields may be left out before all are looked through.
        const LEFT_OUT: usize = 8;
        /// Shapes with more fields have tables of their names, made when many were looked for.
        const WIDE: usize = 16;
        const MANY: usize = 8;
        let ahead = names.get(next..).unwrap_or_default();
        if let Some(at) = ahead.iter().take(LEFT_OUT).position(|n| n == name) {
            return Some(next + at);
        }
        if names.len() > WIDE {
            self.wide.looked += 1;
            if self.wide.looked > MANY {
                return self.wide.find(shape, self.program, name);
            }
        }
        names.iter().position(|n| n == name)
    }
}

impl<'p> Wide<'p> {
    fn find(&mut self, shape: ShapeIdx, program: &'p Program, name: &str) -> Option<usize> {
        let slots = self.shapes.entry(shape).or_insert_with(|| {
            let names = program.shapes.get(usize::from(shape.0)).map_or(&[][..], |s| &s.fields);
            names.iter().enumerate().map(|(slot, n)| (n.as_str(), slot)).collect()
        });
        slots.get(name).copied()
    }
}

/// How many demanded fields are few.
const FEW: usize = 4;

/// The demanded fields of a record, where they are few of many.
struct Few<'p> {
    /// Slots and names; those behind the last one are never found.
    fields: [(usize, &'p [u8]); FEW],
    count: usize,
}

impl<'p> Few<'p> {
    /// How many fields a record has at least.
    const MANY: usize = 6;

    fn of(names: &'p [SmolStr], fields: &[FieldDesc]) -> Option<Self> {
        if fields.len() < Self::MANY {
            return None;
        }
        let mut few = Self { fields: [(usize::MAX, &[]); FEW], count: 0 };
        for (slot, (name, field)) in names.iter().zip(fields).enumerate() {
            if field.demanded {
                *few.fields.get_mut(few.count)? = (slot, name.as_bytes());
                few.count += 1;
            }
        }
        Some(few)
    }

    fn fields(&self) -> impl Iterator<Item = &(usize, &'p [u8])> {
        self.fields.iter().take(self.count)
    }

    /// The first slot that is demanded from this one on.
    fn from(&self, slot: usize) -> usize {
        self.fields().map(|(demanded, _)| *demanded).find(|d| *d >= slot).unwrap_or(usize::MAX)
    }

    /// The demanded slot of this name.
    #[inline]
    fn find(&self, name: &[u8]) -> Option<usize> {
        self.fields().find(|(_, own)| *own == name).map(|(slot, _)| *slot)
    }
}

/// The names of a record's fields, as many as there are fields.
pub(super) fn names<'p>(
    shape: ShapeIdx,
    fields: &[FieldDesc],
    program: &'p Program,
) -> Decoded<&'p [SmolStr]> {
    match program.shapes.get(usize::from(shape.0)) {
        Some(shape) if shape.fields.len() == fields.len() => Ok(&shape.fields),
        _ => Err(Fault::fatal("a shape of the program", "of another shape")),
    }
}

/// Sees to it that no demanded field is missing that must not be.
pub(super) fn check_complete(
    names: &[SmolStr],
    fields: &[FieldDesc],
    slots: &[Value],
    program: &Program,
) -> Decoded<()> {
    for ((name, field), slot) in names.iter().zip(fields).zip(slots) {
        if matches!(slot, Value::Missing) && field.demanded && !field.optional {
            return Err(Fault::missing(field.ty, program).in_field(name));
        }
    }
    Ok(())
}
