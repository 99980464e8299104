//! What the machine's own work on a step or an item can't be cheaper than.

use std::hint::black_box;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use crossbeam_deque::{Steal, Stealer, Worker};

/// So many steps, each of which reads the output before it, puts its own into a slot, and reads
/// the clock when it begins and ends.
pub fn slots_and_clocks(steps: usize) -> i64 {
    let mut slots: Vec<(bool, i64)> = Vec::with_capacity(steps + 1);
    let mut times = Vec::with_capacity(steps);
    slots.push((true, 0));
    for step in 0..steps {
        let began = Instant::now();
        let before = black_box(&slots)[step].1;
        slots.push((true, before + 1));
        times.push((began, Instant::now()));
    }
    black_box(times);
    slots[steps].1
}

/// So many items by their numbers on bare deques of two threads, collected in order.
pub fn ids_on_deques(items: usize) -> Vec<i64> {
    let results: Vec<AtomicI64> = (0..items).map(|_| AtomicI64::new(0)).collect();
    let left = AtomicUsize::new(items);
    let workers: Vec<Worker<u32>> = (0..2).map(|_| Worker::new_fifo()).collect();
    let stealers: Vec<Stealer<u32>> = workers.iter().map(Worker::stealer).collect();
    for item in 0..items {
        workers[0].push(item as u32);
    }
    std::thread::scope(|scope| {
        for worker in workers {
            let (results, left, stealers) = (&results, &left, &stealers);
            scope.spawn(move || work(&worker, stealers, results, left));
        }
    });
    results.into_iter().map(AtomicI64::into_inner).collect()
}

fn work(
    worker: &Worker<u32>,
    stealers: &[Stealer<u32>],
    results: &[AtomicI64],
    left: &AtomicUsize,
) {
    let mut done = 0;
    loop {
        let next = worker.pop().or_else(|| {
            left.fetch_sub(std::mem::take(&mut done), Ordering::AcqRel);
            stealers.iter().find_map(|stealer| steal(stealer, worker))
        });
        match next {
            Some(item) => {
                let result = black_box(i64::from(item)) * 2 + 1;
                results[item as usize].store(result, Ordering::Relaxed);
                done += 1;
            }
            None if left.load(Ordering::Acquire) == 0 => return,
            None => std::hint::spin_loop(),
        }
    }
}

fn steal(from: &Stealer<u32>, to: &Worker<u32>) -> Option<u32> {
    loop {
        match from.steal_batch_and_pop(to) {
            Steal::Success(item) => return Some(item),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ids_on_deques, slots_and_clocks};

    #[test]
    fn the_floors_do_the_work() {
        assert_eq!(slots_and_clocks(10), 10);
        assert_eq!(ids_on_deques(4), [1, 3, 5, 7]);
    }
}
