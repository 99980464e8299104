//! The same work written by hand in Rust: what ratios are to.

use std::collections::HashMap;
use std::hint::black_box;

use super::data::{Context, Row};

/// Calls.
#[inline(never)]
pub fn fib(n: i64) -> i64 {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// A loop with a branch.
#[inline(never)]
pub fn mix(n: i64) -> i64 {
    let mut x = 0_i64;
    for i in 0..n {
        if i % 3 == 0 {
            x = (x * 31 + i) % 1_000_003;
        } else {
            x += i % 7;
        }
    }
    x
}

/// The template by `push_str`, into a string that has room for it.
#[inline(never)]
pub fn render(context: &Context) -> String {
    let mut out = String::with_capacity(160);
    out.push_str("Hello ");
    out.push_str(&context.entity.name);
    out.push_str(" (#");
    push_int(&mut out, context.entity.id);
    out.push_str("), owner ");
    out.push_str(&context.entity.owner.email);
    out.push_str(": found ");
    push_int(&mut out, context.total_count);
    out.push_str(" results with status ");
    push_int(&mut out, context.status);
    out.push_str(" from ");
    out.push_str(&context.url);
    out.push_str(" in ");
    out.push_str(&context.region);
    out.push('/');
    out.push_str(&context.env.name);
    out.push('.');
    out
}

fn push_int(out: &mut String, number: i64) {
    let mut digits = [0_u8; 20];
    let (mut place, mut rest) = (digits.len(), number.unsigned_abs());
    loop {
        place -= 1;
        digits[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        place -= 1;
        digits[place] = b'-';
    }
    out.push_str(std::str::from_utf8(&digits[place..]).unwrap_or_default());
}

struct Taken<'a> {
    name: &'a str,
    total: f64,
}

/// Filter, map, sum and group: the sum, and how many there are of each status.
#[inline(never)]
pub fn records(rows: &[Row]) -> (f64, HashMap<&str, usize>) {
    let taken: Vec<Taken<'_>> = rows
        .iter()
        .filter(|row| row.status == "Open" && row.score > 50)
        .map(|row| Taken { name: &row.name, total: row.value * 1.2 })
        .collect();
    let total = black_box(&taken).iter().map(|taken| taken.total).sum();
    black_box(taken.iter().map(|taken| taken.name.len()).next());
    let mut groups: HashMap<&str, usize> = HashMap::new();
    for row in rows {
        *groups.entry(&row.status).or_insert(0) += 1;
    }
    (total, groups)
}

/// Split, upper, join and concat: the length of all together.
#[inline(never)]
pub fn strings(texts: &[String]) -> usize {
    let mut made: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        let parts: Vec<String> = text.split(' ').map(str::to_ascii_uppercase).collect();
        let joined = parts.join("-");
        made.push(format!("id:{joined}"));
    }
    made.iter().map(String::len).sum()
}
