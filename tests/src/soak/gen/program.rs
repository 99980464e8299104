//! A whole program: types, functions, configuration, workflows; and what runs of it are given.

use super::calls::Func;
use super::env::Env;
use super::stmt::Block;
use super::ty::Ty;
use crate::soak::choices::Choices;

/// A generated program.
#[derive(Clone, Debug)]
pub struct Generated {
    /// Its files by name, the main one first.
    pub files: Vec<(String, String)>,
    /// The workflow that is run.
    pub workflow: String,
    /// What the contexts of its triggers are like, as the world describes types.
    pub triggers: Vec<String>,
    /// The same of the values of `config`.
    pub config: Vec<String>,
    /// The same of the rows of the entity `E`, where there is one.
    pub entity: Option<String>,
}

/// Makes programs of choices.
pub(super) struct Maker<'c> {
    pub(super) choices: &'c mut Choices,
    pub(super) types: Vec<(String, Ty)>,
    pub(super) functions: String,
    pub(super) funcs: Vec<Func>,
    pub(super) makers: Vec<(Ty, String)>,
    pub(super) names: usize,
    /// Paths that were compared with a literal.
    pub(super) compared: Vec<String>,
    /// Names whose own type may be a literal: comparing them with another one is refused.
    pub(super) exact: Vec<String>,
    /// The attributes of the entity, where there is one.
    pub(super) entity: Option<Vec<(String, Ty)>>,
    /// Whether the workflow is the one that is run.
    pub(super) in_main: bool,
    /// Whether a statement makes entities.
    pub(super) has_made: bool,
    /// Paths that were tested for null.
    pub(super) tested: Vec<String>,
    /// `try` steps whose output may be null though they went well.
    pub(super) null_outputs: Vec<String>,
    /// How many statements may still be made.
    pub(super) left: usize,
    /// Whether something was yielded, by the number of the loop.
    pub(super) yielded: Vec<bool>,
    /// Whether the type of the result is written at the workflow.
    pub(super) annotated: bool,
    /// Workflows that can be called.
    pub(super) workflows: Vec<Func>,
    /// Generic functions that are there.
    pub(super) generics: Vec<String>,
}

/// Makes the program of some choices.
pub fn program(choices: &mut Choices) -> Generated {
    let mut maker = Maker {
        choices,
        types: Vec::new(),
        functions: String::new(),
        funcs: Vec::new(),
        makers: Vec::new(),
        names: 0,
        compared: Vec::new(),
        exact: Vec::new(),
        entity: None,
        in_main: false,
        has_made: false,
        tested: Vec::new(),
        null_outputs: Vec::new(),
        left: 0,
        yielded: Vec::new(),
        annotated: false,
        workflows: Vec::new(),
        generics: Vec::new(),
    };
    maker.program()
}

