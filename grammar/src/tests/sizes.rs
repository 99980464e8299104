//! How many bytes the nodes of the tree take that a program has most of: trees of large programs
//! are memory above all.

use std::mem::size_of;

use crate::ast::{
    Call, Entry, Expr, FieldDecl, FieldType, Item, Param, Pattern, Stmt, TemplatePart, TypeExpr,
};
use crate::token::Token;

#[test]
fn nodes_stay_small() {
    let sizes = [
        ("Token", size_of::<Token>(), 12),
        ("Expr", size_of::<Expr>(), 72),
        ("Stmt", size_of::<Stmt>(), 96),
        ("Entry", size_of::<Entry>(), 136),
        ("TemplatePart", size_of::<TemplatePart>(), 72),
        ("Pattern", size_of::<Pattern>(), 64),
        ("TypeExpr", size_of::<TypeExpr>(), 80),
        ("FieldType", size_of::<FieldType>(), 144),
        ("FieldDecl", size_of::<FieldDecl>(), 240),
        ("Param", size_of::<Param>(), 192),
        ("Call", size_of::<Call>(), 104),
        ("Item", size_of::<Item>(), 248),
    ];
    let grown: Vec<_> = sizes.iter().filter(|(_, size, most)| size > most).collect();
    assert!(grown.is_empty(), "larger than they were (bytes, most): {grown:?}");
}
