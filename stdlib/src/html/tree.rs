//! The elements of an HTML text, by its tags as they are written.
//!
//! This is less than a browser does: nothing is put in or moved, formatting is not carried over
//! misnested tags. So it takes linear time, which the rules of browsers do not.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use wf_selector::Element;
use wf_vm::NodeFailure;

/// How deep elements nest.
const MAX_DEPTH: usize = 512;

/// How many elements a text may have.
const MAX_ELEMENTS: usize = 2_000_000;

/// The elements of a text, and the texts between their tags.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    source: &'a str,
    elements: Vec<Element>,
    /// One for each element.
    extents: Vec<Extent>,
    /// In the order of the document; not those of scripts and styles.
    texts: Vec<String>,
}

/// What of the document belongs to an element.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Bytes of the source.
    start: usize,
    end: usize,
    /// Indices of texts.
    first_text: usize,
    end_text: usize,
}

impl Tree<'_> {
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The text in an element, runs of white space as one blank.
    pub(super) fn text(&self, index: usize) -> String {
        let extent = self.extents.get(index);
        let texts = extent.and_then(|e| self.texts.get(e.first_text..e.end_text));
        let mut all = String::new();
        let mut blank = false;
        for text in texts.unwrap_or_default() {
            for c in text.chars() {
                if c.is_whitespace() {
                    blank = true;
                } else {
                    if std::mem::take(&mut blank) && !all.is_empty() {
                        all.push(' ');
                    }
                    all.push(c);
                }
            }
        }
        all
    }

    /// The part of the source that an element is.
    pub(super) fn source(&self, index: usize) -> &str {
        let extent = self.extents.get(index);
        extent.and_then(|e| self.source.get(e.start..e.end)).unwrap_or_default()
    }
}

/// Reads a text. Any text is HTML.
///
/// # Errors
/// It has too many elements, or they nest too deep.
pub(super) fn parse(source: &str) -> Result<Tree<'_>, NodeFailure> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut builder = Builder {
        tree: Tree { source, elements: Vec::new(), extents: Vec::new(), texts: Vec::new() },
        open: Vec::new(),
    };
    for token in Tokenizer::new_with_emitter(source, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => builder.start(tag)?,
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name);
                builder.end(&name, tag.span.start, tag.span.end);
            }
            Token::String(text) => builder.text(String::from_utf8_lossy(&text.value).into_owned()),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    builder.close(0, source.len());
    Ok(builder.tree)
}

struct Builder<'a> {
    tree: Tree<'a>,
    /// Indices of elements, the outermost first.
    open: Vec<usize>,
}

impl Builder<'_> {
    fn start(&mut self, tag: StartTag<usize>) -> Result<(), NodeFailure> {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        self.close_before(&name, tag.span.start);
        if self.open.len() >= MAX_DEPTH {
            let message = format!("elements nest deeper than {MAX_DEPTH}");
            return Err(NodeFailure::new("TooDeep", message));
        }
        if self.tree.elements.len() >= MAX_ELEMENTS {
            let message = format!("there are more than {MAX_ELEMENTS} elements");
            return Err(NodeFailure::new("TooLarge", message));
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let attributes = tag.attributes.iter();
        let attributes = attributes.map(|(name, value)| (text(name), text(&value.value))).collect();
        let parent = self.open.last().copied();
        self.fill_parent();
        let is_closed = is_void(&name) || (tag.self_closing && self.is_foreign());
        let (texts, (start, end)) = (self.tree.texts.len(), (tag.span.start, tag.span.end));
        self.tree.extents.push(Extent { start, end, first_text: texts, end_text: texts });
        if !is_closed {
            self.open.push(self.tree.elements.len());
        }
        self.tree.elements.push(Element { tag: name, attributes, parent, is_empty: true });
        Ok(())
    }

    /// Ends the elements from a place of the open ones on.
    fn close(&mut self, from: usize, end: usize) {
        let end_text = self.tree.texts.len();
        for index in self.open.drain(from..) {
            if let Some(extent) = self.tree.extents.get_mut(index) {
                (extent.end, extent.end_text) = (end.max(extent.end), end_text);
            }
        }
    }

    fn tag(&self, index: usize) -> &str {
        self.tree.elements.get(index).map_or("", |element| element.tag.as_str())
    }

    /// The innermost open element for which `wanted` holds, not beyond one for which `border` does.
    fn find(&self, wanted: impl Fn(&str) -> bool, border: impl Fn(&str) -> bool) -> Option<usize> {
        for (place, index) in self.open.iter().enumerate().rev() {
            let tag = self.tag(*index);
            if wanted(tag) {
                return Some(place);
            }
            if border(tag) {
                return None;
            }
        }
        None
    }

    /// Ends what a start tag ends: HTML lets these end tags be left out.
    fn close_before(&mut self, name: &str, at: usize) {
        let is_table = |tag: &str| matches!(tag, "table" | "template");
        let is_list = |tag: &str| matches!(tag, "ul" | "ol" | "menu" | "table" | "template");
        let place = match name {
            "li" => self.find(|tag| tag == "li", is_list),
            "dt" | "dd" => {
                self.find(|tag| matches!(tag, "dt" | "dd"), |tag| tag == "dl" || is_table(tag))
            }
            "td" | "th" => {
                self.find(|tag| matches!(tag, "td" | "th"), |tag| tag == "tr" || is_table(tag))
            }
            "tr" => self.find(
                |tag| tag == "tr",
                |tag| matches!(tag, "tbody" | "thead" | "tfoot") || is_table(tag),
            ),
            "tbody" | "thead" | "tfoot" => {
                self.find(|tag| matches!(tag, "tbody" | "thead" | "tfoot"), is_table)
            }
            "option" => self.find(|tag| tag == "option", |tag| tag == "select"),
            "optgroup" => {
                self.find(|tag| matches!(tag, "option" | "optgroup"), |tag| tag == "select")
            }
            "body" => self.find(|tag| tag == "head", |_| false),
            name if ends_paragraph(name) => {
                let border = |tag: &str| {
                    matches!(tag, "td" | "th" | "caption" | "button" | "object") || is_table(tag)
                };
                self.find(|tag| tag == "p", border)
            }
            _ => None,
        };
        if let Some(place) = place {
            self.close(place, at);
        }
    }

    /// An end tag ends the innermost element of its name and all in it; one of no open element ends
    /// nothing. A table is left by its own end tag only.
    fn end(&mut self, name: &str, start: usize, end: usize) {
        let is_part = matches!(name, "table" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot");
        let border = |tag: &str| {
            !is_part && !matches!(name, "body" | "html") && matches!(tag, "td" | "th" | "template")
        };
        let Some(place) = self.find(|tag| tag == name, border) else { return };
        self.close(place + 1, start);
        self.close(place, end);
    }

    fn text(&mut self, text: String) {
        let is_hidden =
            self.open.last().is_some_and(|i| matches!(self.tag(*i), "script" | "style"));
        self.fill_parent();
        if !is_hidden {
            self.tree.texts.push(text);
        }
    }

    /// Notes that the innermost open element is not empty.
    fn fill_parent(&mut self) {
        let parent = self.open.last().and_then(|index| self.tree.elements.get_mut(*index));
        if let Some(parent) = parent {
            parent.is_empty = false;
        }
    }

    /// Whether a tag may close itself here.
    fn is_foreign(&self) -> bool {
        self.open.iter().any(|index| matches!(self.tag(*index), "svg" | "math"))
    }
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether a paragraph that is open ends where such an element begins.
fn ends_paragraph(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "ul"
    )
}
