//! Lists of what was expected, in the words of people.

use crate::grammar::{Expected, Rule};

/// Letters that only say that an operand may begin.
const OPERAND: &[u8] = b"123DQ@#\"9{[(8IM-!4";
/// Letters that only say that an operator or a postfix may follow.
const OPERATOR: &[u8] = b"~-*<>O$_^|.;[A(5";
/// Letters that only say that a type may begin.
const TYPE: &[u8] = b"1DQ\"{(-#|";
/// Letters that only say that a statement may begin.
const STATEMENT: &[u8] = b"SLvIVRFMTPHJt";
/// Letters that only say that an item may begin.
const ITEM: &[u8] = b"WGYENUc";

/// The list, or `None` where nothing sensible can be said.
pub(super) fn list(expected: &[Expected], rule: Rule) -> Option<String> {
    let mut letters: Vec<u8> = Vec::new();
    let mut name = false;
    for one in expected {
        match one {
            Expected::Letter(letter) => letters.push(*letter),
            Expected::Name => name = true,
            Expected::End => {}
        }
    }
    letters.sort_unstable();
    letters.dedup();
    let has = |letter: u8| letters.binary_search(&letter).is_ok();
    let mut words: Vec<&'static str> = Vec::new();
    let mut known: Vec<u8> = vec![b'\n', b'#'];
    if has(b'{') && has(b'?') {
        // What a cast and a type could go on with is not what is missing in front of a block.
        known.extend(b"?<");
    }
    if has(b'S') && has(b'L') {
        words.push("a statement");
        known.extend(STATEMENT);
        name = false;
    }
    if has(b'W') && has(b'Y') {
        words.push("an item");
        known.extend(ITEM);
    }
    if has(b'2') {
        words.push("an expression");
        known.extend(OPERAND);
        known.push(b'2');
        name = false;
    } else if name && has(b'{') && has(b'(') && has(b'Q') {
        words.push("a type");
        known.extend(TYPE);
        name = false;
    }
    if name {
        words.push("a name");
    }
    let operator = has(b'~');
    if operator {
        known.extend(OPERATOR);
    }
    words.extend(letters.iter().filter(|l| !known.contains(l)).filter_map(|l| human(*l)));
    if operator && words.len() < 3 {
        words.push("an operator");
    }
    if has(b'\n') && words.len() < 4 && rule != Rule::item_chunk && !words.contains(&"a statement")
    {
        words.push("the end of the line");
    }
    words.dedup();
    words.truncate(6);
    let last = words.pop()?;
    Some(if words.is_empty() { last.to_owned() } else { format!("{} or {last}", words.join(", ")) })
}

/// What people call the tokens with a letter.
fn human(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'i' => "a name",
        b'k' => "`name:`",
        b't' => "`trigger`",
        b'v' => "`variables`",
        b'c' => "`config`",
        b'x' => "`max`",
        b's' => "`schema`",
        b'f' => "`from`",
        b'p' => "`input`",
        b'o' => "`output`",
        b'n' => "`on`",
        b'w' => "`where`",
        b'g' => "`including own`",
        b'q' => "`own`",
        b'h' => "`webhook`",
        b'l' => "`schedule`",
        b'u' => "`function`",
        b'A' => "`as`",
        b'B' => "`branch`",
        b'C' => "`catch`",
        b'D' => "`true` or `false`",
        b'E' => "`entity`",
        b'F' => "`for`",
        b'G' => "`fn`",
        b'H' => "`while`",
        b'I' => "`if`",
        b'J' => "`break`",
        b'L' => "`let`",
        b'M' => "`match`",
        b'N' => "`node`",
        b'O' => "`or`",
        b'P' => "`parallel`",
        b'Q' => "`null`",
        b'R' => "`return`",
        b'S' => "`step`",
        b'T' => "`try`",
        b'U' => "`use`",
        b'V' => "`yield`",
        b'W' => "`workflow`",
        b'X' => "`else`",
        b'Y' => "`type`",
        b'Z' => "`finally`",
        b'^' => "`in`",
        b'&' => "`with`",
        b'1' => "a number",
        b'"' => "a string",
        b'0' | b'`' => "`}}`",
        b'(' => "`(`",
        b')' => "`)`",
        b'[' => "`[`",
        b']' => "`]`",
        b'{' => "`{`",
        b'}' => "`}`",
        b',' => "`,`",
        b':' => "`:`",
        b'=' => "`=`",
        b'7' => "`+=`",
        b'.' => "`.`",
        b'5' => "`=>`",
        b'6' => "`->`",
        b'<' => "`<`",
        b'>' => "`>`",
        b'?' => "`?`",
        b'|' => "`|`",
        _ => return None,
    })
}
