//! Codes of parallel code, 04xx.

codes! {
    VARIABLE_READ = "WF0401" Error "variable read in parallel code";
    VARIABLE_ASSIGNED = "WF0402" Error "variable assigned in parallel code";
    MIXED_OPERATORS = "WF0403" Error "two operators merge into one variable";
    LEAVES_PARALLEL = "WF0404" Error "way out of parallel code";
    LEAVES_FINALLY = "WF0405" Error "way out of finally";
}
