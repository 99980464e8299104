//! Differences between two texts, line by line, in the unified form.

use std::fmt::Write;

/// How many equal lines are shown around what differs.
const CONTEXT: usize = 3;

/// How many lines may differ before a part is shown as exchanged as a whole: the search for the
/// shortest difference takes the square of that.
const MAX_EDITS: usize = 500;

/// One line of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The difference as `diff -u` would show it; nothing where there is none.
pub fn unified(name: &str, before: &str, after: &str) -> String {
    let mut out = String::new();
    if before == after {
        return out;
    }
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let edits = edits(&old, &new);
    // Writing to a text can't fail.
    let _fine = write!(out, "--- {name}\n+++ {name} (formatted)\n");
    let mut at = 0;
    // The lines of both texts before `at`.
    let (mut left, mut right) = (0, 0);
    while let Some(next) = edits[at..].iter().position(|edit| *edit != Edit::Keep) {
        let skipped = next.saturating_sub(CONTEXT);
        (left, right, at) = (left + skipped, right + skipped, at + skipped);
        let end = at + hunk(&edits[at..]);
        let count = |not| edits[at..end].iter().filter(|edit| **edit != not).count();
        let (lefts, rights) = (count(Edit::Add), count(Edit::Remove));
        let place = |start: usize, count: usize| start + usize::from(count > 0);
        let (l, r) = (place(left, lefts), place(right, rights));
        let _fine = writeln!(out, "@@ -{l},{lefts} +{r},{rights} @@");
        for edit in &edits[at..end] {
            let (sign, line) = match edit {
                Edit::Keep => (' ', old.get(left)),
                Edit::Remove => ('-', old.get(left)),
                Edit::Add => ('+', new.get(right)),
            };
            left += usize::from(*edit != Edit::Add);
            right += usize::from(*edit != Edit::Remove);
            show(&mut out, sign, line.copied().unwrap_or(""));
        }
        at = end;
    }
    out
}

/// How many edits belong to the first hunk: up to where so much is equal that the next begins.
fn hunk(edits: &[Edit]) -> usize {
    let (mut end, mut equal) = (0, 0);
    for (at, edit) in edits.iter().enumerate() {
        if *edit != Edit::Keep {
            (end, equal) = (at + 1, 0);
        } else {
            equal += 1;
            if end > 0 && equal > 2 * CONTEXT {
                break;
            }
        }
    }
    edits.len().min(end + CONTEXT)
}

