//! What `#[wf(…)]` and `///` say about a type, a field or a variant.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, DeriveInput, Expr, ExprLit, Lit, LitStr, Meta};

use crate::names::Style;

/// What is said about a struct or an enum.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) style: Option<Style>,
    pub(crate) tag: Option<LitStr>,
    pub(crate) untagged: Option<Span>,
}

/// What is said about a field or a variant.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) rename: Option<LitStr>,
    pub(crate) default: Option<LitStr>,
    pub(crate) doc: String,
}

impl Container {
    pub(crate) fn of(item: &DeriveInput) -> syn::Result<Self> {
        let mut found = Self { doc: doc_of(&item.attrs), ..Self::default() };
        let mut name = None;
        each(&item.attrs, |meta| {
            if meta.path.is_ident("rename") {
                name = Some(text(&meta)?);
            } else if meta.path.is_ident("rename_all") {
                found.style = Some(Style::parse(&text(&meta)?)?);
            } else if meta.path.is_ident("tag") {
                found.tag = Some(text(&meta)?);
            } else if meta.path.is_ident("untagged") {
                found.untagged = Some(meta.path.segments[0].ident.span());
            } else {
                return Err(unknown(&meta, "`rename`, `rename_all`, `tag` and `untagged`"));
            }
            Ok(())
        })?;
        found.name = match name {
            Some(given) if is_word(&given.value()) => given.value(),
            Some(given) => {
                let message =
                    "a type is named by letters, digits and `_`, and begins with a letter";
                return Err(syn::Error::new(given.span(), message));
            }
            None => plain(&item.ident),
        };
        Ok(found)
    }
}

impl Part {
    pub(crate) fn of(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut found = Self { doc: doc_of(attributes), ..Self::default() };
        each(attributes, |meta| {
            if meta.path.is_ident("rename") {
                found.rename = Some(text(&meta)?);
            } else if meta.path.is_ident("default") {
                found.default = Some(text(&meta)?);
            } else {
                return Err(unknown(&meta, "`rename` and `default`"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// A name without the `r#` of a raw one.
pub(crate) fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("wf"));
    ours.into_iter().try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    meta.value()?.parse()
}

fn unknown(meta: &ParseNestedMeta<'_>, known: &str) -> syn::Error {
    let name = meta.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    meta.error(format!("`wf` does not know `{name}` here: it knows {known}"))
}

/// The lines of the documentation, without the blank that begins them.
fn doc_of(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value else { continue };
        let text = text.value();
        lines.extend(text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()));
        if text.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n").trim().to_owned()
}
