//! Codes of runs that failed, 07xx.

codes! {
    STEP_FAILED = "WF0701" Error "a step failed";
}
