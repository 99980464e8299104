//! Codes of names that are unknown or taken, 01xx.

codes! {
    UNKNOWN_NAME = "WF0101" Error "unknown name";
}
