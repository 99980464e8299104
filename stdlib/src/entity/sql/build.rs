//! Questions as SQL. Values are bound, never written into the text.

use wf_vm::bytecode::pushdown::{Arithmetic, Comparison, Kind, Literal, Operand, Predicate};

use super::{Dialect, quoted, row_columns};
use crate::entity::cell::Cell;
use crate::entity::eval::undecided;
use crate::entity::store::{Question, StoreError};
use crate::entity::view::View;

/// SQL with the values of its places.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The text.
    pub text: String,
    /// The values, in the order of the places.
    pub values: Vec<Cell>,
}

/// Stands before the number of a value while a text is made; no name has it.
const MARK: char = '\u{1}';

/// How many values a statement takes; databases take 32,766 and 65,535.
const MAX_VALUES: usize = 30_000;

/// The place of the value of this number, from 1.
pub(super) fn placeholder(dialect: Dialect, number: usize, kind: Option<Kind>) -> String {
    let Dialect::Postgres = dialect else { return format!("?{number}") };
    match kind {
        Some(Kind::Decimal) => format!("${number}::text::numeric"),
        None => format!("${number}::text::json"),
        Some(kind) => format!("${number}::{}", type_name(dialect, Some(kind))),
    }
}

/// The SQL type of a column.
pub(super) fn type_name(dialect: Dialect, kind: Option<Kind>) -> &'static str {
    match (dialect, kind) {
        (Dialect::Sqlite, Some(Kind::Bool | Kind::Int | Kind::Instant | Kind::Duration)) => {
            "INTEGER"
        }
        (Dialect::Sqlite, Some(Kind::Float)) => "REAL",
        (Dialect::Sqlite, Some(Kind::Decimal)) => "TEXT COLLATE wf_decimal",
        (Dialect::Sqlite, _) => "TEXT",
        (Dialect::Postgres, Some(Kind::Bool)) => "boolean",
        (Dialect::Postgres, Some(Kind::Int | Kind::Duration)) => "bigint",
        (Dialect::Postgres, Some(Kind::Float)) => "double precision",
        (Dialect::Postgres, Some(Kind::Decimal)) => "numeric",
        (Dialect::Postgres, Some(Kind::String)) => "text",
        (Dialect::Postgres, Some(Kind::Instant)) => "timestamptz",
        (Dialect::Postgres, Some(Kind::Uuid)) => "uuid",
        (Dialect::Postgres, None) => "json",
    }
}

impl Statement {
    /// The page of rows that is asked for.
    ///
    /// # Errors
    /// [`StoreError::Undecided`] where the question can't be told in SQL.
    pub fn of(view: &View, question: &Question<'_>, dialect: Dialect) -> Result<Self, StoreError> {
        let selection = view.selection.get_or_init(|| {
            format!("SELECT {} FROM {}", row_columns(view, dialect).0, quoted(&view.table.table))
        });
        let mut builder = Builder { view, dialect, captures: &[], values: Vec::new() };
        let mut text = selection.clone();
        builder.push_test(question, &mut text)?;
        let down = if question.descending { " DESC" } else { "" };
        match &question.key {
            None => text.push_str(&format!(" ORDER BY \"createdAt\"{down}, id{down}")),
            Some(key) => {
                builder.captures = &key.captures;
                let term = builder.operand(key.what)?;
                if question.limit == Some(0) && operand_may_fail(key.what) {
                    return Err(undecided("no row would be looked at"));
                }
                if term.null != Null::Never {
                    return Err(undecided("a key may be null"));
                }
                if term.is_same && operand_may_fail(key.what) {
                    return Err(undecided("a key may fail"));
                }
                // In PostgreSQL a name alone is the column of the result, where decimals are texts.
                let is_column = matches!(key.what, Operand::Field { path, .. } if path.len() == 1)
                    && term.sql.starts_with('"');
                let table = match dialect {
                    Dialect::Postgres if is_column => format!("{}.", quoted(&view.table.table)),
                    _ => String::new(),
                };
                // A place alone would be the number of a column; what is the same for all orders none.
                let order = match term.is_same {
                    true => String::new(),
                    false => format!("{table}{}{down}, ", term.sql),
                };
                text.push_str(&format!(" ORDER BY {order}\"createdAt\", id"));
            }
        }
        let whole = |number: u64| Cell::Int(i64::try_from(number).unwrap_or(i64::MAX));
        if question.limit.is_some() || question.offset > 0 {
            let limit = question.limit.map_or(i64::MAX as u64, |limit| limit);
            let limit = builder.place(whole(limit), Kind::Int);
            text.push_str(&format!(" LIMIT {limit}"));
            if question.offset > 0 {
                let offset = builder.place(whole(question.offset), Kind::Int);
                text.push_str(&format!(" OFFSET {offset}"));
            }
        }
        builder.finish(text)
    }

