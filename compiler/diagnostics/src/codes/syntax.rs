//! Codes of syntax errors, 00xx.

codes! {
    EXPECTED = "WF0001" Error "something else was expected here";
}
