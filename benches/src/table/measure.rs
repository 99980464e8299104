//! Contenders of one workload, measured in turns: A B C A B C …

use std::time::Duration;

/// One way to do the work.
pub struct Contender {
    /// Its name in the table.
    pub name: String,
    /// Does the work once and gives the CPU time that counts.
    run: Box<dyn FnMut() -> Result<Duration, String>>,
}

/// The times of one contender, by round.
pub struct Samples {
    /// The contender's name.
    pub name: String,
    /// The CPU time of each round.
    pub times: Vec<Duration>,
}

impl Contender {
    /// A contender that measures itself.
    pub fn new(
        name: impl Into<String>,
        run: impl FnMut() -> Result<Duration, String> + 'static,
    ) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    /// A contender of which all the work counts.
    pub fn timed(name: impl Into<String>, mut work: impl FnMut() + 'static) -> Self {
        Self::new(name, move || {
            let timer = crate::cpu::ProcessTimer::start();
            work();
            Ok(timer.elapsed())
        })
    }
}

/// Runs all contenders once to warm up, then in turns for so many rounds.
///
/// # Errors
/// The first contender that fails.
pub fn interleave(mut contenders: Vec<Contender>, rounds: usize) -> Result<Vec<Samples>, String> {
    let mut samples: Vec<Samples> = contenders
        .iter()
        .map(|c| Samples { name: c.name.clone(), times: Vec::with_capacity(rounds) })
        .collect();
    for round in 0..=rounds {
        for (contender, samples) in contenders.iter_mut().zip(&mut samples) {
            let time = (contender.run)().map_err(|e| format!("{}: {e}", contender.name))?;
            if round > 0 {
                samples.times.push(time);
            }
        }
    }
    Ok(samples)
}

impl Samples {
    /// The median time in nanoseconds, divided by the units of work.
    pub fn median(&self, units: f64) -> f64 {
        median(self.times.iter().map(|time| time.as_secs_f64() * 1e9 / units).collect())
    }

    /// The median over the rounds of this contender's time divided by the other's.
    pub fn ratio(&self, other: &Samples) -> f64 {
        let pairs = self.times.iter().zip(&other.times);
        median(pairs.map(|(a, b)| a.as_secs_f64() / b.as_secs_f64().max(1e-9)).collect())
    }
}

/// The middle one, or the mean of the two in the middle; 0 of nothing.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        n if n % 2 == 1 => numbers[middle],
        _ => f64::midpoint(numbers[middle - 1], numbers[middle]),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    use super::{Contender, interleave, median};

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn contenders_take_turns_and_are_compared_round_by_round() {
        let told = Rc::new(RefCell::new(String::new()));
        let contender = |name: &'static str, nanos: [u64; 3]| {
            let (told, mut rounds) = (Rc::clone(&told), [9].into_iter().chain(nanos));
            Contender::new(name, move || {
                told.borrow_mut().push_str(name);
                Ok(Duration::from_nanos(rounds.next().unwrap_or_default()))
            })
        };
        let contenders = vec![contender("a", [10, 20, 40]), contender("b", [30, 40, 40])];
        let samples = interleave(contenders, 3).unwrap();
        assert_eq!(*told.borrow(), "abababab");
        assert_eq!(samples[1].ratio(&samples[0]), 2.0);
        assert_eq!(samples[0].median(2.0), 10.0);
    }
}
