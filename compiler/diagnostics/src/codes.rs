//! The registry of diagnostic codes, one module per group.
//!
//! A code is declared once, with its title, its severity and the page that `wf explain` prints.
//! Numbers are never used again for something else.

use crate::Severity;

/// A diagnostic code.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable name, as `WF0301`.
    pub id: &'static str,
    /// Whether it is an error or a warning.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The page with a wrong and a right example, in Markdown.
    pub explain: &'static str,
}

/// Declares the codes of one group, each with its page `explain/ID.md`.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal $severity:ident $title:literal;)*) => {
        $(
            $(#[$doc])*
            #[doc = $title]
            pub static $name: $crate::Code = $crate::Code {
                id: $id,
                severity: $crate::Severity::$severity,
                title: $title,
                explain: include_str!(concat!("../../explain/", $id, ".md")),
            };
        )*
        /// All codes of this group, in the order of their numbers.
        pub static ALL: &[&$crate::Code] = &[$(&$name),*];
    };
}

pub mod concurrency;
pub mod files;
pub mod names;
pub mod nodes;
pub mod paths;
pub mod runs;
pub mod syntax;
pub mod types;
pub mod warnings;

/// All codes, group by group.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        syntax::ALL,
        names::ALL,
        types::ALL,
        paths::ALL,
        concurrency::ALL,
        nodes::ALL,
        files::ALL,
        runs::ALL,
        warnings::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code of this name, in any case of letters.
pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}
