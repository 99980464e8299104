//! Rust types as types of wf: what nodes take and give, and what runs begin with and end in.

mod container;
mod error;
mod object;
mod scalar;
pub(crate) mod types;

use wf_bytecode::Program;
use wf_vm::Value;

pub use error::DataError;
pub use object::{Fields, Object, text_of};
pub use scalar::Secret;
pub use types::{FieldText, Types, literal_text, record_text, tagged_text};

/// A Rust type that is a type of wf: it says which, and is made from values and becomes values.
///
/// `#[derive(Data)]` does it for structs and enums. Documentation comments go along: they are what
/// `engine.nodes()` and the messages of the compiler show.
///
/// ```
/// use wf_engine::Data;
///
/// /// Somebody who may buy.
/// #[derive(Data)]
/// struct Lead {
///     /// Where to write to.
///     email: Option<String>,
///     /// From 0 to 100.
///     lead_score: u8,
///     status: Status,
///     contact: Contact,
/// }
///
/// #[derive(Data)]
/// enum Status { Open, Closed }
///
/// #[derive(Data)]
/// #[wf(tag = "by")]
/// enum Contact { Email { address: String }, Phone { number: String } }
///
/// let mut types = wf_engine::data::Types::default();
/// Lead::wf_type(&mut types);
/// assert_eq!(types.text().trim(), r#"
/// type Status = "Open" | "Closed"
///
/// type Contact = {
///   by: "Email"
///   address: string
/// } | {
///   by: "Phone"
///   number: string
/// }
///
/// /// Somebody who may buy.
/// type Lead = {
///   /// Where to write to.
///   email: string?
///   /// From 0 to 100.
///   leadScore: int
///   status: Status
///   contact: Contact
/// }
/// "#.trim());
/// ```
///
/// | Rust | wf |
/// | --- | --- |
/// | `bool`, `String` | `bool`, `string` |
/// | `i8` … `i64`, `u8` … `u64`, `isize`, `usize` | `int`; what does not fit is an error that names its path |
/// | `f64` | `float`, always finite |
/// | [`Decimal`](crate::Decimal) | `decimal` |
/// | `uuid::Uuid` | `uuid` |
/// | `chrono::DateTime<Utc>` | `instant`, in microseconds |
/// | `std::time::Duration`, `chrono::TimeDelta` | `duration`, in microseconds |
/// | [`Secret`] | `secret`: for inputs and `config` only |
/// | `serde_json::Value` | `json` |
/// | `Option<T>` | `T?` |
/// | `Vec<T>` | `list<T>` |
/// | `BTreeMap<String, T>`, `HashMap<String, T>` | `map<T>`; entries of a `HashMap` in the order of their keys |
/// | `Box<T>`, `Arc<T>` | what they hold |
/// | a struct with named fields | a record of its name, fields in camelCase |
/// | `struct LeadId(Uuid)` | what it holds |
/// | an enum without fields | literals: `"Open" \| "Closed"` |
/// | an enum with fields | records told apart by the field `kind` |
///
/// | attribute | |
/// | --- | --- |
/// | `#[wf(rename = "…")]` | another name for a type, a field or a variant |
/// | `#[wf(rename_all = "snake_case")]` | another style for the fields of a struct or the variants of an enum |
/// | `#[wf(tag = "type")]` | another field that tells variants apart; a variant may hold a struct, whose fields stand beside it |
/// | `#[wf(untagged)]` | variants that are told apart by what they hold: `int \| string` |
/// | `#[wf(default = "10")]` | the value of an input that is left out, as wf text |
///
/// A type may hold itself through `Option<Box<_>>`, `Vec<_>` or a map. What the derive can't make a type
/// of is an error where it stands:
///
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// struct Pair(i64, i64); // wf has no tuples: name the fields, or hold one value
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// struct Page<T> { items: Vec<T> } // a type with parameters has no one name in wf
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// struct Open { socket: std::net::TcpStream } // `TcpStream` is no type of wf
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// struct Twice { a_b: i64, #[wf(rename = "aB")] c: i64 } // `aB` is the name of two fields in wf
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// enum Never {} // an `enum` without variants has no values
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// #[wf(rename_al = "snake_case")] // `wf` does not know `rename_al` here
/// struct Lead { lead_score: i64 }
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// #[wf(tag = "kind")] // `tag` and `untagged` are for an `enum`
/// struct Lead { lead_score: i64 }
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// #[wf(untagged)]
/// enum Id { Number(i64), None } // the variant `None` must hold one value
/// ```
/// ```compile_fail
/// #[derive(wf_engine::Data)]
/// #[wf(rename_all = "Camel")] // `rename_all` is one of `camelCase`, …
/// enum Status { Open }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no type of wf",
    label = "wf has no type for this",
    note = "structs and enums get one by `#[derive(wf_engine::Data)]`"
)]
pub trait Data: Sized {
    /// The type as wf writes it: `list<Lead>`. Named types that it needs are declared in `types`.
    fn wf_type(types: &mut Types) -> String;

    /// Makes one of a value, typed or in the form of `json`. `program` has the names of its fields.
    ///
    /// # Errors
    /// The value does not fit: which part, what it should be and what it is.
    fn from_value(value: &Value, program: &Program) -> Result<Self, DataError>;

    /// Makes a value in the form of `json`: records are maps.
    ///
    /// # Errors
    /// A number or a time that wf does not have: which part.
    fn to_value(&self) -> Result<Value, DataError>;

    /// What stands for a field that is not there; nothing where it has to be.
    fn missing() -> Option<Self> {
        None
    }
}

/// A struct with named fields: what nodes take and give. `#[derive(Data)]` implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no record of wf",
    label = "this must be a struct with named fields",
    note = "`#[derive(wf_engine::Data)]` makes one of a struct; `()` has no fields"
)]
pub trait Record: Data {
    /// The documentation of the struct: that of a node which takes it.
    const DOC: &'static str;

    /// Its fields as they stand in a signature.
    fn fields(types: &mut Types) -> Vec<FieldText>;
}

impl Record for () {
    const DOC: &'static str = "";

    fn fields(_: &mut Types) -> Vec<FieldText> {
        Vec::new()
    }
}

/// The text of a value as JSON.
pub(crate) fn json_of<T: Data>(data: &T) -> Result<String, DataError> {
    let value = data.to_value()?;
    wf_vm::json_text(&value, &Program::default()).map_err(|f| DataError::new("a value", f.message))
}
