//! What a selector takes, found in one pass from the first element to the last.
//!
//! For each element it is noted, one bit each, which compounds it ends: that it fits the compound, and
//! that what stands before it in the selector was found where the combinator wants it. So the time is
//! elements times compounds, however they nest.

use std::collections::HashMap;

use crate::{Combinator, Compound, Selector, Simple, Test};

/// An element of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, in small letters.
    pub tag: String,
    /// Name, in small letters, and value of each.
    pub attributes: Vec<(String, String)>,
    /// The index of the element that it is in, which is smaller than its own.
    pub parent: Option<usize>,
    /// Whether there is neither text nor an element in it.
    pub is_empty: bool,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// The places of an element among those in the same element, from 1.
#[derive(Clone, Copy, Default)]
struct Position {
    from_start: u32,
    from_end: u32,
    of_type: u32,
    of_type_from_end: u32,
}

/// What was found among the children of an element so far.
#[derive(Clone, Copy, Default)]
struct Children {
    last: u64,
    any: u64,
}

impl Selector {
    /// The indices of the elements that it takes, from the first to the last. Elements are in the
    /// order of the document, so that each comes behind the one that it is in.
    pub fn select(&self, elements: &[Element]) -> Vec<usize> {
        let positions = positions(elements);
        // One more than there are elements: the document.
        let mut children = vec![Children::default(); elements.len() + 1];
        let mut found = vec![0_u64; elements.len()];
        let mut above = vec![0_u64; elements.len()];
        let mut taken = Vec::new();
        for (index, (element, position)) in elements.iter().zip(&positions).enumerate() {
            let parent = element.parent.filter(|parent| *parent < index);
            let parent_found = parent.and_then(|p| found.get(p)).copied().unwrap_or(0);
            let over = parent.and_then(|p| above.get(p)).copied().unwrap_or(0) | parent_found;
            let Some(siblings) = children.get_mut(parent.unwrap_or(elements.len())) else {
                continue;
            };
            let mut bits = 0_u64;
            let mut takes = false;
            for (number, place) in self.compounds.iter().enumerate() {
                let before = match place.combinator {
                    None => u64::MAX,
                    Some(Combinator::Descendant) => over << 1,
                    Some(Combinator::Child) => parent_found << 1,
                    Some(Combinator::Next) => siblings.last << 1,
                    Some(Combinator::Later) => siblings.any << 1,
                };
                let bit = 1_u64.checked_shl(u32::try_from(number).unwrap_or(64)).unwrap_or(0);
                if before & bit != 0 && fits(element, *position, &place.compound) {
                    bits |= bit;
                    takes |= place.last;
                }
            }
            siblings.last = bits;
            siblings.any |= bits;
            if let (Some(found), Some(above)) = (found.get_mut(index), above.get_mut(index)) {
                (*found, *above) = (bits, over);
            }
            if takes {
                taken.push(index);
            }
        }
        taken
    }
}

fn positions(elements: &[Element]) -> Vec<Position> {
    let mut positions = vec![Position::default(); elements.len()];
    let mut count = |indices: &mut dyn Iterator<Item = usize>, from_end: bool| {
        let mut all: HashMap<Option<usize>, u32> = HashMap::new();
        let mut of_type: HashMap<(Option<usize>, &str), u32> = HashMap::new();
        for index in indices {
            let (Some(element), Some(position)) = (elements.get(index), positions.get_mut(index))
            else {
                continue;
            };
            let all = all.entry(element.parent).or_default();
            let of_type = of_type.entry((element.parent, element.tag.as_str())).or_default();
            *all += 1;
            *of_type += 1;
            match from_end {
                false => (position.from_start, position.of_type) = (*all, *of_type),
                true => (position.from_end, position.of_type_from_end) = (*all, *of_type),
            }
        }
    };
    count(&mut (0..elements.len()), false);
    count(&mut (0..elements.len()).rev(), true);
    positions
}

fn fits(element: &Element, position: Position, compound: &Compound) -> bool {
    compound.iter().all(|simple| match simple {
        Simple::Any => true,
        Simple::Tag(tag) => element.tag == *tag,
        Simple::Id(id) => element.attribute("id") == Some(id),
        Simple::Class(class) => {
            element.attribute("class").is_some_and(|all| words(all).any(|word| word == class))
        }
        Simple::Attribute { name, test, value, any_case } => {
            element.attribute(name).is_some_and(|found| match any_case {
                false => compare(found, *test, value),
                true => compare(&found.to_ascii_lowercase(), *test, &value.to_ascii_lowercase()),
            })
        }
        Simple::Not(list) => !list.iter().any(|compound| fits(element, position, compound)),
        Simple::Is(list) => list.iter().any(|compound| fits(element, position, compound)),
        Simple::Nth { a, b, from_end, of_type } => {
            let place = match (from_end, of_type) {
                (false, false) => position.from_start,
                (true, false) => position.from_end,
                (false, true) => position.of_type,
                (true, true) => position.of_type_from_end,
            };
            is_nth(i64::from(place), i64::from(*a), i64::from(*b))
        }
        Simple::Empty => element.is_empty,
        Simple::Root => element.parent.is_none(),
    })
}

