//! Patterns of times, as `format` and `parse` take them.

/// Why a text is no pattern; for one in the letters of another language, the pattern to write.
pub(crate) fn wrong(pattern: &str, parsed: bool) -> Option<String> {
    let mut rest = pattern;
    let mut parts = 0;
    while let Some(at) = rest.find('%') {
        let behind = rest.get(at + 1..).unwrap_or_default();
        let Some((directive, length)) = directive(behind, parsed) else {
            let shown: String = behind.chars().take(1).collect();
            if shown.is_empty() {
                return Some(
                    "nothing stands behind its last `%`; a percent sign is `%%`".to_owned(),
                );
            }
            return Some(format!(
                "there is no `%{shown}` in it: `%Y` is the year, `%m` the month, `%d` the day, `%H`, `%M` and \
                 `%S` the time; a percent sign is `%%`"
            ));
        };
        parts += usize::from(!matches!(directive, '%' | 'n' | 't'));
        rest = behind.get(length..).unwrap_or_default();
    }
    if parts > 0 {
        return None;
    }
    Some(match translated(pattern) {
        Some(mend) => format!("parts of a time are written with `%`: write `\"{mend}\"`"),
        None => "no part of a time is in it: write `%Y-%m-%d`, or `%H:%M`".to_owned(),
    })
}

/// The letter of what begins behind a `%`, and how many bytes it takes.
fn directive(text: &str, parsed: bool) -> Option<(char, usize)> {
    const ALL: &str = "ABCDFGHIMNPQRSTUVWXYZabcdefghjklmnpqrstuwxyz%";
    let flags = text.bytes().take_while(|b| b"-_0^#".contains(b)).count();
    let digits = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut at = digits(flags);
    let colons = text.as_bytes().get(at..)?.iter().take_while(|b| **b == b':').count();
    let point = text.as_bytes().get(at) == Some(&b'.');
    at = if point { digits(at + 1) } else { at + colons };
    let letter = text.get(at..)?.chars().next()?;
    let known = match (colons, point) {
        (0, true) => letter == 'f',
        (0, false) => ALL.contains(letter) && !(parsed && "crXx".contains(letter)),
        (1, false) => matches!(letter, 'z' | 'Q'),
        (2 | 3, false) => letter == 'z',
        _ => false,
    };
    known.then_some((letter, at + letter.len_utf8()))
}

/// `YYYY-MM-DD` and the like, as other languages write them.
fn translated(pattern: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    let mut found = false;
    while let Some(letter) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == letter).count() * letter.len_utf8();
        let (part, behind) = rest.split_at_checked(run)?;
        rest = behind;
        let ours = match part {
            "YYYY" | "yyyy" => "%Y",
            "YY" | "yy" => "%y",
            "MMMM" => "%B",
            "MMM" => "%b",
            "MM" => "%m",
            "M" => "%-m",
            "DD" | "dd" => "%d",
            "D" | "d" => "%-d",
            "dddd" | "EEEE" => "%A",
            "ddd" | "EEE" => "%a",
            "HH" => "%H",
            "H" => "%-H",
            "hh" => "%I",
            "h" => "%-I",
            "mm" => "%M",
            "m" => "%-M",
            "ss" => "%S",
            "s" => "%-S",
            "SSS" => "%3f",
            "A" | "a" => "%p",
            "Z" | "XXX" => "%:z",
            "ZZ" => "%z",
            other => {
                out.push_str(other);
                continue;
            }
        };
        found = true;
        out.push_str(ours);
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_may_hold() {
        for right in
            ["%Y-%m-%d", "%-d.%m.%y %H:%M:%S%.3f %:z", "%A, %d %b %Y", "%s", "100%% on %F", "%3f"]
        {
            assert_eq!(wrong(right, true), None, "{right}");
            assert_eq!(wrong(right, false), None, "{right}");
        }
        assert_eq!(wrong("%c", false), None);
        for text in
            ["", "%%", "today", "%", "%Y %", "%!", "%é", "%::Q", "%.d", "%-", "%99999999999999é"]
        {
            assert!(wrong(text, false).is_some(), "{text}");
        }
        assert!(wrong("%c", true).is_some());
    }

    #[test]
    fn patterns_of_others_are_translated() {
        for (theirs, ours) in [
            ("YYYY-MM-DD HH:mm", "%Y-%m-%d %H:%M"),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", "%Y-%m-%d'T'%H:%M:%S.%3f"),
            ("D. MMMM YYYY, h:mm A", "%-d. %B %Y, %-I:%M %p"),
        ] {
            assert_eq!(translated(theirs).as_deref(), Some(ours));
        }
        assert_eq!(translated("€ über 12"), None);
    }
}
