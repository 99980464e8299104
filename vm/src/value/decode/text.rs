//! Decoding JSON text in one pass.

use arcstr::ArcStr;
use indexmap::map::Entry;
use wf_bytecode::{Decimal, Program, TypeDesc, TypeIdx};

use super::DecodeError;
use super::fault::{self, Decoded, Depth, Fault, desc};
use super::record::Wide;
use super::scalar::{self, NoInt};
use super::scan::{Kind, Scanner};
use super::union::{self, Patience};
use crate::value::{Entries, MapRef, Value};

pub(super) fn decode(
    text: &str,
    ty: TypeIdx,
    program: &Program,
    bytes: usize,
) -> Result<Value, DecodeError> {
    let mut decoder = Decoder::new(text, program, bytes);
    decoder.whole(|decoder| decoder.value(ty, Depth::default())).map_err(|f| f.finish(Some(text)))
}

pub(super) fn decode_json(text: &str) -> Result<Value, DecodeError> {
    let program = Program::default();
    let mut decoder = Decoder::new(text, &program, usize::MAX);
    decoder.whole(|decoder| decoder.json(Depth::default())).map_err(|f| f.finish(Some(text)))
}

/// What an empty list and an empty map take, roughly: texts can have millions of them.
const LIST: usize = 3 * size_of::<Value>();
const MAP: usize = 6 * size_of::<Value>();

/// Each thing that is read is put behind [`Self::parts`]: a value that is handed on in memory is
/// written in two pieces and read in one, for which the processor waits.
pub(super) struct Decoder<'t, 'p> {
    pub(super) scan: Scanner<'t>,
    pub(super) program: &'p Program,
    /// The bytes that the value may still take.
    room: usize,
    patience: Patience,
    /// The items and fields of the containers that are being read, the innermost last, so that
    /// each container is made with its exact size. What failed leaves its own behind.
    pub(super) parts: Vec<Value>,
    pub(super) wide: Wide<'p>,
}

impl<'t, 'p> Decoder<'t, 'p> {
    fn new(text: &'t str, program: &'p Program, room: usize) -> Self {
        let (scan, patience) = (Scanner::new(text), Patience::new(text.len()));
        Self { scan, program, room, patience, parts: Vec::new(), wide: Wide::default() }
    }

    /// Decodes a value behind which nothing follows.
    fn whole(&mut self, decode: impl FnOnce(&mut Self) -> Decoded<()>) -> Decoded<Value> {
        decode(self)?;
        self.scan.finish()?;
        Ok(self.last())
    }

    /// Takes back what was read last.
    fn last(&mut self) -> Value {
        self.parts.pop().unwrap_or_default()
    }

    #[inline(always)]
    pub(super) fn put(&mut self, value: impl FnOnce() -> Value) -> Decoded<()> {
        // `push` would keep a value in memory until there is room for it.
        self.parts.extend(std::iter::once_with(value));
        Ok(())
    }

    pub(super) fn value(&mut self, ty: TypeIdx, depth: Depth) -> Decoded<()> {
        let kind = self.scan.kind()?;
        match (desc(ty, self.program)?, kind) {
            (TypeDesc::Json, _) => self.json(depth),
            (TypeDesc::Unread(_), _) => {
                self.scan.skip()?;
                self.put(|| Value::Missing)
            }
            (TypeDesc::Reduced { read, .. }, _) => self.value(*read, depth.same()?),
            (TypeDesc::Optional(_) | TypeDesc::Null, Kind::Null) => {
                self.scan.null()?;
                self.put(|| Value::Null)
            }
            (TypeDesc::Optional(inner), _) => self.value(*inner, depth.same()?),
            (TypeDesc::Record { shape, fields, .. }, Kind::Object) => {
                self.record(*shape, fields, depth.inner()?)
            }
            (TypeDesc::List(item), Kind::List) => {
                let (item, depth) = (*item, depth.inner()?);
                self.list(|decoder| decoder.value(item, depth))
            }
            (TypeDesc::Map(item), Kind::Object) => {
                let (item, depth) = (*item, depth.inner()?);
                self.map(|decoder| decoder.value(item, depth))
            }
            (TypeDesc::Int | TypeDesc::Float | TypeDesc::LiteralInt(_), Kind::Number) => {
                self.number(ty)
            }
            (TypeDesc::String, Kind::String) => self.plain_string(),
            (TypeDesc::Bool, Kind::Bool) => {
                let truth = self.scan.bool()?;
                self.put(|| Value::Bool(truth))
            }
            (TypeDesc::LiteralBool(_), Kind::Bool) => self.literal(&[ty], ty),
            (TypeDesc::Union(members), _) => self.union(ty, members, kind, depth.same()?),
            (TypeDesc::Decimal, Kind::Number) => {
                let text = self.scan.number()?;
                self.decimal(text, ty, fault::number_found(text))
            }
            (TypeDesc::Decimal, Kind::String) => {
                let text = self.scan.string()?;
                self.decimal(&text, ty, fault::string_found(&text))
            }
            (desc, Kind::String) => self.string(desc, ty),
            _ => Err(self.mismatch(ty)),
        }
    }

