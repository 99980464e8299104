//! What somebody might take instead, in the same rounds: built in by the feature `peers`.
//!
//! Each does the same work as our workflow and its result is looked at once; scripts keep their
//! data between rounds, as Rust does.

mod lua;
mod orchestration;
mod rhai;
mod starlark;
mod templates;

use super::data::Sizes;
use super::measure::Contender;

/// The contenders of a row; one that can't be set up is left out, and says why in its name.
pub(super) fn of(row: &str, sizes: &Sizes) -> Vec<Contender> {
    let made = match row {
        "fib" | "mix" | "records" | "strings" => vec![
            lua::contender(row, sizes),
            starlark::contender(row, sizes),
            rhai::contender(row, sizes),
        ],
        "template" => {
            vec![lua::contender(row, sizes), templates::minijinja(sizes), templates::tera(sizes)]
        }
        "steps" => {
            vec![Ok(orchestration::tokio_steps(sizes)), Ok(orchestration::dagrs_steps(sizes))]
        }
        "fan_out" => {
            vec![Ok(orchestration::rayon_items(sizes)), Ok(orchestration::tokio_items(sizes))]
        }
        "check" => vec![Ok(starlark::typecheck(sizes))],
        _ => Vec::new(),
    };
    made.into_iter()
        .map(|made: Result<Contender, String>| {
            made.unwrap_or_else(|problem| Contender::timed(format!("(left out: {problem})"), || {}))
        })
        .collect()
}

/// What a row gives as one number, so that scripts need no records at their border: the result, or
/// the sum of the records rounded down and the number of open ones.
fn expected(row: &str, sizes: &Sizes) -> i64 {
    use super::{data, native};
    match row {
        "fib" => native::fib(sizes.fib),
        "mix" => native::mix(sizes.mix),
        "records" => {
            let rows = data::rows(sizes.rows);
            let (total, groups) = native::records(&rows);
            total as i64 + groups.get("Open").copied().unwrap_or_default() as i64
        }
        "strings" => native::strings(&data::texts(sizes.texts)) as i64,
        _ => native::render(&data::context()).len() as i64,
    }
}

/// The number that the function of a row gets.
fn size(row: &str, sizes: &Sizes) -> i64 {
    match row {
        "fib" => sizes.fib,
        "mix" => sizes.mix,
        "records" => sizes.rows as i64,
        "strings" => sizes.texts as i64,
        _ => sizes.renders as i64,
    }
}

/// A contender that calls a function of a script; the first call is compared.
fn script(
    name: &str,
    expected: i64,
    mut call: impl FnMut() -> Result<i64, String> + 'static,
) -> Result<Contender, String> {
    let given = call()?;
    if given != expected {
        return Err(format!("{name} gave {given} where Rust gives {expected}"));
    }
    Ok(Contender::timed(name, move || {
        let _ = std::hint::black_box(call());
    }))
}
