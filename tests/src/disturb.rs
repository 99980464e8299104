//! Nodes that answer late and fail, each call of a program in the same way on every schedule.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use wf_engine::{Answer, Node, NodeCall, NodeFailure, Started};
use wf_vm::{Cancel, Completion};

/// One of so many calls fails.
const FAILING: u64 = 24;
/// One of so many calls is answered late.
const LATE: u64 = 3;
/// How late at most, in microseconds.
const LONGEST: u64 = 1_500;
/// How many threads answer.
const THREADS: usize = 4;

/// A node around another one. What it does to a call follows from the seed and the place of the
/// call in the program.
pub(crate) struct Disturbed {
    node: Arc<dyn Node>,
    seed: u64,
}

impl Disturbed {
    /// Puts one around a node.
    pub(crate) fn around(node: Arc<dyn Node>, seed: u64) -> Arc<dyn Node> {
        Arc::new(Self { node, seed })
    }
}

impl Node for Disturbed {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let (high, low) = call.place().as_u64_pair();
        let roll = spread(high ^ low.rotate_left(17) ^ self.seed ^ u64::from(call.attempt) << 7);
        let fails = roll.is_multiple_of(FAILING);
        let is_late = (roll >> 20).is_multiple_of(LATE);
        let outcome = if fails {
            Err(NodeFailure::new("Disturbed", format!("the call was disturbed by {roll:x}")))
        } else {
            match self.node.start(call) {
                Started::Ready(outcome) => outcome,
                pending @ Started::Pending(_) => return pending,
            }
        };
        if !is_late {
            return Started::Ready(outcome);
        }
        let late = Late { completion: call.completion(), outcome, micros: (roll >> 40) % LONGEST };
        match answerers().lock().unwrap_or_else(PoisonError::into_inner).send(late) {
            Ok(()) => Started::Pending(Box::new(Goes)),
            Err(unsent) => Started::Ready(unsent.0.outcome),
        }
    }
}

/// The answer comes all the same.
struct Goes;

impl Cancel for Goes {
    fn cancel(self: Box<Self>) {}
}

struct Late {
    completion: Completion,
    outcome: Result<Answer, NodeFailure>,
    micros: u64,
}

/// What answers late calls.
fn answerers() -> &'static Mutex<Sender<Late>> {
    static SENDER: OnceLock<Mutex<Sender<Late>>> = OnceLock::new();
    SENDER.get_or_init(|| {
        let (send, receive) = channel();
        let receive = Arc::new(Mutex::new(receive));
        for _ in 0..THREADS {
            let receive: Arc<Mutex<Receiver<Late>>> = Arc::clone(&receive);
            thread::spawn(move || {
                while let Some(late) = next(&receive) {
                    thread::sleep(Duration::from_micros(late.micros));
                    late.completion.finish(late.outcome);
                }
            });
        }
        Mutex::new(send)
    })
}

fn next(receive: &Mutex<Receiver<Late>>) -> Option<Late> {
    receive.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Spreads every bit over all others.
fn spread(mut x: u64) -> u64 {
    for _ in 0..2 {
        x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
    x ^ (x >> 32)
}
