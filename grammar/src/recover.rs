//! Reading a file item by item; where an item can't be read, statement by statement, so that each
//! mistake is told and costs no more than its own statement.

mod patch;
mod split;
mod unread;
mod yaml;

use smol_str::SmolStr;
use wf_diagnostics::codes::syntax;
use wf_diagnostics::{Diagnostic, Diagnostics, Span};

use crate::ast::{
    Block, Branch, Expr, FieldDecl, Item, MatchCase, Pattern, PatternKind, Stmt, StmtKind, Trigger,
    TriggerKind,
};
use crate::explain;
use crate::grammar::{Chunk, Map, Rule};
use crate::parser::{Fill, Fills, Parser};
use crate::source::Source;
use crate::token::Kind;

/// Reads one file.
pub(crate) struct Reader<'a> {
    source: &'a Source<'a>,
    fills: Fills,
    in_function: bool,
    /// The names that parts declare which could not be read.
    pub(crate) unread: Vec<SmolStr>,
    /// Whether the part before is a line of YAML, which is told.
    in_yaml: bool,
    /// What was told so far.
    pub(crate) diagnostics: Diagnostics,
}

/// What stands in the braces of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Stmts,
    Cases,
    Branches,
}

impl<'a> Reader<'a> {
    /// A reader that adds to what the lexer told.
    pub(crate) fn new(source: &'a Source<'a>, diagnostics: Diagnostics) -> Self {
        Self {
            source,
            fills: Fills::new(),
            in_function: false,
            unread: Vec::new(),
            in_yaml: false,
            diagnostics,
        }
    }

    /// All items that can be read.
    pub(crate) fn items(&mut self) -> Vec<Item> {
        let parts = split::items(self.source);
        let begins = parts.iter().filter(|(start, _)| split::begins_item(self.source, *start));
        let mut items = Vec::with_capacity(begins.count());
        for (start, end) in parts {
            if split::begins_item(self.source, start) {
                self.in_yaml = false;
                items.extend(self.item(start, end));
            } else if self.is_yaml(start, end, true) {
                unread::collect(self.source, start, end, &mut self.unread);
            } else {
                unread::collect(self.source, start, end, &mut self.unread);
                let diagnostic = explain::no_item(self.source, start, end);
                self.diagnostics.extend(diagnostic);
            }
        }
        items
    }

    /// The whole text as one expression.
    pub(crate) fn expression(&mut self) -> Option<Expr> {
        if self.source.tokens.is_empty() {
            let span = Span::new(self.source.file, 0, 0);
            let message = "expected an expression, found nothing";
            self.diagnostics.push(Diagnostic::new(&syntax::EXPECTED, span, message));
            return None;
        }
        let chunk = Chunk::range(self.source, 0, self.source.tokens.len());
        self.read(&chunk, |p| p.expr()).or_else(|| {
            self.report(&chunk, Rule::expr_chunk);
            None
        })
    }

