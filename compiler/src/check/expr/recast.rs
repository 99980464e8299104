//! Values whose type is known only when all of a body is: what is yielded and what is returned.

use wf_types::Type;

use crate::check::body::Body;
use crate::typed::{Block, Expr, StepId, StmtKind};

impl<'g> Body<'g> {
    /// Brings what is yielded to a loop to its type of results.
    ///
    /// # Errors
    /// A part of one that would have to be a literal for it.
    pub(crate) fn recast_yields(
        &self,
        block: &mut Block,
        step: StepId,
        ty: &Type,
    ) -> Result<(), Box<Expr>> {
        self.recast(
            block,
            &|kind| match kind {
                StmtKind::Yield(to, value) if *to == step => Some(value),
                _ => None,
            },
            ty,
        )
    }

    /// Brings what is returned to the type of the result.
    ///
    /// # Errors
    /// A part of a value that would have to be a literal for it.
    pub(crate) fn recast_returns(&self, block: &mut Block, ty: &Type) -> Result<(), Box<Expr>> {
        self.recast(
            block,
            &|kind| match kind {
                StmtKind::Return(value) => value.as_mut(),
                _ => None,
            },
            ty,
        )
    }

    fn recast(
        &self,
        block: &mut Block,
        wanted: &dyn Fn(&mut StmtKind) -> Option<&mut Expr>,
        ty: &Type,
    ) -> Result<(), Box<Expr>> {
        for stmt in &mut block.stmts {
            if let Some(value) = wanted(&mut stmt.kind) {
                let placeholder = self.error(value.span);
                let given = std::mem::replace(value, placeholder);
                *value = self.adapt(given, ty)?;
                continue;
            }
            let blocks: Vec<&mut Block> = match &mut stmt.kind {
                StmtKind::If(branch) => vec![&mut branch.then, &mut branch.otherwise],
                StmtKind::Match(m) => m.cases.iter_mut().map(|c| &mut c.body).collect(),
                StmtKind::For(each) => vec![&mut each.body],
                StmtKind::While(repeat) => vec![&mut repeat.body],
                StmtKind::Parallel(_, branches) => {
                    branches.iter_mut().map(|b| &mut b.body).collect()
                }
                StmtKind::Try(attempt) => std::iter::once(&mut attempt.body)
                    .chain(attempt.catch.iter_mut().map(|(_, b)| b))
                    .chain(attempt.finally.iter_mut())
                    .collect(),
                _ => continue,
            };
            for block in blocks {
                self.recast(block, wanted, ty)?;
            }
        }
        Ok(())
    }
}
