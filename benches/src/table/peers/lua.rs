//! Lua 5.4.

use mlua::{Function, Lua};

use super::super::data::Sizes;
use super::super::measure::Contender;

pub(super) fn contender(row: &str, sizes: &Sizes) -> Result<Contender, String> {
    let lua = Lua::new();
    lua.load(include_str!("scripts.lua")).exec().map_err(|e| e.to_string())?;
    let size = super::size(row, sizes);
    let function = |name: String| lua.globals().get::<Function>(name).map_err(|e| e.to_string());
    function(format!("{row}_data"))?.call::<()>(size).map_err(|e| e.to_string())?;
    let work = function(row.to_owned())?;
    super::script("Lua 5.4", super::expected(row, sizes), move || {
        let _ = &lua;
        work.call::<i64>(size).map_err(|e| e.to_string())
    })
}
