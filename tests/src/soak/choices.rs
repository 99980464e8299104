//! Choices: where everything that is random comes from, so that it can be repeated and shrunk.

/// A source of choices. New ones follow from a seed; recorded ones can be given back, changed.
#[derive(Clone, Debug)]
pub struct Choices {
    given: Vec<u32>,
    next: usize,
    taken: Vec<u32>,
    state: Option<u64>,
}

/// The next number of a simple generator (SplitMix64).
pub fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mix(*state)
}

/// Spreads the bits of a number.
pub fn mix(number: u64) -> u64 {
    let mut z = number;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Choices {
    /// Choices that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self { given: Vec::new(), next: 0, taken: Vec::new(), state: Some(mix(seed ^ 0x5eed)) }
    }

    /// Choices that were recorded. Beyond their end every choice is the first one, the simplest.
    pub fn replay(given: Vec<u32>) -> Self {
        Self { given, next: 0, taken: Vec::new(), state: None }
    }

    /// All choices so far.
    pub fn taken(&self) -> &[u32] {
        &self.taken
    }

    /// One of `0..count`; 0 is the simplest.
    pub fn below(&mut self, count: usize) -> usize {
        if count <= 1 {
            return 0;
        }
        let count = count as u32;
        let choice = match &mut self.state {
            Some(state) => (next_random(state) % u64::from(count)) as u32,
            None => {
                let given = self.given.get(self.next).copied().unwrap_or(0);
                self.next += 1;
                given.min(count - 1)
            }
        };
        self.taken.push(choice);
        choice as usize
    }

    /// Whether something that happens `percent` times in a hundred does; `false` is simpler.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent.min(99)
    }

    /// One of some values; the first one is the simplest.
    pub fn pick<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let at = self.below(all.len());
        all.get(at).cloned()
    }

    /// An index, each as likely as its weight says; the first one is the simplest.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let total: usize = weights.iter().sum();
        let mut at = self.below(total);
        for (i, weight) in weights.iter().enumerate() {
            if at < *weight {
                return i;
            }
            at -= weight;
        }
        0
    }
}
