//! What programs demand of their borders, and how the table of demands is made small.

use super::same::simplify;
use super::{Demand, DemandId, Demands, of};
use crate::typed::{Program, WorkflowId};
use crate::{LoadError, Loader, build_registry, check};

struct One(String);

impl Loader for One {
    fn read(&self, _: &str) -> Result<String, LoadError> {
        Ok(self.0.clone())
    }

    fn resolve(&self, _: &str, path: &str) -> Result<String, LoadError> {
        Ok(path.to_owned())
    }
}

const SIGNATURES: &str = "
fn first<T>(items: list<T>) -> T?
fn length<T>(items: list<T>) -> int
fn distinct<T: comparable>(items: list<T>) -> list<T>
fn map<T, U>(items: list<T>, to: (T) -> U) -> list<U>
fn flatMap<T, U>(items: list<T>, to: (T) -> list<U>) -> list<U>";

fn checked(text: &str) -> Program {
    let registry = build_registry(&[("lib.wf", SIGNATURES)]).expect("the signatures are right");
    let checked = check(&["w.wf"], &One(text.to_owned()), &registry);
    checked.program.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

/// The demand on the one argument of a workflow, as text: `{a b[{c}]}`, `*` for everything.
#[track_caller]
fn argument(types: &str, ty: &str, body: &str) -> String {
    let text = format!("{types}\nworkflow w {{\n trigger function(x: {ty})\n{body}\n}}");
    let program = checked(&text);
    let demands = of(&program);
    let part = |id| match demands.get(id) {
        Demand::Fields(fields) => fields[0],
        _ => id,
    };
    shown(&demands, part(part(demands.trigger(WorkflowId(0), 0))), 4)
}

fn shown(demands: &Demands, id: DemandId, left: usize) -> String {
    match demands.get(id) {
        _ if left == 0 => "…".into(),
        Demand::None => "-".into(),
        Demand::Whole => "*".into(),
        Demand::Members(members) => {
            let members: Vec<String> =
                members.iter().map(|member| shown(demands, *member, left - 1)).collect();
            format!("({})", members.join(" | "))
        }
        Demand::Items(items) => format!("[{}]", shown(demands, *items, left - 1)),
        Demand::Fields(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| shown(demands, *field, left - 1)).collect();
            format!("{{{}}}", fields.join(" "))
        }
    }
}

#[test]
fn what_is_read_is_demanded_and_no_more() {
    let types = "type P = { a: int, b: { c: string, d: string }, e: list<P> }";
    for (body, demand) in [
        (" return 1", "-"),
        (" return trigger.arguments.x.a", "{* - -}"),
        (" let p = trigger.arguments.x\n return p.b.c", "{- {* -} -}"),
        (" return trigger.arguments.x.e | length", "{- - [-]}"),
        (" return trigger.arguments.x.e[0]?.a", "{- - [{* - -}]}"),
        (" return (trigger.arguments.x.e | first)?.a", "{- - [{* - -}]}"),
        (" return trigger.arguments.x.e | map(p => p.b.d)", "{- - [{- {… …} -}]}"),
        (" return trigger.arguments.x.e | distinct | length", "{- - *}"),
    ] {
        assert_eq!(argument(types, "P", body), demand, "{body}");
    }
}

