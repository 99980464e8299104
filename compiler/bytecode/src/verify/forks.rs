//! Forks: the frames on both sides of each region.

use super::code::{scalar, value};
use super::{Owner, Verified, Verifier, VerifyError, at, inside};
use crate::{
    Capture, Fork, ForkKind, Function, FunctionKind, MergeTarget, Op, Program, Reg, Region,
};

impl Fork {
    /// Whether its regions are the iterations of a loop.
    pub fn is_loop(&self) -> bool {
        !matches!(self.kind, ForkKind::Branches(_))
    }

    /// The regions, in the order of the source.
    pub fn regions(&self) -> &[Region] {
        match &self.kind {
            ForkKind::Loop { region, .. } | ForkKind::Count { region, .. } => {
                std::slice::from_ref(region)
            }
            ForkKind::Branches(regions) => regions,
        }
    }
}

/// Whose region each function is: of one fork, which is run by one function.
pub(super) fn owners(program: &Program) -> Result<Vec<Option<Owner>>, VerifyError> {
    let mut parents = vec![None; program.forks.len()];
    for (index, function) in program.functions.iter().enumerate() {
        for op in &function.code {
            let Op::Fork { fork } = *op else { continue };
            // An index outside of the table is told with its instruction.
            let Some(parent) = parents.get_mut(usize::from(fork)) else { continue };
            if parent.is_some_and(|other| other != index) {
                let reason = "more than one function runs it".into();
                return Err(VerifyError { place: format!("fork {fork}"), reason });
            }
            *parent = Some(index);
        }
    }
    let mut owners: Vec<Option<Owner>> = vec![None; program.functions.len()];
    for (fork, (table, parent)) in program.forks.iter().zip(parents).enumerate() {
        for region in table.regions() {
            let place = || format!("fork {fork}, region `{}`", region.name);
            inside("function", region.function, owners.len()).map_err(at(place))?;
            let owner = &mut owners[usize::from(region.function)];
            if owner.is_some() {
                return Err(at(place)("its function is the region of another fork, too".into()));
            }
            // Where nobody runs the fork its frames can't be checked, and need not.
            *owner = parent.map(|parent| Owner { fork, parent });
        }
    }
    Ok(owners)
}

impl Verifier<'_> {
    pub(super) fn forks(&self) -> Verified {
        for (index, function) in self.program.functions.iter().enumerate() {
            if function.kind == FunctionKind::Region && self.owners[index].is_none() {
                let place = || format!("function {index} `{}`", function.name);
                return Err(at(place)("it is the region of no fork that is run".into()));
            }
        }
        for (index, fork) in self.program.forks.iter().enumerate() {
            self.fork(index, fork).map_err(at(|| format!("fork {index}")))?;
        }
        Ok(())
    }

    fn fork(&self, index: usize, fork: &Fork) -> Result<(), String> {
        inside("step", fork.step, self.program.steps.len())?;
        let functions = &self.program.functions;
        let owner = fork.regions().iter().find_map(|r| self.owners[usize::from(r.function)]);
        let parent = match owner {
            Some(owner) => owner.parent,
            None if fork.regions().is_empty() => return self.bare_fork(index),
            None => return Err("no function runs it".into()),
        };
        let frame = &functions[parent];
        fork.yields.map_or(Ok(()), |reg| value(frame, reg))?;
        for merge in &fork.merges {
            match merge.target {
                MergeTarget::Register(reg) => register(frame, reg)?,
                MergeTarget::Outer(slot) => match self.owners[parent] {
                    Some(outer) => {
                        inside("merge", slot, self.program.forks[outer.fork].merges.len())?;
                    }
                    None => return Err("it passes a merge on, and is in no region".into()),
                },
            }
        }
        match &fork.kind {
            ForkKind::Loop { items, limit, .. } => {
                value(frame, *items)?;
                limit.map_or(Ok(()), |reg| scalar(frame, reg))?;
            }
            ForkKind::Count { count, limit, region } => {
                scalar(frame, *count)?;
                limit.map_or(Ok(()), |reg| scalar(frame, reg))?;
                if region.item.is_some() {
                    return Err("its iterations are counted, and take an item".into());
                }
            }
            ForkKind::Branches(_) => {}
        }
        let yields = fork.yields.is_some();
        fork.regions().iter().try_for_each(|r| {
            region(r, frame, &functions[usize::from(r.function)], yields)
                .map_err(|reason| format!("region `{}`: {reason}", r.name))
        })
    }

    /// A fork without branches is run by at most one function and needs no frame.
    fn bare_fork(&self, index: usize) -> Result<(), String> {
        let fork = &self.program.forks[index];
        if fork.merges.is_empty() && fork.yields.is_none() {
            Ok(())
        } else {
            Err("it has no branches, and merges".into())
        }
    }
}

fn region(
    region: &Region,
    parent: &Function,
    frame: &Function,
    yields: bool,
) -> Result<(), String> {
    if frame.kind != FunctionKind::Region {
        return Err(format!("function {} is no region", region.function));
    }
    for capture in &region.captures {
        match *capture {
            Capture::Scalar { from, to } => scalar(parent, from).and(scalar(frame, to))?,
            Capture::Value { from, to } => value(parent, from).and(value(frame, to))?,
        }
    }
    region.index.map_or(Ok(()), |reg| scalar(frame, reg))?;
    region.item.map_or(Ok(()), |reg| value(frame, reg))?;
    region.yields.map_or(Ok(()), |reg| value(frame, reg))?;
    if region.yields.is_some() && !yields {
        return Err("it yields, and its fork does not take it".into());
    }
    region.publishes.iter().try_for_each(|(from, to)| value(frame, *from).and(value(parent, *to)))
}

pub(super) fn register(function: &Function, reg: Reg) -> Result<(), String> {
    match reg {
        Reg::Int(reg) | Reg::Float(reg) | Reg::Bool(reg) => scalar(function, reg),
        Reg::Value(reg) => value(function, reg),
    }
}
