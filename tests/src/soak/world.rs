//! The world that programs run in: what nodes answer follows from a seed and the call alone, so
//! that every implementation sees the same answers.

use std::fmt::Write;

use super::choices::{mix, next_random};

/// The time at which everything happens: 2026-01-02T03:04:05.678901Z.
pub const NOW: i64 = 1_767_323_045_678_901;

/// Timeouts and pauses that are shorter are over at once; longer ones never.
pub const SOON: i64 = 1_000_000;

/// The signatures of the nodes that only this world has.
pub const SIGNATURES: &[(&str, &str)] = &[(
    "soak.get",
    "
/// Answers with a value of a type, which `kind` describes.
node soak.get<T: border> {
  input { kind: string, arg: json = null }
  output { value: T, success: bool }
}",
)];

/// The nodes of the library that this world answers.
pub const HTTP: &[&str] =
    &["http.request", "http.get", "http.post", "http.put", "http.patch", "http.delete"];

/// A world.
#[derive(Clone, Copy, Debug)]
pub struct World {
    seed: u64,
}

/// A call of a node.
pub struct Call<'a> {
    /// The node.
    pub node: &'a str,
    /// The workflow that it stands in.
    pub workflow: &'a str,
    /// The step.
    pub step: &'a str,
    /// The input as JSON text.
    pub input: &'a str,
    /// The number of the attempt, from 1.
    pub attempt: i64,
    /// How long it may take.
    pub timeout: Option<i64>,
}

/// What a node answers.
#[derive(Clone, Debug)]
pub enum Answered {
    /// An output.
    Json(String),
    /// A failure.
    Failure {
        /// Its code.
        code: String,
        /// Its status.
        status: Option<i64>,
        /// Whether it may pass.
        transient: bool,
        /// JSON text.
        details: Option<String>,
    },
    /// Nothing, until the time is over.
    Never,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The id of the run.
    pub fn id(&self) -> u128 {
        u128::from(self.seed) + 1
    }

    /// A number that belongs to a call.
    pub fn hash(&self, call: &Call<'_>) -> u64 {
        let mut hash = mix(self.seed ^ 0xa11);
        for text in [call.node, call.workflow, call.step, call.input] {
            for byte in text.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
            hash = mix(hash);
        }
        hash
    }

    /// How often calls fail in this world, in a hundred.
    fn failing(&self) -> u64 {
        [0, 0, 2, 8, 30][(mix(self.seed) % 5) as usize]
    }

    /// What a call is answered.
    pub fn answer(&self, call: &Call<'_>) -> Answered {
        match call.node {
            "soak.get" => self.get(call),
            node if HTTP.contains(&node) => self.http(call),
            "condition" => {
                let input = field(call.input, "expression");
                let text = field(call.input, "evaluatedExpression");
                Answered::Json(format!(
                    "{{\"result\":{input},\"evaluatedExpression\":{text},\"success\":true}}"
                ))
            }
            "time.now" => Answered::Json(
                "{\"now\":\"2026-01-02T03:04:05.678901Z\",\"success\":true}".to_owned(),
            ),
            _ => Answered::Json("{\"success\":true}".to_owned()),
        }
    }

    fn get(&self, call: &Call<'_>) -> Answered {
        if call.timeout.is_some_and(|t| t < SOON) {
            return Answered::Never;
        }
        let mut state = self.hash(call);
        let kind: String = serde_json::from_str(&field(call.input, "kind")).unwrap_or_default();
        let (kind, strict) = match kind.strip_prefix('!') {
            Some(kind) => (kind, true),
            None => (kind.as_str(), false),
        };
        let mut value = String::new();
        // Whether it fails is drawn anew with each attempt; the value is the same.
        let mut luck = mix(state ^ call.attempt as u64);
        Values { state: &mut state, depth: 0, exact: false }.value(&mut { kind }, &mut value);
        let mut success = true;
        if next_random(&mut luck) % 100 < self.failing() {
            match next_random(&mut luck) % 6 {
                0 => success = false,
                // An answer of another type, most times: where all of it is checked.
                1 if strict => {
                    let wrong = ["7", "\"x\"", "[[]]", "{\"a\":[1]}", "1.5", "true", "null"];
                    let at = (next_random(&mut luck) % wrong.len() as u64) as usize;
                    wrong.get(at).copied().unwrap_or("null").clone_into(&mut value);
                }
                _ => return failed(&mut luck),
            }
        }
        Answered::Json(format!("{{\"value\":{value},\"success\":{success}}}"))
    }
}

