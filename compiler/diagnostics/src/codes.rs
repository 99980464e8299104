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
pub mod texts;
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
        texts::ALL,
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const GROUPS: &[(&str, &[&Code])] = &[
        ("WF00", syntax::ALL),
        ("WF01", names::ALL),
        ("WF02", types::ALL),
        ("WF03", paths::ALL),
        ("WF04", concurrency::ALL),
        ("WF05", nodes::ALL),
        ("WF06", files::ALL),
        ("WF07", runs::ALL),
        ("WF07", texts::ALL),
        ("WF09", warnings::ALL),
    ];

    #[test]
    fn ids_are_in_their_group_and_ascend() {
        for (group, codes) in GROUPS {
            for code in *codes {
                let digits = code.id.strip_prefix("WF").unwrap_or_default();
                assert!(
                    digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()),
                    "{code:?}"
                );
                assert!(code.id.starts_with(group), "{} is not in {group}", code.id);
                assert_eq!(code.severity == Severity::Warning, *group == "WF09", "{}", code.id);
            }
        }
        for (_, codes) in GROUPS {
            assert!(codes.is_sorted_by(|a, b| a.id < b.id), "not ascending, or twice: {codes:?}");
        }
        let ids: BTreeSet<_> = all().map(|code| code.id).collect();
        let listed = GROUPS.iter().map(|(_, codes)| codes.len()).sum::<usize>();
        assert_eq!(ids.len(), listed, "a group is missing here or in `all`");
    }

    #[test]
    fn titles_are_short_and_their_own() {
        let mut seen = BTreeSet::new();
        for code in all() {
            let plain = !code.title.ends_with('.') && code.title.trim() == code.title;
            assert!(plain && (5..=80).contains(&code.title.len()), "{}: {:?}", code.id, code.title);
            assert!(seen.insert(code.title), "{} has the title of another code", code.id);
        }
    }

    #[test]
    fn every_code_has_its_page_and_every_page_its_code() {
        for code in all() {
            let title = format!("# {}: {}", code.id, code.title);
            assert_eq!(code.explain.lines().next(), Some(title.as_str()));
        }
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/explain");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let id = name.strip_suffix(".md").unwrap_or(&name);
            assert!(find(id).is_some_and(|code| code.id == id), "no code has the page {name}");
        }
    }

    #[test]
    fn codes_are_found_in_any_case_of_letters() {
        assert_eq!(find("wf0301").map(|code| code.id), Some("WF0301"));
        assert_eq!(find("WF0300"), None);
    }
}
