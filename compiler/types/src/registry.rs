//! The signatures of nodes and functions: what a program is compiled against.

use smol_str::SmolStr;

use crate::{Table, Type, TypeDefs};

/// What a program may call. Built from signatures in `.wf` text by the compiler. Clones share the
/// signatures.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    /// The named types that the signatures use and that every program knows, as `Failure`.
    pub defs: TypeDefs,
    /// The nodes by their names, as `http.get`, in the order of their declaration.
    pub nodes: Table<NodeSignature>,
    /// The functions by their names, in the order of their declaration.
    pub functions: Table<FnSignature>,
    /// Further signatures of a function of [`Registry::functions`], told apart by the first
    /// argument: `length` of a text, of a list and of a map.
    pub overloads: Table<Vec<FnSignature>>,
}

/// The signature of a node.
#[derive(Clone, Debug)]
pub struct NodeSignature {
    /// The name, as `http.get`.
    pub name: SmolStr,
    /// What it is for, in Markdown.
    pub doc: SmolStr,
    /// Its type parameters; arguments are given for the first ones, the others are inferred.
    pub type_params: Vec<TypeParam>,
    /// The inputs, a record over the type parameters; see [`Field::has_default`](crate::Field).
    pub input: Type,
    /// The value of each input that has a default, as `.wf` text, in the order of the fields.
    pub defaults: Vec<Option<SmolStr>>,
    /// The output, a record over the type parameters.
    pub output: Type,
    /// The text of the signature, as declared.
    pub text: SmolStr,
}

/// The signature of a library function.
#[derive(Clone, Debug)]
pub struct FnSignature {
    /// The name, as `upper`.
    pub name: SmolStr,
    /// What it is for, in Markdown.
    pub doc: SmolStr,
    /// Its type parameters.
    pub type_params: Vec<TypeParam>,
    /// Its parameters.
    pub params: Vec<FnParam>,
    /// The type of its value.
    pub result: Type,
    /// The text of the signature, as declared.
    pub text: SmolStr,
}

/// A parameter of a library function.
#[derive(Clone, Debug)]
pub struct FnParam {
    /// The name.
    pub name: SmolStr,
    /// The type over the type parameters.
    pub ty: Type,
    /// The default as `.wf` text, where it may be left out.
    pub default: Option<SmolStr>,
}

/// A type parameter of a signature.
#[derive(Clone, Debug)]
pub struct TypeParam {
    /// The name, as `T`.
    pub name: SmolStr,
    /// What a type given for it must allow.
    pub bound: Option<Bound>,
    /// The type where none is given.
    pub default: Option<Type>,
}

/// What a type given for a parameter must allow, written `T: ordered`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `comparable`: it can be compared by `==`. A function whose parameter has no bound hands its
    /// values on without a look into them.
    Comparable,
    /// `ordered`: it can be compared by `<`.
    Ordered,
    /// `number`: `int`, `float` or `decimal`.
    Number,
    /// `entity`: an entity.
    Entity,
    /// `workflow`: the name of a workflow with a function trigger.
    Workflow,
    /// `border`: a type that JSON can be decoded to, without entities and secrets.
    Border,
}