impl World {
    /// An answer over HTTP: its body is of the kind that the header `x-kind` says.
    fn http(&self, call: &Call<'_>) -> Answered {
        if call.timeout.is_some_and(|t| t < SOON) {
            return Answered::Never;
        }
        let mut state = self.hash(call);
        let headers = field(call.input, "headers");
        let kind: String = serde_json::from_str(&field(&headers, "x-kind")).unwrap_or_default();
        let accept: Vec<i64> =
            serde_json::from_str(&field(call.input, "accept")).unwrap_or_default();
        let mut luck = mix(state ^ call.attempt as u64);
        let failing = self.failing().max(5);
        let status = match next_random(&mut luck) % 100 {
            n if n >= failing => [200, 201, 204][(next_random(&mut luck) % 3) as usize],
            _ => [404, 409, 429, 503][(next_random(&mut luck) % 4) as usize],
        };
        let mut body = String::new();
        Values { state: &mut state, depth: 0, exact: false }.value(&mut { &*kind }, &mut body);
        let (body, error) = match (200..300).contains(&status) {
            true => (body, "null"),
            false => ("null".to_owned(), "{\"why\":[1,null]}"),
        };
        if status >= 300 && !accept.contains(&status) {
            return Answered::Failure {
                code: status.to_string(),
                status: Some(status),
                transient: matches!(status, 429 | 503),
                details: Some(error.to_owned()),
            };
        }
        Answered::Json(format!(
            "{{\"statusCode\":{status},\"headers\":{{\"x-a\":\"1\"}},\"body\":{body},\
             \"errorBody\":{error},\"success\":true}}"
        ))
    }
}

fn failed(luck: &mut u64) -> Answered {
    let details = (next_random(luck).is_multiple_of(3)).then(|| "{\"why\":[1,null]}".to_owned());
    let (code, status, transient) = match next_random(luck) % 4 {
        0 => ("Boom", None, false),
        1 => ("404", Some(404), false),
        2 => ("503", Some(503), true),
        _ => ("connect", None, true),
    };
    Answered::Failure { code: code.to_owned(), status, transient, details }
}

/// The JSON text of a field of an object.
fn field(object: &str, name: &str) -> String {
    let object: serde_json::Value = serde_json::from_str(object).unwrap_or_default();
    object.get(name).map_or_else(|| "null".to_owned(), ToString::to_string)
}

/// Draws JSON of a kind: `b i f s u t d j` are the plain types, `?K` may be null, `lK` and `mK` are
/// lists and maps, `z` is an empty list, `n` is null, `e[a|b]` one of some texts, `E[1|2]` of some
/// numbers or bools, `r[a:K,b:K]` a record, `D` a decimal, `k` a secret, `o[K,K]` one of some kinds,
/// `w` is anything at all, also nothing. With a `!` before it the answer may be of another type.
pub struct Values<'a> {
    /// The state of the random numbers.
    pub state: &'a mut u64,
    /// How deep in lists.
    pub depth: usize,
    /// Whether objects have no fields that nobody knows.
    pub exact: bool,
}