    /// The number of rows that pass the test.
    pub fn count(
        view: &View,
        question: &Question<'_>,
        dialect: Dialect,
    ) -> Result<Self, StoreError> {
        let mut builder = Builder { view, dialect, captures: &[], values: Vec::new() };
        let mut text = format!("SELECT count(*) FROM {}", quoted(&view.table.table));
        builder.push_test(question, &mut text)?;
        builder.finish(text)
    }

    /// The text for people: each place is a `?`.
    pub fn shown(&self) -> String {
        let mut shown = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find(['?', '$', '"', '\'']) {
            let (before, found) = rest.split_at(at);
            shown.push_str(before);
            let mark = found.get(..1).unwrap_or_default();
            if mark == "\"" || mark == "'" {
                let end = found.get(1..).and_then(|text| text.find(mark)).map_or(0, |end| end + 1);
                let (name, behind) = found.split_at((end + 1).min(found.len()));
                shown.push_str(name);
                rest = behind;
                continue;
            }
            shown.push('?');
            rest =
                found.get(1..).unwrap_or_default().trim_start_matches(|c: char| c.is_ascii_digit());
        }
        shown.push_str(rest);
        shown
    }
}

/// Whether a term may be null.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    Never,
    Maybe,
    Always,
}

/// An operand in SQL.
struct Term {
    sql: String,
    null: Null,
    /// Whether it is the same for all rows.
    is_same: bool,
}

struct Builder<'a> {
    view: &'a View,
    dialect: Dialect,
    captures: &'a [Literal],
    values: Vec<(Cell, Kind)>,
}

