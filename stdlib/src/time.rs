//! `time.now` and `time.sleep`

use std::sync::Arc;
use std::time::Duration;

use wf_vm::{Node, NodeCall, Nodes, Started, Value};

use crate::call::{Promise, input, output};
use crate::io::Waiting;

pub(crate) const SIGNATURES: &[(&str, &str)] = &[
    ("time/now.wf", include_str!("time/now.wf")),
    ("time/sleep.wf", include_str!("time/sleep.wf")),
];

pub(crate) fn add_nodes(waiting: &Waiting, nodes: &mut Nodes) {
    nodes.add("time.now", Arc::new(Now));
    nodes.add("time.sleep", Arc::new(Sleep(waiting.clone())));
}

struct Now;

impl Node for Now {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let now = Value::Instant(call.now());
        Started::Ready(output(call, vec![("now", now), ("success", Value::Bool(true))]))
    }
}

struct Sleep(Waiting);

impl Node for Sleep {
    fn start(&self, call: &NodeCall<'_>) -> Started {
        let outcome = output(call, vec![("success", Value::Bool(true))]);
        let micros = match input(call, "for") {
            Some(Value::Duration(micros)) => u64::try_from(*micros).unwrap_or(0),
            _ => 0,
        };
        if micros == 0 || outcome.is_err() {
            return Started::Ready(outcome);
        }
        let promise = Promise::new(call.completion());
        self.0.spawn(async move {
            tokio::time::sleep(Duration::from_micros(micros)).await;
            promise.keep(outcome);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Now, Sleep};
    use crate::test_support::{Types, answered, runtime};
    use std::time::{Duration, Instant};
    use wf_vm::{Started, Value};

    #[test]
    fn now_is_the_time_of_the_call() {
        let mut types = Types::new();
        let input = types.input(&[]);
        let output = types.output(&["now", "success"]);
        let mut call = types.call(input, output);
        call.now = 42;
        assert!(matches!(answered(&call, &Now)["now"], Value::Instant(42)));
    }

    #[test]
    fn sleep_waits_and_can_be_cancelled() {
        let runtime = runtime();
        let node = Sleep(runtime.handle().clone().into());
        let mut types = Types::new();
        let output = types.output(&["success"]);
        let short = types.input(&[("for", Value::Duration(30_000))]);
        let began = Instant::now();
        answered(&types.call(short, output), &node);
        assert!(began.elapsed() >= Duration::from_millis(30));

        let negative = types.input(&[("for", Value::Duration(-1))]);
        assert!(matches!(types.call(negative, output).start(&node), Started::Ready(Ok(_))));

        let endless = types.input(&[("for", Value::Duration(i64::MAX))]);
        let call = types.call(endless, output);
        let Started::Pending(cancel) = call.start(&node) else { panic!("it waits") };
        assert!(call.outcome(Duration::from_millis(20)).is_none());
        cancel.cancel();
        let given_up = call.outcome(Duration::from_secs(10)).expect("the promise is kept");
        assert_eq!(given_up.expect_err("it did not end well").code, "Cancelled");
    }
}
