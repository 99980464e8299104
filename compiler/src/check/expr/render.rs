//! `template.render`: a text in a file of its own, over what `with` gives it.

use wf_diagnostics::codes::{names, nodes, texts as codes, types};
use wf_diagnostics::{Diagnostic, Span};
use wf_grammar::ast::{self, Entry, EntryKey, ExprKind as Ast};
use wf_types::{Field, NodeSignature, Type};

use crate::check::body::{Body, Kind, ROOTS};
use crate::check::expr::bare;
use crate::check::types::secret;
use crate::text::{FILE, file_of};
use crate::typed::{Expr, ExprKind, LocalId, MatchArm, StepTarget, Test};

/// The input that says what a text may show.
const WITH: &str = "with";

/// How many values a text may be given.
const MAX_VALUES: usize = 100;

impl<'g> Body<'g> {
    /// The step's node gets the text as it is filled in: the file is a part of the program.
    pub(crate) fn render(
        &mut self,
        step: &'g ast::Step,
        signature: &NodeSignature,
    ) -> Option<(StepTarget, Expr, Type)> {
        let Ast::Braces(entries) = &step.input.kind else { return None };
        let told = self.out.len();
        let with = self.render_inputs(step, entries);
        let values = with.map(|entries| self.render_values(entries)).unwrap_or_default();
        let Some(file) = file_of(step) else {
            let message = format!("the node `{}` needs the input `{FILE}`", step.node.text);
            let help = "add `file: \"mail.txt\"`: a path relative to this file";
            let told = Diagnostic::new(&nodes::MISSING_INPUT, step.input.span, message);
            self.tell(told.help(help));
            return None;
        };
        let Some(template) = self.g.texts.get(file.span) else {
            let message = "the file of a text is not written out here";
            let help = "write its path as a string: the text is a part of the program, and is checked with it";
            self.tell(Diagnostic::new(&codes::TEXT_FILE, file.span, message).help(help));
            return None;
        };
        // What was wrong with the file is told already.
        let template = template?;
        if self.out.len() > told && self.out[told..].iter().any(Diagnostic::is_error) {
            return None;
        }
        let text = self.filled_in(&template, values, file.span)?;
        let input = Type::record(vec![Field::new("text", Type::String)]);
        let kind = ExprKind::Record { fields: vec![Some(text)], order: vec![0] };
        let input = Expr { kind, ty: input, span: step.input.span };
        let target = StepTarget::Node {
            name: signature.name.clone(),
            signature: signature.text.clone(),
            type_args: Vec::new(),
        };
        Some((target, input, signature.output.clone()))
    }

    /// The entries of `with`.
    fn render_inputs(&mut self, step: &ast::Step, entries: &'g [Entry]) -> Option<&'g [Entry]> {
        let mut with = None;
        for entry in entries {
            match &entry.key {
                EntryKey::Name(name) if name.text == FILE => {}
                EntryKey::Name(name) if name.text == WITH => match &bare(&entry.value).kind {
                    Ast::Braces(values) => with = Some(values.as_slice()),
                    _ => self.not_written_out(entry.value.span),
                },
                EntryKey::Name(name) => {
                    let node = &step.node.text;
                    let message = format!("the node `{node}` has no input `{}`", name.text);
                    let help = "it has `file` and `with`: what the text shows stands in `with`";
                    self.tell(
                        Diagnostic::new(&nodes::UNKNOWN_INPUT, name.span, message).help(help),
                    );
                }
                _ => self.not_written_out(entry.span),
            }
        }
        with
    }

    /// Checks the values that a text is given, each by its name.
    fn render_values(&mut self, entries: &'g [Entry]) -> Vec<(ast::Name, Expr)> {
        let mut values: Vec<(ast::Name, Expr)> = Vec::new();
        for entry in entries {
            let EntryKey::Name(name) = &entry.key else {
                self.not_written_out(entry.span);
                continue;
            };
            let value = self.infer(&entry.value);
            if let Some((first, _)) = values.iter().find(|(known, _)| known.text == name.text) {
                let message = format!("`{}` is given twice", name.text);
                self.tell(
                    Diagnostic::new(&names::DUPLICATE_NAME, name.span, message)
                        .with(first.span, "first here"),
                );
            } else if ROOTS.contains(&name.text.as_str()) {
                let message =
                    format!("`{}` is a part of the data store and can't be a name", name.text);
                let told = Diagnostic::new(&names::RESERVED_NAME, name.span, message);
                self.tell(told.help("give it another name"));
            } else if values.len() >= MAX_VALUES {
                let message = format!("a text is given at most {MAX_VALUES} values");
                let told = Diagnostic::new(&codes::TEXT_VALUES, name.span, message);
                self.tell(told.help("put some of them into a record"));
                break;
            } else {
                values.push((name.clone(), value));
            }
        }
        values
    }

    fn not_written_out(&mut self, span: Span) {
        let message = "what a text is given is not written out here";
        let help = "write `with: { name: value }`: the names are what the text sees";
        self.tell(Diagnostic::new(&codes::TEXT_VALUES, span, message).help(help));
    }

    /// The text over the values, each of which is a local that only the text sees.
    fn filled_in(
        &mut self,
        template: &ast::Template,
        values: Vec<(ast::Name, Expr)>,
        span: Span,
    ) -> Option<Expr> {
        let told = self.out.len();
        let (ids, text) = self.without_names(|body| {
            let kind = std::mem::replace(&mut body.kind, Kind::Function);
            let ids: Vec<LocalId> = values
                .iter()
                .map(|(name, value)| body.declare(name, value.ty.clone(), false, false))
                .collect();
            let text = body.template(template, template.span);
            body.kind = kind;
            (ids, text)
        });
        for told in self.out.iter_mut().skip(told).filter(|told| told.code == &types::IMPURE) {
            let root = told.message.split('`').nth(1).unwrap_or_default();
            let message = format!("a text sees what `with` gives it, and not `{root}`");
            let help = "add it to `with` of the step, under a name of its own";
            *told = Diagnostic::new(&codes::TEXT_VALUES, told.span, message)
                .with(span, "the text is filled in here")
                .help(help);
        }
        if text.ty == Type::Secret {
            let message = "the text shows a `secret`";
            self.tell(secret::refused(span, message.to_owned()));
            return None;
        }
        let text = Expr { ty: Type::String, span, ..text };
        Some(ids.into_iter().zip(values).rev().fold(text, |value, (local, (_, subject))| {
            let arm = MatchArm { tests: vec![Test::Any], binding: None, value };
            let kind = ExprKind::Match { subject: Box::new(subject), local, arms: vec![arm] };
            Expr { kind, ty: Type::String, span }
        }))
    }
}