impl<'a> Builder<'a> {
    /// Puts numbers to the places that are in the text; values that are not in it are left out.
    fn finish(self, text: String) -> Result<Statement, StoreError> {
        let mut numbers = vec![0; self.values.len()];
        let mut values = Vec::with_capacity(self.values.len());
        let mut parts = text.split(MARK);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let (place, rest) = part.split_at(digits);
            let place: usize = place.parse().unwrap_or(usize::MAX);
            if let (Some(number), Some((cell, kind))) =
                (numbers.get_mut(place), self.values.get(place))
            {
                if *number == 0 {
                    values.push(cell.clone());
                    *number = values.len();
                }
                text.push_str(&placeholder(self.dialect, *number, Some(*kind)));
            }
            text.push_str(rest);
        }
        if values.len() > MAX_VALUES {
            return Err(undecided("there are too many values"));
        }
        let has_nul = |cell: &Cell| matches!(cell, Cell::String(text) if text.contains('\0'));
        if self.dialect == Dialect::Postgres && values.iter().any(has_nul) {
            return Err(undecided("PostgreSQL knows no text with NUL"));
        }
        Ok(Statement { text, values })
    }

    fn place(&mut self, cell: Cell, kind: Kind) -> String {
        self.values.push((cell, kind));
        format!("{MARK}{}", self.values.len() - 1)
    }

    fn push_test(
        &mut self,
        question: &'a Question<'_>,
        text: &mut String,
    ) -> Result<(), StoreError> {
        if let Some(test) = &question.test {
            self.captures = &test.captures;
            let sql = self.predicate(test.what, true)?;
            text.push_str(" WHERE ");
            text.push_str(&sql);
        }
        Ok(())
    }

    fn constant(&self, value: bool) -> String {
        match (self.dialect, value) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (Dialect::Postgres, true) => "TRUE",
            (Dialect::Postgres, false) => "FALSE",
        }
        .to_owned()
    }

    /// A test. Where it is `plain`, null counts as false; elsewhere it is never null where its value
    /// matters.
    fn predicate(&mut self, predicate: &Predicate, plain: bool) -> Result<String, StoreError> {
        Ok(match predicate {
            Predicate::Const(value) => self.constant(*value),
            Predicate::Is(operand) => self.operand(operand)?.sql,
            Predicate::And(parts) | Predicate::Or(parts) if parts.iter().any(may_fail) => {
                self.in_order(parts, matches!(predicate, Predicate::And(_)))?
            }
            Predicate::And(parts) => self.joined(parts, " AND ", true, plain)?,
            Predicate::Or(parts) => self.joined(parts, " OR ", false, plain)?,
            Predicate::Not(inner) => format!("(NOT {})", self.predicate(inner, false)?),
            Predicate::Compare { op, left, right } => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                self.compared(*op, &left, &right, plain)
            }
            Predicate::In { needle, among } => self.is_in(needle, among, plain)?,
            Predicate::InCapture { .. } => return Err(undecided("a list is not written out")),
            Predicate::Contains { text, part } => {
                let (text, part) = (self.operand(text)?.sql, self.operand(part)?.sql);
                match self.dialect {
                    Dialect::Sqlite => format!("(instr({text}, {part}) > 0)"),
                    Dialect::Postgres => format!("(strpos({text}, {part}) > 0)"),
                }
            }
            Predicate::StartsWith { text, part } => {
                let (text, part) = (self.operand(text)?.sql, self.operand(part)?.sql);
                match self.dialect {
                    // What begins with a text is not less: an index finds where to begin.
                    Dialect::Sqlite => format!("({text} >= {part} AND instr({text}, {part}) = 1)"),
                    Dialect::Postgres => {
                        format!("({text} >= {part} AND starts_with({text}, {part}))")
                    }
                }
            }
            Predicate::EndsWith { text, part } => {
                let (text, part) = (self.operand(text)?.sql, self.operand(part)?.sql);
                match self.dialect {
                    Dialect::Sqlite => format!("wf_ends({text}, {part})"),
                    Dialect::Postgres => {
                        format!("(right({text}, length({part})) = {part})")
                    }
                }
            }
            Predicate::IsNull(operand) => {
                let term = self.operand(operand)?;
                match term.null {
                    Null::Never => self.constant(false),
                    Null::Always => self.constant(true),
                    Null::Maybe => format!("({} IS NULL)", term.sql),
                }
            }
        })
    }

    /// Parts of which one may fail: each is looked at only where the ones before it have not settled
    /// the answer, and then surely, as in the language. Databases may change the order of `AND`.
    fn in_order(&mut self, parts: &[Predicate], all: bool) -> Result<String, StoreError> {
        let (yes, no) = (self.constant(true), self.constant(false));
        // What can't fail before the first that can is said once more, so that indexes are used.
        let safe = parts.iter().position(may_fail).unwrap_or(0);
        let mut sql = match parts.get(..safe) {
            Some(parts) if all && safe > 0 => {
                format!("({} AND ", self.joined(parts, " AND ", true, true)?)
            }
            _ => "(".to_owned(),
        };
        sql.push_str("CASE");
        for part in parts {
            let part = self.predicate(part, false)?;
            match all {
                true => sql.push_str(&format!(" WHEN NOT {part} THEN {no}")),
                false => sql.push_str(&format!(" WHEN {part} THEN {yes}")),
            }
        }
        sql.push_str(&format!(" ELSE {} END)", if all { yes } else { no }));
        Ok(sql)
    }

    /// Parts in a tree that is not deep.
    fn joined(
        &mut self,
        parts: &[Predicate],
        word: &str,
        empty: bool,
        plain: bool,
    ) -> Result<String, StoreError> {
        match parts {
            [] => Ok(self.constant(empty)),
            [one] => self.predicate(one, plain),
            parts => {
                let (left, right) = parts.split_at(parts.len() / 2);
                let left = self.joined(left, word, empty, plain)?;
                let right = self.joined(right, word, empty, plain)?;
                Ok(format!("({left}{word}{right})"))
            }
        }
    }

    fn compared(&self, op: Comparison, left: &Term, right: &Term, plain: bool) -> String {
        let (a, b) = (&left.sql, &right.sql);
        let sign = match op {
            Comparison::Eq => "=",
            Comparison::Ne => "<>",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        };
        if !matches!(op, Comparison::Eq | Comparison::Ne) {
            let never = left.null == Null::Always || right.null == Null::Always;
            return if never { self.constant(false) } else { format!("({a} {sign} {b})") };
        }
        let equal = op == Comparison::Eq;
        match (left.null, right.null) {
            (Null::Always, Null::Always) => self.constant(equal),
            (Null::Always, Null::Never) | (Null::Never, Null::Always) => self.constant(!equal),
            (Null::Always, Null::Maybe) => format!("({b} IS {}NULL)", not(!equal)),
            (Null::Maybe, Null::Always) => format!("({a} IS {}NULL)", not(!equal)),
            (Null::Never, Null::Never) => format!("({a} {sign} {b})"),
            (Null::Maybe, Null::Maybe) => match self.dialect {
                Dialect::Sqlite => format!("({a} IS {}{b})", not(!equal)),
                Dialect::Postgres => format!("({a} IS {}DISTINCT FROM {b})", not(equal)),
            },
            (Null::Maybe, Null::Never) | (Null::Never, Null::Maybe) => {
                let maybe = if left.null == Null::Maybe { a } else { b };
                match (equal, plain) {
                    (true, true) => format!("({a} = {b})"),
                    (true, false) => format!("({maybe} IS NOT NULL AND {a} = {b})"),
                    (false, _) => format!("({maybe} IS NULL OR {a} <> {b})"),
                }
            }
        }
    }

    fn is_in(
        &mut self,
        needle: &Operand,
        among: &[Operand],
        plain: bool,
    ) -> Result<String, StoreError> {
        if operand_may_fail(needle) || among.iter().any(operand_may_fail) {
            let equal = |item: &Operand| Predicate::Compare {
                op: Comparison::Eq,
                left: needle.clone(),
                right: item.clone(),
            };
            let parts: Vec<Predicate> = among.iter().map(equal).collect();
            return self.in_order(&parts, false);
        }
        let needle = self.operand(needle)?;
        let mut items = Vec::with_capacity(among.len());
        let mut others = Vec::new();
        for item in among {
            let item = self.operand(item)?;
            match item.null {
                Null::Never if needle.null != Null::Always => items.push(item.sql),
                _ => others.push(self.compared(Comparison::Eq, &needle, &item, plain)),
            }
        }
        if !items.is_empty() {
            let list = format!("{} IN ({})", needle.sql, items.join(", "));
            others.push(match needle.null == Null::Maybe && !plain {
                true => format!("({} IS NOT NULL AND {list})", needle.sql),
                false => format!("({list})"),
            });
        }
        Ok(tree(&others, " OR ").unwrap_or_else(|| self.constant(false)))
    }

    fn operand(&mut self, operand: &Operand) -> Result<Term, StoreError> {
        match operand {
            Operand::Field { path, kind, .. } => {
                let names: Vec<&str> = path.iter().map(smol_str::SmolStr::as_str).collect();
                self.field(&names, *kind)
            }
            Operand::Capture { index, kind, .. } => {
                let literal = self.captures.get(usize::from(*index));
                let literal = literal.ok_or_else(|| undecided("no such capture"))?;
                Ok(self.literal(literal, *kind))
            }
            Operand::Const(literal) => {
                let kind = kind_of(literal).unwrap_or(Kind::String);
                Ok(self.literal(literal, kind))
            }
            Operand::Arithmetic { op, left, right, kind } => {
                self.arithmetic(*op, left, right, *kind)
            }
        }
    }

    fn literal(&mut self, literal: &Literal, kind: Kind) -> Term {
        if matches!(literal, Literal::Null) {
            return Term { sql: "NULL".to_owned(), null: Null::Always, is_same: true };
        }
        let kind = kind_of(literal).unwrap_or(kind);
        let mut sql = self.place(literal.into(), kind);
        match (self.dialect, kind) {
            (Dialect::Sqlite, Kind::Decimal) => sql.push_str(" COLLATE wf_decimal"),
            (Dialect::Postgres, Kind::String) => sql = format!("({sql} COLLATE \"C\")"),
            _ => {}
        }
        Term { sql, null: Null::Never, is_same: true }
    }

    fn field(&mut self, path: &[&str], kind: Kind) -> Result<Term, StoreError> {
        let own = |sql: &str| {
            let sql = sql.to_owned();
            Ok(Term { sql, null: Null::Never, is_same: false })
        };
        let inner = match path {
            ["id"] => return own("id"),
            ["createdAt"] => return own("\"createdAt\""),
            ["updatedAt"] => return own("\"updatedAt\""),
            [_, inner @ ..] => inner,
            [] => return Err(undecided("no attribute is named")),
        };
        let name = path.first().copied().unwrap_or_default();
        let view = self.view;
        let (_, column) = view.find(name).ok_or_else(|| undecided("no such attribute"))?;
        let sql = quoted(&column.column);
        let null = if column.optional { Null::Maybe } else { Null::Never };
        match column.kind {
            Some(stored) if inner.is_empty() && stored == kind => {
                Ok(Term { sql, null, is_same: false })
            }
            Some(_) => Err(undecided("an attribute is of another kind")),
            None => {
                let sql = self.inside(&sql, inner, kind)?;
                Ok(Term { sql, null: Null::Maybe, is_same: false })
            }
        }
    }

    /// A field inside of a column of JSON.
    fn inside(&mut self, column: &str, path: &[&str], kind: Kind) -> Result<String, StoreError> {
        match self.dialect {
            Dialect::Sqlite => {
                let mut names = String::new();
                for name in path {
                    if name.contains(['\'', '\0', MARK]) {
                        return Err(undecided("a name can't be written"));
                    }
                    names.push_str(&format!(", '{name}'"));
                }
                let collate = if kind == Kind::Decimal { " COLLATE wf_decimal" } else { "" };
                Ok(format!("wf_field({column}, '{}'{names}){collate}", code(kind)))
            }
            Dialect::Postgres => {
                if path.iter().any(|name| !name.chars().all(|c| c.is_alphanumeric() || c == '_')) {
                    return Err(undecided("a name can't be written"));
                }
                let text = format!("({column} #>> '{{{}}}')", path.join(","));
                match kind {
                    // Its text is one of ours.
                    Kind::Duration => Err(undecided("durations inside of JSON are texts")),
                    Kind::String => Ok(format!("({text} COLLATE \"C\")")),
                    kind => Ok(format!("({text}::{})", type_name(self.dialect, Some(kind)))),
                }
            }
        }
    }

    fn arithmetic(
        &mut self,
        op: Arithmetic,
        left: &Operand,
        right: &Operand,
        kind: Kind,
    ) -> Result<Term, StoreError> {
        let kinds = (kind_of_operand(left, kind), kind_of_operand(right, kind));
        let (a, b) = (self.operand(left)?, self.operand(right)?);
        let null = match (a.null, b.null) {
            (Null::Always, _) | (_, Null::Always) => Null::Always,
            (Null::Never, Null::Never) => Null::Never,
            _ => Null::Maybe,
        };
        let is_same = a.is_same && b.is_same;
        let sign = match op {
            Arithmetic::Add => '+',
            Arithmetic::Sub => '-',
            Arithmetic::Mul => '*',
        };
        let sql = match self.dialect {
            Dialect::Sqlite => {
                let collate = if kind == Kind::Decimal { " COLLATE wf_decimal" } else { "" };
                let codes = format!("{sign}{}{}", code(kinds.0), code(kinds.1));
                format!("wf_math('{codes}', {}, {}){collate}", a.sql, b.sql)
            }
            // Out of range is an error there, as it is here.
            Dialect::Postgres
                if matches!(kinds, (Kind::Int, Kind::Int) | (Kind::Float, Kind::Float)) =>
            {
                format!("({} {sign} {})", a.sql, b.sql)
            }
            Dialect::Postgres
                if matches!(
                    kinds,
                    (Kind::Duration, Kind::Duration | Kind::Int) | (Kind::Int, Kind::Duration)
                ) =>
            {
                format!("({} {sign} {})", a.sql, b.sql)
            }
            Dialect::Postgres => return Err(undecided("PostgreSQL calculates otherwise")),
        };
        Ok(Term { sql, null, is_same })
    }
}