    fn number(&mut self, ty: TypeIdx) -> Decoded<()> {
        if matches!(desc(ty, self.program)?, TypeDesc::Int)
            && let Some(number) = self.scan.short_int()
        {
            return self.put(|| Value::Int(number));
        }
        let text = self.scan.number()?;
        let fault = |why: &str| {
            let found = fault::number_found(text) + why;
            Fault::of_type(ty, self.program, found)
        };
        let number = match desc(ty, self.program)? {
            TypeDesc::Float => {
                let number = scalar::float_of(text).map(Value::Float);
                number.ok_or_else(|| fault(", which is out of range"))?
            }
            desc => match (scalar::int_of(text), desc) {
                (Ok(number), TypeDesc::LiteralInt(literal)) if number != *literal => {
                    return Err(fault(""));
                }
                (Ok(number), _) => Value::Int(number),
                (Err(NoInt::Fraction), _) => return Err(fault("")),
                (Err(NoInt::Range), _) => return Err(fault(", which is out of range")),
            },
        };
        self.put(|| number)
    }

    /// A decimal, of the digits as they stand in the text.
    fn decimal(&mut self, text: &str, ty: TypeIdx, found: String) -> Decoded<()> {
        self.take_room(size_of::<Decimal>())?;
        let decimal = scalar::decimal_of(text);
        let decimal = decimal.map_err(|why| Fault::of_type(ty, self.program, found + why))?;
        self.put(|| decimal)
    }

    fn plain_string(&mut self) -> Decoded<()> {
        let text = self.scan.string()?;
        self.take_room(text.len())?;
        let text = ArcStr::from(&*text);
        self.put(|| Value::String(text))
    }

