//! The elements of an XML document, in one list.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use wf_vm::NodeFailure;

/// How deep elements nest: each may be an object in a list in JSON, which nests 128 deep.
const MAX_DEPTH: usize = 60;

/// How many attributes an element may have.
const MAX_ATTRIBUTES: usize = 256;

/// How many elements a document may have.
const MAX_ELEMENTS: usize = 2_000_000;

/// A document.
#[derive(Debug)]
pub(super) struct Tree {
    elements: Vec<Element>,
}

/// An element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// All of its own text together.
    pub(super) text: String,
    /// Indices of elements.
    children: Vec<usize>,
}

impl Tree {
    pub(super) fn root(&self) -> &Element {
        self.elements.first().expect("a document has a root")
    }

    pub(super) fn children<'t>(
        &'t self,
        element: &'t Element,
    ) -> impl Iterator<Item = &'t Element> {
        element.children.iter().filter_map(|index| self.elements.get(*index))
    }
}

impl Element {
    /// Whether it has nothing but text.
    pub(super) fn is_text(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty()
    }

    pub(super) fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a document.
///
/// # Errors
/// It is no XML, or has what is not taken.
pub(super) fn parse(text: &str) -> Result<Tree, NodeFailure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_xml(*c)) {
        let why = format!("the character U+{:04X} can't be in it", u32::from(c));
        return Err(invalid(text, at, &why));
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    let mut builder = Builder { source: text, elements: Vec::new(), open: Vec::new() };
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = event.map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            invalid(text, at, &error.to_string())
        })?;
        if !builder.take(&event, at)? {
            break;
        }
    }
    if !builder.open.is_empty() {
        return Err(invalid(text, text.len(), "an element is not closed"));
    }
    if builder.elements.is_empty() {
        return Err(invalid(text, text.len(), "there is no element"));
    }
    let mut elements = builder.elements;
    for element in &mut elements {
        let trimmed = element.text.trim();
        if trimmed.len() != element.text.len() {
            element.text = trimmed.to_owned();
        }
    }
    Ok(Tree { elements })
}

struct Builder<'a> {
    source: &'a str,
    elements: Vec<Element>,
    /// Indices of the elements that are not closed yet, the root first.
    open: Vec<usize>,
}

impl Builder<'_> {
    /// Whether more may come.
    fn take(&mut self, event: &Event<'_>, at: usize) -> Result<bool, NodeFailure> {
        match event {
            Event::Start(start) => {
                let index = self.add(start, at)?;
                self.open.push(index);
            }
            Event::Empty(start) => drop(self.add(start, at)?),
            Event::End(_) => drop(self.open.pop()),
            Event::Text(text) => self.say(&text.xml10_content(), at)?,
            Event::CData(text) => self.say(&text.xml10_content(), at)?,
            Event::GeneralRef(reference) => {
                let wrong = |why: &str| invalid(self.source, at, why);
                let character = reference.resolve_char_ref().map_err(|e| wrong(&e.to_string()))?;
                match (character, &*reference.xml10_content()) {
                    (Some(character), _) if is_xml(character) => {
                        self.say(character.encode_utf8(&mut [0; 4]), at)?;
                    }
                    (None, "lt") => self.say("<", at)?,
                    (None, "gt") => self.say(">", at)?,
                    (None, "amp") => self.say("&", at)?,
                    (None, "quot") => self.say("\"", at)?,
                    (None, "apos") => self.say("'", at)?,
                    (_, name) => return Err(wrong(&format!("`&{name};` is not known"))),
                }
            }
            Event::DocType(declaration) if declaration.xml10_content().contains('[') => {
                let message =
                    "a document with declarations of its own (`<!DOCTYPE … [`) is refused";
                return Err(NodeFailure::new("Unsupported", message));
            }
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return Ok(false),
        }
        Ok(true)
    }

    fn add(&mut self, start: &BytesStart<'_>, at: usize) -> Result<usize, NodeFailure> {
        let source = self.source;
        let wrong = |why: &str| invalid(source, at, why);
        if self.open.is_empty() && !self.elements.is_empty() {
            return Err(wrong("there is a second root"));
        }
        if self.open.len() >= MAX_DEPTH {
            let message = format!("elements nest deeper than {MAX_DEPTH}");
            return Err(NodeFailure::new("TooDeep", message));
        }
        if self.elements.len() >= MAX_ELEMENTS {
            let message = format!("there are more than {MAX_ELEMENTS} elements");
            return Err(NodeFailure::new("TooLarge", message));
        }
        let name = start.name().0.to_owned();
        if !is_name(&name) {
            return Err(wrong("an element has a name that can't be one"));
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        // Its own check compares each with each; here there are not so many.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| wrong(&e.to_string()))?;
            let name = attribute.key.0;
            if !is_name(name) {
                return Err(wrong("an attribute has a name that can't be one"));
            }
            if attributes.iter().any(|(n, _)| n == name) {
                return Err(wrong(&format!("the attribute `{name}` is there twice")));
            }
            if attributes.len() >= MAX_ATTRIBUTES {
                let message = format!("an element has more than {MAX_ATTRIBUTES} attributes");
                return Err(NodeFailure::new("TooLarge", message));
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            let value = value.map_err(|e| wrong(&e.to_string()))?;
            attributes.push((name.to_owned(), value.into_owned()));
        }
        let index = self.elements.len();
        let (text, children) = (String::new(), Vec::new());
        self.elements.push(Element { name, attributes, text, children });
        if let Some(parent) = self.open.last().and_then(|parent| self.elements.get_mut(*parent)) {
            parent.children.push(index);
        }
        Ok(index)
    }

    fn say(&mut self, text: &str, at: usize) -> Result<(), NodeFailure> {
        match self.open.last().and_then(|open| self.elements.get_mut(*open)) {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(invalid(self.source, at, "there is text outside of the root")),
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let first = characters.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':'));
    first && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.' | '·'))
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn invalid(source: &str, at: usize, why: &str) -> NodeFailure {
    let before = source.as_bytes().get(..at).unwrap_or(source.as_bytes());
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    NodeFailure::new("InvalidXml", format!("the text is no XML: line {line}: {why}"))
}
