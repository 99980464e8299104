//! Makes a list of choices shorter and simpler while what was found stays.

use std::time::{Duration, Instant};

/// Shrinks choices. `still` tries some and says what it really took of them where the finding is
/// there; at most `time` is spent.
pub fn shrink(
    mut best: Vec<u32>,
    time: Duration,
    mut still: impl FnMut(&[u32]) -> Option<Vec<u32>>,
) -> Vec<u32> {
    let end = Instant::now() + time;
    loop {
        let before = best.clone();
        let mut size = (best.len() / 2).max(1);
        while size > 0 {
            let mut at = 0;
            while at < best.len() {
                if Instant::now() > end {
                    return best;
                }
                let mut tried = best.clone();
                tried.drain(at..(at + size).min(tried.len()));
                match still(&tried) {
                    Some(taken) if simpler(&taken, &best) => best = taken,
                    _ => at += size,
                }
            }
            size /= 2;
        }
        for at in 0..best.len() {
            for value in [0, 1] {
                if Instant::now() > end {
                    return best;
                }
                let Some(now) = best.get(at).copied() else { continue };
                let smaller = if value == 0 { 0 } else { now / 2 };
                if smaller == now {
                    continue;
                }
                let mut tried = best.clone();
                if let Some(place) = tried.get_mut(at) {
                    *place = smaller;
                }
                if let Some(taken) = still(&tried)
                    && simpler(&taken, &best)
                {
                    best = taken;
                }
            }
        }
        if best == before {
            return best;
        }
    }
}

fn simpler(a: &[u32], b: &[u32]) -> bool {
    (a.len(), a) < (b.len(), b)
}
