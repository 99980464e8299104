//! The names that a part declares which could not be read: nothing is said about uses of them.

use smol_str::SmolStr;

use crate::source::Source;
use crate::token::Kind;

/// Adds the names that the tokens `start..end` seem to declare. Too many cost only errors that
/// are told once the part can be read.
pub(super) fn collect(source: &Source<'_>, start: usize, end: usize, names: &mut Vec<SmolStr>) {
    let pattern = matches!(source.kind(start), Kind::Let);
    let mut assigned = false;
    for at in start..end {
        let kind = source.kind(at);
        assigned |= kind == Kind::Assign;
        if kind == Kind::LBrace && !pattern && at > start + 8 {
            // The body has been read part by part.
            break;
        }
        let before = if at > start { source.kind(at - 1) } else { Kind::Newline };
        let after = source.kind(at + 1);
        let declared = matches!(
            before,
            Kind::Step
                | Kind::Let
                | Kind::Mut
                | Kind::Fn
                | Kind::Type
                | Kind::Entity
                | Kind::Workflow
                | Kind::Node
                | Kind::For
                | Kind::As
                | Kind::Catch
                | Kind::Branch
        );
        let sign = matches!(after, Kind::Assign | Kind::Colon | Kind::In)
            || matches!(source.token_text(at + 1), "of");
        let caught = before == Kind::LParen && at >= 2 && source.kind(at - 2) == Kind::Catch;
        if kind.is_word() && (declared || sign || caught || (pattern && !assigned)) {
            names.push(SmolStr::from(source.token_text(at)));
        }
        if kind == Kind::Str && declared {
            names.push(SmolStr::from(source.token_text(at).trim_matches('"')));
        }
    }
}
