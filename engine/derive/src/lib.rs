//! `#[derive(Data)]` of `wf-engine`: Rust structs and enums as types of wf.

mod attributes;
mod names;
mod record;
mod union;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields};

use attributes::Container;

/// Makes a struct or an enum a type of wf: see `wf_engine::Data`, which it implements, for what becomes
/// of what. For a struct with named fields it implements `wf_engine::Record` too, so that nodes take and
/// give it.
#[proc_macro_derive(Data, attributes(wf))]
pub fn data(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let item = syn::parse_macro_input!(item as DeriveInput);
    expand(&item).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(item: &DeriveInput) -> syn::Result<TokenStream> {
    if !item.generics.params.is_empty() {
        let message =
            "a type with parameters has no one name in wf: write out the types that are used";
        return Err(syn::Error::new_spanned(&item.generics, message));
    }
    let container = Container::of(item)?;
    match &item.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => record::named(item, &container, fields),
            Fields::Unnamed(fields) => record::newtype(item, &container, fields),
            Fields::Unit => record::unit(item, &container),
        },
        Data::Enum(data) => union::expand(item, &container, data),
        Data::Union(data) => {
            let message = "a `union` has no type in wf: an `enum` has";
            Err(syn::Error::new_spanned(data.union_token, message))
        }
    }
}

#[cfg(test)]
mod tests {
    /// The message of what is wrong with a type.
    fn told(item: &str) -> String {
        let parsed = syn::parse_str(item).and_then(|item| super::expand(&item));
        parsed.map_or_else(|error| error.to_string(), |_| "nothing".to_owned())
    }

    #[test]
    fn what_can_be_derived() {
        for item in [
            "struct A { a: i64, r#type: String }",
            "struct A;",
            "struct A(i64);",
            "enum A { B, C }",
            r#"#[wf(tag = "t", rename_all = "snake_case")] enum A { B { x: i64 }, C(X), D }"#,
            "#[wf(untagged)] enum A { B(i64), C(String) }",
        ] {
            assert_eq!(told(item), "nothing");
        }
    }

    const WRONG: &[(&str, &str)] = &[
        ("struct A(i64, i64);", "wf has no tuples"),
        ("struct A();", "wf has no tuples"),
        ("struct A<T> { a: T }", "a type with parameters has no one name in wf"),
        ("union A { a: i64 }", "a `union` has no type in wf"),
        ("enum A {}", "an `enum` without variants has no values"),
        ("struct A { a_b: i64, aB: i64 }", "`aB` is the name of two fields in wf"),
        ("enum A { B { kind: i64 } }", "`kind` is the name of two fields in wf"),
        (r#"enum A { B, #[wf(rename = "B")] C }"#, "`B` is the name of two variants"),
        ("enum A { B(i64, i64), C }", "the variant `B` must hold one value"),
        ("#[wf(untagged)] enum A { B }", "the variant `B` must hold one value"),
        (r#"#[wf(untagged, tag = "k")] enum A { B(i64) }"#, "tagged or `untagged`"),
        (r#"#[wf(tag = "k")] struct A { a: i64 }"#, "`tag` and `untagged` are for an"),
        (r#"#[wf(renam = "B")] struct A { a: i64 }"#, "`wf` does not know `renam` here"),
        (r#"#[wf(rename = "a b")] struct A { a: i64 }"#, "a type is named by letters"),
        (r#"#[wf(rename_all = "Camel")] enum A { B }"#, "`rename_all` is one of `camelCase`"),
        (r#"struct A { #[wf(tag = "k")] a: i64 }"#, "`wf` does not know `tag` here"),
        (r#"enum A { #[wf(default = "1")] B, C }"#, "`default` is for a field"),
    ];

    #[test]
    fn what_is_wrong_is_told() {
        for (item, expected) in WRONG {
            let told = told(item);
            assert!(told.contains(expected), "{expected}: {told}");
        }
    }
}
