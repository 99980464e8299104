//! Tokens: what the lexer reads, and the one letter by which the parser and `wf.pest` know each of them.

/// The kinds of tokens. The letter is what stands for it in the text that the parser reads; kinds with
/// the same letter stand at the same places of the grammar.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $human:literal;)*) => {
        /// The kind of a token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
            /// The letter that stands for it in the text that the parser reads.
            pub(crate) fn code(self) -> u8 {
                match self { $(Kind::$name => $code,)* }
            }

            /// What people call it.
            pub(crate) fn human(self) -> &'static str {
                match self { $(Kind::$name => $human,)* }
            }
        }
    };
}

kinds! {
    /// Any word that is not reserved, and every word behind a point.
    Word = b'i' "a name";
    /// Any word in front of a colon.
    Key = b'k' "a name";
    Trigger = b't' "`trigger`";
    Variables = b'v' "`variables`";
    Config = b'c' "`config`";
    Max = b'x' "`max`";
    Schema = b's' "`schema`";
    From = b'f' "`from`";
    Input = b'p' "`input`";
    Output = b'o' "`output`";
    On = b'n' "`on`";
    Where = b'w' "`where`";
    Including = b'g' "`including`";
    Own = b'q' "`own`";
    Webhook = b'h' "`webhook`";
    Schedule = b'l' "`schedule`";
    Function = b'u' "`function`";
    As = b'A' "`as`";
    Branch = b'B' "`branch`";
    Catch = b'C' "`catch`";
    True = b'D' "`true`";
    False = b'D' "`false`";
    Entity = b'E' "`entity`";
    For = b'F' "`for`";
    Fn = b'G' "`fn`";
    While = b'H' "`while`";
    If = b'I' "`if`";
    Break = b'J' "`break`";
    Continue = b'J' "`continue`";
    /// A word that is kept free for later versions.
    Later = b'K' "a reserved word";
    Let = b'L' "`let`";
    Match = b'M' "`match`";
    Node = b'N' "`node`";
    Or = b'O' "`or`";
    Parallel = b'P' "`parallel`";
    Null = b'Q' "`null`";
    Return = b'R' "`return`";
    Step = b'S' "`step`";
    Try = b'T' "`try`";
    Use = b'U' "`use`";
    Yield = b'V' "`yield`";
    Fail = b'V' "`fail`";
    Workflow = b'W' "`workflow`";
    Else = b'X' "`else`";
    Type = b'Y' "`type`";
    Finally = b'Z' "`finally`";
    Mut = b'\'' "`mut`";
    In = b'^' "`in`";
    Not = b'!' "`not`";
    With = b'&' "`with`";
    And = b'~' "`and`";
    Int = b'1' "a number";
    Float = b'2' "a number";
    Duration = b'3' "a duration";
    /// A whole string without expressions.
    Str = b'"' "a string";
    /// A string up to its first `{{`.
    Head = b'9' "a string";
    /// From `}}` to the next `{{`.
    Middle = b'0' "`}}`";
    /// From the last `}}` to the end of the string.
    Tail = b'`' "`}}`";
    LParen = b'(' "`(`";
    /// A `(` that begins the parameters of a lambda.
    LambdaParen = b'8' "`(`";
    RParen = b')' "`)`";
    LBracket = b'[' "`[`";
    RBracket = b']' "`]`";
    LBrace = b'{' "`{`";
    RBrace = b'}' "`}`";
    Comma = b',' "`,`";
    Colon = b':' "`:`";
    Assign = b'=' "`=`";
    AddAssign = b'7' "`+=`";
    MaxAssign = b'7' "`max=`";
    MinAssign = b'7' "`min=`";
    OrAssign = b'7' "`or=`";
    AndAssign = b'7' "`and=`";
    Dot = b'.' "`.`";
    SafeDot = b';' "`?.`";
    Spread = b'4' "`...`";
    FatArrow = b'5' "`=>`";
    Arrow = b'6' "`->`";
    Plus = b'~' "`+`";
    Minus = b'-' "`-`";
    Star = b'*' "`*`";
    Slash = b'~' "`/`";
    Percent = b'~' "`%`";
    Eq = b'~' "`==`";
    Ne = b'~' "`!=`";
    Le = b'~' "`<=`";
    Ge = b'~' "`>=`";
    Lt = b'<' "`<`";
    Gt = b'>' "`>`";
    Coalesce = b'$' "`??`";
    Range = b'_' "`..`";
    RangeIncl = b'_' "`..=`";
    Pipe = b'|' "`|`";
    Question = b'?' "`?`";
    At = b'@' "`@`";
    /// A line end that separates: the next line begins something new.
    Newline = b'\n' "the end of the line";
    /// Something that could not be read and is already told; stands for an expression.
    Error = b'#' "something unreadable";
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether a line ends between it and the token before.
    pub(crate) first: bool,
    /// Whether something about it is already told, so that errors next to it are not.
    pub(crate) told: bool,
    /// The offset of its first byte.
    pub(crate) start: u32,
    /// The offset behind its last byte.
    pub(crate) end: u32,
}

impl Kind {
    /// Whether it is a word, reserved or not.
    pub(crate) fn is_word(self) -> bool {
        self.is_name() || self.is_reserved()
    }

    /// Whether it is a word that may be a name.
    pub(crate) fn is_name(self) -> bool {
        self.code().is_ascii_lowercase()
    }