impl Values<'_> {
    fn below(&mut self, count: u64) -> u64 {
        next_random(self.state) % count
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        let at = self.below(all.len() as u64) as usize;
        all.get(at).copied().unwrap_or("0")
    }

    /// Appends JSON of the kind at the start of the text, which is moved behind it.
    pub fn value(&mut self, kind: &mut &str, out: &mut String) {
        let first = kind.chars().next().unwrap_or('n');
        *kind = kind.get(first.len_utf8()..).unwrap_or_default();
        match first {
            'b' => out.push_str(self.pick(&["true", "false"])),
            'i' => self.int(out),
            'f' => self.float(out),
            's' => self.string(out),
            'u' => {
                let n = self.below(4);
                let _ = write!(out, "\"0190b2d4-0000-7000-8000-00000000000{n}\"");
            }
            't' => out.push_str(self.pick(INSTANTS)),
            'd' => out.push_str(self.pick(DURATIONS)),
            'j' => self.json(2, out),
            '?' => {
                let null = self.below(3) == 0;
                let mut text = String::new();
                self.value(kind, &mut text);
                out.push_str(if null { "null" } else { &text });
            }
            'l' | 'm' => self.many(first == 'm', kind, out),
            'z' => out.push_str("[]"),
            'e' | 'E' => {
                let inside = brackets(kind);
                let all: Vec<&str> = inside.split('|').collect();
                let one = self.pick(&all);
                if first == 'e' {
                    let _ = write!(out, "\"{one}\"");
                } else {
                    out.push_str(one);
                }
            }
            'r' => self.record(kind, out),
            'D' => out.push_str(self.pick(DECIMALS)),
            'k' => out.push_str(self.pick(SECRETS)),
            'o' => self.one_of(kind, out),
            'w' => match self.below(4) {
                0 => self.json(2, out),
                1 => self.string(out),
                2 => self.float(out),
                _ => out.push_str("[{\"a\":{}},null]"),
            },
            _ => out.push_str("null"),
        }
    }

    fn one_of(&mut self, kind: &mut &str, out: &mut String) {
        let mut inside = brackets(kind);
        let mut all = Vec::new();
        while !inside.is_empty() {
            let mut text = String::new();
            self.value(&mut inside, &mut text);
            all.push(text);
            inside = inside.strip_prefix(',').unwrap_or(inside);
        }
        let at = self.below(all.len().max(1) as u64) as usize;
        out.push_str(all.get(at).map_or("null", String::as_str));
    }

    fn many(&mut self, map: bool, kind: &mut &str, out: &mut String) {
        let most = if self.depth == 0 { 6 } else { 3 };
        let count = match self.below(8) {
            0 | 1 => 0,
            2 => 1,
            7 if self.depth == 0 && self.below(6) == 0 => 20,
            _ => self.below(most),
        };
        self.depth += 1;
        let item = *kind;
        let mut rest = item;
        // Also where there are no items, the kind is behind us.
        self.value(&mut rest, &mut String::new());
        *kind = rest;
        out.push(if map { '{' } else { '[' });
        let mut keys: Vec<&str> = Vec::new();
        for i in 0..count {
            let key = self.pick(KEYS);
            if map && keys.contains(&key) {
                continue;
            }
            if i > 0 {
                out.push(',');
            }
            if map {
                keys.push(key);
                let _ = write!(out, "{key}:");
            }
            self.value(&mut { item }, out);
        }
        out.push(if map { '}' } else { ']' });
        self.depth -= 1;
    }

    fn record(&mut self, kind: &mut &str, out: &mut String) {
        let mut inside = brackets(kind);
        out.push('{');
        let mut first = true;
        while let Some((name, rest)) = inside.split_once(':') {
            inside = rest;
            let optional = inside.starts_with(['?', 'w']);
            let mut text = String::new();
            self.value(&mut inside, &mut text);
            inside = inside.strip_prefix(',').unwrap_or(inside);
            // What may be null may be missing, too.
            if optional && self.below(4) == 0 {
                continue;
            }
            if !first {
                out.push(',');
            }
            first = false;
            let _ = write!(out, "\"{name}\":{text}");
        }
        if self.below(6) == 0 && !self.exact {
            if !first {
                out.push(',');
            }
            out.push_str("\"nobody_reads_this\":[{\"x\":1e3}]");
        }
        out.push('}');
    }

    fn int(&mut self, out: &mut String) {
        match self.below(12) {
            0 => out.push_str(self.pick(&[
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775806",
                "4294967296",
                "5.0",
                "5e0",
                "-0",
            ])),
            _ => {
                let n = self.below(12) as i64 - 3;
                let _ = write!(out, "{n}");
            }
        }
    }

    fn float(&mut self, out: &mut String) {
        out.push_str(self.pick(&[
            "0.0",
            "1.5",
            "-2.25",
            "0.1",
            "0.2",
            "3",
            "1e16",
            "-1e16",
            "1e308",
            "-1e308",
            "5e-324",
            "0.30000000000000004",
            "2.5",
            "-0.0",
        ]));
    }

    fn string(&mut self, out: &mut String) {
        out.push_str(self.pick(STRINGS));
    }

    fn json(&mut self, depth: u64, out: &mut String) {
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 => out.push_str("null"),
            1 => out.push_str(self.pick(&["true", "false"])),
            2 => self.int_json(out),
            3 => out.push_str(self.pick(&["1.5", "1e16", "-2.5", "0.1"])),
            4 => self.string(out),
            5 => {
                out.push('[');
                for i in 0..self.below(3) {
                    if i > 0 {
                        out.push(',');
                    }
                    self.json(depth - 1, out);
                }
                out.push(']');
            }
            _ => {
                out.push_str("{\"a\":");
                self.json(depth - 1, out);
                out.push_str(",\"name\":");
                self.json(depth - 1, out);
                out.push('}');
            }
        }
    }

    fn int_json(&mut self, out: &mut String) {
        let n = self.below(9) as i64 - 2;
        let _ = write!(out, "{n}");
    }
}

