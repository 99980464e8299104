//! JSONPath as in RFC 9535: queries as text, checked before they are used, over any JSON values.
//!
//! The compiler reads queries to check them; the machine evaluates them over its own values. What a
//! value is says the trait [`Json`].

mod compare;
mod json;
mod parse;
mod query;
mod regexp;
mod select;

pub use json::{Json, Number, View};
pub use parse::{MAX_DEPTH, ParseError};
pub use query::{Call, Condition, Operand, Order, Query, Root, Segment, Selector};
pub use regexp::Pattern;
pub use select::{Limits, TooMuch, slice};
