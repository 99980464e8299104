//! The listing of a program: for people, for tests, and for `wf disassemble`.

mod code;
mod pipelines;
mod pushdowns;
mod tables;
#[cfg(test)]
mod tests;

pub use pushdowns::{show as show_predicate, show_operand};
use wf_diagnostics::{SourceFile, Span};

use crate::{Bank, Function, FunctionKind, Program, Reg, TypeDesc, TypeIdx};

/// A program as text: functions with their instructions and places in the source, then the tables
/// that instructions point into. The same program always gives the same text. Indices that lead
/// nowhere are shown as `?`.
pub fn disassemble(program: &Program) -> String {
    let sources =
        program.sources.iter().map(|s| SourceFile::new(s.name.as_str(), s.text.as_str())).collect();
    let mut listing = Listing { program, sources, out: String::new() };
    listing.workflows();
    for index in 0..program.functions.len() {
        listing.function(index);
    }
    listing.tables();
    listing.pushdowns();
    listing.out
}

struct Listing<'a> {
    program: &'a Program,
    sources: Vec<SourceFile>,
    out: String,
}

impl Listing<'_> {
    fn line(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref().trim_end());
        self.out.push('\n');
    }

    /// An empty line between two parts.
    fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// `name:line:column`, without the name where there is one file only.
    fn place(&self, span: Span) -> String {
        let Some(file) = self.sources.get(span.file.0 as usize) else { return String::new() };
        let at = file.line_column(span.start);
        if self.sources.len() == 1 {
            format!("{}:{}", at.line, at.column)
        } else {
            format!("{}:{}:{}", file.name(), at.line, at.column)
        }
    }

    fn function_name(&self, index: u16) -> &str {
        self.program.functions.get(usize::from(index)).map_or("?", |f| f.name.as_str())
    }

    fn step_name(&self, index: u16) -> &str {
        self.program.steps.get(usize::from(index)).map_or("?", |s| s.name.as_str())
    }

    fn shape(&self, index: u16) -> String {
        let Some(shape) = self.program.shapes.get(usize::from(index)) else { return "?".into() };
        if shape.fields.is_empty() {
            return "{}".into();
        }
        format!("{{ {} }}", shape.fields.join(", "))
    }

    /// A type as it is written in the language; what nests deep is cut short by `…`.
    fn ty(&self, index: TypeIdx) -> String {
        self.ty_within(index, 4)
    }

    fn ty_within(&self, index: TypeIdx, left: usize) -> String {
        let Some(desc) = self.program.types.get(usize::from(index.0)) else { return "?".into() };
        let Some(left) = left.checked_sub(1) else { return "…".into() };
        let inner = |ty: &TypeIdx| self.ty_within(*ty, left);
        match desc {
            TypeDesc::LiteralBool(value) => value.to_string(),
            TypeDesc::LiteralInt(value) => value.to_string(),
            TypeDesc::LiteralString(value) => format!("{value:?}"),
            TypeDesc::Optional(ty) => format!("{}?", inner(ty)),
            TypeDesc::Unread(ty) | TypeDesc::Reduced { of: ty, .. } => inner(ty),
            TypeDesc::List(ty) => format!("list<{}>", inner(ty)),
            TypeDesc::Map(ty) => format!("map<{}>", inner(ty)),
            TypeDesc::Union(members) => members.iter().map(inner).collect::<Vec<_>>().join(" | "),
            TypeDesc::Record { name, .. } if !name.is_empty() => name.to_string(),
            TypeDesc::Record { shape, fields, .. } => {
                let names = self.program.shapes.get(usize::from(shape.0));
                let field = |(i, field): (usize, &crate::FieldDesc)| {
                    let name = names.and_then(|s| s.fields.get(i)).map_or("?", |n| n.as_str());
                    format!("{name}: {}", self.ty_within(field.ty, left))
                };
                let fields: Vec<_> = fields.iter().enumerate().map(field).collect();
                if fields.is_empty() { "{}".into() } else { format!("{{ {} }}", fields.join(", ")) }
            }
            other => format!("{other:?}").to_lowercase(),
        }
    }

    fn kind(&self, function: &Function) -> String {
        let bank = |bank: &Bank| match bank {
            Bank::Scalar => "s",
            Bank::Value => "v",
        };
        match &function.kind {
            FunctionKind::Pure { params, result } => {
                let params: Vec<_> = params.iter().map(bank).collect();
                format!("fn({}) -> {}", params.join(", "), bank(result))
            }
            FunctionKind::Closure { params, captures } => {
                format!("closure of {params} with {captures} captured")
            }
            FunctionKind::Workflow => "workflow".into(),
            FunctionKind::Region => "region".into(),
        }
    }
}

/// A register of either bank.
fn register(reg: Reg) -> String {
    match reg {
        Reg::Int(s) | Reg::Float(s) | Reg::Bool(s) => format!("s{}", s.0),
        Reg::Value(v) => format!("v{}", v.0),
    }
}
