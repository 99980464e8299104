//! What can be read at a place, with which type, and what may be done there.

use std::rc::Rc;

use super::program::Maker;
use super::ty::Ty;

/// A path that can be read.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) path: Rc<str>,
    pub(super) ty: Ty,
    /// The variable or `let mut` that it goes through.
    pub(super) var: Option<Rc<str>>,
    /// The type without narrowing.
    pub(super) declared: Ty,
    /// Whether it may be used as a whole; else only its fields are.
    pub(super) whole: bool,
    /// Whether a test for null narrows it.
    pub(super) narrows: bool,
    /// Whether the type follows from what was asked.
    pub(super) known: bool,
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Var {
    pub(super) name: Rc<str>,
    pub(super) ty: Ty,
}

/// A loop around a place.
#[derive(Clone, Debug)]
pub(super) struct LoopInfo {
    pub(super) yields: Ty,
    /// Its number among all loops.
    pub(super) number: usize,
}

/// What there is at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    pub(super) entries: Vec<Entry>,
    /// Variables that may be assigned here.
    pub(super) assigns: Vec<Var>,
    /// Variables that are merged into here, each by one operator.
    pub(super) merges: Vec<(Var, &'static str)>,
    pub(super) loops: Vec<LoopInfo>,
    pub(super) in_fn: bool,
    /// How many parallel statements are around.
    pub(super) regions: usize,
    pub(super) returns: Option<Ty>,
    pub(super) may_break: bool,
    pub(super) may_continue: bool,
    pub(super) may_yield: bool,
    /// How many statements are around.
    pub(super) depth: usize,
    /// The caught failure.
    pub(super) err: Option<String>,
    /// The triggers of the workflow, where it has several: their names, and what each gives.
    pub(super) cases: Rc<Vec<(String, Vec<Entry>)>>,
    /// Those of them that may have fired.
    pub(super) fired: Vec<usize>,
    /// Whether a block must not be left at its end.
    pub(super) must_stay: bool,
    /// The secrets, and whether they may be null.
    pub(super) secrets: Vec<(String, bool)>,
}

impl Env {
    pub(super) fn add(&mut self, path: impl AsRef<str>, ty: Ty) {
        self.push(path, ty, None, true, true);
    }

    pub(super) fn push(
        &mut self,
        path: impl AsRef<str>,
        ty: Ty,
        var: Option<Rc<str>>,
        whole: bool,
        narrows: bool,
    ) {
        let path: Rc<str> = Rc::from(path.as_ref());
        let declared = ty.clone();
        self.entries.push(Entry { path, ty, var, declared, whole, narrows, known: false });
    }

    /// Notes that a path is not null.
    pub(super) fn narrow(&mut self, fact: &Entry) {
        let ty = fact.ty.inner().clone();
        // The two sides of a `try` step tell about each other: handled where the fact is made.
        match self.entries.iter_mut().find(|e| e.path == fact.path) {
            Some(entry) => (entry.ty, entry.known) = (ty, true),
            None => self.entries.push(Entry { ty, known: true, ..fact.clone() }),
        }
    }

    /// Forgets what is known of a variable beyond its type.
    pub(super) fn widen(&mut self, var: &str) {
        self.entries.retain(|e| e.var.as_deref() != Some(var) || is_root(e, var));
        for entry in self.entries.iter_mut().filter(|e| e.var.as_deref() == Some(var)) {
            entry.ty = entry.declared.clone();
            entry.known = false;
        }
    }

    /// The variables of which more is known than their types.
    pub(super) fn narrowed(&self) -> Vec<Rc<str>> {
        let narrowed =
            |e: &&Entry| e.var.as_deref().is_some_and(|var| !is_root(e, var) || e.ty != e.declared);
        let mut names: Vec<Rc<str>> =
            self.entries.iter().filter(narrowed).filter_map(|e| e.var.clone()).collect();
        names.dedup();
        names
    }
}

fn is_root(entry: &Entry, var: &str) -> bool {
    &*entry.path == var || entry.path.strip_prefix("variables.") == Some(var)
}

