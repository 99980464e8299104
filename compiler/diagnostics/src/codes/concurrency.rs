//! Codes of parallel code, 04xx.

codes! {
    VARIABLE_READ = "WF0401" Error "variable read in parallel code";
}
