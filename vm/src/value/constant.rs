//! Constants of a program as values.

use arcstr::ArcStr;
use wf_bytecode::Const;

use super::{ListRef, MapRef, Value};

/// The value of a constant.
pub fn from_const(constant: &Const) -> Value {
    match constant {
        Const::Null => Value::Null,
        Const::Bool(truth) => Value::Bool(*truth),
        Const::Int(number) => Value::Int(*number),
        Const::Float(number) => Value::Float(*number + 0.0),
        Const::Decimal(number) => Value::decimal(*number),
        Const::String(text) => Value::String(ArcStr::from(text)),
        Const::Duration(micros) => Value::Duration(*micros),
        Const::EmptyList => Value::List(ListRef::default()),
        Const::EmptyMap => Value::Map(MapRef::default()),
    }
}

#[cfg(test)]
mod tests {
    use wf_bytecode::Decimal;

    use super::*;

    #[test]
    fn each_constant_has_its_value() {
        let table = [
            (Const::Null, Value::Null),
            (Const::Bool(true), Value::Bool(true)),
            (Const::Int(-1), Value::Int(-1)),
            (Const::Float(0.5), Value::Float(0.5)),
            (Const::Decimal(Decimal::from_int(2)), Value::decimal(Decimal::from_int(2))),
            (Const::String("ü".into()), Value::string("ü")),
            (Const::Duration(5), Value::Duration(5)),
            (Const::EmptyList, Value::list(vec![])),
            (Const::EmptyMap, Value::map::<&str>([])),
        ];
        for (constant, value) in table {
            assert!(from_const(&constant).equal(&value), "{constant:?}");
        }
    }
}
