//! The words of the language: which are reserved, which are kept free for later, which are roots.

use crate::token::Kind;

/// Words that can't name anything that is read by its bare name. Behind `.` and in front of `:`
/// each of them is a field name all the same.
pub const RESERVED: &[&str] = &[
    "and", "as", "branch", "break", "catch", "continue", "else", "entity", "fail", "false",
    "finally", "fn", "for", "if", "in", "let", "match", "mut", "node", "not", "null", "or",
    "parallel", "return", "step", "true", "try", "type", "use", "while", "with", "workflow",
    "yield",
];

/// Words that have no meaning yet and are reserved so that they can get one.
pub const RESERVED_FOR_LATER: &[&str] =
    &["emit", "expect", "mock", "race", "signal", "test", "undo", "wait"];

/// The roots of the data store, which no local, parameter or loop variable can hide.
pub const ROOTS: &[&str] = &["config", "loop", "run", "steps", "trigger", "variables"];

/// Whether a word is reserved, now or for later.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok() || RESERVED_FOR_LATER.binary_search(&word).is_ok()
}

/// The kind of a word where no point stands before it and no colon behind it.
pub(crate) fn kind_of(word: &str) -> Kind {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_lowercase) || word.len() > 9 {
        return Kind::Word;
    }
    match word {
        "and" => Kind::And,
        "as" => Kind::As,
        "branch" => Kind::Branch,
        "break" => Kind::Break,
        "catch" => Kind::Catch,
        "continue" => Kind::Continue,
        "else" => Kind::Else,
        "entity" => Kind::Entity,
        "fail" => Kind::Fail,
        "false" => Kind::False,
        "finally" => Kind::Finally,
        "fn" => Kind::Fn,
        "for" => Kind::For,
        "if" => Kind::If,
        "in" => Kind::In,
        "let" => Kind::Let,
        "match" => Kind::Match,
        "mut" => Kind::Mut,
        "node" => Kind::Node,
        "not" => Kind::Not,
        "null" => Kind::Null,
        "or" => Kind::Or,
        "parallel" => Kind::Parallel,
        "return" => Kind::Return,
        "step" => Kind::Step,
        "true" => Kind::True,
        "try" => Kind::Try,
        "type" => Kind::Type,
        "use" => Kind::Use,
        "while" => Kind::While,
        "with" => Kind::With,
        "workflow" => Kind::Workflow,
        "yield" => Kind::Yield,
        "trigger" => Kind::Trigger,
        "variables" => Kind::Variables,
        "config" => Kind::Config,
        "max" => Kind::Max,
        "schema" => Kind::Schema,
        "from" => Kind::From,
        "input" => Kind::Input,
        "output" => Kind::Output,
        "on" => Kind::On,
        "where" => Kind::Where,
        "including" => Kind::Including,
        "own" => Kind::Own,
        "webhook" => Kind::Webhook,
        "schedule" => Kind::Schedule,
        "function" => Kind::Function,
        _ if RESERVED_FOR_LATER.contains(&word) => Kind::Later,
        _ => Kind::Word,
    }
}
