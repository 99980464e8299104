//! The roots of the data store: `steps`, `loop`, `variables`, `trigger`, `run` and `config`.

use smol_str::SmolStr;
use wf_diagnostics::codes::{concurrency, names, paths, types as codes};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast;
use wf_types::{Field, Literal, Type};

use crate::check::body::{Body, Kind, ROOTS};
use crate::check::expr::chain::{Op, Val};
use crate::check::expr::null::{Declared, Null};
use crate::check::flow::{Path, Ran, Root, Segment, Why};
use crate::check::hints::foreign;
use crate::check::hints::suggest::listed;
use crate::typed::{ConfigId, Expr, ExprKind, LoopField, RunField, StepKind};

/// The record of a step with this output.
pub(crate) fn step_record(output: &Type, tried: bool, failure: &Type) -> Type {
    let literal = |text: &str| Type::Literal(Literal::String(text.into()));
    let status = match tried {
        true => Type::Union([literal("Complete"), literal("Failed")].into()),
        false => literal("Complete"),
    };
    let output = if tried { output.clone().optional() } else { output.clone() };
    let mut fields = vec![
        Field::new("nodeId", Type::Uuid),
        Field::new("nodeName", Type::String),
        Field::new("status", status),
        Field::new("output", output),
        Field::new("executedAt", Type::Instant),
        Field::new("durationMs", Type::Int),
        Field::new("attempts", Type::Int),
    ];
    if tried {
        fields.push(Field::new("error", failure.clone().optional()));
    }
    Type::record(fields)
}

/// The fields of `run`.
const RUN: [(&str, RunField, Type); 4] = [
    ("id", RunField::Id, Type::Uuid),
    ("workflow", RunField::Workflow, Type::String),
    ("startedAt", RunField::StartedAt, Type::Instant),
    ("attempt", RunField::Attempt, Type::Int),
];

