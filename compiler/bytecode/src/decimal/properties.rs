//! The arithmetic of decimals against whole numbers of any length, calculated by hand.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::{DIGITS, Decimal};

/// A whole number without sign: its digits, the lowest first, none of the highest is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whole(Vec<u8>);

impl Whole {
    fn of(number: u128) -> Self {
        Self(number.to_string().bytes().rev().map(|b| b - b'0').collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// Times 10^by.
    fn shifted(&self, by: usize) -> Self {
        Self([vec![0; by], self.0.clone()].concat()).trimmed()
    }

    fn carried(sums: Vec<u32>) -> Self {
        let (mut digits, mut carry) = (Vec::new(), 0);
        for sum in sums {
            carry += sum;
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
        Self(digits).trimmed()
    }

    fn plus(&self, other: &Self) -> Self {
        let at = |w: &Self, i: usize| u32::from(w.0.get(i).copied().unwrap_or(0));
        let len = self.0.len().max(other.0.len());
        Self::carried((0..len).map(|i| at(self, i) + at(other, i)).collect())
    }

    fn times(&self, other: &Self) -> Self {
        let mut sums = vec![0; self.0.len() + other.0.len()];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                sums[i + j] += u32::from(*a) * u32::from(*b);
            }
        }
        Self::carried(sums)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let digits = |w: &Self| w.0.iter().rev().copied().collect::<Vec<_>>();
        self.0.len().cmp(&other.0.len()).then_with(|| digits(self).cmp(&digits(other)))
    }

    /// Without zeros at the end, as a decimal would count them.
    fn significant(&self) -> usize {
        self.0.iter().skip_while(|digit| **digit == 0).count()
    }
}

/// A decimal's number at an exponent that is not above its own.
fn at(decimal: Decimal, exponent: i32) -> Whole {
    let (coefficient, own) = decimal.into();
    Whole::of(coefficient.unsigned_abs()).shifted((own - exponent) as usize)
}

fn exponent(decimal: Decimal) -> i32 {
    <(i128, i32)>::from(decimal).1
}

/// Decimals without sign of few and many digits, with and without zeros at the end.
fn decimals() -> impl Strategy<Value = Decimal> {
    let digits = prop_oneof![
        0..1_000_u128,
        0..10_u128.pow(17),
        10_u128.pow(33)..10_u128.pow(DIGITS),
        (1..10_u128.pow(12)).prop_map(|n| n * 10_u128.pow(20)),
    ];
    (digits, -60..60_i32)
        .prop_filter_map("it fits", |(digits, exponent)| Decimal::new(digits as i128, exponent))
}

proptest! {
    #[test]
    fn a_sum_is_exact_and_missing_only_where_it_has_too_many_digits(a in decimals(), b in decimals()) {
        let base = exponent(a).min(exponent(b));
        let exact = at(a, base).plus(&at(b, base));
        match a.plus(b) {
            Some(sum) => {
                let low = base.min(exponent(sum));
                prop_assert_eq!(at(sum, low), exact.shifted((base - low) as usize));
            }
            None => prop_assert!(exact.significant() > DIGITS as usize),
        }
    }

    #[test]
    fn a_difference_undoes_a_sum(a in decimals(), b in decimals()) {
        if let Some(sum) = a.plus(b) {
            let back = sum.minus(b);
            prop_assert!(back.is_some_and(|back| back.compare(a) == Ordering::Equal));
        }
    }

    #[test]
    fn a_product_is_exact_and_missing_only_where_it_has_too_many_digits(a in decimals(), b in decimals()) {
        let base = exponent(a) + exponent(b);
        let exact = at(a, exponent(a)).times(&at(b, exponent(b)));
        match a.times(b) {
            Some(product) => {
                let low = base.min(exponent(product));
                prop_assert_eq!(at(product, low), exact.shifted((base - low) as usize));
            }
            None => prop_assert!(exact.significant() > DIGITS as usize),
        }
    }

    #[test]
    fn a_quotient_is_the_nearest_of_34_digits_and_even_in_the_middle(a in decimals(), b in decimals()) {
        prop_assume!(!b.is_zero());
        let quotient = a.divided_by(b).expect("it is in range");
        // Is `|a - q * b|` at most half a unit of the last place of `q` times `b`?
        let (digits, place) = quotient.into();
        let low = exponent(a).min(place + exponent(b)) - 1;
        let exact = at(a, low);
        let product = |digits: u128| {
            Whole::of(digits).times(&at(b, exponent(b))).shifted((place + exponent(b) - low) as usize)
        };
        let digits = digits.unsigned_abs();
        let unit = product(1);
        let twice = |w: &Whole| w.plus(w);
        let (above, below) = (twice(&product(digits)).plus(&unit), twice(&exact).plus(&unit));
        let highest = twice(&exact).compare(&above);
        let lowest = twice(&product(digits)).compare(&below);
        prop_assert!(highest != Ordering::Greater && lowest != Ordering::Greater);
        if highest == Ordering::Equal || lowest == Ordering::Equal {
            prop_assert_eq!(digits % 2, 0, "a tie goes to the even one");
        }
        if product(digits) != exact {
            prop_assert_eq!(Whole::of(digits).0.len(), DIGITS as usize, "all digits are used");
        }
    }

    #[test]
    fn a_remainder_is_what_the_whole_quotient_leaves(a in decimals(), b in decimals()) {
        prop_assume!(!b.is_zero());
        let rest = a.remainder(b).expect("the divisor is not zero");
        prop_assert_eq!(rest.compare(b), Ordering::Less);
        // Long division of the whole numbers, digit by digit.
        let base = exponent(a).min(exponent(b)).min(exponent(rest));
        let (number, divisor) = (at(a, base), at(b, base));
        let mut left = Whole(Vec::new());
        for digit in number.0.iter().rev() {
            left = left.shifted(1).plus(&Whole::of(u128::from(*digit)));
            while left.compare(&divisor) != Ordering::Less {
                let (mut borrow, mut digits) = (0_i8, Vec::new());
                for (i, own) in left.0.iter().enumerate() {
                    let mut d = *own as i8 - divisor.0.get(i).copied().unwrap_or(0) as i8 - borrow;
                    borrow = i8::from(d < 0);
                    d += 10 * borrow;
                    digits.push(d as u8);
                }
                left = Whole(digits).trimmed();
            }
        }
        prop_assert_eq!(left, at(rest, base));
    }

    #[test]
    fn text_reads_back_with_its_digits(a in decimals(), negative: bool) {
        let a = if negative { a.negated() } else { a };
        let back = Decimal::parse(&a.to_string()).expect("it is a decimal");
        prop_assert_eq!(back.compare(a), Ordering::Equal);
        prop_assert_eq!(back.to_string(), a.to_string());
        prop_assert!(back == a || exponent(a) > 0);
    }

    #[test]
    fn the_order_is_that_of_the_numbers(a in decimals(), b in decimals()) {
        let base = exponent(a).min(exponent(b));
        let exact = at(a, base).compare(&at(b, base));
        prop_assert_eq!(a.compare(b), exact);
        prop_assert_eq!(a.negated().compare(b.negated()), exact.reverse());
    }

    #[test]
    fn floats_keep_their_written_digits(float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
        let decimal = Decimal::from_float(float).expect("it is finite");
        prop_assert_eq!(decimal.to_float(), Some(float + 0.0));
    }

    #[test]
    fn floats_of_few_digits_are_read_as_they_are_written(
        digits in -20_000_000_000_000_000_i64..20_000_000_000_000_000,
        fewer in 0_u32..17,
        places in 0_u32..14,
    ) {
        let digits = digits / 10_i64.pow(fewer);
        let float: f64 = format!("{digits}e-{places}").parse().expect("it is a number");
        let written = Decimal::parse(&format!("{float:e}")).ok();
        prop_assert_eq!(Decimal::from_float(float), written);
        let decimal = Decimal::new(digits.into(), -(places as i32)).expect("it is in range");
        prop_assert_eq!(decimal.to_float(), Some(float + 0.0));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[-+]?[0-9]{0,40}(\\.[0-9]{0,40})?([eE][-+]?[0-9]{0,12})?") {
        let json_like = text.parse::<f64>().is_ok();
        if Decimal::parse(&text).is_ok() {
            prop_assert!(json_like, "{} is no number", text);
        }
    }
}
