//! An expression that stands alone, over values that are given for the roots of the data store.

use smol_str::SmolStr;
use wf_diagnostics::{Diagnostic, SourceFile, SourceMap, Span};
use wf_types::{Field, RecordType, Registry, Type};

use crate::check::Checked;
use crate::check::body::{Body, Kind};
use crate::check::items;
use crate::check::types::relate;
use crate::room::with_room;
use crate::schema::Schemas;
use crate::typed::{self, Expr, ExprKind, Stmt, StmtKind};

/// The name of the workflow that the expression becomes the result of.
const WORKFLOW: &str = "expression";

/// Checks an expression to a program of one workflow with a function trigger: its arguments are
/// the `roots`, by their names (`steps`, `trigger`), its result is the expression's value.
pub(crate) fn check_expression(
    name: &str,
    text: &str,
    roots: &[(SmolStr, Type)],
    registry: &Registry,
) -> Checked {
    with_room(|| check_alone(name, text, roots, registry))
}

fn check_alone(name: &str, text: &str, roots: &[(SmolStr, Type)], registry: &Registry) -> Checked {
    let mut sources = SourceMap::new();
    let file = sources.add(SourceFile::new(name, text));
    let (parsed, mut diagnostics) = wf_grammar::parse_expression(file, text);
    let program = parsed.and_then(|expr| {
        let globals =
            items::declare(registry, &[], &Schemas::default(), &sources, &mut diagnostics);
        let span = expr.span;
        let mut body = Body::new(&globals, 0, Kind::Function);
        let bindings = bind(&mut body, roots, span);
        let value = body.infer(&expr);
        let result = match relate::widen(&value.ty) {
            Type::Never => Type::Null,
            result => body.bounded(result, span),
        };
        let value = body.coerce(value, &result);
        diagnostics.append(&mut body.out);
        let fine = !result.is_error() && !diagnostics.iter().any(Diagnostic::is_error);
        let mut block = typed::Block { stmts: bindings };
        block.stmts.push(Stmt { kind: StmtKind::Return(Some(value)), span });
        let workflow = typed::Workflow {
            name: WORKFLOW.into(),
            doc: SmolStr::default(),
            span,
            triggers: vec![typed::WorkflowTrigger {
                name: SmolStr::default(),
                kind: function_trigger(roots, span),
                context: context(roots),
            }],
            result,
            locals: body.locals,
            variables: Vec::new(),
            steps: Vec::new(),
            body: block,
        };
        fine.then(|| typed::Program {
            failure: globals.failure.clone(),
            defs: globals.defs,
            entities: Vec::new(),
            config: Vec::new(),
            functions: Vec::new(),
            workflows: vec![workflow],
            signatures: typed::Signatures::of(registry),
            declarations: <_>::default(),
        })
    });
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    Checked { program, diagnostics, sources }
}

fn function_trigger(roots: &[(SmolStr, Type)], span: Span) -> typed::Trigger {
    let argument = |(name, ty): &(SmolStr, Type)| typed::Argument {
        name: name.clone(),
        ty: ty.clone(),
        default: None,
    };
    typed::Trigger::Function { arguments: roots.iter().map(argument).collect(), span }
}

/// The type of the trigger context whose arguments are the roots.
fn context(roots: &[(SmolStr, Type)]) -> Type {
    let fields = roots.iter().map(|(name, ty)| Field::new(name.clone(), ty.clone()));
    let arguments = Type::Record(RecordType::new(fields.collect()).into());
    Type::record(vec![Field::new("arguments", arguments)])
}

/// A local for each root, with the argument of its name as its value.
fn bind(body: &mut Body<'_>, roots: &[(SmolStr, Type)], span: Span) -> Vec<Stmt> {
    let context = context(roots);
    let field = |base: Expr, slot: usize, ty: &Type| Expr {
        kind: ExprKind::Field { base: Box::new(base), slot: slot as u16 },
        ty: ty.clone(),
        span,
    };
    let mut stmts = Vec::with_capacity(roots.len());
    for (slot, (name, ty)) in roots.iter().enumerate() {
        let local = body.declare_root(name, ty.clone(), span);
        let trigger = Expr { kind: ExprKind::Trigger, ty: context.clone(), span };
        let arguments = match body.g.defs.record(&context).and_then(|r| r.field("arguments")) {
            Some((place, arguments)) => field(trigger, place, &arguments.ty),
            None => trigger,
        };
        let value = field(arguments, slot, ty);
        stmts.push(Stmt { kind: StmtKind::Let(local, value), span });
    }
    stmts
}
