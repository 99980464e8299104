//! CSS selectors: read from text, and found in a list of elements.
//!
//! | | |
//! | --- | --- |
//! | [`Selector`] | a selector that was read; [`Selector::select`] finds what it takes |
//! | [`Element`] | an element of a document, as a selector sees it |
//! | [`SelectorError`] | what is wrong with a text, and where |

mod parse;
mod select;

pub use parse::SelectorError;
pub use select::Element;

/// How long the text of a selector may be, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// How many simple parts with a place of their own (`a > b` has two) a selector may have.
pub const MAX_COMPOUNDS: usize = 64;

/// A list of selectors, of which an element has to fit one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The compounds of all selectors of the list, each selector from left to right.
    compounds: Vec<Place>,
}

/// A compound and how it hangs together with the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    compound: Compound,
    /// `None` where a selector begins.
    combinator: Option<Combinator>,
    /// Whether a selector ends here.
    last: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combinator {
    /// A blank.
    Descendant,
    /// `>`
    Child,
    /// `+`
    Next,
    /// `~`
    Later,
}

/// What all holds of one element: `a.b[c]`.
type Compound = Vec<Simple>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Simple {
    /// `*`
    Any,
    Tag(String),
    Id(String),
    Class(String),
    Attribute {
        name: String,
        test: Test,
        value: String,
        any_case: bool,
    },
    /// `:not(…)`: none of these.
    Not(Vec<Compound>),
    /// `:is(…)`: one of these.
    Is(Vec<Compound>),
    /// `:nth-child(an+b)` and its relatives.
    Nth {
        a: i32,
        b: i32,
        from_end: bool,
        of_type: bool,
    },
    Empty,
    Root,
}

/// How the value of an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    /// `[a]`
    Exists,
    /// `=`
    Equals,
    /// `~=`: a word of it
    Word,
    /// `|=`: it, or what begins with it and `-`
    Dash,
    /// `^=`
    Starts,
    /// `$=`
    Ends,
    /// `*=`
    Contains,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// What is wrong, and at which byte.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        parse::parse(text)
    }
}
