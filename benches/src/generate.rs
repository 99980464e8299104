//! Generated programs: large ones as people write them, and shapes that a careless compiler is slow on.

use std::fmt::Write;

use wf_engine::MemoryFiles;

/// How many lines one unit of [`lines`] has.
const UNIT_LINES: usize = 38;

/// A program of about so many lines: types, functions and workflows with steps, branches, loops
/// and templates. Names are unique; `part` keeps those of several files apart.
pub fn lines(count: usize, part: usize) -> String {
    let mut text = String::new();
    for unit in 0..count.div_ceil(UNIT_LINES) {
        unit_of(&format!("{part}_{unit}"), &mut text);
    }
    text
}

/// Files with about so many lines together, of which the first one uses all the others, and how
/// many lines they have.
pub fn modules(lines_in_all: usize, count: usize) -> (MemoryFiles, usize) {
    let mut files = MemoryFiles::default();
    let mut main = String::new();
    let mut length = 0;
    for part in 0..count {
        let text = lines(lines_in_all / count, part);
        length += text.lines().count();
        files.add(format!("part{part}.wf"), text);
        let _ = writeln!(main, "use {{ score_{part}_0 }} from \"part{part}.wf\"");
    }
    main.push_str("workflow all {\n  trigger function(n: int)\n  variables { total: int = 0 }\n");
    for part in 0..count {
        let call = format!("score_{part}_0({{ name: \"x\", tags: [], points: {part} }}, 1)");
        let _ = writeln!(main, "  variables.total += {call}");
    }
    main.push_str("  return variables.total\n}\n");
    length += main.lines().count();
    files.add("main.wf", main);
    (files, length)
}

fn unit_of(id: &str, text: &mut String) {
    let _ = write!(
        text,
        r#"
/// A customer of region {id}.
type Customer_{id} = {{ name: string, email: string?, tags: list<string>, points: int }}

/// How much a customer is worth.
fn score_{id}(c: {{ name: string, tags: list<string>, points: int }}, weight: int = 2) -> int {{
  let mut total = c.points * weight
  for tag in c.tags {{
    if tag == "vip" {{ total += 100 }} else {{ total += 1 }}
  }}
  return if total > 1000 {{ 1000 }} else {{ total }}
}}

workflow follow_up_{id} {{
  trigger webhook POST "/customers/{id}" {{ body: {{ customers: list<Customer_{id}>, limit: int? }} }}
  variables {{
    total: int = 0
    names: list<string> = []
  }}
  step known = http.get<{{ people: list<Customer_{id}>, next: string? }}> {{
    url: "https://api.example.com/customers?limit={{{{ trigger.body.limit ?? 10 }}}}"
  }} with {{ timeout: 5s, retry: {{ attempts: 3, backoff: 200ms }} }}
  for customer in trigger.body.customers as each parallel 4 {{
    if customer.email != null and customer.points > 10 as is_hot {{
      step mail = log.info {{ message: "{{{{ customer.name | upper }}}} <{{{{ customer.email }}}}>: {{{{ score_{id}(customer) }}}}" }}
      variables.total += customer.points
    }}
    yield {{ name: customer.name, first: customer.tags[0] ?? "none" }}
  }}
  match known_state_{id}(length(steps.known.output.body.people)) {{
    "none" => {{ variables.names = [] }}
    _ => {{ variables.names = steps.known.output.body.people | filter(p => p.points > 5) | map(p => p.name) }}
  }}
  return {{ total: variables.total, names: variables.names, each: steps.each.output.results }}
}}

fn known_state_{id}(n: int) -> "none" | "some" {{ return if n == 0 {{ "none" }} else {{ "some" }} }}
"#
    );
}

