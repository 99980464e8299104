//! Codes of paths of the data store that can't hold, 03xx.

codes! {
    UNKNOWN_STEP = "WF0301" Error "unknown step";
}
