//! Numbers, texts, times and ids.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use wf_bytecode::{Decimal, Program};
use wf_vm::Value;
use wf_vm::value::time::{parse_duration, parse_instant};

use super::object::text_of;
use super::{Data, DataError, Types};

/// A text that is not shown: a `secret` of wf.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Implements [`Data`] for a type of one word.
macro_rules! scalar {
    ($rust:ty, $name:literal, $value:ident => $from:expr, $this:ident => $to:expr) => {
        impl Data for $rust {
            fn wf_type(_: &mut Types) -> String {
                $name.to_owned()
            }

            fn from_value($value: &Value, _: &Program) -> Result<Self, DataError> {
                $from
            }

            fn to_value(&self) -> Result<Value, DataError> {
                let $this = self;
                $to
            }
        }
    };
}

scalar!(bool, "bool",
    value => value.plain().as_bool().ok_or_else(|| DataError::kind("a bool", value)),
    this => Ok(Value::Bool(*this)));
scalar!(String, "string", value => text_of(value).map(str::to_owned), this => Ok(Value::string(this)));
scalar!(Secret, "secret",
    value => text_of(value).map(Secret::new),
    this => Ok(Value::string(&this.0)));
scalar!(f64, "float", value => float(value), this => {
    if this.is_finite() { Ok(Value::float(*this)) } else { Err(no_value("a finite number", this)) }
});
scalar!(Decimal, "decimal", value => decimal(value), this => Ok(Value::decimal(*this)));
scalar!(Uuid, "uuid", value => uuid(value), this => Ok(Value::uuid(*this)));
scalar!(DateTime<Utc>, "instant", value => instant(value), this => {
    Ok(Value::Instant(this.timestamp_micros()))
});
scalar!(TimeDelta, "duration", value => micros(value).map(TimeDelta::microseconds), this => {
    let micros = this.num_microseconds().ok_or_else(|| no_value("a duration of wf", this))?;
    Ok(Value::Duration(micros))
});
scalar!(Duration, "duration", value => {
    let micros = micros(value)?;
    let micros = u64::try_from(micros)
        .map_err(|_| DataError::new("a duration that is not negative", format!("{micros} µs")))?;
    Ok(Duration::from_micros(micros))
}, this => {
    let micros = i64::try_from(this.as_micros()).map_err(|_| no_value("a duration of wf", this))?;
    Ok(Value::Duration(micros))
});

/// Implements [`Data`] for whole numbers.
macro_rules! whole {
    ($($rust:ty),*) => { $(
        scalar!($rust, "int", value => {
            let number = int(value)?;
            <$rust>::try_from(number).map_err(|_| {
                let range = format!("an int from {} to {}", <$rust>::MIN, <$rust>::MAX);
                DataError::new(range, format!("the int {number}"))
            })
        }, this => {
            i64::try_from(*this).map(Value::Int).map_err(|_| no_value("an int of 64 bits", this))
        });
    )* };
}

whole!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl Data for serde_json::Value {
    fn wf_type(_: &mut Types) -> String {
        "json".to_owned()
    }

    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError> {
        Ok(wf_vm::json_of(value, program))
    }

    fn to_value(&self) -> Result<Value, DataError> {
        let wrong =
            |failure: wf_vm::Failure| DataError::new("JSON that wf can hold", failure.message);
        wf_vm::value::json::from_json(self).map_err(wrong)
    }

    fn missing() -> Option<Self> {
        Some(Self::Null)
    }
}

impl Data for () {
    fn wf_type(_: &mut Types) -> String {
        "{ }".to_owned()
    }

    fn from_value(_: &Value, _: &Program) -> Result<Self, DataError> {
        Ok(())
    }

    fn to_value(&self) -> Result<Value, DataError> {
        Ok(super::Object::new().into_value())
    }
}

fn no_value(expected: &str, found: &impl fmt::Debug) -> DataError {
    DataError::new(expected, format!("{found:?}"))
}

/// A whole number, in whatever form JSON had it.
fn int(value: &Value) -> Result<i64, DataError> {
    let found = match value.plain() {
        Value::Int(number) => Some(*number),
        Value::Float(number) => Decimal::from_float(*number).and_then(Decimal::to_int),
        Value::Decimal(number) => number.to_int(),
        _ => None,
    };
    found.ok_or_else(|| DataError::kind("an int", value))
}

fn float(value: &Value) -> Result<f64, DataError> {
    let found = match value.plain() {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        Value::Decimal(number) => number.to_float(),
        _ => None,
    };
    found.ok_or_else(|| DataError::kind("a float", value))
}

fn decimal(value: &Value) -> Result<Decimal, DataError> {
    let found = match value.plain() {
        Value::Decimal(number) => Some(**number),
        Value::Int(number) => Some(Decimal::from_int(*number)),
        Value::Float(number) => Decimal::from_float(*number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| DataError::kind("a decimal", value))
}

fn uuid(value: &Value) -> Result<Uuid, DataError> {
    let found = match value.plain() {
        Value::Uuid(id) => Some(**id),
        Value::String(text) => Uuid::parse_str(text).ok(),
        _ => None,
    };
    found.ok_or_else(|| DataError::kind("a uuid", value))
}

fn instant(value: &Value) -> Result<DateTime<Utc>, DataError> {
    let micros = match value.plain() {
        Value::Instant(micros) => Some(*micros),
        Value::String(text) => parse_instant(text),
        _ => None,
    };
    let found = micros.and_then(DateTime::from_timestamp_micros);
    found.ok_or_else(|| DataError::kind("an instant", value))
}

fn micros(value: &Value) -> Result<i64, DataError> {
    let found = match value.plain() {
        Value::Duration(micros) => Some(*micros),
        Value::String(text) => parse_duration(text),
        _ => None,
    };
    found.ok_or_else(|| DataError::kind("a duration", value))
}
