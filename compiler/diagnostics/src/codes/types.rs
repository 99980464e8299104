//! Codes of types that do not fit, 02xx.

codes! {
    TYPE_MISMATCH = "WF0201" Error "type mismatch";
}
