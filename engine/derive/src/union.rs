//! Enums: literals, and unions of records that a field tells apart.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, DeriveInput, Fields, Type, Variant};

use crate::attributes::{Container, Part, plain};
use crate::names::Style;
use crate::record::{Field, fields};

/// The field that tells variants apart where none is named.
const TAG: &str = "kind";

pub(crate) fn expand(
    item: &DeriveInput,
    container: &Container,
    data: &DataEnum,
) -> syn::Result<TokenStream> {
    if data.variants.is_empty() {
        let message = "an `enum` without variants has no values, and so no type in wf";
        return Err(syn::Error::new_spanned(&item.ident, message));
    }
    let (members, from, to) = match (container.untagged, &container.tag) {
        (Some(span), Some(_)) => {
            return Err(syn::Error::new(span, "an `enum` is tagged or `untagged`, not both"));
        }
        (Some(_), None) => untagged(data)?,
        (None, None) if data.variants.iter().all(|v| matches!(v.fields, Fields::Unit)) => {
            literals(container, data)?
        }
        (None, tag) => {
            let tag = tag.as_ref().map_or_else(|| TAG.to_owned(), syn::LitStr::value);
            tagged(container, data, &tag)?
        }
    };
    let (ident, name, doc) = (&item.ident, &container.name, &container.doc);
    Ok(quote! {
        #[automatically_derived]
        impl ::wf_engine::Data for #ident {
            fn wf_type(types: &mut ::wf_engine::data::Types) -> ::std::string::String {
                types.declare::<Self>(#name, #doc, |types| {
                    let _ = &types;
                    [ #( #members ),* ].join(" | ")
                })
            }

            fn from_value(
                value: &::wf_engine::Value,
                program: &::wf_engine::Program,
            ) -> ::core::result::Result<Self, ::wf_engine::DataError> {
                let _ = program;
                #from
            }

            fn to_value(
                &self,
            ) -> ::core::result::Result<::wf_engine::Value, ::wf_engine::DataError> {
                match self { #( #to )* }
            }
        }
    })
}

/// The texts of the members, the body of `from_value`, and the arms of `to_value`.
type Parts = (Vec<TokenStream>, TokenStream, Vec<TokenStream>);

/// The names of the variants in wf.
fn names(container: &Container, data: &DataEnum) -> syn::Result<Vec<String>> {
    let mut known = BTreeSet::new();
    let mut names = Vec::new();
    for variant in &data.variants {
        let part = Part::of(&variant.attrs)?;
        if let Some(default) = part.default {
            return Err(syn::Error::new(default.span(), "`default` is for a field"));
        }
        let name = match (part.rename, container.style) {
            (Some(given), _) => given.value(),
            (None, Some(style)) => style.write(&plain(&variant.ident)),
            (None, None) => plain(&variant.ident),
        };
        if !known.insert(name.clone()) {
            let message = format!("`{name}` is the name of two variants in wf");
            return Err(syn::Error::new_spanned(&variant.ident, message));
        }
        names.push(name);
    }
    Ok(names)
}

/// Variants without fields: `"Open" | "Closed"`.
fn literals(container: &Container, data: &DataEnum) -> syn::Result<Parts> {
    let names = names(container, data)?;
    let idents: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    let members = names.iter().map(|name| quote!(::wf_engine::data::literal_text(#name)));
    let from = quote! {
        match ::wf_engine::data::text_of(value)? {
            #( #names => ::core::result::Result::Ok(Self::#idents), )*
            other => ::core::result::Result::Err(
                ::wf_engine::DataError::no_literal(other, &[ #( #names ),* ])
            ),
        }
    };
    let to = names.iter().zip(&idents).map(|(name, ident)| {
        quote!(Self::#ident => ::core::result::Result::Ok(::wf_engine::Value::string(#name)),)
    });
    Ok((members.collect(), from, to.collect()))
}

/// The one value that a variant holds.
fn held(variant: &Variant) -> syn::Result<&Type> {
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(&fields.unnamed[0].ty),
        _ => {
            let message = format!("the variant `{}` must hold one value", variant.ident);
            Err(syn::Error::new_spanned(&variant.ident, message))
        }
    }
}

/// Variants that are told apart by what they hold: `int | string`.
fn untagged(data: &DataEnum) -> syn::Result<Parts> {
    let (mut members, mut tries, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        let (ident, ty) = (&variant.ident, held(variant)?);
        members.push(quote!(<#ty as ::wf_engine::Data>::wf_type(types)));
        tries.push(quote! {
            if let ::core::result::Result::Ok(held) =
                <#ty as ::wf_engine::Data>::from_value(value, program)
            {
                return ::core::result::Result::Ok(Self::#ident(held));
            }
        });
        to.push(quote!(Self::#ident(held) => ::wf_engine::Data::to_value(held),));
    }
    let from = quote! {
        #( #tries )*
        ::core::result::Result::Err(::wf_engine::DataError::no_member::<Self>(value))
    };
    Ok((members, from, to))
}

/// Records that a field tells apart: `{ kind: "circle", radius: float } | …`.
fn tagged(container: &Container, data: &DataEnum, tag: &str) -> syn::Result<Parts> {
    let names = names(container, data)?;
    let (mut members, mut from, mut to) = (Vec::new(), Vec::new(), Vec::new());
    for (variant, name) in data.variants.iter().zip(&names) {
        let ident = &variant.ident;
        let tag_text = quote!(::wf_engine::data::FieldText::tag(#tag, #name));
        let made = quote!(::wf_engine::data::Object::tagged(#tag, #name));
        match &variant.fields {
            Fields::Unit => {
                members.push(quote!(::wf_engine::data::record_text(&[#tag_text])));
                from.push(quote!(#name => ::core::result::Result::Ok(Self::#ident),));
                to.push(quote! {
                    Self::#ident => ::core::result::Result::Ok(#made.into_value()),
                });
            }
            Fields::Named(given) => {
                let fields = fields(given, Style::Camel, Some(tag))?;
                let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
                let wires: Vec<_> = fields.iter().map(|field| &field.name).collect();
                let texts = fields.iter().map(Field::text);
                let held: Vec<_> =
                    (0..fields.len()).map(|place| format_ident!("held_{place}")).collect();
                members.push(quote! {
                    ::wf_engine::data::record_text(&[#tag_text, #( #texts ),*])
                });
                from.push(quote! {
                    #name => ::core::result::Result::Ok(
                        Self::#ident { #( #idents: fields.get(#wires)? ),* }
                    ),
                });
                to.push(quote! {
                    Self::#ident { #( #idents: #held ),* } => {
                        #[allow(unused_mut, reason = "there may be no fields")]
                        let mut object = #made;
                        #( object.set(#wires, #held)?; )*
                        ::core::result::Result::Ok(object.into_value())
                    }
                });
            }
            Fields::Unnamed(_) => {
                let ty = held(variant)?;
                members.push(quote!(::wf_engine::data::tagged_text::<#ty>(types, #tag, #name)));
                from.push(quote! {
                    #name => <#ty as ::wf_engine::Data>::from_value(value, program).map(Self::#ident),
                });
                to.push(quote! {
                    Self::#ident(held) => #made.with_fields_of(held),
                });
            }
        }
    }
    let from = quote! {
        let fields = ::wf_engine::data::Fields::of(value, program)?;
        let tag: ::std::string::String = fields.get(#tag)?;
        match tag.as_str() {
            #( #from )*
            other => ::core::result::Result::Err(
                ::wf_engine::DataError::no_literal(other, &[ #( #names ),* ]).under(#tag)
            ),
        }
    };
    Ok((members, from, to))
}
