//! The listing of the sample.

use crate::sample::sample;
use crate::{Program, disassemble};

#[test]
fn everything_is_shown() {
    let text = disassemble(&sample());
    for line in [
        "workflow `follow` -> string: function 1",
        "  trigger function(n: int = `limit.default`)",
        "  variable `total` in s0",
        "config 0 `limit`: int = `limit.default`",
        "0 `double`: fn(s) -> s, 4 scalars, 6 values",
        "    0  add_int        s1, s0, s0                         ; 1:1",
        "    1  jump_if        s1, -> 3                           ; 1:4",
        "    2  call           `double` at s1, v0                 ; 1:7",
        "    1  const_scalar   s1, 1.5",
        "    2  const          v1, \"hi\"",
        "    3  spread         v2, plan 0, v1..v2",
        "    4  coerce         v2, v2, map<list<{ name: .0 …, count: missing }>>",
        "    5  render         v0, \"n = {{ s0 }}{{ v1 }}\"",
        "    6  make_record    v0, { success }, v0",
        "    8  step           v3, `log`, v0..v1",
        "    9  step_field     v4, v3, Output",
        "   12  decided        `each`, v5",
        "   13  fork           fork 0",
        "   14  pipeline       pipeline 0, -> 15",
        "   16  call_native    v4, upper, v4",
        "       catch 5..9 -> 18 with v2",
        "       inputs 5..8 of `log`",
        "step 0 `log` = try log.info<Person> { success: int } -> { success: int }, slot 0 ; 1:3",
        "plan 0: { name: #1 or #0.0, count: missing } of 2",
        "pipeline 0 of v5: 3 columns",
        "  c1 = s0",
        "  keep item.0 == const 0",
        "  choose by 1: 1, 1",
        "  s3 = sum of Int c0",
        "fork 0 of `each`: for each of v5, s0 at once, yields to v5",
        "  merge 0: AddInt to s0",
        "  region `each`: function 2",
        "    in: s0 = s0, v3 = v1, s1 = index, v4 = item",
        "    out: yields v1, v4 = v2",
    ] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{line}\nis not in\n{text}");
    }
    assert_eq!(text, disassemble(&sample()));
}

#[test]
fn nothing_is_shown_of_nothing() {
    assert_eq!(disassemble(&Program::default()), "");
}
