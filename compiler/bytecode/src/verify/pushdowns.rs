//! What stores are asked: functions and captures that there are, trees that end.

use super::{Verified, Verifier, at};
use crate::FunctionKind;
use crate::pushdown::{Asks, Operand, Predicate, Pushdown};

impl Verifier<'_> {
    pub(super) fn pushdowns(&self) -> Verified {
        let all = &self.program.pushdowns;
        for (index, pushdown) in all.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| all.get(before));
            let ascends = before.is_none_or(|before| before.function < pushdown.function);
            let order = || Err("its function is not behind that of the one before".to_owned());
            if ascends { self.pushdown(pushdown) } else { order() }
                .map_err(at(|| format!("pushdown {index}")))?;
        }
        Ok(())
    }

    fn pushdown(&self, pushdown: &Pushdown) -> Result<(), String> {
        let Some(FunctionKind::Closure { params: 1, captures }) =
            self.function_kind(pushdown.function)
        else {
            return Err(format!("function {} is no closure over an entity", pushdown.function));
        };
        let (depth, checked) = match &pushdown.asks {
            Asks::Test { predicate, .. } => (predicate.depth(), test(predicate, *captures)),
            Asks::Key(operand) => (operand.depth(), value(operand, *captures)),
        };
        if depth > Predicate::MAX_DEPTH {
            return Err(format!("it is {depth} levels deep, more than {}", Predicate::MAX_DEPTH));
        }
        checked
    }
}

fn test(predicate: &Predicate, captures: u16) -> Result<(), String> {
    if let Predicate::InCapture { list, .. } = predicate {
        captured(*list, captures)?;
    }
    predicate.operands().try_for_each(|operand| value(operand, captures))?;
    predicate.parts().iter().try_for_each(|part| test(part, captures))
}

fn value(operand: &Operand, captures: u16) -> Result<(), String> {
    match operand {
        Operand::Field { path, .. } if path.is_empty() => Err("a path has no names".into()),
        Operand::Field { .. } | Operand::Const(_) => Ok(()),
        Operand::Capture { index, .. } => captured(*index, captures),
        Operand::Arithmetic { left, right, .. } => {
            value(left, captures)?;
            value(right, captures)
        }
    }
}

fn captured(index: u16, captures: u16) -> Result<(), String> {
    super::inside("capture", index, usize::from(captures))
}