impl Maker<'_> {
    fn program(&mut self) -> Generated {
        let in_two = self.choices.below(6) == 5;
        let (mut types, schema) = if in_two { Default::default() } else { self.make_schema() };
        types.push_str(&self.make_types());
        types.push_str(&self.make_entity());
        for _ in 0..self.choices.weighted(&[2, 3, 2, 1]) {
            self.function();
        }
        let (config_text, config, shared) = self.make_config();
        let mut text = String::new();
        for _ in 0..self.choices.weighted(&[6, 3, 1]) {
            text.push_str(&self.callee(shared.clone()));
        }
        self.in_main = true;
        let (main, triggers) = self.main(shared);
        text.push_str(&main);
        let library = format!("{types}{}", self.functions);
        let mut files = if in_two {
            let main = format!("use \"lib.wf\"\n{config_text}{text}");
            vec![("main.wf".to_owned(), main), ("lib.wf".to_owned(), library)]
        } else {
            vec![("main.wf".to_owned(), format!("{library}{config_text}{text}"))]
        };
        if !schema.is_empty() {
            files.push(("types.json".to_owned(), schema));
        }
        let entity = self.entity_kind();
        Generated { files, workflow: "main".to_owned(), triggers, config, entity }
    }

    fn make_types(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.choices.weighted(&[2, 3, 2]) {
            let name = format!("T{}", self.types.len());
            let at = self.types.len();
            let ty = match self.choices.weighted(&[3, 1, 1, 2, 1]) {
                0 => self.record_ty(2),
                // What a name stands for is never null.
                3 => match self.union_ty(2) {
                    Ty::Opt(_) => Ty::Union(std::rc::Rc::new(vec![Ty::Str, Ty::Int.list()])),
                    union => union,
                },
                4 => Ty::Union(std::rc::Rc::new(vec![Ty::Int, Ty::Named(at).list()])),
                1 => {
                    let label = self.ty(1);
                    Ty::rec(&[("label", label), ("children", Ty::Named(at).list())])
                }
                _ => {
                    let label = self.ty(1);
                    Ty::rec(&[("label", label), ("rest", Ty::Named(at).opt())])
                }
            };
            self.types.push((name.clone(), ty.clone()));
            text.push_str(&format!("type {name} = {}\n", self.show(&ty)));
        }
        text
    }

    /// `config { … }`: its text, what its values are like, and what can be read of it.
    fn make_config(&mut self) -> (String, Vec<String>, Env) {
        let mut env = Env::default();
        let (mut fields, mut kinds) = (Vec::new(), Vec::new());
        for i in 0..self.choices.weighted(&[5, 2, 1]) {
            let ty = self.ty(2);
            fields.push(format!("c{i}: {}", self.show(&ty)));
            kinds.push(self.kind(&ty, 3));
            env.add(format!("config.c{i}"), ty);
        }
        let secrets: &[(&str, bool)] = match self.choices.weighted(&[6, 2, 1]) {
            0 => &[],
            1 => &[("k0", false)],
            _ => &[("k0", false), ("k1", true)],
        };
        for (name, nullable) in secrets {
            fields.push(format!("{name}: secret{}", if *nullable { "?" } else { "" }));
            kinds.push(if *nullable { "?k" } else { "k" }.to_owned());
            env.secrets.push((format!("config.{name}"), *nullable));
        }
        if fields.is_empty() {
            return (String::new(), kinds, env);
        }
        (format!("config {{ {} }}\n", fields.join(", ")), kinds, env)
    }

    /// A workflow that others call.
    fn callee(&mut self, mut env: Env) -> String {
        let name = format!("w{}", self.workflows.len());
        let mut params = Vec::new();
        let mut written = Vec::new();
        for i in 0..self.choices.below(3) {
            let ty = self.ty(1);
            let default = match self.choices.below(4) {
                3 => format!(" = {}", self.closed(&ty, 2)),
                _ => String::new(),
            };
            written.push(format!("p{i}: {}{default}", self.show(&ty)));
            env.add(format!("trigger.arguments.p{i}"), ty.clone());
            params.push(ty);
        }
        let result = self.ty(2);
        self.left = 5;
        let mut trigger = format!("function({})", written.join(", "));
        if self.choices.chance(20) {
            // Of its triggers the function is called.
            let (own, rest): (Vec<_>, Vec<_>) =
                env.entries.drain(..).partition(|e| e.path.starts_with("trigger."));
            env.entries = rest;
            let cases = vec![("daily".to_owned(), Vec::new()), ("asked".to_owned(), own)];
            env.cases = std::rc::Rc::new(cases);
            env.fired = vec![0, 1];
            trigger = format!("schedule \"0 9 * * *\" as daily or {trigger} as asked");
        }
        let body = self.body(env, &result, true);
        let shown = self.show(&result);
        self.workflows.push(Func { name: name.clone(), params, result });
        format!("workflow {name} -> {shown} {{\n  trigger {trigger}\n{body}}}\n")
    }

    /// The workflow that is run, and what its triggers give.
    fn main(&mut self, mut env: Env) -> (String, Vec<String>) {
        let (declared, kinds) = self.triggers(&mut env);
        env.add("run.attempt", Ty::Int);
        env.add("run.id", Ty::Uuid);
        env.add("run.workflow", Ty::Str);
        env.add("run.startedAt", Ty::Instant);
        let result = self.ty(3);
        let annotated = self.choices.below(2) == 0;
        self.left = [4, 10, 18, 30][self.choices.weighted(&[2, 4, 3, 1])];
        let body = self.body(env, &result, annotated);
        let shown = if annotated { format!(" -> {}", self.show(&result)) } else { String::new() };
        (format!("workflow main{shown} {{\n  trigger {declared}\n{body}}}\n"), kinds)
    }

    /// The body of a workflow, from its variables on.
    fn body(&mut self, mut env: Env, result: &Ty, annotated: bool) -> String {
        self.annotated = annotated;
        self.compared.clear();
        self.exact.clear();
        self.tested.clear();
        self.yielded.clear();
        env.returns = Some(result.clone());
        // Variables may begin with what was done before.
        let mut first = Block::new(env);
        if self.choices.chance(25) {
            self.before_variables(&mut first, 1);
        }
        let (mut text, mut env) = (first.text, first.env);
        text.push_str(&self.declared(&mut env, 1));
        // A workflow that is called fails now and then, so that it is called again.
        if !self.in_main && self.choices.chance(40) {
            let cond = self.cond(&env, 2);
            text.push_str(&format!("  if {} {{ fail \"told\" }}\n", cond.text));
            cond.otherwise.iter().for_each(|fact| env.narrow(fact));
        }
        let done = self.block(env, 1);
        text.push_str(&done.text);
        if !done.ends {
            let value = self.returned(result, &done.env);
            text.push_str(&format!("  return {value}\n"));
        }
        text
    }
}
