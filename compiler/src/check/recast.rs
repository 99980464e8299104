//! Values whose type is known only when all of a body is: what is yielded and what is returned.

use wf_types::Type;

use super::body::Body;
use crate::typed::{Block, Expr, StepId, StmtKind};

impl<'g> Body<'g> {
    /// Brings what is yielded to a loop to its type of results.
    pub(crate) fn recast_yields(&self, block: &mut Block, step: StepId, ty: &Type) {
        self.recast(
            block,
            &|kind| match kind {
                StmtKind::Yield(to, value) if *to == step => Some(value),
                _ => None,
            },
            ty,
        );
    }

    /// Brings what is returned to the type of the result.
    pub(crate) fn recast_returns(&self, block: &mut Block, ty: &Type) {
        self.recast(
            block,
            &|kind| match kind {
                StmtKind::Return(value) => value.as_mut(),
                _ => None,
            },
            ty,
        );
    }

    fn recast(
        &self,
        block: &mut Block,
        wanted: &dyn Fn(&mut StmtKind) -> Option<&mut Expr>,
        ty: &Type,
    ) {
        for stmt in &mut block.stmts {
            if let Some(value) = wanted(&mut stmt.kind) {
                let placeholder = self.error(value.span);
                let given = std::mem::replace(value, placeholder);
                *value = self.coerce(given, ty);
                continue;
            }
            match &mut stmt.kind {
                StmtKind::If(branch) => {
                    self.recast(&mut branch.then, wanted, ty);
                    self.recast(&mut branch.otherwise, wanted, ty);
                }
                StmtKind::Match(m) => {
                    m.cases.iter_mut().for_each(|c| self.recast(&mut c.body, wanted, ty));
                }
                StmtKind::For(each) => self.recast(&mut each.body, wanted, ty),
                StmtKind::While(repeat) => self.recast(&mut repeat.body, wanted, ty),
                StmtKind::Parallel(_, branches) => {
                    branches.iter_mut().for_each(|b| self.recast(&mut b.body, wanted, ty));
                }
                StmtKind::Try(attempt) => {
                    self.recast(&mut attempt.body, wanted, ty);
                    attempt.catch.iter_mut().for_each(|(_, b)| self.recast(b, wanted, ty));
                    attempt.finally.iter_mut().for_each(|b| self.recast(b, wanted, ty));
                }
                _ => {}
            }
        }
    }
}
