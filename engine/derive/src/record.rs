//! Structs: records of wf, and newtypes.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, FieldsNamed, FieldsUnnamed, Type};

use crate::attributes::{Container, Part, plain};
use crate::names::Style;

/// A field as wf sees it.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a syn::Ident,
    pub(crate) ty: &'a Type,
    pub(crate) name: String,
    doc: String,
    default: Option<String>,
}

/// The fields of a struct or a variant by the names that they have in wf; `taken` is a name that none
/// of them may have.
pub(crate) fn fields<'a>(
    fields: &'a FieldsNamed,
    style: Style,
    taken: Option<&str>,
) -> syn::Result<Vec<Field<'a>>> {
    let mut known: BTreeSet<String> = taken.map(str::to_owned).into_iter().collect();
    let mut found = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let part = Part::of(&field.attrs)?;
        let name = match &part.rename {
            Some(given) => given.value(),
            None => style.write(&plain(ident)),
        };
        if !known.insert(name.clone()) {
            let message = format!("`{name}` is the name of two fields in wf");
            return Err(syn::Error::new_spanned(ident, message));
        }
        let default = part.default.map(|text| text.value());
        found.push(Field { ident, ty: &field.ty, name, doc: part.doc, default });
    }
    Ok(found)
}

impl Field<'_> {
    /// An expression of its text in a signature.
    pub(crate) fn text(&self) -> TokenStream {
        let Self { ty, name, doc, default, .. } = self;
        let default = match default {
            Some(text) => quote!(::core::option::Option::Some(#text)),
            None => quote!(::core::option::Option::None),
        };
        quote!(::wf_engine::data::FieldText::of::<#ty>(types, #name, #doc, #default))
    }
}

pub(crate) fn named(
    item: &DeriveInput,
    container: &Container,
    given: &FieldsNamed,
) -> syn::Result<TokenStream> {
    refuse_tags(container)?;
    let fields = fields(given, container.style.unwrap_or(Style::Camel), None)?;
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let texts = fields.iter().map(Field::text);
    let body = quote! {
        fn from_value(
            value: &::wf_engine::Value,
            program: &::wf_engine::Program,
        ) -> ::core::result::Result<Self, ::wf_engine::DataError> {
            let fields = ::wf_engine::data::Fields::of(value, program)?;
            let _ = &fields;
            ::core::result::Result::Ok(Self { #( #idents: fields.get(#names)? ),* })
        }

        fn to_value(
            &self,
        ) -> ::core::result::Result<::wf_engine::Value, ::wf_engine::DataError> {
            #[allow(unused_mut, reason = "there may be no fields")]
            let mut object = ::wf_engine::data::Object::new();
            #( object.set(#names, &self.#idents)?; )*
            ::core::result::Result::Ok(object.into_value())
        }
    };
    Ok(record(item, container, quote!(::std::vec![ #( #texts ),* ]), &body))
}

pub(crate) fn unit(item: &DeriveInput, container: &Container) -> syn::Result<TokenStream> {
    refuse_tags(container)?;
    let body = quote! {
        fn from_value(
            value: &::wf_engine::Value,
            program: &::wf_engine::Program,
        ) -> ::core::result::Result<Self, ::wf_engine::DataError> {
            ::wf_engine::data::Fields::of(value, program)?;
            ::core::result::Result::Ok(Self)
        }

        fn to_value(
            &self,
        ) -> ::core::result::Result<::wf_engine::Value, ::wf_engine::DataError> {
            ::core::result::Result::Ok(::wf_engine::data::Object::new().into_value())
        }
    };
    Ok(record(item, container, quote!(::std::vec::Vec::new()), &body))
}

fn record(
    item: &DeriveInput,
    container: &Container,
    fields: TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let (ident, name, doc) = (&item.ident, &container.name, &container.doc);
    quote! {
        #[automatically_derived]
        impl ::wf_engine::Record for #ident {
            const DOC: &'static str = #doc;

            fn fields(
                types: &mut ::wf_engine::data::Types,
            ) -> ::std::vec::Vec<::wf_engine::data::FieldText> {
                let _ = &types;
                #fields
            }
        }

        #[automatically_derived]
        impl ::wf_engine::Data for #ident {
            fn wf_type(types: &mut ::wf_engine::data::Types) -> ::std::string::String {
                types.declare::<Self>(#name, #doc, |types| {
                    ::wf_engine::data::record_text(&<Self as ::wf_engine::Record>::fields(types))
                })
            }

            #body
        }
    }
}

/// `struct LeadId(Uuid)` is what it holds.
pub(crate) fn newtype(
    item: &DeriveInput,
    container: &Container,
    given: &FieldsUnnamed,
) -> syn::Result<TokenStream> {
    refuse_tags(container)?;
    let [field] = given.unnamed.iter().collect::<Vec<_>>()[..] else {
        let message = "wf has no tuples: name the fields, or hold one value";
        return Err(syn::Error::new_spanned(given, message));
    };
    let (ident, ty) = (&item.ident, &field.ty);
    Ok(quote! {
        #[automatically_derived]
        impl ::wf_engine::Data for #ident {
            fn wf_type(types: &mut ::wf_engine::data::Types) -> ::std::string::String {
                <#ty as ::wf_engine::Data>::wf_type(types)
            }

            fn from_value(
                value: &::wf_engine::Value,
                program: &::wf_engine::Program,
            ) -> ::core::result::Result<Self, ::wf_engine::DataError> {
                <#ty as ::wf_engine::Data>::from_value(value, program).map(Self)
            }

            fn to_value(
                &self,
            ) -> ::core::result::Result<::wf_engine::Value, ::wf_engine::DataError> {
                ::wf_engine::Data::to_value(&self.0)
            }

            fn missing() -> ::core::option::Option<Self> {
                <#ty as ::wf_engine::Data>::missing().map(Self)
            }
        }
    })
}

fn refuse_tags(container: &Container) -> syn::Result<()> {
    let span = container.tag.as_ref().map(syn::LitStr::span).or(container.untagged);
    match span {
        Some(span) => Err(syn::Error::new(span, "`tag` and `untagged` are for an `enum`")),
        None => Ok(()),
    }
}
