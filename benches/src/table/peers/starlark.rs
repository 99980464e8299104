//! Starlark in Rust.

use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::Evaluator;
use starlark::syntax::{AstModule, Dialect};

use super::super::data::Sizes;
use super::super::measure::Contender;

pub(super) fn contender(row: &str, sizes: &Sizes) -> Result<Contender, String> {
    let size = super::size(row, sizes);
    let source = include_str!("scripts.star");
    let module = module(format!("{source}\nsize = {size}\ndata = {row}_data(size)\n"))?;
    let row_name = row.to_owned();
    super::script("Starlark", super::expected(row, sizes), move || call(&module, &row_name))
}

fn module(source: String) -> Result<FrozenModule, String> {
    let mut dialect = Dialect::Extended;
    dialect.enable_top_level_stmt = true;
    let parsed = AstModule::parse("scripts.star", source, &dialect).map_err(|e| e.to_string())?;
    let globals = Globals::standard();
    Module::with_temp_heap(|module| {
        Evaluator::new(&module).eval_module(parsed, &globals).map_err(|e| e.to_string())?;
        module.freeze().map_err(|e| e.to_string())
    })
}

fn call(frozen: &FrozenModule, row: &str) -> Result<i64, String> {
    let function = frozen.get(row).map_err(|e| e.to_string())?;
    Module::with_temp_heap(|module| {
        let mut evaluator = Evaluator::new(&module);
        let function = module.heap().access_owned_frozen_value(&function);
        let value = evaluator.eval_function(function, &[], &[]).map_err(|e| e.to_string())?;
        value.to_string().parse().map_err(|_| format!("{value} is no number"))
    })
}
