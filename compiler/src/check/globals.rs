//! What all bodies of a program see: its types, functions, workflows and values of `config`.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smol_str::SmolStr;
use wf_diagnostics::{FileId, SourceMap, Span};
use wf_grammar::ast;
use wf_types::{DefId, RecordType, Registry, Type, TypeDefs};

use crate::check::hints::suggest::Suggest;
use crate::check::items::attribute::AttributeDefault;
use crate::check::items::declared::Border;
use crate::check::types::generic::Generic;
use crate::load::Unit;
use crate::resolve::scope::Scope;
use crate::resolve::types::TypeEnv;
use crate::schema;
use crate::text::Texts;

/// A map whose order is that of insertion.
pub(crate) type Map<K, V> = IndexMap<K, V, FxBuildHasher>;

/// A function of the program.
#[derive(Debug)]
pub(crate) struct FnInfo<'a> {
    /// Its declaration.
    pub(crate) decl: &'a ast::FnDecl,
    /// The file it is in.
    pub(crate) unit: usize,
    /// What is known of its type parameters, where it has some.
    pub(crate) generic: Option<Generic>,
    /// The types of its parameters.
    pub(crate) params: Vec<Type>,
    /// The type of its value.
    pub(crate) result: Type,
}

/// A workflow of the program.
#[derive(Debug)]
pub(crate) struct WorkflowInfo<'a> {
    /// Its declaration.
    pub(crate) decl: &'a ast::Workflow,
    /// Its documentation.
    pub(crate) doc: SmolStr,
    /// The file it is in.
    pub(crate) unit: usize,
    /// The type behind `->`.
    pub(crate) declared: Option<Type>,
    /// The type of its result: declared, or inferred once its body is checked.
    pub(crate) result: OnceCell<Type>,
    /// What starts it; none where that is missing, which is told.
    pub(crate) triggers: Vec<TriggerCase>,
}

/// One of the triggers of a workflow.
#[derive(Debug)]
pub(crate) struct TriggerCase {
    /// Its name; empty where it has none.
    pub(crate) name: SmolStr,
    /// The type of `trigger` where it has fired.
    pub(crate) context: Type,
    /// The arguments of a function trigger.
    pub(crate) arguments: Option<RecordType>,
}

/// A value of `config`.
#[derive(Debug)]
pub(crate) struct ConfigInfo<'a> {
    /// Its declaration.
    pub(crate) decl: &'a ast::FieldDecl,
    /// The file it is in.
    pub(crate) unit: usize,
    /// Its type.
    pub(crate) ty: Type,
}

/// Everything that bodies see.
pub(crate) struct Globals<'a> {
    /// The signatures.
    pub(crate) registry: &'a Registry,
    /// The files.
    pub(crate) units: &'a [Unit],
    /// Their texts.
    pub(crate) sources: &'a SourceMap,
    /// All named types.
    pub(crate) defs: TypeDefs,
    /// The named types of the registry by their names.
    pub(crate) prelude: FxHashMap<SmolStr, DefId>,
    /// The names of each file.
    pub(crate) scopes: Vec<Scope>,
    /// The functions.
    pub(crate) fns: Vec<FnInfo<'a>>,
    /// The workflows.
    pub(crate) workflows: Vec<WorkflowInfo<'a>>,
    /// The values of `config`.
    pub(crate) config: Vec<ConfigInfo<'a>>,
    /// The entities.
    pub(crate) entities: Vec<crate::typed::Entity>,
    /// The defaults of their attributes.
    pub(crate) defaults_of_attributes: Vec<AttributeDefault<'a>>,
    /// The type `Failure`.
    pub(crate) failure: Type,
    /// The type of `with { … }`.
    pub(crate) policy: Type,
    /// Where the fields of named types are declared.
    pub(crate) field_spans: FxHashMap<(DefId, SmolStr), Span>,
    /// Where the types of schemas come from.
    pub(crate) origins: schema::Origins,
    /// The texts that steps fill in.
    pub(crate) texts: Texts,
    /// For "did you mean".
    pub(crate) suggest: Suggest,
    /// The borders that were met in bodies.
    pub(crate) borders: RefCell<Vec<Border>>,
    /// The defaults of signatures, parsed when they are first used.
    pub(crate) defaults: RefCell<FxHashMap<SmolStr, Option<Rc<ast::Expr>>>>,
}

impl Globals<'_> {
    /// Where the types of a file are looked up.
    pub(crate) fn types(&self, unit: usize) -> TypeEnv<'_> {
        TypeEnv {
            defs: &self.defs,
            scope: &self.scopes[unit],
            prelude: &self.prelude,
            params: &[],
            opaque: &[],
            signature: false,
            complete: true,
            suggest: &self.suggest,
        }
    }

    /// The tree of a default of a signature.
    pub(crate) fn default(&self, text: &SmolStr) -> Option<Rc<ast::Expr>> {
        let mut known = self.defaults.borrow_mut();
        let parse = || {
            let file = self.units.first().map_or(FileId(0), |unit| unit.id);
            wf_grammar::parse_expression(file, text).0.map(Rc::new)
        };
        known.entry(text.clone()).or_insert_with(parse).clone()
    }

    /// The text of a type.
    pub(crate) fn show(&self, ty: &Type) -> String {
        crate::check::hints::show::show(&self.defs, ty)
    }
}
