//! Demands that ask for the same are one, and those that ask for everything are [`DemandId::WHOLE`].

use rustc_hash::FxHashMap;

use super::{Demand, DemandId};

/// How often demands are compared by those of their parts; what is not told to be the same by then
/// stays apart, which costs no more than some types.
const ROUNDS: usize = 64;

/// Gives a table of demands that differ, and for each old number the new one.
pub(super) fn simplify(mut table: Vec<Demand>) -> (Vec<Demand>, Vec<DemandId>) {
    let whole = whole(&table);
    for demand in &mut table {
        for part in parts_mut(demand) {
            if whole[part.0 as usize] {
                *part = DemandId::WHOLE;
            }
        }
    }
    for (demand, whole) in table.iter_mut().zip(&whole) {
        if *whole {
            *demand = Demand::Whole;
        }
    }
    let classes = classes(&table).unwrap_or_else(|| alone(&table));
    let count = classes.iter().max().map_or(0, |most| most + 1);
    let mut out = vec![Demand::Whole; count];
    for (demand, class) in table.iter().zip(&classes) {
        let mut demand = demand.clone();
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
        Demand::Fields(parts) => parts,
        Demand::Items(item) => std::slice::from_ref(item),
    }
}

fn parts_mut(demand: &mut Demand) -> &mut [DemandId] {
    match demand {
        Demand::None | Demand::Whole => &mut [],
        Demand::Fields(parts) => parts,
        Demand::Items(item) => std::slice::from_mut(item),
    }
}

/// Which demands have no part that is not demanded, however deep.
fn whole(table: &[Demand]) -> Vec<bool> {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); table.len()];
    for (place, demand) in table.iter().enumerate() {
        for part in parts(demand) {
            users[part.0 as usize].push(place);
        }
    }
    let mut whole = vec![true; table.len()];
    let mut rest: Vec<usize> = (0..table.len()).filter(|i| table[*i] == Demand::None).collect();
    while let Some(place) = rest.pop() {
        if std::mem::replace(&mut whole[place], false) {
            rest.extend(&users[place]);
        }
    }
    whole
}

/// The number of the class of each demand: those are equal whose parts are equal. The first two
/// stay what they are. `None` where that is not found in time.
fn classes(table: &[Demand]) -> Option<Vec<usize>> {
    let mut classes: Vec<usize> = vec![0; table.len()];
    let mut count = 0;
    for _ in 0..ROUNDS {
        let mut known: FxHashMap<(u8, Vec<usize>), usize> = FxHashMap::default();
        let mut next = Vec::with_capacity(table.len());
        for demand in table {
            let kind = match demand {
                Demand::None => 0,
                Demand::Whole => 1,
                Demand::Fields(_) => 2,
                Demand::Items(_) => 3,
            };
            let parts = parts(demand).iter().map(|part| classes[part.0 as usize]).collect();
            let number = known.len();
            next.push(*known.entry((kind, parts)).or_insert(number));
        }
        classes = next;
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