#[test]
fn of_each_member_of_a_union_only_what_is_read_is_demanded() {
    let told = "type A = { k: \"a\", x: int, y: string }\ntype B = { k: \"b\", y: int, z: string }
type U = A | B | string\ntype V = { x: int, y: string } | { x: int, z: string } | string";
    for (ty, body, demand) in [
        ("U", " return 1", "-"),
        ("A | B", " return trigger.arguments.x.k", "({* - -} | {* - -})"),
        ("A | B", " return \"{{ trigger.arguments.x.y }}\"", "({* - *} | {* * -})"),
        (
            "U",
            " return match trigger.arguments.x { A a => a.x, _ => 0 }",
            "({* * -} | {* - -} | *)",
        ),
        (
            "U",
            " return match trigger.arguments.x { A a => 1, B b => b.y, string s => 2 }",
            "({* - -} | {* * -} | *)",
        ),
        (
            "A | B",
            " let v = trigger.arguments.x\n if v.k == \"a\" { return v.x }\n return v.y",
            "({* * -} | {* * -})",
        ),
        ("list<U>?", " return (trigger.arguments.x ?? []) | length", "[-]"),
        (
            "list<U>",
            " return trigger.arguments.x | map(u => match u { B b => b.z, _ => \"\" })",
            "[({* - -} | {* - *} | *)]",
        ),
        ("U", " return trigger.arguments.x", "*"),
        // Two records that no field tells apart are tried whole.
        ("V", " return match trigger.arguments.x { string s => 1, _ => 0 }", "*"),
    ] {
        assert_eq!(argument(told, ty, body), demand, "{body}");
    }
}

#[test]
fn all_parts_together_are_the_whole() {
    let types = "type P = { a: int, b: string }";
    let body = " let p = trigger.arguments.x\n return \"{{ p.a }} {{ p.b }}\"";
    let text = format!("{types}\nworkflow w {{\n trigger function(x: P)\n{body}\n}}");
    let demands = of(&checked(&text));
    assert_eq!(demands.trigger(WorkflowId(0), 0), DemandId::WHOLE);
}

#[test]
fn a_recursive_walk_has_a_finite_demand() {
    let types = "type T = { name: string, size: int, sub: list<T> }
fn names(t: T) -> list<string> { return [t.name] + (t.sub | flatMap(s => names(s))) }";
    let body = " return names(trigger.arguments.x)";
    let text = format!("{types}\nworkflow w {{\n trigger function(x: T)\n{body}\n}}");
    let demands = of(&checked(&text));
    // Nothing, everything, the context, the arguments, the tree and its list.
    assert_eq!(demands.table.len(), 6, "{:?}", demands.table);
}

#[test]
fn long_chains_take_no_time() {
    let types = "type P = { a: int, b: P?, c: int }\nfn id(p: P) -> P { return p }";
    let mut body = String::from(" let v0 = trigger.arguments.x\n");
    for i in 0..2_000 {
        body += &format!(
            " let v{} = if v{i}.a > {i} {{ id(v{i}) }} else {{ v{i}.b ?? v{i} }}\n",
            i + 1
        );
    }
    body += " return v2000.a";
    assert_eq!(argument(types, "P", &body), "{* {* {* {… … …} -} -} -}");
}

#[test]
fn equal_demands_become_one() {
    let id = DemandId;
    let table = vec![
        Demand::None,
        Demand::Whole,
        Demand::Fields(vec![id(3), id(0)]),
        Demand::Items(id(1)),
        Demand::Fields(vec![id(1), id(0)]),
        Demand::Items(id(2)),
        Demand::Items(id(4)),
    ];
    let mut touched = vec![true; 7];
    touched[0] = false;
    let (small, number) = simplify(table, &touched);
    assert_eq!(number.iter().map(|id| id.0).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 3, 3]);
    let fields = Demand::Fields(vec![DemandId::WHOLE, DemandId::NONE]);
    assert_eq!(small, [Demand::None, Demand::Whole, fields, Demand::Items(id(2))]);
}

#[test]
fn what_only_parts_are_asked_of_is_asked_for_only_with_them() {
    let id = DemandId;
    let table = vec![
        Demand::None,
        Demand::Whole,
        Demand::Items(id(0)),
        Demand::Items(id(4)),
        Demand::Items(id(1)),
        Demand::Items(id(5)),
    ];
    let touched = [false, true, false, false, false, false];
    let (_, number) = simplify(table, &touched);
    assert_eq!(number.iter().map(|id| id.0).collect::<Vec<_>>(), [0, 1, 0, 1, 1, 0]);
}