/// Whether a test may fail for some row, as arithmetic may.
pub(super) fn may_fail(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Const(_) | Predicate::InCapture { .. } => false,
        Predicate::Is(operand) | Predicate::IsNull(operand) => operand_may_fail(operand),
        Predicate::And(parts) | Predicate::Or(parts) => parts.iter().any(may_fail),
        Predicate::Not(inner) => may_fail(inner),
        Predicate::Compare { left, right, .. } => operand_may_fail(left) || operand_may_fail(right),
        Predicate::In { needle, among } => {
            operand_may_fail(needle) || among.iter().any(operand_may_fail)
        }
        Predicate::Contains { text, part }
        | Predicate::StartsWith { text, part }
        | Predicate::EndsWith { text, part } => operand_may_fail(text) || operand_may_fail(part),
    }
}

fn operand_may_fail(operand: &Operand) -> bool {
    matches!(operand, Operand::Arithmetic { .. })
}

fn not(not: bool) -> &'static str {
    if not { "NOT " } else { "" }
}

/// Parts joined in a tree that is not deep.
fn tree(parts: &[String], word: &str) -> Option<String> {
    match parts {
        [] => None,
        [one] => Some(one.clone()),
        parts => {
            let (left, right) = parts.split_at(parts.len() / 2);
            Some(format!("({}{word}{})", tree(left, word)?, tree(right, word)?))
        }
    }
}

