//! Starlark in Rust.

use std::hint::black_box;

use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::Evaluator;
use starlark::syntax::{AstModule, Dialect};
use starlark::typing::AstModuleTypecheck;

use super::super::data::Sizes;
use super::super::measure::Contender;

pub(super) fn contender(row: &str, sizes: &Sizes) -> Result<Contender, String> {
    let size = super::size(row, sizes);
    let source = include_str!("scripts.star");
    let module = module(format!("{source}\nsize = {size}\ndata = {row}_data(size)\n"))?;
    let row_name = row.to_owned();
    super::script("Starlark", super::expected(row, sizes), move || call(&module, &row_name))
}

/// Parses as many lines as the row has, in the same kind of functions, and checks their types.
pub(super) fn typecheck(sizes: &Sizes) -> Contender {
    let source: String = (0..sizes.lines / 10).map(function).collect();
    let globals = Globals::standard();
    Contender::new("Starlark", move || {
        let timer = crate::cpu::CpuTimer::start();
        let parsed = AstModule::parse("lines.star", source.clone(), &Dialect::Extended)
            .map_err(|e| e.to_string())?;
        let checked = parsed.typecheck(&globals, &std::collections::HashMap::new());
        black_box(checked);
        Ok(timer.elapsed())
    })
}

/// A function of ten lines, as `front_rows` has it in wf.
fn function(at: usize) -> String {
    format!(
        r#"def step{at}(a: int, b: int) -> int:
    total = a * {at} + b
    rec = {{"id": a, "name": "step{at}", "total": total}}
    if rec["total"] > 100 and rec["name"] == "step{at}":
        total = total - 100
    else: total = total + rec["id"]
    for k in range(3): total = total + k * {at}
    msg = "done {{}} with {{}} items".format(rec["name"], total)
    return total + len(msg)

"#
    )
}

fn module(source: String) -> Result<FrozenModule, String> {
    let mut dialect = Dialect::Extended;
    dialect.enable_top_level_stmt = true;
    let parsed = AstModule::parse("scripts.star", source, &dialect).map_err(|e| e.to_string())?;
    let globals = Globals::standard();
    Module::with_temp_heap(|module| {
        Evaluator::new(&module).eval_module(parsed, &globals).map_err(|e| e.to_string())?;
        module.freeze().map_err(|e| e.err_msg)
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