/// Whether there is an `n` of 0 or more with `a * n + b` equal to the place.
fn is_nth(place: i64, a: i64, b: i64) -> bool {
    match a {
        0 => place == b,
        _ => (place - b) % a == 0 && (place - b) / a >= 0,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t', '\n', '\r', '\u{c}']).filter(|word| !word.is_empty())
}

fn compare(found: &str, test: Test, value: &str) -> bool {
    match test {
        Test::Exists => true,
        Test::Equals => found == value,
        Test::Word => !value.is_empty() && words(found).any(|word| word == value),
        Test::Dash => {
            found.strip_prefix(value).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        }
        Test::Starts => !value.is_empty() && found.starts_with(value),
        Test::Ends => !value.is_empty() && found.ends_with(value),
        Test::Contains => !value.is_empty() && found.contains(value),
    }
}

#[cfg(test)]
mod tests {
    use super::Element;
    use crate::Selector;

    /// Elements from lines as `  tag#id.class name=value`, two blanks deeper for each level.
    fn elements(text: &str) -> Vec<Element> {
        let mut elements: Vec<Element> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let depth = (line.len() - line.trim_start().len()) / 2;
            open.truncate(depth);
            let mut parts = line.split_whitespace();
            let tag = parts.next().unwrap_or_default().to_owned();
            let attributes = parts
                .filter_map(|p| p.split_once('='))
                .map(|(n, v)| (n.into(), v.replace('_', " ")));
            let parent = open.last().copied();
            open.push(elements.len());
            let attributes = attributes.collect();
            elements.push(Element { tag, attributes, parent, is_empty: false });
        }
        elements
    }

    const PAGE: &str = "
html
  body
    div id=a class=x_y
      p lang=en-GB
        b
      p class=y
      span
      p
    div id=b data=Hello_World
      ul
        li id=1
        li id=2
        li id=3
        li id=4
        li id=5
";

    #[test]
    fn selectors() {
        let page = elements(PAGE);
        let ids: Vec<usize> = (0..page.len()).collect();
        for (selector, expected) in [
            ("*", &ids[..]),
            ("p", &[3, 5, 7]),
            ("P", &[3, 5, 7]),
            ("#a", &[2]),
            (".y", &[2, 5]),
            (".x.y", &[2]),
            ("div p", &[3, 5, 7]),
            ("body p", &[3, 5, 7]),
            ("body > p", &[]),
            ("html div b", &[4]),
            ("div > p > b, #b", &[4, 8]),
            ("p + p", &[5]),
            ("p ~ p", &[5, 7]),
            ("span+p", &[7]),
            ("p ~ span ~ p", &[7]),
            ("[lang]", &[3]),
            ("[lang|=en]", &[3]),
            ("[lang|=e]", &[]),
            ("[data^=Hello]", &[8]),
            ("[data$='world' i]", &[8]),
            ("[data$=world]", &[]),
            ("[data*='lo Wo']", &[8]),
            ("[data~=World]", &[8]),
            ("[data~='']", &[]),
            ("[data^='']", &[]),
            ("p:not(.y)", &[3, 7]),
            ("p:not(.y, [lang])", &[7]),
            (":is(b, span)", &[4, 6]),
            ("p:first-child", &[3]),
            ("p:last-child", &[7]),
            ("b:only-child", &[4]),
            ("li:only-child", &[]),
            ("p:first-of-type", &[3]),
            ("p:nth-of-type(2)", &[5]),
            ("li:nth-child(odd)", &[10, 12, 14]),
            ("li:nth-child(even)", &[11, 13]),
            ("li:nth-child( 2n + 1 )", &[10, 12, 14]),
            ("li:nth-child(-n+2)", &[10, 11]),
            ("li:nth-child(n+4)", &[13, 14]),
            ("li:nth-last-child(2)", &[13]),
            ("li:nth-child(0)", &[]),
            ("#\\31", &[10]),
            (":root", &[0]),
            (":root > body", &[1]),
        ] {
            let selector_ = Selector::parse(selector).expect(selector);
            assert_eq!(selector_.select(&page), expected, "{selector}");
        }
    }

    #[test]
    fn deep_documents_take_no_longer() {
        let mut page: Vec<Element> = Vec::new();
        for index in 0..20_000_usize {
            let parent = index.checked_sub(1);
            page.push(Element { tag: "a".into(), parent, ..Element::default() });
        }
        let selector = Selector::parse(&"a ".repeat(60)).expect("a selector");
        assert_eq!(selector.select(&page).len(), 20_000 - 59);
        let selector = Selector::parse(&format!("{}b", "a > a ".repeat(30))).expect("a selector");
        assert!(selector.select(&page).is_empty());
    }

    #[test]
    fn wrong_parents_are_no_harm() {
        let page = [Element { parent: Some(7), ..Element::default() }];
        assert_eq!(Selector::parse("* *").expect("a selector").select(&page), [0; 0]);
    }
}