fn kind_of(literal: &Literal) -> Option<Kind> {
    Some(match literal {
        Literal::Null => return None,
        Literal::Bool(_) => Kind::Bool,
        Literal::Int(_) => Kind::Int,
        Literal::Float(_) => Kind::Float,
        Literal::Decimal(_) => Kind::Decimal,
        Literal::String(_) => Kind::String,
        Literal::Instant(_) => Kind::Instant,
        Literal::Duration(_) => Kind::Duration,
        Literal::Uuid(_) => Kind::Uuid,
    })
}

fn kind_of_operand(operand: &Operand, otherwise: Kind) -> Kind {
    match operand {
        Operand::Field { kind, .. }
        | Operand::Capture { kind, .. }
        | Operand::Arithmetic { kind, .. } => *kind,
        Operand::Const(literal) => kind_of(literal).unwrap_or(otherwise),
    }
}

/// A kind as one letter, for the functions that SQLite is given.
pub(in crate::entity) fn code(kind: Kind) -> char {
    match kind {
        Kind::Bool => 'b',
        Kind::Int => 'i',
        Kind::Float => 'f',
        Kind::Decimal => 'd',
        Kind::String => 's',
        Kind::Instant => 't',
        Kind::Duration => 'u',
        Kind::Uuid => 'x',
    }
}
