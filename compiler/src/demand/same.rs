//! Demands that ask for the same are one, and those that ask for everything are [`DemandId::WHOLE`].

use rustc_hash::FxHashMap;

use super::{Demand, DemandId};

/// How often demands are compared by those of their parts; what is not told to be the same by then
/// stays apart, which costs no more than some types.
const ROUNDS: usize = 64;

/// Gives a table of demands that differ, and for each old number the new one. What is not `touched`
/// and has no part that is asked for is not asked for either.
pub(super) fn simplify(mut table: Vec<Demand>, touched: &[bool]) -> (Vec<Demand>, Vec<DemandId>) {
    let asked = spread(&table, |place| touched[place]);
    replace(&mut table, |place| !asked[place], Demand::None, DemandId::NONE);
    let partial = spread(&table, |place| table[place] == Demand::None);
    replace(&mut table, |place| !partial[place], Demand::Whole, DemandId::WHOLE);
    let classes = classes(&table).unwrap_or_else(|| alone(&table));
    let count = classes.iter().max().map_or(0, |most| most + 1);
    let mut out = vec![Demand::Whole; count];
    for (mut demand, class) in table.into_iter().zip(&classes) {
        for part in parts_mut(&mut demand) {
            *part = DemandId(classes[part.0 as usize] as u32);
        }
        out[*class] = demand;
    }
    (out, classes.into_iter().map(|class| DemandId(class as u32)).collect())
}

fn parts(demand: &Demand) -> &[DemandId] {
    match demand {
        Demand::None | Demand::Whole => &[],
        Demand::Fields(parts) | Demand::Members(parts) => parts,
        Demand::Items(item) => std::slice::from_ref(item),
    }
}

fn parts_mut(demand: &mut Demand) -> &mut [DemandId] {
    match demand {
        Demand::None | Demand::Whole => &mut [],
        Demand::Fields(parts) | Demand::Members(parts) => parts,
        Demand::Items(item) => std::slice::from_mut(item),
    }
}

/// Which demands a property holds for, or for a part of them, however deep.
fn spread(table: &[Demand], holds: impl Fn(usize) -> bool) -> Vec<bool> {
    // The users of each demand, one list behind the other: `ends` says where each ends.
    let mut ends = vec![0; table.len() + 1];
    for part in table.iter().flat_map(parts) {
        ends[part.0 as usize + 1] += 1;
    }
    for place in 1..ends.len() {
        ends[place] += ends[place - 1];
    }
    let mut users = vec![0; ends[table.len()]];
    let mut next = ends.clone();
    for (place, demand) in table.iter().enumerate() {
        for part in parts(demand) {
            let at = &mut next[part.0 as usize];
            users[*at] = place;
            *at += 1;
        }
    }
    let mut held = vec![false; table.len()];
    let mut rest: Vec<usize> = (0..table.len()).filter(|place| holds(*place)).collect();
    while let Some(place) = rest.pop() {
        if !std::mem::replace(&mut held[place], true) {
            rest.extend(&users[ends[place]..ends[place + 1]]);
        }
    }
    held
}

/// Puts one demand in the place of others.
fn replace(table: &mut [Demand], which: impl Fn(usize) -> bool, demand: Demand, id: DemandId) {
    for (place, known) in table.iter_mut().enumerate() {
        for part in parts_mut(known).iter_mut().filter(|part| which(part.0 as usize)) {
            *part = id;
        }
        if which(place) {
            *known = demand.clone();
        }
    }
}

/// The number of the class of each demand: those are equal whose parts are equal. The first two
/// stay what they are. `None` where that is not found in time.
fn classes(table: &[Demand]) -> Option<Vec<usize>> {
    let mut classes: Vec<usize> = vec![0; table.len()];
    let mut count = 0;
    let mut next = Vec::with_capacity(table.len());
    let mut of_parts: Vec<usize> = Vec::new();
    for _ in 0..ROUNDS {
        of_parts.clear();
        of_parts.extend(table.iter().flat_map(parts).map(|part| classes[part.0 as usize]));
        let mut rest = of_parts.as_slice();
        let mut known: FxHashMap<(u8, &[usize]), usize> = FxHashMap::default();
        next.clear();
        for demand in table {
            let kind = match demand {
                Demand::None => 0,
                Demand::Whole => 1,
                Demand::Fields(_) => 2,
                Demand::Items(_) => 3,
                Demand::Members(_) => 4,
            };
            let (own, others) = rest.split_at(parts(demand).len());
            rest = others;
            let number = known.len();
            next.push(*known.entry((kind, own)).or_insert(number));
        }
        std::mem::swap(&mut classes, &mut next);
        if known.len() == count {
            return Some(classes);
        }
        count = known.len();
    }
    None
}

/// Every demand in a class of its own, but for those that ask for everything or nothing.
fn alone(table: &[Demand]) -> Vec<usize> {
    let class = |(place, demand): (usize, &Demand)| match demand {
        Demand::None => 0,
        Demand::Whole => 1,
        _ => place,
    };
    table.iter().enumerate().map(class).collect()
}
