//! How names of Rust become names of wf: `lead_score` is `leadScore`.

use syn::LitStr;

/// A way to write names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Camel,
    Pascal,
    Snake,
    ScreamingSnake,
    Kebab,
    Lower,
    Upper,
}

/// The styles by their names, which are written in themselves.
const STYLES: [(&str, Style); 7] = [
    ("camelCase", Style::Camel),
    ("PascalCase", Style::Pascal),
    ("snake_case", Style::Snake),
    ("SCREAMING_SNAKE_CASE", Style::ScreamingSnake),
    ("kebab-case", Style::Kebab),
    ("lowercase", Style::Lower),
    ("UPPERCASE", Style::Upper),
];

impl Style {
    pub(crate) fn parse(name: &LitStr) -> syn::Result<Self> {
        let given = name.value();
        STYLES.iter().find(|(known, _)| *known == given).map(|(_, style)| *style).ok_or_else(|| {
            let known: Vec<String> = STYLES.iter().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!("`rename_all` is one of {}", known.join(", "));
            syn::Error::new(name.span(), message)
        })
    }

    /// A name of Rust in this style.
    pub(crate) fn write(self, name: &str) -> String {
        let words = words(name);
        let capital = |word: &String| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(letters).collect::<String>()
            })
        };
        match self {
            Self::Camel => words
                .iter()
                .enumerate()
                .map(|(place, word)| if place == 0 { word.clone() } else { capital(word) })
                .collect(),
            Self::Pascal => words.iter().map(capital).collect(),
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Kebab => words.join("-"),
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
        }
    }
}

/// The words of a name, in lower case: `find_lead`, `FindLead` and `HTTPServer` have two each.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| letters.get(before));
        let behind = letters.get(place + 1);
        let begins = letter.is_uppercase()
            && (before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit())
                || (before.is_some_and(|c| c.is_uppercase())
                    && behind.is_some_and(|c| c.is_lowercase())));
        if (begins || *letter == '_') && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if *letter != '_' {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{STYLES, Style};

    #[test]
    fn names_are_written_in_all_styles() {
        let all = |name: &str| STYLES.map(|(_, style)| style.write(name)).join(" ");
        assert_eq!(
            all("lead_score_2"),
            "leadScore2 LeadScore2 lead_score_2 LEAD_SCORE_2 lead-score-2 leadscore2 LEADSCORE2"
        );
        assert_eq!(
            all("InReview"),
            "inReview InReview in_review IN_REVIEW in-review inreview INREVIEW"
        );
        assert_eq!(Style::Snake.write("HTTPServer"), "http_server");
        assert_eq!(Style::Camel.write("_id"), "id");
        assert_eq!(Style::Camel.write("x"), "x");
    }
}
