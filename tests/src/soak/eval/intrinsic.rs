//! Library functions with lambdas.

use std::cmp::Ordering;
use std::rc::Rc;

use wf_compiler::typed::{Arg, Intrinsic, Lambda};

use super::state::{Evaluator, Outcome};
use super::value::{Val, compare};

impl<'p> Evaluator<'p> {
    pub(super) fn intrinsic(&mut self, function: Intrinsic, args: &'p [Arg]) -> Outcome<Val> {
        self.features.intrinsic(function);
        match args {
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
