//! Library functions without lambdas, written a second time.

mod coding;
mod lists;
mod numbers;
mod queries;
mod texts;
mod times;

use wf_diagnostics::Span;

use super::state::{Evaluator, Kind, Outcome};
use super::value::Val;

/// What a function gives: a value, the code of a failure, or `None` for arguments that its
/// signature does not allow.
type Given = Option<Result<Val, &'static str>>;

impl Evaluator<'_> {
    pub(super) fn native(&mut self, name: &str, args: Vec<Val>, span: Span) -> Outcome<Val> {
        self.features.native(name);
        let args: Vec<Val> = args.iter().map(|arg| arg.plain().clone()).collect();
        let size: u64 = args.iter().map(Val::size).sum();
        self.burn(size)?;
        if let (true, Some(Val::Int(times)), Some(Val::Str(s))) =
            (name == "repeat", args.get(1), args.first())
        {
            self.burn(u64::try_from(*times).unwrap_or(0).saturating_mul(s.len() as u64))?;
        }
        if let (true, Some(Val::Int(width))) = (name.starts_with("pad"), args.get(1)) {
            self.burn(u64::try_from(*width).unwrap_or(0))?;
        }
        if let (true, [Val::Int(from), Val::Int(to), ..]) = (name == "range", args.as_slice()) {
            let wide = (i128::from(*to) - i128::from(*from)).unsigned_abs() > 1_000_000;
            let by = matches!(args.get(2), Some(Val::Int(by)) if by.unsigned_abs() > 1_000);
            if wide && by {
                return Err(super::Stop::TooMuch);
            }
        }
        let given = lists::call(name, &args)
            .or_else(|| texts::call(name, &args))
            .or_else(|| numbers::call(name, &args))
            .or_else(|| times::call(name, &args))
            .or_else(|| queries::call(name, &args))
            .or_else(|| coding::call(name, &args));
        match given {
            Some(Ok(value)) => {
                self.burn(value.size())?;
                Ok(value)
            }
            Some(Err(code)) => Err(self.fault(Kind::Pure, code, span)),
            None => Err(self.broken(format!("`{name}` of {args:?}"))),
        }
    }
}
