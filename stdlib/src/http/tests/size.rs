//! What a call holds that waits for its answer.

use std::sync::Arc;

use super::super::request::Request;
use super::super::{Http, live};
use crate::call::Promise;

/// The bytes of the future that a function makes.
fn size<F>(_: impl FnOnce(Arc<Http>, Request, i64, Promise) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn a_call_in_flight_is_small() {
    // Of these the client needs about half. What is needed rarely belongs into a box, and a future
    // that is moved into another one counts twice.
    assert!(size(live) <= 960, "a call: {}", size(live));
    assert!(size_of::<Request>() <= 320, "a request: {}", size_of::<Request>());
}