    /// Reads a chunk; tells nothing if it can't be read.
    fn read<T>(
        &mut self,
        chunk: &Chunk<'_>,
        mut read: impl FnMut(&mut Parser<'_>) -> T,
    ) -> Option<T> {
        if let Map::List(_) = chunk.map {
            // Of what was read apart nothing may be taken for a chunk that can't be read.
            let (mut none, mut untold) = (Fills::new(), Diagnostics::new());
            let trial = Parser::new(self.source, chunk, &mut none, &mut untold, self.in_function);
            trial.whole(&mut read)?;
        }
        let (fills, told) = (&mut self.fills, &mut self.diagnostics);
        Parser::new(self.source, chunk, fills, told, self.in_function).whole(read)
    }

    /// Tells why a chunk can't be read by a rule.
    fn report(&mut self, chunk: &Chunk<'_>, rule: Rule) {
        self.diagnostics.extend(explain::explain(self.source, chunk, rule));
        if let Some(last) = chunk.codes.len().checked_sub(1) {
            let (start, end) = (chunk.map.token(0), chunk.map.token(last) + 1);
            unread::collect(self.source, start, end, &mut self.unread);
        }
    }

    /// Whether a part is a line of YAML, which is told for the first of several.
    fn is_yaml(&mut self, start: usize, end: usize, item: bool) -> bool {
        let before = std::mem::replace(&mut self.in_yaml, false);
        if !yaml::is_line(self.source, start, end, before) {
            return false;
        }
        self.in_yaml = true;
        let told = (start..end).any(|at| self.source.token(at).told);
        if !before && !told {
            self.diagnostics.push(yaml::told(self.source, start, item));
        }
        true
    }

    fn item(&mut self, start: usize, end: usize) -> Option<Item> {
        let chunk = Chunk::range(self.source, start, end);
        if let Some(item) = self.read(&chunk, |p| p.item()) {
            return item;
        }
        let told = self.diagnostics.len();
        let item = self.broken_item(start, end);
        if self.diagnostics.len() == told {
            // The parts are fine, but not together.
            self.report(&chunk, Rule::item_chunk);
        }
        item
    }

    fn broken_item(&mut self, start: usize, end: usize) -> Option<Item> {
        let kind = self.source.kind(start);
        let open = split::body(self.source, start, end)?;
        let close = self.source.closing(open, end);
        let fill = match kind {
            Kind::Workflow | Kind::Fn => {
                self.in_function = kind == Kind::Fn;
                let fill = self.stmts(open + 1, close, kind == Kind::Workflow);
                self.in_function = false;
                fill
            }
            Kind::Entity | Kind::Config => {
                Fill { fields: self.fields(open + 1, close), ..Fill::default() }
            }
            _ => return None,
        };
        self.fills.insert(open, fill);
        let skeleton = split::without(self.source, start, end, &[(open, close)]);
        if let Some(item) = self.read(&skeleton, |p| p.item()) {
            return item;
        }
        self.report(&skeleton, Rule::item_chunk);
        self.unread.push("trigger".into());
        let header = patch::item_header(self.source, start, open, close)?;
        self.read(&header, |p| p.item()).flatten()
    }

    /// The statements of a block, each read by itself; with the trigger of a workflow.
    fn stmts(&mut self, start: usize, end: usize, workflow: bool) -> Fill {
        let mut fill = Fill::default();
        for (start, end) in split::stmts(self.source, start, end) {
            if workflow && split::begins_trigger(self.source, start) {
                self.trigger(start, end, &mut fill.triggers);
            } else {
                let stmt = self.stmt(start, end);
                fill.stmts.push(stmt);
            }
        }
        fill
    }

    fn trigger(&mut self, start: usize, end: usize, triggers: &mut Vec<Trigger>) {
        let chunk = Chunk::range(self.source, start, end);
        let before = triggers.len();
        if self.read(&chunk, |p| p.trigger_clause(triggers)).is_none() {
            triggers.truncate(before);
            self.report(&chunk, Rule::trigger_chunk);
            let span = self.source.span(start).to(self.source.span(end.saturating_sub(1)));
            triggers.push(Trigger { kind: TriggerKind::Error, alias: None, span });
        }
    }

    fn stmt(&mut self, start: usize, end: usize) -> Stmt {
        let span = self.source.span(start).to(self.source.span(end.saturating_sub(1)));
        if self.is_yaml(start, end, false) {
            unread::collect(self.source, start, end, &mut self.unread);
            return Stmt { kind: StmtKind::Error, span };
        }
        let inside = match self.source.kind(start) {
            Kind::Match => Inside::Cases,
            Kind::Parallel => Inside::Branches,
            _ => Inside::Stmts,
        };
        if let Some(stmt) = self.part(start, end, Rule::stmt_chunk, inside, |p| p.stmt()) {
            return stmt;
        }
        for chunk in patch::stmt(self.source, start, end) {
            let told = self.diagnostics.len();
            if let Some(stmt) = self.read(&chunk, |p| p.stmt()) {
                // What stood in the place of the hole is no longer missing.
                let patched = self.diagnostics.split_off(told);
                let real = patched.into_iter().filter(|d| d.code != &syntax::MISSING_NAME);
                self.diagnostics.extend(real);
                return stmt;
            }
        }
        Stmt { kind: StmtKind::Error, span }
    }

    /// Reads a part whole; if that fails, its blocks apart and then the rest of it. `None`, and
    /// told, if the rest can't be read either.
    fn part<T>(
        &mut self,
        start: usize,
        end: usize,
        rule: Rule,
        inside: Inside,
        read: fn(&mut Parser<'_>) -> T,
    ) -> Option<T> {
        let whole = Chunk::range(self.source, start, end);
        if let Some(value) = self.read(&whole, read) {
            return Some(value);
        }
        let told = self.diagnostics.len();
        let blocks = split::blocks(self.source, start, end);
        for (open, close) in &blocks {
            let fill = match inside {
                Inside::Stmts => self.stmts(open + 1, *close, false),
                Inside::Cases => Fill { cases: self.cases(open + 1, *close), ..Fill::default() },
                Inside::Branches => {
                    Fill { branches: self.branches(open + 1, *close), ..Fill::default() }
                }
            };
            self.fills.insert(*open, fill);
        }
        let skeleton = split::without(self.source, start, end, &blocks);
        let value = self.read(&skeleton, read);
        if value.is_none() {
            self.report(&skeleton, rule);
        } else if self.diagnostics.len() == told {
            self.report(&whole, rule);
        }
        value
    }

    fn cases(&mut self, start: usize, end: usize) -> Vec<MatchCase> {
        let mut cases = Vec::new();
        for (start, end) in split::cases(self.source, start, end) {
            let case = self.part(start, end, Rule::case_chunk, Inside::Stmts, |p| p.case());
            // What could not be read may be the arm for everything else.
            let span = self.source.span(start);
            cases.push(case.unwrap_or_else(|| MatchCase {
                pattern: Pattern { kind: PatternKind::Any, span },
                body: Block { stmts: vec![Stmt { kind: StmtKind::Error, span }], span },
            }));
        }
        cases
    }

    fn branches(&mut self, start: usize, end: usize) -> Vec<Branch> {
        let mut branches = Vec::new();
        for (start, end) in split::branches(self.source, start, end) {
            let branch = self.part(start, end, Rule::branch_chunk, Inside::Stmts, |p| p.branch());
            branches.extend(branch);
        }
        branches
    }

    fn fields(&mut self, start: usize, end: usize) -> Vec<FieldDecl> {
        let mut fields = Vec::new();
        for (start, end) in split::entries(self.source, start, end) {
            let chunk = Chunk::range(self.source, start, end);
            match self.read(&chunk, |p| p.field()) {
                Some(field) => fields.push(field),
                None => self.report(&chunk, Rule::field_chunk),
            }
        }
        fields
    }
}

/// A chunk of these tokens; a hole for each token that is marked.
fn chunk_of(source: &Source<'_>, tokens: &[(usize, bool)]) -> Chunk<'static> {
    let codes = tokens
        .iter()
        .map(|(at, hole)| if *hole { '#' } else { char::from(source.kind(*at).code()) })
        .collect();
    Chunk { codes, map: Map::List(tokens.iter().map(|(at, _)| *at).collect()) }
}
