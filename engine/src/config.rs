//! The values of `config`, checked when a run starts.

use wf_diagnostics::{Diagnostic, codes::runs};
use wf_vm::Value;
use wf_vm::value::decode::decode_text;

use crate::object::Object;
use crate::trigger::Start;

impl Start<'_> {
    /// The values of all `config` fields of the program, in their order, from a JSON object.
    /// All that is wrong is told at once.
    pub(crate) fn config(&self, given: Option<&str>) -> Result<Vec<Value>, Vec<Diagnostic>> {
        let fields = &self.program.config;
        let mut problems = Vec::new();
        let given = given.unwrap_or("{}");
        // Another value than an object would be repeated in the message, and may be a secret.
        let parsed = match given.trim_start().starts_with('{') {
            true => Object::parse(given).map_err(|error| error.to_string()),
            false => Err("it does not begin with `{`".to_owned()),
        };
        let given = match parsed {
            Ok(object) => object,
            Err(error) => {
                let span = fields.first().map(|f| f.span).unwrap_or_default();
                let message = format!("the configuration is not a JSON object: {error}");
                return Err(vec![Diagnostic::new(&runs::BAD_CONFIG, span, message)]);
            }
        };
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            let text = match (given.get(&field.name), field.default) {
                (Some(text), _) => Ok(text.to_owned()),
                (None, Some(function)) => self.closure_json(function),
                (None, None) if self.admits_null(field.ty) => Ok("null".to_owned()),
                (None, None) => Err("no value was given, and it has no default".to_owned()),
            };
            let value = text.and_then(|text| {
                decode_text(&text, field.ty, self.program).map_err(|e| e.to_string())
            });
            match value {
                Ok(value) => values.push(value),
                Err(error) => {
                    let message = format!("`config.{}`: {error}", field.name);
                    let help = format!("give `{{\"{}\": …}}` as configuration", field.name);
                    let diagnostic = Diagnostic::new(&runs::BAD_CONFIG, field.span, message);
                    problems.push(diagnostic.label("declared here").help(help));
                }
            }
        }
        for name in given.names() {
            if fields.iter().all(|field| field.name != name) {
                let span = fields.first().map(|f| f.span).unwrap_or_default();
                let known: Vec<String> = fields.iter().map(|f| format!("`{}`", f.name)).collect();
                let help = if known.is_empty() {
                    "the program declares no `config`".to_owned()
                } else {
                    format!("the program declares {}", known.join(", "))
                };
                let message = format!("the program has no `config.{name}`");
                problems.push(Diagnostic::new(&runs::BAD_CONFIG, span, message).help(help));
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    fn admits_null(&self, ty: wf_bytecode::TypeIdx) -> bool {
        use wf_bytecode::TypeDesc;
        matches!(
            self.program.types.get(ty.0 as usize),
            Some(TypeDesc::Optional(_) | TypeDesc::Null | TypeDesc::Json)
        )
    }
}
