//! `try`, `catch` and `finally`, and the ways out through them.
//!
//! The statements of a `finally` are written once. A register says why they run: because the body
//! has ended, because it failed, or because a `return`, `break` or `continue` leaves it; behind
//! them code goes on accordingly.

use wf_bytecode::{Op, Reg, S, V};

use super::function::{FunctionEmitter, PendingHandler};
use super::step::Named;
use super::uses::Place;
use super::writer::Label;
use crate::typed::{Block, Try};

/// What is around a place, as far as ways out are concerned.
pub(super) enum Scope {
    /// A loop, or the iteration of a parallel one or a branch, which have no `break`.
    Loop { break_to: Option<Label>, continue_to: Label, broken: bool },
    /// The body of a `try` with `finally`, or its `catch`.
    Finally {
        /// Where the statements of `finally` begin.
        entry: Label,
        /// Why they run: [`ENDED`], [`FAILED`], or the place of one of the exits behind them.
        why: S,
        exits: Vec<Exit>,
        loop_depth: u16,
    },
    /// The arms of a condition with a name, which ends where they are left.
    Named(Named),
}

/// A way out of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    Break,
    Continue,
}

const ENDED: i32 = 0;
const FAILED: i32 = 1;
const FIRST_EXIT: i32 = 2;

impl<'a> FunctionEmitter<'_, 'a> {
    pub(super) fn try_stmt(&mut self, stmt: &'a Try) {
        match &stmt.finally {
            None => self.try_catch(stmt),
            Some(finally) => self.try_finally(stmt, finally),
        }
    }

    fn try_catch(&mut self, stmt: &'a Try) {
        let Some((err, catch)) = &stmt.catch else { return self.block(&stmt.body) };
        let (caught, done) = (self.w.label(), self.w.label());
        let start = self.w.here();
        self.block(&stmt.body);
        let end = self.w.here();
        if self.w.is_reachable() {
            self.w.goto(done);
        }
        self.w.bind(caught);
        self.scoped(|f| {
            let failure = f.regs.value();
            f.place(Place::Local(*err), Reg::Value(failure));
            f.handler(start, end, caught, failure, false);
            f.block(catch);
        });
        self.w.bind(done);
    }

    fn try_finally(&mut self, stmt: &'a Try, finally: &'a Block) {
        let (why, failure) = (self.regs.scalar(), self.regs.value());
        let (entry, caught) = (self.w.label(), self.w.label());
        let loop_depth = self.loop_depth;
        self.scopes.push(Scope::Finally { entry, why, exits: Vec::new(), loop_depth });
        let start = self.w.here();
        self.try_catch(stmt);
        let end = self.w.here();
        self.handler(start, end, caught, failure, true);
        let exits = match self.scopes.pop() {
            Some(Scope::Finally { exits, .. }) => exits,
            _ => Vec::new(),
        };
        if self.w.is_reachable() {
            self.op(Op::ConstInt { dst: why, value: ENDED });
            self.w.goto(entry);
        }
        self.w.bind(caught);
        self.op(Op::ConstInt { dst: why, value: FAILED });
        self.w.bind(entry);
        self.block(finally);
        self.leave_finally(why, failure, &exits);
    }

    /// Behind `finally`: what was pending goes on. A failure of the statements themselves takes
    /// its own way: the machine knows which failure is pending, and that one wins.
    fn leave_finally(&mut self, why: S, failure: V, exits: &[Exit]) {
        if !self.w.is_reachable() {
            return;
        }
        let ended = self.w.label();
        self.skip_unless(why, FAILED, ended);
        self.op(Op::Fail { src: failure });
        self.w.bind(ended);
        for (i, exit) in exits.iter().enumerate() {
            let next = self.w.label();
            self.skip_unless(why, FIRST_EXIT + i as i32, next);
            self.exit(*exit);
            self.w.bind(next);
        }
    }

    /// Goes on at `target` unless this is the reason.
    fn skip_unless(&mut self, why: S, value: i32, target: Label) {
        self.scoped(|f| {
            let dst = f.regs.scalar();
            f.op(Op::ConstInt { dst, value });
            f.op(Op::EqInt { dst, a: why, b: dst });
            f.jump_bool(dst, false, target);
        });
    }

    fn handler(&mut self, start: u32, end: u32, target: Label, failure: V, finally: bool) {
        let loop_depth = self.loop_depth;
        self.handlers.push(PendingHandler { start, end, target, failure, loop_depth, finally });
    }

    /// Whether a `return` here runs a `finally` first.
    pub(super) fn is_in_finally_body(&self) -> bool {
        self.scopes.iter().any(|scope| matches!(scope, Scope::Finally { .. }))
    }

    /// Leaves by a way out: to the nearest `finally` that lies on it, or to its end.
    pub(super) fn exit(&mut self, exit: Exit) {
        for place in (0..self.scopes.len()).rev() {
            if let Scope::Named(named) = &self.scopes[place] {
                let named = named.clone();
                self.leave_named(&named);
                continue;
            }
            match &mut self.scopes[place] {
                Scope::Named(_) => {}
                Scope::Loop { break_to, continue_to, broken } => {
                    let target = match exit {
                        Exit::Return => continue,
                        Exit::Continue => Some(*continue_to),
                        Exit::Break => *break_to,
                    };
                    *broken |= exit == Exit::Break;
                    return match target {
                        Some(target) => self.w.goto(target),
                        None => self.e.broken(self.w.span, "`break` leaves parallel code"),
                    };
                }
                Scope::Finally { entry, why, exits, loop_depth } => {
                    let known = exits.iter().position(|e| *e == exit);
                    let place = known.unwrap_or_else(|| {
                        exits.push(exit);
                        exits.len() - 1
                    });
                    let (entry, dst, depth) = (*entry, *why, *loop_depth);
                    if self.loop_depth > depth {
                        self.w.op(Op::LoopEnd { depth });
                    }
                    self.w.op(Op::ConstInt { dst, value: FIRST_EXIT + place as i32 });
                    return self.w.goto(entry);
                }
            }
        }
        match self.returned {
            Some(reg) if exit == Exit::Return => self.op_return(reg),
            _ => self.e.broken(self.w.span, "a way out leads nowhere"),
        }
    }
}