fn show(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    match line.strip_suffix('\n') {
        Some(text) => {
            out.push_str(text);
            out.push('\n');
        }
        None => {
            out.push_str(line);
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// What makes the new lines of the old ones.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - suffix], &new[..new.len() - suffix]);
    let mut edits = vec![Edit::Keep; prefix];
    match shortest(old, new) {
        Some(middle) => edits.extend(middle),
        None => {
            edits.extend(old.iter().map(|_| Edit::Remove));
            edits.extend(new.iter().map(|_| Edit::Add));
        }
    }
    edits.extend(std::iter::repeat_n(Edit::Keep, suffix));
    edits
}

/// The shortest difference (Myers, 1986); `None` where it has more than [`MAX_EDITS`] lines.
fn shortest(old: &[&str], new: &[&str]) -> Option<Vec<Edit>> {
    // How far each diagonal reaches with so many edits, for each number of them. Diagonal `k`, the
    // lines taken from `old` less those taken from `new`, is at `k + d + 1` of round `d`.
    let mut rounds: Vec<Vec<usize>> = vec![vec![0; 3]];
    for d in 0..=MAX_EDITS.min(old.len() + new.len()) {
        let last = rounds.last()?.clone();
        let mut next = vec![0; 2 * d + 5];
        for step in 0..=d {
            let k = 2 * step as isize - d as isize;
            let mut x = reach(&last, k, d);
            let mut y = (x as isize - k) as usize;
            while old.get(x).is_some_and(|line| new.get(y) == Some(line)) {
                (x, y) = (x + 1, y + 1);
            }
            next[(k + d as isize + 2) as usize] = x;
            if x >= old.len() && y >= new.len() {
                return Some(trace(&rounds, d, old.len(), new.len()));
            }
        }
        rounds.push(next);
    }
    None
}

/// How far diagonal `k` reaches in round `d` before equal lines: by one more line of either text.
fn reach(last: &[usize], k: isize, d: usize) -> usize {
    let of = |k: isize| last.get((k + d as isize + 1) as usize).copied().unwrap_or(0);
    if adds(last, k, d) { of(k + 1) } else { of(k - 1) + 1 }
}

/// Whether diagonal `k` of round `d` is reached by a line of the new text.
fn adds(last: &[usize], k: isize, d: usize) -> bool {
    let of = |k: isize| last.get((k + d as isize + 1) as usize).copied().unwrap_or(0);
    k == -(d as isize) || (k != d as isize && of(k - 1) < of(k + 1))
}

/// The way back from the end of both texts.
fn trace(rounds: &[Vec<usize>], d: usize, mut x: usize, mut y: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    for d in (0..=d).rev() {
        let Some(last) = rounds.get(d) else { break };
        let k = x as isize - y as isize;
        let start = if d == 0 { 0 } else { reach(last, k, d) };
        while x > start {
            edits.push(Edit::Keep);
            (x, y) = (x - 1, y - 1);
        }
        if d > 0 && adds(last, k, d) {
            edits.push(Edit::Add);
            y -= 1;
        } else if d > 0 {
            edits.push(Edit::Remove);
            x -= 1;
        }
    }
    edits.reverse();
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the edits make of the old lines.
    fn apply<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<&'a str> {
        let (mut left, mut right, mut made) = (old.iter(), new.iter(), Vec::new());
        for edit in edits(old, new) {
            match edit {
                Edit::Keep => {
                    let line = left.next().unwrap();
                    assert_eq!(Some(line), right.next());
                    made.push(*line);
                }
                Edit::Remove => drop(left.next().unwrap()),
                Edit::Add => made.push(*right.next().unwrap()),
            }
        }
        assert_eq!((left.next(), right.next()), (None, None));
        made
    }

    #[test]
    fn what_is_told_makes_the_new_text() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        for _ in 0..2000 {
            let mut lines = |count: u64| -> Vec<&str> {
                (0..next(count)).map(|_| ["a\n", "b\n", "c\n"][next(3) as usize]).collect()
            };
            let (old, new) = (lines(12), lines(12));
            assert_eq!(apply(&old, &new), new, "{old:?}");
        }
    }

    #[test]
    fn it_is_the_shortest() {
        let old = ["a", "b", "c", "a", "b", "b", "a"];
        let new = ["c", "b", "a", "b", "a", "c"];
        let changed = edits(&old, &new).iter().filter(|edit| **edit != Edit::Keep).count();
        assert_eq!(changed, 5);
    }

    #[test]
    fn large_differences_take_no_time() {
        let old: Vec<String> = (0..20_000).map(|n| format!("{n}\n")).collect();
        let new: Vec<String> = (0..20_000).map(|n| format!(" {n}\n")).collect();
        let told = unified("a.wf", &old.concat(), &new.concat());
        assert_eq!(told.lines().count(), 40_003);
    }

    #[test]
    fn hunks_have_their_lines_around_them() {
        let old: String = (1..=30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n5\n", "\nfive\n").replace("\n28\n", "\n") + "31";
        let told = unified("a.wf", &old, &new);
        let expected = "--- a.wf\n+++ a.wf (formatted)\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n \
                        7\n 8\n@@ -25,6 +25,6 @@\n 25\n 26\n 27\n-28\n 29\n 30\n+31\n\\ No newline \
                        at end of file\n";
        assert_eq!(told, expected);
        assert_eq!(unified("a.wf", &old, &old), "");
        assert!(unified("a.wf", "", "x\n").ends_with("@@ -0,0 +1,1 @@\n+x\n"));
    }
}
