//! Codes of paths of the data store that can't hold, 03xx.

codes! {
    UNKNOWN_STEP = "WF0301" Error "unknown step";
    STEP_NOT_RUN = "WF0302" Error "step that has not run";
    SIBLING_BRANCH = "WF0303" Error "step of another branch";
    STEP_IN_LOOP = "WF0304" Error "step of an iteration read outside of it";
    STEP_SKIPPED = "WF0305" Error "step that may not have run";
    OUTPUT_FORGOTTEN = "WF0306" Error "field of the output read of the step";
    UNKNOWN_LOOP = "WF0307" Error "unknown loop";
    LOOP_OUTSIDE = "WF0308" Error "loop context read outside of the loop";
    UNKNOWN_VARIABLE = "WF0309" Error "unknown variable";
    TRIGGER_FIELD = "WF0310" Error "unknown field of the trigger";
    HEADER_CASE = "WF0311" Error "header name with capitals";
    UNKNOWN_CONFIG = "WF0312" Error "unknown config value";
    BARE_ROOT = "WF0313" Error "part of the data store without a name";
    UNKNOWN_PATH_FIELD = "WF0314" Error "unknown field of a path";
}
