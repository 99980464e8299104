//! The door to pest: a part of the tokens, a rule of `wf.pest`, and the place of the error.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use pest::Parser;
use pest::error::InputLocation;

pub(crate) use generated::Rule;

use crate::source::Source;

/// What pest generates from `wf.pest`.
#[allow(missing_docs, unreachable_pub, reason = "pest writes this code")]
mod generated {
    #[derive(pest_derive::Parser)]
    #[grammar = "wf.pest"]
    pub struct WfParser;
}

/// The switch for detailed errors belongs to the whole process.
static DETAIL: Mutex<()> = Mutex::new(());

/// A part of the tokens of a file, possibly with gaps.
pub(crate) struct Chunk<'a> {
    /// The letters.
    pub(crate) codes: Cow<'a, str>,
    /// The number of the token behind each letter.
    pub(crate) map: Map,
}

/// From letters of a chunk to tokens of the file.
pub(crate) enum Map {
    /// The chunk is a range of the tokens that begins here.
    Base(usize),
    /// The number of each token.
    List(Vec<usize>),
}

impl Map {
    /// The number of the token behind a letter.
    pub(crate) fn token(&self, letter: usize) -> usize {
        match self {
            Map::Base(base) => base + letter,
            Map::List(list) => list.get(letter).copied().unwrap_or(usize::MAX),
        }
    }
}

impl<'a> Chunk<'a> {
    /// The tokens `start..end`.
    pub(crate) fn range(source: &'a Source<'_>, start: usize, end: usize) -> Self {
        let codes = source.codes.get(start..end).unwrap_or_default();
        Self { codes: codes.into(), map: Map::Base(start) }
    }

    /// Whether the grammar has the chunk for this rule.
    #[cfg(test)]
    pub(crate) fn fits(&self, rule: Rule) -> bool {
        generated::WfParser::parse(rule, &self.codes).is_ok()
    }

    /// The farthest letter that the grammar reaches and which letters would have been right there.
    pub(crate) fn diagnose(&self, rule: Rule) -> (usize, Vec<Expected>) {
        let lock = DETAIL.lock().unwrap_or_else(PoisonError::into_inner);
        pest::set_error_detail(true);
        let result = generated::WfParser::parse(rule, &self.codes);
        pest::set_error_detail(false);
        drop(lock);
        let Err(error) = result else { return (self.codes.len(), Vec::new()) };
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let Some(attempts) = error.parse_attempts() else { return (at, Vec::new()) };
        let expected = attempts.expected_tokens();
        let expected = expected
            .iter()
            .filter_map(|token| {
                // Pest does not export the type of these, but shows them.
                let shown = token.to_string();
                match shown.as_bytes() {
                    [letter] => Some(Expected::Letter(*letter)),
                    b"a..z" => Some(Expected::Name),
                    b"A..Z" => None,
                    _ => Some(Expected::End),
                }
            })
            .collect();
        (attempts.max_position, expected)
    }
}

/// What would have been right at the place of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Expected {
    /// A token with this letter.
    Letter(u8),
    /// Any name.
    Name,
    /// The end of the chunk.
    End,
}
