//! Policies of steps: timeouts, and whether and when a node is called again.

use arcstr::ArcStr;
use wf_bytecode::Program;

use super::key::spread;
use crate::{NodeFailure, RecordRef, Value};

const MILLISECOND: i64 = 1_000;
/// The wait before the first retry where `backoff` is left out.
const DEFAULT_BACKOFF: i64 = 200 * MILLISECOND;
/// The longest wait where `maxBackoff` is left out.
const DEFAULT_MAX_BACKOFF: i64 = 60_000 * MILLISECOND;

/// What `with { … }` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Policy {
    /// How long an attempt may take, in microseconds.
    pub(super) timeout: Option<i64>,
    /// How long connecting may take, in microseconds.
    pub(super) connect_timeout: Option<i64>,
    retry: Option<Retry>,
}

#[derive(Clone, Debug)]
struct Retry {
    attempts: i64,
    backoff: i64,
    max_backoff: i64,
    jitter: bool,
    on: Option<Vec<ArcStr>>,
}

impl Policy {
    /// Reads the record of a policy; null is none.
    pub(super) fn read(value: &Value, program: &Program) -> Option<Box<Self>> {
        let Value::Record(record) = value else { return None };
        let retry = field(record, "retry", program).and_then(|retry| Retry::read(retry, program));
        let timeout = duration(record, "timeout", program);
        let connect_timeout = duration(record, "connectTimeout", program);
        Some(Box::new(Self { timeout, connect_timeout, retry }))
    }

    /// How long to wait before the node is called again after so many attempts, the last of which
    /// failed like this; `None` where it is not called again.
    pub(super) fn wait(&self, attempts: u32, failure: &NodeFailure, seed: u64) -> Option<i64> {
        let retry = self.retry.as_ref()?;
        if i64::from(attempts) >= retry.attempts || !retry.takes(failure) {
            return None;
        }
        let doubled = attempts.saturating_sub(1).min(40);
        let backoff = retry.backoff.max(0).saturating_mul(1_i64 << doubled).min(retry.max_backoff);
        let backoff = if retry.jitter { jittered(backoff, attempts, seed) } else { backoff };
        Some(backoff.max(failure.retry_after.unwrap_or(0)).max(0))
    }
}

impl Retry {
    fn read(value: &Value, program: &Program) -> Option<Self> {
        let Value::Record(record) = value else { return None };
        let on = field(record, "on", program).and_then(|on| match on {
            Value::List(codes) => Some(codes.as_slice().iter().filter_map(text).collect()),
            _ => None,
        });
        let attempts = match field(record, "attempts", program) {
            Some(Value::Int(attempts)) => *attempts,
            _ => 1,
        };
        Some(Self {
            attempts,
            backoff: duration(record, "backoff", program).unwrap_or(DEFAULT_BACKOFF),
            max_backoff: duration(record, "maxBackoff", program).unwrap_or(DEFAULT_MAX_BACKOFF),
            jitter: matches!(field(record, "jitter", program), Some(Value::Bool(true))),
            on,
        })
    }

    fn takes(&self, failure: &NodeFailure) -> bool {
        match &self.on {
            None => failure.transient,
            Some(codes) => codes.iter().any(|code| is_code(code, failure)),
        }
    }
}

/// Whether a failure has this code: the node's own, a status (`429`), or a class (`5xx`).
fn is_code(code: &str, failure: &NodeFailure) -> bool {
    if code.eq_ignore_ascii_case(&failure.code) {
        return true;
    }
    let Some(status) = failure.status_code else { return false };
    match code.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => code.parse() == Ok(status),
    }
}

/// Between half of the wait and all of it; the same for the same call and attempt.
fn jittered(wait: i64, attempts: u32, seed: u64) -> i64 {
    let half = wait / 2;
    let random = spread(seed ^ u64::from(attempts)) >> 1;
    let part = random.cast_signed().checked_rem(half + 1).unwrap_or(0);
    wait - part
}

/// A field that is there and not null.
fn field<'v>(record: &'v RecordRef, name: &str, program: &Program) -> Option<&'v Value> {
    let shape = program.shapes.get(usize::from(record.shape().0))?;
    let slot = shape.fields.iter().position(|field| field == name)?;
    record.fields().get(slot).filter(|value| !value.is_null())
}

fn duration(record: &RecordRef, name: &str, program: &Program) -> Option<i64> {
    match field(record, name, program) {
        Some(Value::Duration(micros)) => Some(*micros),
        _ => None,
    }
}

fn text(value: &Value) -> Option<ArcStr> {
    if let Value::String(text) = value { Some(text.clone()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::{Policy, Retry, is_code};
    use crate::NodeFailure;

    fn policy(on: Option<&[&str]>) -> Policy {
        let on = on.map(|codes| codes.iter().map(|code| (*code).into()).collect());
        let retry = Retry { attempts: 5, backoff: 100, max_backoff: 350, jitter: false, on };
        Policy { retry: Some(retry), ..Policy::default() }
    }

    fn failure(code: &str, status: Option<i64>, transient: bool) -> NodeFailure {
        NodeFailure { status_code: status, transient, ..NodeFailure::new(code, "it broke") }
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit() {
        let broken = failure("Connect", None, true);
        let waits: Vec<_> = (1..=5).map(|n| policy(None).wait(n, &broken, 0)).collect();
        assert_eq!(waits, [Some(100), Some(200), Some(350), Some(350), None]);
    }

    #[test]
    fn a_longer_wait_that_the_service_asks_for_wins() {
        let mut busy = failure("Http429", Some(429), true);
        busy.retry_after = Some(1_000);
        assert_eq!(policy(None).wait(1, &busy, 0), Some(1_000));
        busy.retry_after = Some(10);
        assert_eq!(policy(None).wait(1, &busy, 0), Some(100));
    }

    #[test]
    fn only_transient_failures_are_retried_unless_told() {
        let missing = failure("Http404", Some(404), false);
        assert_eq!(policy(None).wait(1, &missing, 0), None);
        assert_eq!(policy(Some(&["404"])).wait(1, &missing, 0), Some(100));
        assert_eq!(policy(Some(&["5xx", "timeout"])).wait(1, &missing, 0), None);
    }

    #[test]
    fn codes_are_names_statuses_and_classes() {
        let down = failure("Http503", Some(503), true);
        assert!(is_code("5xx", &down) && is_code("503", &down) && is_code("http503", &down));
        assert!(!is_code("4xx", &down) && !is_code("429", &down) && !is_code("connect", &down));
        assert!(is_code("connect", &failure("Connect", None, true)));
    }

    #[test]
    fn jitter_stays_between_half_and_all_and_repeats() {
        for seed in 0..1_000 {
            let wait = super::jittered(1_000, 1, seed);
            assert!((500..=1_000).contains(&wait));
            assert_eq!(wait, super::jittered(1_000, 1, seed));
        }
        assert_eq!(super::jittered(0, 1, 7), 0);
    }
}
