//! Strings, templates and `json`.

use std::fmt::Write;

use arcstr::ArcStr;
use wf_bytecode::{Part, TypeIdx, V};

use super::record::items_of;
use super::{check_size, cost, put, range, see};
use crate::interp::{Env, Fault, corrupt};
use crate::{Value, value};

/// What a string of so many bytes costs of the budget.
fn text_cost(len: usize) -> i64 {
    cost(len / 16)
}

/// Joins strings.
pub(crate) fn concat(
    v: &mut [Value],
    dst: V,
    first: V,
    count: u16,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let parts = range(v, first, usize::from(count))?;
    let mut len = 0_usize;
    for part in &*parts {
        let Value::String(text) = part else { return Err(corrupt()) };
        len = len.saturating_add(text.len());
    }
    check_size(len, env)?;
    let mut joined = String::with_capacity(len);
    for part in parts {
        if let Value::String(text) = std::mem::take(part) {
            joined.push_str(&text);
        }
    }
    put(v, dst, Value::String(ArcStr::from(joined)))?;
    Ok(text_cost(len))
}

/// Renders a template.
pub(crate) fn render(
    s: &[u64],
    v: &mut [Value],
    dst: V,
    template: u32,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let parts = env.program().templates.get(template as usize).ok_or_else(corrupt)?;
    let mut out = String::with_capacity(parts.len() * 16);
    let scalar = |reg: wf_bytecode::S| s.get(usize::from(reg.0)).copied().ok_or_else(corrupt);
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Int(reg) => {
                let _ = write!(out, "{}", scalar(*reg)? as i64);
            }
            Part::Float(reg) => {
                let float = Value::Float(f64::from_bits(scalar(*reg)?));
                value::text::push_text(&float, env.program(), &mut out)?;
            }
            Part::Bool(reg) => out.push_str(if scalar(*reg)? == 0 { "false" } else { "true" }),
            Part::Value(reg) => value::text::push_text(see(v, *reg)?, env.program(), &mut out)?,
        }
        check_size(out.len(), env)?;
    }
    let work = text_cost(out.len());
    put(v, dst, Value::String(ArcStr::from(out)))?;
    Ok(work)
}

/// Any value as `json`.
pub(crate) fn to_json(v: &mut [Value], dst: V, src: V, env: Env<'_>) -> Result<i64, Fault> {
    let value = see(v, src)?.clone();
    let work = cost(items_of(&value) * 4);
    put(v, dst, value::json::to_json(value, env.program())?)?;
    Ok(work)
}

/// `json` as a value of a type.
pub(crate) fn decode(v: &mut [Value], dst: V, src: V, ty: u16, env: Env<'_>) -> Result<i64, Fault> {
    let value = see(v, src)?;
    let work = cost(items_of(value) * 4);
    let decoded = value::decode::decode_value(value, TypeIdx(ty), env.program());
    put(v, dst, decoded.map_err(|error| error.to_failure())?)?;
    Ok(work)
}

/// `json` as a value of a type, or null.
pub(crate) fn try_decode(
    v: &mut [Value],
    dst: V,
    src: V,
    ty: u16,
    env: Env<'_>,
) -> Result<i64, Fault> {
    let value = see(v, src)?;
    let work = cost(items_of(value) * 4);
    let decoded = value::decode::decode_value(value, TypeIdx(ty), env.program());
    put(v, dst, decoded.unwrap_or_default())?;
    Ok(work)
}
