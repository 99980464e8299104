//! Codes of warnings, 09xx.

codes! {
    UNUSED_STEP = "WF0901" Warning "unused step";
}
