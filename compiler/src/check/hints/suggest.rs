//! "Did you mean": the nearest of the names that are there.

use std::cell::Cell;

/// How many names may be compared in one compilation: suggestions stay cheap in a file of mistakes.
const BUDGET: usize = 300_000;

/// Finds near names, as long as its budget lasts.
#[derive(Debug)]
pub(crate) struct Suggest {
    left: Cell<usize>,
}

impl Default for Suggest {
    fn default() -> Self {
        Self { left: Cell::new(BUDGET) }
    }
}

impl Suggest {
    /// The name nearest to `wanted`, where one is near enough. Earlier names win over later ones
    /// that are as near.
    pub(crate) fn nearest<'a>(
        &self,
        wanted: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        self.nearest_fitting(wanted, names.into_iter().map(|name| (name, true)))
    }

    /// The same, with names that fit what is expected before nearer ones that do not. Where none is
    /// near, it is the only one that begins or ends with what was written.
    pub(crate) fn nearest_fitting<'a>(
        &self,
        wanted: &str,
        names: impl IntoIterator<Item = (&'a str, bool)>,
    ) -> Option<&'a str> {
        let limit = (wanted.chars().count() + 1) / 3;
        let lower = wanted.to_lowercase();
        let mut best: Option<((bool, usize), &str)> = None;
        let mut longer: Vec<&str> = Vec::new();
        for (name, fits) in names {
            if self.left.get() == 0 {
                break;
            }
            self.left.set(self.left.get() - 1);
            if fits && longer.len() < 2 && is_part(&lower, name) {
                longer.push(name);
            }
            if name == wanted || name.len().abs_diff(wanted.len()) > limit + 1 {
                continue;
            }
            let distance = match name.to_lowercase() == lower || plain(name) == plain(wanted) {
                true => 0,
                false => strsim::damerau_levenshtein(&name.to_lowercase(), &lower),
            };
            let rank = (!fits, distance);
            if distance <= limit && best.is_none_or(|(d, _)| rank < d) {
                best = Some((rank, name));
            }
        }
        match (best, longer.as_slice()) {
            (Some((_, name)), _) => Some(name),
            (None, [name]) => Some(name),
            _ => None,
        }
    }
}

/// Whether a longer name begins or ends with a word of at least four letters.
fn is_part(lower: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    lower.len() >= 4
        && name.len() > lower.len()
        && (name.starts_with(lower) || name.ends_with(lower))
}

/// A name without case and underscores.
fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

/// Up to ten names for a help line.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<String> = names.by_ref().take(10).map(|n| format!("`{n}`")).collect();
    let rest = names.count();
    match rest {
        0 => shown.join(", "),
        _ => format!("{} and {rest} more", shown.join(", ")),
    }
}