/// What stands in the brackets at the start of a text, which is moved behind them.
fn brackets<'t>(text: &mut &'t str) -> &'t str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let inside = text.get(1..at).unwrap_or_default();
            *text = text.get(at + 1..).unwrap_or_default();
            return inside;
        }
    }
    ""
}

const INSTANTS: &[&str] = &[
    "\"2026-01-02T03:04:05Z\"",
    "\"1969-12-31T23:59:59.5Z\"",
    "\"2024-02-29T12:00:00Z\"",
    "\"0000-01-01T00:00:00Z\"",
    "\"9999-12-31T23:59:59.999999Z\"",
    "\"2026-01-02T03:04:05.678901Z\"",
];

const DURATIONS: &[&str] =
    &["\"5s\"", "\"1h30m\"", "\"-2d\"", "\"0s\"", "\"250ms\"", "\"36500d\"", "\"1d2h3m4s5ms\""];

const DECIMALS: &[&str] = &[
    "0.10",
    "12.50",
    "1e3",
    "-0.00",
    "7",
    "\"2.50\"",
    "0.1000000000000000055511151231257827",
    "1e40",
    "-3.3",
    "9999999999999999999999999999999999",
    "1e-6176",
];

const SECRETS: &[&str] = &["\"s3cr3t-token-1\"", "\"k3y-of-n0body\""];

const KEYS: &[&str] = &["\"a\"", "\"b\"", "\"name\"", "\"\"", "\"ü\"", "\"k 1\""];

const STRINGS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"b\"",
    "\"Open\"",
    "\"7\"",
    "\"-12\"",
    "\"Zoë\"",
    "\"a,b,c\"",
    "\"  pad \"",
    "\"{{ x }}\"",
    "\"line\\nbreak \\\"q\\\" \\\\\"",
    "\"\\u0001\\t\"",
    "\"🦀e\u{301}👩\u{200d}👩\u{200d}👧\"",
    "\"ß\"",
    "\"[1,2]\"",
    "\"1.5\"",
];
