//! Library functions with lambdas.

use std::cmp::Ordering;
use std::rc::Rc;

use wf_compiler::typed::{Arg, Expr, Intrinsic, Keyed, Lambda};

use super::state::{Evaluator, Outcome};
use super::value::{Val, compare, equal, insert};

impl<'p> Evaluator<'p> {
    pub(super) fn intrinsic(&mut self, function: Intrinsic, args: &'p [Arg]) -> Outcome<Val> {
        self.features.intrinsic(function);
        match args {
            [Arg::Value(map), Arg::Lambda(lambda)]
                if function == Intrinsic::Keyed(Keyed::MapValues) =>
            {
                self.map_values(map, lambda)
            }
            [Arg::Value(list), Arg::Lambda(lambda)] => {
                let items = self.list(list)?;
                self.over(function, &items, lambda)
            }
            [Arg::Value(list), Arg::Value(start), Arg::Lambda(lambda)] => {
                let items = self.list(list)?;
                let mut all = self.eval(start)?;
                for item in items.iter() {
                    all = self.apply(lambda, &[all, item.clone()])?;
                }
                Ok(all)
            }
            _ => Err(self.broken("a library function has other arguments")),
        }
    }

    pub(super) fn apply(&mut self, lambda: &'p Lambda, args: &[Val]) -> Outcome<Val> {
        for (param, arg) in lambda.params.iter().zip(args) {
            self.set_local(*param, arg.clone())?;
        }
        self.eval(&lambda.body)
    }

    fn asks(&mut self, lambda: &'p Lambda, item: &Val) -> Outcome<bool> {
        match self.apply(lambda, std::slice::from_ref(item))? {
            Val::Bool(b) => Ok(b),
            _ => Err(self.broken("a condition is no bool")),
        }
    }

    fn over(&mut self, function: Intrinsic, items: &[Val], lambda: &'p Lambda) -> Outcome<Val> {
        let mut out = Vec::new();
        match function {
            Intrinsic::Map => {
                for item in items {
                    out.push(self.apply(lambda, std::slice::from_ref(item))?);
                }
            }
            Intrinsic::Filter => {
                for item in items {
                    if self.asks(lambda, item)? {
                        out.push(item.clone());
                    }
                }
            }
            Intrinsic::FilterMap => {
                for item in items {
                    let value = self.apply(lambda, std::slice::from_ref(item))?;
                    if !value.is_null() {
                        out.push(value);
                    }
                }
            }
            Intrinsic::FlatMap => {
                for item in items {
                    match self.apply(lambda, std::slice::from_ref(item))? {
                        Val::List(more) => out.extend(more.iter().cloned()),
                        _ => return Err(self.broken("flatMap gets no list")),
                    }
                    self.burn(out.len() as u64)?;
                }
            }
            Intrinsic::SortBy => return self.sort(items, lambda),
            Intrinsic::GroupBy => return self.group(items, lambda),
            Intrinsic::Keyed(keyed) => return self.keyed(keyed, items, lambda),
            Intrinsic::Any | Intrinsic::All => {
                let wanted = function == Intrinsic::Any;
                for item in items {
                    if self.asks(lambda, item)? == wanted {
                        return Ok(Val::Bool(wanted));
                    }
                }
                return Ok(Val::Bool(!wanted));
            }
            Intrinsic::Count => {
                let mut count = 0;
                for item in items {
                    count += i64::from(self.asks(lambda, item)?);
                }
                return Ok(Val::Int(count));
            }
            Intrinsic::Find => {
                for item in items {
                    if self.asks(lambda, item)? {
                        return Ok(item.clone());
                    }
                }
                return Ok(Val::Null);
            }
            Intrinsic::Reduce => return Err(self.broken("reduce without a start")),
        }
        Ok(Val::list(out))
    }

    fn keyed(&mut self, keyed: Keyed, items: &[Val], lambda: &'p Lambda) -> Outcome<Val> {
        let mut keys = Vec::new();
        for item in items {
            keys.push(self.apply(lambda, std::slice::from_ref(item))?);
        }
        let pairs = || items.iter().zip(&keys);
        Ok(match keyed {
            Keyed::DistinctBy => {
                let first = |i: usize| !keys.iter().take(i).any(|k| equal(k, &keys[i]));
                let kept = items.iter().enumerate().filter(|(i, _)| first(*i));
                Val::list(kept.map(|(_, item)| item.clone()).collect())
            }
            Keyed::KeyBy => {
                let mut all = Vec::new();
                for (item, key) in pairs() {
                    let Val::Str(key) = key else { return Err(self.broken("a key is no text")) };
                    insert(&mut all, Rc::clone(key), item.clone());
                }
                Val::Map(Rc::new(all))
            }
            Keyed::MinBy | Keyed::MaxBy => {
                let wanted = if keyed == Keyed::MinBy { Ordering::Less } else { Ordering::Greater };
                let mut best: Option<(&Val, &Val)> = None;
                for (item, key) in pairs().filter(|(_, key)| !key.is_null()) {
                    if best.is_none_or(|(_, b)| compare(key, b) == Some(wanted)) {
                        best = Some((item, key));
                    }
                }
                best.map_or(Val::Null, |(item, _)| item.clone())
            }
            Keyed::MapValues => return Err(self.broken("mapValues takes a map")),
        })
    }

    /// `mapValues`: the same keys, and what the lambda makes of the values.
    fn map_values(&mut self, map: &'p Expr, lambda: &'p Lambda) -> Outcome<Val> {
        let Val::Map(entries) = self.eval(map)? else {
            return Err(self.broken("mapValues takes a map"));
        };
        let mut all = Vec::new();
        for (key, value) in entries.iter() {
            let made = self.apply(lambda, std::slice::from_ref(value))?;
            all.push((Rc::clone(key), made));
        }
        Ok(Val::Map(Rc::new(all)))
    }

    fn sort(&mut self, items: &[Val], lambda: &'p Lambda) -> Outcome<Val> {
        let mut keyed = Vec::new();
        for item in items {
            keyed.push((self.apply(lambda, std::slice::from_ref(item))?, item.clone()));
        }
        // Insertion, behind all that are not greater.
        let mut sorted: Vec<(Val, Val)> = Vec::new();
        for entry in keyed {
            let greater = |(key, _): &(Val, Val)| compare(key, &entry.0) == Some(Ordering::Greater);
            let at = sorted.iter().position(greater).unwrap_or(sorted.len());
            sorted.insert(at, entry);
        }
        Ok(Val::list(sorted.into_iter().map(|(_, item)| item).collect()))
    }

    fn group(&mut self, items: &[Val], lambda: &'p Lambda) -> Outcome<Val> {
        let mut groups: Vec<(Rc<str>, Vec<Val>)> = Vec::new();
        for item in items {
            let Val::Str(key) = self.apply(lambda, std::slice::from_ref(item))? else {
                return Err(self.broken("a group's key is no text"));
            };
            match groups.iter_mut().find(|(k, _)| *k == key) {
                Some((_, group)) => group.push(item.clone()),
                None => groups.push((key, vec![item.clone()])),
            }
        }
        Ok(Val::map(groups.into_iter().map(|(key, group)| (key, Val::list(group)))))
    }
}