/// A shape of program that grows with `n`, and its name.
pub type Shape = (&'static str, fn(usize) -> String);

/// Shapes on which a compiler may take more than linear time.
pub const SHAPES: [Shape; 22] = [
    ("steps in a row", steps),
    ("else if", else_if),
    ("match arms", match_arms),
    ("members of a union", union_members),
    ("fields of a record", record_fields),
    ("items of a list", list_items),
    ("items of a list of records", list_of_records),
    ("operators in statements", operators),
    ("lambdas in a pipe", pipes),
    ("pieces of a template", template_pieces),
    ("narrowing tests", narrowing),
    ("variables", variables),
    ("errors", errors),
    ("functions that call each other", functions),
    ("generic calls in each other", generic_calls),
    ("arms over unions of records", record_unions),
    ("wide records", wide_records),
    ("lets that use what is known", facts),
    ("variables that are merged into", merges),
    ("reads of steps in templates", step_reads),
    ("types by each other's names", alias_chain),
    ("fields that are merely declared", optional_fields),
];

fn workflow(params: &str, body: &str) -> String {
    format!("workflow w {{\n  trigger function({params})\n{body}}}\n")
}

fn repeat(n: usize, mut piece: impl FnMut(usize) -> String) -> String {
    (0..n).map(&mut piece).collect()
}

fn steps(n: usize) -> String {
    let rest = repeat(n, |i| match i {
        0 => "  step s0 = random.uuid { }\n".into(),
        _ => {
            format!("  step s{i} = log.info {{ message: \"{{{{ steps.s{}.status }}}}\" }}\n", i - 1)
        }
    });
    workflow("", &format!("{rest}  return steps.s{}.status\n", n - 1))
}

fn else_if(n: usize) -> String {
    // A chain may have some 200 links; more of them stand one after another.
    let chain = |at: usize| {
        let links = repeat(100, |i| {
            let word = if i == 0 { "if" } else { " else if" };
            format!("{word} trigger.arguments.n == {i} {{\n    variables.x = {at}\n  }}")
        });
        format!("  {links} else {{\n    variables.x = 0\n  }}\n")
    };
    let chains = repeat(n.div_ceil(100), chain);
    workflow("n: int", &format!("  variables {{ x: int = 0 }}\n{chains}  return variables.x\n"))
}

fn match_arms(n: usize) -> String {
    let arms = repeat(n, |i| format!("    {i} => {{ variables.x = {i} }}\n"));
    let body = format!(
        "  variables {{ x: int = 0 }}\n  match trigger.arguments.n {{\n{arms}    _ => {{ }}\n  }}\n  return variables.x\n"
    );
    workflow("n: int", &body)
}

fn union_members(n: usize) -> String {
    let unions = repeat(n.div_ceil(100), |u| {
        let members = repeat(100, |i| format!("{}\"m{i}\"", if i == 0 { "" } else { "\n  | " }));
        let arms = repeat(100, |i| format!("    \"m{i}\" => {i}\n"));
        format!(
            "type U{u} = {members}\nfn number{u}(u: U{u}) -> int {{\n  return match u {{\n{arms}  }}\n}}\n"
        )
    });
    format!("{unions}{}", workflow("u: U0", "  return number0(trigger.arguments.u)\n"))
}

fn record_fields(n: usize) -> String {
    // A record may have 1,000 fields or so; more stand in several types.
    let records = repeat(n.div_ceil(200), |r| {
        let fields = repeat(200, |i| format!("  f{i}: int\n"));
        let reads = repeat(200, |i| format!("{}r.f{i}", if i == 0 { "" } else { "\n    + " }));
        let values = repeat(200, |i| format!("{}f{i}: {i}", if i == 0 { "" } else { ", " }));
        format!(
            "type R{r} = {{\n{fields}}}\nfn sum{r}(r: R{r}) -> int {{\n  return {reads}\n}}\nfn make{r}() -> R{r} {{ return {{ {values} }} }}\n"
        )
    });
    format!("{records}{}", workflow("", "  return sum0(make0())\n"))
}

fn list_items(n: usize) -> String {
    let items = repeat(n, |i| format!("    {i}\n"));
    workflow("", &format!("  let xs = [\n{items}  ]\n  return length(xs)\n"))
}

fn list_of_records(n: usize) -> String {
    let items = repeat(n, |i| format!("    {{ id: {i}, name: \"n{i}\", tags: [\"a\", \"b\"] }}\n"));
    workflow("", &format!("  let xs = [\n{items}  ]\n  return length(xs)\n"))
}

fn operators(n: usize) -> String {
    let lines = repeat(n.div_ceil(50), |i| {
        let sum = repeat(50, |j| format!("{}n * {j}", if j == 0 { "" } else { " + " }));
        format!("  let x{i} = {sum}\n  total += x{i}\n")
    });
    format!(
        "fn f(n: int) -> int {{\n  let mut total = 0\n{lines}  return total\n}}\n{}",
        workflow("n: int", "  return f(trigger.arguments.n)\n")
    )
}

fn pipes(n: usize) -> String {
    let lines = repeat(n.div_ceil(20), |i| {
        let pipe = repeat(20, |j| format!(" | map(x => x + {j})"));
        format!("  let y{i} = xs{pipe}\n  total += sum(y{i})\n")
    });
    format!(
        "fn f(xs: list<int>) -> int {{\n  let mut total = 0\n{lines}  return total\n}}\n{}",
        workflow("xs: list<int>", "  return f(trigger.arguments.xs)\n")
    )
}

fn template_pieces(n: usize) -> String {
    let lines = repeat(n.div_ceil(50), |i| {
        let pieces = repeat(50, |j| format!("{j} {{{{ a + {j} }}}} {{{{ \"in {{{{ a }}}}\" }}}} "));
        format!("  let t{i} = \"{pieces}\"\n  total += length(t{i})\n")
    });
    format!(
        "fn f(a: int) -> int {{\n  let mut total = 0\n{lines}  return total\n}}\n{}",
        workflow("a: int", "  return f(trigger.arguments.a)\n")
    )
}

fn narrowing(n: usize) -> String {
    let params = repeat(50, |i| format!("{}p{i}: int?", if i == 0 { "" } else { ", " }));
    let tests = repeat(n, |i| {
        let at = i % 50;
        format!(
            "  if trigger.arguments.p{at} != null {{\n    variables.x += trigger.arguments.p{at}\n  }}\n"
        )
    });
    workflow(&params, &format!("  variables {{ x: int = 0 }}\n{tests}  return variables.x\n"))
}

fn variables(n: usize) -> String {
    let declared = repeat(n, |i| format!("    v{i}: int = {i}\n"));
    let writes = repeat(n, |i| format!("  variables.v{i} += 1\n"));
    let reads = repeat(n, |i| format!("  variables.v0 += variables.v{i}\n"));
    workflow("", &format!("  variables {{\n{declared}  }}\n{writes}{reads}  return variables.v0\n"))
}

fn errors(n: usize) -> String {
    let steps =
        repeat(n, |i| format!("  step s{i} = log.info {{ message: trigger.arguments.nam{i} }}\n"));
    workflow("name: string", &format!("{steps}  return null\n"))
}

fn functions(n: usize) -> String {
    let fns = repeat(n, |i| {
        format!(
            "fn f{i}(n: int) -> int {{ return if n == 0 {{ {i} }} else {{ f{}(n - 1) }} }}\n",
            (i + 1) % n
        )
    });
    format!("{fns}{}", workflow("n: int", "  return f0(trigger.arguments.n)\n"))
}

fn generic_calls(n: usize) -> String {
    // Calls may be nested some 100 deep; more of them stand one after another.
    let lines = repeat(n.div_ceil(20), |i| {
        let (open, close) = ("keep(".repeat(20), ")".repeat(20));
        format!("  let v{i} = {open}[a, {i}]{close}\n  total += length(v{i})\n")
    });
    format!(
        "fn keep<T>(value: T) -> T {{ return value }}\nfn f(a: int) -> int {{\n  let mut total = 0\n{lines}  return total\n}}\n{}",
        workflow("a: int", "  return f(trigger.arguments.a)\n")
    )
}

fn record_unions(n: usize) -> String {
    let unions = repeat(n.div_ceil(40), |u| {
        let members = repeat(40, |i| {
            let bar = if i == 0 { "" } else { "\n  | " };
            format!("{bar}{{ kind: \"k{i}\", at{i}: int }}")
        });
        let arms = repeat(40, |i| format!("    \"k{i}\" => {{ return {i} }}\n"));
        format!(
            "type U{u} = {members}\nfn number{u}(u: U{u}) -> int {{\n  match u.kind {{\n{arms}  }}\n}}\n"
        )
    });
    format!("{unions}{}", workflow("u: U0", "  return number0(trigger.arguments.u)\n"))
}

fn wide_records(n: usize) -> String {
    let fields = repeat(1_000, |i| format!("  f{i}: int\n"));
    let reads = repeat(n, |i| format!("  total += r.f{}\n", i * 7 % 1_000));
    format!(
        "type R = {{\n{fields}}}\nfn f(r: R) -> int {{\n  let mut total = 0\n{reads}  return total\n}}\n{}",
        workflow("r: R", "  return f(trigger.arguments.r)\n")
    )
}

fn facts(n: usize) -> String {
    let params = repeat(20, |i| format!("{}p{i}: int?", if i == 0 { "" } else { ", " }));
    let tests = repeat(20, |i| {
        format!("{}trigger.arguments.p{i} != null", if i == 0 { "" } else { " and " })
    });
    let sum = repeat(20, |i| format!(" + trigger.arguments.p{i}"));
    let lets =
        repeat(n.div_ceil(20), |i| format!("    let x{i} = {i}{sum}\n    variables.x += x{i}\n"));
    workflow(
        &params,
        &format!(
            "  variables {{ x: int = 0 }}\n  if {tests} {{\n{lets}  }}\n  return variables.x\n"
        ),
    )
}

fn merges(n: usize) -> String {
    let declared = repeat(n, |i| format!("    v{i}: int = 0\n"));
    let merged = repeat(n, |i| format!("    variables.v{i} += item\n"));
    let reads = repeat(n, |i| format!("  variables.v0 += variables.v{i}\n"));
    workflow(
        "items: list<int>",
        &format!(
            "  variables {{\n{declared}  }}\n  for item in trigger.arguments.items as each parallel {{\n{merged}  }}\n{reads}  return variables.v0\n"
        ),
    )
}

fn step_reads(n: usize) -> String {
    let steps = repeat(20, |i| format!("  step s{i} = random.uuid {{ }}\n"));
    // An expression may have 1,000 operators, points among them; more reads stand in several.
    let count = n.div_ceil(200);
    let templates = repeat(count, |t| {
        let reads = repeat(200, |i| format!(" {{{{ steps.s{}.output.uuid }}}}", (i + t) % 20));
        format!("  variables.text = \"{t}{reads}\"\n")
    });
    workflow(
        "",
        &format!(
            "  variables {{ text: string = \"\" }}\n{steps}{templates}  return variables.text\n"
        ),
    )
}

fn alias_chain(n: usize) -> String {
    let types = repeat(n, |i| match i {
        0 => "type T0 = { value: int }\n".to_owned(),
        _ => format!("type T{i} = {{ inner: T{}, list: list<T{}> }}\n", i - 1, i - 1),
    });
    let last = n - 1;
    let body = format!("  return length(trigger.arguments.t{})\n", ".inner.list");
    format!("{types}{}", workflow(&format!("t: T{last}"), &body))
}

fn optional_fields(n: usize) -> String {
    let types = repeat(n.div_ceil(100), |t| {
        let fields = repeat(100, |i| format!("  f{i}: {{ a: int, b: list<string?> }}?\n"));
        format!("type T{t} = {{\n{fields}}}\n")
    });
    format!("{types}{}", workflow("t: T0", "  return trigger.arguments.t.f0?.a ?? 0\n"))
}

/// Files of which each uses the next one, and how many lines they have.
pub fn module_chain(count: usize) -> (MemoryFiles, usize) {
    let mut files = MemoryFiles::default();
    for at in 0..count {
        let text = match at + 1 < count {
            true => format!(
                "use {{ f{next} }} from \"part{next}.wf\"\nfn f{at}(n: int) -> int {{ return f{next}(n + 1) }}\n",
                next = at + 1
            ),
            false => format!("fn f{at}(n: int) -> int {{ return n }}\n"),
        };
        files.add(format!("part{at}.wf"), text);
    }
    let main = workflow("n: int", "  return f0(trigger.arguments.n)\n");
    files.add("main.wf", format!("use {{ f0 }} from \"part0.wf\"\n{main}"));
    (files, count * 2 + 4)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wf_engine::Engine;

    use super::{SHAPES, lines, module_chain, modules};
    use crate::cpu::CpuTimer;

    /// The CPU time of compiling a program: the least of three.
    fn cost(engine: &Engine, name: &str, text: &str) -> Duration {
        let files = wf_engine::MemoryFiles::from([("main.wf", text)]);
        let once = || {
            let timer = CpuTimer::start();
            let compiled = engine.compile(&["main.wf"], &files);
            let time = timer.elapsed();
            let problem = compiled.diagnostics.iter().find(|d| d.is_error());
            let problem = problem.map(|d| d.message.as_str());
            assert!(problem.is_none() || name == "errors", "{name}: {problem:?}");
            time
        };
        (0..3).map(|_| once()).min().unwrap_or_default()
    }

    #[test]
    fn eight_times_the_program_costs_about_eight_times_as_much() {
        let engine = Engine::builder().workers(1).build().unwrap();
        for (name, shape) in SHAPES {
            let (small, large) = (shape(400), shape(3_200));
            let mut ratio = 0.0;
            for _ in 0..3 {
                let times = (cost(&engine, name, &small), cost(&engine, name, &large));
                ratio = times.1.as_secs_f64() / times.0.as_secs_f64().max(1e-6);
                if ratio < 16.0 {
                    break;
                }
            }
            assert!(ratio < 16.0, "{name}: eight times the size takes {ratio:.1} times as long");
        }
    }

    #[test]
    fn a_chain_of_modules_costs_as_much_for_each() {
        let engine = Engine::builder().workers(1).build().unwrap();
        let cost = |count: usize| {
            let (files, _) = module_chain(count);
            let once = || {
                let timer = CpuTimer::start();
                let compiled = engine.compile(&["main.wf"], &files);
                let time = timer.elapsed();
                assert!(compiled.program.is_some(), "{:?}", compiled.diagnostics.first());
                time.as_secs_f64()
            };
            (0..3).map(|_| once()).fold(f64::MAX, f64::min)
        };
        let ratio = (0..3).map(|_| cost(1_600) / cost(200)).fold(f64::MAX, f64::min);
        assert!(ratio < 16.0, "eight times the modules take {ratio:.1} times as long");
    }

    #[test]
    fn what_is_generated_compiles() {
        let engine = Engine::builder().workers(1).build().unwrap();
        cost(&engine, "lines", &lines(200, 0));
        let (files, length) = modules(400, 4);
        let compiled = engine.compile(&["main.wf"], &files);
        assert!(compiled.program.is_some(), "{:?}", compiled.diagnostics);
        assert!(length >= 400);
    }
}
