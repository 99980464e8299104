//! Rhai.

use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};

use super::super::data::Sizes;
use super::super::measure::Contender;

pub(super) fn contender(row: &str, sizes: &Sizes) -> Result<Contender, String> {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(0, 0);
    engine.set_optimization_level(OptimizationLevel::Full);
    let ast = engine.compile(include_str!("scripts.rhai")).map_err(|e| e.to_string())?;
    let size = super::size(row, sizes);
    let data: Dynamic = call(&engine, &ast, &format!("{row}_data"), Dynamic::from(size))?;
    let row_name = row.to_owned();
    super::script("Rhai", super::expected(row, sizes), move || {
        let given = call(&engine, &ast, &row_name, data.clone())?;
        given.as_int().map_err(str::to_owned)
    })
}

fn call(engine: &Engine, ast: &AST, name: &str, argument: Dynamic) -> Result<Dynamic, String> {
    engine.call_fn(&mut Scope::new(), ast, name, (argument,)).map_err(|e| e.to_string())
}