    fn string(&mut self, desc: &TypeDesc, ty: TypeIdx) -> Decoded<()> {
        let start = self.scan.mark();
        let text = self.scan.string()?;
        match scalar::from_string(desc, &text) {
            Some(value) => {
                self.take_room(text.len())?;
                self.put(|| value)
            }
            None => {
                self.scan.reset(start);
                Err(self.mismatch(ty))
            }
        }
    }

    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Decoded<()>) -> Decoded<()> {
        self.scan.enter();
        self.take_room(LIST)?;
        let start = self.parts.len();
        while self.scan.next_item(self.parts.len() == start)? {
            self.take_room(size_of::<Value>())?;
            let index = self.parts.len() - start;
            item(self).map_err(|fault| fault.at_index(index))?;
        }
        let items = self.parts.drain(start..).collect();
        self.put(|| Value::list(items))
    }

    fn map(&mut self, mut item: impl FnMut(&mut Self) -> Decoded<()>) -> Decoded<()> {
        self.scan.enter();
        self.take_room(MAP)?;
        let mut entries = Entries::default();
        while let Some(name) = self.scan.next_entry(entries.is_empty())? {
            self.take_room(name.len() + 4 * size_of::<Value>())?;
            item(self).map_err(|fault| fault.in_field(&name))?;
            let value = self.last();
            match entries.entry(ArcStr::from(name)) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(entry) => return Err(Fault::twice(entry.key())),
            };
        }
        self.put(|| Value::Map(MapRef::new(entries)))
    }

    fn json(&mut self, depth: Depth) -> Decoded<()> {
        match self.scan.kind()? {
            Kind::Null => {
                self.scan.null()?;
                self.put(|| Value::Null)
            }
            Kind::Bool => {
                let truth = self.scan.bool()?;
                self.put(|| Value::Bool(truth))
            }
            Kind::Number => {
                let text = self.scan.number()?;
                let number = scalar::json_number(text).ok_or_else(|| {
                    let found = fault::number_found(text) + ", which is out of range";
                    Fault::new("a number of 34 digits or a finite float", found)
                })?;
                self.put(|| number)
            }
            Kind::String => self.plain_string(),
            Kind::List => {
                let depth = depth.inner()?;
                self.list(|decoder| decoder.json(depth))
            }
            Kind::Object => {
                let depth = depth.inner()?;
                self.map(|decoder| decoder.json(depth))
            }
        }
    }

    fn union(&mut self, ty: TypeIdx, members: &[TypeIdx], kind: Kind, depth: Depth) -> Decoded<()> {
        let mut candidates = union::candidates(members, kind, self.program);
        if !candidates.is_empty() && union::all_literal(&candidates, self.program) {
            return self.literal(&candidates, ty);
        }
        let mut used = Vec::new();
        while candidates.len() > 1
            && used.len() < union::ROUNDS
            && let Some(name) = union::discriminator(&candidates, &used, self.program)
        {
            used.push(name);
            let value = self.peek_field(name, depth)?;
            let program = self.program;
            let expected = || union::literals_of(&candidates, name, program);
            let Some(value) = value else {
                return Err(Fault::new(expected(), "missing").in_field(name));
            };
            let found = || super::tree::found(&value);
            let of_value: Vec<TypeIdx> = candidates
                .iter()
                .copied()
                .filter(|ty| {
                    let field = union::field_type(*ty, name, program);
                    field.is_some_and(|field| union::holds(field, &value, program))
                })
                .collect();
            if of_value.is_empty() {
                return Err(Fault::new(expected(), found()).in_field(name));
            }
            candidates = of_value;
        }
        match candidates.as_slice() {
            [] => Err(self.mismatch(ty)),
            [one] => {
                self.value(*one, depth)?;
                self.name_member(*one)
            }
            several => self.try_each(ty, several, depth),
        }
    }

    /// The first of these types that the value fits.
    fn try_each(&mut self, ty: TypeIdx, members: &[TypeIdx], depth: Depth) -> Decoded<()> {
        let (start, room, parts) = (self.scan.mark(), self.room, self.parts.len());
        let first = self.scan.at();
        for member in members {
            match self.value(*member, depth) {
                Err(fault) if !fault.fatal => {
                    self.patience.spend(self.scan.at() - first)?;
                    self.scan.reset(start);
                    self.room = room;
                    self.parts.truncate(parts);
                }
                done => {
                    done?;
                    return self.name_member(*member);
                }
            }
        }
        Err(self.mismatch(ty))
    }

    /// What was read last is of this member.
    fn name_member(&mut self, member: TypeIdx) -> Decoded<()> {
        let value = self.last().of_member(member, self.program);
        self.put(|| value)
    }

    /// The value that is one of these literals; `ty` is for the message.
    fn literal(&mut self, literals: &[TypeIdx], ty: TypeIdx) -> Decoded<()> {
        let start = self.scan.mark();
        let value = match self.scan.kind()? {
            Kind::Bool => Value::Bool(self.scan.bool()?),
            Kind::Number => scalar::int_of(self.scan.number()?).map_or(Value::Null, Value::Int),
            Kind::String => Value::string(self.scan.string()?),
            Kind::Null | Kind::List | Kind::Object => Value::Null,
        };
        if literals.iter().any(|literal| union::holds(*literal, &value, self.program)) {
            return self.put(|| value);
        }
        self.scan.reset(start);
        Err(self.mismatch(ty))
    }

    /// The value of a field of the object that is next, without moving on.
    fn peek_field(&mut self, name: &str, depth: Depth) -> Decoded<Option<Value>> {
        let (start, room) = (self.scan.mark(), self.room);
        let (mut first, mut value) = (true, None);
        self.scan.enter();
        while let Some(entry) = self.scan.next_entry(first)? {
            first = false;
            if entry == name {
                self.json(depth.inner()?).map_err(|fault| fault.in_field(name))?;
                value = Some(self.last());
                break;
            }
            self.scan.skip()?;
        }
        self.scan.reset(start);
        self.room = room;
        Ok(value)
    }

    #[inline]
    pub(super) fn take_room(&mut self, bytes: usize) -> Decoded<()> {
        self.room = self.room.checked_sub(bytes).ok_or_else(Fault::too_large)?;
        Ok(())
    }

    /// The value that is next does not fit the type.
    fn mismatch(&mut self, ty: TypeIdx) -> Box<Fault> {
        match self.describe(ty) {
            Ok(found) => Fault::of_type(ty, self.program, found),
            Err(fault) => fault,
        }
    }

    fn describe(&mut self, ty: TypeIdx) -> Decoded<String> {
        let start = self.scan.mark();
        let scan = &mut self.scan;
        let kind = scan.kind()?;
        let found = match kind {
            // What was given for a secret is not shown.
            _ if *desc(ty, self.program)? == TypeDesc::Secret => fault::kind_name(kind).into(),
            Kind::Bool => if scan.bool()? { "true" } else { "false" }.into(),
            Kind::Number => fault::number_found(scan.number()?),
            Kind::String => fault::string_found(&scan.string()?),
            Kind::Null | Kind::List | Kind::Object => fault::kind_name(kind).into(),
        };
        self.scan.reset(start);
        Ok(found)
    }
}
