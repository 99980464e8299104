//! All signatures as `.wf` texts.

/// The `.wf` files of the library: name and text of each. The compiler builds its registry from
/// them. A function may have several signatures of one name, which differ in the kind of their first
/// parameter (text, secret, list or map): `length`, `contains`, `slice`, `base64Encode`.
pub const SIGNATURES: &[(&str, &str)] = &all();

const FAMILIES: [&[(&str, &str)]; 17] = [
    crate::functions::SIGNATURES,
    crate::condition::SIGNATURES,
    crate::crypto::SIGNATURES,
    crate::csv::SIGNATURES,
    crate::email::SIGNATURES,
    crate::entity::SIGNATURES,
    crate::file::SIGNATURES,
    crate::html::SIGNATURES,
    crate::http::SIGNATURES,
    crate::jwt::SIGNATURES,
    crate::log::SIGNATURES,
    crate::process::SIGNATURES,
    crate::random::SIGNATURES,
    crate::template::SIGNATURES,
    crate::time::SIGNATURES,
    crate::workflow::SIGNATURES,
    crate::xml::SIGNATURES,
];

const COUNT: usize = {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
};

const fn all() -> [(&'static str, &'static str); COUNT] {
    let mut all = [("", ""); COUNT];
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let mut file = 0;
        while file < FAMILIES[family].len() {
            all[count] = FAMILIES[family][file];
            count += 1;
            file += 1;
        }
        family += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::SIGNATURES;

    #[test]
    fn every_declaration_is_documented_with_an_example() {
        for (file, text) in SIGNATURES {
            let mut example = false;
            let mut previous = "";
            for line in text.lines() {
                let is_declaration = line.starts_with("fn ") || line.starts_with("node ");
                if is_declaration {
                    // A second signature of a name shares the text of the first.
                    let again = previous.starts_with("fn ");
                    assert!(again || example, "{file}: no example above `{line}`");
                    example = false;
                }
                example |= line.starts_with("/// ```");
                previous = line;
            }
            assert!(text.ends_with('\n') && !text.contains('\t'), "{file}");
        }
    }

    #[test]
    fn only_families_told_apart_by_their_first_parameter_share_a_name() {
        let text: String = SIGNATURES.iter().map(|(_, text)| *text).collect();
        let mut names: Vec<&str> = Vec::new();
        let mut shared: Vec<&str> = Vec::new();
        for line in text.lines().filter_map(|l| l.strip_prefix("fn ")) {
            let name = &line[..line.find(['<', '(']).expect("a name ends")];
            if names.contains(&name) && !shared.contains(&name) {
                shared.push(name);
            }
            names.push(name);
        }
        let numbers = ["toFloat", "toInt", "toDecimal"];
        let families = [&["contains", "slice", "length"][..], &numbers, &["base64Encode"]];
        assert_eq!(shared, families.concat());
    }
}