impl<'g> Body<'g> {
    /// What a name at the beginning of a path stands for, and how many parts of the path belong
    /// to it.
    pub(crate) fn root(&mut self, name: &SmolStr, span: Span, ops: &[Op<'_>]) -> (Val, usize) {
        if let Some(id) = self.local(name) {
            self.local_info[id.0 as usize].used = true;
            let ty = self.locals[id.0 as usize].ty.clone();
            let declared = self.local_info[id.0 as usize].span;
            let why = self.null_by_type(name, &ty, declared);
            let expr = Expr { kind: ExprKind::Local(id), ty, span };
            let val = self.narrowed(expr, Some(Path::new(Root::Local(id))), why);
            return (val, 0);
        }
        if !ROOTS.contains(&name.as_str()) {
            self.unknown_name(name, span, !ops.is_empty());
            return (Val::plain(self.error(span)), 0);
        }
        if self.limit && !["trigger", "config"].contains(&name.as_str()) {
            let message = format!("`{name}` can't be used in a limit");
            self.tell(
                Diagnostic::new(&codes::NOT_CONSTANT, span, message)
                    .help("limits are made of numbers, `config` and `trigger`"),
            );
            return (Val::plain(self.error(span)), ops.len());
        }
        if self.constant && !(self.in_filter && name == "config") {
            let message = format!("`{name}` is not known here: a constant stands here");
            self.tell(Diagnostic::new(&codes::NOT_CONSTANT, span, message).help(
                match self.in_filter {
                    true => "`where` decides whether a run begins: it sees the entity and `config`",
                    false => "defaults and limits are read before a run begins",
                },
            ));
            return (Val::plain(self.error(span)), ops.len());
        }
        if self.kind == Kind::Function {
            let message = format!("a function can't read `{name}`: functions are pure");
            self.tell(
                Diagnostic::new(&codes::IMPURE, span, message)
                    .help("give the function what it needs as an argument"),
            );
            return (Val::plain(self.error(span)), ops.len());
        }
        if name == "trigger" {
            let whole = ops.last().map_or(span, Op::span);
            return (self.trigger_value(span, whole), 0);
        }
        if name == "run" && ops.is_empty() {
            return (Val::plain(self.whole_run(span)), 0);
        }
        let Some(Op::Field(field, _, whole)) = ops.first() else {
            let message = format!("`{name}` is no value of its own");
            let key = match ops.first() {
                Some(Op::Index(index, _)) => self.g.sources.slice(index.span).trim_matches('"'),
                _ => "x",
            };
            let is_name = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            let begins = key.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
            let key = if is_name && begins { key } else { "NAME" };
            let help = format!("name the part that you mean, as in `{name}.{key}`");
            self.tell(Diagnostic::new(&paths::BARE_ROOT, span, message).help(help));
            return (Val::plain(self.error(span)), ops.len());
        };
        let val = match name.as_str() {
            "steps" => self.step_value(field, *whole, &ops[1..]),
            "variables" => self.variable_value(field, *whole),
            "config" => self.config_value(field, *whole),
            "run" => self.run_value(field, *whole),
            _ => return self.loop_value(field, *whole, &ops[1..]),
        };
        (val, 1)
    }

    /// Why a value may be null whose declaration says so.
    fn null_by_type(&self, name: &SmolStr, ty: &Type, declared: Span) -> Option<Null> {
        self.may_be_null(ty).then(|| {
            let what = Declared::Type(name.clone(), ty.clone());
            Null { span: declared, what, step: false }
        })
    }

    /// The path of a part of the trigger that is named alone: an argument, a field of the body.
    fn trigger_path(&self, name: &SmolStr) -> Option<String> {
        let context = self.trigger_type()?;
        let context = crate::check::types::union::members(&self.g.defs, context)
            .and_then(<[Type]>::first)
            .unwrap_or(context);
        let record = self.g.defs.record(context)?;
        if record.field(name).is_some() {
            return Some(format!("trigger.{name}"));
        }
        let inner = record.fields.iter().find(|part| {
            self.g.defs.record(&part.ty).is_some_and(|inner| inner.field(name).is_some())
        })?;
        Some(format!("trigger.{}.{name}", inner.name))
    }

    /// Whether a message was told here already: a name that there is not is told once.
    fn is_told(&self, message: &str) -> bool {
        self.out.iter().any(|told| told.message == message)
    }

    fn unknown_name(&mut self, name: &SmolStr, span: Span, read: bool) {
        let message = format!("there is no `{name}` here");
        if self.is_told(&message) {
            return;
        }
        let diagnostic = Diagnostic::new(&names::UNKNOWN_NAME, span, message);
        let step = self.w.as_ref().is_some_and(|w| w.outline.by_name.contains_key(name));
        let variable = self.variable(name).is_some();
        let roots = ROOTS.into_iter().filter(|_| self.kind == Kind::Workflow);
        let locals = self.local_names().map(|n| {
            let ty = self.local(n).map(|id| &self.locals[id.0 as usize].ty);
            (n, ty.is_none_or(|ty| self.is_wanted(ty)))
        });
        let roots = roots.map(|root| (root, self.wanted.is_none()));
        let near = self.g.suggest.nearest_fitting(name, locals.chain(roots));
        let looped = self.loops.iter().any(|l| l.name.as_ref() == Some(name));
        let diagnostic = if let Some(path) = self.trigger_path(name).filter(|_| !variable && !step)
        {
            diagnostic.help(format!("did you mean `{path}`?"))
        } else if variable {
            diagnostic.help(format!("the variable is read as `variables.{name}`"))
        } else if looped {
            diagnostic
                .help(format!("the loop is read as `loop.{name}`, its item as `loop.{name}.item`"))
        } else if step {
            diagnostic.help(format!("the step is read as `steps.{name}.output`"))
        } else if let Some(near) = near {
            diagnostic.help(format!("did you mean `{near}`?"))
        } else if self.g.scopes[self.unit].config.contains_key(name) {
            diagnostic.help(format!("the value is read as `config.{name}`"))
        } else if self.g.registry.functions.contains_key(name) || self.function(name).is_some() {
            diagnostic.help(format!("a function is called, as in `{name}(…)`"))
        } else if let Some(help) = foreign::name(name) {
            diagnostic.help(help)
        } else if read {
            diagnostic.help(format!("give it a value: `let {name} = …`"))
        } else {
            diagnostic.help(format!("a text is written in quotes: `\"{name}\"`"))
        };
        self.tell(diagnostic);
    }

    fn step_value(&mut self, name: &ast::Name, span: Span, rest: &[Op<'_>]) -> Val {
        let Some(w) = &mut self.w else { return Val::plain(self.error(span)) };
        let Some(id) = w.outline.by_name.get(&name.text).copied() else {
            self.unknown_step(name, rest);
            return Val::plain(self.error(span));
        };
        w.used[id.0 as usize] = true;
        let output = w.outputs[id.0 as usize].clone();
        let ran = self.flow.ran(id);
        if ran == Ran::No && !self.flow.dead() {
            self.step_not_run(name, id);
            return Val::plain(self.error(span));
        }
        let known = output.is_some_and(|output| !output.is_error());
        let (Some(w), true) = (&mut self.w, known) else {
            return Val::plain(self.error(span));
        };
        let record = w.record(id, &self.g.failure);
        let (ty, why) = match ran {
            Ran::Maybe(at, why) => {
                let what = match why {
                    Why::If => "it runs only in one arm of this `if`",
                    Why::Match => "it runs only in some arms of this `match`",
                    Why::Try => "this `try` may be left before it has run",
                };
                let why = Null { span: at, what: Declared::Plain(what), step: true };
                (record.optional(), Some(why))
            }
            _ => (record, None),
        };
        let expr = Expr { kind: ExprKind::Step(id), ty, span };
        self.narrowed(expr, Some(Path::new(Root::Step(id))), why)
    }

    /// Whether the output of a step has the field that is read behind it.
    fn step_has(&self, step: &str, rest: &[Op<'_>]) -> bool {
        let Some(Op::Field(field, _, _)) = rest.get(1) else { return true };
        let Some(w) = &self.w else { return true };
        let Some(id) = w.outline.by_name.get(step) else { return true };
        let output = w.outputs.get(id.0 as usize).and_then(Option::as_ref);
        output.is_some_and(|output| {
            self.g.defs.record(output).is_some_and(|record| record.field(&field.text).is_some())
        })
    }

    fn unknown_step(&mut self, name: &ast::Name, rest: &[Op<'_>]) {
        let Some(w) = &self.w else { return };
        let all = w.outline.by_name.keys().map(SmolStr::as_str);
        let message = format!("there is no step `{}`", name.text);
        if self.is_told(&message) {
            return;
        }
        let diagnostic = Diagnostic::new(&paths::UNKNOWN_STEP, name.span, message);
        let typed = all.clone().map(|step| (step, self.step_has(step, rest)));
        let diagnostic = match self.g.suggest.nearest_fitting(&name.text, typed) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if self.variable(&name.text).is_some() => {
                diagnostic.help(format!("there is a variable: `variables.{}`", name.text))
            }
            None if self.local(&name.text).is_some() => {
                diagnostic.help(format!("there is a local: `{}`", name.text))
            }
            None if w.outline.by_name.is_empty() => diagnostic.help("this workflow has no steps"),
            None => diagnostic.help(format!("this workflow has {}", listed(all))),
        };
        self.tell(diagnostic);
    }

    fn variable_value(&mut self, name: &ast::Name, span: Span) -> Val {
        let Some(id) = self.variable(&name.text) else {
            self.unknown_variable(name);
            return Val::plain(self.error(span));
        };
        let Some(w) = &mut self.w else { return Val::plain(self.error(span)) };
        let info = &mut w.variables[id.0 as usize];
        info.read = true;
        let (ty, declared, depth) = (info.ty.clone(), info.span, info.regions);
        if let Some(region) = w.regions.get(depth)
            && let Some((_, merge)) = w.outline.regions[*region].merges.get(&id)
        {
            let message = format!(
                "`variables.{}` can't be read in parallel code that merges into it",
                name.text
            );
            let diagnostic = Diagnostic::new(&concurrency::VARIABLE_READ, span, message)
                .label("what it holds here would depend on timing")
                .with(*merge, "merged here by the same parallel statement")
                .with(w.outline.regions[*region].span, "this runs in parallel")
                .help("read it after the parallel statement, or `yield` and work with the results");
            self.tell(diagnostic);
            return Val::plain(self.error(span));
        }
        let why = self.null_by_type(&name.text, &ty, declared);
        let expr = Expr { kind: ExprKind::Variable(id), ty, span };
        self.narrowed(expr, Some(Path::new(Root::Variable(id))), why)
    }

    /// There is no variable of this name.
    pub(crate) fn unknown_variable(&mut self, name: &ast::Name) {
        let message = format!("there is no variable `{}`", name.text);
        let diagnostic = Diagnostic::new(&paths::UNKNOWN_VARIABLE, name.span, message);
        let all: Vec<SmolStr> = self.variable_names();
        let names = all.iter().map(SmolStr::as_str);
        let typed = all.iter().map(|n| {
            let id = self.variable(n).map(|id| id.0 as usize);
            let info = id.and_then(|id| self.w.as_ref()?.variables.get(id));
            (n.as_str(), info.is_none_or(|info| self.is_wanted(&info.ty)))
        });
        let diagnostic = match self.g.suggest.nearest_fitting(&name.text, typed) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None if all.is_empty() => {
                diagnostic.help(format!("declare it: `variables {{ {}: int = 0 }}`", name.text))
            }
            None => diagnostic.help(format!("there are {}", listed(names))),
        };
        let diagnostic = match self.declared_elsewhere(name) {
            Some(place) => diagnostic
                .with(place, "it is declared here, and seen behind this in its own block only")
                .help("declare it in a block around both places, above this one"),
            None => diagnostic,
        };
        self.tell(diagnostic);
    }

    /// Where a variable of this name is declared that is not seen here: the first place below, else
    /// the last one above.
    fn declared_elsewhere(&self, name: &ast::Name) -> Option<Span> {
        let outline = &self.w.as_ref()?.outline;
        outline
            .declared
            .iter()
            .filter(|place| place.text == name.text)
            .map(|place| place.span)
            .min_by_key(|span| (span.start < name.span.start, span.start.abs_diff(name.span.start)))
    }

    fn config_value(&mut self, name: &ast::Name, span: Span) -> Val {
        let scope = &self.g.scopes[self.unit];
        let Some(id) = scope.config.get(&name.text).copied() else {
            let message = format!("`config` has no `{}` in this file", name.text);
            let names = scope.config.keys().map(SmolStr::as_str);
            let typed = scope
                .config
                .iter()
                .map(|(n, id)| (n.as_str(), self.is_wanted(&self.g.config[*id as usize].ty)));
            let help = match self.g.suggest.nearest_fitting(&name.text, typed) {
                Some(near) => format!("did you mean `{near}`?"),
                None if scope.config.is_empty() => {
                    format!("declare it: `config {{ {}: string }}`", name.text)
                }
                None => format!("it has {}", listed(names)),
            };
            self.tell(Diagnostic::new(&paths::UNKNOWN_CONFIG, name.span, message).help(help));
            return Val::plain(self.error(span));
        };
        let info = &self.g.config[id as usize];
        if self.in_filter && crate::check::types::secret::holds(&self.g.defs, &info.ty) {
            let message = format!("`{}` is a `secret`, and `where` takes none", self.source(span));
            self.tell(
                Diagnostic::new(&codes::SECRET, span, message)
                    .help("whether a run begins is seen by everybody: compare in the workflow, by `secureEquals`"),
            );
            return Val::plain(self.error(span));
        }
        let why = self.null_by_type(&name.text, &info.ty, info.decl.name.span);
        let id = ConfigId(id);
        let expr = Expr { kind: ExprKind::Config(id), ty: info.ty.clone(), span };
        self.narrowed(expr, Some(Path::new(Root::Config(id))), why)
    }

    fn run_value(&mut self, name: &ast::Name, span: Span) -> Val {
        match RUN.iter().find(|(n, _, _)| *n == name.text) {
            Some((_, field, ty)) => Val {
                expr: Expr { kind: ExprKind::Run(*field), ty: ty.clone(), span },
                path: None,
                why: None,
            },
            None => {
                let names = RUN.iter().map(|(n, _, _)| *n);
                let message = format!("`run` has no field `{}`", name.text);
                let help = format!("it has {}", listed(names));
                self.tell(
                    Diagnostic::new(&paths::UNKNOWN_PATH_FIELD, name.span, message).help(help),
                );
                Val::plain(self.error(span))
            }
        }
    }

    fn whole_run(&self, span: Span) -> Expr {
        let fields = RUN.iter().map(|(n, _, ty)| Field::new(*n, ty.clone())).collect();
        let values = RUN
            .iter()
            .map(|(_, f, ty)| Some(Expr { kind: ExprKind::Run(*f), ty: ty.clone(), span }))
            .collect();
        let kind = ExprKind::Record { fields: values, order: (0..RUN.len() as u16).collect() };
        Expr { kind, ty: Type::record(fields), span }
    }

    fn loop_value(&mut self, name: &ast::Name, span: Span, rest: &[Op<'_>]) -> (Val, usize) {
        let frame = self.loops.iter().rev().find(|l| l.name.as_ref() == Some(&name.text));
        let Some((step, item, items)) =
            frame.and_then(|f| Some((f.step?, f.item.clone(), f.items.clone())))
        else {
            self.unknown_loop(name);
            return (Val::plain(self.error(span)), rest.len() + 1);
        };
        let mut parts = vec![
            ("loopName", LoopField::Name, Type::String),
            ("index", LoopField::Index, Type::Int),
        ];
        if let (Some((_, item)), Some(items)) = (&item, items) {
            parts.push(("items", LoopField::Items, items));
            parts.push(("item", LoopField::Item, item.clone()));
        }
        let Some(Op::Field(field, _, whole)) = rest.first() else {
            let values = parts
                .iter()
                .map(|(_, f, ty)| {
                    Some(Expr { kind: ExprKind::Loop(step, *f), ty: ty.clone(), span })
                })
                .collect();
            let ty =
                Type::record(parts.iter().map(|(n, _, t)| Field::new(*n, t.clone())).collect());
            let order = (0..parts.len() as u16).collect();
            let kind = ExprKind::Record { fields: values, order };
            return (Val::plain(Expr { kind, ty, span }), 1);
        };
        let Some((_, part, ty)) = parts.iter().find(|(n, _, _)| *n == field.text).cloned() else {
            let names = parts.iter().map(|(n, _, _)| *n);
            let message = format!("`loop.{}` has no field `{}`", name.text, field.text);
            let help = match self.g.suggest.nearest(&field.text, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", listed(names)),
            };
            self.tell(Diagnostic::new(&paths::UNKNOWN_PATH_FIELD, field.span, message).help(help));
            return (Val::plain(self.error(*whole)), rest.len() + 1);
        };
        let path = match (part, item) {
            (LoopField::Item, Some((local, _))) => Path::new(Root::Local(local)),
            _ => Path::new(Root::Loop(step)).then(Segment::Field(field.text.clone())),
        };
        let expr = Expr { kind: ExprKind::Loop(step, part), ty, span: *whole };
        (self.narrowed(expr, Some(path), None), 2)
    }

    fn unknown_loop(&mut self, name: &ast::Name) {
        let decl = self.w.as_ref().and_then(|w| {
            let id = w.outline.by_name.get(&name.text)?;
            let step = &w.outline.steps[id.0 as usize];
            matches!(step.kind, StepKind::For | StepKind::While).then_some(step.span)
        });
        if let Some(decl) = decl {
            let message = format!("`loop.{0}` is read outside of the loop `{0}`", name.text);
            return self.tell(
                Diagnostic::new(&paths::LOOP_OUTSIDE, name.span, message)
                    .with(decl, "the loop is here")
                    .help(format!(
                        "what it gives away is `steps.{}.output`, with a `results` for each `yield`",
                        name.text
                    )),
            );
        }
        let around: Vec<&str> =
            self.loops.iter().filter_map(|l| l.name.as_ref()).map(SmolStr::as_str).collect();
        let message = format!("there is no loop `{}` around this", name.text);
        let help = match self.g.suggest.nearest(&name.text, around.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if around.is_empty() => "no loop is around this".to_owned(),
            None if ["index", "item", "items", "index0", "first", "last", "length"]
                .contains(&name.text.as_str()) =>
            {
                let field =
                    if name.text == "item" || name.text == "items" { &name.text } else { "index" };
                format!(
                    "each loop has its own: write `loop.{}.{field}`",
                    around.first().unwrap_or(&"NAME")
                )
            }
            None => format!("loops around this are {}", listed(around.iter().copied())),
        };
        self.tell(Diagnostic::new(&paths::UNKNOWN_LOOP, name.span, message).help(help));
    }
}
