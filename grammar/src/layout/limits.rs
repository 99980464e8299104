//! Limits: how long a chain of operators may be and how deep a tree may get, so that no later stage
//! runs out of stack.

use crate::token::Kind;
use crate::{MAX_NESTING, MAX_OPERATORS};

/// How many prefix operators, and how many `else if`s, may follow one another.
const MAX_CHAIN: u32 = 256;

/// What was seen since the last separator at one level of brackets.
#[derive(Clone, Copy, Default)]
struct Run {
    /// Operators of any kind: each makes the tree one deeper.
    operators: u32,
    /// Prefix operators.
    prefixes: u32,
    /// `else`s.
    elses: u32,
    /// Arrows and open `<`: like brackets, they nest.
    nested: u32,
    /// How deep the deepest bracket inside is.
    inside: u32,
}

impl Run {
    fn depth(self) -> u32 {
        self.inside.saturating_add(self.operators).saturating_add(self.elses)
    }
}

/// One level of brackets.
#[derive(Default)]
struct Level {
    run: Run,
    /// The depth of the deepest run so far.
    deepest: u32,
}

/// Counts while the tokens go by.
pub(super) struct Limits {
    levels: Vec<Level>,
    /// The sum of `nested` over all levels.
    nested: u32,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self { levels: vec![Level::default()], nested: 0 }
    }

    /// Takes a token; gives what is wrong if it is one too many.
    pub(super) fn token(&mut self, kind: Kind, last: Option<Kind>) -> Option<String> {
        let after_operand = || last.is_some_and(Kind::ends_operand);
        match kind {
            _ if kind.opens() => {
                let after_operand = after_operand();
                let postfix = matches!(kind, Kind::LParen | Kind::LBracket) && after_operand;
                if !postfix && after_operand {
                    // A block: a chain of `else if`s goes on behind it.
                    let elses = self.levels.last().map_or(0, |level| level.run.elses);
                    self.end_run();
                    self.add(0, 0, elses, 0);
                }
                self.add(u32::from(postfix), 0, 0, 0);
                self.levels.push(Level::default());
            }
            _ if kind.closes() => return self.close(),
            Kind::Not => self.add(1, 1, 0, 0),
            Kind::Minus if !after_operand() => self.add(1, 1, 0, 0),
            Kind::Else => self.add(0, 0, 1, 0),
            Kind::FatArrow | Kind::Arrow => self.add(1, 0, 0, 1),
            Kind::Lt if last.is_some_and(Kind::is_name) => self.add(1, 0, 0, 1),
            Kind::Gt | Kind::And | Kind::Or => self.close_angle(),
            _ if is_operator(kind) => self.add(1, 0, 0, 0),
            _ => {
                let ends = match kind {
                    Kind::Newline | Kind::Comma => true,
                    _ if kind.begins_statement() && last != Some(Kind::Else) => true,
                    _ => kind.begins_operand() && after_operand(),
                };
                if ends {
                    self.end_run();
                }
                // What adds nothing is not one too many.
                return None;
            }
        }
        self.verdict()
    }

    fn add(&mut self, operators: u32, prefixes: u32, elses: u32, nested: u32) {
        self.nested += nested;
        if let Some(level) = self.levels.last_mut() {
            level.run.operators += operators;
            level.run.prefixes += prefixes;
            level.run.elses += elses;
            level.run.nested += nested;
        }
    }

    fn close_angle(&mut self) {
        self.add(1, 0, 0, 0);
        if let Some(level) = self.levels.last_mut()
            && level.run.nested > 0
        {
            level.run.nested -= 1;
            self.nested -= 1;
        }
    }

    fn end_run(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.deepest = level.deepest.max(level.run.depth());
            self.nested -= level.run.nested;
            level.run = Run::default();
        }
    }

    fn close(&mut self) -> Option<String> {
        self.end_run();
        if self.levels.len() < 2 {
            return None;
        }
        let depth = self.levels.pop().map_or(0, |level| level.deepest);
        if let Some(level) = self.levels.last_mut() {
            level.run.inside = level.run.inside.max(depth + 1);
        }
        self.verdict()
    }

    /// Whether the current run is too long; if so, it is told once and counted anew.
    fn verdict(&mut self) -> Option<String> {
        let level_count = self.levels.len();
        let level = self.levels.last_mut()?;
        let run = level.run;
        let message = if run.operators > MAX_OPERATORS {
            format!("an expression has more than {MAX_OPERATORS} operators")
        } else if run.prefixes > MAX_CHAIN {
            format!("more than {MAX_CHAIN} prefix operators follow one another")
        } else if run.elses > MAX_CHAIN {
            format!("more than {MAX_CHAIN} `else`s follow one another")
        } else if level_count + self.nested as usize > MAX_NESTING + 1 {
            format!("lambdas, types and brackets are nested more than {MAX_NESTING} deep")
        } else if run.depth() > MAX_OPERATORS + MAX_OPERATORS / 2 {
            "operators and brackets are nested too deeply".to_owned()
        } else {
            return None;
        };
        self.nested -= run.nested;
        level.run = Run::default();
        Some(message)
    }
}

fn is_operator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Percent
            | Kind::Eq
            | Kind::Ne
            | Kind::Le
            | Kind::Ge
            | Kind::Lt
            | Kind::Coalesce
            | Kind::Range
            | Kind::RangeIncl
            | Kind::Pipe
            | Kind::In
            | Kind::As
            | Kind::Dot
            | Kind::SafeDot
            | Kind::Question
    )
}