impl Maker<'_> {
    /// All that can be read: the entries and what is in them.
    pub(super) fn readable(&self, env: &Env) -> Vec<Entry> {
        let mut all = Vec::new();
        for entry in &env.entries {
            self.expand(entry.clone(), env, 4, &mut all);
        }
        all
    }

    fn expand(&self, entry: Entry, env: &Env, fuel: usize, all: &mut Vec<Entry>) {
        let ty = match &entry.ty {
            Ty::Entity => self.entity_record(),
            Ty::Opt(inner) if **inner == Ty::Entity => self.entity_record().opt(),
            other => other.clone(),
        };
        if fuel > 0 {
            match self.peel(&ty) {
                Ty::Rec(fields) => {
                    for (name, ty) in fields.iter() {
                        let path = format!("{}.{name}", entry.path);
                        self.part(&entry, path, ty.clone(), entry.narrows, env, fuel, all);
                    }
                }
                Ty::Holes(fields) => {
                    for (name, ty) in &fields.0 {
                        let path = format!("{}.{name}", entry.path);
                        self.part(&entry, path, ty.clone(), entry.narrows, env, fuel, all);
                    }
                }
                Ty::Union(members)
                    if entry.var.is_none() && (entry.known || self.may_compare(&entry.path)) =>
                {
                    for (name, ty) in self.shared_fields(members) {
                        let path = format!("{}.{name}", entry.path);
                        self.part(&entry, path, ty, false, env, fuel.min(2), all);
                    }
                }
                Ty::Opt(inner) => {
                    let fields = match self.peel(inner) {
                        Ty::Rec(fields) => Some(&**fields),
                        Ty::Holes(fields) => Some(&fields.0),
                        _ => None,
                    };
                    if let Some(fields) = fields {
                        for (name, ty) in fields.iter() {
                            let path = format!("{}?.{name}", entry.path);
                            let ty = ty.clone().opt();
                            self.part(&entry, path, ty, false, env, fuel.min(1), all);
                        }
                    }
                }
                Ty::List(of) if entry.whole && fuel > 1 => {
                    let of = Ty::clone(of).opt();
                    let path = format!("{}[0]", entry.path);
                    self.part(&entry, path, of.clone(), entry.narrows, env, 1, all);
                    let path = format!("{}[-1]", entry.path);
                    self.part(&entry, path, of, entry.narrows, env, 1, all);
                }
                Ty::Map(of) if entry.whole && fuel > 1 => {
                    let path = format!("{}[\"a\"]", entry.path);
                    let of = Ty::clone(of).opt();
                    self.part(&entry, path, of, entry.narrows, env, 1, all);
                }
                _ => {}
            }
        }
        all.push(entry);
    }

    #[expect(clippy::too_many_arguments, reason = "a part has all that its whole has")]
    fn part(
        &self,
        of: &Entry,
        path: String,
        ty: Ty,
        narrows: bool,
        env: &Env,
        fuel: usize,
        all: &mut Vec<Entry>,
    ) {
        // An entry of its own knows better.
        if env.entries.iter().any(|e| *e.path == *path) {
            return;
        }
        let (path, declared) = (Rc::from(path.as_str()), ty.clone());
        // What a failure says is not the language's.
        let whole =
            of.whole || !matches!(&ty, Ty::Rec(f) if f.first().is_some_and(|f| f.0 == "code"));
        let whole = whole && !matches!(&ty, Ty::Opt(i) if is_failure(i));
        let whole = whole && !self.is_partial(&ty);
        let part = Entry { path, ty, var: of.var.clone(), declared, whole, narrows, known: false };
        self.expand(part, env, fuel - 1, all);
    }

    /// A path of exactly this type.
    pub(super) fn path_of(&mut self, ty: &Ty, env: &Env) -> Option<String> {
        let all = self.readable(env);
        // What was compared with a literal may be known to be one, and what was taken apart to be of
        // fewer members than the generator knows.
        let union = matches!(self.peel(ty.inner()), Ty::Union(_));
        let literal = union || matches!(ty.inner(), Ty::Texts(_) | Ty::Numbers(_));
        let fitting: Vec<Rc<str>> = all
            .into_iter()
            .filter(|e| {
                let exact = e.var.is_none() && (e.known && !union || self.may_compare(&e.path));
                e.whole && e.ty == *ty && (!literal || exact)
            })
            .map(|e| e.path)
            .collect();
        self.choices.pick(&fitting).map(|path| path.to_string())
    }

    /// A path whose value can be given for this type.
    pub(super) fn path_for(&mut self, ty: &Ty, env: &Env) -> Option<String> {
        let all = self.readable(env);
        let fitting: Vec<Rc<str>> = all
            .into_iter()
            .filter(|e| e.whole && self.fits(&e.ty, ty, 8))
            .map(|e| e.path)
            .collect();
        self.choices.pick(&fitting).map(|path| path.to_string())
    }

    /// A path that may be null and that a test for null narrows.
    pub(super) fn nullable(&mut self, env: &Env) -> Option<Entry> {
        let all = self.readable(env);
        let fitting: Vec<Entry> = all.into_iter().filter(|e| e.narrows && e.ty.is_opt()).collect();
        self.choices.pick(&fitting)
    }
}

/// What programs see of a failure; its message is not the language's.
pub(super) fn failure() -> Ty {
    Ty::rec(&[
        ("code", Ty::Str),
        ("step", Ty::Str.opt()),
        ("attempts", Ty::Int),
        ("statusCode", Ty::Int.opt()),
    ])
}

pub(super) fn is_failure(ty: &Ty) -> bool {
    matches!(ty, Ty::Rec(fields) if fields.first().is_some_and(|(n, _)| n == "code"))
}
