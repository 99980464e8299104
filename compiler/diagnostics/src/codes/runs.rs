//! Codes of runs that failed, 07xx.

codes! {
    STEP_FAILED = "WF0701" Error "a step failed";
    DOES_NOT_FIT = "WF0790" Error "the program does not fit the machine";
}
