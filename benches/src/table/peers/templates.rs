//! Template engines, with the template parsed once.

use std::hint::black_box;

use serde_json::{Value, json};

use super::super::data::{self, Sizes};
use super::super::measure::Contender;
use super::super::native;

const SOURCE: &str = "Hello {{ entity.name }} (#{{ entity.id }}), owner {{ entity.owner.email }}: found {{ steps.query.totalCount }} results with status {{ steps.fetch.status }} from {{ steps.fetch.url }} in {{ variables.region }}/{{ variables.env.name }}.";

fn context() -> Value {
    let data = data::context();
    json!({
        "entity": data.entity,
        "steps": {
            "query": { "totalCount": data.total_count },
            "fetch": { "status": data.status, "url": data.url },
        },
        "variables": { "region": data.region, "env": { "name": data.env.name } },
    })
}

fn rendered(
    name: &str,
    sizes: &Sizes,
    render: impl Fn() -> Result<String, String> + 'static,
) -> Result<Contender, String> {
    let text = render()?;
    if text != native::render(&data::context()) {
        return Err(format!("{name} renders `{text}`"));
    }
    let renders = sizes.renders;
    Ok(Contender::timed(name, move || {
        for _ in 0..renders {
            let _ = black_box(render());
        }
    }))
}

pub(super) fn minijinja(sizes: &Sizes) -> Result<Contender, String> {
    let mut env = minijinja::Environment::new();
    env.add_template("t", SOURCE).map_err(|e| e.to_string())?;
    let context = minijinja::Value::from(minijinja::value::Serde(context()));
    rendered("minijinja", sizes, move || {
        let template = env.get_template("t").map_err(|e| e.to_string())?;
        template.render(&context).map_err(|e| e.to_string())
    })
}

pub(super) fn tera(sizes: &Sizes) -> Result<Contender, String> {
    let mut tera = tera::Tera::default();
    tera.add_raw_template("t", SOURCE).map_err(|e| e.to_string())?;
    let context = tera::Context::from_serialize(&context()).map_err(|e| e.to_string())?;
    rendered("tera", sizes, move || tera.render("t", &context).map_err(|e| e.to_string()))
}
