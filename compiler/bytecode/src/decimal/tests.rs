//! Tables of decimals: text, order, rounding, and the edges of the range.

use std::cmp::Ordering::{Equal, Greater, Less};

use super::*;

fn d(text: &str) -> Decimal {
    Decimal::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn shown(decimal: Option<Decimal>) -> String {
    decimal.map_or_else(|| "none".to_owned(), |d| d.to_string())
}

const NINES: &str = "9999999999999999999999999999999999";

#[test]
fn text_keeps_its_digits() {
    let table = [
        ("0", "0"),
        ("-0", "0"),
        ("-0.00", "0.00"),
        ("12.50", "12.50"),
        ("+1", "1"),
        ("007.10", "7.10"),
        ("-0.001", "-0.001"),
        ("1e3", "1000"),
        ("1.50E+1", "15.0"),
        ("1.5e-3", "0.0015"),
        ("0e999999999999999999999", "0"),
        (NINES, NINES),
        ("0.9999999999999999999999999999999999", "0.9999999999999999999999999999999999"),
        ("1e33", "1000000000000000000000000000000000"),
        ("1e63", "1000000000000000000000000000000000000000000000000000000000000000"),
        ("1e64", "1e64"),
        ("12.5e-100", "1.25e-99"),
        ("1e-63", "0.000000000000000000000000000000000000000000000000000000000000001"),
        ("1e-64", "1e-64"),
        // Zeros beyond the 34th digit are no digits that are needed.
        ("1.0000000000000000000000000000000000000000", "1.000000000000000000000000000000000"),
        ("1e6144", "1.000000000000000000000000000000000e6144"),
        ("1e-6176", "1e-6176"),
        ("10e-6177", "1e-6176"),
    ];
    for (text, expected) in table {
        assert_eq!(d(text).to_string(), expected, "{text}");
        assert_eq!(d(expected).compare(d(text)), Equal, "{text} reads back");
        assert_eq!(d(expected).to_string(), expected);
    }
}

#[test]
fn what_is_no_decimal_is_refused() {
    let long = "9".repeat(10_000);
    let zeros = format!("1{}", "0".repeat(10_000));
    let deep = format!("0.{}1", "0".repeat(10_000));
    let table: [(&str, NoDecimal); 22] = [
        ("", NoDecimal::NoNumber),
        ("-", NoDecimal::NoNumber),
        (".5", NoDecimal::NoNumber),
        ("5.", NoDecimal::NoNumber),
        ("1e", NoDecimal::NoNumber),
        ("1e+", NoDecimal::NoNumber),
        ("1e5.0", NoDecimal::NoNumber),
        ("--1", NoDecimal::NoNumber),
        (" 1", NoDecimal::NoNumber),
        ("1_0", NoDecimal::NoNumber),
        ("0x1", NoDecimal::NoNumber),
        ("NaN", NoDecimal::NoNumber),
        ("inf", NoDecimal::NoNumber),
        ("1,5", NoDecimal::NoNumber),
        ("٣", NoDecimal::NoNumber),
        ("1.0000000000000000000000000000000001", NoDecimal::Digits),
        (&long, NoDecimal::Digits),
        (&zeros, NoDecimal::Range),
        (&deep, NoDecimal::Range),
        ("1e6145", NoDecimal::Range),
        ("1e400000000", NoDecimal::Range),
        ("-1e-999999999999999999999999", NoDecimal::Range),
    ];
    for (text, why) in table {
        assert_eq!(Decimal::parse(text), Err(why), "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn order_is_by_value() {
    let table = [
        ("1.50", "1.5", Equal),
        ("0", "0.000", Equal),
        ("1e3", "1000.00", Equal),
        ("1e6144", "1e-6176", Greater),
        ("-1e6144", "1e-6176", Less),
        ("-2", "-1.999", Less),
        ("9e6144", "9.00e6144", Equal),
        ("0.1", "0.09999", Greater),
        (NINES, "1e34", Less),
        ("100", "99.99999999999999999999999999999999", Greater),
        ("0", "-0.1", Greater),
    ];
    for (a, b, order) in table {
        assert_eq!(d(a).compare(d(b)), order, "{a} {b}");
        assert_eq!(d(b).compare(d(a)), order.reverse(), "{b} {a}");
        assert_eq!(d(a).normalized() == d(b).normalized(), order == Equal, "{a} {b}");
    }
}

#[test]
fn sums_and_products_are_exact_or_none() {
    let sums = [
        ("1.50", "1.5", "3.00"),
        ("0.1", "0.2", "0.3"),
        ("1", "-1.00", "0.00"),
        (NINES, "1", "1e34"),
        (NINES, "0.1", "none"),
        ("1e33", "0.1", "none"),
        ("1e33", "0.0", "1000000000000000000000000000000000"),
        ("1e6000", "1e-6000", "none"),
        ("1e6000", "0.00", "1.000000000000000000000000000000000e6000"),
        ("0", "1e-6176", "1e-6176"),
        ("1e40", "10000000", "10000000000000000000000000000000010000000"),
    ];
    for (a, b, sum) in sums {
        let sum = if sum == "1e34" { "10000000000000000000000000000000000" } else { sum };
        assert_eq!(shown(d(a).plus(d(b))), sum, "{a} + {b}");
        assert_eq!(shown(d(b).plus(d(a))), sum, "{b} + {a}");
    }
    let products = [
        ("1.50", "2.0", "3.000"),
        ("19.99", "1.19", "23.7881"),
        ("-2", "0.5", "-1.0"),
        ("0", "-5", "0"),
        ("1e3000", "1e3000", "1.000000000000000000000000000000000e6000"),
        ("1e-3000", "1e-3000", "1e-6000"),
        ("1e-4000", "1e-4000", "none"),
        ("1e4000", "1e4000", "none"),
        ("12345678901234567", "98765432109876543", "1219326311370217861743636654061881"),
        ("12345678901234567.1", "98765432109876543.1", "none"),
        (
            "1250000000000000000000",
            "8000000000000000000000",
            "1.000000000000000000000000000000000e43",
        ),
        (NINES, NINES, "none"),
    ];
    for (a, b, product) in products {
        let got = d(a).times(d(b));
        match product {
            "none" => assert_eq!(got, None, "{a} * {b}"),
            _ => {
                let got = got.unwrap_or_else(|| panic!("{a} * {b}"));
                assert_eq!(got.compare(d(product)), Equal, "{a} * {b} = {got}");
            }
        }
    }
}

#[test]
fn quotients_are_rounded_half_to_even() {
    let table = [
        ("1.00", "3", "0.3333333333333333333333333333333333"),
        ("2", "3", "0.6666666666666666666666666666666667"),
        ("-2", "3", "-0.6666666666666666666666666666666667"),
        ("12.50", "2", "6.25"),
        ("10.00", "4", "2.50"),
        ("6", "3", "2"),
        ("1", "8", "0.125"),
        ("0.00", "7", "0.00"),
        ("7", "0.002", "3500"),
        // A tie: the 35th digit is a 5 and nothing follows.
        ("10000000000000000000000000000000005e0", "10", "none"),
        ("2469135780246913578024691357802469", "2e0", "1234567890123456789012345678901234.5"),
        ("1", "1e6144", "1e-6144"),
        ("1e6144", "1e-6144", "range"),
        ("1e-6176", "3", "range"),
        ("1", "0.00", "zero"),
    ];
    for (a, b, expected) in table {
        let (Ok(a), Ok(b)) = (Decimal::parse(a), Decimal::parse(b)) else {
            assert_eq!(expected, "none", "{a}");
            continue;
        };
        match (a.divided_by(b), expected) {
            (Err(why), "zero") => assert_eq!(why, NoQuotient::ByZero),
            (Err(why), _) => assert_eq!((why, expected), (NoQuotient::Range, "range")),
            (Ok(got), "1234567890123456789012345678901234.5") => {
                assert_eq!(got.to_string(), "1234567890123456789012345678901234");
            }
            (Ok(got), _) => assert_eq!(got.to_string(), expected, "{a} / {b}"),
        }
    }
    // Ties to even, both ways: 2k + 1 over 2 has a half behind 34 digits.
    let half = |text: &str| d(text).divided_by(d("2")).map(|q| q.to_string());
    assert_eq!(
        half("2000000000000000000000000000000001"),
        Ok("1000000000000000000000000000000000".into())
    );
    assert_eq!(
        half("2000000000000000000000000000000003"),
        Ok("1000000000000000000000000000000002".into())
    );
    // A quotient that is rounded up to one digit more.
    let up = d(NINES).divided_by(d("0.9999999999999999999999999999999999"));
    assert_eq!(up.map(|q| q.to_string()), Ok("10000000000000000000000000000000000".into()));
}

#[test]
fn remainders_have_the_sign_of_the_left_side() {
    let table = [
        ("7.5", "2", "1.5"),
        ("-7.5", "2", "-1.5"),
        ("7.5", "-2", "1.5"),
        ("1", "0.3", "0.1"),
        ("0.3", "1e6000", "0.3"),
        ("1e6144", "7", "none"),
        ("5.00", "5", "0.00"),
    ];
    for (a, b, rest) in table {
        let got = d(a).remainder(d(b));
        match rest {
            // 10^6144 mod 7: 10 has the order 6, and 6144 is a multiple of it.
            "none" => assert_eq!(shown(got), "1"),
            _ => assert_eq!(shown(got), rest, "{a} % {b}"),
        }
    }
    assert_eq!(d("1").remainder(d("0.0")), None);
}

#[test]
fn rounding_cuts_digits_and_adds_none() {
    let round = |text: &str, places: i64| shown(d(text).round(places, Rounding::HalfUp));
    let table = [
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.345", 2, "2.35"),
        ("2.3", 5, "2.3"),
        ("1250", -2, "1300"),
        ("49", -2, "0"),
        ("50", -2, "100"),
        ("1e-6176", 0, "0"),
        ("9.99", 1, "10.0"),
        ("1e6144", -7000, "1.000000000000000000000000000000000e6144"),
        (NINES, i64::MIN, "0"),
        ("1.5", i64::MAX, "1.5"),
    ];
    for (text, places, expected) in table {
        assert_eq!(round(text, places), expected, "round({text}, {places})");
    }
    for (text, floor, ceil, down) in [
        ("2.1", "2", "3", "2"),
        ("-2.1", "-3", "-2", "-2"),
        ("2.0", "2", "2", "2"),
        ("-0.5", "-1", "0", "0"),
        ("1e-6000", "0", "1", "0"),
        ("-1e-6000", "-1", "0", "0"),
    ] {
        assert_eq!(shown(d(text).round(0, Rounding::Floor)), floor);
        assert_eq!(shown(d(text).round(0, Rounding::Ceil)), ceil);
        assert_eq!(shown(d(text).round(0, Rounding::Down)), down);
    }
    for (text, places, fixed) in [
        ("2.345", 2, "2.35"),
        ("2", 2, "2.00"),
        ("-0.001", 2, "0.00"),
        ("-1.005", 2, "-1.01"),
        ("1e3", 0, "1000"),
        ("0", 3, "0.000"),
        ("99.995", 2, "100.00"),
    ] {
        assert_eq!(d(text).fixed(places), fixed, "toFixed({text}, {places})");
    }
    assert_eq!(d("1e6144").fixed(2).len(), 6148);
}

#[test]
fn ints_and_floats_convert() {
    let table = [("5.00", Some(5)), ("5.01", None), ("1e18", Some(1_000_000_000_000_000_000))];
    for (text, int) in table {
        assert_eq!(d(text).to_int(), int, "{text}");
    }
    for int in [i64::MIN, -1, 0, i64::MAX] {
        assert_eq!(Decimal::from_int(int).to_int(), Some(int));
    }
    assert_eq!(d("9223372036854775808").to_int(), None);
    assert_eq!(d("1e6144").to_int(), None);
    for (float, text) in
        [(0.1, "0.1"), (-12.5, "-12.5"), (1e22, "10000000000000000000000"), (0.0, "0")]
    {
        assert_eq!(shown(Decimal::from_float(float)), text);
        assert_eq!(d(text).to_float(), Some(float));
    }
    for float in [f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.0 / 3.0, 999_999_999_999_999.9, 0.1 + 0.2]
    {
        assert_eq!(Decimal::from_float(float).and_then(Decimal::to_float), Some(float));
    }
    assert_eq!(Decimal::from_float(f64::NAN), None);
    assert_eq!(Decimal::from_float(f64::INFINITY), None);
    assert_eq!(d("1e400").to_float(), None);
    assert_eq!(d("1e-400").to_float(), Some(0.0));
}

#[test]
fn a_hostile_file_makes_no_decimal() {
    let good = postcard::to_stdvec(&d("-12.50")).expect("a decimal is written");
    assert_eq!(postcard::from_bytes::<Decimal>(&good), Ok(d("-12.50")));
    for parts in [
        (10_i128.pow(34), 0),
        (-(10_i128.pow(34)), 0),
        (i128::MIN, 0),
        (1, MAX_EXPONENT + 1),
        (1, MIN_EXPONENT - 1),
        (1, i32::MIN),
    ] {
        let bytes = postcard::to_stdvec(&parts).expect("numbers are written");
        assert!(postcard::from_bytes::<Decimal>(&bytes).is_err(), "{parts:?}");
    }
}
