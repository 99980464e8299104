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
    kind_of(word).is_reserved()
}

/// The kind of a word where no point stands before it and no colon behind it.
pub(crate) fn kind_of(word: &str) -> Kind {
    if !word.as_bytes().first().is_some_and(u8::is_ascii_lowercase) || word.len() > 9 {
        return Kind::Word;
    }
    // As bytes: these become a tree of decisions, where strings would be compared one after another.
    match word.as_bytes() {
        b"and" => Kind::And,
        b"as" => Kind::As,
        b"branch" => Kind::Branch,
        b"break" => Kind::Break,
        b"catch" => Kind::Catch,
        b"continue" => Kind::Continue,
        b"else" => Kind::Else,
        b"entity" => Kind::Entity,
        b"fail" => Kind::Fail,
        b"false" => Kind::False,
        b"finally" => Kind::Finally,
        b"fn" => Kind::Fn,
        b"for" => Kind::For,
        b"if" => Kind::If,
        b"in" => Kind::In,
        b"let" => Kind::Let,
        b"match" => Kind::Match,
        b"mut" => Kind::Mut,
        b"node" => Kind::Node,
        b"not" => Kind::Not,
        b"null" => Kind::Null,
        b"or" => Kind::Or,
        b"parallel" => Kind::Parallel,
        b"return" => Kind::Return,
        b"step" => Kind::Step,
        b"true" => Kind::True,
        b"try" => Kind::Try,
        b"type" => Kind::Type,
        b"use" => Kind::Use,
        b"while" => Kind::While,
        b"with" => Kind::With,
        b"workflow" => Kind::Workflow,
        b"yield" => Kind::Yield,
        b"trigger" => Kind::Trigger,
        b"variables" => Kind::Variables,
        b"config" => Kind::Config,
        b"max" => Kind::Max,
        b"schema" => Kind::Schema,
        b"from" => Kind::From,
        b"input" => Kind::Input,
        b"output" => Kind::Output,
        b"on" => Kind::On,
        b"where" => Kind::Where,
        b"including" => Kind::Including,
        b"own" => Kind::Own,
        b"webhook" => Kind::Webhook,
        b"schedule" => Kind::Schedule,
        b"function" => Kind::Function,
        b"emit" | b"expect" | b"mock" | b"race" | b"signal" | b"test" | b"undo" | b"wait" => {
            Kind::Later
        }
        _ => Kind::Word,
    }
}