    /// Whether it is a reserved word.
    pub(crate) fn is_reserved(self) -> bool {
        self.code().is_ascii_uppercase()
            || matches!(self, Kind::Mut | Kind::In | Kind::Not | Kind::With | Kind::And)
    }

    /// Whether it opens a bracket; a string with expressions is one, too.
    pub(crate) fn opens(self) -> bool {
        matches!(
            self,
            Kind::LParen | Kind::LambdaParen | Kind::LBracket | Kind::LBrace | Kind::Head
        )
    }

    /// Whether it closes a bracket.
    pub(crate) fn closes(self) -> bool {
        matches!(self, Kind::RParen | Kind::RBracket | Kind::RBrace | Kind::Tail)
    }

    /// The kind that closes this opening one.
    pub(crate) fn closer(self) -> Kind {
        match self {
            Kind::LParen | Kind::LambdaParen => Kind::RParen,
            Kind::LBracket => Kind::RBracket,
            Kind::Head => Kind::Tail,
            _ => Kind::RBrace,
        }
    }

    /// Whether an operand may end with it.
    pub(crate) fn ends_operand(self) -> bool {
        self.is_name()
            || matches!(
                self,
                Kind::RParen
                    | Kind::RBracket
                    | Kind::RBrace
                    | Kind::Tail
                    | Kind::Str
                    | Kind::Int
                    | Kind::Float
                    | Kind::Duration
                    | Kind::True
                    | Kind::False
                    | Kind::Null
                    | Kind::At
                    | Kind::Error
                    | Kind::Question
            )
    }

    /// Whether an operand may begin with it.
    pub(crate) fn begins_operand(self) -> bool {
        self.is_name()
            || matches!(
                self,
                Kind::LParen
                    | Kind::LambdaParen
                    | Kind::LBracket
                    | Kind::LBrace
                    | Kind::Head
                    | Kind::Str
                    | Kind::Int
                    | Kind::Float
                    | Kind::Duration
                    | Kind::True
                    | Kind::False
                    | Kind::Null
                    | Kind::At
                    | Kind::Error
                    | Kind::If
                    | Kind::Match
                    | Kind::Not
                    | Kind::Spread
            )
    }

    /// Whether an item of a file begins with it, wherever it stands outside of brackets.
    pub(crate) fn begins_item(self) -> bool {
        matches!(
            self,
            Kind::Workflow | Kind::Fn | Kind::Type | Kind::Entity | Kind::Node | Kind::Use
        )
    }

    /// Whether a statement begins with this reserved word.
    pub(crate) fn begins_statement(self) -> bool {
        matches!(
            self,
            Kind::Step
                | Kind::Let
                | Kind::If
                | Kind::For
                | Kind::While
                | Kind::Match
                | Kind::Parallel
                | Kind::Branch
                | Kind::Try
                | Kind::Yield
                | Kind::Fail
                | Kind::Return
                | Kind::Break
                | Kind::Continue
        )
    }

    /// Whether something must follow it, so that a line end behind it means nothing.
    pub(crate) fn wants_more(self) -> bool {
        matches!(
            self,
            Kind::LParen
                | Kind::LambdaParen
                | Kind::LBracket
                | Kind::LBrace
                | Kind::Head
                | Kind::Middle
                | Kind::Comma
                | Kind::Colon
                | Kind::Assign
                | Kind::AddAssign
                | Kind::MaxAssign
                | Kind::MinAssign
                | Kind::OrAssign
                | Kind::AndAssign
                | Kind::Dot
                | Kind::SafeDot
                | Kind::Spread
                | Kind::FatArrow
                | Kind::Arrow
                | Kind::Plus
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
                | Kind::And
                | Kind::Or
                | Kind::Not
                | Kind::In
                | Kind::As
                | Kind::Let
                | Kind::Mut
                | Kind::Step
                | Kind::If
                | Kind::Match
                | Kind::For
                | Kind::While
                | Kind::Branch
                | Kind::Catch
                | Kind::Use
                | Kind::Type
                | Kind::Entity
                | Kind::Fn
                | Kind::Node
                | Kind::Workflow
                | Kind::With
                | Kind::Else
                | Kind::Newline
        )
    }

    /// Whether a line that begins with it goes on with the line before.
    pub(crate) fn goes_on(self) -> bool {
        matches!(
            self,
            Kind::RParen
                | Kind::RBracket
                | Kind::RBrace
                | Kind::Tail
                | Kind::Middle
                | Kind::Comma
                | Kind::Colon
                | Kind::Assign
                | Kind::AddAssign
                | Kind::MaxAssign
                | Kind::MinAssign
                | Kind::OrAssign
                | Kind::AndAssign
                | Kind::Dot
                | Kind::SafeDot
                | Kind::FatArrow
                | Kind::Arrow
                | Kind::Plus
                | Kind::Star
                | Kind::Slash
                | Kind::Percent
                | Kind::Eq
                | Kind::Ne
                | Kind::Le
                | Kind::Ge
                | Kind::Lt
                | Kind::Gt
                | Kind::Coalesce
                | Kind::Range
                | Kind::RangeIncl
                | Kind::Pipe
                | Kind::And
                | Kind::Or
                | Kind::In
                | Kind::As
                | Kind::With
                | Kind::Else
                | Kind::Catch
                | Kind::Finally
                | Kind::Question
        )
    }
}
